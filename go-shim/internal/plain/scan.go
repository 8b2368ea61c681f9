package plain

import (
	"math/bits"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decoder walks over a JSON text. Strings that it gives share the memory of the text.
type Decoder struct {
	text string
	at   int
	// depth counts the objects and arrays around the current value.
	depth int
	// item is the depth at which an item stands, whose own members are no marks.
	item int
}

// NewDecoder starts at the first value of a text.
func NewDecoder(text string) *Decoder { return &Decoder{text: text} }

// peek is the first byte of what comes next, 0 at the end.
func (d *Decoder) peek() byte {
	if d.at < len(d.text) && d.text[d.at] > ' ' {
		return d.text[d.at]
	}
	return d.peekOver()
}

// peekOver passes over white space.
func (d *Decoder) peekOver() byte {
	for d.at < len(d.text) {
		switch c := d.text[d.at]; c {
		case ' ', '\n', '\r', '\t':
			d.at++
		default:
			return c
		}
	}
	return 0
}

func (d *Decoder) malformed() error {
	return invalid("malformed JSON after %d bytes", min(d.at, len(d.text)))
}

// End says whether nothing follows.
func (d *Decoder) End() error {
	if d.peek() != 0 {
		return d.malformed()
	}
	return nil
}

// Valid says whether the rest is one well-formed value.
func (d *Decoder) Valid() bool { return d.skip() == nil && d.End() == nil }

func (d *Decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.at++
	return true
}

func (d *Decoder) word(word string) bool {
	if !strings.HasPrefix(d.text[d.at:], word) {
		return false
	}
	d.at += len(word)
	return true
}

// prefix takes a text as it stands, if it comes next.
func (d *Decoder) prefix(text string) bool {
	d.peek()
	return d.word(text)
}

// Null takes a null, if there is one.
func (d *Decoder) Null() bool { return d.peek() == 'n' && d.word("null") }

func (d *Decoder) bool() (value, ok bool) {
	switch d.peek() {
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	}
	return false, false
}

// number takes the text of a number, as the grammar of JSON has it.
func (d *Decoder) number() (string, error) {
	d.peek()
	start := d.at
	d.one('-', '-')
	if !d.one('0', '0') && !d.digitRun() || d.one('.', '.') && !d.digitRun() {
		return "", d.malformed()
	}
	if d.one('e', 'E') {
		d.one('+', '-')
		if !d.digitRun() {
			return "", d.malformed()
		}
	}
	return d.text[start:d.at], nil
}

// one takes the next byte if it is one of two.
func (d *Decoder) one(a, b byte) bool {
	if d.at < len(d.text) && (d.text[d.at] == a || d.text[d.at] == b) {
		d.at++
		return true
	}
	return false
}

func (d *Decoder) digitRun() bool {
	from := d.at
	for d.at < len(d.text) && d.text[d.at]-'0' < 10 {
		d.at++
	}
	return d.at > from
}

// string takes a string.
func (d *Decoder) string() (string, error) {
	if !d.take('"') {
		return "", d.malformed()
	}
	text, start := d.text, d.at
	at := start
	for at+8 <= len(text) {
		if found := special(text[at:]); found < 8 {
			at += found
			break
		}
		at += 8
	}
	for ; at < len(text); at++ {
		switch c := text[at]; {
		case c == '"':
			d.at = at + 1
			return text[start:at], nil
		case c == '\\':
			d.at = at
			return d.escaped(start)
		case c < ' ':
			d.at = at
			return "", d.malformed()
		}
	}
	d.at = at
	return "", d.malformed()
}

// special says which of the next eight bytes of a string is the first that does not stand for itself: quote, backslash or
// control character; 8 if none does.
func special(text string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	_ = text[7]
	word := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
	quote, slash := word^(ones*'"'), word^(ones*'\\')
	found := ((word - ones*' ') | (quote - ones) | (slash - ones)) &^ word & highs
	// Only a byte that is found borrows from the next one, and the first is all that counts.
	return bits.TrailingZeros64(found) / 8
}

// escaped takes the rest of a string that has an escape in it.
func (d *Decoder) escaped(start int) (string, error) {
	buffer := append(make([]byte, 0, d.at-start+32), d.text[start:d.at]...)
	for d.at < len(d.text) {
		c := d.text[d.at]
		d.at++
		switch {
		case c == '"':
			return string(buffer), nil
		case c < ' ':
			return "", d.malformed()
		case c != '\\':
			buffer = append(buffer, c)
			continue
		}
		if d.at == len(d.text) {
			break
		}
		c = d.text[d.at]
		d.at++
		if plain := strings.IndexByte(`"\/bfnrt`, c); plain >= 0 {
			buffer = append(buffer, "\"\\/\b\f\n\r\t"[plain])
			continue
		}
		high, ok := d.hex(c)
		if !ok {
			break
		}
		if high >= 0xd800 && high < 0xdc00 && strings.HasPrefix(d.text[d.at:], `\u`) {
			d.at += 2
			low, ok := d.hex('u')
			if !ok || low < 0xdc00 || low > 0xdfff {
				break
			}
			high = (high-0xd800)<<10 | (low - 0xdc00) + 0x10000
		}
		buffer = utf8.AppendRune(buffer, rune(high))
	}
	return "", d.malformed()
}

func (d *Decoder) hex(after byte) (uint64, bool) {
	if after != 'u' || d.at+4 > len(d.text) {
		return 0, false
	}
	value, err := strconv.ParseUint(d.text[d.at:d.at+4], 16, 32)
	d.at += 4
	return value, err == nil
}

// Object calls member for each member of an object; it must take the value.
func (d *Decoder) Object(member func(name string) error) error {
	return d.list('{', '}', func(int) error {
		name, err := d.string()
		if err != nil {
			return err
		}
		if !d.take(':') {
			return d.malformed()
		}
		if err := member(name); err != nil {
			return Within(err, name)
		}
		return nil
	})
}

// Array calls element for each element of an array; it must take the value.
func (d *Decoder) Array(element func(n int) error) error { return d.array(element) }

// array calls element for each element of an array; it must take the value.
func (d *Decoder) array(element func(n int) error) error {
	return d.list('[', ']', func(n int) error {
		if err := element(n); err != nil {
			return Within(err, strconv.Itoa(n))
		}
		return nil
	})
}

func (d *Decoder) list(first, last byte, element func(n int) error) error {
	if !d.take(first) || d.depth > deepest {
		return d.malformed()
	}
	d.depth++
	if d.take(last) {
		d.depth--
		return nil
	}
	for n := 0; ; n++ {
		if err := element(n); err != nil {
			return err
		}
		switch d.peek() {
		case ',':
			d.at++
		case last:
			d.at++
			d.depth--
			return nil
		default:
			return d.malformed()
		}
	}
}

// Skip takes any value and gives its text.
func (d *Decoder) Skip() (string, error) {
	d.peek()
	start := d.at
	err := d.skip()
	return d.text[start:d.at], err
}

func (d *Decoder) skip() (err error) {
	switch d.peek() {
	case '{':
		return d.Object(func(string) error { return d.skip() })
	case '[':
		return d.array(func(int) error { return d.skip() })
	case '"':
		_, err = d.string()
	case 't', 'f':
		if _, ok := d.bool(); !ok {
			err = d.malformed()
		}
	case 'n':
		if !d.Null() {
			err = d.malformed()
		}
	default:
		_, err = d.number()
	}
	return err
}

// mark looks at what comes next: `{"$name": …}` with no other member is a value with a mark, and name is given without the `$`.
// Nothing is taken.
func (d *Decoder) mark() string {
	if d.peek() != '{' {
		return ""
	}
	if at := d.at + 1; at+1 < len(d.text) && d.text[at] == '"' && d.text[at+1] != '$' {
		return ""
	}
	ahead := Decoder{text: d.text, at: d.at + 1}
	name, err := ahead.string()
	if err != nil || len(name) < 2 || name[0] != '$' || name[1] == '$' || !ahead.take(':') {
		return ""
	}
	if ahead.skip() != nil || ahead.peek() != '}' {
		return ""
	}
	return name[1:]
}

// quickMarked is marked for a mark that is written as the core writes it; ok says whether it was.
func (d *Decoder) quickMarked(mark string, v reflect.Value, inner func() error) (ok bool, err error) {
	if !d.prefix(mark) {
		return false, nil
	}
	d.depth++
	err = inner()
	d.depth--
	if err == nil && !d.take('}') {
		err = d.unfit(v) // a map with more members than the mark
	}
	return true, err
}

// marked takes `{"$name": …}` after mark has seen it; inner must take the value.
func (d *Decoder) marked(inner func() error) error {
	return d.list('{', '}', func(int) error {
		if _, err := d.string(); err != nil || !d.take(':') {
			return d.malformed()
		}
		return inner()
	})
}
