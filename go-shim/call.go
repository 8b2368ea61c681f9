package tabletheory

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Item is an item without a Go type of its own: attribute names with values. Values read are nil, string, bool, int64,
// float64 or [json.Number] (whichever holds the number exactly, in this order), []byte, []any, map[string]any,
// [SetOf] string or [json.Number], and [BinarySet].
type Item = map[string]any

// SetOf is a set of strings or numbers. Maps with values of type struct{} are sets too.
type SetOf[T comparable] = plain.SetOf[T]

// BinarySet is a set of byte strings.
type BinarySet = plain.BinarySet

// Document is an item, or a map within one, whose members keep their order. It is for those who need the same bytes as
// another program: DynamoDB itself knows no order.
type Document = plain.Document

// Member is one member of a [Document].
type Member = plain.Member

// NewSet makes a set of its elements.
func NewSet[T comparable](elements ...T) SetOf[T] {
	set := make(SetOf[T], len(elements))
	for _, element := range elements {
		set[element] = struct{}{}
	}
	return set
}

// CallOption refines one call. An option that an operation does not take is [ErrInvalidCall].
type CallOption func(*call)

// call is a call document in the making.
type call struct {
	text  []byte
	err   *Error
	stats *Stats
	// clauses are the members of the update clauses, in the order of clauseNames.
	clauses    [len(clauseNames)][]byte
	conditions []Condition
	until      []Condition
	returned   string
	// old reads the item that the call gives back.
	old func(*plain.Decoder) error
	// plan takes what would be sent, and nothing is.
	plan     *Plan
	progress func(Progress)
	// stamped takes what a batch has set on its items.
	stamped *[]Item
	// last takes what the result says of the progress.
	last **Progress
}

const (
	clauseSet = iota
	clauseSetIfNotExists
	clauseAppend
	clausePrepend
	clauseRemove
	clauseAdd
	clauseDelete
)

var clauseNames = [...]string{"set", "set_if_not_exists", "append", "prepend", "remove", "add", "delete"}

func newCall(op, model string) *call {
	c := calls.Get().(*call)
	*c = call{text: append(c.text[:0], `{"op":`...)}
	c.string(op)
	if model != "" {
		c.name("model")
		c.string(model)
	}
	return c
}

// calls are used again, for their buffers.
var calls = sync.Pool{New: func() any { return &call{text: make([]byte, 0, 1024)} }}

func (c *call) free() {
	if cap(c.text) <= largestKept {
		calls.Put(c)
	}
}

func (c *call) string(text string) {
	var err error
	if c.text, err = plain.AppendString(c.text, text); err != nil {
		c.fail(err, "")
	}
}

func (c *call) name(name string) {
	c.text = append(append(append(c.text, `,"`...), name...), `":`...)
}

// raw adds a member that is JSON already.
func (c *call) raw(name, text string) {
	c.name(name)
	c.text = append(c.text, text...)
}

// value adds a member that holds a value, a top-level one (item or key).
func (c *call) value(name string, value any) {
	c.name(name)
	var err error
	if c.text, err = plain.Append(c.text, value); err != nil {
		c.fail(err, "/"+name)
	}
}

func (c *call) fail(err error, at string) {
	if c.err == nil {
		c.err = unwritable(err, at)
	}
}

// clause adds a member to an update clause.
func clause(kind int, path string, value any) CallOption {
	return func(c *call) {
		text := c.clauses[kind]
		if len(text) > 0 {
			text = append(text, ',')
		}
		text, err := plain.AppendString(text, path)
		if err == nil && kind != clauseRemove {
			text, err = appendOperand(append(text, ':'), value)
		}
		if err != nil {
			c.fail(plain.Within(err, path), "/"+clauseNames[kind])
		}
		c.clauses[kind] = text
	}
}

// Set sets the attribute at a path to a value, or to what an operand gives: [Attr], [Plus], [Minus], [IfNotExists], [Joined].
// Paths: `attr`, `attr.member`, `attr[3].member`; a name with `.` or `[` in it stands in back-ticks. An empty value removes an
// attribute that the schema calls omit_empty.
func Set(path string, value any) CallOption { return clause(clauseSet, path, value) }

