package tabletheory

import (
	"context"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Action is a part of a transaction: see [Model.PutAction] and the like.
type Action struct {
	kind string
	body group
}

// group is the action with its kind as its only member: `{"put":{…}}`.
func (a Action) group() group {
	made := a.body
	made.text = `{"` + a.kind + `":` + made.text + `}`
	made.err = made.err.within(a.kind)
	return made
}

// within moves the path of an error into a member.
func (e *Error) within(member string) *Error {
	if e == nil || e.Path == "" {
		return e
	}
	moved := *e
	moved.Path = "/" + member + e.Path
	return &moved
}

func (m *Model[T]) itemAction(kind string, item *T, options []CallOption) Action {
	c := part(m.name, m.err)
	c.value("item", item)
	return Action{kind, c.close(options, func(d *plain.Decoder) error {
		if d.Null() {
			return nil // nothing to fill in
		}
		return d.DecodeItem(item)
	})}
}

func (m *Model[T]) keyAction(kind string, key any, options []CallOption) Action {
	c := part(m.name, m.err)
	if key != nil {
		c.key([]any{key})
	}
	return Action{kind, c.close(options, nil)}
}

// PutAction is [Model.Put] in a transaction. Lifecycle values are filled into item when it is carried out.
func (m *Model[T]) PutAction(item *T, options ...CallOption) Action {
	return m.itemAction("put", item, options)
}

// CreateAction is [Model.Create] in a transaction.
func (m *Model[T]) CreateAction(item *T, options ...CallOption) Action {
	return m.itemAction("create", item, options)
}

// UpdateAction is [Model.Update] in a transaction; with [Changes] it is [Model.UpdateChanges].
func (m *Model[T]) UpdateAction(key any, options ...CallOption) Action {
	return m.keyAction("update", key, options)
}

// DeleteAction is [Model.Delete] in a transaction.
func (m *Model[T]) DeleteAction(key any, options ...CallOption) Action {
	return m.keyAction("delete", key, options)
}

// CheckAction lets a transaction through only if the conditions ([If], [ExpectVersion]) hold for an item that it does not change.
func (m *Model[T]) CheckAction(key any, options ...CallOption) Action {
	return m.keyAction("check", key, options)
}

// Token is the token by which DynamoDB knows a transaction that is sent again, up to 36 characters. Default: a random one for
// each call. With one of your own a call may be repeated within ten minutes without being carried out twice.
func Token(token string) CallOption { return func(c *call) { c.value("token", token) } }

// Transact carries out up to 100 actions on as many items, of several models: all of them, or none. Why not is told by the error's
// Reasons, one for each action that had a part in it. Options: [Token], [WithStats].
func (db *DB) Transact(ctx context.Context, actions []Action, options ...CallOption) error {
	c := newCall("transact", "")
	list := groupsOf(actions, Action.group)
	c.groups("actions", list)
	return db.do(ctx, c, options, into("stamped", takeEach(list)))
}

// TransactionalGet is a part of a transaction of reads: see [Model.GetAction].
type TransactionalGet struct{ group }

// GetAction is to read the item with a key into *item, which becomes nil if there is none. Options: [Project], [Raw].
func (m *Model[T]) GetAction(item **T, key any, options ...CallOption) TransactionalGet {
	c := part(m.name, m.err)
	c.key([]any{key})
	return TransactionalGet{c.close(options, func(d *plain.Decoder) error { return d.DecodeItem(item) })}
}

// TransactGet reads up to 100 items, of several models, as of one moment.
func (db *DB) TransactGet(ctx context.Context, gets []TransactionalGet, options ...CallOption) error {
	c := newCall("transact_get", "")
	list := groupsOf(gets, func(g TransactionalGet) group { return g.group })
	c.groups("gets", list)
	return db.do(ctx, c, options, into("items", takeEach(list)))
}

// Reason says what an action had to do with the failure of its transaction.
type Reason struct {
	// Index is the position of the action.
	Index int    `json:"index"`
	Code  Code   `json:"code"`
	Codes []Code `json:"codes"`
	// Message is lower case, without values; Path leads into the call document.
	Message string        `json:"message"`
	Path    string        `json:"path"`
	Service *ServiceError `json:"service"`
	// Item is the item as it was, for actions with [ReturnOldOnFailure]: see [OldItemOf].
	Item JSON `json:"item"`
}

// OldItemOf reads the item of a reason into T; nil if there is none.
func OldItemOf[T any](reason Reason) (*T, error) { return oldItem[T](reason.Item) }

// TransitionAppendEvent changes the state of something and appends the event that tells of it: both or neither. state is an
// [Model.UpdateAction], event a [Model.CreateAction].
func (db *DB) TransitionAppendEvent(ctx context.Context, state, event Action, options ...CallOption) error {
	c := newCall("transition_append_event", "")
	for n, name := range [...]string{"actual", "event"} {
		body := [...]group{state.body, event.body}[n]
		if c.err == nil {
			c.err = body.err.within(name)
		}
		c.raw(name, body.text)
	}
	return db.do(ctx, c, options, into("stamped", takeEach([]group{state.body, event.body})))
}

// ValidateProvenance says whether the evidence of a deployment is authoritative, else [ErrRejectedDeployAuthorityEvidence]. Both are maps
// or structs; nothing is sent.
func (db *DB) ValidateProvenance(ctx context.Context, provenance, confidence any) error {
	c := newCall("validate_provenance", "")
	c.nested("provenance", provenance)
	c.nested("confidence", confidence)
	return db.do(ctx, c, nil, func(string, *plain.Decoder) (bool, error) { return false, nil })
}

// nested adds a member that holds a value such as stands inside an item.
func (c *call) nested(name string, value any) {
	c.name(name)
	var err error
	if c.text, err = plain.AppendValue(c.text, value); err != nil {
		c.fail(err, "/"+name)
	}
}
