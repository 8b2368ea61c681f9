// Package plain turns Go values into plain JSON, the form in which values cross the boundary, and back.
//
// A codec is built once per type; it appends text and scans text, without trees in between.
package plain

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"time"
)

// The codes of errors that are found here, before the core sees a value or after it gave one.
const (
	InvalidValue  = "ErrInvalidValue"
	PrecisionLoss = "ErrNumberPrecisionLoss"
)

// Error says what does not fit, and where.
type Error struct {
	Code    string
	Message string
	// Path is a JSON pointer from the value.
	Path string
}

func (e *Error) Error() string { return e.Message }

func invalid(format string, arguments ...any) *Error {
	return &Error{Code: InvalidValue, Message: fmt.Sprintf(format, arguments...)}
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// Within puts a segment in front of the path of an error, on the way out of nested values.
func Within(err error, segment string) error {
	if err, ok := err.(*Error); ok {
		err.Path = Pointer(segment) + err.Path
	}
	return err
}

// Pointer is the JSON pointer with these segments.
func Pointer(segments ...string) (pointer string) {
	for _, segment := range segments {
		pointer += "/" + pointerEscapes.Replace(segment)
	}
	return pointer
}

// Raw is a JSON text that is read as it stands.
type Raw string

// A codec writes and reads the values of one type.
type codec struct {
	encode func(*encoder, reflect.Value) error
	decode func(*Decoder, reflect.Value) error
	// samples are texts such as values of the type are written as; nil when there is no telling.
	samples func() []string
	// fields, when the type is a struct.
	fields []field
	// object says that values are written as objects.
	object bool
}

var (
	codecs   sync.Map // reflect.Type → *codec
	building sync.Mutex

	anyType       = reflect.TypeFor[any]()
	rawType       = reflect.TypeFor[Raw]()
	numberType    = reflect.TypeFor[json.Number]()
	timeType      = reflect.TypeFor[time.Time]()
	bigType       = reflect.TypeFor[big.Int]()
	binarySetType = reflect.TypeFor[BinarySet]()
	documentType  = reflect.TypeFor[Document]()
	jsonRawType   = reflect.TypeFor[json.RawMessage]()
	marshaler     = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshaler   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// codecOf is the codec of a type. The error names everything in the type that has no plain form.
func codecOf(t reflect.Type) (*codec, error) {
	if found, ok := codecs.Load(t); ok {
		return found.(*codec), nil
	}
	building.Lock()
	defer building.Unlock()
	b := builder{made: map[reflect.Type]*codec{}}
	made := b.codec(t, "")
	if len(b.problems) > 0 {
		return nil, invalid("%s", strings.Join(b.problems, "; "))
	}
	for t, codec := range b.made {
		codecs.LoadOrStore(t, codec)
	}
	return made, nil
}

// builder makes the codec of a type and of all types within it, which may be recursive.
type builder struct {
	made     map[reflect.Type]*codec
	problems []string
}

func (b *builder) codec(t reflect.Type, at string) *codec {
	if found, ok := codecs.Load(t); ok {
		return found.(*codec)
	}
	if found, ok := b.made[t]; ok {
		return found
	}
	c := &codec{samples: func() []string { return nil }}
	b.made[t] = c
	if !b.special(c, t) {
		b.kind(c, t, at)
	}
	if quick, ok := quickCodecs[t]; ok {
		c.encode, c.decode = quick.encode, quick.decode
	}
	return c
}

func samples(texts ...string) func() []string { return func() []string { return texts } }

// special fills in the types that are known by themselves, not by their kind.
func (b *builder) special(c *codec, t reflect.Type) bool {
	switch {
	case t == anyType:
		c.encode, c.decode = encodeAny, decodeAny
	case t == rawType:
		c.encode, c.decode = encodeRaw, decodeRaw
	case t == documentType:
		c.encode, c.decode, c.samples, c.object = encodeDocument, decodeDocument, samples("{}"), true
	case t == numberType:
		c.encode, c.decode, c.samples = encodeNumber, decodeNumber, samples("1")
	case t == timeType:
		c.encode, c.decode, c.samples = encodeTime, decodeTime, samples(`{"$time":"2001-02-03T04:05:06Z"}`)
	case t == bigType:
		c.encode, c.decode, c.samples = encodeBig, decodeBig, samples("1")
	case t.Kind() == reflect.Pointer:
		return false
	case t.Implements(marshaler) && reflect.PointerTo(t).Implements(unmarshaler):
		c.encode, c.decode = encodeText, decodeText
	case reflect.PointerTo(t).Implements(marshaler) && reflect.PointerTo(t).Implements(unmarshaler):
		c.encode, c.decode = encodeTextByAddress, decodeText
	default:
		return false
	}
	return true
}

func (b *builder) kind(c *codec, t reflect.Type, at string) {
	switch t.Kind() {
	case reflect.String:
		c.encode, c.decode = encodeString, decodeString
		c.samples = samples(`"1000"`, `"2001-02-03T04:05:06Z"`)
	case reflect.Bool:
		c.encode, c.decode, c.samples = encodeBool, decodeBool, samples("true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.encode, c.decode, c.samples = encodeInt, decodeInt, samples("1")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		c.encode, c.decode, c.samples = encodeUint, decodeUint, samples("1")
	case reflect.Float32, reflect.Float64:
		c.encode, c.decode, c.samples = encodeFloat, decodeFloat, samples("1.5", "1")
	case reflect.Pointer:
		b.pointer(c, b.codec(t.Elem(), at), t)
	case reflect.Slice, reflect.Array:
		b.sequence(c, t, at)
	case reflect.Map:
		b.mapping(c, t, at)
	case reflect.Struct:
		b.structure(c, t, at)
	default:
		b.problem(t, at, "has no plain form")
	}
}

func (b *builder) problem(t reflect.Type, at, what string) {
	if at != "" {
		at = "field `" + strings.TrimPrefix(at, ".") + "`: "
	}
	b.problems = append(b.problems, fmt.Sprintf("%sGo type `%s` %s", at, t, what))
}

func (b *builder) pointer(c, element *codec, t reflect.Type) {
	c.samples = func() []string { return element.samples() }
	c.encode = func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			return e.null()
		}
		return e.nested(v, 0, func() error { return element.encode(e, v.Elem()) })
	}
	c.decode = func(d *Decoder, v reflect.Value) error {
		if d.Null() {
			v.SetZero()
			return nil
		}
		if v.IsNil() || d.depth > d.item { // what others may hold is not written over
			v.Set(reflect.New(t.Elem()))
		}
		return element.decode(d, v.Elem())
	}
}

func (b *builder) sequence(c *codec, t reflect.Type, at string) {
	element := t.Elem()
	switch {
	case t == jsonRawType:
		b.problem(t, at, "would be taken for binary: use `any` for JSON")
		return
	case element.Kind() == reflect.Uint8 && element.PkgPath() == "":
		c.encode, c.decode, c.samples = encodeBytes, decodeBytes, samples(`{"$binary":"AAAA"}`)
		return
	}
	inner := b.codec(element, at+"[]")
	set := t == binarySetType
	c.encode = func(e *encoder, v reflect.Value) error { return encodeSequence(e, v, inner, set) }
	c.decode = func(d *Decoder, v reflect.Value) error { return decodeSequence(d, v, inner) }
	c.samples = func() []string { return around("[", inner.samples(), "]") }
}

func (b *builder) mapping(c *codec, t reflect.Type, at string) {
	if element := t.Elem(); element.Kind() == reflect.Struct && element.NumField() == 0 {
		inner := b.codec(t.Key(), at+"[]")
		c.encode = func(e *encoder, v reflect.Value) error { return encodeSet(e, v, inner) }
		c.decode = func(d *Decoder, v reflect.Value) error { return decodeSet(d, v, inner) }
		c.samples = func() []string { return around(`{"$set":[`, inner.samples(), `]}`) }
		return
	}
	if t.Key().Kind() != reflect.String {
		b.problem(t, at, "has keys that are no strings")
		return
	}
	inner := b.codec(t.Elem(), at+"{}")
	c.encode = func(e *encoder, v reflect.Value) error { return encodeMap(e, v, inner) }
	c.decode = func(d *Decoder, v reflect.Value) error { return decodeMap(d, v, inner) }
	c.samples, c.object = samples("{}"), true
}

func around(before string, inner []string, after string) (texts []string) {
	for _, sample := range inner {
		texts = append(texts, before+sample+after)
	}
	return texts
}
