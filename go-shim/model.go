package tabletheory

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tabletheory/tabletheory-go/internal/engine"
	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Model reads and writes the items of one model as values of the Go type T, a struct, [Item] or [Document].
//
// Fields are matched with attributes by the first of these tags that is there: `tabletheory:"title"`, `dynamodbav:"title"`,
// `json:"title"`; without a tag by their exact name. The option omitempty leaves zero values out, the name `-` the field.
type Model[T any] struct {
	db   *DB
	name string
	err  error
}

// ModelOf gives the model named like the type T, or by the given name. T is checked against the schema document once;
// what does not fit is the error of Err, and of every call.
func ModelOf[T any](db *DB, name ...string) *Model[T] {
	kind := reflect.TypeFor[T]()
	named := kind.Name()
	if len(name) > 0 {
		named = name[0]
	}
	return &Model[T]{db, named, db.check(named, kind)}
}

// Err is [ErrInvalidModel] with all that does not fit between T and the model, or nil.
func (m *Model[T]) Err() error { return m.err }

// Key is a partition key value, with a sort key value where the model has one.
type Key []any

// Create stores an item that must not be there yet, else [ErrConditionFailed]. Lifecycle values are filled into item.
func (m *Model[T]) Create(ctx context.Context, item *T, options ...CallOption) error {
	return m.write(ctx, "create", item, options)
}

// Put stores an item in place of whatever was there. Lifecycle values are filled into item.
func (m *Model[T]) Put(ctx context.Context, item *T, options ...CallOption) error {
	return m.write(ctx, "put", item, options)
}

func (m *Model[T]) write(ctx context.Context, op string, item *T, options []CallOption) error {
	if m.err != nil {
		return m.err
	}
	c := newCall(op, m.name)
	c.value("item", item)
	return m.db.do(ctx, c, options, into("stamped", func(d *plain.Decoder) error { return d.DecodeItem(item) }))
}

// Upsert stores an item, or updates the one that is there; creation time and version go on. What is then stored is filled
// into item, unless [ReturnValues] says otherwise.
func (m *Model[T]) Upsert(ctx context.Context, item *T, options ...CallOption) error {
	if m.err != nil {
		return m.err
	}
	c := newCall("upsert", m.name)
	c.value("item", item)
	return m.db.do(ctx, c, options, into("item", func(d *plain.Decoder) error {
		if d.Null() {
			return nil
		}
		if reflect.TypeFor[T]().Kind() != reflect.Struct {
			*item = *new(T) // what is not stored must not linger
		}
		return d.DecodeItem(item)
	}))
}

// Get reads an item. The key is a partition key value, with a sort key value where the model has one; or a [Key]; or a
// whole item. Options may follow. An absent item is [ErrItemNotFound].
func (m *Model[T]) Get(ctx context.Context, key ...any) (*T, error) { return m.byKey(ctx, "get", key) }

// Find is Get, with nil for an absent item.
func (m *Model[T]) Find(ctx context.Context, key ...any) (*T, error) {
	return m.byKey(ctx, "find", key)
}

// Update changes the item with a key ([Key], whole item, or partition key value) by [Set], [Add], [Remove] and the like, and
// gives the item as it is then, or what [ReturnValues] says. Without any of them only version and update time change.
func (m *Model[T]) Update(ctx context.Context, key any, options ...CallOption) (*T, error) {
	return m.keyed(ctx, "update", lone(key), options)
}

// lone is the key of an update, nil for none.
func lone(key any) []any {
	if key == nil {
		return nil
	}
	return []any{key}
}

// UpdateChanges stores what is different between an item as it was read and as it is to be: attributes with another value are set,
// those that are gone are removed, nothing else is touched. before may be nil: then all of after is set. With [ExpectVersion] of
// before, changes of others in between are a conflict. It gives the item as it is then. In a transaction: [Changes].
func (m *Model[T]) UpdateChanges(ctx context.Context, before, after *T, options ...CallOption) (*T, error) {
	return m.keyed(ctx, "update", nil, append([]CallOption{Changes(before, after)}, options...))
}

// Changes makes an [Model.Update] or [Model.UpdateAction] do what [Model.UpdateChanges] does. Its key may be nil: then it is that of
// after.
func Changes[T any](before, after *T) CallOption {
	return func(c *call) {
		c.name("changes")
		c.text = append(c.text, '{')
		if before != nil {
			c.member("from", before)
			c.text = append(c.text, ',')
		}
		c.member("to", after)
		c.text = append(c.text, '}')
	}
}

// member adds an item to an object that is open.
func (c *call) member(name string, item any) {
	c.text = append(append(append(c.text, '"'), name...), `":`...)
	var err error
	if c.text, err = plain.Append(c.text, item); err != nil {
		c.fail(err, "/changes/"+name)
	}
}

