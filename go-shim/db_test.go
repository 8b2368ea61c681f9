package tabletheory_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tt "github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

const document = "../examples/notes.dms.yml"

type Note struct {
	PK      string              `tabletheory:"pk"`
	SK      string              `tabletheory:"sk"`
	Title   string              `tabletheory:"title"`
	Body    string              `tabletheory:"body"`
	Author  string              `dynamodbav:"author,omitempty"`
	Views   int64               `json:"views"`
	Tags    map[string]struct{} `tabletheory:"tags"`
	Created time.Time           `tabletheory:"createdAt"`
	Updated time.Time           `tabletheory:"updatedAt"`
	Version int64               `tabletheory:"version"`
	Expires time.Time           `tabletheory:"ttl"`
	Local   string              `tabletheory:"-"`
}

var ctx = context.Background()

var local = sync.OnceValues(func() (*tabletheorytest.Local, error) { return tabletheorytest.Start(ctx) })

func TestMain(m *testing.M) {
	code := m.Run()
	if service, err := local(); err == nil {
		_ = service.Stop()
	}
	os.Exit(code)
}

func open(t testing.TB, path string, options ...tt.Option) *tt.DB {
	t.Helper()
	db, err := tt.Open(ctx, path, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

var tables atomic.Int32

// onLocal opens the document on the local stand-in, with tables of the test's own.
func onLocal(t testing.TB, more ...tt.Option) *tt.DB {
	t.Helper()
	service, err := local()
	if err != nil {
		t.Fatal(err)
	}
	prefix := strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '-'
		}
		return r
	}, t.Name()) + fmt.Sprint("-", tables.Add(1), "-") // the stand-in outlives the test
	db := open(t, document, service.Options(append(more, tt.WithTablePrefix(prefix))...)...)
	if _, created, err := db.EnsureTable(ctx, "Note"); err != nil || !created {
		t.Fatal(created, err)
	}
	return db
}

func scripted(t testing.TB, replies ...tabletheorytest.Reply) (*tt.DB, *tabletheorytest.Script) {
	t.Helper()
	script := tabletheorytest.NewScript(replies...)
	db := open(t, document, tt.WithTransport(script), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")),
		tt.WithClock(tabletheorytest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC), 1, 2)))
	return db, script
}

func mustFail(t *testing.T, err error, codes ...tt.Code) *tt.Error {
	t.Helper()
	var failure *tt.Error
	if !errors.As(err, &failure) {
		t.Fatalf("no error of ours: %v", err)
	}
	for _, code := range codes {
		if !errors.Is(err, code) {
			t.Fatalf("not %s: %v, %v", code, failure.Codes, err)
		}
	}
	return failure
}

