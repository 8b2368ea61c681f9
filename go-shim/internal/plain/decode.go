package plain

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"
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

func lossy(v reflect.Value) error {
	return &Error{Code: PrecisionLoss, Message: "a number does not fit Go type `" + v.Type().String() + "` without loss"}
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
	first := byte('"')
	err := ahead.marked(func() error {
		return ahead.array(func(n int) error {
			if n == 0 {
				first = ahead.peek()
			}
			return ahead.skip()
		})
	})
	switch {
	case err != nil:
		return nil, err
	case first == '"':
		return markedAs[SetOf[string]](d)
	case first == '{':
		return markedAs[BinarySet](d)
	}
	return markedAs[SetOf[json.Number]](d)
}

// SetOf is a set.
type SetOf[T comparable] map[T]struct{}

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

// digits takes a number in any of the forms that it may have; null is 0.
func (d *Decoder) digits(v reflect.Value) (text string, err error) {
	switch c := d.peek(); {
	case c == '-' || c-'0' < 10:
		return d.number()
	case c == '"':
		// A number that the document calls a decimal string.
		if text, err = d.string(); err != nil {
			return "", err
		}
		inner := Decoder{text: text}
		if number, err := inner.number(); err != nil || number != text {
			return "", invalid("text that is no number does not fit Go type `%s`", v.Type())
		}
		return text, nil
	case d.mark() == "number":
		err = d.marked(func() error {
			text, err = d.digits(v)
			return err
		})
		return text, err
	case d.Null():
		return "0", nil
	}
	return "", d.unfit(v)
}

func decodeInt(d *Decoder, v reflect.Value) error {
	text, err := d.digits(v)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		whole, ok := integer(text)
		if !ok || !whole.IsInt64() {
			return lossy(v)
		}
		number = whole.Int64()
	}
	if v.OverflowInt(number) {
		return lossy(v)
	}
	v.SetInt(number)
	return nil
}

func decodeUint(d *Decoder, v reflect.Value) error {
	text, err := d.digits(v)
	if err != nil {
		return err
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		whole, ok := integer(text)
		if !ok || !whole.IsUint64() {
			return lossy(v)
		}
		number = whole.Uint64()
	}
	if v.OverflowUint(number) {
		return lossy(v)
	}
	v.SetUint(number)
	return nil
}

func decodeFloat(d *Decoder, v reflect.Value) error {
	text, err := d.digits(v)
	if err != nil {
		return err
	}
	number, ok := exactFloat(text, v.Type().Bits())
	if !ok {
		return lossy(v)
	}
	v.SetFloat(number)
	return nil
}

func decodeNumber(d *Decoder, v reflect.Value) error {
	text, err := d.digits(v)
	v.SetString(text)
	return err
}

func decodeBig(d *Decoder, v reflect.Value) error {
	text, err := d.digits(v)
	if err != nil {
		return err
	}
	number, ok := integer(text)
	if !ok {
		return lossy(v)
	}
	v.Addr().Interface().(*big.Int).Set(number)
	return nil
}

// integer is the whole number that a text holds, also when it is written with a fraction or an exponent.
func integer(text string) (*big.Int, bool) {
	if _, exponent, _ := strings.Cut(strings.ToLower(text), "e"); len(exponent) > 4 {
		return nil, false // nothing that DynamoDB stores, and costly to write out
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok || !number.IsInt() {
		return nil, false
	}
	return number.Num(), true
}

// exactFloat is the float whose shortest decimal form is the number of the text, if there is one.
func exactFloat(text string, bits int) (float64, bool) {
	number, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return 0, false
	}
	digits, exponent := decimal(text)
	back, backExponent := decimal(strconv.FormatFloat(number, 'e', -1, bits))
	return number, digits == back && exponent == backExponent
}

// decimal splits a number into its digits, without zeros around them, and the place of the point after the first.
func decimal(text string) (digits string, exponent int) {
	text = strings.TrimPrefix(text, "-")
	if e := strings.IndexAny(text, "eE"); e >= 0 {
		exponent, _ = strconv.Atoi(text[e+1:])
		text = text[:e]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	exponent += len(digits) - len(fraction)
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		exponent = 0
	}
	return digits, exponent
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
	if d.mark() != "binary" {
		return d.unfit(v)
	}
	return d.marked(func() error {
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
	})
}

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
	set := reflect.MakeMap(v.Type())
	element := func(int) error {
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

func decodeStruct(d *Decoder, v reflect.Value, fields []field, byName map[string]int) error {
	if d.Null() {
		v.SetZero()
		return nil
	}
	if d.peek() != '{' {
		return d.unfit(v)
	}
	nested, next := d.depth > d.item, 0
	if nested {
		v.SetZero()
	}
	return d.Object(func(name string) error {
		// Members mostly come in the order of the fields.
		if next == len(fields) || fields[next].name != name {
			found, ok := byName[name]
			if !ok && nested && strings.HasPrefix(name, "$$") {
				found, ok = byName[name[1:]]
			}
			if !ok {
				return d.skip()
			}
			next = found
		}
		f := &fields[next]
		next++
		value, _ := reach(v, f.index, true)
		return f.codec.decode(d, value)
	})
}
