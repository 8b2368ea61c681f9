package tabletheorytest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tt "github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

func TestRecordAndReplay(t *testing.T) {
	service := tabletheorytest.Run(t)
	var recording bytes.Buffer
	clock := tabletheorytest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 1, 2)
	life := func(notes *tt.Model[Note]) {
		note := Note{PK: "u#1", SK: "n#1", Title: "<hi>"}
		if err := notes.Put(ctx, &note); err != nil {
			t.Fatal(err)
		}
		if found, err := notes.Get(ctx, &note); err != nil || *found != note {
			t.Fatal(found, err)
		}
		if _, err := notes.Get(ctx, "u#1", "none"); !errors.Is(err, tt.ErrItemNotFound) {
			t.Fatal(err)
		}
	}
	transport := tabletheorytest.NewRecorder(tt.NewHTTPTransport(0, 0), &recording)
	notes := open(t, service.Options(tt.WithTransport(transport), tt.WithClock(clock))...)
	if _, _, err := dbOf(t, service).EnsureTable(ctx, "Note"); err != nil {
		t.Fatal(err)
	}
	life(notes)
	if text := recording.String(); strings.Count(text, "\n") != 3 || strings.Contains(text, "AWS4") || !strings.Contains(text, `{"action":"PutItem","request":{"TableName":`) {
		t.Fatal(text)
	}
	script, err := tabletheorytest.Replay(&recording)
	if err != nil {
		t.Fatal(err)
	}
	life(open(t, tt.WithTransport(script), tt.WithClock(clock)))
	if err := script.Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := tabletheorytest.ReplayFile("no-such-file"); err == nil {
		t.Fatal("read a file that is not there")
	}
}

// What recordings are made and replayed with is the same in the tests of all languages: see docs/recordings.md.
const recordings = "../../contract-tests/recordings/"

type tagged struct {
	PK    string   `tabletheory:"pk"`
	SK    string   `tabletheory:"sk"`
	Title string   `tabletheory:"title"`
	Tags  []string `tabletheory:"tags"`
	Views int64    `tabletheory:"views"`
}

// story is what recordings hold: a write, a read whose first request gets no connection, an update whose response is lost, a query.
func story(t *testing.T, transport tt.Transport, options ...tt.Option) {
	t.Helper()
	clock := tabletheorytest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC), 1, 2)
	options = append([]tt.Option{tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("key", "secret", ""))}, options...)
	db, err := tt.Open(ctx, "../../examples/notes.dms.yml", append(options, tt.WithTransport(transport), tt.WithClock(clock))...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	notes := tt.ModelOf[tagged](db, "Note")
	note := tagged{PK: "u#1", SK: "n#1", Title: "hi ß \"日本\"\u2028<&>", Tags: []string{"a", "b"}, Views: 12_345_678_901_234}
	var stats tt.Stats
	if err := notes.Put(ctx, &note, tt.WithStats(&stats)); err != nil || stats.Capacity == nil || stats.Capacity.Total != 1 {
		t.Fatal(err, stats)
	}
	read, err := notes.Get(ctx, "u#1", "n#1", tt.Consistent(), tt.WithStats(&stats))
	if err != nil || !reflect.DeepEqual(*read, note) || stats.Retries != 1 {
		t.Fatal(read, err, stats)
	}
	var failure *tt.Error
	if _, err := notes.Update(ctx, tt.Key{"u#1", "n#1"}, tt.Add("views", 1)); !errors.As(err, &failure) || failure.Outcome != tt.Unknown {
		t.Fatal(err)
	}
	note.Views++
	if found, err := notes.Query("u#1").All(ctx); err != nil || !reflect.DeepEqual(found, []tagged{note}) {
		t.Fatal(found, err)
	}
}

