package engine

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"
)

// counted counts how often a function of the core is called, and for room made in its memory, how much.
type counted struct {
	api.Function
	calls *int
	room  *uint64
}

func (c counted) CallWithStack(ctx context.Context, stack []uint64) error {
	*c.calls++
	if c.room != nil {
		*c.room += stack[3]
	}
	return c.Function.CallWithStack(ctx, stack)
}

// crossings are the calls into an instance, by function, and the bytes that were handed in.
type crossings struct {
	calls map[string]*int
	in    uint64
}

func watch(i *instance) *crossings {
	seen := &crossings{calls: map[string]*int{}}
	for name, function := range i.exports {
		seen.calls[name] = new(int)
		watched := counted{Function: function, calls: seen.calls[name]}
		if name == "cabi_realloc" {
			watched.room = &seen.in
		}
		i.exports[name] = watched
	}
	i.realloc, i.begin, i.carryOn = i.exports["cabi_realloc"], i.exports["start"], i.exports["resume"]
	i.afterBegin, i.afterCarryOn = i.exports["cabi_post_start"], i.exports["cabi_post_resume"]
	return seen
}

// taken gives what has been counted, and begins anew.
func (c *crossings) taken() (calls map[string]int, in uint64) {
	calls = map[string]int{}
	for name, count := range c.calls {
		if *count > 0 {
			calls[name] = *count
		}
		*count = 0
	}
	in, c.in = c.in, 0
	return calls, in
}

const httpHead = "HTTP/1.1 200 OK\r\nx-amzn-requestid: R1\r\ncontent-length: %d\r\n\r\n%s"

// overSockets are calls as they are made by default, with what the service sends back: name, call document, body.
func overSockets() [][3]string {
	long := strings.Repeat("some text ", 10_000)
	items := strings.TrimSuffix(strings.Repeat(`{"pk":{"S":"a"},"text":{"S":"some text"}},`, 100), ",")
	return [][3]string{
		{"put", `{"op":"put","model":"Note","item":{"pk":"a","text":"some text"}}`, `{}`},
		{"put of 100 KB", `{"op":"put","model":"Note","item":{"pk":"a","text":"` + long + `"}}`, `{}`},
		{"get", `{"op":"get","model":"Note","key":["a"]}`, `{"Item":{"pk":{"S":"a"},"text":{"S":"some text"}}}`},
		{"get of 100 KB", `{"op":"get","model":"Note","key":["a"]}`, `{"Item":{"pk":{"S":"a"},"text":{"S":"` + long + `"}}}`},
		{"query of 100", `{"op":"query","model":"Note","key":["a"]}`, `{"Items":[` + items + `],"Count":100,"ScannedCount":100}`},
	}
}

// The same numbers hold for every item: nothing crosses per attribute or per item.
func TestACallEntersTheCoreTwiceWithOneCopyEachWay(t *testing.T) {
	settings := `{"region":"eu-west-1","endpoint":"http://127.0.0.1:1","transport":"socket"}`
	pool, err := program(t).Open([]byte(document), []byte(settings), 1, fixedMoment)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	seen := watch(pool.slots[0].instance)
	credentials := Reply{Kind: GiveCredentials, Text: `{"access_key_id":"AKIDEXAMPLE","secret_access_key":"secret"}`}
	var step Step
	for _, each := range overSockets() {
		name, call, reply := each[0], []byte(each[1]), Reply{Kind: Received, Body: fmt.Appendf(nil, httpHead, len(each[2]), each[2])}
		do := func() {
			operation, err := pool.Start(call, &step)
			if err == nil && step.Kind == Credentials {
				_, err = operation.Resume(0, &credentials, &step)
			}
			if err != nil || step.Kind != Run || len(step.Requests) != 1 {
				t.Fatal(name, step.Kind, step.Document, err)
			}
			verdict, err := operation.Resume(step.Requests[0].ID, &reply, &step)
			if err != nil || step.Kind != Done || verdict.Fate != Keep {
				t.Fatal(name, step.Kind, step.Document, verdict, err)
			}
		}
		for range 3 {
			do() // also hands in credentials, and leaves room for the next requests
		}
		seen.taken()
		do()
		calls, in := seen.taken()
		wanted := map[string]int{"cabi_realloc": 2, "start": 1, "cabi_post_start": 1, "resume": 1, "cabi_post_resume": 1}
		if !maps.Equal(calls, wanted) {
			t.Errorf("%s: %v", name, calls)
		}
		// In: the call and the reply, each once.
		if whole := uint64(len(call) + len(reply.Body)); in != whole {
			t.Errorf("%s: %d bytes handed in, call and reply have %d", name, in, whole)
		}
		// Out: the request into the room of the one before, the result document as a string of its own.
		const rounds = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			do()
		}
		runtime.ReadMemStats(&after)
		// An allocation is rounded up, by an eighth at most, or to whole pages.
		room := uint64(len(step.Document))
		if each := (after.TotalAlloc - before.TotalAlloc) / rounds; each > room+room/8+8192 {
			t.Errorf("%s: %d bytes allocated for a result of %d", name, each, room)
		}
		if each := (after.Mallocs - before.Mallocs) / rounds; each > 3 {
			t.Errorf("%s: %d allocations", name, each)
		}
	}
}