// SetIfNotExists sets an attribute that is absent, to a value or to that of another [Attr].
func SetIfNotExists(path string, value any) CallOption {
	return clause(clauseSetIfNotExists, path, value)
}

// Append adds values (a slice) to the end of a list, which is made if it is absent.
func Append(path string, values any) CallOption { return clause(clauseAppend, path, values) }

// Prepend adds values (a slice) to the beginning of a list, which is made if it is absent.
func Prepend(path string, values any) CallOption { return clause(clausePrepend, path, values) }

// Add adds to a number, or elements to a set.
func Add(path string, value any) CallOption { return clause(clauseAdd, path, value) }

// Delete takes elements out of a set.
func Delete(path string, elements any) CallOption { return clause(clauseDelete, path, elements) }

// Remove removes attributes, list elements or members.
func Remove(paths ...string) CallOption {
	return func(c *call) {
		for _, path := range paths {
			clause(clauseRemove, path, nil)(c)
		}
	}
}

// If makes a write conditional. Several conditions are ANDed. A condition that is not met is [ErrConditionFailed].
func If(conditions ...Condition) CallOption {
	return func(c *call) { c.conditions = append(c.conditions, conditions...) }
}

// ExpectVersion makes a write conditional on the version attribute. Another version is [ErrVersionConflict].
func ExpectVersion(version int64) CallOption {
	return func(c *call) { c.raw("expect_version", strconv.FormatInt(version, 10)) }
}

// IfExists makes an update fail with [ErrConditionFailed] rather than create an item.
func IfExists() CallOption { return flag("if_exists") }

// Consistent asks for a strongly consistent read.
func Consistent() CallOption { return flag("consistent") }

// Raw also reads attributes that the schema does not know, into an [Item].
func Raw() CallOption { return flag("raw") }

// ReturnOldOnFailure makes the error of a condition that is not met carry the item: see [OldItem].
func ReturnOldOnFailure() CallOption { return flag("return_old_on_failure") }

func flag(name string) CallOption { return func(c *call) { c.raw(name, "true") } }

// Project reads only the attributes at these paths.
func Project(paths ...string) CallOption {
	return func(c *call) { c.value("projection", append([]string{}, paths...)) }
}

// Protect makes an update fail with [ErrProtectedFieldMutation] if it would change one of these attributes.
func Protect(attributes ...string) CallOption {
	return func(c *call) { c.value("protected_attributes", append([]string{}, attributes...)) }
}

// ReturnValues says what an update, upsert or delete gives back: `NONE`, `ALL_OLD`, `UPDATED_OLD`, `ALL_NEW` or `UPDATED_NEW`.
func ReturnValues(which string) CallOption { return func(c *call) { c.returned = which } }

// ReturnOld reads the item as it was before a put or delete; *into becomes nil if there was none.
func ReturnOld[T any](into **T) CallOption {
	return func(c *call) {
		c.returned = "ALL_OLD"
		*into = nil
		c.old = func(d *plain.Decoder) error { return d.DecodeItem(into) }
	}
}

// Until is what WaitFor waits for.
func Until(conditions ...Condition) CallOption {
	return func(c *call) { c.until = append(c.until, conditions...) }
}

// OnIndex makes WaitFor look into an index.
func OnIndex(name string) CallOption { return func(c *call) { c.value("index", name) } }

// Pauses bounds the waits between two looks of WaitFor: the first one (default 100 ms), which doubles from look to look, and
// every one (default 5 s). 0 keeps the default.
func Pauses(first, every time.Duration) CallOption {
	return func(c *call) {
		if first != 0 {
			c.value("base_ms", first.Milliseconds())
		}
		if every != 0 {
			c.value("max_ms", every.Milliseconds())
		}
	}
}

// OnProgress is told how far a batch has come, on the goroutine of the call; the last time, that all is done.
func OnProgress(report func(Progress)) CallOption {
	return func(c *call) {
		c.progress = report
		c.raw("progress", "true")
	}
}

// WithStats fills in what the call cost, also when it failed after something was sent.
func WithStats(stats *Stats) CallOption { return func(c *call) { c.stats = stats } }

