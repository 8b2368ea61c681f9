package tabletheory

import (
	"context"
	"iter"
	"strconv"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Query is a query or a scan in the making: see [Model.Query] and [Model.Scan]. Its methods change it and give it back; nothing is
// sent before one of [Query.Items], [Query.Pages], [Query.Page], [Query.All], [Query.First] and [Query.Count]. It may be used
// again, but by one goroutine at a time.
type Query[T any] struct {
	model         *Model[T]
	scans         bool
	head          call // the members that need no end
	where, filter []Condition
	options       []CallOption
	limit         int64
	cursor        string
	progress      func(Progress)
	// together is how many pages one call reads side by side.
	together int
	// atMost bounds the pages that Page reads; nil: not set.
	atMost *int
}

// Page is a part of what a query or scan gives. Text in its items shares the memory of the page.
type Page[T any] struct {
	// Items are in the order of the sort key (of a query).
	Items []T
	// Cursor says where to go on: give it to [Query.Page] or [Query.After] of the same query. Empty when there is nothing more.
	Cursor string
	// Remaining is how many items of the limit are left; nil without a limit.
	Remaining *int64
	// Count is the number of items, Scanned how many DynamoDB looked at, Pages how many pages it sent.
	Count, Scanned int64
	Pages          int
	// Progress is that of a scan, nil of a query.
	Progress *Progress
	Stats    Stats
}

// Progress says how far a call has come: see [Query.OnProgress] and [OnProgress].
type Progress struct {
	// Items, Scanned and Pages are those of a scan so far.
	Items   int64 `json:"items"`
	Scanned int64 `json:"scanned"`
	Pages   int   `json:"pages"`
	// Segments are those of the whole scan, SegmentsDone those that are read.
	Segments     int `json:"segments"`
	SegmentsDone int `json:"segments_done"`
	// Capacity is in units; nil when the service does not tell.
	Capacity *float64 `json:"capacity"`
	// Done and Total are the parts of a batch.
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
	// Unprocessed counts what the service has sent back so far, to be sent again.
	Unprocessed int64 `json:"unprocessed"`
}

// Query reads the items of one partition, in the order of their sort key. key is the partition key value or, where an index has
// several partition attributes, an [Item] or struct with all of them.
func (m *Model[T]) Query(key ...any) *Query[T] {
	q := m.read("query")
	q.head.key(key)
	return q
}

// Scan reads the whole table, or an index.
func (m *Model[T]) Scan() *Query[T] {
	q := m.read("scan")
	q.scans = true
	return q
}

func (m *Model[T]) read(op string) *Query[T] {
	q := &Query[T]{model: m}
	q.head.text = append(q.head.text, `{"op":"`+op+`"`...)
	q.head.name("model")
	q.head.string(m.name)
	return q
}

// Index reads an index instead of the table.
func (q *Query[T]) Index(name string) *Query[T] {
	q.head.name("index")
	q.head.string(name)
	return q
}

// Where asks for conditions, all of which must hold. What they say of sort keys becomes the key condition, which saves reading; the
// rest filters what was read. Of a scan all of it is the filter.
func (q *Query[T]) Where(conditions ...Condition) *Query[T] {
	if q.scans {
		return q.Filter(conditions...)
	}
	q.where = append(q.where, conditions...)
	return q
}

// Filter asks for conditions on attributes that are no keys. Items that do not meet them are read, and paid for, but not given.
func (q *Query[T]) Filter(conditions ...Condition) *Query[T] {
	q.filter = append(q.filter, conditions...)
	return q
}

// Descending gives the items with the largest sort key first.
func (q *Query[T]) Descending() *Query[T] { return q.with("order", `"desc"`) }

// Limit is how many items are wanted in all, whatever the pages of DynamoDB hold.
func (q *Query[T]) Limit(items int) *Query[T] {
	q.limit = int64(items)
	if items <= 0 {
		q.with("limit", strconv.Itoa(items)) // for the core to refuse
	}
	return q
}

// PageSize is how many items DynamoDB looks at for one page, before it filters.
func (q *Query[T]) PageSize(items int) *Query[T] { return q.with("page_size", strconv.Itoa(items)) }

// AtMostPages bounds how many pages of DynamoDB [Query.Page] reads, 0 not at all: with a filter that few items meet, a limit may take
// long to reach. Default: one without a limit, as many as it takes with one.
func (q *Query[T]) AtMostPages(pages int) *Query[T] {
	q.atMost = &pages
	return q
}

// After goes on behind a [Page], by its cursor. An empty cursor is the beginning.
func (q *Query[T]) After(cursor string) *Query[T] {
	q.cursor = cursor
	return q
}

// Project reads only the attributes at these paths.
func (q *Query[T]) Project(paths ...string) *Query[T] { return q.With(Project(paths...)) }

// Consistent asks for strongly consistent reads; a global index has none.
func (q *Query[T]) Consistent() *Query[T] { return q.With(Consistent()) }

// CountOnly makes pages without items, but with their number: they are read and paid for, but not sent. See [Query.Count].
func (q *Query[T]) CountOnly() *Query[T] { return q.with("count", "true") }

// With adds options: [Raw], [Explain], and [WithStats] for the figures of the last call.
func (q *Query[T]) With(options ...CallOption) *Query[T] {
	q.options = append(q.options, options...)
	return q
}

// Segments divides a scan into segments, which are read side by side: see [Query.Parallel].
func (q *Query[T]) Segments(count int) *Query[T] {
	if q.together == 0 {
		q.together = min(count, 8) // which also bounds the memory that one call takes
	}
	return q.with("segments", strconv.Itoa(count))
}

// Segment reads only one of the segments of a scan, counted from 0: for scans that several processes share.
func (q *Query[T]) Segment(number int) *Query[T] {
	q.together = 1
	return q.with("segment", strconv.Itoa(number))
}

// Parallel bounds how many segments of a scan are read side by side (default 4).
func (q *Query[T]) Parallel(requests int) *Query[T] {
	q.together = requests
	return q.with("parallel", strconv.Itoa(requests))
}

// OnProgress is told after each page of a scan how far it has come, on the goroutine that reads.
func (q *Query[T]) OnProgress(report func(Progress)) *Query[T] {
	q.progress = report
	return q
}

func (q *Query[T]) with(name, text string) *Query[T] {
	q.head.raw(name, text)
	return q
}

// call is the call document so far.
func (q *Query[T]) call(cursor string, limit int64, report func(Progress)) *call {
	c := calls.Get().(*call)
	*c = call{text: append(c.text[:0], q.head.text...), err: q.head.err}
	c.tree("where", q.where)
	c.tree("filter", q.filter)
	if limit > 0 {
		c.raw("limit", strconv.FormatInt(limit, 10))
	}
	if cursor != "" {
		c.name("cursor")
		c.string(cursor)
	}
	if report != nil {
		OnProgress(report)(c)
	}
	return c
}

// page asks for items; pages bounds the pages of one call, 0 does not.
func (q *Query[T]) page(ctx context.Context, cursor string, limit int64, pages int, report func(Progress)) (*Page[T], error) {
	if q.model.err != nil {
		return nil, q.model.err
	}
	c := q.call(cursor, limit, report)
	if pages != 0 {
		c.raw("pages", strconv.Itoa(pages))
	}
	page := &Page[T]{}
	c.stats, c.last = &page.Stats, &page.Progress
	err := q.model.db.do(ctx, c, q.options, func(name string, d *plain.Decoder) (bool, error) {
		switch name {
		case "items":
			return true, plain.DecodeItems(d, &page.Items)
		case "cursor":
			return true, d.Decode(&page.Cursor)
		case "remaining":
			return true, d.Decode(&page.Remaining)
		case "count":
			return true, d.Decode(&page.Count)
		case "scanned":
			return true, d.Decode(&page.Scanned)
		case "pages":
			return true, d.Decode(&page.Pages)
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// Page gives the items from a cursor on, the empty one from the beginning: as many as the limit says or, without a limit, one page
// of DynamoDB, which may be empty although more follow.
func (q *Query[T]) Page(ctx context.Context, cursor string) (*Page[T], error) {
	pages := 1
	switch {
	case q.atMost != nil:
		pages = *q.atMost
	case q.limit > 0:
		pages = 0
	}
	return q.page(ctx, cursor, q.limit, pages, q.progress)
}

// Pages gives one page of DynamoDB after the other, up to the limit; of a scan in segments, the pages that are read side by side as
// one. Each is read when it is asked for; to stop, break.
func (q *Query[T]) Pages(ctx context.Context) iter.Seq2[*Page[T], error] {
	return func(yield func(*Page[T], error) bool) {
		cursor, limit := q.cursor, q.limit
		var sum total
		for {
			page, err := q.page(ctx, cursor, limit, max(q.together, 1), sum.reporter(q.progress))
			if err != nil {
				yield(nil, err)
				return
			}
			if page.Remaining != nil {
				limit = *page.Remaining
			}
			if cursor = page.Cursor; !yield(page, nil) || cursor == "" || page.Remaining != nil && limit == 0 {
				return
			}
		}
	}
}

// total adds up the progress of several calls.
type total struct{ before, last Progress }

func (t *total) reporter(report func(Progress)) func(Progress) {
	if report == nil {
		return nil
	}
	t.before = t.last
	return func(now Progress) {
		now.Items += t.before.Items
		now.Scanned += t.before.Scanned
		now.Pages += t.before.Pages
		if now.Capacity != nil && t.before.Capacity != nil {
			*now.Capacity += *t.before.Capacity
		}
		t.last = now
		report(now)
	}
}

// Items gives the items one by one, up to the limit. Pages are read as they are needed; to stop, break. An error is the last
// that is given.
//
//	for note, err := range notes.Query("u#1").Items(ctx) {
//		if err != nil { return err }
//		…
//	}
func (q *Query[T]) Items(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for page, err := range q.Pages(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			for n := range page.Items {
				if !yield(&page.Items[n], nil) {
					return
				}
			}
		}
	}
}

// All gives all items, up to the limit.
func (q *Query[T]) All(ctx context.Context) (items []T, err error) {
	for page, err := range q.Pages(ctx) {
		if err != nil {
			return nil, err
		}
		if items == nil {
			items = page.Items
		} else {
			items = append(items, page.Items...)
		}
	}
	return items, nil
}

// First gives the first item, nil if there is none.
func (q *Query[T]) First(ctx context.Context) (*T, error) {
	page, err := q.page(ctx, q.cursor, 1, 0, nil)
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return &page.Items[0], nil
}

// Count gives the number of items, which are read and paid for, but not sent.
func (q *Query[T]) Count(ctx context.Context) (int64, error) {
	if q.model.err != nil {
		return 0, q.model.err
	}
	c := q.call(q.cursor, q.limit, q.progress)
	c.raw("count", "true")
	var count int64
	err := q.model.db.do(ctx, c, q.options, into("count", func(d *plain.Decoder) error { return d.Decode(&count) }))
	return count, err
}

// WaitFor reads an item again and again until it is there and meets the conditions of [Until], and gives it: for writes that a
// reader, or an index, does not see at once. The key is given as for Get; options may follow: [Until], [OnIndex], [WaitAtMost]
// (default 10 s, then [ErrTimeout]), [Pauses], [Consistent], [Project], [Raw].
func (m *Model[T]) WaitFor(ctx context.Context, key ...any) (*T, error) {
	return m.byKey(ctx, "wait_for", key)
}
