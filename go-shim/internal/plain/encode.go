package plain

import (
	"encoding"
	"encoding/base64"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// BinarySet is a set of byte strings, as untyped reads give it.
type BinarySet [][]byte

// deepest keeps a document from exhausting the stack. What DynamoDB takes is less, and for the core to say.
const deepest = 1000

// encoder appends to a buffer. depth counts the values around the current one; open holds where they lie, to see a cycle.
type encoder struct {
	buffer []byte
	depth  int
	open   []place
	// only, unless nil, are the members to be written at the top.
	only []string
}

type place struct {
	address uintptr
	length  int
}

// Append appends the plain form of a value. An item is a map or a struct at the top.
func Append(buffer []byte, value any) ([]byte, error) {
	e := encoder{buffer: buffer}
	err := e.any(value)
	return e.buffer, err
}

// AppendOnly is Append with nothing but the named members.
func AppendOnly(buffer []byte, value any, names []string) ([]byte, error) {
	e := encoder{buffer: buffer, only: names}
	err := e.any(value)
	return e.buffer, err
}

// IsItem says whether a value is written as an object: a struct or a map, or a pointer to one.
func IsItem(value any) bool {
	if value == nil {
		return false
	}
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	c, err := codecOf(t)
	return err == nil && c.object
}

// AppendValue is Append for a value that stands inside an item: one-member maps with `$` are escaped.
func AppendValue(buffer []byte, value any) ([]byte, error) {
	e := encoder{buffer: buffer, depth: 1}
	err := e.any(value)
	return e.buffer, err
}

// AppendString appends a JSON string.
func AppendString(buffer []byte, text string) ([]byte, error) { return appendString(buffer, text) }

func (e *encoder) text(text string) { e.buffer = append(e.buffer, text...) }

func (e *encoder) null() error {
	e.text("null")
	return nil
}

// nested encodes what lies behind an address.
func (e *encoder) nested(address uintptr, length int, encode func() error) error {
	here := place{address, length}
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

// any encodes a value of unknown type; the usual ones without reflection.
func (e *encoder) any(value any) (err error) {
	switch value := value.(type) {
	case nil:
		return e.null()
	case string:
		e.buffer, err = appendString(e.buffer, value)
		return err
	case bool:
		e.buffer = strconv.AppendBool(e.buffer, value)
		return nil
	case int:
		e.buffer = strconv.AppendInt(e.buffer, int64(value), 10)
		return nil
	case int64:
		e.buffer = strconv.AppendInt(e.buffer, value, 10)
		return nil
	}
	v := reflect.ValueOf(value)
	c, err := codecOf(v.Type())
	if err != nil {
		return err
	}
	return c.encode(e, v)
}

func encodeAny(e *encoder, v reflect.Value) error { return e.any(v.Interface()) }

func encodeRaw(e *encoder, v reflect.Value) error {
	e.text(v.String())
	return nil
}

func encodeString(e *encoder, v reflect.Value) (err error) {
	e.buffer, err = appendString(e.buffer, v.String())
	return err
}

func encodeBool(e *encoder, v reflect.Value) error {
	e.buffer = strconv.AppendBool(e.buffer, v.Bool())
	return nil
}

func encodeInt(e *encoder, v reflect.Value) error {
	e.buffer = strconv.AppendInt(e.buffer, v.Int(), 10)
	return nil
}

func encodeUint(e *encoder, v reflect.Value) error {
	e.buffer = strconv.AppendUint(e.buffer, v.Uint(), 10)
	return nil
}

func encodeFloat(e *encoder, v reflect.Value) error {
	float := v.Float()
	if math.IsNaN(float) || math.IsInf(float, 0) {
		return invalid("not a finite number")
	}
	e.buffer = strconv.AppendFloat(e.buffer, float, 'g', -1, v.Type().Bits())
	return nil
}

func encodeNumber(e *encoder, v reflect.Value) error {
	text := v.String()
	if text == "" {
		text = "0" // the zero value
	}
	d := Decoder{text: text}
	if number, err := d.number(); err != nil || number != text {
		return invalid("not a number")
	}
	e.text(text)
	return nil
}

func encodeBig(e *encoder, v reflect.Value) error {
	if v.CanAddr() {
		e.buffer = v.Addr().Interface().(*big.Int).Append(e.buffer, 10)
		return nil
	}
	number := v.Interface().(big.Int)
	e.buffer = number.Append(e.buffer, 10)
	return nil
}

// encodeTime writes a time; the zero time stands for none.
func encodeTime(e *encoder, v reflect.Value) error {
	at := v.Interface().(time.Time)
	if at.IsZero() {
		return e.null()
	}
	at = at.UTC()
	if year := at.Year(); year < 0 || year > 9999 {
		return invalid("a time whose year has not four digits")
	}
	e.text(`{"$time":"`)
	e.buffer = at.AppendFormat(e.buffer, time.RFC3339Nano)
	e.text(`"}`)
	return nil
}

func encodeText(e *encoder, v reflect.Value) error {
	return e.marshal(v.Interface().(encoding.TextMarshaler))
}

func encodeTextByAddress(e *encoder, v reflect.Value) error {
	if !v.CanAddr() {
		there := reflect.New(v.Type())
		there.Elem().Set(v)
		v = there.Elem()
	}
	return e.marshal(v.Addr().Interface().(encoding.TextMarshaler))
}

func (e *encoder) marshal(value encoding.TextMarshaler) error {
	text, err := value.MarshalText()
	if err != nil {
		return invalid("`%T` does not give its text", value)
	}
	e.buffer, err = appendString(e.buffer, string(text))
	return err
}

func encodeBytes(e *encoder, v reflect.Value) error {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return e.null()
	}
	if v.Kind() == reflect.Array && !v.CanAddr() {
		there := reflect.New(v.Type()).Elem()
		there.Set(v)
		v = there
	}
	e.text(`{"$binary":"`)
	e.buffer = base64.StdEncoding.AppendEncode(e.buffer, v.Bytes())
	e.text(`"}`)
	return nil
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
	return e.nested(v.Pointer(), v.Len(), func() error { return e.elements(v, inner) })
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
	return e.nested(v.Pointer(), -1, func() error {
		keys := make([]string, 0, v.Len())
		member := func(key string) error {
			return inner.encode(e, v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key())))
		}
		if untyped, ok := v.Interface().(map[string]any); ok {
			keys = slices.AppendSeq(keys, maps.Keys(untyped))
			member = func(key string) error { return e.any(untyped[key]) }
		} else {
			for _, key := range v.MapKeys() {
				keys = append(keys, key.String())
			}
		}
		if e.only != nil && e.depth == 0 {
			keys = slices.DeleteFunc(keys, func(key string) bool { return !slices.Contains(e.only, key) })
		}
		slices.Sort(keys)
		return e.members(keys, member)
	})
}

