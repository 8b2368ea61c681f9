package tabletheorytest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// Fault is what goes wrong with one request: see [Faults].
type Fault func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error)

// Sender sends a request for good.
type Sender func(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error)

// Faults is a transport that lets requests to another one go wrong, one after the other as it is told; the rest go through. A nil
// fault lets one through. It is safe for concurrent use.
type Faults struct {
	transport tabletheory.Transport
	lock      sync.Mutex
	faults    []Fault
}

// NewFaults puts faults in front of a transport, for instance [tabletheory.NewHTTPTransport].
func NewFaults(transport tabletheory.Transport, faults ...Fault) *Faults {
	return &Faults{transport: transport, faults: faults}
}

// Add adds faults for later requests.
func (f *Faults) Add(faults ...Fault) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.faults = append(f.faults, faults...)
}

// Clear forgets the faults that are left.
func (f *Faults) Clear() {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.faults = nil
}

// Send sends a request, or lets it go wrong.
func (f *Faults) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	f.lock.Lock()
	var fault Fault
	if len(f.faults) > 0 {
		fault, f.faults = f.faults[0], f.faults[1:]
	}
	f.lock.Unlock()
	if fault == nil {
		return f.transport.Send(ctx, request)
	}
	return fault(ctx, request, f.transport.Send)
}

func failure(kind tabletheory.FailureKind, text string) error {
	return &tabletheory.TransportError{Kind: kind, Err: errors.New(text)}
}

// NoConnection lets a request fail before it is sent.
func NoConnection() Fault {
	return func(context.Context, *tabletheory.Request, Sender) (*tabletheory.Response, error) {
		return nil, failure(tabletheory.Connect, "no connection, as the test asked")
	}
}

// LostRequest lets the connection break before the request arrives, which nobody can tell from [LostResponse].
func LostRequest() Fault {
	return func(context.Context, *tabletheory.Request, Sender) (*tabletheory.Response, error) {
		return nil, failure(tabletheory.Broken, "the connection broke, as the test asked")
	}
}

// LostResponse carries the request out and lets the connection break before the response arrives.
func LostResponse() Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		if _, err := send(ctx, request); err != nil {
			return nil, err
		}
		return nil, failure(tabletheory.Broken, "the connection broke, as the test asked")
	}
}

// TimedOut carries the request out and lets the time-out of the attempt pass before the response arrives.
func TimedOut() Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		if _, err := send(ctx, request); err != nil {
			return nil, err
		}
		return nil, failure(tabletheory.TimedOut, "no response in time, as the test asked")
	}
}

// Delayed carries the request out and holds its response back for a while.
func Delayed(by time.Duration) Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		response, err := send(ctx, request)
		timer := time.NewTimer(by)
		defer timer.Stop()
		select {
		case <-timer.C:
			return response, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Throttled refuses the request as DynamoDB does when it is asked for too much.
func Throttled() Fault {
	return Answered(400, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"as the test asked"}`)
}

// ServerError refuses the request as a service that is in trouble does.
func ServerError() Fault {
	return Answered(500, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"as the test asked"}`)
}

// Answered answers without sending the request.
func Answered(status int, body string) Fault {
	return func(context.Context, *tabletheory.Request, Sender) (*tabletheory.Response, error) {
		return &tabletheory.Response{Status: status, Body: []byte(body)}, nil
	}
}

// Truncated carries the request out and gives the first half of the response.
func Truncated() Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		response, err := send(ctx, request)
		if err == nil {
			response.Body = response.Body[:len(response.Body)/2]
		}
		return response, err
	}
}
