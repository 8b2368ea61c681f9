package plain

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

type label string

type address struct {
	Street string `json:"street"`
	Zip    *int   `json:"zip,omitempty"`
}

type stamps struct {
	Created time.Time `tabletheory:"created,omitempty"`
}

type everything struct {
	stamps
	Text    string             `tabletheory:"text"`
	Label   label              `dynamodbav:"label" json:"other"`
	Int     int8               `json:"int"`
	Uint    uint64             `json:"uint"`
	Float   float64            `json:"float"`
	Small   float32            `json:"small"`
	Yes     bool               `json:"yes"`
	Bytes   []byte             `json:"bytes"`
	Fixed   [3]byte            `json:"fixed"`
	Number  json.Number        `json:"number"`
	Big     *big.Int           `json:"big"`
	When    time.Time          `json:"when"`
	Pointer *string            `json:"pointer"`
	Map     map[string]address `json:"map"`
	List    []address          `json:"list"`
	Pair    [2]int             `json:"pair"`
	Tags    map[string]struct{}
	Numbers SetOf[int]
	Blobs   BinarySet
	Any     any
	IP      netip.Addr
	Left    string `tabletheory:"-"`
}

const everythingText = `{"text":"h\"i\u000a\u0001é","label":"l","int":-8,"uint":18446744073709551615,"float":0.1,"small":0.1,"yes":true,` +
	`"bytes":{"$binary":"AAEC"},"fixed":{"$binary":"BwgJ"},"number":1.50,"big":123456789012345678901234567890,` +
	`"when":{"$time":"2026-01-02T03:04:05.6Z"},"pointer":"p","map":{"a":{"street":"s"},"b":{"street":"","zip":7}},` +
	`"list":[{"street":"x"}],"pair":[1,2],"Tags":{"$set":["a","b"]},"Numbers":{"$set":[1,2]},"Blobs":{"$set":[{"$binary":"AQ=="}]},` +
	`"Any":[1,"x",null,{"k":false}],"IP":"::1","created":{"$time":"2026-01-01T00:00:00Z"}}`

func newEverything() everything {
	zip, pointer := 7, "p"
	number, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	return everything{
		stamps: stamps{time.Date(2026, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600))},
		Text:   "h\"i\n\x01é", Label: "l", Int: -8, Uint: math.MaxUint64, Float: 0.1, Small: 0.1, Yes: true,
		Bytes: []byte{0, 1, 2}, Fixed: [3]byte{7, 8, 9}, Number: "1.50", Big: number,
		When: time.Date(2026, 1, 2, 3, 4, 5, 6e8, time.UTC), Pointer: &pointer,
		Map:  map[string]address{"b": {Zip: &zip}, "a": {Street: "s"}},
		List: []address{{Street: "x"}}, Pair: [2]int{1, 2},
		Tags: map[string]struct{}{"b": {}, "a": {}}, Numbers: SetOf[int]{2: {}, 1: {}}, Blobs: BinarySet{{1}},
		Any: []any{int64(1), "x", nil, map[string]any{"k": false}}, IP: netip.MustParseAddr("::1"),
	}
}

func TestEveryTypeBothWays(t *testing.T) {
	value := newEverything()
	for range 3 { // maps in any order give the same bytes
		text, err := Append(nil, &value)
		if err != nil || string(text) != everythingText {
			t.Fatalf("%v\n%s\n%s", err, text, everythingText)
		}
	}
	if text, err := Append(nil, value); err != nil || string(text) != everythingText {
		t.Fatalf("not addressable: %v\n%s", err, text)
	}
	var back everything
	if err := Decode(everythingText, &back); err != nil {
		t.Fatal(err)
	}
	if !value.Created.Equal(back.Created) {
		t.Fatal(back.Created)
	}
	value.Created = back.Created // the same instant, in UTC
	if !reflect.DeepEqual(value, back) {
		t.Fatalf("\n%+v\n%+v", value, back)
	}
}

