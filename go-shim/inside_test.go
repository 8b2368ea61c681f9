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
	for _, info := range []string{`{"version":"9.9.9","contract":2}`, `{}`, ``, `{"contract":"1"`} {
		err := checkContract(info)
		var failure *Error
		if !errors.As(err, &failure) || !errors.Is(err, ErrContractVersion) || failure.Hint == "" || !strings.Contains(failure.Message, "version 1") {
			t.Errorf("%s: %v", info, err)
		}
	}
	if err := checkContract(`{"version":"0.1.0","contract":1}`); err != nil {
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

// several is a transport whose replies come in an order of their own.
type several struct {
	lock  sync.Mutex
	delay map[string]time.Duration
	sent  []string
}

func (s *several) Send(ctx context.Context, request *Request) (*Response, error) {
	s.lock.Lock()
	s.sent = append(s.sent, request.Action)
	delay := s.delay[request.Action]
	s.lock.Unlock()
	select {
	case <-time.After(delay):
		return &Response{Status: 200, Body: []byte(request.Action)}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// The loop must carry requests side by side, whatever operations there are now.
func TestRequestsSideBySide(t *testing.T) {
	transport := &several{delay: map[string]time.Duration{"slow": 200 * time.Millisecond, "quick": 0, "never": time.Hour}}
	db := &DB{config: config{transport: transport, clock: realClock{}}}
	before := runtime.NumGoroutine()
	d := driver{db: db}
	step := engine.Step{Requests: []engine.Request{{ID: 1, Action: "slow"}, {ID: 2, Action: "quick"}, {ID: 3, Action: "never"}}}
	start := time.Now()
	request, reply := d.step(context.Background(), step)
	if request != 2 || string(reply.Body) != "quick" || d.inFlight != 2 {
		t.Fatal(request, reply, d.inFlight)
	}
	if request, reply = d.step(context.Background(), engine.Step{Timer: true, Wait: 1}); reply.Kind != engine.Elapsed || request != 0 {
		t.Fatal(request, reply)
	}
	if request, _ = d.step(context.Background(), engine.Step{}); request != 1 || time.Since(start) < 200*time.Millisecond {
		t.Fatal(request)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, reply = d.step(canceled, engine.Step{}); reply.Kind != engine.Elapsed {
		t.Fatal(reply)
	}
	d.end()
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