func TestTheLifeOfAnItem(t *testing.T) {
	db := onLocal(t)
	notes := tt.ModelOf[Note](db)
	note := Note{PK: "u#1", SK: "n#1", Title: "hi", Views: 1, Tags: tt.NewSet("a", "b"), Expires: time.Unix(4_000_000_000, 0).UTC(), Local: "mine", Version: 0}
	if err := notes.Create(ctx, &note); err != nil {
		t.Fatal(err)
	}
	if note.Created.IsZero() || !note.Created.Equal(note.Updated) || note.Version != 0 || note.Local != "mine" {
		t.Fatalf("%+v", note)
	}
	mustFail(t, notes.Create(ctx, &note), tt.ErrConditionFailed)

	var stats tt.Stats
	read, err := notes.Get(ctx, "u#1", "n#1", tt.Consistent(), tt.WithStats(&stats))
	if err != nil {
		t.Fatal(err)
	}
	want := note
	want.Local = ""
	if !reflect.DeepEqual(*read, want) {
		t.Fatalf("\n%+v\n%+v", *read, want)
	}
	if stats.Attempts != 1 || stats.Retries != 0 || stats.Capacity == nil || stats.Capacity.Total <= 0 {
		t.Errorf("%+v", stats)
	}

	updated, err := notes.Update(ctx, read, tt.Set("title", "ho"), tt.Add("views", 2), tt.Delete("tags", tt.NewSet("a")), tt.Remove("ttl"),
		tt.SetIfNotExists("author", "me"), tt.ExpectVersion(read.Version), tt.If(tt.Attr("views").EQ(1), tt.Attr("title").BeginsWith("h")))
	if err != nil {
		t.Fatal(err)
	}
	if updated.Title != "ho" || updated.Views != 3 || len(updated.Tags) != 1 || !updated.Expires.IsZero() || updated.Author != "me" || updated.Version != 1 || !updated.Updated.After(note.Updated) {
		t.Fatalf("%+v", updated)
	}
	failure := mustFail(t, func() error {
		_, err := notes.Update(ctx, tt.Key{"u#1", "n#1"}, tt.Set("title", "x"), tt.ExpectVersion(0), tt.ReturnOldOnFailure())
		return err
	}(), tt.ErrVersionConflict, tt.ErrConditionFailed)
	if failure.Code != tt.ErrVersionConflict || failure.Outcome != tt.Rejected || failure.Retryable || failure.Stats == nil {
		t.Errorf("%+v", failure)
	}
	old, err := tt.OldItem[Note](failure)
	if err != nil || old == nil || old.Title != "ho" {
		t.Fatal(old, err)
	}

	again := Note{PK: "u#1", SK: "n#1", Title: "third"}
	if err := notes.Upsert(ctx, &again); err != nil {
		t.Fatal(err)
	}
	if again.Version != 2 || !again.Created.Equal(note.Created) || again.Title != "third" {
		t.Fatalf("%+v", again)
	}
	var before *Note
	fourth := Note{PK: "u#1", SK: "n#1", Title: "fourth"}
	if err := notes.Put(ctx, &fourth, tt.ReturnOld(&before)); err != nil || before == nil || before.Title != "third" || fourth.Created.IsZero() {
		t.Fatal(before, err, fourth)
	}
	if err := notes.Put(ctx, &Note{PK: "u#2", SK: "n#1"}, tt.ReturnOld(&before)); err != nil || before != nil {
		t.Fatal(before, err)
	}
	if err := notes.Delete(ctx, "u#1", "n#1", tt.ReturnOld(&before)); err != nil || before == nil || before.Title != "fourth" {
		t.Fatal(before, err)
	}
	if err := notes.Delete(ctx, &note); err != nil {
		t.Fatal(err)
	}
	if found, err := notes.Find(ctx, tt.Key{"u#1", "n#1"}); err != nil || found != nil {
		t.Fatal(found, err)
	}
	_, err = notes.Get(ctx, &note)
	mustFail(t, err, tt.ErrItemNotFound)
	if none, err := notes.Update(ctx, &note, tt.Set("title", "x"), tt.ReturnValues("NONE")); err != nil || none != nil {
		t.Fatal(none, err)
	}
	_, err = notes.Update(ctx, tt.Key{"u#9", "n#1"}, tt.IfExists())
	mustFail(t, err, tt.ErrConditionFailed)
}

func TestUntypedItems(t *testing.T) {
	db := onLocal(t)
	notes := tt.ModelOf[tt.Item](db, "Note")
	item := tt.Item{"pk": "u#1", "sk": "n#1", "title": "é😀\u0000\"", "views": json.Number("12345678901234567890123456789012345678"), "tags": tt.NewSet("x")}
	if err := notes.Create(ctx, &item); err != nil {
		t.Fatal(err)
	}
	if item["version"] != int64(0) || item["createdAt"] == nil {
		t.Fatal(item)
	}
	read, err := notes.Get(ctx, item)
	if err != nil || !reflect.DeepEqual(*read, item) {
		t.Fatalf("%v\n%v\n%v", err, *read, item)
	}
	some, err := notes.Get(ctx, item, tt.Project("title"))
	if err != nil || len(*some) != 1 {
		t.Fatal(*some, err)
	}
	if _, err := tt.ModelOf[Note](db).Get(ctx, item); !errors.Is(err, tt.ErrNumberPrecisionLoss) {
		t.Fatal(err)
	}
}