func TestZeroAndNull(t *testing.T) {
	var zero everything
	text, err := Append(nil, zero)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"when":null`, `"bytes":null`, `"Tags":null`, `"list":null`, `"big":null`, `"Any":null`, `"number":0`, `"IP":""`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	if strings.Contains(string(text), "created") {
		t.Errorf("omitempty: %s", text)
	}
	full := newEverything()
	names := map[string]any{}
	if err := Decode(everythingText, &names); err != nil {
		t.Fatal(err)
	}
	for name := range names {
		names[name] = nil
	}
	delete(names, "pair") // an array has no null
	nulls, err := Append(nil, names)
	if err != nil {
		t.Fatal(err)
	}
	if err := Decode(string(nulls), &full); err != nil {
		t.Fatal(err)
	}
	full.Pair, full.Tags, full.Numbers = [2]int{}, nil, nil
	full.Number = ""
	if !reflect.DeepEqual(full, zero) {
		t.Fatalf("%+v", full)
	}
}

func TestUntypedValues(t *testing.T) {
	for text, want := range map[string]any{
		`null`: nil, `true`: true, `"x"`: "x", `12`: int64(12), `-0`: math.Copysign(0, -1), `1.5`: 1.5,
		`9223372036854775808`: json.Number("9223372036854775808"), `0.12345678901234567`: json.Number("0.12345678901234567"),
		`9007199254740993`: int64(9007199254740993), `1e400`: json.Number("1e400"), `2.5E+3`: int64(2500), `1E-3`: 0.001,
		`{"$binary":"AQ=="}`: []byte{1}, `{"$number":"0.12345678901234567"}`: json.Number("0.12345678901234567"),
		`{"$time":"2026-01-01T00:00:00Z"}`: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		`{"$set":[]}`:                      SetOf[string]{}, `{"$set":["a"]}`: SetOf[string]{"a": {}}, `{"$set":[1]}`: SetOf[json.Number]{"1": {}},
		`{"$set":[{"$binary":"AQ=="}]}`: BinarySet{{1}}, `{"$set":[{"$number":"1.50"}]}`: SetOf[json.Number]{"1.50": {}}, `[]`: []any{}, `{}`: map[string]any{},
		`{"$$x":1}`: map[string]any{"$x": int64(1)}, `{"$x":1,"y":2}`: map[string]any{"$x": int64(1), "y": int64(2)},
		`{"$$binary":"b"}`: map[string]any{"$binary": "b"}, `"\u00e9\ud83d\ude00\/"`: "é😀/",
	} {
		var got struct{ V any }
		if err := Decode(`{"V":`+text+`}`, &got); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(got.V, want) {
			t.Errorf("%s: %#v", text, got.V)
			continue
		}
		back, err := Append(nil, got)
		var again struct{ V any }
		if err != nil || Decode(string(back), &again) != nil || !reflect.DeepEqual(again.V, want) {
			t.Errorf("%s: back as %s, %v", text, back, err)
		}
	}
}

func TestDollarNamesAtTheTopAreNames(t *testing.T) {
	text, err := Append(nil, map[string]any{"$set": map[string]any{"$set": 1}})
	if err != nil || string(text) != `{"$set":{"$$set":1}}` {
		t.Fatal(string(text), err)
	}
	var back map[string]any
	d := NewDecoder(string(text))
	if err := d.DecodeItem(&back); err != nil || !reflect.DeepEqual(back, map[string]any{"$set": map[string]any{"$set": int64(1)}}) {
		t.Fatal(back, err)
	}
	type inner struct {
		X int `json:"$x"`
	}
	type outer struct{ In inner }
	if text, _ := Append(nil, outer{inner{1}}); string(text) != `{"In":{"$$x":1}}` {
		t.Fatal(string(text))
	}
	var got outer
	if err := Decode(`{"In":{"$$x":1}}`, &got); err != nil || got.In.X != 1 {
		t.Fatal(got, err)
	}
}

func TestValuesThatCannotBeWritten(t *testing.T) {
	type ring struct {
		Next *ring
		List []any
	}
	loop := &ring{}
	loop.Next = &ring{Next: loop}
	cyclic := map[string]any{}
	cyclic["a"] = []any{1, cyclic}
	list := []any{nil}
	list[0] = list
	deep := any(1)
	for range 2000 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		value any
		path  string
	}{
		{map[string]any{"x": math.NaN()}, "/x"}, {map[string]any{"x": math.Inf(1)}, "/x"}, {map[string]float32{"a/b~": float32(math.Inf(-1))}, "/a~1b~0"},
		{loop, "/Next/Next"}, {cyclic, "/a/1"}, {map[string]any{"l": list}, "/l/0"}, {map[string]any{"f": func() {}}, "/f"},
		{map[string]any{"c": make(chan int)}, "/c"}, {map[string]any{"c": 1i}, "/c"}, {map[string]any{"m": map[int]string{1: ""}}, "/m"},
		{map[string]any{"s": "\xff"}, "/s"}, {map[string]any{"n": json.Number("\xff")}, "/n"}, {Document{{"a", Document{{"b", math.NaN()}}}}, "/a/b"},
		{map[string]any{"r": json.RawMessage("1")}, "/r"}, {map[string]any{"t": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "/t"},
		{map[string]any{"d": deep}, "/d" + strings.Repeat("/0", deepest-0)},
	} {
		_, err := Append(nil, c.value)
		var failure *Error
		if !errors.As(err, &failure) || failure.Code != InvalidValue || failure.Path != c.path {
			t.Errorf("%T: %v at %+v", c.value, err, failure)
		}
	}
}

func TestLongLists(t *testing.T) {
	var list []int
	if err := Decode(`[`+strings.Repeat("7,", 999)+`8]`, &list); err != nil || len(list) != 1000 || list[999] != 8 || list[0] != 7 {
		t.Fatal(list, err)
	}
}

func TestSharedIsNotCyclic(t *testing.T) {
	shared := map[string]any{"x": 1}
	if _, err := Append(nil, []any{shared, shared, map[string]any{"again": shared}}); err != nil {
		t.Fatal(err)
	}
	type first struct {
		N int
		P *int
	}
	value := &first{N: 1}
	value.P = &value.N // the same address, another thing
	if text, err := Append(nil, value); err != nil || string(text) != `{"N":1,"P":1}` {
		t.Fatal(string(text), err)
	}
}

func TestNumbersThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		text string
		into any
		code string
	}{
		{`128`, new(int8), PrecisionLoss}, {`1.5`, new(int), PrecisionLoss}, {`-1`, new(uint), PrecisionLoss}, {`256`, new(uint8), PrecisionLoss},
		{`9223372036854775808`, new(int64), PrecisionLoss}, {`9007199254740993`, new(float64), PrecisionLoss}, {`0.1234567891`, new(float32), PrecisionLoss},
		{`1e400`, new(float64), PrecisionLoss}, {`1e99999999`, new(int64), PrecisionLoss}, {`1.5`, new(big.Int), PrecisionLoss},
		{`"x"`, new(int), InvalidValue}, {`true`, new(int), InvalidValue}, {`"x"`, new(json.Number), InvalidValue}, {`{"$set":[1,1]}`, new(SetOf[int]), InvalidValue}, {`{"$set":[1]}`, new(float64), InvalidValue},
	} {
		err := Decode(c.text, c.into)
		var failure *Error
		if !errors.As(err, &failure) || failure.Code != c.code {
			t.Errorf("%s into %T: %v", c.text, c.into, err)
		}
	}
	for text, want := range map[string]int64{`1e3`: 1000, `1.50E1`: 15, `"42"`: 42, `{"$number":"7"}`: 7, `-9223372036854775808`: math.MinInt64} {
		var got int64
		if err := Decode(text, &got); err != nil || got != want {
			t.Errorf("%s: %d %v", text, got, err)
		}
	}
	for text, want := range map[string]float64{`0`: 0, `1E+125`: 1e125, `0.1`: .1, `100.00`: 100, `1e-130`: 1e-130, `9007199254740992`: 9007199254740992} {
		var got float64
		if err := Decode(text, &got); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	type target struct {
		Text  string
		Bytes []byte
		Fixed [2]byte
		List  []int
		Pair  [2]int
		Map   map[string]int
		When  time.Time
		Yes   bool
		Sub   address
		IP    netip.Addr
	}
	for text, path := range map[string]string{
		`{"Text":true}`: "/Text", `{"Text":{"$binary":""}}`: "/Text", `{"Bytes":"QQ=="}`: "/Bytes", `{"Bytes":{"$binary":"?"}}`: "/Bytes",
		`{"Fixed":{"$binary":"AQ=="}}`: "/Fixed", `{"List":[1,"x"]}`: "/List/1", `{"List":{}}`: "/List", `{"Pair":[1]}`: "/Pair",
		`{"Pair":[1,2,3]}`: "/Pair/2", `{"Map":{"a":"b"}}`: "/Map/a", `{"Map":{"$set":[]}}`: "/Map", `{"When":"soon"}`: "/When",
		`{"Yes":1}`: "/Yes", `{"Sub":[]}`: "/Sub", `{"Sub":{"street":[]}}`: "/Sub/street", `{"IP":"x"}`: "/IP", `{"IP":5}`: "/IP",
	} {
		err := Decode(text, &target{})
		var failure *Error
		if !errors.As(err, &failure) || failure.Code != InvalidValue || failure.Path != path {
			t.Errorf("%s: %v at %+v", text, err, failure)
		}
		if err != nil && strings.Contains(err.Error(), "soon") {
			t.Errorf("a value in an error: %v", err)
		}
	}
	for _, into := range []any{nil, target{}, (*target)(nil)} {
		if err := Decode(`{}`, into); err == nil {
			t.Errorf("read into %T", into)
		}
	}
}

func TestFreshValuesDoNotMix(t *testing.T) {
	type item struct {
		Map  map[string]int
		Sub  address
		At   *address
		Keep string
		none int
	}
	street := &address{Street: "old"}
	zip := 1
	value := item{Map: map[string]int{"old": 1}, Sub: address{Zip: &zip}, At: street, Keep: "k", none: 3}
	if err := Decode(`{"Map":{"new":2},"Sub":{"street":"s"},"At":{"street":"new"},"Other":{"a":[1,{"b":"c"}]}}`, &value); err != nil {
		t.Fatal(err)
	}
	if len(value.Map) != 1 || value.Sub.Zip != nil || street.Street != "old" || value.At.Street != "new" || value.Keep != "k" || value.none != 3 {
		t.Fatalf("%+v", value)
	}
}

func TestMalformedTextIsAnError(t *testing.T) {
	whole := everythingText + " "
	for n := range len(whole) - 1 {
		var value everything
		if err := Decode(whole[:n], &value); err == nil {
			t.Fatalf("read %q", whole[:n])
		}
		var untyped any
		if err := Decode(whole[:n], &untyped); err == nil {
			t.Fatalf("read %q", whole[:n])
		}
	}
	for _, text := range []string{`{"a":1,}`, `[1,]`, `[1 2]`, `{"a" 1}`, `{a:1}`, `01`, `1.`, `-`, `1e`, `+1`, `"\x"`, `"\u12"`, `"\ud800\u0041"`, "\"\n\"", `nul`, `truth`, `{} {}`, `]`, strings.Repeat("[", 5000)} {
		var untyped any
		if err := Decode(text, &untyped); err == nil {
			t.Errorf("read %q as %v", text, untyped)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(everythingText)
	f.Add(`{"$set":[{"$binary":"AQ=="}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var value everything
		_ = Decode(text, &value)
		var untyped any
		if Decode(text, &untyped) != nil {
			return
		}
		again, err := AppendValue(nil, untyped)
		if err != nil {
			return // a text may hold what is not UTF-8
		}
		var back any
		if err := NewDecoder(`[` + string(again) + `]`).Decode(&back); err != nil {
			t.Fatalf("%q became %q: %v", text, again, err)
		}
	})
}

