package tabletheorytest_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

// A test on a DynamoDB of its own, which ends with the test.
func TestWithTheLocalStandIn(t *testing.T) {
	service := tabletheorytest.Run(t)
	db, err := tabletheory.Open(t.Context(), "../../examples/notes.dms.yml", service.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, _, err := db.EnsureTable(t.Context(), "Note"); err != nil {
		t.Fatal(err)
	}
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.Create(t.Context(), &Note{PK: "u#1", SK: "n#1", Title: "hi"}); err != nil {
		t.Fatal(err)
	}
	if note, err := notes.Get(t.Context(), "u#1", "n#1"); err != nil || note.Title != "hi" {
		t.Fatal(note, err)
	}
}

func scriptedNotes(transport tabletheory.Transport) (*tabletheory.Model[Note], error) {
	db, err := tabletheory.Open(context.Background(), "../../examples/notes.dms.yml", tabletheory.WithTransport(transport),
		tabletheory.WithRegion("eu-west-1"), tabletheory.WithCredentials(tabletheory.StaticCredentials("key", "secret", "")),
		tabletheory.WithClock(tabletheorytest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 1, 2)))
	if err != nil {
		return nil, err
	}
	return tabletheory.ModelOf[Note](db), nil
}

func ExampleNewScript() {
	script := tabletheorytest.NewScript(
		tabletheorytest.Reply{Status: 503}, // is tried again, after a wait that the clock only notes
		tabletheorytest.Reply{Action: "GetItem", Status: 200, Body: `{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"hi"}}}`})
	notes, err := scriptedNotes(script)
	if err != nil {
		panic(err)
	}
	note, err := notes.Get(context.Background(), "u#1", "n#1")
	fmt.Println(note.Title, err, script.Check())
	// Output: hi <nil> <nil>
}

func ExampleNewFaults() {
	script := tabletheorytest.NewScript(tabletheorytest.Reply{Status: 200, Body: "{}"})
	notes, err := scriptedNotes(tabletheorytest.NewFaults(script, tabletheorytest.LostResponse()))
	if err != nil {
		panic(err)
	}
	_, err = notes.Update(context.Background(), tabletheory.Key{"u#1", "n#1"}, tabletheory.Add("views", 1))
	fmt.Println(err.(*tabletheory.Error).Outcome) // an addition is not sent twice
	// Output: unknown
}

func ExampleReplay() {
	var recording bytes.Buffer
	service := tabletheorytest.NewScript(tabletheorytest.Reply{Status: 200, Body: "{}"})
	notes, err := scriptedNotes(tabletheorytest.NewRecorder(service, &recording))
	if err != nil {
		panic(err)
	}
	found, err := notes.Find(context.Background(), "u#1", "n#1")
	fmt.Println(found, err)
	fmt.Println(strings.TrimSpace(recording.String()))

	replayed, err := tabletheorytest.Replay(&recording)
	if err != nil {
		panic(err)
	}
	if notes, err = scriptedNotes(replayed); err != nil {
		panic(err)
	}
	found, err = notes.Find(context.Background(), "u#1", "n#1")
	fmt.Println(found, err, replayed.Check())
	// Output:
	// <nil> <nil>
	// {"action":"GetItem","request":{"TableName":"tabletheory-demo-notes","Key":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}},"ReturnConsumedCapacity":"TOTAL"},"status":200,"head":[],"body":{}}
	// <nil> <nil> <nil>
}
