package tabletheory_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	tt "github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

func many(count int) (notes []Note, keys []any) {
	for n := range count {
		notes = append(notes, Note{PK: fmt.Sprint("u#", n%7), SK: fmt.Sprintf("n#%03d", n), Views: int64(n)})
		keys = append(keys, tt.Key{notes[n].PK, notes[n].SK})
	}
	return notes, keys
}

func TestBatches(t *testing.T) {
	notes := tt.ModelOf[Note](onLocal(t))
	items, keys := many(130)
	var told []tt.Progress
	tell := tt.OnProgress(func(now tt.Progress) { told = append(told, now) })
	if err := notes.BatchPut(ctx, items, tt.Parallel(3), tell); err != nil {
		t.Fatal(err)
	}
	if whole := (tt.Progress{Done: 130, Total: 130}); len(told) != 6 || told[5] != whole {
		t.Errorf("%+v", told)
	}
	told = nil
	if err := notes.BatchPut(ctx, nil, tell); err != nil || len(told) != 1 || told[0] != (tt.Progress{}) {
		t.Errorf("%+v %v", told, err)
	}
	wanted := append([]any{tt.Key{"none", "none"}}, keys...)
	found, err := notes.BatchGet(ctx, wanted, tt.Consistent(), tt.Project("views"))
	if err != nil || len(found) != 131 || found[0] != nil || found[100] == nil || found[100].Views != 99 || found[100].PK != "" {
		t.Fatal(len(found), err)
	}
	if err := notes.BatchDelete(ctx, append(keys[:100:100], items[100])); err != nil {
		t.Fatal(err)
	}
	if left, err := notes.Scan().Count(ctx); err != nil || left != 29 {
		t.Fatal(left, err)
	}
	if found, err := notes.BatchGet(ctx, nil); err == nil && len(found) != 0 {
		t.Error(found, err)
	}
}

func TestBatchesOfSeveralGroups(t *testing.T) {
	db := onLocal(t)
	notes, items := tt.ModelOf[Note](db), tt.ModelOf[tt.Item](db, "Note")
	var stats tt.Stats
	stamped := []tt.Item{{"old": "one"}}
	written, err := db.BatchWrite(ctx, []tt.Write{
		notes.Puts([]Note{{PK: "a", SK: "1", Title: "x"}}), items.Puts([]tt.Item{{"pk": "a", "sk": "2", "title": "y"}}), notes.Deletes(tt.Key{"a", "3"}),
	}, tt.WithStats(&stats), tt.WithStamped(&stamped))
	if err != nil || written != 3 || stats.Attempts != 1 {
		t.Fatal(written, err, stats)
	}
	if len(stamped) != 3 || stamped[0]["version"] != int64(0) || stamped[0]["updatedAt"] != stamped[1]["updatedAt"] || stamped[2] != nil {
		t.Error(stamped)
	}
	var typed []*Note
	var untyped []*tt.Item
	if err := db.BatchGet(ctx, []tt.Read{notes.Gets(&typed, []any{tt.Key{"a", "1"}}), items.Gets(&untyped, []any{tt.Key{"a", "2"}, tt.Key{"a", "3"}})}); err != nil {
		t.Fatal(err)
	}
	if len(typed) != 1 || typed[0].Title != "x" || len(untyped) != 2 || (*untyped[0])["title"] != "y" || untyped[1] != nil {
		t.Fatal(typed, untyped)
	}
}