func TestTypesThatDoNotFit(t *testing.T) {
	type inner struct{ F func() }
	type bad struct {
		A     int `tabletheory:"x"`
		B     int `dynamodbav:"x"`
		C     chan int
		M     map[int]int
		Inner []inner
		R     json.RawMessage
	}
	_, err := FieldsOf(reflect.TypeFor[bad]())
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"two fields for `x`", "field `C`", "field `M`", "field `Inner[].F`", "field `R`"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	type node struct {
		Name     string
		Children []*node
	}
	if _, err := FieldsOf(reflect.TypeFor[node]()); err != nil {
		t.Fatal(err)
	}
	text, err := Append(nil, node{"a", []*node{{"b", nil}}})
	if err != nil || string(text) != `{"Name":"a","Children":[{"Name":"b","Children":null}]}` {
		t.Fatal(string(text), err)
	}
}

type Base struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func TestEmbeddedStructs(t *testing.T) {
	type item struct {
		*Base
		Name string `json:"name"`
	}
	fields, err := FieldsOf(reflect.TypeFor[item]())
	if err != nil || len(fields) != 2 {
		t.Fatal(fields, err)
	}
	if text, _ := Append(nil, item{Name: "n"}); string(text) != `{"name":"n"}` {
		t.Fatal(string(text))
	}
	var got item
	if err := Decode(`{"id":"i","name":"n"}`, &got); err != nil || got.Base == nil || got.ID != "i" || got.Name != "n" || got.Base.Name != "" {
		t.Fatalf("%+v %v", got, err)
	}
}

