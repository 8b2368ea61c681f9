package plain

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// Decode reads the next value into what a pointer points to. Members that the type does not know are passed over;
// members that the text does not have keep what was there before.
func (d *Decoder) Decode(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return invalid("Go type `%T` cannot be read into: it is no pointer, or nil", into)
	}
	c, err := codecOf(v.Type().Elem())
	if err != nil {
		return err
	}
	return c.decode(d, v.Elem())
}

// DecodeItem is Decode for an item: names that begin with `$` have no meaning at its top.
func (d *Decoder) DecodeItem(into any) error {
	d.item = d.depth
	return d.Decode(into)
}

// DecodeItems reads an array of items.
func DecodeItems[T any](d *Decoder, into *[]T) error {
	c, err := codecOf(reflect.TypeFor[T]())
	if err != nil {
		return err
	}
	d.item = d.depth + 1
	d.peek()
	items, start := []T{}, d.at
	err = d.array(func(n int) error {
		if n == 1 { // the others are likely to be as long as the first one
			items = slices.Grow(items, min((len(d.text)-start)/(d.at-start), 1<<14))
		}
		items = append(items, *new(T))
		return c.decode(d, reflect.ValueOf(&items[n]).Elem())
	})
	*into = items
	return err
}

// DecodeValue reads a whole text that is a value such as stands inside an item.
func DecodeValue(text string, into any) error {
	d := Decoder{text: text, item: -1}
	if err := d.Decode(into); err != nil {
		return err
	}
	return d.End()
}

// Decode reads a whole text.
func Decode(text string, into any) error {
	d := Decoder{text: text}
	if err := d.Decode(into); err != nil {
		return err
	}
	return d.End()
}

// unfit says that the next value is not for a type.
func (d *Decoder) unfit(v reflect.Value) error {
	found := map[byte]string{'"': "text", '{': "a map", '[': "a list", 't': "a boolean", 'f': "a boolean", 'n': "null"}[d.peek()]
	if mark := d.mark(); mark != "" {
		found = "a value of kind `" + mark + "`"
	}
	if found == "" {
		found = "a number"
	}
	return invalid("%s does not fit Go type `%s`", found, v.Type())
}

func decodeAny(d *Decoder, v reflect.Value) error {
	value, err := d.any()
	if err != nil {
		return err
	}
	if value == nil {
		v.SetZero()
	} else {
		v.Set(reflect.ValueOf(value))
	}
	return nil
}

// any reads a value of unknown type.
func (d *Decoder) any() (value any, err error) {
	switch d.peek() {
	case '"':
		return d.string()
	case '{':
		return d.anyObject()
	case '[':
		list := []any{}
		err = d.array(func(int) error {
			element, err := d.any()
			list = append(list, element)
			return err
		})
		return list, err
	case 't', 'f':
		if value, ok := d.bool(); ok {
			return value, nil
		}
		return nil, d.malformed()
	case 'n':
		if d.Null() {
			return nil, nil
		}
		return nil, d.malformed()
	}
	text, err := d.number()
	if err != nil {
		return nil, err
	}
	if number, ok := shortInt(text); ok && text != "-0" {
		return number, nil
	}
	if number, err := strconv.ParseFloat(text, 64); err == nil && short(text) && number != math.Trunc(number) {
		return number, nil
	}
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return number, nil
	}
	if whole, ok := integer(text); ok && whole.IsInt64() && text != "-0" {
		return whole.Int64(), nil // written with a fraction or an exponent
	}
	if number, ok := exactFloat(text, 64); ok {
		return number, nil
	}
	return json.Number(text), nil
}

func (d *Decoder) anyObject() (any, error) {
	switch d.mark() {
	case "":
		document := map[string]any{}
		err := decodeMap(d, reflect.ValueOf(&document).Elem(), nil)
		return document, err
	case "binary":
		return markedAs[[]byte](d)
	case "number":
		return markedAs[json.Number](d)
	case "time":
		return markedAs[time.Time](d)
	case "set":
		return d.anySet()
	}
	return nil, invalid("a value with an unknown mark")
}

func markedAs[T any](d *Decoder) (value T, err error) { return value, d.Decode(&value) }

// anySet reads a set whose type its first element tells; an empty one is a set of strings.
func (d *Decoder) anySet() (any, error) {
	ahead := *d
	first, mark := byte('"'), ""
	err := ahead.marked(func() error {
		return ahead.array(func(n int) error {
			if n == 0 {
				first, mark = ahead.peek(), ahead.mark()
			}
			return ahead.skip()
		})
	})
	switch {
	case err != nil:
		return nil, err
	case first == '"':
		return markedAs[SetOf[string]](d)
	case mark == "binary":
		return markedAs[BinarySet](d)
	}
	return markedAs[SetOf[json.Number]](d)
}

func decodeRaw(d *Decoder, v reflect.Value) error {
	text, err := d.Skip()
	v.SetString(text)
	return err
}

func decodeString(d *Decoder, v reflect.Value) error {
	var text string
	var err error
	switch c := d.peek(); {
	case c == '"':
		text, err = d.string()
	case c == '-' || c-'0' < 10:
		text, err = d.number()
	case d.Null():
	default:
		return d.unfit(v)
	}
	v.SetString(text)
	return err
}

func decodeBool(d *Decoder, v reflect.Value) error {
	value, ok := d.bool()
	if !ok && !d.Null() {
		return d.unfit(v)
	}
	v.SetBool(value)
	return nil
}

// decodeTime reads a time: RFC 3339, or seconds since 1970.
func decodeTime(d *Decoder, v reflect.Value) error {
	var at time.Time
	switch c := d.peek(); {
	case c == '"':
		text, err := d.string()
		if err != nil {
			return err
		}
		if at, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return invalid("text that is no RFC 3339 time does not fit Go type `%s`", v.Type())
		}
	case c == '-' || c-'0' < 10:
		var seconds int64
		if err := decodeInt(d, reflect.ValueOf(&seconds).Elem()); err != nil {
			return err
		}
		at = time.Unix(seconds, 0).UTC()
	case d.mark() == "time":
		return d.marked(func() error { return decodeTime(d, v) })
	case !d.Null():
		return d.unfit(v)
	}
	v.Set(reflect.ValueOf(at))
	return nil
}

func decodeText(d *Decoder, v reflect.Value) error {
	if d.Null() {
		v.SetZero()
		return nil
	}
	if d.peek() != '"' {
		return d.unfit(v)
	}
	text, err := d.string()
	if err != nil {
		return err
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
		return invalid("text does not fit Go type `%s`", v.Type())
	}
	return nil
}

func decodeBytes(d *Decoder, v reflect.Value) error {
	if d.Null() {
		v.SetZero()
		return nil
	}
	content := func() error {
		text, err := d.string()
		if err != nil {
			return err
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return invalid("binary that is not base64")
		}
		if v.Kind() == reflect.Slice {
			v.SetBytes(data)
			return nil
		}
		if len(data) != v.Len() {
			return invalid("binary of %d bytes does not fit Go type `%s`", len(data), v.Type())
		}
		reflect.Copy(v, reflect.ValueOf(data))
		return nil
	}
	if ok, err := d.quickMarked(`{"$binary":`, v, content); ok {
		return err
	}
	if d.mark() != "binary" {
		return d.unfit(v)
	}
	return d.marked(content)
}
