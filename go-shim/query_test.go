package tabletheory_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	tt "github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

// filled is a table with notes n#00 to n#29 of u#1, and some others.
func filled(t testing.TB, more ...tt.Option) *tt.Model[Note] {
	t.Helper()
	notes := tt.ModelOf[Note](onLocal(t, more...))
	put := func(note Note) {
		if err := notes.Put(ctx, &note); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 30 {
		put(Note{PK: "u#1", SK: fmt.Sprintf("n#%02d", n), Title: strings.Repeat("x", n), Views: int64(n), Author: []string{"ada", "bob"}[n%2]})
	}
	put(Note{PK: "u#1", SK: "draft#1"})
	put(Note{PK: "u#2", SK: "n#00"})
	return notes
}

func sorted(t *testing.T, query *tt.Query[Note]) (keys []string) {
	t.Helper()
	for note, err := range query.Items(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, note.SK)
	}
	return keys
}

func TestQueries(t *testing.T) {
	notes := filled(t)
	sk, views := tt.Attr("sk"), tt.Attr("views")
	for name, c := range map[string]struct {
		query *tt.Query[Note]
		want  string
	}{
		"all of a partition": {notes.Query("u#2"), "[n#00]"},
		"none":               {notes.Query("u#3"), "[]"},
		"prefix, descending": {notes.Query("u#1").Where(sk.BeginsWith("d")).Descending(), "[draft#1]"},
		"between":            {notes.Query("u#1").Where(sk.Between("n#03", "n#05")), "[n#03 n#04 n#05]"},
		"where splits":       {notes.Query("u#1").Where(sk.BeginsWith("n#"), views.GTE(27)), "[n#27 n#28 n#29]"},
		"filter":             {notes.Query("u#1").Filter(tt.Or(views.In(1, 3), tt.Attr("title").Size().EQ(7))).Consistent(), "[n#01 n#03 n#07]"},
		"limit":              {notes.Query("u#1").Where(sk.GT("n#10")).Limit(3).PageSize(2), "[n#11 n#12 n#13]"},
		"limit and filter":   {notes.Query("u#1").Filter(views.GT(20)).Limit(2).PageSize(4).Descending(), "[n#29 n#28]"},
		"index":              {notes.Query("ada").Index("by-author").Limit(2), "[n#00 n#02]"},
		"key as an item":     {notes.Query(tt.Item{"pk": "u#1"}).Where(sk.LT("e")), "[draft#1]"},
	} {
		got := sorted(t, c.query)
		if got == nil {
			got = []string{}
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	all, err := notes.Query("u#1").Where(sk.BeginsWith("n#")).All(ctx)
	if err != nil || len(all) != 30 || all[7].Title != "xxxxxxx" {
		t.Fatal(len(all), err)
	}
	first, err := notes.Query("u#1").Descending().First(ctx)
	if err != nil || first.SK != "n#29" {
		t.Fatal(first, err)
	}
	if none, err := notes.Query("u#3").First(ctx); none != nil || err != nil {
		t.Fatal(none, err)
	}
	if count, err := notes.Query("u#1").Filter(views.LT(10)).Count(ctx); err != nil || count != 11 {
		t.Fatal(count, err)
	}
	counted, err := notes.Query("u#1").Filter(views.LT(10)).CountOnly().Page(ctx, "")
	if err != nil || counted.Items != nil || counted.Count != 11 || counted.Scanned != 31 {
		t.Fatalf("%+v %v", counted, err)
	}
	some, err := notes.Query("u#1").Project("title").Limit(1).Descending().All(ctx)
	if err != nil || some[0].PK != "" || len(some[0].Title) != 29 {
		t.Fatal(some, err)
	}
	items, err := tt.ModelOf[tt.Item](onLocal(t), "Note").Query("u#1").With(tt.Raw()).All(ctx)
	if err != nil || items == nil || len(items) != 0 {
		t.Fatal(items, err)
	}
}

func TestPagesAndCursors(t *testing.T) {
	notes := filled(t)
	var got []string
	pages := 0
	for cursor := ""; ; pages++ {
		page, err := notes.Query("u#1").Limit(7).PageSize(3).Page(ctx, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range page.Items {
			got = append(got, note.SK)
		}
		if page.Count != int64(len(page.Items)) || page.Remaining == nil || page.Stats.Attempts == 0 {
			t.Errorf("%+v", page)
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	if whole := sorted(t, notes.Query("u#1")); pages != 4 || fmt.Sprint(got) != fmt.Sprint(whole) || len(whole) != 31 {
		t.Fatal(pages, got)
	}
	count := 0
	for page, err := range notes.Query("u#1").PageSize(10).Pages(ctx) {
		if err != nil || page.Pages != 1 || page.Remaining != nil {
			t.Fatal(page, err)
		}
		if count++; count == 2 {
			if rest := sorted(t, notes.Query("u#1").After(page.Cursor)); len(rest) != 11 {
				t.Error(rest)
			}
			break
		}
	}
	rare := func() *tt.Query[Note] { return notes.Query("u#1").Filter(tt.Attr("views").EQ(25)).PageSize(5).Limit(1) }
	if page, err := rare().AtMostPages(2).Page(ctx, ""); err != nil || len(page.Items) != 0 || page.Pages != 2 || page.Cursor == "" {
		t.Errorf("%+v %v", page, err)
	}
	if page, err := rare().Page(ctx, ""); err != nil || len(page.Items) != 1 {
		t.Errorf("%+v %v", page, err)
	}
	if page, err := notes.Query("u#1").PageSize(5).AtMostPages(0).Page(ctx, ""); err != nil || len(page.Items) != 31 || page.Cursor != "" {
		t.Errorf("%+v %v", page, err)
	}
	page, err := notes.Query("u#1").Limit(1).Page(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, cursor := range []string{"nonsense", page.Cursor[1:]} {
		_, err := notes.Query("u#1").Page(ctx, cursor)
		mustFail(t, err, tt.ErrInvalidCursor, tt.ErrInvalidOperator)
	}
	_, err = notes.Query("ada").Index("by-author").Page(ctx, page.Cursor)
	mustFail(t, err, tt.ErrInvalidCursor)
}

func TestSignedCursors(t *testing.T) {
	page := `{"Items":[{"pk":{"S":"a"},"sk":{"S":"b"}}],"Count":1,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"b"}}}`
	script := tabletheorytest.NewScript()
	with := func(options ...tt.Option) *tt.Query[Note] {
		options = append(options, tt.WithTransport(script), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")))
		return tt.ModelOf[Note](open(t, document, options...)).Query("a")
	}
	cursorOf := func(query *tt.Query[Note], after string) (string, error) {
		script.Reset(tabletheorytest.Reply{Status: 200, Body: page})
		page, err := query.Page(ctx, after)
		if err != nil {
			return "", err
		}
		return page.Cursor, nil
	}
	old, new := []byte(strings.Repeat("o", 32)), []byte(strings.Repeat("n", 32))
	signed, err := cursorOf(with(tt.WithSignedCursors(old)), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cursorOf(with(tt.WithSignedCursors(new, old)), signed); err != nil {
		t.Error(err)
	}
	for n := range len(signed) {
		edited := []byte(signed)
		edited[n] ^= 1
		if _, err := cursorOf(with(tt.WithSignedCursors(old)), string(edited)); !errors.Is(err, tt.ErrInvalidCursor) {
			t.Fatalf("byte %d: %v", n, err)
		}
	}
	plain, err := cursorOf(with(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []*tt.Query[Note]{with(tt.WithSignedCursors(new)), with(tt.WithSignedCursors(old)).Descending()} {
		for _, cursor := range []string{plain, signed} {
			if _, err := cursorOf(query, cursor); !errors.Is(err, tt.ErrInvalidCursor) {
				t.Error(err)
			}
		}
	}
	if _, err := cursorOf(with(tt.WithSignedCursors(old), tt.WithUnsignedCursors()), plain); err != nil {
		t.Error(err)
	}
	_, err = tt.Open(ctx, document, tt.WithRegion("eu-west-1"), tt.WithSignedCursors([]byte("short")))
	mustFail(t, err, tt.ErrConfiguration)
}

func TestScans(t *testing.T) {
	notes := filled(t)
	all, err := notes.Scan().All(ctx)
	if err != nil || len(all) != 32 {
		t.Fatal(len(all), err)
	}
	if some := sorted(t, notes.Scan().Where(tt.Attr("views").EQ(5)).Filter(tt.Attr("pk").EQ("u#1"))); fmt.Sprint(some) != "[n#05]" {
		t.Fatal(some)
	}
	var last tt.Progress
	reports := 0
	parallel, err := notes.Scan().Segments(4).Parallel(3).PageSize(5).OnProgress(func(now tt.Progress) { last, reports = now, reports+1 }).All(ctx)
	if err != nil || len(parallel) != 32 || reports < 4 || last.Segments != 4 || last.SegmentsDone != 4 || last.Items != 32 {
		t.Fatal(len(parallel), err, reports, last)
	}
	seen := map[string]int{}
	for segment := range 3 {
		for _, key := range sorted(t, notes.Scan().Segments(3).Segment(segment)) {
			seen[key]++
		}
	}
	if len(seen) != 31 || seen["n#00"] != 2 {
		t.Error(seen)
	}
	// Resumable: one cursor for all segments.
	total := 0
	for cursor := ""; ; {
		page, err := notes.Scan().Segments(4).Limit(10).Page(ctx, cursor)
		if err != nil {
			t.Fatal(err)
		}
		total += len(page.Items)
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	if total != 32 {
		t.Error(total)
	}
	if count, err := notes.Scan().Index("by-author").Count(ctx); err != nil || count != 30 {
		t.Error(count, err)
	}
}

func TestBadQueriesAreRefusedBeforeSending(t *testing.T) {
	db, script := scripted(t)
	notes := tt.ModelOf[Note](db)
	sk, views := tt.Attr("sk"), tt.Attr("views")
	for name, c := range map[string]struct {
		query *tt.Query[Note]
		code  tt.Code
		path  string
	}{
		"no key":            {notes.Query(), tt.ErrMissingPrimaryKey, "/key"},
		"unknown index":     {notes.Query("a").Index("none"), tt.ErrIndexNotFound, "/index"},
		"filter on a key":   {notes.Query("a").Filter(sk.EQ("b")), tt.ErrInvalidOperator, "/filter/sk"},
		"low above high":    {notes.Query("a").Where(sk.Between("c", "b")), tt.ErrInvalidOperator, ""},
		"prefix of number":  {notes.Query("a").Where(views.BeginsWith("1")), tt.ErrInvalidOperator, ""},
		"empty in":          {notes.Query("a").Filter(views.In()), tt.ErrInvalidOperator, ""},
		"negative limit":    {notes.Query("a").Limit(-1), tt.ErrInvalidOperator, "/limit"},
		"zero limit":        {notes.Query("a").Limit(0), tt.ErrInvalidOperator, "/limit"},
		"no segments":       {notes.Scan().Segments(0), tt.ErrInvalidOperator, "/segments"},
		"consistent index":  {notes.Query("a").Index("by-author").Consistent(), tt.ErrInvalidOperator, "/consistent"},
		"unknown attribute": {notes.Query("a").Filter(tt.Attr("vews").EQ(1)), tt.ErrInvalidModel, "/filter/vews"},
		"segments of query": {notes.Query("a").Segments(2), tt.ErrInvalidCall, ""},
		"unwritable":        {notes.Query("a").Filter(views.EQ(make(chan int))), tt.ErrInvalidValue, "/filter/views/eq"},
		"unwritable key":    {notes.Query(func() {}), tt.ErrInvalidValue, "/key/0"},
	} {
		_, err := c.query.All(ctx)
		if failure := mustFail(t, err, c.code); failure.Outcome != tt.NotSent || c.path != "" && failure.Path != c.path {
			t.Errorf("%s: %+v", name, failure)
		}
		calls := 0
		for item, err := range c.query.Items(ctx) {
			if calls++; item != nil || !errors.Is(err, c.code) {
				t.Errorf("%s: %v %v", name, item, err)
			}
		}
		if calls != 1 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
	type wrong struct{ Nothing int }
	if _, err := tt.ModelOf[wrong](db, "Note").Query("a").All(ctx); !errors.Is(err, tt.ErrInvalidModel) {
		t.Error(err)
	}
	if _, err := tt.ModelOf[wrong](db, "Note").Scan().Count(ctx); !errors.Is(err, tt.ErrInvalidModel) {
		t.Error(err)
	}
	if sent := script.Requests(); len(sent) != 0 {
		t.Errorf("%d requests", len(sent))
	}
}

const onePage = `{"Items":[{"pk":{"S":"a"},"sk":{"S":"b"}}],"Count":1,"ScannedCount":1,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"b"}}}`

func TestAnErrorMidwayIsTheLastItem(t *testing.T) {
	db, _ := scripted(t, tabletheorytest.Reply{Status: 200, Body: onePage}, tabletheorytest.Reply{Status: 400, Body: `{"__type":"x#AccessDeniedException"}`})
	items, failures := 0, 0
	for item, err := range tt.ModelOf[Note](db).Query("a").Items(ctx) {
		if err != nil {
			mustFail(t, err, tt.ErrAccessDenied)
			failures++
		} else if items++; item.SK != "b" {
			t.Error(item)
		}
	}
	if items != 1 || failures != 1 {
		t.Error(items, failures)
	}
}

func TestLeavingAnIterationLeavesNothingBehind(t *testing.T) {
	p := servePeer(t, func(c net.Conn, _, _ int) bool {
		_, err := io.WriteString(c, reply(onePage))
		return err == nil
	})
	notes := overSockets(t, p.url)
	for range notes.Query("a").Items(ctx) {
		break // and so the connection can be used again
	}
	before := runtime.NumGoroutine()
	for range 20 {
		for _, err := range notes.Query("a").Items(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if after := runtime.NumGoroutine(); after > before || p.connections.Load() != 1 || p.requests.Load() != 21 {
		t.Errorf("%d goroutines became %d; %d connections, %d requests", before, after, p.connections.Load(), p.requests.Load())
	}
	canceled, cancel := context.WithCancel(ctx)
	pages := 0
	for _, err := range notes.Query("a").Items(canceled) {
		if pages++; pages == 3 {
			cancel()
		}
		if pages > 3 {
			mustFail(t, err, tt.ErrCanceled)
		}
	}
	if pages != 4 {
		t.Errorf("%d pages", pages)
	}
	cancel()
}

func TestALongQueryTakesNoMoreMemory(t *testing.T) {
	const pages, onEach = 100, 500
	item := `{"pk":{"S":"a"},"sk":{"S":"b"},"title":{"S":"` + strings.Repeat("x", 100) + `"}}`
	page := fmt.Sprintf(`{"Items":[%s],"Count":%d,"ScannedCount":%d`, strings.TrimSuffix(strings.Repeat(item+",", onEach), ","), onEach, onEach)
	p := servePeer(t, func(c net.Conn, _, n int) bool {
		body := page + `,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"b"}}}`
		if n%pages == 0 {
			body = page + "}"
		}
		_, err := io.WriteString(c, reply(body))
		return err == nil
	})
	notes := overSockets(t, p.url)
	memory := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	read, early := 0, uint64(0)
	for _, err := range notes.Query("a").Items(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read == 10*onEach {
			early = memory()
		}
	}
	if late := memory(); read != pages*onEach || late > early+1<<20 {
		t.Errorf("%d items; %d bytes became %d", read, early, late)
	}
}

func TestASegmentThatFailsEndsTheScan(t *testing.T) {
	p := servePeer(t, func(c net.Conn, connection, _ int) bool {
		if connection == 2 {
			_, _ = io.WriteString(c, "HTTP/1.1 400 No\r\nContent-Length: 38\r\n\r\n"+`{"__type":"com#ValidationException"}  `+" ")
			return true
		}
		time.Sleep(20 * time.Millisecond)
		_, err := io.WriteString(c, reply(onePage))
		return err == nil
	})
	notes := overSockets(t, p.url)
	_, err := notes.Scan().Segments(4).All(ctx)
	mustFail(t, err)
	limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = notes.Scan().Segments(4).All(limited) // endless
	mustFail(t, err)
}

func TestAScriptIsAskedInOrder(t *testing.T) {
	body := func(key string) tabletheorytest.Reply {
		return tabletheorytest.Reply{Status: 200, Body: `{"Items":[{"pk":{"S":"` + key + `"},"sk":{"S":"b"}}],"Count":1,"ScannedCount":1}`}
	}
	for range 20 {
		db, script := scripted(t, body("a"), body("b"), body("c"))
		found, err := tt.ModelOf[Note](db).Scan().Segments(3).Parallel(2).All(ctx)
		if err != nil || len(found) != 3 || script.Check() != nil {
			t.Fatal(found, err, script.Check())
		}
		for n, request := range script.Requests() {
			if !strings.Contains(string(request.Body), fmt.Sprintf(`"Segment":%d`, n)) {
				t.Fatalf("request %d: %s", n, request.Body)
			}
		}
	}
}

func TestWaitFor(t *testing.T) {
	notes := tt.ModelOf[Note](onLocal(t))
	go func() {
		time.Sleep(100 * time.Millisecond)
		for views := range int64(3) {
			_ = notes.Put(ctx, &Note{PK: "a", SK: "b", Author: "ada", Views: views})
		}
	}()
	note, err := notes.WaitFor(ctx, "a", "b", tt.Until(tt.Attr("views").EQ(2)), tt.Pauses(10*time.Millisecond, 50*time.Millisecond))
	if err != nil || note.Views != 2 {
		t.Fatal(note, err)
	}
	if note, err = notes.WaitFor(ctx, note, tt.OnIndex("by-author")); err != nil || note.SK != "b" {
		t.Fatal(note, err)
	}
	_, err = notes.WaitFor(ctx, "a", "c", tt.WaitAtMost(30*time.Millisecond), tt.Pauses(time.Millisecond, 5*time.Millisecond))
	mustFail(t, err, tt.ErrTimeout)
}

func TestUpdatesWithOperands(t *testing.T) {
	db := onLocal(t)
	notes := tt.ModelOf[Note](db)
	if err := notes.Put(ctx, &Note{PK: "a", SK: "b", Title: "hi", Views: 4}); err != nil {
		t.Fatal(err)
	}
	note, err := notes.Update(ctx, tt.Key{"a", "b"}, tt.Set("body", tt.Attr("title")), tt.Set("views", tt.Minus(tt.Attr("views"), -2)),
		tt.SetIfNotExists("author", tt.Attr("title")), tt.If(tt.Attr("views").In(tt.Attr("title").Size(), 4)))
	if err != nil || note.Body != "hi" || note.Author != "hi" || note.Views != 6 {
		t.Fatalf("%+v %v", note, err)
	}
	before := *note
	after := before
	after.Title, after.Body, after.Tags = "ho", "", tt.NewSet("x")
	note, err = notes.UpdateChanges(ctx, &before, &after, tt.ExpectVersion(before.Version))
	if err != nil || note.Title != "ho" || note.Body != "" || len(note.Tags) != 1 || note.Views != 6 || note.Version != before.Version+1 {
		t.Fatalf("%+v %v", note, err)
	}
	_, err = notes.UpdateChanges(ctx, &before, &after, tt.ExpectVersion(before.Version))
	mustFail(t, err, tt.ErrVersionConflict)
	state := *note
	after = state
	after.Author = ""
	err = db.Transact(ctx, []tt.Action{notes.UpdateAction(tt.Key{"a", "b"}, tt.Changes(&state, &after), tt.ExpectVersion(state.Version))})
	if note, _ = notes.Get(ctx, "a", "b"); err != nil || note.Author != "" || note.Views != 6 {
		t.Fatalf("%+v %v", note, err)
	}
	_, err = notes.Update(ctx, nil, tt.Set("views", 1))
	mustFail(t, err, tt.ErrMissingPrimaryKey)
	fresh := Note{PK: "new", SK: "b", Title: "t"}
	if note, err = notes.UpdateChanges(ctx, nil, &fresh); err != nil || note.Title != "t" {
		t.Fatal(note, err)
	}
	_, err = notes.Update(ctx, tt.Key{"a", "b"}, tt.Set("views", tt.Plus(tt.Attr("views"), make(chan int))))
	if failure := mustFail(t, err, tt.ErrInvalidValue); failure.Path != "/set/views" {
		t.Error(failure.Path)
	}
	_, err = notes.Update(ctx, tt.Key{"a", "b"}, tt.Set("body", tt.Joined(tt.Attr("tags"), []string{"x"})))
	mustFail(t, err)
}

func TestExplaining(t *testing.T) {
	db, script := scripted(t)
	notes := tt.ModelOf[Note](db)
	explain := func(call func(explain tt.CallOption) error) tt.Plan {
		t.Helper()
		var plan tt.Plan
		if err := call(tt.Explain(&plan)); err != nil {
			t.Fatal(err)
		}
		return plan
	}
	plan := explain(func(option tt.CallOption) error {
		items, err := notes.Query("a").Where(tt.Attr("sk").BeginsWith("n#"), tt.Attr("views").GT(3)).With(option).All(ctx)
		if items != nil {
			t.Error(items)
		}
		return err
	})
	if plan.Operation != "query" || len(plan.Requests) != 1 || plan.Requests[0].Action != "Query" || !strings.Contains(string(plan.Requests[0].Body), "KeyConditionExpression") ||
		plan.KeyCondition == "" || plan.Filter == "" || plan.Cost.Shape != "range" || plan.Cost.Read == nil || plan.Cost.Write != nil || !strings.HasPrefix(string(plan.Document), "{") {
		t.Errorf("%+v", plan)
	}
	if plan = explain(func(option tt.CallOption) error { _, err := notes.Scan().With(option).Count(ctx); return err }); plan.Cost.Shape != "table" || len(plan.Warnings) == 0 {
		t.Errorf("%+v", plan)
	}
	if plan = explain(func(option tt.CallOption) error {
		_, err := notes.Scan().Filter(tt.Attr("author").EQ("ada")).With(option).All(ctx)
		return err
	}); plan.IndexAdvice == nil || plan.IndexAdvice.Index != "by-author" {
		t.Errorf("%+v", plan)
	}
	for action, call := range map[string]func(tt.CallOption) error{
		"PutItem": func(option tt.CallOption) error { return notes.Put(ctx, &Note{PK: "a", SK: "b"}, option) },
		"GetItem": func(option tt.CallOption) error { _, err := notes.Get(ctx, "a", "b", option); return err },
		"UpdateItem": func(option tt.CallOption) error {
			_, err := notes.Update(ctx, tt.Key{"a", "b"}, tt.Add("views", 1), option)
			return err
		},
		"BatchWriteItem": func(option tt.CallOption) error { return notes.BatchPut(ctx, []Note{{PK: "a", SK: "b"}}, option) },
		"TransactWriteItems": func(option tt.CallOption) error {
			return db.Transact(ctx, []tt.Action{notes.DeleteAction(tt.Key{"a", "b"})}, option)
		},
	} {
		if plan := explain(call); len(plan.Requests) != 1 || plan.Requests[0].Action != action {
			t.Errorf("%s: %+v", action, plan)
		}
	}
	var none tt.Plan
	_, err := notes.Query("a").Filter(tt.Attr("vews").EQ(1)).With(tt.Explain(&none)).All(ctx)
	mustFail(t, err, tt.ErrInvalidModel)
	if _, err := db.Explain([]byte("{")); !errors.Is(err, tt.ErrInvalidCall) {
		t.Error(err)
	}
	if sent := script.Requests(); len(sent) != 0 {
		t.Errorf("%d requests", len(sent))
	}
}
