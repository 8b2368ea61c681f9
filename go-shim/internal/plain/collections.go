package plain

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// BinarySet is a set of byte strings, as untyped reads give it.
type BinarySet [][]byte

// place is where a map, a slice or what a pointer points to lies.
type place struct {
	address uintptr
	length  int
	kind    reflect.Type
}

// nested encodes what lies behind a reference.
func (e *encoder) nested(v reflect.Value, length int, encode func() error) error {
	here := place{v.Pointer(), length, v.Type()}
	if slices.Contains(e.open, here) {
		return invalid("the value contains itself")
	}
	if len(e.open) > deepest {
		return invalid("the value is nested too deeply to be written down")
	}
	e.open = append(e.open, here)
	err := encode()
	e.open = e.open[:len(e.open)-1]
	return err
}

func encodeSequence(e *encoder, v reflect.Value, inner *codec, set bool) error {
	if v.Kind() == reflect.Array {
		return e.elements(v, inner)
	}
	if v.IsNil() {
		return e.null()
	}
	if set {
		e.text(`{"$set":`)
		defer func() { e.text("}") }()
	}
	if v.Len() == 0 {
		e.text("[]")
		return nil
	}
	return e.nested(v, v.Len(), func() error { return e.elements(v, inner) })
}

func (e *encoder) elements(v reflect.Value, inner *codec) error {
	e.depth++
	defer func() { e.depth-- }()
	e.text("[")
	for n := range v.Len() {
		if n > 0 {
			e.text(",")
		}
		if err := inner.encode(e, v.Index(n)); err != nil {
			return Within(err, strconv.Itoa(n))
		}
	}
	e.text("]")
	return nil
}

// encodeSet writes the elements in the order of their texts: the same set always gives the same bytes.
func encodeSet(e *encoder, v reflect.Value, inner *codec) error {
	if v.IsNil() {
		return e.null()
	}
	texts := make([]string, 0, v.Len())
	for each := v.MapRange(); each.Next(); {
		start := len(e.buffer)
		if err := inner.encode(e, each.Key()); err != nil {
			return err
		}
		texts = append(texts, string(e.buffer[start:]))
		e.buffer = e.buffer[:start]
	}
	slices.Sort(texts)
	e.text(`{"$set":[`)
	for n, text := range texts {
		if n > 0 {
			e.text(",")
		}
		e.text(text)
	}
	e.text("]}")
	return nil
}

func encodeMap(e *encoder, v reflect.Value, inner *codec) error {
	if v.IsNil() {
		return e.null()
	}
	return e.nested(v, -1, func() error {
		keys := make([]string, 0, v.Len())
		member := func(n int) error {
			return inner.encode(e, v.MapIndex(reflect.ValueOf(keys[n]).Convert(v.Type().Key())))
		}
		if untyped, ok := v.Interface().(map[string]any); ok {
			keys = slices.AppendSeq(keys, maps.Keys(untyped))
			member = func(n int) error { return e.any(untyped[keys[n]]) }
		} else {
			for _, key := range v.MapKeys() {
				keys = append(keys, key.String())
			}
		}
		slices.Sort(keys)
		return e.members(keys, member)
	})
}

// members writes an object; member writes the n-th value.
func (e *encoder) members(names []string, member func(n int) error) (err error) {
	escape := e.depth > 0 && len(names) == 1 && strings.HasPrefix(names[0], "$")
	e.depth++
	defer func() { e.depth-- }()
	e.text("{")
	for n, name := range names {
		if n > 0 {
			e.text(",")
		}
		written := name
		if escape {
			written = "$" + name
		}
		if e.buffer, err = appendString(e.buffer, written); err != nil {
			return err
		}
		e.text(":")
		if err := member(n); err != nil {
			return Within(err, name)
		}
	}
	e.text("}")
	return nil
}

func encodeStruct(e *encoder, v reflect.Value, fields []field, escapes bool) error {
	start, members := len(e.buffer)+1, 0
	e.depth++
	defer func() { e.depth-- }()
	e.text("{")
	for n := range fields {
		f := &fields[n]
		value, ok := reach(v, f.index, false)
		if !ok || f.omitEmpty && empty(value) {
			continue
		}
		if members > 0 {
			e.text(",")
		}
		members++
		e.text(f.quoted)
		if err := f.codec.encode(e, value); err != nil {
			return Within(err, f.name)
		}
	}
	e.text("}")
	if escapes && members == 1 && e.buffer[start+1] == '$' {
		e.buffer = slices.Insert(e.buffer, start+1, '$')
	}
	return nil
}

// SetOf is a set.
type SetOf[T comparable] map[T]struct{}

func decodeSequence(d *Decoder, v reflect.Value, inner *codec) error {
	switch {
	case d.Null():
		v.SetZero()
		return nil
	case d.mark() == "set":
		return d.marked(func() error { return decodeSequence(d, v, inner) })
	case d.peek() != '[':
		return d.unfit(v)
	}
	count, list := 0, v
	if v.Kind() == reflect.Slice {
		list = reflect.New(v.Type()).Elem()
		list.Set(reflect.MakeSlice(v.Type(), 0, 4))
	}
	err := d.array(func(n int) error {
		if count++; v.Kind() == reflect.Array {
			if n >= v.Len() {
				return invalid("more elements than Go type `%s` has", v.Type())
			}
			return inner.decode(d, v.Index(n))
		}
		if n == list.Cap() {
			list.Grow(1)
		}
		list.SetLen(n + 1)
		return inner.decode(d, list.Index(n))
	})
	if err == nil && v.Kind() == reflect.Array && count != v.Len() {
		return invalid("fewer elements than Go type `%s` has", v.Type())
	}
	if v.Kind() == reflect.Slice {
		v.Set(list)
	}
	return err
}

