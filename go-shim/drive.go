package tabletheory

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/engine"
)

// drive carries a call document through the core until it is over, and gives the result document.
func (db *DB) drive(ctx context.Context, call []byte) (string, error) {
	if db.config.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, db.config.timeout)
		defer cancel()
		ctx = limited
	}
	if err := ctx.Err(); err != nil {
		return "", canceled(err, NotSent)
	}
	d := driver{db: db, outcome: NotSent}
	defer d.end()
	operation, step, err := db.pool.Start(call)
	for {
		if err != nil {
			return "", broken(err, d.outcome)
		}
		switch step.Kind {
		case engine.Done:
			return step.Document, nil
		case engine.Failed:
			return "", failed(step.Document, d.cause)
		}
		if step.Kind == engine.Run && len(step.Requests) == 0 && d.inFlight == 0 && !step.Timer {
			operation.Abandon()
			return "", broken(errors.New("the core waits for nothing"), d.outcome)
		}
		request, reply := d.step(ctx, step)
		// A response that came in time counts, even if the context has ended meanwhile.
		if err := ctx.Err(); err != nil && reply.Kind != engine.Response {
			operation.Abandon()
			return "", canceled(err, d.outcome)
		}
		step, err = operation.Resume(request, &reply)
	}
}

// driver is the host's part of one operation: what is in flight.
type driver struct {
	db       *DB
	outcome  Outcome
	cause    error // of the last transport failure
	replies  chan answer
	inFlight int
	flight   context.Context // of what is in flight
	land     context.CancelFunc
	running  sync.WaitGroup
}

type answer struct {
	request uint32
	reply   engine.Reply
	cause   error
}

// step does what a step asks for, and gives the first thing that happens; anything when the context has ended.
func (d *driver) step(ctx context.Context, step engine.Step) (uint32, engine.Reply) {
	if step.Kind == engine.Credentials {
		return 0, d.credentials(ctx)
	}
	if len(step.Requests) > 0 {
		d.outcome = Unknown
	}
	if len(step.Requests) == 1 && d.inFlight == 0 && !step.Timer {
		// The usual case needs no goroutine.
		return d.take(d.db.exchange(ctx, &step.Requests[0]))
	}
	for n := range step.Requests {
		d.launch(ctx, &step.Requests[n])
	}
	wait := time.Duration(step.Wait) * time.Millisecond
	if d.inFlight == 0 {
		_ = d.db.config.clock.Wait(ctx, wait)
		return 0, engine.Reply{Kind: engine.Elapsed}
	}
	if !step.Timer {
		wait = math.MaxInt64
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case got := <-d.replies:
		d.inFlight--
		return d.take(got)
	case <-timer.C:
		return 0, engine.Reply{Kind: engine.Elapsed}
	case <-ctx.Done():
		return 0, engine.Reply{Kind: engine.Elapsed}
	}
}

func (d *driver) take(got answer) (uint32, engine.Reply) {
	d.cause = got.cause
	return got.request, got.reply
}

// launch sends a request beside others.
func (d *driver) launch(ctx context.Context, request *engine.Request) {
	if d.replies == nil {
		d.replies = make(chan answer)
		d.flight, d.land = context.WithCancel(ctx)
	}
	d.inFlight++
	d.running.Go(func() {
		got := d.db.exchange(d.flight, request)
		select {
		case d.replies <- got:
		case <-d.flight.Done():
		}
	})
}

// end ends what is still in flight: no goroutine outlives its call.
func (d *driver) end() {
	if d.land != nil {
		d.land()
		d.running.Wait()
	}
}

// exchange sends one request and turns what comes of it into a reply.
func (db *DB) exchange(ctx context.Context, request *engine.Request) answer {
	response, err := db.config.transport.Send(ctx, &Request{
		Service: request.Service, Action: request.Action, URL: request.URL, Head: request.Head, Body: request.Body,
	})
	if err == nil && response != nil {
		reply := engine.Reply{Kind: engine.Response, Status: uint16(response.Status), Head: response.Head, Body: response.Body}
		return answer{request: request.ID, reply: reply}
	}
	kind, message := engine.Broken, "the transport gave neither a response nor an error"
	var failure *TransportError
	if errors.As(err, &failure) {
		kind = engine.FailureKind(failure.Kind)
	}
	if err != nil {
		message = err.Error()
	}
	return answer{request.ID, engine.Reply{Kind: engine.Failure, Failure: kind, Text: message}, err}
}

func (d *driver) credentials(ctx context.Context) engine.Reply {
	found, err := d.db.config.credentials.Retrieve(ctx)
	if err != nil {
		d.cause = err
		return engine.Reply{Kind: engine.NoCredentials, Text: err.Error()}
	}
	document := credentialsDocument{
		AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.SessionToken,
	}
	if !found.Expires.IsZero() {
		document.ExpiresMillis = found.Expires.UnixMilli()
	}
	text, _ := json.Marshal(document) // plain data: cannot fail
	return engine.Reply{Kind: engine.GiveCredentials, Text: string(text)}
}
