package tabletheory

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/engine"
)

func TestACoreOfAnotherContractIsRefused(t *testing.T) {
	for _, info := range []string{`{"version":"9.9.9","contract":3}`, `{}`, ``, `{"contract":"1"`} {
		err := checkContract(info)
		var failure *Error
		if !errors.As(err, &failure) || !errors.Is(err, ErrContractVersion) || failure.Hint == "" || !strings.Contains(failure.Message, "version 2") {
			t.Errorf("%s: %v", info, err)
		}
	}
	if err := checkContract(`{"version":"0.1.0","contract":2}`); err != nil {
		t.Error(err)
	}
}

func TestAnErrorThatCannotBeRead(t *testing.T) {
	for _, document := range []string{``, `{`, `[]`, `{"code":{}}`} {
		if failure := failed(document, nil); failure.Code != ErrInternal {
			t.Errorf("%q: %v", document, failure)
		}
	}
	if text := (&TransportError{}).Error(); text == "" {
		t.Error("no text")
	}
}

// unordered is a transport whose replies come in an order of their own.
type unordered struct {
	lock  sync.Mutex
	delay map[string]time.Duration
	sent  []string
}

func (u *unordered) Send(ctx context.Context, request *Request) (*Response, error) {
	u.lock.Lock()
	u.sent = append(u.sent, request.Action)
	delay := u.delay[request.Action]
	u.lock.Unlock()
	select {
	case <-time.After(delay):
		return &Response{Status: 200, Body: []byte(request.Action)}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestRequestsSideBySide(t *testing.T) {
	transport := &unordered{delay: map[string]time.Duration{"slow": 200 * time.Millisecond, "quick": 0, "never": time.Hour}}
	db := &DB{config: config{transport: transport, clock: realClock{}}}
	before := runtime.NumGoroutine()
	s := newSeveral(context.Background(), db)
	for id, action := range []string{"slow", "quick", "never"} {
		s.launch(engine.Request{ID: uint32(id), Action: action})
	}
	start := time.Now()
	for _, want := range []string{"quick", "slow"} {
		got := <-s.replies
		if string(got.reply.Body) != want {
			t.Fatal(got)
		}
		got.verdict <- engine.Verdict{}
	}
	if time.Since(start) < 200*time.Millisecond || s.inFlight != 3 {
		t.Error("not in their own time")
	}
	s.end()
	// A goroutine that has handed in its reply still has to return.
	for deadline := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines became %d", before, runtime.NumGoroutine())
		}
	}
	if fmt.Sprint(len(transport.sent)) != "3" {
		t.Error(transport.sent)
	}
}