// Stats say what a call cost.
type Stats struct {
	// Attempts counts the requests sent, Retries those that repeated another.
	Attempts int `json:"attempts"`
	Retries  int `json:"retries"`
	// WaitedMillis is the back-off in total.
	WaitedMillis int64  `json:"waited_ms"`
	RequestID    string `json:"request_id"`
	// Capacity is nil when the service sent none.
	Capacity *Capacity `json:"capacity"`
}

// Capacity is what a call consumed, in capacity units. Read and Write are nil when the service did not tell them apart.
type Capacity struct {
	Total float64  `json:"total"`
	Read  *float64 `json:"read"`
	Write *float64 `json:"write"`
	Table string   `json:"table"`
}

// tree adds a member that holds conditions, if there are any.
func (c *call) tree(name string, conditions []Condition) {
	if len(conditions) == 0 {
		return
	}
	condition := And(conditions...)
	if condition.err != nil {
		c.fail(condition.err, "/"+name)
	}
	c.raw(name, condition.text)
}

// reporter is whom the core tells how far it has come.
func (c *call) reporter() func(string) {
	report := c.progress
	if report == nil {
		return nil
	}
	return func(text string) {
		var progress Progress
		if plain.Decode(text, &progress) == nil {
			report(progress)
		}
	}
}

// finish closes the document.
func (c *call) finish(options []CallOption) ([]byte, error) {
	for _, option := range options {
		option(c)
	}
	for kind, members := range c.clauses {
		if members != nil {
			brackets := "{}"
			if kind == clauseRemove {
				brackets = "[]"
			}
			c.raw(clauseNames[kind], brackets[:1]+string(members)+brackets[1:])
		}
	}
	c.tree("condition", c.conditions)
	c.tree("until", c.until)
	if c.returned != "" {
		c.name("return_values")
		c.string(c.returned)
	}
	if c.err != nil {
		return nil, c.err
	}
	return append(c.text, '}'), nil
}

// member takes a member of a result document, if it is one that the caller wants.
type member func(name string, d *plain.Decoder) (taken bool, err error)

// into takes one member.
func into(wanted string, take func(*plain.Decoder) error) member {
	return func(name string, d *plain.Decoder) (bool, error) {
		if name != wanted {
			return false, nil
		}
		return true, take(d)
	}
}

// do carries out a call.
func (db *DB) do(ctx context.Context, c *call, options []CallOption, take member) error {
	defer c.free()
	document, err := c.finish(options)
	if err != nil {
		return err
	}
	if c.plan != nil {
		*c.plan, err = db.Explain(document)
		return err
	}
	text, err := db.drive(ctx, document, c.reporter())
	if err != nil {
		if failure, ok := err.(*Error); ok && failure.Stats != nil && c.stats != nil {
			*c.stats = *failure.Stats
		}
		return err
	}
	d := plain.NewDecoder(text)
	var last *Progress
	err = d.Object(func(name string) error {
		if name == "stats" && c.stats != nil {
			*c.stats = Stats{}
			return d.Decode(c.stats)
		}
		if name == "item" && c.old != nil {
			return c.old(d)
		}
		if name == "progress" {
			last = new(Progress)
			return d.Decode(last)
		}
		taken, err := take(name, d)
		if !taken && err == nil {
			_, err = d.Skip()
		}
		return err
	})
	if err != nil {
		return unreadable(err)
	}
	if c.last != nil {
		*c.last = last
	}
	if last != nil && c.progress != nil {
		c.progress(*last) // all of it
	}
	return nil
}

// Call carries out a call document as it stands (`call.schema.json`) and gives the result document: for calls that were
// logged, made elsewhere, or that this package has no function for.
func (db *DB) Call(ctx context.Context, document []byte) (json.RawMessage, error) {
	text, err := db.drive(ctx, document, nil)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(text), nil
}

// MarshalPlain writes a value as the plain JSON of call documents; sets, binary and times are marked as there.
func MarshalPlain(value any) ([]byte, error) {
	text, err := plain.AppendValue(nil, value)
	if err != nil {
		return nil, unwritable(err, "")
	}
	return text, nil
}

// UnmarshalPlain reads plain JSON, as in result documents, into what a pointer points to.
func UnmarshalPlain(text []byte, into any) error {
	if err := plain.DecodeValue(string(text), into); err != nil {
		return unwritable(err, "")
	}
	return nil
}
