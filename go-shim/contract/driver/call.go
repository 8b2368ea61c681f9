package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// member is one member of an object, in the order of the text.
type member struct {
	name string
	text json.RawMessage
}

func members(text json.RawMessage) (list []member) {
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		panic("an object was expected")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			panic(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			panic(err)
		}
		list = append(list, member{name.(string), value})
	}
	return list
}

func read[T any](text json.RawMessage) (value T) {
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
}

// native is a value of the library for one in plain JSON. Maps keep their order.
func native(text json.RawMessage) (value any) {
	switch text = bytes.TrimSpace(text); {
	case bytes.HasPrefix(text, []byte("[")):
		list := []any{}
		for _, element := range read[[]json.RawMessage](text) {
			list = append(list, native(element))
		}
		return list
	case isObject(text):
		list := members(text)
		if len(list) != 1 || !strings.HasPrefix(list[0].name, "$") {
			return asDocument(list)
		}
		if name, escaped := strings.CutPrefix(list[0].name, "$$"); escaped {
			return tabletheory.Document{{Name: "$" + name, Value: native(list[0].text)}}
		}
	}
	if err := tabletheory.UnmarshalPlain(text, &value); err != nil {
		panic(err)
	}
	return value
}

// asDocument is an object whose names have no meaning, as that of an item.
func asDocument(list []member) tabletheory.Document {
	document := tabletheory.Document{}
	for _, m := range list {
		document = append(document, tabletheory.Member{Name: m.name, Value: native(m.text)})
	}
	return document
}