func decodeSet(d *Decoder, v reflect.Value, inner *codec) error {
	set, count := reflect.MakeMap(v.Type()), 0
	element := func(int) error {
		count++
		key := reflect.New(v.Type().Key()).Elem()
		if err := inner.decode(d, key); err != nil {
			return err
		}
		set.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		return nil
	}
	var err error
	switch {
	case d.Null():
	case d.mark() == "set":
		err = d.marked(func() error { return d.array(element) })
	case d.peek() == '[':
		err = d.array(element)
	default:
		return d.unfit(v)
	}
	if err == nil && set.Len() != count {
		return invalid("a set that holds an element twice")
	}
	v.Set(set)
	return err
}

func decodeMap(d *Decoder, v reflect.Value, inner *codec) error {
	if d.Null() {
		v.SetZero()
		return nil
	}
	if d.peek() != '{' || d.depth > d.item && d.mark() != "" {
		return d.unfit(v)
	}
	nested := d.depth > d.item
	if v.IsNil() || nested {
		v.Set(reflect.MakeMap(v.Type()))
	}
	names := 0
	last := ""
	err := d.Object(func(name string) error {
		names, last = names+1, name
		return decodeMember(d, v, name, inner)
	})
	// A map with one member whose name begins with `$` comes with one more.
	if nested && names == 1 && strings.HasPrefix(last, "$$") {
		key := reflect.ValueOf(last).Convert(v.Type().Key())
		v.SetMapIndex(reflect.ValueOf(last[1:]).Convert(v.Type().Key()), v.MapIndex(key))
		v.SetMapIndex(key, reflect.Value{})
	}
	return err
}

func decodeMember(d *Decoder, v reflect.Value, name string, inner *codec) error {
	if untyped, ok := v.Interface().(map[string]any); ok {
		value, err := d.any()
		untyped[name] = value
		return err
	}
	value := reflect.New(v.Type().Elem()).Elem()
	if err := inner.decode(d, value); err != nil {
		return err
	}
	v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), value)
	return nil
}

// members finds the fields of a struct by the names of the members of a text. These mostly come in the same order from item to item,
// so which field followed which is remembered, and the name only compared.
type members struct {
	fields []field
	byName map[string]int
	// follows is the field that followed field n, at n+1; at 0 the first.
	follows []atomic.Int32
}

func (m *members) remember() {
	m.follows = make([]atomic.Int32, len(m.fields)+1)
	for n := range m.follows {
		m.follows[n].Store(int32(n))
	}
}

// next takes the name of the next member; the field is -1 when there is none of this name.
func (m *members) next(d *Decoder, before int, nested bool) (found int, err error) {
	if found = int(m.follows[before+1].Load()); found < len(m.fields) && d.prefix(m.fields[found].quoted) {
		return found, nil
	}
	name, err := d.string()
	if err != nil || !d.take(':') {
		return -1, d.malformed()
	}
	found, ok := m.byName[name]
	if !ok && nested && strings.HasPrefix(name, "$$") {
		found, ok = m.byName[name[1:]]
	}
	if !ok {
		if err := d.skip(); err != nil {
			return -1, Within(err, name)
		}
		return -1, nil
	}
	m.follows[before+1].Store(int32(found))
	return found, nil
}

func decodeStruct(d *Decoder, v reflect.Value, m *members) error {
	if d.Null() {
		v.SetZero()
		return nil
	}
	if d.peek() != '{' {
		return d.unfit(v)
	}
	nested, last := d.depth > d.item, -1
	if nested {
		v.SetZero()
	}
	return d.list('{', '}', func(int) error {
		found, err := m.next(d, last, nested)
		if err != nil || found < 0 {
			return err
		}
		last = found
		f := &m.fields[found]
		value, _ := reach(v, f.index, true)
		if err := f.codec.decode(d, value); err != nil {
			return Within(err, f.name)
		}
		return nil
	})
}

// Document is an item or a map whose members keep their order, which a Go map does not.
type Document []Member

// Member is one member of a [Document].
type Member struct {
	Name  string
	Value any
}

func encodeDocument(e *encoder, v reflect.Value) error {
	document := v.Interface().(Document)
	if document == nil {
		return e.null()
	}
	names := make([]string, len(document))
	for n := range document {
		names[n] = document[n].Name
	}
	return e.nested(v, v.Len(), func() error {
		return e.members(names, func(n int) error { return e.any(document[n].Value) })
	})
}

func decodeDocument(d *Decoder, v reflect.Value) error {
	if d.Null() {
		v.SetZero()
		return nil
	}
	nested := d.depth > d.item
	if d.peek() != '{' || nested && d.mark() != "" {
		return d.unfit(v)
	}
	document := Document{}
	if !nested {
		document = append(document, v.Interface().(Document)...)
	}
	err := d.Object(func(name string) error {
		value, err := d.any()
		known := slices.IndexFunc(document, func(m Member) bool { return m.Name == name })
		if known < 0 {
			document = append(document, Member{name, value})
		} else {
			document[known].Value = value
		}
		return err
	})
	if nested && len(document) == 1 && strings.HasPrefix(document[0].Name, "$$") {
		document[0].Name = document[0].Name[1:]
	}
	v.Set(reflect.ValueOf(document))
	return err
}