func TestDocumentsAsItems(t *testing.T) {
	db := onLocal(t)
	notes := tt.ModelOf[tt.Document](db, "Note")
	item := tt.Document{{Name: "title", Value: "x"}, {Name: "sk", Value: "n#1"}, {Name: "body", Value: ""}, {Name: "pk", Value: "u#1"}}
	if err := notes.Create(ctx, &item); err != nil || len(item) != 7 || item[0].Name != "title" {
		t.Fatal(item, err)
	}
	if err := notes.Upsert(ctx, &item); err != nil || len(item) != 6 { // the empty body is not stored
		t.Fatal(item, err)
	}
	read, err := notes.Get(ctx, item)
	if err != nil {
		t.Fatal(err)
	}
	byName := func(document tt.Document) tt.Item { // the service has no order of its own
		members := tt.Item{}
		for _, member := range document {
			members[member.Name] = member.Value
		}
		return members
	}
	if !reflect.DeepEqual(byName(*read), byName(item)) {
		t.Fatal(*read, item)
	}
}

func TestTables(t *testing.T) {
	db := onLocal(t)
	table, created, err := db.EnsureTable(ctx, "Note", tt.WaitAtMost(time.Minute))
	if err != nil || created || table.Status != "ACTIVE" || table.TTL != "ttl" || len(table.Indexes) != 1 || table.Indexes[0].Name != "by-author" {
		t.Fatalf("%+v %v", table, err)
	}
	if described, err := db.DescribeTable(ctx, "Note"); err != nil || !strings.HasPrefix(described.Name, "TestTables-") || !strings.HasSuffix(described.Name, "-tabletheory-demo-notes") || described.Keys.Partition[0] != "pk" || described.Items == nil {
		t.Fatalf("%+v %v", described, err)
	}
	for _, want := range []bool{true, false} {
		if deleted, err := db.DeleteTable(ctx, "Note"); err != nil || deleted != want {
			t.Fatal(deleted, err)
		}
	}
	_, err = db.DescribeTable(ctx, "Note")
	mustFail(t, err, tt.ErrTableNotFound)
	_, err = tt.ModelOf[Note](db).Get(ctx, "a", "b")
	mustFail(t, err, tt.ErrTableNotFound)
	if _, created, err := db.EnsureTable(ctx, "Note", tt.Provisioned(1, 2), tt.WithoutWaiting()); err != nil || !created {
		t.Fatal(err)
	}
}

func TestManyAtOnce(t *testing.T) {
	db := onLocal(t, tt.WithInstances(3))
	notes := tt.ModelOf[Note](db)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 20 {
				note := Note{PK: fmt.Sprint("u#", n), SK: fmt.Sprint("n#", i), Title: strings.Repeat("x", i)}
				if err := notes.Create(ctx, &note); err != nil {
					t.Error(err)
					return
				}
				read, err := notes.Get(ctx, &note)
				if err != nil || read.Title != note.Title {
					t.Error(read, err)
				}
			}
		})
	}
	all.Wait()
}

func TestLargeAndOddItems(t *testing.T) {
	notes := tt.ModelOf[Note](onLocal(t))
	body := strings.Repeat("é", 190_000)
	if err := notes.Create(ctx, &Note{PK: "a", SK: "b", Body: body}); err != nil {
		t.Fatal(err)
	}
	if read, err := notes.Get(ctx, "a", "b"); err != nil || read.Body != body {
		t.Fatal(err)
	}
	failure := mustFail(t, notes.Create(ctx, &Note{PK: "a", SK: "c", Body: body + body}), tt.ErrItemTooLarge)
	if failure.Outcome != tt.NotSent {
		t.Error(failure.Outcome)
	}
	for _, text := range []string{"", "\u0000\u001f\u007f", "\"\\/", "\u2028\u2029", "😀\u200d", "`$'"} {
		if err := notes.Put(ctx, &Note{PK: "p", SK: "s", Title: text}); err != nil {
			t.Fatal(err)
		}
		if read, err := notes.Get(ctx, "p", "s"); err != nil || read.Title != text {
			t.Errorf("%q: %+v %v", text, read, err)
		}
	}
}

