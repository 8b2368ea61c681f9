package main

import (
	"context"
	"encoding/json"

	"github.com/tabletheory/tabletheory-go"
)

// severalText is the result document of a batch or transaction.
type severalText struct {
	Written  *int64              `json:"written,omitempty"`
	Stamped  []json.RawMessage   `json:"stamped,omitempty"`
	Results  [][]json.RawMessage `json:"results,omitempty"`
	Items    []json.RawMessage   `json:"items,omitempty"`
	Progress *batchProgressText  `json:"progress,omitempty"`
	Stats    *statsText          `json:"stats"`
}

type batchProgressText struct {
	Done        int64 `json:"done"`
	Total       int64 `json:"total"`
	Unprocessed int64 `json:"unprocessed"`
}

// severalCall is the document of such a call, sorted by where its members go in the API.
type severalCall struct {
	parts   map[string]json.RawMessage
	options []tabletheory.CallOption
	heard   *tabletheory.Progress
	stats   tabletheory.Stats
}

func sortedOut(document json.RawMessage) *severalCall {
	c := &severalCall{parts: map[string]json.RawMessage{}}
	c.options = append(c.options, tabletheory.WithStats(&c.stats))
	for _, m := range members(document) {
		switch m.name {
		case "op":
		case "token":
			c.options = append(c.options, tabletheory.Token(read[string](m.text)))
		case "parallel":
			c.options = append(c.options, tabletheory.Parallel(read[int](m.text)))
		case "progress":
			if read[bool](m.text) {
				c.options = append(c.options, tabletheory.OnProgress(func(now tabletheory.Progress) { c.heard = &now }))
			}
		default:
			c.parts[m.name] = m.text
		}
	}
	return c
}

// list are the elements of a part.
func (c *severalCall) list(name string) []json.RawMessage {
	return read[[]json.RawMessage](c.parts[name])
}

// several carries out a batch or transaction.
func (d *driver) several(ctx context.Context, operation string, document json.RawMessage) (any, error) {
	c := sortedOut(document)
	var result severalText
	var err error
	switch operation {
	case "batch_write":
		err = d.batchWrite(ctx, c, &result)
	case "batch_get":
		err = d.batchGet(ctx, c, &result)
	case "transact":
		err = d.transact(ctx, c, &result)
	case "transact_get":
		err = d.transactGet(ctx, c, &result)
	case "transition_append_event":
		state, _ := d.action("update", c.parts["actual"])
		event, stamped := d.action("create", c.parts["event"])
		err = d.db.TransitionAppendEvent(ctx, state, event, c.options...)
		result.Stamped = []json.RawMessage{null, stamped()}
	case "validate_provenance":
		err = d.db.ValidateProvenance(ctx, evidence(c.parts["provenance"]), evidence(c.parts["confidence"]))
	default:
		return d.db.Call(ctx, document) // which the core does not know either
	}
	if c.heard != nil {
		result.Progress = &batchProgressText{c.heard.Done, c.heard.Total, c.heard.Unprocessed}
	}
	result.Stats = stats(&c.stats)
	return result, err
}

var null = json.RawMessage("null")

// evidence is a map, or nothing.
func evidence(text json.RawMessage) any {
	if text == nil {
		return nil
	}
	return native(text)
}

// groupOf is a group of a batch: its model, its keys or items, which are of one kind, and its options.
func groupOf(text json.RawMessage) (model, kind string, subjects []json.RawMessage, options []tabletheory.CallOption) {
	for _, m := range members(text) {
		switch m.name {
		case "model":
			model = read[string](m.text)
		case "put", "delete", "keys":
			if kind != "" {
				panic("a group is of one kind")
			}
			kind, subjects = m.name, read[[]json.RawMessage](m.text)
		default:
			options = append(options, option(m)...)
		}
	}
	return model, kind, subjects, options
}

func (d *driver) batchWrite(ctx context.Context, c *severalCall, result *severalText) error {
	writes := []tabletheory.Write{}
	for _, text := range c.list("writes") {
		model, kind, subjects, _ := groupOf(text)
		notes := tabletheory.ModelOf[tabletheory.Document](d.db, model)
		if kind == "delete" {
			writes = append(writes, notes.Deletes(keysOf(subjects)...))
			continue
		}
		items := []tabletheory.Document{}
		for _, subject := range subjects {
			items = append(items, asDocument(members(subject)))
		}
		writes = append(writes, notes.Puts(items))
	}
	var stamped []tabletheory.Item
	written, err := d.db.BatchWrite(ctx, writes, append(c.options, tabletheory.WithStamped(&stamped))...)
	result.Written = &written
	for _, item := range stamped {
		result.Stamped = append(result.Stamped, orNull(item))
	}
	return err
}