func TestWhatABatchLeavesOver(t *testing.T) {
	service, err := local()
	if err != nil {
		t.Fatal(err)
	}
	faults := tabletheorytest.NewFaults(tt.NewHTTPTransport(0, 0))
	clock := tabletheorytest.NewClock(time.Now(), 1, 2)
	one := 1
	prefix := fmt.Sprint("left-over-", tables.Add(1), "-")
	with := func(more ...tt.Option) *tt.Model[Note] {
		db := open(t, document, service.Options(append(more, tt.WithTransport(faults), tt.WithClock(clock), tt.WithTablePrefix(prefix))...)...)
		if _, _, err := db.EnsureTable(ctx, "Note"); err != nil {
			t.Fatal(err)
		}
		return tt.ModelOf[Note](db)
	}
	notes := with(tt.WithRetry(tt.RetryMode{MaxAttempts: &one}))
	items, keys := many(60)

	faults.Add(nil, tabletheorytest.ServerError())
	err = notes.BatchPut(ctx, items, tt.Parallel(1))
	failure := mustFail(t, err, tt.ErrBatchOperationFailed)
	left := tt.Leftovers(err, items)
	if failure.Batch == nil || len(failure.Batch.Written) == 0 || len(left) == 0 || len(failure.Batch.Written)+len(left) != len(items) {
		t.Fatalf("%+v, %d left", failure.Batch, len(left))
	}
	for err != nil && len(left) > 0 {
		err = notes.BatchPut(ctx, left)
		left = tt.Leftovers(err, left)
	}
	if count, failed := notes.Scan().Count(ctx); err != nil || failed != nil || count != 60 {
		t.Fatal(count, err, failed)
	}

	faults.Add(tabletheorytest.Unprocessed(100), tabletheorytest.Unprocessed(100), tabletheorytest.Unprocessed(100))
	found, err := notes.BatchGet(ctx, keys)
	if failure := mustFail(t, err, tt.ErrBatchOperationFailed); len(failure.Batch.Unread) != 60 || len(tt.Leftovers(err, keys)) != 60 || len(found) != 60 || found[0] != nil {
		t.Fatalf("%+v %d", failure, len(found))
	}

	patient := with() // what is sent back is sent again
	faults.Add(tabletheorytest.Unprocessed(15), tabletheorytest.Unprocessed(22))
	if err := patient.BatchPut(ctx, items); err != nil {
		t.Fatal(err)
	}
	faults.Add(tabletheorytest.Unprocessed(15), tabletheorytest.Unprocessed(22))
	if found, err = patient.BatchGet(ctx, keys); err != nil || found[59].Views != 59 {
		t.Fatal(err)
	}
}

// What the error of a batch says is held against what is stored.
func TestBatchesOverABadNetwork(t *testing.T) {
	service, err := local()
	if err != nil {
		t.Fatal(err)
	}
	faults := tabletheorytest.NewFaults(tt.NewHTTPTransport(0, 0))
	two := 2
	db := open(t, document, service.Options(tt.WithTransport(faults), tt.WithTablePrefix(fmt.Sprint("bad-network-", tables.Add(1), "-")),
		tt.WithClock(tabletheorytest.NewClock(time.Now(), 1, 2)), tt.WithRetry(tt.RetryMode{MaxAttempts: &two}))...)
	if _, _, err := db.EnsureTable(ctx, "Note"); err != nil {
		t.Fatal(err)
	}
	notes := tt.ModelOf[Note](db)
	items, keys := many(2000)
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []tabletheorytest.Fault{
		nil, nil, nil, tabletheorytest.NoConnection(), tabletheorytest.LostRequest(), tabletheorytest.LostResponse(), tabletheorytest.Throttled(),
		tabletheorytest.ServerError(), tabletheorytest.Truncated(), tabletheorytest.Unprocessed(100), tabletheorytest.Unprocessed(7), tabletheorytest.TimedOut(),
	}
	for range 60 {
		faults.Add(kinds[random.IntN(len(kinds))])
	}
	err = notes.BatchPut(ctx, items)
	failure := mustFail(t, err, tt.ErrBatchOperationFailed)
	faults.Clear()
	stored, err := notes.BatchGet(ctx, keys, tt.Consistent())
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]int, len(items))
	for list, positions := range [][]tt.Position{failure.Batch.Written, failure.Batch.Unwritten, failure.Batch.Unknown} {
		for _, at := range positions {
			seen[at[1]]++
			if there := stored[at[1]] != nil; list == 0 && !there || list == 1 && there {
				t.Errorf("item %d is in list %d, but stored: %v", at[1], list, there)
			}
		}
	}
	for n, times := range seen {
		if times != 1 {
			t.Errorf("item %d is in %d lists", n, times)
		}
	}
	if err := notes.BatchPut(ctx, tt.Leftovers(failure, items)); err != nil {
		t.Fatal(err)
	}
	if count, err := notes.Scan().Segments(4).Count(ctx); err != nil || count != 2000 {
		t.Error(count, err)
	}
}

