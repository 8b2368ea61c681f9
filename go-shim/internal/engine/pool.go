package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// ErrClosed says that the pool was closed.
var ErrClosed = errors.New("closed")

// Pool is a bounded set of instances that all hold the same client. It is safe for concurrent use.
type Pool struct {
	program            *Program
	document, settings []byte
	moment             func() Moment
	slots              []slot
	turn               atomic.Uint32
	closed             atomic.Bool
}

// slot is the place of one instance. The lock is held for one call of the core, never while something is in flight.
type slot struct {
	lock     sync.Mutex
	instance *instance
}

// Operation is an operation under way, on the instance that started it.
type Operation struct {
	pool     *Pool
	slot     *slot
	instance *instance
	handle   uint32
}

// Open compiles a document with settings. Instances are made as they are needed, up to size; the first one is made here.
func (p *Program) Open(document, settings []byte, size int, moment func() Moment) (*Pool, error) {
	pool := &Pool{program: p, document: document, settings: settings, moment: moment, slots: make([]slot, max(size, 1))}
	return pool, pool.with(pool.acquire(), func(*instance) error { return nil })
}

// acquire locks a slot: the first that is free, which keeps few instances busy rather than many idle.
func (p *Pool) acquire() *slot {
	for n := range p.slots {
		if p.slots[n].lock.TryLock() {
			return &p.slots[n]
		}
	}
	waiting := &p.slots[int(p.turn.Add(1))%len(p.slots)]
	waiting.lock.Lock()
	return waiting
}

// with runs one call of the core in a locked slot, makes the instance if there is none, discards it when it traps,
// and unlocks the slot.
func (p *Pool) with(slot *slot, call func(*instance) error) (err error) {
	defer slot.lock.Unlock()
	if p.closed.Load() {
		return ErrClosed
	}
	if slot.instance == nil {
		fresh, err := p.program.instantiate(context.Background())
		if err != nil {
			return err
		}
		if err := fresh.openClient(p.document, p.settings); err != nil {
			fresh.discard()
			return err
		}
		slot.instance = fresh
	}
	err = call(slot.instance)
	var trap *TrapError
	if errors.As(err, &trap) {
		slot.instance.discard()
		slot.instance = nil
	}
	return err
}

// Start begins an operation from a call document. The operation is over when the step is Done or Failed.
func (p *Pool) Start(call []byte) (operation Operation, step Step, err error) {
	slot := p.acquire()
	err = p.with(slot, func(i *instance) (err error) {
		operation = Operation{pool: p, slot: slot, instance: i}
		operation.handle, step, err = i.start(call, p.moment())
		return err
	})
	return operation, step, err
}

// Resume hands in a reply.
func (o *Operation) Resume(request uint32, reply *Reply) (step Step, err error) {
	err = o.on(func(i *instance) (err error) {
		step, err = i.resume(o.handle, request, reply, o.pool.moment())
		return err
	})
	return step, err
}

// Abandon forgets the operation.
func (o *Operation) Abandon() {
	if o.handle != 0 {
		_ = o.on(func(i *instance) error { return i.abandon(o.handle) })
	}
}

var errGone = &TrapError{errors.New("another operation broke the instance of this one")}

func (o *Operation) on(call func(*instance) error) error {
	o.slot.lock.Lock()
	if o.slot.instance != o.instance && !o.pool.closed.Load() {
		o.slot.lock.Unlock()
		return errGone
	}
	return o.pool.with(o.slot, call)
}

// Describe is the models document of the client.
func (p *Pool) Describe() (document string, err error) {
	err = p.with(p.acquire(), func(i *instance) (err error) {
		document, err = i.describe()
		return err
	})
	return document, err
}

// Close frees all instances. Operations under way end with ErrClosed.
func (p *Pool) Close() {
	if p.closed.Swap(true) {
		return
	}
	for n := range p.slots {
		slot := &p.slots[n]
		slot.lock.Lock()
		if slot.instance != nil {
			slot.instance.discard()
			slot.instance = nil
		}
		slot.lock.Unlock()
	}
}
