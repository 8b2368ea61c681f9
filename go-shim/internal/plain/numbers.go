package plain

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

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

func encodeNumber(e *encoder, v reflect.Value) (err error) {
	text := v.String()
	if text == "" {
		text = "0" // the zero value
	}
	d := Decoder{text: text}
	if number, err := d.number(); err == nil && number == text {
		e.text(text)
		return nil
	}
	// Not a number of JSON: whether it is one is for the core to say.
	e.text(`{"$number":`)
	e.buffer, err = appendString(e.buffer, text)
	e.text("}")
	return err
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

func lossy(v reflect.Value) error {
	return &Error{Code: PrecisionLoss, Message: "a number does not fit Go type `" + v.Type().String() + "` without loss"}
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
	number, short := shortInt(text)
	if short {
		if v.OverflowInt(number) {
			return lossy(v)
		}
		v.SetInt(number)
		return nil
	}
	if number, err = strconv.ParseInt(text, 10, 64); err != nil {
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
	if d.mark() == "number" {
		return d.marked(func() error { return decodeString(d, v) })
	}
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

// shortInt is the integer that a text of few digits is.
func shortInt(text string) (number int64, ok bool) {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for n := range len(digits) {
		digit := digits[n] - '0'
		if digit > 9 {
			return 0, false
		}
		number = number*10 + int64(digit)
	}
	if len(digits) < len(text) {
		number = -number
	}
	return number, true
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
	if bits == 64 && short(text) {
		return number, true
	}
	digits, exponent := decimal(text)
	back, backExponent := decimal(strconv.FormatFloat(number, 'e', -1, bits))
	return number, digits == back && exponent == backExponent
}

// short says that a number has at most 15 digits and no exponent: a float of 64 bits gives them back as they are.
func short(text string) bool {
	for n := range len(text) {
		if text[n] > '9' {
			return false
		}
	}
	return len(text) <= 15
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