func TestBadBatchesAreRefusedBeforeSending(t *testing.T) {
	db, script := scripted(t)
	notes := tt.ModelOf[Note](db)
	type wrong struct{ Nothing int }
	twice := tt.Key{"a", "b"}
	for name, c := range map[string]struct {
		err  func() error
		code tt.Code
		path string
	}{
		"the same key twice": {func() error { _, err := notes.BatchGet(ctx, []any{twice, twice}); return err }, tt.ErrInvalidOperator, "/gets/0/keys/1"},
		"put twice":          {func() error { return notes.BatchPut(ctx, []Note{{PK: "a", SK: "b"}, {PK: "a", SK: "b"}}) }, tt.ErrInvalidOperator, "/writes/0/put/1"},
		"no sort key":        {func() error { return notes.BatchPut(ctx, []Note{{PK: "a", SK: "b"}, {PK: "a"}}) }, tt.ErrInvalidPrimaryKey, ""},
		"unwritable key":     {func() error { return notes.BatchDelete(ctx, []any{twice, func() {}}) }, tt.ErrInvalidValue, "/writes/0/delete/1/0"},
		"unwritable item": {func() error {
			return tt.ModelOf[tt.Item](db, "Note").BatchPut(ctx, []tt.Item{{}, {"title": make(chan int)}})
		}, tt.ErrInvalidValue, "/writes/0/put/1/title"},
		"no such type": {func() error { return tt.ModelOf[wrong](db, "Note").BatchDelete(ctx, []any{twice}) }, tt.ErrInvalidModel, ""},
		"no actions":   {func() error { return db.Transact(ctx, nil) }, tt.ErrInvalidOperator, "/actions"},
		"one item twice": {func() error {
			return db.Transact(ctx, []tt.Action{notes.DeleteAction(twice), notes.CheckAction(twice, tt.If(tt.Attr("title").Exists()))})
		}, tt.ErrInvalidOperator, "/actions/1"},
		"unwritable condition": {func() error {
			return db.Transact(ctx, []tt.Action{notes.DeleteAction(twice, tt.If(tt.Attr("title").EQ(make(chan int))))})
		}, tt.ErrInvalidValue, "/actions/0/delete/condition/title/eq"},
		"return values": {func() error {
			return db.Transact(ctx, []tt.Action{notes.UpdateAction(twice, tt.ReturnValues("ALL_NEW"))})
		}, tt.ErrInvalidOperator, "/actions/0/update/return_values"},
		"unwritable event": {func() error {
			return db.TransitionAppendEvent(ctx, notes.UpdateAction(twice), tt.ModelOf[tt.Item](db, "Note").CreateAction(&tt.Item{"title": make(chan int)}))
		}, tt.ErrInvalidValue, "/event/item/title"},
	} {
		failure := mustFail(t, c.err(), c.code)
		if !strings.HasPrefix(failure.Path, c.path) || failure.Outcome != tt.NotSent {
			t.Errorf("%s: %+v", name, failure)
		}
	}
	if sent := script.Requests(); len(sent) != 0 {
		t.Errorf("%d requests", len(sent))
	}
}

