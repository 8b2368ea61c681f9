package main

import (
	"context"
	"encoding/json"

	"github.com/tabletheory/tabletheory-go"
)

// pageText is the result document of a query or scan.
type pageText struct {
	Items     *[]json.RawMessage `json:"items,omitempty"`
	Cursor    *string            `json:"cursor"`
	Remaining *int64             `json:"remaining"`
	Count     int64              `json:"count"`
	Scanned   int64              `json:"scanned"`
	Pages     int                `json:"pages"`
	Progress  *progressText      `json:"progress,omitempty"`
	Stats     *statsText         `json:"stats"`
}

type progressText struct {
	Items        int64    `json:"items"`
	Pages        int      `json:"pages"`
	Scanned      int64    `json:"scanned"`
	Segments     int      `json:"segments"`
	SegmentsDone int      `json:"segments_done"`
	Capacity     *float64 `json:"capacity"`
}

// read carries out a query or scan as one page.
func (d *driver) read(ctx context.Context, document json.RawMessage) (any, error) {
	var model, op string
	var rest []member
	var key []any
	counts := false
	var heard *tabletheory.Progress
	for _, m := range members(document) {
		switch m.name {
		case "op":
			op = read[string](m.text)
		case "model":
			model = read[string](m.text)
		case "key":
			key = keyOf(m.text)
		case "count":
			counts = read[bool](m.text)
		default:
			rest = append(rest, m)
		}
	}
	notes := tabletheory.ModelOf[tabletheory.Item](d.db, model)
	query := notes.Scan()
	if op == "query" {
		query = notes.Query(key...)
	}
	query.AtMostPages(0)
	if counts {
		query.CountOnly()
	}
	cursor := ""
	for _, m := range rest {
		switch m.name {
		case "cursor":
			if cursor = read[string](m.text); cursor == "" {
				return d.db.Call(ctx, document) // which is the beginning for Page, and refused by the core
			}
		case "progress":
			if read[bool](m.text) {
				query.OnProgress(func(now tabletheory.Progress) { heard = &now })
			}
		default:
			if !d.refine(query, m) {
				// What cannot be written with the builder is for the core to refuse.
				return d.db.Call(ctx, document)
			}
		}
	}
	page, err := query.Page(ctx, cursor)
	if err != nil {
		return nil, err
	}
	if heard != nil {
		page.Progress = heard
	}
	return textOf(page, counts), nil
}

func keyOf(text json.RawMessage) (key []any) {
	if isObject(text) {
		return []any{asDocument(members(text))}
	}
	for _, value := range read[[]json.RawMessage](text) {
		key = append(key, native(value))
	}
	return key
}

// refine hands a member to the method that it stands for.
func (d *driver) refine(query *tabletheory.Query[tabletheory.Item], m member) bool {
	switch m.name {
	case "where", "filter":
		if !isObject(m.text) || len(members(m.text)) == 0 {
			return false
		}
		if m.name == "where" {
			query.Where(condition(m.text))
		} else {
			query.Filter(condition(m.text))
		}
		return true
	case "consistent", "raw", "projection":
		query.With(option(m)...)
		return true
	case "index":
		query.Index(read[string](m.text))
		return true
	case "order":
		switch read[string](m.text) {
		case "asc":
			return true
		case "desc":
			query.Descending()
			return true
		}
		return false
	}
	var number int
	if json.Unmarshal(m.text, &number) != nil {
		return false
	}
	numbers := map[string]func(int) *tabletheory.Query[tabletheory.Item]{
		"limit": query.Limit, "page_size": query.PageSize, "pages": query.AtMostPages, "segments": query.Segments, "segment": query.Segment, "parallel": query.Parallel,
	}
	if numbers[m.name] == nil || m.name == "pages" && number == 0 {
		return false
	}
	numbers[m.name](number)
	return true
}

func textOf(page *tabletheory.Page[tabletheory.Item], counts bool) *pageText {
	shown := &pageText{
		Remaining: page.Remaining, Count: page.Count, Scanned: page.Scanned, Pages: page.Pages, Stats: stats(&page.Stats),
	}
	if !counts {
		items := []json.RawMessage{}
		for _, item := range page.Items {
			items = append(items, plainItem(item, nil))
		}
		shown.Items = &items
	}
	if page.Cursor != "" {
		shown.Cursor = &page.Cursor
	}
	if now := page.Progress; now != nil {
		shown.Progress = &progressText{now.Items, now.Pages, now.Scanned, now.Segments, now.SegmentsDone, now.Capacity}
	}
	return shown
}
