package plain

import (
	"reflect"
	"slices"
	"strings"
)

// field is one member of a struct as an attribute.
type field struct {
	name      string
	quoted    string // `"name":`
	goName    string
	index     []int
	omitEmpty bool
	codec     *codec
}

func (b *builder) structure(c *codec, t reflect.Type, at string) {
	byName := map[string]int{}
	b.collect(c, t, at, nil, byName)
	c.samples, c.object = samples("{}"), true
	escapes := slices.ContainsFunc(c.fields, func(f field) bool { return strings.HasPrefix(f.name, "$") })
	c.encode = func(e *encoder, v reflect.Value) error { return encodeStruct(e, v, c.fields, escapes && e.depth > 0) }
	m := &members{fields: c.fields, byName: byName}
	m.remember()
	c.decode = func(d *Decoder, v reflect.Value) error { return decodeStruct(d, v, m) }
}

// collect gathers the fields of a struct and of the structs embedded in it. An outer field hides an embedded one.
func (b *builder) collect(c *codec, t reflect.Type, at string, index []int, byName map[string]int) {
	var embedded []reflect.StructField
	for n := range t.NumField() {
		f := t.Field(n)
		name, omitEmpty, ignored := tags(f)
		target := f.Type
		if target.Kind() == reflect.Pointer {
			target = target.Elem()
		}
		switch {
		case ignored:
		case f.Anonymous && name == "" && target.Kind() == reflect.Struct && target != timeType && (f.IsExported() || f.Type == target):
			embedded = append(embedded, f)
		case f.IsExported():
			if name == "" {
				name = f.Name
			}
			path := append(slices.Clone(index), n)
			if before, ok := byName[name]; ok {
				if len(c.fields[before].index) == len(path) {
					b.problem(t, at, "has two fields for `"+name+"`")
				}
				continue
			}
			quoted, _ := appendString(nil, name)
			byName[name] = len(c.fields)
			c.fields = append(c.fields, field{name, string(quoted) + ":", f.Name, path, omitEmpty, b.codec(f.Type, at+"."+f.Name)})
		}
	}
	for _, f := range embedded {
		target := f.Type
		if target.Kind() == reflect.Pointer {
			target = target.Elem()
		}
		b.collect(c, target, at, append(slices.Clone(index), f.Index...), byName)
	}
}

// tags reads the first of the tags that a field has.
func tags(f reflect.StructField) (name string, omitEmpty, ignored bool) {
	for _, key := range []string{"tabletheory", "dynamodbav", "json"} {
		if tag, ok := f.Tag.Lookup(key); ok {
			name, options, _ := strings.Cut(tag, ",")
			return name, slices.Contains(strings.Split(options, ","), "omitempty"), tag == "-"
		}
	}
	return "", false, false
}

// reach is the field of a struct; embedded nil pointers are filled when make is set, otherwise the field is not there.
func reach(v reflect.Value, index []int, make bool) (reflect.Value, bool) {
	if len(index) == 1 {
		return v.Field(index[0]), true
	}
	for n, i := range index {
		if n > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !make {
					return v, false
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Array, reflect.Struct:
		return v.Kind() == reflect.Struct && v.Type() == timeType && v.IsZero()
	}
	return v.IsZero()
}

// A Field is what a struct has for one attribute.
type Field struct {
	// Attribute is the name that it is written with, Name that of the Go field.
	Attribute, Name string
	// Type is the Go type, as it is spelled.
	Type string
	// Samples are texts such as its values are written as; empty when there is no telling.
	Samples []string
}

// FieldsOf lists the fields of a struct type; none for other types. The error names everything that has no plain form.
func FieldsOf(t reflect.Type) ([]Field, error) {
	c, err := codecOf(t)
	if err != nil {
		return nil, err
	}
	fields := make([]Field, len(c.fields))
	for n, f := range c.fields {
		kind := t.FieldByIndex(f.index).Type
		fields[n] = Field{f.name, f.goName, kind.String(), f.codec.samples()}
	}
	return fields, nil
}
