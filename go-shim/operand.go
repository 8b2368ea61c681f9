package tabletheory

import (
	"strconv"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Operand is what [Set] may set an attribute to besides a value: something that the service works out.
type Operand struct {
	text string
	err  error
}

// Plus is the sum of two numbers, each a value, an [Attr] or [IfNotExists]. An absent attribute has no sum: use [Add] for counters.
func Plus(a, b any) Operand { return operand("$plus", a, b) }

// Minus is the difference of two numbers, each a value, an [Attr] or [IfNotExists].
func Minus(a, b any) Operand { return operand("$minus", a, b) }

// IfNotExists is what is stored at a path or, if nothing is, a value or another [Attr].
func IfNotExists(path string, value any) Operand {
	text, err := plain.AppendString([]byte(`{"$if_not_exists":[`), path)
	if err == nil {
		text, err = appendOperand(append(text, ','), value)
	}
	return Operand{string(append(text, "]}"...)), err}
}

// Joined is a list and another one behind it, each a slice, an [Attr] or [IfNotExists].
func Joined(a, b any) Operand { return operand("$list_append", a, b) }

func operand(name string, a, b any) Operand {
	text, err := appendOperand([]byte(`{"`+name+`":[`), a)
	if err == nil {
		text, err = appendOperand(append(text, ','), b)
	}
	return Operand{string(append(text, "]}"...)), err}
}

// appendOperand appends a value, or what stands for something that is stored.
func appendOperand(text []byte, value any) ([]byte, error) {
	switch value := value.(type) {
	case Operand:
		return append(text, value.text...), value.err
	case Path:
		return one(text, "$path", string(value))
	case Size:
		return one(text, "$size", string(value))
	}
	return plain.AppendValue(text, value)
}

// appendOperands appends a list of operands.
func appendOperands(text []byte, operands []any) (_ []byte, err error) {
	text = append(text, '[')
	for n, operand := range operands {
		if n > 0 {
			text = append(text, ',')
		}
		if text, err = appendOperand(text, operand); err != nil {
			return text, plain.Within(err, strconv.Itoa(n))
		}
	}
	return append(text, ']'), nil
}
