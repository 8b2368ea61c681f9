package plain

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// quickCodecs do for the usual collections what the codecs made by reflection do, for less.
var quickCodecs map[reflect.Type]*codec

func init() { // the codecs look up others
	quickCodecs = map[reflect.Type]*codec{
		reflect.TypeFor[[]string]():          quick(encodeStrings, decodeStrings),
		reflect.TypeFor[map[string]string](): quick(encodeStringMap, decodeStringMap),
		reflect.TypeFor[SetOf[string]](): quick(
			func(e *encoder, set SetOf[string]) error { return encodeStringSet(e, set) },
			func(d *Decoder, set *SetOf[string]) error { return decodeStringSet(d, (*map[string]struct{})(set)) }),
		reflect.TypeFor[map[string]struct{}](): quick(encodeStringSet, decodeStringSet),
	}
}

// quick makes a codec of functions that know the type.
func quick[T any](encode func(*encoder, T) error, decode func(*Decoder, *T) error) *codec {
	return &codec{
		encode: func(e *encoder, v reflect.Value) error {
			if v.CanAddr() && v.CanInterface() {
				return encode(e, *v.Addr().Interface().(*T))
			}
			return encode(e, v.Interface().(T))
		},
		decode: func(d *Decoder, v reflect.Value) error { return decode(d, v.Addr().Interface().(*T)) },
	}
}

func (e *encoder) string(text string) (err error) {
	e.buffer, err = appendString(e.buffer, text)
	return err
}

func encodeStrings(e *encoder, list []string) error {
	if list == nil {
		return e.null()
	}
	return e.strings(list)
}

func (e *encoder) strings(list []string) error {
	e.text("[")
	for n, text := range list {
		if n > 0 {
			e.text(",")
		}
		if err := e.string(text); err != nil {
			return Within(err, strconv.Itoa(n))
		}
	}
	e.text("]")
	return nil
}

func encodeStringSet(e *encoder, set map[string]struct{}) error {
	if set == nil {
		return e.null()
	}
	var few [8]string
	list := slices.AppendSeq(few[:0], maps.Keys(set))
	slices.Sort(list)
	e.text(`{"$set":`)
	err := e.strings(list)
	e.text("}")
	return err
}

func encodeStringMap(e *encoder, values map[string]string) error {
	if values == nil {
		return e.null()
	}
	var few [8]string
	names := slices.AppendSeq(few[:0], maps.Keys(values))
	slices.Sort(names)
	return e.members(names, func(n int) error { return e.string(values[names[n]]) })
}

// text takes what decodeString does.
func (d *Decoder) textual() (string, error) {
	if d.peek() == '"' {
		return d.string()
	}
	var text string
	err := decodeString(d, reflect.ValueOf(&text).Elem())
	return text, err
}

func decodeStrings(d *Decoder, list *[]string) error {
	if ok, err := d.quickMarked(`{"$set":`, reflect.ValueOf(list).Elem(), func() error { return decodeStrings(d, list) }); ok {
		return err
	}
	switch {
	case d.Null():
		*list = nil
		return nil
	case d.mark() == "set":
		return d.marked(func() error { return decodeStrings(d, list) })
	case d.peek() != '[':
		return d.unfit(reflect.ValueOf(list).Elem())
	}
	read := make([]string, 0, 4)
	err := d.array(func(int) error {
		text, err := d.textual()
		read = append(read, text)
		return err
	})
	*list = read
	return err
}

func decodeStringSet(d *Decoder, set *map[string]struct{}) error {
	read, count := map[string]struct{}{}, 0
	element := func(int) error {
		text, err := d.textual()
		read[text] = struct{}{}
		count++
		return err
	}
	ok, err := d.quickMarked(`{"$set":`, reflect.ValueOf(set).Elem(), func() error { return d.array(element) })
	switch {
	case ok:
	case d.Null():
	case d.mark() == "set":
		err = d.marked(func() error { return d.array(element) })
	case d.peek() == '[':
		err = d.array(element)
	default:
		return d.unfit(reflect.ValueOf(set).Elem())
	}
	if err == nil && len(read) != count {
		return invalid("a set that holds an element twice")
	}
	*set = read
	return err
}

func decodeStringMap(d *Decoder, values *map[string]string) error {
	if d.Null() {
		*values = nil
		return nil
	}
	nested := d.depth > d.item
	if d.peek() != '{' || nested && d.mark() != "" {
		return d.unfit(reflect.ValueOf(values).Elem())
	}
	if *values == nil || nested {
		*values = map[string]string{}
	}
	read, names, last := *values, 0, ""
	err := d.Object(func(name string) error {
		text, err := d.textual()
		read[name] = text
		names, last = names+1, name
		return err
	})
	// A map with one member whose name begins with `$` comes with one more.
	if nested && names == 1 && strings.HasPrefix(last, "$$") {
		read[last[1:]] = read[last]
		delete(read, last)
	}
	return err
}
