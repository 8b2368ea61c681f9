package tabletheory

import (
	"strings"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Path names an attribute, or something within one, in conditions: see [Attr].
type Path string

// Attr is the attribute at a path: `attr`, `attr.member`, `attr[3].member`; a name with `.` or `[` in it stands in back-ticks.
// As an operand it stands for what is stored there: Attr("spent").LTE(Attr("budget")), and so does its Size for how large that is.
func Attr(path string) Path { return Path(path) }

// Condition is a condition on the stored item. Make one with [Attr], and join them with [And], [Or] and [Not].
type Condition struct {
	text string
	err  error
}

// ConditionTree is a condition written as JSON, as in call documents: for those that come from elsewhere.
func ConditionTree(text string) Condition {
	if d := plain.NewDecoder(text); !d.Valid() {
		return Condition{err: &plain.Error{Code: plain.InvalidValue, Message: "a condition tree that is not JSON"}}
	}
	return Condition{text: text}
}

// EQ is: equal.
func (p Path) EQ(operand any) Condition { return p.compare("eq", operand) }

// NE is: not equal, or absent.
func (p Path) NE(operand any) Condition { return p.compare("ne", operand) }

// LT is: less than.
func (p Path) LT(operand any) Condition { return p.compare("lt", operand) }

// LTE is: less than or equal.
func (p Path) LTE(operand any) Condition { return p.compare("lte", operand) }

// GT is: greater than.
func (p Path) GT(operand any) Condition { return p.compare("gt", operand) }

// GTE is: greater than or equal.
func (p Path) GTE(operand any) Condition { return p.compare("gte", operand) }

// Between is: at least low and at most high.
func (p Path) Between(low, high any) Condition { return p.list("between", []any{low, high}) }

// In is: equal to one of the values.
func (p Path) In(values ...any) Condition { return p.list("in", values) }

// BeginsWith is: text or binary that begins so.
func (p Path) BeginsWith(prefix any) Condition { return p.compare("begins_with", prefix) }

// Contains is: text with this part, or a set or list with this element.
func (p Path) Contains(part any) Condition { return p.compare("contains", part) }

// NotContains is the opposite of Contains.
func (p Path) NotContains(part any) Condition { return p.compare("not_contains", part) }

// Exists is: present, whatever the value.
func (p Path) Exists() Condition { return p.compare("exists", true) }

// NotExists is: absent.
func (p Path) NotExists() Condition { return p.compare("exists", false) }

// Type is: of this DynamoDB type, by its name in DynamoDB.
func (p Path) Type(name string) Condition { return p.compare("type", name) }

// Size is the size of what is stored: characters, bytes, elements or members.
func (p Path) Size() Size { return Size(p) }

// Size compares the size of an attribute: see [Path.Size]. Operands are whole numbers, an [Attr] that holds one, or another size.
type Size Path

// EQ is: as many.
func (s Size) EQ(size any) Condition { return s.compare("eq", size) }

// NE is: not as many.
func (s Size) NE(size any) Condition { return s.compare("ne", size) }

// LT is: fewer than.
func (s Size) LT(size any) Condition { return s.compare("lt", size) }

// LTE is: at most.
func (s Size) LTE(size any) Condition { return s.compare("lte", size) }

// GT is: more than.
func (s Size) GT(size any) Condition { return s.compare("gt", size) }

// GTE is: at least.
func (s Size) GTE(size any) Condition { return s.compare("gte", size) }

// Between is: at least low and at most high.
func (s Size) Between(low, high any) Condition { return s.list("between", []any{low, high}) }

// In is: one of these.
func (s Size) In(sizes ...any) Condition { return s.list("in", sizes) }

func (s Size) compare(operator string, operand any) Condition {
	return s.member(operator, func(text []byte) ([]byte, error) { return appendOperand(text, operand) })
}

func (s Size) list(operator string, operands []any) Condition {
	return s.member(operator, func(text []byte) ([]byte, error) { return appendOperands(text, operands) })
}

func (s Size) member(operator string, value func([]byte) ([]byte, error)) Condition {
	return Path(s).member("size", func(text []byte) ([]byte, error) {
		text, err := value(append(text, `{"`+operator+`":`...))
		return append(text, '}'), plain.Within(err, operator)
	})
}

func (p Path) compare(operator string, operand any) Condition {
	return p.member(operator, func(text []byte) ([]byte, error) { return appendOperand(text, operand) })
}

func (p Path) list(operator string, operands []any) Condition {
	return p.member(operator, func(text []byte) ([]byte, error) { return appendOperands(text, operands) })
}

// member is `{path: {name: …}}`.
func (p Path) member(name string, value func([]byte) ([]byte, error)) Condition {
	text, err := plain.AppendString([]byte("{"), string(p))
	if err == nil {
		text, err = value(append(text, `:{"`+name+`":`...))
		err = plain.Within(plain.Within(err, name), string(p))
	}
	return Condition{string(append(text, "}}"...)), err}
}

// one is `{"name": value}`.
func one(text []byte, name string, value any) ([]byte, error) {
	text, err := plain.AppendValue(append(text, `{"`+name+`":`...), value)
	return append(text, '}'), plain.Within(err, name)
}

// And is true when all conditions are.
func And(conditions ...Condition) Condition { return join("$and", conditions) }

// Or is true when one of the conditions is.
func Or(conditions ...Condition) Condition { return join("$or", conditions) }

// Not is true when the condition is not.
func Not(condition Condition) Condition {
	return Condition{`{"$not":` + condition.text + `}`, condition.err}
}

func join(operator string, conditions []Condition) Condition {
	if len(conditions) == 1 {
		return conditions[0]
	}
	var joined Condition
	texts := make([]string, len(conditions))
	for n, condition := range conditions {
		texts[n] = condition.text
		if joined.err == nil {
			joined.err = condition.err
		}
	}
	joined.text = `{"` + operator + `":[` + strings.Join(texts, ",") + `]}`
	return joined
}