// Delete deletes the item with a key, given as for Get, whether it is there or not. Options may follow.
func (m *Model[T]) Delete(ctx context.Context, key ...any) error {
	_, err := m.byKey(ctx, "delete", key)
	return err
}

func (m *Model[T]) byKey(ctx context.Context, op string, arguments []any) (*T, error) {
	key := make([]any, 0, 2)
	var options []CallOption
	for _, argument := range arguments {
		if option, ok := argument.(CallOption); ok {
			options = append(options, option)
		} else {
			key = append(key, argument)
		}
	}
	return m.keyed(ctx, op, key, options)
}

func (m *Model[T]) keyed(ctx context.Context, op string, key []any, options []CallOption) (item *T, err error) {
	if m.err != nil {
		return nil, m.err
	}
	c := newCall(op, m.name)
	if key != nil || op != "update" {
		c.key(key)
	}
	err = m.db.do(ctx, c, options, into("item", func(d *plain.Decoder) error { return d.DecodeItem(&item) }))
	if err != nil {
		return nil, err
	}
	return item, nil
}

// key adds the member `key`: values, or a whole item.
func (c *call) key(key []any) {
	c.name("key")
	c.keyText("/key", key)
}

// keyText adds a key that stands at a place in the call.
func (c *call) keyText(at string, key []any) {
	var value any = key
	if key == nil {
		value = Key{}
	}
	if len(key) == 1 {
		if values, ok := key[0].(Key); ok {
			value = values
		} else if plain.IsItem(key[0]) {
			value = key[0]
		}
	}
	var err error
	if c.text, err = plain.Append(c.text, value); err != nil {
		c.fail(err, at)
	}
}

// check compares a Go type with a model: each attribute must be in the model, and the core judges whether samples of the
// values that the type writes suit the attribute. The result is kept.
func (db *DB) check(model string, kind reflect.Type) error {
	key := typeKey{model, kind}
	if known, ok := db.types.Load(key); ok {
		err, _ := known.(error)
		return err
	}
	problems, err := db.misfits(model, kind)
	if err == nil && len(problems) > 0 {
		err = newError(ErrInvalidModel, fmt.Sprintf("Go type `%s` does not fit model `%s`: %s", kind, model, strings.Join(problems, "; ")), nil)
	}
	if err != nil && !errors.Is(err, ErrInvalidModel) {
		return err // of the moment
	}
	db.types.Store(key, err)
	return err
}

func (db *DB) misfits(model string, kind reflect.Type) (problems []string, err error) {
	known, ok := db.models[model]
	if !ok {
		return nil, newError(ErrInvalidModel, fmt.Sprintf("the schema document has no model `%s`", model), nil)
	}
	fields, err := plain.FieldsOf(kind)
	if err != nil {
		return []string{err.Error()}, nil
	}
	if len(fields) == 0 && kind != reflect.TypeFor[Item]() && kind != reflect.TypeFor[Document]() {
		return []string{"it is neither a struct with fields nor `tabletheory.Item` or `tabletheory.Document`"}, nil
	}
	probes := map[string]*plain.Field{}
	for n := range fields {
		field := &fields[n]
		if !slices.Contains(known, field.Attribute) {
			problems = append(problems, fmt.Sprintf("field `%s`: the model has no attribute `%s`", field.Name, field.Attribute))
		} else if len(field.Samples) > 0 {
			probes[field.Attribute] = field
		}
	}
	for len(probes) > 0 {
		refusal, attribute, err := db.probe(model, probes)
		if err != nil || attribute == "" {
			return problems, err
		}
		field := probes[attribute]
		if field.Samples = field.Samples[1:]; len(field.Samples) == 0 {
			problems = append(problems, fmt.Sprintf("field `%s`: Go type `%s` does not suit attribute `%s`: %s", field.Name, field.Type, attribute, refusal))
			delete(probes, attribute)
		}
	}
	return problems, nil
}

// probe begins, and at once abandons, the creation of an item with a sample for each attribute. It gives what the core
// says about an attribute, if anything.
func (db *DB) probe(model string, probes map[string]*plain.Field) (refusal, attribute string, err error) {
	sample := map[string]plain.Raw{}
	for name, field := range probes {
		sample[name] = plain.Raw(field.Samples[0])
	}
	c := newCall("create", model)
	c.value("item", sample)
	document, err := c.finish(nil)
	if err != nil {
		return "", "", err
	}
	var step engine.Step
	operation, err := db.pool.Start(document, &step)
	if err != nil {
		return "", "", broken(err, NotSent)
	}
	if step.Kind != engine.Failed {
		operation.Abandon()
		return "", "", nil
	}
	failure := failed(step.Document, nil)
	for name := range probes {
		at := plain.Pointer("item", name)
		if failure.Path == at || strings.HasPrefix(failure.Path, at+"/") {
			return failure.Message, name, nil
		}
	}
	return "", "", nil
}