func (d *driver) batchGet(ctx context.Context, c *severalCall, result *severalText) error {
	reads := []tabletheory.Read{}
	list := c.list("gets")
	found := make([][]*tabletheory.Item, len(list))
	for n, text := range list {
		model, _, subjects, options := groupOf(text)
		notes := tabletheory.ModelOf[tabletheory.Item](d.db, model)
		reads = append(reads, notes.Gets(&found[n], keysOf(subjects), options...))
	}
	err := d.db.BatchGet(ctx, reads, c.options...)
	result.Results = [][]json.RawMessage{}
	for _, items := range found {
		result.Results = append(result.Results, itemsOf(items))
	}
	return err
}

func (d *driver) transact(ctx context.Context, c *severalCall, result *severalText) error {
	actions := []tabletheory.Action{}
	stamped := []func() json.RawMessage{}
	for _, text := range c.list("actions") {
		only := members(text)
		if len(only) != 1 {
			panic("an action is of one kind")
		}
		action, after := d.action(only[0].name, only[0].text)
		actions, stamped = append(actions, action), append(stamped, after)
	}
	err := d.db.Transact(ctx, actions, c.options...)
	for _, after := range stamped {
		result.Stamped = append(result.Stamped, after())
	}
	return err
}

// action is an action of a transaction, and what was stamped on its item afterwards.
func (d *driver) action(kind string, text json.RawMessage) (tabletheory.Action, func() json.RawMessage) {
	c := d.parse(text)
	if c.returns != "" {
		c.options = append(c.options, tabletheory.ReturnValues(c.returns))
	}
	if c.changes[1] != nil {
		c.options = append(c.options, tabletheory.Changes(c.changes[0], c.changes[1]))
	}
	notes := tabletheory.ModelOf[tabletheory.Document](d.db, c.model)
	var key any
	if len(c.key) > 0 {
		key = c.key[0]
	}
	nothing := func() json.RawMessage { return null }
	stamped := func() json.RawMessage { return plainItem(value(c.item), append([]string{}, d.lifecycle[c.model]...)) }
	switch kind {
	case "create":
		return notes.CreateAction(c.item, c.options...), stamped
	case "put":
		return notes.PutAction(c.item, c.options...), stamped
	case "update":
		return notes.UpdateAction(key, c.options...), nothing
	case "delete":
		return notes.DeleteAction(key, c.options...), nothing
	case "check":
		return notes.CheckAction(key, c.options...), nothing
	}
	panic("the public API has no action `" + kind + "`")
}

func (d *driver) transactGet(ctx context.Context, c *severalCall, result *severalText) error {
	gets := []tabletheory.TransactionalGet{}
	list := c.list("gets")
	found := make([]*tabletheory.Item, len(list))
	for n, text := range list {
		get := d.parse(text)
		notes := tabletheory.ModelOf[tabletheory.Item](d.db, get.model)
		gets = append(gets, notes.GetAction(&found[n], get.key[0], get.options...))
	}
	err := d.db.TransactGet(ctx, gets, c.options...)
	result.Items = itemsOf(found)
	return err
}

func keysOf(list []json.RawMessage) (keys []any) {
	for _, text := range list {
		if isObject(text) {
			keys = append(keys, asDocument(members(text)))
			continue
		}
		key := tabletheory.Key{}
		for _, value := range read[[]json.RawMessage](text) {
			key = append(key, native(value))
		}
		keys = append(keys, key)
	}
	return keys
}

func itemsOf(items []*tabletheory.Item) []json.RawMessage {
	shown := []json.RawMessage{}
	for _, item := range items {
		if item == nil {
			shown = append(shown, null)
		} else {
			shown = append(shown, plainItem(*item, nil))
		}
	}
	return shown
}

func orNull(item tabletheory.Item) json.RawMessage {
	if item == nil {
		return null
	}
	return plainItem(item, nil)
}