func TestBadInputIsRefusedBeforeSending(t *testing.T) {
	db, script := scripted(t)
	notes := tt.ModelOf[tt.Item](db, "Note")
	item := func(name string, value any) *tt.Item { return &tt.Item{"pk": "a", "sk": "b", name: value} }
	cyclic := tt.Item{}
	cyclic["self"] = cyclic
	for name, c := range map[string]struct {
		err  func() error
		code tt.Code
		path string
	}{
		"NaN":               {func() error { return notes.Put(ctx, item("views", math.NaN())) }, tt.ErrInvalidValue, "/item/views"},
		"not UTF-8":         {func() error { return notes.Put(ctx, item("title", "\xff")) }, tt.ErrInvalidValue, "/item/title"},
		"39 digits":         {func() error { return notes.Put(ctx, item("views", json.Number(strings.Repeat("1", 39)))) }, tt.ErrInvalidValue, "/item/views"},
		"function":          {func() error { return notes.Put(ctx, item("title", func() {})) }, tt.ErrInvalidValue, "/item/title"},
		"cyclic":            {func() error { return notes.Put(ctx, item("title", cyclic)) }, tt.ErrInvalidValue, "/item/title/self"},
		"wrong type":        {func() error { return notes.Put(ctx, item("title", 1)) }, tt.ErrInvalidValue, "/item/title"},
		"unknown attribute": {func() error { return notes.Put(ctx, item("nothing", 1)) }, tt.ErrInvalidModel, "/item/nothing"},
		"no sort key":       {func() error { return notes.Put(ctx, &tt.Item{"pk": "a"}) }, tt.ErrMissingPrimaryKey, ""},
		"empty key":         {func() error { return notes.Put(ctx, &tt.Item{"pk": "", "sk": "b"}) }, tt.ErrInvalidPrimaryKey, "/item/pk"},
		"no key":            {func() error { _, err := notes.Get(ctx); return err }, tt.ErrMissingPrimaryKey, ""},
		"set NaN":           {func() error { _, err := notes.Update(ctx, tt.Key{"a", "b"}, tt.Set("views", math.Inf(1))); return err }, tt.ErrInvalidValue, "/set/views"},
		"set twice": {func() error {
			_, err := notes.Update(ctx, tt.Key{"a", "b"}, tt.Set("title", "x"), tt.Remove("title"))
			return err
		}, tt.ErrInvalidOperator, ""},
		"condition value": {func() error { return notes.Delete(ctx, "a", "b", tt.If(tt.Attr("title").EQ(make(chan int)))) }, tt.ErrInvalidValue, "/condition/title/eq"},
		"size of nothing": {func() error {
			return notes.Delete(ctx, "a", "b", tt.If(tt.Not(tt.Or(tt.Attr("none").Size().GT(1), tt.Attr("title").Exists()))))
		}, tt.ErrInvalidModel, ""},
		"no tree":       {func() error { return notes.Delete(ctx, "a", "b", tt.If(tt.ConditionTree(`{},"op":"put"`))) }, tt.ErrInvalidValue, "/condition"},
		"wrong option":  {func() error { _, err := notes.Get(ctx, "a", "b", tt.Set("title", "x")); return err }, tt.ErrInvalidCall, ""},
		"raw nonsense":  {func() error { _, err := db.Call(ctx, []byte("{")); return err }, tt.ErrInvalidCall, ""},
		"unknown model": {func() error { return tt.ModelOf[tt.Item](db, "Nothing").Put(ctx, item("a", 1)) }, tt.ErrInvalidModel, ""},
	} {
		failure := mustFail(t, c.err(), c.code)
		if c.path != "" && failure.Path != c.path || failure.Outcome != tt.NotSent {
			t.Errorf("%s: %+v", name, failure)
		}
	}
	if sent := script.Requests(); len(sent) != 0 {
		t.Errorf("%d requests", len(sent))
	}
}

