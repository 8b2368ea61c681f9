package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// condition is the condition that a tree stands for.
func condition(tree json.RawMessage) tabletheory.Condition {
	var parts []tabletheory.Condition
	for _, m := range members(tree) {
		join := map[string]func(...tabletheory.Condition) tabletheory.Condition{"$and": tabletheory.And, "$or": tabletheory.Or}[m.name]
		if join != nil {
			if list := conditions(m.text); len(list) != 1 {
				parts = append(parts, join(list...))
			} else {
				// One alone is the condition itself for And and Or.
				parts = append(parts, tabletheory.ConditionTree(fmt.Sprintf(`{%q:%s}`, m.name, m.text)))
			}
			continue
		}
		switch m.name {
		case "$not":
			parts = append(parts, tabletheory.Not(condition(m.text)))
		default:
			parts = append(parts, comparisons(tabletheory.Attr(m.name), m.text)...)
		}
	}
	return tabletheory.And(parts...)
}

func conditions(text json.RawMessage) (list []tabletheory.Condition) {
	for _, tree := range read[[]json.RawMessage](text) {
		list = append(list, condition(tree))
	}
	return list
}

// comparisons are those of one path: an object of operators, or a value for `eq`.
func comparisons(path tabletheory.Path, text json.RawMessage) (list []tabletheory.Condition) {
	if !isObject(text) {
		return []tabletheory.Condition{path.EQ(native(text))}
	}
	for _, m := range members(text) {
		list = append(list, comparison(path, m))
	}
	return list
}

func comparison(path tabletheory.Path, m member) tabletheory.Condition {
	switch m.name {
	case "eq":
		return path.EQ(operand(m.text))
	case "ne":
		return path.NE(operand(m.text))
	case "lt":
		return path.LT(operand(m.text))
	case "lte":
		return path.LTE(operand(m.text))
	case "gt":
		return path.GT(operand(m.text))
	case "gte":
		return path.GTE(operand(m.text))
	case "begins_with":
		return path.BeginsWith(operand(m.text))
	case "contains":
		return path.Contains(operand(m.text))
	case "not_contains":
		return path.NotContains(operand(m.text))
	case "between":
		if bounds := operands(m.text); len(bounds) == 2 {
			return path.Between(bounds[0], bounds[1])
		}
		// Other numbers of operands do not compile with Between: they can only come as a tree.
		return tabletheory.ConditionTree(fmt.Sprintf(`{%q:{"between":%s}}`, path, m.text))
	case "in":
		return path.In(operands(m.text)...)
	case "type":
		return path.Type(read[string](m.text))
	case "exists":
		if read[bool](m.text) {
			return path.Exists()
		}
		return path.NotExists()
	case "size":
		return size(path.Size(), m.text)
	}
	panic(fmt.Sprintf("the public API has no operator `%s`", m.name))
}

func size(s tabletheory.Size, text json.RawMessage) tabletheory.Condition {
	if !isObject(text) {
		return s.EQ(operand(text))
	}
	var list []tabletheory.Condition
	for _, m := range members(text) {
		simple := map[string]func(any) tabletheory.Condition{"eq": s.EQ, "ne": s.NE, "lt": s.LT, "lte": s.LTE, "gt": s.GT, "gte": s.GTE}[m.name]
		switch {
		case simple != nil:
			list = append(list, simple(operand(m.text)))
		case m.name == "between" && len(operands(m.text)) == 2:
			list = append(list, s.Between(operands(m.text)[0], operands(m.text)[1]))
		case m.name == "in":
			list = append(list, s.In(operands(m.text)...))
		default:
			panic(fmt.Sprintf("the public API has no such operator `%s` of a size", m.name))
		}
	}
	return tabletheory.And(list...)
}

func operands(text json.RawMessage) (list []any) {
	for _, value := range read[[]json.RawMessage](text) {
		list = append(list, operand(value))
	}
	return list
}

// operand is a value, or what stands for something that is stored.
func operand(text json.RawMessage) any {
	if !isObject(text) {
		return native(bytes.TrimSpace(text))
	}
	only := members(text)
	if len(only) != 1 {
		return native(text)
	}
	pair := func(make func(a, b any) tabletheory.Operand) any {
		if both := operands(only[0].text); len(both) == 2 {
			return make(both[0], both[1])
		}
		panic("an operand of two has another number of them")
	}
	switch only[0].name {
	case "$path":
		return tabletheory.Attr(read[string](only[0].text))
	case "$size":
		return tabletheory.Attr(read[string](only[0].text)).Size()
	case "$plus":
		return pair(tabletheory.Plus)
	case "$minus":
		return pair(tabletheory.Minus)
	case "$list_append":
		return pair(tabletheory.Joined)
	case "$if_not_exists":
		return pair(func(path, value any) tabletheory.Operand {
			return tabletheory.IfNotExists(path.(string), value)
		})
	}
	return native(text)
}
