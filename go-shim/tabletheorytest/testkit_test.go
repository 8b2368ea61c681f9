package tabletheorytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	tt "github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

type Note struct {
	PK    string `tabletheory:"pk"`
	SK    string `tabletheory:"sk"`
	Title string `tabletheory:"title"`
	Views int    `tabletheory:"views"`
}

var ctx = context.Background()

func open(t *testing.T, options ...tt.Option) *tt.Model[Note] {
	t.Helper()
	options = append([]tt.Option{tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("key", "secret", ""))}, options...)
	db, err := tt.Open(ctx, "../../examples/notes.dms.yml", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return tt.ModelOf[Note](db)
}

const emptyReply = `{}`

func TestAScriptIsStrict(t *testing.T) {
	want := `{"TableName": "tabletheory-demo-notes", "Key": {"sk": {"S": "n#1"}, "pk": {"S": "u#1"}}, "ReturnConsumedCapacity": "TOTAL"}`
	script := tabletheorytest.NewScript(tabletheorytest.Reply{Action: "GetItem", Request: want, Status: 200, Body: emptyReply})
	notes := open(t, tt.WithTransport(script))
	if found, err := notes.Find(ctx, "u#1", "n#1"); err != nil || found != nil || script.Check() != nil {
		t.Fatal(found, err, script.Check())
	}
	script.Reset(tabletheorytest.Reply{Action: "GetItem", Request: want, Status: 200, Body: emptyReply})
	_, err := notes.Find(ctx, "u#1", "n#2")
	if wrong := script.Check(); !errors.Is(err, tt.ErrTransport) || wrong == nil || !strings.Contains(wrong.Error(), "-       \"S\": \"n#1\"\n+       \"S\": \"n#2\"") {
		t.Fatalf("%v\n%v", err, wrong)
	} else if strings.Contains(wrong.Error(), "TableName") {
		t.Errorf("shows what is not near: %v", wrong)
	}
	script.Reset(tabletheorytest.Reply{Action: "PutItem"}, tabletheorytest.Reply{})
	_, _ = notes.Find(ctx, "u#1", "n#1")
	if wrong := script.Check(); wrong == nil || !strings.Contains(wrong.Error(), "`GetItem`, not `PutItem`") || !strings.Contains(wrong.Error(), "1 replies") {
		t.Fatal(wrong)
	}
	script.Reset()
	_, _ = notes.Find(ctx, "u#1", "n#1")
	if wrong := script.Check(); wrong == nil || !strings.Contains(wrong.Error(), "used up") {
		t.Fatal(wrong)
	}
}

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
	if _, err := tabletheorytest.Replay(strings.NewReader("{}\nnonsense\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatal(err)
	}
	if _, err := tabletheorytest.ReplayFile("no-such-file"); err == nil {
		t.Fatal("read a file that is not there")
	}
}

func dbOf(t *testing.T, service *tabletheorytest.Local) *tt.DB {
	t.Helper()
	db, err := tt.Open(ctx, "../../examples/notes.dms.yml", service.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestFaults(t *testing.T) {
	service := tabletheorytest.Run(t)
	if _, _, err := dbOf(t, service).EnsureTable(ctx, "Note"); err != nil {
		t.Fatal(err)
	}
	faults := tabletheorytest.NewFaults(tt.NewHTTPTransport(0, 0))
	clock := tabletheorytest.NewClock(time.Now(), 1, 2)
	notes := open(t, service.Options(tt.WithTransport(faults), tt.WithClock(clock))...)
	key := tt.Key{"u#1", "n#1"}
	add := func() error { _, err := notes.Update(ctx, key, tt.Add("views", 1)); return err }
	views := func() int {
		note, err := notes.Get(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		return note.Views
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	// What is surely not carried out is tried again.
	for n, fault := range []tabletheorytest.Fault{tabletheorytest.NoConnection(), tabletheorytest.Throttled(), nil, tabletheorytest.Delayed(time.Millisecond)} {
		faults.Add(fault)
		if err := add(); err != nil || views() != n+2 {
			t.Fatal(n, err, views())
		}
	}
	// What may have been carried out is said to be unknown, and is not done twice.
	before := views()
	for name, fault := range map[string]tabletheorytest.Fault{
		"response": tabletheorytest.LostResponse(), "time": tabletheorytest.TimedOut(), "half": tabletheorytest.Truncated(), "request": tabletheorytest.LostRequest(),
	} {
		faults.Add(fault)
		var failure *tt.Error
		if err := add(); !errors.As(err, &failure) || failure.Outcome != tt.Unknown {
			t.Errorf("%s: %v", name, err)
		}
		want := before + 1
		if name == "request" {
			want = before
		}
		if before = views(); before != want {
			t.Errorf("%s: %d views, not %d", name, before, want)
		}
	}
	faults.Add(tabletheorytest.ServerError())
	if _, err := notes.Get(ctx, key); err != nil {
		t.Error(err)
	}
}

// wire answers each batch as a service that carries out everything.
type wire struct{ bodies []string }

func (w *wire) Send(_ context.Context, request *tt.Request) (*tt.Response, error) {
	w.bodies = append(w.bodies, string(request.Body))
	return &tt.Response{Status: 200, Body: []byte(`{"Responses":{}}`)}, nil
}

func TestUnprocessedPartsOfABatch(t *testing.T) {
	for action, parts := range map[string]string{
		"BatchWriteItem": `{"t":[{"PutRequest":1},{"PutRequest":2},{"PutRequest":3}]}`,
		"BatchGetItem":   `{"t":{"Keys":[1,2,3],"ConsistentRead":true}}`,
	} {
		w := &wire{}
		for _, processed := range []int{0, 2} {
			faults := tabletheorytest.NewFaults(w, tabletheorytest.Unprocessed(processed))
			response, err := faults.Send(ctx, &tt.Request{Action: action, Body: []byte(`{"RequestItems":` + parts + `}`)})
			if err != nil {
				t.Fatal(err)
			}
			var answer map[string]json.RawMessage
			if err := json.Unmarshal(response.Body, &answer); err != nil {
				t.Fatal(err)
			}
			rest := string(answer["UnprocessedItems"]) + string(answer["UnprocessedKeys"])
			if processed == 0 && (rest != strings.ReplaceAll(parts, `"Keys":[1,2,3],"ConsistentRead":true`, `"ConsistentRead":true,"Keys":[1,2,3]`) || len(w.bodies) != 0) {
				t.Errorf("%s: %s", action, rest)
			}
			if processed == 2 && (strings.Contains(rest, "2") || !strings.Contains(rest, "3") || len(w.bodies) != 1 || strings.Contains(w.bodies[0], "3")) {
				t.Errorf("%s: %s, sent %s", action, rest, w.bodies)
			}
		}
	}
}