func TestConditionsBecomeExpressions(t *testing.T) {
	db, script := scripted(t)
	notes := tt.ModelOf[tt.Item](db, "Note")
	a, v := tt.Attr("title"), tt.Attr("views")
	for want, condition := range map[string]tt.Condition{
		"#n1 = :v0": a.EQ("x"), "#n1 <> :v0": a.NE("x"), "#n1 < :v0": v.LT(1), "#n1 <= :v0": v.LTE(1), "#n1 > :v0": v.GT(1), "#n1 >= :v0": v.GTE(1),
		"#n1 BETWEEN :v0 AND :v1": v.Between(1, 2), "#n1 IN (:v0, :v1)": v.In(1, 2), "begins_with(#n1, :v0)": a.BeginsWith("x"),
		"contains(#n1, :v0)": a.Contains("x"), "NOT contains(#n1, :v0)": a.NotContains("x"), "attribute_exists(#n1)": a.Exists(),
		"attribute_not_exists(#n1)": a.NotExists(), "attribute_type(#n1, :v0)": a.Type("S"), "size(#n1) > :v0": a.Size().GT(1),
		"size(#n1) BETWEEN :v0 AND :v1": a.Size().Between(1, 2), "size(#n1) IN (:v0)": a.Size().In(1), "#n1 = #n2": a.EQ(tt.Attr("body")),
		"(#n1 = :v0 OR #n2 > :v1) AND": tt.And(tt.Or(a.EQ("x"), v.GT(1)), tt.Not(a.Exists())), "size(#n1) <= :v0": a.Size().LTE(1),
		"#n1 > :v0 AND": tt.ConditionTree(`{"views":{"gt":1},"title":"x"}`), "size(#n1) < :v0": a.Size().LT(1), "size(#n1) >= :v0": a.Size().GTE(1), "size(#n1) = :v0": a.Size().EQ(1), "size(#n1) <> :v0": a.Size().NE(1),
	} {
		script.Reset(tabletheorytest.Reply{Status: 200, Body: "{}"})
		if err := notes.Create(ctx, &tt.Item{"pk": "a", "sk": "b"}, tt.If(condition)); err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		var body struct{ ConditionExpression string }
		if err := json.Unmarshal(script.Requests()[0].Body, &body); err != nil || !strings.Contains(body.ConditionExpression, want) {
			t.Errorf("%s: %s", want, body.ConditionExpression)
		}
	}
}

func TestRetriesWaitAsTheCoreSays(t *testing.T) {
	clock := tabletheorytest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), math.MaxUint64, math.MaxUint64)
	script := tabletheorytest.NewScript(
		tabletheorytest.Reply{Failure: &tt.TransportError{Kind: tt.Connect, Err: errors.New("no")}},
		tabletheorytest.Reply{Status: 503, Body: "<html>"},
		tabletheorytest.Reply{Status: 200, Head: "x-amzn-requestid: R3\r\n", Body: `{"Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}`})
	db := open(t, document, tt.WithTransport(script), tt.WithClock(clock), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")))
	var stats tt.Stats
	if _, err := tt.ModelOf[Note](db).Get(ctx, "a", "b", tt.WithStats(&stats)); err != nil {
		t.Fatal(err)
	}
	if stats.Attempts != 3 || stats.Retries != 2 || stats.RequestID != "R3" || len(clock.Waits()) != 2 || stats.WaitedMillis == 0 {
		t.Errorf("%+v %v", stats, clock.Waits())
	}
	requests := script.Requests()
	if !strings.Contains(requests[0].Head, "AWS4-HMAC-SHA256 Credential=k/20260102/eu-west-1/dynamodb/") || requests[0].URL != "https://dynamodb.eu-west-1.amazonaws.com/" {
		t.Errorf("%+v", requests[0])
	}
}

