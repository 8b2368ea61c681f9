package tabletheorytest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// Reply is one entry of a [Script].
type Reply struct {
	// Action and Request, if set, are what the request must be: its API action, and its JSON body, in which order and white space of
	// members do not count. Another request is refused, and noted for [Script.Check].
	Action  string
	Request string
	// Status, Head (lines, each ended by CR LF) and Body are the response.
	Status int
	Head   string
	Body   string
	// Failure, if set, is given instead.
	Failure *tabletheory.TransportError
	// Delay moves the script's Clock on before the reply.
	Delay time.Duration
}

// Script is a transport that answers with replies written beforehand, and keeps the requests. When they are used up,
// requests are refused. It is safe for concurrent use.
type Script struct {
	// Clock, if set, is moved on by delays.
	Clock *Clock

	lock     sync.Mutex
	replies  []Reply
	requests []tabletheory.Request
	wrong    []error
}

// NewScript makes a script of replies.
func NewScript(replies ...Reply) *Script { return &Script{replies: replies} }

// Reset forgets requests and replies, and takes new replies.
func (s *Script) Reset(replies ...Reply) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.replies, s.requests, s.wrong = replies, nil, nil
}

// Requests are the requests so far.
func (s *Script) Requests() []tabletheory.Request {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]tabletheory.Request{}, s.requests...)
}

// Check says what went otherwise than written: requests that were not the ones, with the differences, requests too many, and
// replies that nobody asked for. It is nil when all went as written.
func (s *Script) Check() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	wrong := s.wrong
	if len(s.replies) > 0 {
		wrong = append(wrong[:len(wrong):len(wrong)], fmt.Errorf("%d replies were not asked for", len(s.replies)))
	}
	return errors.Join(wrong...)
}

// SendsInOrder makes requests side by side come in their order.
func (s *Script) SendsInOrder() {}

// Send notes the request and gives the next reply.
func (s *Script) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.requests = append(s.requests, *request)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(s.replies) == 0 {
		return nil, s.refuse(errors.New("script used up"))
	}
	reply := s.replies[0]
	s.replies = s.replies[1:]
	if err := reply.matches(request); err != nil {
		return nil, s.refuse(fmt.Errorf("request %d: %w", len(s.requests), err))
	}
	if s.Clock != nil {
		s.Clock.Advance(reply.Delay)
	}
	if reply.Failure != nil {
		return nil, reply.Failure
	}
	return &tabletheory.Response{Status: reply.Status, Head: []byte(reply.Head), Body: []byte(reply.Body)}, nil
}

func (s *Script) refuse(err error) error {
	s.wrong = append(s.wrong, err)
	return &tabletheory.TransportError{Kind: tabletheory.Refused, Err: err}
}

func (r *Reply) matches(request *tabletheory.Request) error {
	if r.Action != "" && r.Action != request.Action {
		return fmt.Errorf("the action is `%s`, not `%s`", request.Action, r.Action)
	}
	if r.Request == "" {
		return nil
	}
	if difference := compare(r.Request, string(request.Body)); difference != "" {
		return fmt.Errorf("another `%s` than expected (-), namely (+):\n%s", request.Action, difference)
	}
	return nil
}

// Clock is a [tabletheory.Clock] that only moves when it is told to, or waited on. It is safe for concurrent use.
type Clock struct {
	lock      sync.Mutex
	now       time.Time
	high, low uint64
	waits     []time.Duration
}

// NewClock makes a clock that stands at a time and always draws the same 128 bits.
func NewClock(now time.Time, seedHigh, seedLow uint64) *Clock {
	return &Clock{now: now, high: seedHigh, low: seedLow}
}

// Set puts the clock to a time, gives it other bits to draw, and forgets the waits.
func (c *Clock) Set(now time.Time, seedHigh, seedLow uint64) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.now, c.high, c.low, c.waits = now, seedHigh, seedLow, nil
}

// Advance moves the clock on.
func (c *Clock) Advance(duration time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.now = c.now.Add(duration)
}

// Now is where the clock stands.
func (c *Clock) Now() time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.now
}

// Seed is what the clock draws.
func (c *Clock) Seed() (high, low uint64) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.high, c.low
}

// Wait moves the clock on at once, and notes the wait.
func (c *Clock) Wait(ctx context.Context, duration time.Duration) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.now = c.now.Add(duration)
	c.waits = append(c.waits, duration)
	return ctx.Err()
}

// Waits are the waits so far.
func (c *Clock) Waits() []time.Duration {
	c.lock.Lock()
	defer c.lock.Unlock()
	return append([]time.Duration{}, c.waits...)
}