func isObject(text json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// parsed is a call document, sorted by where its members go in the API.
type parsed struct {
	op, model string
	item      *tabletheory.Document
	changes   [2]*tabletheory.Document
	key       []any
	options   []tabletheory.CallOption
	returns   string
	stats     tabletheory.Stats
}

func (d *driver) parse(document json.RawMessage) *parsed {
	c := &parsed{}
	c.options = append(c.options, tabletheory.WithStats(&c.stats))
	for _, m := range members(document) {
		switch m.name {
		case "op":
			c.op = read[string](m.text)
		case "model":
			c.model = read[string](m.text)
		case "item":
			item := asDocument(members(m.text))
			c.item = &item
		case "key":
			if isObject(m.text) {
				c.key = []any{asDocument(members(m.text))}
				continue
			}
			key := tabletheory.Key{}
			for _, value := range read[[]json.RawMessage](m.text) {
				key = append(key, native(value))
			}
			c.key = []any{key}
		case "changes":
			for _, side := range members(m.text) {
				if string(side.text) != "null" {
					c.changes[map[string]int{"from": 0, "to": 1}[side.name]] = ptr(asDocument(members(side.text)))
				}
			}
		case "return_values":
			c.returns = read[string](m.text)
		default:
			c.options = append(c.options, option(m)...)
		}
	}
	return c
}

// option is the option that a member stands for.
func option(m member) []tabletheory.CallOption {
	one := func(o tabletheory.CallOption) []tabletheory.CallOption { return []tabletheory.CallOption{o} }
	flag := func(o tabletheory.CallOption) []tabletheory.CallOption {
		if read[bool](m.text) {
			return one(o)
		}
		return nil
	}
	switch m.name {
	case "set":
		return clauses(m.text, tabletheory.Set)
	case "set_if_not_exists":
		return clauses(m.text, tabletheory.SetIfNotExists)
	case "append":
		return clauses(m.text, tabletheory.Append)
	case "prepend":
		return clauses(m.text, tabletheory.Prepend)
	case "add":
		return clauses(m.text, tabletheory.Add)
	case "delete":
		return clauses(m.text, tabletheory.Delete)
	case "remove":
		return one(tabletheory.Remove(read[[]string](m.text)...))
	case "condition":
		return one(tabletheory.If(condition(m.text)))
	case "expect_version":
		return one(tabletheory.ExpectVersion(read[int64](m.text)))
	case "projection":
		return one(tabletheory.Project(read[[]string](m.text)...))
	case "protected_attributes":
		return one(tabletheory.Protect(read[[]string](m.text)...))
	case "if_exists":
		return flag(tabletheory.IfExists())
	case "until":
		return one(tabletheory.Until(condition(m.text)))
	case "base_ms":
		return one(tabletheory.Pauses(time.Duration(read[int64](m.text))*time.Millisecond, 0))
	case "max_ms":
		return one(tabletheory.Pauses(0, time.Duration(read[int64](m.text))*time.Millisecond))
	case "index":
		return one(tabletheory.OnIndex(read[string](m.text)))
	case "consistent":
		return flag(tabletheory.Consistent())
	case "raw":
		return flag(tabletheory.Raw())
	case "return_old_on_failure":
		return flag(tabletheory.ReturnOldOnFailure())
	case "deletion_protection":
		return flag(tabletheory.DeletionProtection())
	case "wait":
		if read[bool](m.text) {
			return nil
		}
		return one(tabletheory.WithoutWaiting())
	case "timeout_ms":
		return one(tabletheory.WaitAtMost(time.Duration(read[int64](m.text)) * time.Millisecond))
	case "billing":
		if string(m.text) == `"PAY_PER_REQUEST"` {
			return nil
		}
		units := read[struct{ Read, Write int64 }](m.text)
		return one(tabletheory.Provisioned(units.Read, units.Write))
	}
	panic(fmt.Sprintf("the public API has no place for `%s`", m.name))
}

func clauses(text json.RawMessage, clause func(string, any) tabletheory.CallOption) (options []tabletheory.CallOption) {
	for _, m := range members(text) {
		options = append(options, clause(m.name, operand(m.text)))
	}
	return options
}

// single are the operations on one item, and on tables.
var single = map[string]bool{
	"wait_for": true, "create": true, "put": true, "upsert": true, "get": true, "find": true, "update": true, "delete": true,
	"ensure_table": true, "describe_table": true, "delete_table": true,
}

// call carries out a call document through the typed API, and gives the result document.
func (d *driver) call(ctx context.Context, document json.RawMessage) (any, error) {
	shown := read[struct {
		Op    string
		First *int64 `json:"base_ms"`
		Every *int64 `json:"max_ms"`
	}](document)
	none := func(pause *int64) bool { return pause != nil && *pause == 0 }
	switch operation := shown.Op; {
	case operation == "query" || operation == "scan":
		return d.read(ctx, document)
	case !single[operation]:
		return d.several(ctx, operation, document)
	case none(shown.First), none(shown.Every): // no pause is the default one in Pauses
		return d.db.Call(ctx, document)
	}
	c := d.parse(document)
	notes := tabletheory.ModelOf[tabletheory.Item](d.db, c.model)
	ordered := tabletheory.ModelOf[tabletheory.Document](d.db, c.model)
	var result result
	var old *tabletheory.Item
	var err error
	wantsOld := c.returns == "ALL_OLD" && (c.op == "put" || c.op == "delete")
	if wantsOld {
		c.options = append(c.options, tabletheory.ReturnOld(&old))
	} else if c.returns != "" {
		c.options = append(c.options, tabletheory.ReturnValues(c.returns))
	}
	keyed := func() []any {
		arguments := append([]any{}, c.key...)
		for _, o := range c.options {
			arguments = append(arguments, o)
		}
		return arguments
	}
	switch c.op {
	case "create":
		err = ordered.Create(ctx, c.item, c.options...)
		result.stamped(value(c.item), d.lifecycle[c.model])
	case "put":
		err = ordered.Put(ctx, c.item, c.options...)
		result.stamped(value(c.item), d.lifecycle[c.model])
	case "upsert":
		err = ordered.Upsert(ctx, c.item, c.options...)
		if c.returns != "NONE" {
			result.item(ptr(value(c.item)), false)
		}
	case "get":
		var item *tabletheory.Item
		item, err = notes.Get(ctx, keyed()...)
		result.item(item, false)
	case "wait_for":
		var item *tabletheory.Item
		item, err = notes.WaitFor(ctx, keyed()...)
		result.item(item, false)
	case "find":
		var item *tabletheory.Item
		item, err = notes.Find(ctx, keyed()...)
		result.item(item, true)
	case "update":
		var key any
		if len(c.key) > 0 {
			key = c.key[0]
		}
		if c.changes[1] != nil && key == nil {
			var changed *tabletheory.Document
			changed, err = ordered.UpdateChanges(ctx, c.changes[0], c.changes[1], c.options...)
			if changed != nil {
				result.item(ptr(value(changed)), false)
			}
			break
		}
		if c.changes[1] != nil {
			c.options = append(c.options, tabletheory.Changes(c.changes[0], c.changes[1]))
		}
		var item *tabletheory.Item
		item, err = notes.Update(ctx, key, c.options...)
		result.item(item, false)
	case "delete":
		err = notes.Delete(ctx, keyed()...)
	case "ensure_table":
		result.Table, result.Created, err = ensure(ctx, d.db, c)
	case "describe_table":
		result.Table, err = d.db.DescribeTable(ctx, c.model, c.options...)
	case "delete_table":
		var deleted bool
		deleted, err = d.db.DeleteTable(ctx, c.model, c.options...)
		result.Deleted = &deleted
	default:
		panic(fmt.Sprintf("the public API has no operation `%s`", c.op))
	}
	if wantsOld {
		result.item(old, true)
	}
	result.Stats = stats(&c.stats)
	return result, err
}

// value is an item as a map.
func value(document *tabletheory.Document) tabletheory.Item {
	item := tabletheory.Item{}
	if document != nil {
		for _, m := range *document {
			item[m.Name] = m.Value
		}
	}
	return item
}

func ptr[T any](value T) *T { return &value }

func ensure(ctx context.Context, db *tabletheory.DB, c *parsed) (*tabletheory.Table, *bool, error) {
	table, created, err := db.EnsureTable(ctx, c.model, c.options...)
	return table, &created, err
}
