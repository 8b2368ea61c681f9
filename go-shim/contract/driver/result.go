package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/tabletheory/tabletheory-go"
)

// result is a result document.
type result struct {
	Item    json.RawMessage    `json:"item,omitempty"`
	Stamped json.RawMessage    `json:"stamped,omitempty"`
	Table   *tabletheory.Table `json:"-"`
	Shown   *tableText         `json:"table,omitempty"`
	Created *bool              `json:"created,omitempty"`
	Deleted *bool              `json:"deleted,omitempty"`
	Stats   *statsText         `json:"stats,omitempty"`
}

// MarshalJSON shows the table as result documents do.
func (r result) MarshalJSON() ([]byte, error) {
	type shown result
	if r.Table != nil {
		r.Shown = tableOf(r.Table)
	}
	return json.Marshal(shown(r))
}

// item sets the member `item`; nil is null or left out.
func (r *result) item(item *tabletheory.Item, null bool) {
	switch {
	case item != nil:
		r.Item = plainItem(*item, nil)
	case null:
		r.Item = json.RawMessage("null")
	}
}

func (r *result) stamped(item tabletheory.Item, attributes []string) {
	r.Stamped = plainItem(item, append([]string{}, attributes...))
}

// plainItem is an item in plain JSON; with names, only those.
func plainItem(item tabletheory.Item, only []string) json.RawMessage {
	var text bytes.Buffer
	text.WriteByte('{')
	names := []string{}
	for name := range item {
		if only == nil || slices.Contains(only, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for n, name := range names {
		if n > 0 {
			text.WriteByte(',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			panic(err)
		}
		value, err := tabletheory.MarshalPlain(item[name])
		if err != nil {
			panic(err)
		}
		text.Write(quoted)
		text.WriteByte(':')
		text.Write(value)
	}
	text.WriteByte('}')
	return text.Bytes()
}

type statsText struct {
	Attempts  int           `json:"attempts"`
	Retries   int           `json:"retries"`
	WaitedMS  int64         `json:"waited_ms"`
	RequestID string        `json:"request_id,omitempty"`
	Capacity  *capacityText `json:"capacity"`
}

type capacityText struct {
	Total float64  `json:"total"`
	Read  *float64 `json:"read"`
	Write *float64 `json:"write"`
	Table string   `json:"table,omitempty"`
}

func stats(s *tabletheory.Stats) *statsText {
	shown := &statsText{s.Attempts, s.Retries, s.WaitedMillis, s.RequestID, nil}
	if s.Capacity != nil {
		shown.Capacity = (*capacityText)(s.Capacity)
	}
	return shown
}

type tableText struct {
	Name    string                   `json:"name"`
	Status  string                   `json:"status"`
	Created *string                  `json:"created"`
	Items   *int64                   `json:"items"`
	Bytes   *int64                   `json:"bytes"`
	Keys    tabletheory.TableKeys    `json:"keys"`
	Indexes []tabletheory.TableIndex `json:"indexes"`
	TTL     *string                  `json:"ttl"`
	ARN     *string                  `json:"arn"`
}

func tableOf(t *tabletheory.Table) *tableText {
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	shown := &tableText{Name: t.Name, Status: t.Status, Items: t.Items, Bytes: t.Bytes, Keys: t.Keys, Indexes: t.Indexes, TTL: optional(t.TTL), ARN: optional(t.ARN)}
	if !t.Created.IsZero() {
		shown.Created = optional(t.Created.Format("2006-01-02T15:04:05.000000000Z"))
	}
	return shown
}

// errorText is an error document.
type errorText struct {
	Code      tabletheory.Code          `json:"code"`
	Codes     []tabletheory.Code        `json:"codes"`
	Message   string                    `json:"message"`
	Path      string                    `json:"path,omitempty"`
	Hint      string                    `json:"hint,omitempty"`
	Retryable bool                      `json:"retryable"`
	Outcome   tabletheory.Outcome       `json:"outcome"`
	RequestID string                    `json:"request_id,omitempty"`
	Status    int                       `json:"status,omitempty"`
	Service   *tabletheory.ServiceError `json:"service,omitempty"`
	Item      json.RawMessage           `json:"item,omitempty"`
	Batch     map[string]any            `json:"batch,omitempty"`
	Reasons   []reasonText              `json:"reasons,omitempty"`
	Problems  []tabletheory.Problem     `json:"problems,omitempty"`
	Stats     *statsText                `json:"stats,omitempty"`
}

type reasonText struct {
	Index   int                       `json:"index"`
	Code    tabletheory.Code          `json:"code"`
	Codes   []tabletheory.Code        `json:"codes"`
	Message string                    `json:"message"`
	Path    string                    `json:"path"`
	Service *tabletheory.ServiceError `json:"service,omitempty"`
	Item    json.RawMessage           `json:"item,omitempty"`
}

func batchOf(b *tabletheory.Batch) map[string]any {
	if b == nil {
		return nil
	}
	shown := map[string]any{}
	for name, list := range map[string][]tabletheory.Position{
		"written": b.Written, "unwritten": b.Unwritten, "unknown": b.Unknown, "read": b.Read, "unread": b.Unread,
	} {
		if list != nil {
			shown[name] = list
		}
	}
	if b.Results != "" {
		shown["results"] = json.RawMessage(b.Results)
	}
	return shown
}

func reasonsOf(list []tabletheory.Reason) (shown []reasonText) {
	for _, r := range list {
		shown = append(shown, reasonText{r.Index, r.Code, r.Codes, r.Message, r.Path, r.Service, json.RawMessage(r.Item)})
	}
	return shown
}

func errorDocument(err error) *errorText {
	var e *tabletheory.Error
	if !errors.As(err, &e) {
		panic("an error that is not the library's: " + err.Error())
	}
	shown := &errorText{
		Code: e.Code, Codes: e.Codes, Message: e.Message, Path: e.Path, Hint: e.Hint, Retryable: e.Retryable, Outcome: e.Outcome,
		RequestID: e.RequestID, Status: e.Status, Service: e.Service, Problems: e.Problems,
		Batch: batchOf(e.Batch), Reasons: reasonsOf(e.Reasons),
	}
	if e.Stats != nil {
		shown.Stats = stats(e.Stats)
	}
	item, err := tabletheory.OldItem[tabletheory.Item](e)
	if err != nil {
		panic(err)
	}
	if item != nil {
		shown.Item = plainItem(*item, nil)
	}
	return shown
}
