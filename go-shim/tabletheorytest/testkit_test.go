package tabletheorytest_test

import (
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
	return &tt.Response{Status: 200, Head: []byte("X-Amz-Crc32: 1\r\nx: y\r\n"), Body: []byte(`{"Responses":{}}`)}, nil
}

func TestUnprocessedPartsOfABatch(t *testing.T) {
	for action, parts := range map[string]string{
		"BatchWriteItem": `{"t":[{"PutRequest":1},{"PutRequest":2},{"PutRequest":3}]}`,
		"BatchGetItem":   `{"t":{"Keys":[1,2,3],"ConsistentRead":true}}`,
	} {
		w := &wire{}
		for _, unprocessed := range []int{9, 1} {
			faults := tabletheorytest.NewFaults(w, tabletheorytest.Unprocessed(unprocessed))
			response, err := faults.Send(ctx, &tt.Request{Action: action, Body: []byte(`{"RequestItems":` + parts + `}`)})
			if err != nil {
				t.Fatal(err)
			}
			var answer map[string]json.RawMessage
			if err := json.Unmarshal(response.Body, &answer); err != nil {
				t.Fatal(err)
			}
			rest := string(answer["UnprocessedItems"]) + string(answer["UnprocessedKeys"])
			if unprocessed == 9 && (rest != strings.ReplaceAll(parts, `"Keys":[1,2,3],"ConsistentRead":true`, `"ConsistentRead":true,"Keys":[1,2,3]`) || len(w.bodies) != 0) {
				t.Errorf("%s: %s", action, rest)
			}
			if unprocessed == 1 && (strings.Contains(rest, "2") || !strings.Contains(rest, "3") || len(w.bodies) != 1 || strings.Contains(w.bodies[0], "3")) {
				t.Errorf("%s: %s, sent %s", action, rest, w.bodies)
			}
			if head := strings.ToLower(string(response.Head)); strings.Contains(head, "crc32") || unprocessed == 1 && head != "x: y\r\n" {
				t.Errorf("%s: %q", action, head)
			}
		}
	}
	w := &wire{}
	response, err := tabletheorytest.NewFaults(w, tabletheorytest.Unprocessed(1)).Send(ctx, &tt.Request{Action: "GetItem", Body: []byte(`{}`)})
	if err != nil || string(response.Body) != `{"Responses":{}}` || len(w.bodies) != 1 {
		t.Errorf("what is no batch goes through: %v, %v", response, err)
	}
}