func TestTransportFailures(t *testing.T) {
	cause := errors.New("the wire is cut")
	for kind, want := range map[tt.FailureKind]tt.Code{tt.Connect: tt.ErrTransport, tt.TimedOut: tt.ErrTimeout, tt.Broken: tt.ErrTransport, tt.Refused: tt.ErrTransport} {
		script := tabletheorytest.NewScript(tabletheorytest.Reply{Failure: &tt.TransportError{Kind: kind, Err: cause}})
		one := 1
		db := open(t, document, tt.WithTransport(script), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")), tt.WithRetry(tt.RetryMode{MaxAttempts: &one}))
		_, err := tt.ModelOf[Note](db).Update(ctx, tt.Key{"a", "b"}, tt.Add("views", 1))
		failure := mustFail(t, err, want)
		if !errors.Is(err, cause) || strings.Contains(failure.Message, "wire") {
			t.Errorf("%v: %+v", kind, failure)
		}
		if unknown := failure.Outcome == tt.Unknown; unknown != (kind == tt.TimedOut || kind == tt.Broken) {
			t.Errorf("%v: %s", kind, failure.Outcome)
		}
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
	}
	region := tt.WithRegion("eu-west-1")
	_, err := tt.Open(ctx, "nothing.yml", region)
	if failure := mustFail(t, err, tt.ErrInvalidDocument); !errors.Is(err, os.ErrNotExist) || !strings.Contains(failure.Message, "`nothing.yml`") {
		t.Error(err)
	}
	_, err = tt.Open(ctx, "", region, tt.WithSchema([]byte("dms_version: \"0.2\"\nnamespace: x\nmodels:\n  - name: M\n    keys: {}\n")))
	if failure := mustFail(t, err, tt.ErrInvalidDocument); len(failure.Problems) < 2 || failure.Problems[0].Line == 0 {
		t.Errorf("%+v", failure)
	}
	_, err = tt.Open(ctx, document)
	mustFail(t, err, tt.ErrConfiguration)
	_, err = tt.Open(ctx, document, region, tt.WithEndpoint("not a url"))
	mustFail(t, err, tt.ErrConfiguration)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = tt.Open(canceled, document, region)
	mustFail(t, err, tt.ErrCanceled)

	db := open(t, document, region)
	_, err = tt.ModelOf[Note](db).Get(ctx, "a", "b")
	if failure := mustFail(t, err, tt.ErrCredentials); failure.Outcome != tt.NotSent || errors.Unwrap(failure) == nil || !strings.Contains(errors.Unwrap(failure).Error(), "awssdk") {
		t.Errorf("%+v", failure)
	}
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
	t.Setenv("AWS_REGION", "eu-west-2")
	t.Setenv("AWS_ACCESS_KEY_ID", "k")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	script := tabletheorytest.NewScript()
	for _, ignore := range []string{"", "true"} {
		t.Setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore)
		_, _ = tt.ModelOf[Note](open(t, document, tt.WithTransport(script))).Get(ctx, "a", "b")
	}
	if sent := script.Requests(); len(sent) != 2 || sent[0].URL != "http://127.0.0.1:9/" || sent[1].URL != "https://dynamodb.eu-west-2.amazonaws.com/" {
		t.Errorf("%+v", sent)
	}
}

func TestTypesAreCheckedAgainstTheModel(t *testing.T) {
	type wrong struct {
		PK    string            `tabletheory:"pk"`
		SK    int               `tabletheory:"sk"`
		Title []string          `tabletheory:"title"`
		Views map[string]string `tabletheory:"views"`
		Tags  []int             `tabletheory:"tags"`
		Other string
	}
	db, script := scripted(t)
	model := tt.ModelOf[wrong](db, "Note")
	failure := mustFail(t, model.Err(), tt.ErrInvalidModel)
	for _, field := range []string{"SK", "Title", "Views", "Tags", "Other"} {
		if !strings.Contains(failure.Message, "field `"+field+"`") {
			t.Errorf("%s is not in %s", field, failure.Message)
		}
	}
	if strings.Contains(failure.Message, "`PK`") {
		t.Error(failure.Message)
	}
	if _, err := model.Get(ctx, "a", "b"); !errors.Is(err, model.Err()) {
		t.Error(err)
	}
	for _, err := range []error{
		tt.ModelOf[string](db, "Note").Err(), tt.ModelOf[Note](db, "Nothing").Err(), tt.ModelOf[struct{ C chan int }](db, "Note").Err(),
		tt.ModelOf[map[string]int](db, "Note").Err(),
	} {
		mustFail(t, err, tt.ErrInvalidModel)
	}
	_, err := tt.Open(ctx, document, tt.WithRegion("eu-west-1"), tt.WithModel[Note]("Note"), tt.WithModel[wrong]("Note"))
	mustFail(t, err, tt.ErrInvalidModel)
	if err := tt.ModelOf[Note](db).Err(); err != nil || len(script.Requests()) != 0 {
		t.Error(err)
	}
}

