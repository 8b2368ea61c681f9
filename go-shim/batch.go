package tabletheory

import (
	"context"
	"errors"
	"strconv"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Parallel bounds how many requests of a batch are in flight side by side (default 4).
func Parallel(requests int) CallOption {
	return func(c *call) { c.raw("parallel", strconv.Itoa(requests)) }
}

// group is a part of a batch or transaction, of one model: its document, and who reads what comes of it.
type group struct {
	text string
	err  *Error
	take func(*plain.Decoder) error
}

// part begins a group; close finishes it.
func part(model string, err error) *call {
	c := &call{}
	if err != nil && !errors.As(err, &c.err) {
		c.err = newError(ErrInternal, "the model cannot be used", err)
	}
	c.text = append(c.text, `{"model":`...)
	c.string(model)
	return c
}

func (c *call) close(options []CallOption, take func(*plain.Decoder) error) group {
	text, err := c.finish(options)
	made := group{text: string(text), take: take}
	if err != nil {
		made.err = c.err
	}
	return made
}

// groups adds a member that is a list of groups.
func (c *call) groups(name string, list []group) {
	c.list(name, len(list), func(n int, at string) {
		if c.err == nil {
			c.err = list[n].err.within(at[1:])
		}
		c.text = append(c.text, list[n].text...)
	})
}

// takeEach hands the elements of a list to the groups.
func takeEach(list []group) func(*plain.Decoder) error {
	return func(d *plain.Decoder) error {
		return d.Array(func(n int) error {
			if n >= len(list) || list[n].take == nil {
				_, err := d.Skip()
				return err
			}
			return list[n].take(d)
		})
	}
}

// Write is a part of a batch of writes: see [Model.Puts] and [Model.Deletes].
type Write struct{ group }

// Puts is to store items, each in place of whatever was there. Conditions are not possible in batches.
func (m *Model[T]) Puts(items []T) Write {
	c := part(m.name, m.err)
	c.list("put", len(items), func(n int, at string) {
		var err error
		if c.text, err = plain.Append(c.text, &items[n]); err != nil {
			c.fail(err, at)
		}
	})
	return Write{c.close(nil, nil)}
}

// Deletes is to delete the items with these keys, each given as to [Model.Update].
func (m *Model[T]) Deletes(keys ...any) Write {
	c := part(m.name, m.err)
	c.keys("delete", keys)
	return Write{c.close(nil, nil)}
}

// keys adds a member that is a list of keys.
func (c *call) keys(name string, keys []any) {
	c.list(name, len(keys), func(n int, at string) { c.keyText(at, keys[n:n+1]) })
}

// list adds a member that is a list; element adds the n-th element, which stands at a place in the call.
func (c *call) list(name string, length int, element func(n int, at string)) {
	c.name(name)
	c.text = append(c.text, '[')
	for n := range length {
		if n > 0 {
			c.text = append(c.text, ',')
		}
		element(n, plain.Pointer(name, strconv.Itoa(n)))
	}
	c.text = append(c.text, ']')
}

// BatchWrite carries out any number of puts and deletes, of several models, side by side and in no order. It gives how many were
// carried out; if not all were, the error's Batch says which were, which were not, and of which that is not known.
// Options: [Parallel], [OnProgress], [WithStamped], [WithStats].
func (db *DB) BatchWrite(ctx context.Context, writes []Write, options ...CallOption) (written int64, err error) {
	c := newCall("batch_write", "")
	c.groups("writes", groupsOf(writes, func(w Write) group { return w.group }))
	err = db.do(ctx, c, options, func(name string, d *plain.Decoder) (bool, error) {
		switch {
		case name == "written":
			return true, d.Decode(&written)
		case name == "stamped" && c.stamped != nil:
			*c.stamped = nil
			return true, d.Decode(c.stamped)
		}
		return false, nil
	})
	return written, err
}

// WithStamped takes what a [DB.BatchWrite] has set on its items, by group: creation time, update time, and the version of those that
// came without one; nil for deletions.
func WithStamped(stamped *[]Item) CallOption { return func(c *call) { c.stamped = stamped } }

func groupsOf[P any](parts []P, of func(P) group) []group {
	list := make([]group, len(parts))
	for n, part := range parts {
		list[n] = of(part)
	}
	return list
}

// BatchPut stores items, each in place of whatever was there: [DB.BatchWrite] for one model.
func (m *Model[T]) BatchPut(ctx context.Context, items []T, options ...CallOption) error {
	_, err := m.db.BatchWrite(ctx, []Write{m.Puts(items)}, options...)
	return err
}

// BatchDelete deletes the items with these keys: [DB.BatchWrite] for one model.
func (m *Model[T]) BatchDelete(ctx context.Context, keys []any, options ...CallOption) error {
	_, err := m.db.BatchWrite(ctx, []Write{m.Deletes(keys...)}, options...)
	return err
}

// Read is a part of a batch of reads: see [Model.Gets].
type Read struct{ group }

// Gets is to read the items with these keys into *found, in the order of the keys, nil where there is none. Options: [Consistent],
// [Project], [Raw].
func (m *Model[T]) Gets(found *[]*T, keys []any, options ...CallOption) Read {
	c := part(m.name, m.err)
	c.keys("keys", keys)
	return Read{c.close(options, func(d *plain.Decoder) error { return plain.DecodeItems(d, found) })}
}

// BatchGet reads any number of items, of several models, side by side. If not all could be looked up, the error's Batch says which
// were, and what was read is filled in all the same. Options: [Parallel], [OnProgress], [WithStats].
func (db *DB) BatchGet(ctx context.Context, reads []Read, options ...CallOption) error {
	c := newCall("batch_get", "")
	list := groupsOf(reads, func(r Read) group { return r.group })
	c.groups("gets", list)
	err := db.do(ctx, c, options, into("results", takeEach(list)))
	var failure *Error
	if errors.As(err, &failure) && failure.Batch != nil && failure.Batch.Results != "" {
		if unread := takeEach(list)(plain.NewDecoder(string(failure.Batch.Results))); unread != nil {
			return errors.Join(err, unreadable(unread))
		}
	}
	return err
}

// BatchGet reads the items with these keys, in the order of the keys, nil where there is none: [DB.BatchGet] for one model.
// Options are those of [Model.Gets].
func (m *Model[T]) BatchGet(ctx context.Context, keys []any, options ...CallOption) ([]*T, error) {
	var found []*T
	err := m.db.BatchGet(ctx, []Read{m.Gets(&found, keys, options...)})
	return found, err
}

// Position is the place of a part of a batch in its call: the number of the group, and the number within it.
type Position [2]int

// Batch says what became of the parts of a batch that was not carried out as a whole: each is in exactly one list. Of writes:
// Written, Unwritten, and Unknown for those that were sent without an answer. Of reads: Read and Unread.
type Batch struct {
	Written   []Position `json:"written"`
	Unwritten []Position `json:"unwritten"`
	Unknown   []Position `json:"unknown"`
	Read      []Position `json:"read"`
	Unread    []Position `json:"unread"`
	Results   JSON       `json:"results"`
}

// Leftovers picks those of the items, or keys, of a batch of one group that the error does not say were written: to be tried again.
func Leftovers[T any](err error, items []T) (left []T) {
	var failure *Error
	if !errors.As(err, &failure) || failure.Batch == nil {
		return nil
	}
	for _, list := range [][]Position{failure.Batch.Unwritten, failure.Batch.Unknown, failure.Batch.Unread} {
		for _, at := range list {
			if at[0] == 0 && at[1] < len(items) {
				left = append(left, items[at[1]])
			}
		}
	}
	return left
}