func TestTransactions(t *testing.T) {
	db := onLocal(t)
	notes := tt.ModelOf[Note](db)
	counter := &Note{PK: "u#1", SK: "counter"}
	if err := notes.Put(ctx, counter); err != nil {
		t.Fatal(err)
	}
	first, put := Note{PK: "u#1", SK: "n#1", Title: "x"}, Note{PK: "u#1", SK: "n#2"}
	all := func() error {
		return db.Transact(ctx, []tt.Action{
			notes.CreateAction(&first, tt.ReturnOldOnFailure()), notes.PutAction(&put), notes.UpdateAction(counter, tt.Add("views", 1), tt.ExpectVersion(counter.Version)),
			notes.DeleteAction(tt.Key{"u#1", "n#3"}), notes.CheckAction(tt.Key{"u#2", "lock"}, tt.If(tt.Attr("pk").NotExists())),
		}, tt.Token(fmt.Sprint("token-", counter.Version)))
	}
	if err := all(); err != nil || first.Created.IsZero() || put.Updated.IsZero() {
		t.Fatal(err, first, put)
	}
	counter.Version++
	failure := mustFail(t, all(), tt.ErrTransactionFailed, tt.ErrConditionFailed)
	if len(failure.Reasons) != 1 || failure.Reasons[0].Index != 0 || failure.Outcome != tt.Rejected {
		t.Fatalf("%+v", failure)
	}
	if old, err := tt.OldItemOf[Note](failure.Reasons[0]); err != nil || old == nil || old.Title != "x" {
		t.Fatal(old, err)
	}
	var one, none *Note
	if err := db.TransactGet(ctx, []tt.TransactionalGet{notes.GetAction(&one, counter), notes.GetAction(&none, tt.Key{"u#9", "none"}, tt.Project("title"))}); err != nil || one == nil || one.Views != 1 || none != nil {
		t.Fatal(one, none, err)
	}
	event := Note{PK: "u#1", SK: "event#1", Title: "happened"}
	if err := db.TransitionAppendEvent(ctx, notes.UpdateAction(counter, tt.Set("status", "done"), tt.ExpectVersion(one.Version)), notes.CreateAction(&event)); err != nil {
		t.Fatal(err)
	}
	if read, err := notes.Get(ctx, &event); err != nil || read.Title != "happened" || event.Created.IsZero() {
		t.Fatal(read, err, event)
	}
	mustFail(t, db.ValidateProvenance(ctx, map[string]any{"mode": "x"}, nil), tt.ErrRejectedDeployAuthorityEvidence)
}

// Several writers at once: each addition counts once.
func TestTransactionsSideBySide(t *testing.T) {
	db := onLocal(t)
	notes := tt.ModelOf[Note](db)
	key := tt.Key{"u#1", "counter"}
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 5 {
				event := Note{PK: "u#1", SK: fmt.Sprint("event#", n, "#", i)}
				if err := db.Transact(ctx, []tt.Action{notes.CreateAction(&event), notes.UpdateAction(key, tt.Add("views", 1))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if note, err := notes.Get(ctx, key); err != nil || note.Views != 20 {
		t.Fatal(note, err)
	}
}

func TestUniqueAttributes(t *testing.T) {
	service, err := local()
	if err != nil {
		t.Fatal(err)
	}
	type User struct {
		ID    string `tabletheory:"id"`
		Email string `tabletheory:"email"`
		Name  string `tabletheory:"name"`
	}
	db := open(t, "../examples/users.dms.yml", service.Options(tt.WithTablePrefix(fmt.Sprint("unique-", tables.Add(1), "-")))...)
	if _, _, err := db.EnsureTable(ctx, "User"); err != nil {
		t.Fatal(err)
	}
	users := tt.ModelOf[User](db)
	var all sync.WaitGroup
	won := make(chan string, 8)
	for n := range 8 {
		all.Go(func() {
			user := User{ID: fmt.Sprint(n), Email: "same@example.com", Name: "x"}
			if err := users.Create(ctx, &user); err == nil {
				won <- user.ID
			} else {
				mustFail(t, err, tt.ErrUniqueConstraint, tt.ErrConditionFailed)
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Fatalf("%d have the same email", len(won))
	}
	if count, err := users.Scan().Count(ctx); err != nil || count != 1 {
		t.Error(count, err)
	}
	if err := users.Delete(ctx, <-won); err != nil {
		t.Fatal(err)
	}
	if err := users.Create(ctx, &User{ID: "9", Email: "same@example.com", Name: "x"}); err != nil {
		t.Fatal(err)
	}
}