// slow is a transport that answers when it is told to.
type slow struct {
	entered chan struct{}
	answer  chan struct{}
}

func (s slow) Send(ctx context.Context, _ *tt.Request) (*tt.Response, error) {
	s.entered <- struct{}{}
	select {
	case <-s.answer:
		return &tt.Response{Status: 200, Body: []byte(`{"Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}`)}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestCancellation(t *testing.T) {
	transport := slow{make(chan struct{}, 1), make(chan struct{}, 1)}
	db := open(t, document, tt.WithTransport(transport), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")))
	notes := tt.ModelOf[Note](db)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err := notes.Get(canceled, "a", "b")
	if failure := mustFail(t, err, tt.ErrCanceled); failure.Outcome != tt.NotSent || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v", failure)
	}
	inTime, cancel := context.WithCancel(ctx)
	go func() { <-transport.entered; cancel() }()
	if failure := mustFail(t, notes.Put(inTime, &Note{PK: "a", SK: "b"}), tt.ErrCanceled); failure.Outcome != tt.Unknown {
		t.Errorf("%+v", failure)
	}
	limited, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err = notes.Get(limited, "a", "b")
	<-transport.entered
	if mustFail(t, err, tt.ErrTimeout); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	brief := open(t, document, tt.WithTransport(transport), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")), tt.WithTimeout(20*time.Millisecond))
	_, err = tt.ModelOf[Note](brief).Get(ctx, "a", "b")
	<-transport.entered
	mustFail(t, err, tt.ErrTimeout)
	transport.answer <- struct{}{}
	if _, err := notes.Get(ctx, "a", "b"); err != nil {
		t.Error(err)
	}
}

func TestCancellationWhileWaiting(t *testing.T) {
	script := tabletheorytest.NewScript()
	db := open(t, document, tt.WithTransport(script), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")), tt.WithRetry(tt.RetryMode{BaseMillis: ptr(60_000), MaxBackoffMillis: ptr(60_000)}))
	script.Reset(tabletheorytest.Reply{Status: 503}, tabletheorytest.Reply{Status: 503}, tabletheorytest.Reply{Status: 503})
	limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := tt.ModelOf[Note](db).Get(limited, "a", "b")
	mustFail(t, err, tt.ErrTimeout)
	if took := time.Since(start); took > 5*time.Second {
		t.Error(took)
	}
}

func ptr[T any](value T) *T { return &value }

func TestUseAfterClose(t *testing.T) {
	db, _ := scripted(t)
	notes := tt.ModelOf[Note](db)
	db.Close()
	db.Close()
	_, err := notes.Get(ctx, "a", "b")
	mustFail(t, err, tt.ErrInvalidHandle)
	_, err = db.Describe()
	mustFail(t, err, tt.ErrInvalidHandle)
}

func TestCloseWhileInFlight(t *testing.T) {
	transport := slow{make(chan struct{}, 1), make(chan struct{}, 1)}
	db := open(t, document, tt.WithTransport(transport), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")))
	go func() { <-transport.entered; db.Close(); transport.answer <- struct{}{} }()
	failure := mustFail(t, tt.ModelOf[Note](db).Put(ctx, &Note{PK: "a", SK: "b"}), tt.ErrInvalidHandle)
	if failure.Outcome != tt.Unknown {
		t.Errorf("%+v", failure)
	}
}

func TestNoGoroutineOutlivesItsCall(t *testing.T) {
	service, err := local()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	before := runtime.NumGoroutine()
	db, err := tt.Open(ctx, document, service.Options(tt.WithTablePrefix("goroutines-"))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.EnsureTable(ctx, "Note"); err != nil {
		t.Fatal(err)
	}
	notes := tt.ModelOf[Note](db)
	for range 20 {
		if _, err := notes.Find(ctx, "a", "b"); err != nil {
			t.Fatal(err)
		}
		limited, cancel := context.WithTimeout(ctx, time.Microsecond)
		_, _ = notes.Find(limited, "a", "b")
		cancel()
	}
	db.Close() // and with it the idle connections
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines became %d\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}

func TestInfoAndDescription(t *testing.T) {
	info, err := tt.Core()
	if err != nil || info.Contract != 2 || len(info.Digest) != 64 || info.Version == "" {
		t.Fatal(info, err)
	}
	db, _ := scripted(t)
	text, err := db.Describe()
	if err != nil || !json.Valid([]byte(text)) || !strings.Contains(text, "by-author") {
		t.Fatal(text, err)
	}
}

func TestRawCalls(t *testing.T) {
	db, script := scripted(t, tabletheorytest.Reply{Status: 200, Body: "{}"})
	result, err := db.Call(ctx, []byte(`{"op":"find","model":"Note","key":["a","b"]}`))
	if err != nil || !strings.Contains(string(result), `"item":null`) || len(script.Requests()) != 1 {
		t.Fatal(string(result), err)
	}
}

func TestPlainValues(t *testing.T) {
	text, err := tt.MarshalPlain(map[string]any{"$x": tt.NewSet("b", "a")})
	if err != nil || string(text) != `{"$$x":{"$set":["a","b"]}}` {
		t.Fatal(string(text), err)
	}
	var back any
	if err := tt.UnmarshalPlain(text, &back); err != nil || !reflect.DeepEqual(back, map[string]any{"$x": tt.NewSet("a", "b")}) {
		t.Fatal(back, err)
	}
	_, err = tt.MarshalPlain(map[string]any{"a": math.NaN()})
	if failure := mustFail(t, err, tt.ErrInvalidValue); failure.Path != "/a" {
		t.Error(failure)
	}
	mustFail(t, tt.UnmarshalPlain([]byte("{"), &back), tt.ErrInvalidValue)
}

func TestMemoryStaysFlat(t *testing.T) {
	db, script := scripted(t)
	notes := tt.ModelOf[Note](db)
	run := func(times int) uint64 {
		for range times {
			script.Reset(tabletheorytest.Reply{Status: 200, Body: `{"Item":{"pk":{"S":"a"},"sk":{"S":"b"},"title":{"S":"x"}}}`})
			if _, err := notes.Get(ctx, "a", "b"); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return memory.HeapAlloc
	}
	before := run(1000)
	if after := run(10_000); after > before+1<<20 {
		t.Errorf("%d bytes became %d", before, after)
	}
}

func BenchmarkGet(b *testing.B) {
	db, script := scripted(b)
	notes := tt.ModelOf[Note](db)
	replies := make([]tabletheorytest.Reply, 1)
	b.ReportAllocs()
	for b.Loop() {
		replies[0] = tabletheorytest.Reply{Status: 200, Body: `{"Item":{"pk":{"S":"a"},"sk":{"S":"b"},"title":{"S":"x"},"views":{"N":"12"}}}`}
		script.Reset(replies...)
		if _, err := notes.Get(ctx, "a", "b"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	db, script := scripted(b)
	notes := tt.ModelOf[Note](db)
	replies := make([]tabletheorytest.Reply, 1)
	note := Note{PK: "u#1", SK: "n#1", Title: "hi", Views: 1, Tags: tt.NewSet("a", "b")}
	b.ReportAllocs()
	for b.Loop() {
		replies[0] = tabletheorytest.Reply{Status: 200, Body: `{}`}
		script.Reset(replies...)
		if err := notes.Put(ctx, &note); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheDocumentOfTheTestsIsTheDemos(t *testing.T) {
	if _, err := os.Stat(filepath.Clean(document)); err != nil {
		t.Fatal(err)
	}
}
