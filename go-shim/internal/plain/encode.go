package plain

import (
	"encoding"
	"encoding/base64"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// deepest keeps a document from exhausting the stack. What DynamoDB takes is less, and for the core to say.
const deepest = 1000

// encoder appends to a buffer. depth counts the values around the current one; open holds where they lie, to see a cycle.
type encoder struct {
	buffer []byte
	depth  int
	open   []place
}

// Append appends the plain form of a value. An item is a map or a struct at the top.
func Append(buffer []byte, value any) ([]byte, error) {
	e := encoder{buffer: buffer}
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