func TestRecordingsOfOtherLanguagesReplay(t *testing.T) {
	files, err := filepath.Glob(recordings + "*.jsonl")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		replayed, err := tabletheorytest.ReplayFile(file)
		if err != nil {
			t.Fatal(err)
		}
		story(t, replayed)
		if err := replayed.Check(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// With TABLETHEORY_RECORD=1 the recording made here becomes the one that other languages replay.
func TestARecordingIsTheSameAsThatOfNode(t *testing.T) {
	service := tabletheorytest.Run(t)
	if _, _, err := dbOf(t, service).EnsureTable(ctx, "Note"); err != nil {
		t.Fatal(err)
	}
	var recording bytes.Buffer
	faults := tabletheorytest.NewFaults(tt.NewHTTPTransport(0, 0), nil, tabletheorytest.NoConnection(), nil, tabletheorytest.LostResponse())
	story(t, tabletheorytest.NewRecorder(faults, &recording), service.Options()...)
	if os.Getenv("TABLETHEORY_RECORD") != "" {
		if err := os.WriteFile(recordings+"go.jsonl", recording.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	made, err := os.Open(recordings + "node.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if got, want := plain(t, &recording), plain(t, made); !reflect.DeepEqual(got, want) {
		t.Errorf("recorded\n%s\nnot\n%s", got, want)
	}
}

// plain reads a recording without what is another in every run: header lines and the texts of failures.
func plain(t *testing.T, recording io.Reader) (lines []map[string]any) {
	t.Helper()
	for decoder := json.NewDecoder(recording); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		for name, empty := range map[string]any{"head": []any{}, "message": ""} {
			if value, ok := line[name]; ok && reflect.TypeOf(value) == reflect.TypeOf(empty) {
				line[name] = empty
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOtherRequestsThanRecordedAreShown(t *testing.T) {
	line := func(sk, answer string) string {
		return `{"action":"DeleteItem","request":{"TableName":"tabletheory-demo-notes","Key":{"sk":{"S":"` + sk +
			`"},"pk":{"S":"u#1"}},"ReturnConsumedCapacity":"TOTAL"},` + answer + "}\n"
	}
	once := 1
	replayed, err := tabletheorytest.Replay(strings.NewReader(
		line("n#1", `"status":200,"head":[],"body":{}`) + "\n" + line("n#2", `"failure":"credentials","message":"none here"`) + line("n#3", `"status":502,"body":"<html>"`)))
	if err != nil {
		t.Fatal(err)
	}
	notes := open(t, tt.WithTransport(replayed), tt.WithRetry(tt.RetryMode{MaxAttempts: &once}))
	// The order of lines does not count.
	var failure *tt.Error
	if err := notes.Delete(ctx, tt.Key{"u#1", "n#3"}); !errors.As(err, &failure) || failure.Outcome != tt.Unknown {
		t.Error(err)
	}
	var failed *tt.TransportError
	if err := notes.Delete(ctx, tt.Key{"u#1", "n#2"}); !errors.As(err, &failed) || failed.Kind != tt.Unauthorized || failed.Error() != "none here" {
		t.Error(err)
	}
	if err := notes.Delete(ctx, tt.Key{"u#1", "n#9"}); !errors.Is(err, tt.ErrTransport) {
		t.Error(err)
	}
	if _, err := notes.Find(ctx, "u#1", "n#1"); !errors.Is(err, tt.ErrTransport) {
		t.Error(err)
	}
	wrong := replayed.Check()
	for _, part := range []string{
		"this `DeleteItem` (+) is not in the recording, which has (-):\n", "-       \"S\": \"n#1\"\n+       \"S\": \"n#9\"",
		"this `GetItem` is not in the recording: no such action is left", "1 lines of the recording were not used: `DeleteItem`",
	} {
		if wrong == nil || !strings.Contains(wrong.Error(), part) {
			t.Errorf("no `%s` in %v", part, wrong)
		}
	}
	for text, part := range map[string]string{
		"\nnonsense\n": "line 2", "{}": "no `action`", line("n", `"failure":"odd"`): "`odd` is not known", line("n", `"status":200`): "neither", line("n", `"body":""`): "neither",
	} {
		if _, err := tabletheorytest.Replay(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestFailuresOfAnyKindAreRecorded(t *testing.T) {
	script := tabletheorytest.NewScript(
		tabletheorytest.Reply{Failure: &tt.TransportError{Kind: tt.Stale}},
		tabletheorytest.Reply{Status: 502, Head: "Content-Length: 3\nx: y\r\n", Body: "\"\xff\""})
	var recording bytes.Buffer
	recorder := tabletheorytest.NewRecorder(script, &recording)
	request := &tt.Request{Action: "GetItem", Body: []byte("{\n}")}
	_, _ = recorder.Send(ctx, request)
	_, _ = recorder.Send(ctx, request)
	want := `{"action":"GetItem","request":{},"failure":"stale","message":"the transport did not say why"}
{"action":"GetItem","request":{},"status":502,"head":["x: y"],"body":"\"�\""}
`
	if recording.String() != want {
		t.Errorf("%s", recording.String())
	}
	replayed, err := tabletheorytest.Replay(&recording)
	if err != nil {
		t.Fatal(err)
	}
	var failed *tt.TransportError
	if _, err := replayed.Send(ctx, request); !errors.As(err, &failed) || failed.Kind != tt.Stale {
		t.Error(err)
	}
	if response, err := replayed.Send(ctx, request); err != nil || string(response.Body) != "\"�\"" || string(response.Head) != "x: y\r\n" {
		t.Error(response, err)
	}
}
