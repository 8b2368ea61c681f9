package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

type moment struct {
	Nanos string `json:"nanos"`
	Seed  string `json:"seed"`
}

// clock is scripted while a call has a moment, and real otherwise.
type clock struct {
	*tabletheorytest.Clock
	isScripted bool
}

func newClock() *clock { return &clock{Clock: tabletheorytest.NewClock(time.Time{}, 0, 0)} }

func (c *clock) begin(m *moment) {
	c.isScripted = m != nil
	c.Set(time.Time{}, 0, 0)
	if m == nil {
		return
	}
	nanos, err := strconv.ParseInt(m.Nanos, 10, 64)
	if err != nil || len(m.Seed) != 32 {
		panic("a moment of the wrong form")
	}
	high, err1 := strconv.ParseUint(m.Seed[:16], 16, 64)
	low, err2 := strconv.ParseUint(m.Seed[16:], 16, 64)
	if err := errors.Join(err1, err2); err != nil {
		panic(err)
	}
	c.Set(time.Unix(0, nanos), high, low)
}

func (c *clock) Now() time.Time {
	if c.isScripted {
		return c.Clock.Now()
	}
	return time.Now()
}

func (c *clock) Seed() (high, low uint64) {
	if c.isScripted {
		return c.Clock.Seed()
	}
	var bits [16]byte
	_, _ = rand.Read(bits[:])
	return binary.BigEndian.Uint64(bits[:8]), binary.BigEndian.Uint64(bits[8:])
}

func (c *clock) Wait(ctx context.Context, duration time.Duration) error {
	if c.isScripted {
		return c.Clock.Wait(ctx, duration)
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *clock) waits() *[]int64 {
	millis := []int64{}
	for _, wait := range c.Waits() {
		millis = append(millis, wait.Milliseconds())
	}
	return &millis
}

// entry is one entry of a script.
type entry struct {
	Status     int     `json:"status"`
	Head       string  `json:"head"`
	Body       string  `json:"body"`
	BodyBase64 *string `json:"body_base64"`
	Failure    string  `json:"failure"`
	Message    string  `json:"message"`
	DelayMS    int64   `json:"delay_ms"`
}

type sentText struct {
	Action string `json:"action"`
	URL    string `json:"url"`
	Head   string `json:"head"`
	Body   string `json:"body"`
}

type script struct {
	tabletheorytest.Script
	clock *clock
}

var kinds = map[string]tabletheory.FailureKind{
	"connect": tabletheory.Connect, "timeout": tabletheory.TimedOut, "broken": tabletheory.Broken, "refused": tabletheory.Refused,
	"credentials": tabletheory.Unauthorized, "stale": tabletheory.Stale,
}

func (s *script) begin(entries []entry) {
	s.Clock = s.clock.Clock
	replies := []tabletheorytest.Reply{}
	for _, e := range entries {
		reply := tabletheorytest.Reply{Status: e.Status, Head: e.Head, Body: e.Body, Delay: time.Duration(e.DelayMS) * time.Millisecond}
		if e.BodyBase64 != nil {
			body, err := base64.StdEncoding.DecodeString(*e.BodyBase64)
			if err != nil {
				panic(err)
			}
			reply.Body = string(body)
		}
		if e.Failure != "" {
			kind, ok := kinds[e.Failure]
			if !ok {
				panic("failure `" + e.Failure + "` is not known")
			}
			reply.Failure = &tabletheory.TransportError{Kind: kind, Err: errors.New(e.Message)}
		}
		replies = append(replies, reply)
	}
	s.Reset(replies...)
}

func (s *script) requests() *[]sentText {
	sent := []sentText{}
	for _, request := range s.Requests() {
		sent = append(sent, sentText{request.Action, request.URL, request.Head, string(request.Body)})
	}
	return &sent
}