func (e *encoder) members(keys []string, member func(string) error) (err error) {
	escape := e.depth > 0 && len(keys) == 1 && strings.HasPrefix(keys[0], "$")
	e.depth++
	defer func() { e.depth-- }()
	e.text("{")
	for n, key := range keys {
		if n > 0 {
			e.text(",")
		}
		written := key
		if escape {
			written = "$" + key
		}
		if e.buffer, err = appendString(e.buffer, written); err != nil {
			return err
		}
		e.text(":")
		if err := member(key); err != nil {
			return Within(err, key)
		}
	}
	e.text("}")
	return nil
}

func encodeStruct(e *encoder, v reflect.Value, fields []field, escapes bool) error {
	start, members, only := len(e.buffer)+1, 0, e.only
	if e.depth > 0 {
		only = nil
	}
	e.depth++
	defer func() { e.depth-- }()
	e.text("{")
	for n := range fields {
		f := &fields[n]
		value, ok := reach(v, f.index, false)
		if !ok || f.omitEmpty && empty(value) || only != nil && !slices.Contains(only, f.name) {
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

const hex = "0123456789abcdef"

// appendString appends a JSON string. Text that is not UTF-8 is an error: the core would refuse it without saying where.
func appendString(buffer []byte, text string) ([]byte, error) {
	buffer = append(buffer, '"')
	start, ascii := 0, true
	for n := 0; n < len(text); n++ {
		c := text[n]
		if c >= utf8.RuneSelf {
			ascii = false
		}
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		buffer = append(buffer, text[start:n]...)
		if c < ' ' {
			buffer = append(buffer, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			buffer = append(buffer, '\\', c)
		}
		start = n + 1
	}
	if !ascii && !utf8.ValidString(text) {
		return buffer, invalid("text that is not UTF-8")
	}
	return append(append(buffer, text[start:]...), '"'), nil
}