func TestDocumentsKeepTheirOrder(t *testing.T) {
	document := Document{{"z", int64(1)}, {"a", Document{{"$x", true}}}, {"$m", Document{{"y", nil}, {"b", "c"}}}}
	text, err := Append(nil, document)
	if err != nil || string(text) != `{"z":1,"a":{"$$x":true},"$m":{"y":null,"b":"c"}}` {
		t.Fatal(string(text), err)
	}
	item := Document{{"a", int64(1)}, {"c", "x"}}
	if err := NewDecoder(`{"b":2,"a":3}`).DecodeItem(&item); err != nil || !reflect.DeepEqual(item, Document{{"a", int64(3)}, {"c", "x"}, {"b", int64(2)}}) {
		t.Fatal(item, err)
	}
	var holder struct{ D Document }
	if err := Decode(`{"D":{"$$x":1}}`, &holder); err != nil || !reflect.DeepEqual(holder.D, Document{{"$x", int64(1)}}) {
		t.Fatal(holder, err)
	}
	if err := Decode(`{"D":null}`, &holder); err != nil || holder.D != nil {
		t.Fatal(holder, err)
	}
	if err := Decode(`{"D":{"$set":[]}}`, &holder); err == nil {
		t.Fatal(holder)
	}
}

func TestTextsOfNumbersAreForTheCore(t *testing.T) {
	for _, number := range []string{"+5", "1x", "01", "0e400", ".5"} {
		text, err := Append(nil, []any{json.Number(number)})
		var back []any
		if err != nil || Decode(string(text), &back) != nil || fmt.Sprint(back[0]) != number && number != "0e400" {
			t.Errorf("%s: %s %v", number, text, err)
		}
	}
}

func TestWhatServesAsItem(t *testing.T) {
	value := newEverything()
	for value, want := range map[any]bool{"x": false, 1: false, time.Now(): false, netip.Addr{}: false, address{}: true, &value: true} {
		if IsItem(value) != want {
			t.Errorf("%T", value)
		}
	}
	if !IsItem(map[string]any{}) || IsItem(SetOf[string]{}) || IsItem(nil) {
		t.Error("maps")
	}
}

func BenchmarkEncodeStruct(b *testing.B) {
	value := newEverything()
	buffer := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Append(buffer, &value); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeStruct(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(everythingText)))
	for b.Loop() {
		var value everything
		if err := Decode(everythingText, &value); err != nil {
			b.Fatal(err)
		}
	}
}
