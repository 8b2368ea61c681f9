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

// run is the host's part of one operation: it does what the steps of the core ask for. Runs are used again, for what their
// steps hold.
type run struct {
	db        *DB
	ctx       context.Context
	operation engine.Operation
	step      engine.Step
	request   engine.Request // the only one in flight, usually
	reply     engine.Reply
	err       error // of the core
	cause     error // of the last failure
	sent      bool
	several   *several
	queue     []engine.Request // for a transport that takes one after the other
}

var runs = sync.Pool{New: func() any { return new(run) }}

// drive carries a call document through the core until it is over, and gives the result document. progress, if not nil, is
// told how far the operation has come.
func (db *DB) drive(ctx context.Context, call []byte, progress func(string)) (string, error) {
	if db.config.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, db.config.timeout)
		defer cancel()
		ctx = limited
	}
	if err := ctx.Err(); err != nil {
		return "", canceled(err, NotSent) // not even begun
	}
	r := runs.Get().(*run)
	defer r.free()
	r.db, r.ctx = db, ctx
	r.operation, r.err = db.pool.Start(call, &r.step)
	for {
		switch {
		case r.err != nil:
			outcome := NotSent
			if r.sent {
				outcome = Unknown
			}
			return "", broken(r.err, outcome)
		case r.step.Kind == engine.Done:
			return r.step.Document, nil
		case r.step.Kind == engine.Failed:
			return "", failed(r.step.Document, r.cause)
		}
		if r.step.Progress != "" && progress != nil {
			progress(r.step.Progress)
		}
		if ctx.Err() != nil {
			r.stop(ctx)
			continue
		}
		r.carryOn(ctx)
	}
}

// free gives the run back, once nothing is in flight: no goroutine outlives its call.
func (r *run) free() {
	if r.several != nil {
		r.several.end()
	}
	requests, request := r.step.Requests, r.request
	if cap(request.Body) > largestKept {
		request = engine.Request{}
	}
	*r = run{request: engine.Request{Body: request.Body[:0]}, step: engine.Step{Requests: requests[:0]}}
	runs.Put(r)
}

// largestKept bounds the buffers that are kept for the next call. A collection frees those that are not used.
const largestKept = 1 << 20

// stop has the core end the operation, which knows what became of its writes.
func (r *run) stop(ctx context.Context) {
	r.cause = ctx.Err()
	r.reply = engine.Reply{Kind: engine.Stop, Stop: engine.Cancelled}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		r.reply.Stop = engine.Deadline
	}
	r.resume(0, &r.reply)
}

func (r *run) resume(request uint32, reply *engine.Reply) (verdict engine.Verdict) {
	verdict, r.err = r.operation.Resume(request, reply, &r.step)
	return verdict
}

// carryOn does what the step asks for, until the first thing happens, and hands that in.
func (r *run) carryOn(ctx context.Context) {
	switch step := &r.step; {
	case step.Kind == engine.Credentials:
		r.credentials(ctx)
	case r.inOrder():
		r.request, r.queue = r.queue[0], r.queue[1:]
		r.sent = true
		r.db.send(ctx, &r.request, r)
	case len(step.Requests) == 1 && !step.Timer && r.idle():
		// The usual case needs no goroutine.
		r.sent = true
		r.request, step.Requests[0] = step.Requests[0], r.request
		r.db.send(ctx, &r.request, r)
	case len(step.Requests) > 0:
		r.sent = true
		if r.several == nil {
			r.several = newSeveral(ctx, r.db)
		}
		for n := range step.Requests {
			r.several.launch(step.Requests[n])
		}
		clear(step.Requests) // they are in use
		r.wait(ctx)
	default:
		r.wait(ctx)
	}
}

// inOrder says that the next request is to be sent from the queue, which takes up those of the step.
func (r *run) inOrder() bool {
	if _, ok := r.db.config.transport.(Sequential); !ok {
		return false
	}
	r.queue = append(r.queue, r.step.Requests...)
	clear(r.step.Requests) // they are in use
	r.step.Requests = r.step.Requests[:0]
	return len(r.queue) > 0
}

// idle says that nothing is in flight.
func (r *run) idle() bool { return r.several == nil || r.several.inFlight == 0 }

// wait waits for what comes first: a reply, the end of the wait that the step asked for, or the end of the context.
func (r *run) wait(ctx context.Context) {
	timed, wait := r.step.Timer, time.Duration(r.step.Wait)*time.Millisecond
	if r.idle() {
		if !timed {
			r.err = errors.New("the core waits for nothing")
			r.operation.Abandon()
			return
		}
		if _ = r.db.config.clock.Wait(ctx, wait); ctx.Err() == nil {
			r.elapsed()
		}
		return
	}
	if !timed {
		wait = math.MaxInt64
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case got := <-r.several.replies:
		verdict := r.hand(got.request, got.reply, got.cause)
		if got.reply.Kind != engine.Received || verdict.Fate != engine.More {
			r.several.inFlight--
		}
		got.verdict <- verdict
	case <-timer.C:
		r.elapsed()
	case <-ctx.Done():
	}
}

func (r *run) elapsed() {
	r.reply = engine.Reply{Kind: engine.Elapsed}
	r.resume(0, &r.reply)
}

func (r *run) credentials(ctx context.Context) {
	found, err := r.db.config.credentials.Retrieve(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return // not theirs
		}
		r.cause = err
		r.reply = engine.Reply{Kind: engine.NoCredentials, Text: err.Error()}
		r.resume(0, &r.reply)
		return
	}
	document := credentialsDocument{
		AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.SessionToken,
	}
	if !found.Expires.IsZero() {
		document.ExpiresMillis = found.Expires.UnixMilli()
	}
	text, _ := json.Marshal(document) // plain data: cannot fail
	r.reply = engine.Reply{Kind: engine.GiveCredentials, Text: string(text)}
	r.resume(0, &r.reply)
}

// hand hands in what has come of a request. When the call has ended meanwhile only an answer, or that there was no connection,
// is of interest: what else failed did so because of that.
func (r *run) hand(request uint32, reply *engine.Reply, cause error) engine.Verdict {
	if reply.Kind == engine.Failure {
		if r.ctx.Err() != nil && reply.Failure != engine.Connect {
			return engine.Verdict{Fate: engine.Close}
		}
		r.cause = cause
	}
	return r.resume(request, reply)
}

// send sends one request and hands in what comes of it.
func (db *DB) send(ctx context.Context, request *engine.Request, to receiver) {
	if db.sockets != nil {
		db.sockets.send(ctx, request, to)
		return
	}
	body := request.Body
	request.Body = nil // a transport may keep it
	response, err := db.config.transport.Send(ctx, &Request{
		Service: request.Service, Action: request.Action, URL: request.URL, Head: request.Head, Body: body,
	})
	if err == nil && response != nil {
		reply := engine.Reply{Kind: engine.Response, Status: uint16(response.Status), Head: response.Head, Body: response.Body}
		to.hand(request.ID, &reply, nil)
		return
	}
	reply := engine.Reply{Kind: engine.Failure, Failure: engine.Broken, Text: "the transport gave neither a response nor an error"}
	var failure *TransportError
	if errors.As(err, &failure) {
		reply.Failure = engine.FailureKind(failure.Kind)
	}
	if err != nil {
		reply.Text = err.Error()
	}
	to.hand(request.ID, &reply, err)
}
