package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func fixedMoment() Moment { return Moment{Nanos: 1_767_323_045_678_901_234, SeedHigh: 1, SeedLow: 2} }

const document = `
dms_version: "0.2"
namespace: "t"
models:
  - name: "Note"
    table: { name: "notes" }
    keys: { partition: { attribute: "pk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
      - { attribute: "text", type: "S", optional: true }
`

const settings = `{"region":"eu-west-1","endpoint":"http://127.0.0.1:1","transport":"sdk"}`

func program(t testing.TB) *Program {
	t.Helper()
	program, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func pool(t testing.TB, size int) *Pool {
	t.Helper()
	pool, err := program(t).Open([]byte(document), []byte(settings), size, fixedMoment)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// start and resume give a step of its own each time.
func start(p *Pool, call []byte) (operation Operation, step Step, err error) {
	operation, err = p.Start(call, &step)
	return operation, step, err
}

func resume(o *Operation, request uint32, reply *Reply) (step Step, err error) {
	_, err = o.Resume(request, reply, &step)
	return step, err
}

// wrap makes a component of a core module, as far as this package looks.
func wrap(module []byte) []byte {
	component := append(append([]byte{}, componentHeader...), 1)
	component = binary.AppendUvarint(component, uint64(len(module)))
	return append(component, module...)
}

func TestCoreModuleIsCutOut(t *testing.T) {
	module, err := coreModule(component)
	if err != nil || !strings.HasPrefix(string(module), string(moduleHeader)) {
		t.Fatal(err)
	}
	for name, broken := range map[string][]byte{
		"empty": nil, "header only": componentHeader, "a core module": moduleHeader, "truncated": component[:len(component)/2],
		"another section first": append(append([]byte{}, componentHeader...), 2, 0), "no module": wrap([]byte("hello, world")),
		"endless length": append(append([]byte{}, componentHeader...), 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
	} {
		if _, err := Compile(context.Background(), broken); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
	if _, err := Compile(context.Background(), wrap(append(append([]byte{}, moduleHeader...), 99))); err == nil {
		t.Error("a broken module compiled")
	}
	if _, err := Compile(context.Background(), wrap(moduleHeader)); err == nil || !strings.Contains(err.Error(), "does not export") {
		t.Errorf("an empty module: %v", err)
	}
}

func TestInfo(t *testing.T) {
	if info := program(t).Info(); !strings.Contains(info, `"contract":2`) {
		t.Fatal(info)
	}
	if len(Digest()) != 64 {
		t.Fatal(Digest())
	}
}

func TestCacheFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	t.Setenv("TABLETHEORY_CACHE_DIR", folder)
	if _, err := Compile(context.Background(), component); err != nil {
		t.Fatal(err)
	}
	facts, err := os.Stat(folder)
	if err != nil || facts.Mode().Perm() != 0o700 {
		t.Fatal(facts, err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*", "*"))
	if len(files) == 0 {
		t.Fatal("nothing was kept")
	}
	for _, file := range files { // a damaged entry is compiled anew
		if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Compile(context.Background(), component); err != nil {
		t.Fatal(err)
	}
}

func TestUnfitCacheFolders(t *testing.T) {
	open := t.TempDir()
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	here := t.TempDir()
	t.Chdir(here)
	for _, folder := range []string{open, file, filepath.Join(file, "below")} {
		t.Setenv("TABLETHEORY_CACHE_DIR", folder)
		if got := cacheFolder(); got != "" {
			t.Errorf("%s is used", got)
		}
		if _, err := Compile(context.Background(), component); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
	for _, folder := range []string{open, here} {
		if entries, _ := os.ReadDir(folder); len(entries) != 0 {
			t.Errorf("code was left in %s", folder)
		}
	}
	t.Setenv("TABLETHEORY_CACHE_DIR", "")
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	if got := cacheFolder(); got != "" {
		t.Errorf("%s without a home", got)
	}
}

func TestOpenRefusals(t *testing.T) {
	for _, c := range [][2]string{{"", settings}, {": nonsense\n\t", settings}, {"\xff\xfe", settings}, {document, "{"}, {document, `{"transport":"pigeon"}`}} {
		_, err := program(t).Open([]byte(c[0]), []byte(c[1]), 1, fixedMoment)
		var refused *RefusedError
		if !errors.As(err, &refused) || !strings.HasPrefix(refused.Document, `{"code":"Err`) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

func TestStepsOfAPut(t *testing.T) {
	pool := pool(t, 1)
	operation, step, err := start(pool, []byte(`{"op":"put","model":"Note","item":{"pk":"a","text":"é\u0000😀"}}`))
	if err != nil || step.Kind != Run || len(step.Requests) != 1 || step.Timer {
		t.Fatalf("%+v %v", step, err)
	}
	request := step.Requests[0]
	if request.Service != "dynamodb" || request.Action != "PutItem" || !strings.Contains(string(request.Body), "😀") {
		t.Fatalf("%+v", request)
	}
	step, err = resume(&operation, request.ID, &Reply{Kind: Response, Status: 200, Head: []byte("x-amzn-requestid: R1\r\n"), Body: []byte("{}")})
	if err != nil || step.Kind != Done || !strings.Contains(step.Document, `"R1"`) {
		t.Fatalf("%+v %v", step, err)
	}
	step, err = resume(&operation, request.ID, &Reply{Kind: Response, Status: 200, Body: []byte("{}")})
	if err != nil || step.Kind != Failed || !strings.Contains(step.Document, "ErrInvalidHandle") {
		t.Fatalf("resumed twice: %+v %v", step, err)
	}
}

func TestEveryReply(t *testing.T) {
	pool := pool(t, 1)
	for name, reply := range map[string]Reply{
		"connect": {Kind: Failure, Failure: Connect, Text: "no"}, "timeout": {Kind: Failure, Failure: Timeout}, "broken": {Kind: Failure, Failure: Broken, Text: "\xff"},
		"refused": {Kind: Failure, Failure: Refused, Text: strings.Repeat("x", 1<<20)}, "html": {Kind: Response, Status: 502, Head: []byte("a: b\n"), Body: []byte("<html>")},
		"bytes": {Kind: Response, Status: 200, Head: []byte("\xff\xfe"), Body: []byte("\xff")}, "nothing": {Kind: Response}, "credentials": {Kind: GiveCredentials, Text: "{}"},
		"none": {Kind: NoCredentials, Text: "looked"}, "large": {Kind: Response, Status: 200, Body: []byte(`{"x":"` + strings.Repeat("é", 1<<20) + `"}`)},
	} {
		operation, step, err := start(pool, []byte(`{"op":"get","model":"Note","key":["a"]}`))
		if err != nil || step.Kind != Run {
			t.Fatal(name, step, err)
		}
		if _, err := resume(&operation, step.Requests[0].ID, &reply); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		operation.Abandon()
		if step, err := resume(&operation, 1, &Reply{Kind: Elapsed}); err != nil || step.Kind != Failed {
			t.Errorf("%s: after abandon: %+v %v", name, step, err)
		}
	}
}

func TestMalformedCallsAreErrorsNotTraps(t *testing.T) {
	pool := pool(t, 1)
	for _, call := range []string{"", "{", "\xff", `{"op":"put","model":"Note","item":{"pk":"` + "\xc3" + `"}}`, strings.Repeat("[", 100_000), `{"op":"` + strings.Repeat("é", 1<<19) + `"}`} {
		_, step, err := start(pool, []byte(call))
		if err != nil || step.Kind != Failed || !strings.HasPrefix(step.Document, `{"code":"Err`) {
			t.Errorf("%.20q: %+v %v", call, step, err)
		}
	}
}

func TestATrapDiscardsTheInstance(t *testing.T) {
	pool := pool(t, 1)
	other, step, err := start(pool, []byte(`{"op":"get","model":"Note","key":["a"]}`))
	if err != nil || step.Kind != Run {
		t.Fatal(step, err)
	}
	broken := pool.slots[0].instance
	// Everything that the core knows about its memory is wrong now.
	view, _ := broken.memory.Read(0, broken.memory.Size())
	for n := range view {
		view[n] = 0xff
	}
	_, _, err = start(pool, []byte(`{"op":"get","model":"Note","key":["b"]}`))
	var trap *TrapError
	if !errors.As(err, &trap) {
		t.Fatalf("no trap: %v", err)
	}
	if _, err = resume(&other, step.Requests[0].ID, &Reply{Kind: Elapsed}); !errors.As(err, &trap) {
		t.Fatalf("the other operation: %v", err)
	}
	other.Abandon()
	if _, step, err = start(pool, []byte(`{"op":"get","model":"Note","key":["c"]}`)); err != nil || step.Kind != Run {
		t.Fatalf("after the trap: %+v %v", step, err)
	}
	if pool.slots[0].instance == broken || !broken.module.IsClosed() {
		t.Error("the broken instance is still there")
	}
}

func TestConcurrentUse(t *testing.T) {
	for _, size := range []int{1, 3} {
		pool := pool(t, size)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 50 {
					operation, step, err := start(pool, []byte(`{"op":"get","model":"Note","key":["a"]}`))
					if err != nil || step.Kind != Run {
						t.Error(step, err)
						return
					}
					step, err = resume(&operation, step.Requests[0].ID, &Reply{Kind: Response, Status: 200, Body: []byte(`{"Item":{"pk":{"S":"a"}}}`)})
					if err != nil || step.Kind != Done {
						t.Error(step, err)
						return
					}
				}
			})
		}
		all.Wait()
	}
}

func TestClose(t *testing.T) {
	pool := pool(t, 2)
	operation, step, err := start(pool, []byte(`{"op":"get","model":"Note","key":["a"]}`))
	if err != nil || step.Kind != Run {
		t.Fatal(step, err)
	}
	pool.Close()
	pool.Close()
	if _, err := resume(&operation, 1, &Reply{Kind: Elapsed}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	operation.Abandon()
	if _, _, err := start(pool, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := pool.Describe(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// The memory of an instance never shrinks, so it must not grow either.
func TestMemoryStaysFlat(t *testing.T) {
	pool := pool(t, 1)
	body := []byte(`{"Item":{"pk":{"S":"a"},"text":{"S":"` + strings.Repeat("x", 10_000) + `"}}}`)
	round := func(n int) {
		operation, step, err := start(pool, []byte(`{"op":"get","model":"Note","key":["a"]}`))
		if err != nil || step.Kind != Run {
			t.Fatal(step, err)
		}
		if n%3 == 0 {
			operation.Abandon()
			return
		}
		if step, err = resume(&operation, step.Requests[0].ID, &Reply{Kind: Response, Status: 200, Body: body}); err != nil || step.Kind != Done {
			t.Fatal(step, err)
		}
	}
	for n := range 500 {
		round(n)
	}
	before := pool.slots[0].instance.memory.Size()
	for n := range 10_000 {
		round(n)
	}
	if after := pool.slots[0].instance.memory.Size(); after != before {
		t.Errorf("%d bytes became %d", before, after)
	}
}

func BenchmarkStartAndResume(b *testing.B) {
	pool := pool(b, 1)
	call := []byte(`{"op":"get","model":"Note","key":["a"]}`)
	reply := Reply{Kind: Response, Status: 200, Body: []byte(`{"Item":{"pk":{"S":"a"},"text":{"S":"some text"}}}`)}
	b.ReportAllocs()
	for b.Loop() {
		operation, step, err := start(pool, call)
		if err != nil || step.Kind != Run {
			b.Fatal(step, err)
		}
		if _, err := resume(&operation, step.Requests[0].ID, &reply); err != nil {
			b.Fatal(err)
		}
	}
}
