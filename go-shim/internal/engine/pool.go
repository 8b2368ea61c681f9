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
	slot := pool.acquire()
	if _, err := pool.enter(slot); err != nil {
		return pool, err
	}
	return pool, slot.leave(nil)
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

// enter gives the instance of a locked slot, made if there is none. Without one the slot is unlocked.
func (p *Pool) enter(slot *slot) (*instance, error) {
	if slot.instance != nil && !p.closed.Load() {
		return slot.instance, nil
	}
	err := ErrClosed
	if !p.closed.Load() {
		slot.instance, err = p.instantiate()
	}
	if err != nil {
		slot.lock.Unlock()
	}
	return slot.instance, err
}

func (p *Pool) instantiate() (*instance, error) {
	fresh, err := p.program.instantiate(context.Background())
	if err != nil {
		return nil, err
	}
	if err := fresh.openClient(p.document, p.settings); err != nil {
		fresh.discard()
		return nil, err
	}
	return fresh, nil
}

// leave unlocks a slot, and discards its instance when it has trapped.
func (s *slot) leave(err error) error {
	if err != nil {
		var trap *TrapError
		if errors.As(err, &trap) {
			s.instance.discard()
			s.instance = nil
		}
	}
	s.lock.Unlock()
	return err
}

// Start begins an operation from a call document. The operation is over when the step is Done or Failed.
func (p *Pool) Start(call []byte, step *Step) (operation Operation, err error) {
	slot := p.acquire()
	instance, err := p.enter(slot)
	if err != nil {
		return operation, err
	}
	operation = Operation{pool: p, slot: slot, instance: instance}
	operation.handle, err = instance.start(call, p.moment(), step)
	return operation, slot.leave(err)
}

// Resume hands in a reply. The verdict is about the connection that it came from, if it is Received or Ended.
func (o *Operation) Resume(request uint32, reply *Reply, step *Step) (verdict Verdict, err error) {
	instance, err := o.enter()
	if err != nil {
		return Verdict{Fate: Close}, err
	}
	verdict, err = instance.resume(o.handle, request, reply, o.pool.moment(), step)
	return verdict, o.slot.leave(err)
}

// Abandon forgets the operation.
func (o *Operation) Abandon() {
	if o.handle == 0 {
		return
	}
	if instance, err := o.enter(); err == nil {
		_ = o.slot.leave(instance.abandon(o.handle))
	}
}

var errGone = &TrapError{errors.New("another operation broke the instance of this one")}

// enter locks the slot of the operation.
func (o *Operation) enter() (*instance, error) {
	o.slot.lock.Lock()
	if o.slot.instance != o.instance && !o.pool.closed.Load() {
		o.slot.lock.Unlock()
		return nil, errGone
	}
	return o.pool.enter(o.slot)
}

// Describe is the models document of the client.
func (p *Pool) Describe() (document string, err error) {
	slot := p.acquire()
	instance, err := p.enter(slot)
	if err != nil {
		return "", err
	}
	document, err = instance.describe()
	return document, slot.leave(err)
}

// Explain says what a call would do.
func (p *Pool) Explain(call []byte) (document string, err error) {
	slot := p.acquire()
	instance, err := p.enter(slot)
	if err != nil {
		return "", err
	}
	document, err = instance.explain(call, p.moment())
	return document, slot.leave(err)
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
