package tabletheorytest

import (
	"context"
	"encoding/json"
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

// Delayed sends the request after a while.
func Delayed(by time.Duration) Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		timer := time.NewTimer(by)
		defer timer.Stop()
		select {
		case <-timer.C:
			return send(ctx, request)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Throttled refuses the request as DynamoDB does when it is asked for too much.
func Throttled() Fault {
	return Answered(400, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"as the test asked"}`)
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

// Unprocessed sends only so many items, or keys, of a batch, and gives the rest back as not processed. Other requests go through.
// A signature made before does not fit what is sent then: the local stand-in does not mind, and the adapter of the SDK signs
// afterwards.
func Unprocessed(processed int) Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		rest := map[string]string{"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}[request.Action]
		if rest == "" {
			return send(ctx, request)
		}
		var body map[string]json.RawMessage
		var tables map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal(request.Body, &body), json.Unmarshal(body["RequestItems"], &tables)); err != nil {
			return nil, err
		}
		left := processed
		sent, unsent := map[string]json.RawMessage{}, map[string]json.RawMessage{}
		for table, parts := range tables {
			first, others, err := split(parts, &left)
			if err != nil {
				return nil, err
			}
			if first != nil {
				sent[table] = first
			}
			if others != nil {
				unsent[table] = others
			}
		}
		answer := map[string]json.RawMessage{}
		response := &tabletheory.Response{Status: 200}
		if len(sent) > 0 {
			partial := *request
			body["RequestItems"] = encode(sent)
			partial.Body = encode(body)
			var err error
			if response, err = send(ctx, &partial); err != nil || response.Status != 200 {
				return response, err
			}
			if err := json.Unmarshal(response.Body, &answer); err != nil {
				return nil, err
			}
		}
		answer[rest] = encode(unsent)
		return &tabletheory.Response{Status: 200, Body: encode(answer)}, nil
	}
}

// split divides the parts for one table: a list of writes, or an object with a list of keys.
func split(parts json.RawMessage, left *int) (first, others json.RawMessage, err error) {
	var object map[string]json.RawMessage
	list := parts
	if json.Unmarshal(parts, &object) == nil {
		list = object["Keys"]
	}
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, nil, err
	}
	at := min(*left, len(all))
	*left -= at
	wrap := func(some []json.RawMessage) json.RawMessage {
		if len(some) == 0 {
			return nil
		}
		if object == nil {
			return encode(some)
		}
		object["Keys"] = encode(some)
		return encode(object)
	}
	return wrap(all[:at]), wrap(all[at:]), nil
}

func encode(value any) json.RawMessage {
	text, _ := json.Marshal(value) // made of JSON: cannot fail
	return text
}
