package tabletheory

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shape is as much of a JSON Schema as these tests look at.
type shape struct {
	Properties map[string]any   `json:"properties"`
	Defs       map[string]shape `json:"$defs"`
	OneOf      []struct {
		Const string `json:"const"`
	} `json:"oneOf"`
}

func schema(t *testing.T, name string) (s shape) {
	t.Helper()
	text, err := os.ReadFile("../wit/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// tagged are the names that a type is read or written with.
func tagged(kind reflect.Type) (names []string) {
	for n := range kind.NumField() {
		if name, _, _ := strings.Cut(kind.Field(n).Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func names(s shape) []string { return slices.Sorted(maps.Keys(s.Properties)) }

func TestTypesMatchTheSchemasOfTheBoundary(t *testing.T) {
	failure, result, given, plan := schema(t, "error"), schema(t, "result"), schema(t, "settings"), schema(t, "explanation")
	// Go reads numbers by the type of the field, always exactly.
	delete(given.Properties, "numbers")
	for kind, s := range map[reflect.Type]shape{
		reflect.TypeFor[Error]():               failure,
		reflect.TypeFor[Problem]():             failure.Defs["Problem"],
		reflect.TypeFor[ServiceError]():        failure.Defs["ServiceError"],
		reflect.TypeFor[Stats]():               result.Defs["Stats"],
		reflect.TypeFor[Capacity]():            result.Defs["Capacity"],
		reflect.TypeFor[Table]():               result.Defs["Table"],
		reflect.TypeFor[TableKeys]():           result.Defs["TableKeys"],
		reflect.TypeFor[TableIndex]():          result.Defs["TableIndex"],
		reflect.TypeFor[settings]():            given,
		reflect.TypeFor[tables]():              given.Defs["Tables"],
		reflect.TypeFor[RetryMode]():           given.Defs["RetrySettings"],
		reflect.TypeFor[keyring]():             given.Defs["Keyring"],
		reflect.TypeFor[Plan]():                plan,
		reflect.TypeFor[PlannedRequest]():      plan.Defs["Planned"],
		reflect.TypeFor[IndexAdvice]():         plan.Defs["Advice"],
		reflect.TypeFor[Cost]():                plan.Defs["Cost"],
		reflect.TypeFor[Units]():               plan.Defs["Units"],
		reflect.TypeFor[PlanWarning]():         plan.Defs["Warning"],
		reflect.TypeFor[Reason]():              failure.Defs["Reason"],
		reflect.TypeFor[credentialsDocument](): schema(t, "credentials"),
	} {
		if got, want := tagged(kind), names(s); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s has %v, the schema %v", kind, got, want)
		}
	}
}

func TestEveryCodeHasItsConstant(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string][]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			kind, isNamed := spec.Type.(*ast.Ident)
			value, isText := spec.Values[0].(*ast.BasicLit)
			if isNamed && isText {
				text, _ := strconv.Unquote(value.Value)
				constants[kind.Name] = append(constants[kind.Name], text)
				if kind.Name == "Code" && spec.Names[0].Name != text {
					t.Errorf("%s is %s", spec.Names[0].Name, text)
				}
			}
		}
		return true
	})
	for _, kind := range []string{"Code", "Outcome"} {
		var want []string
		for _, one := range schema(t, "error").Defs[kind].OneOf {
			want = append(want, one.Const)
		}
		slices.Sort(want)
		slices.Sort(constants[kind])
		if len(want) == 0 || !slices.Equal(constants[kind], want) {
			t.Errorf("%s: %v, the schema has %v", kind, constants[kind], want)
		}
	}
}

// All options and builders together write every member that calls have, and no other.
func TestOptionsMatchTheSchemaOfCalls(t *testing.T) {
	written := map[string]any{}
	for _, c := range []*call{everyOption(), everyMethodOfQueries().call("cursor", 1, nil)} {
		var members map[string]any
		text, err := c.finish(nil)
		if err != nil || json.Unmarshal(text, &members) != nil {
			t.Fatal(string(text), err)
		}
		maps.Copy(written, members)
	}
	// Those that functions write by themselves; that the core takes them shows in the tests of the functions.
	for member, function := range map[string]string{
		"pages": "Query.Pages", "count": "Query.Count", "changes": "Model.UpdateChanges, Changes", "gets": "DB.BatchGet, DB.TransactGet", "writes": "DB.BatchWrite",
		"actions": "DB.Transact", "actual": "DB.TransitionAppendEvent", "event": "DB.TransitionAppendEvent",
		"provenance": "DB.ValidateProvenance", "confidence": "DB.ValidateProvenance",
	} {
		written[member] = function
	}
	all := map[string]any{}
	for _, operation := range schema(t, "call").Defs {
		if operation.Properties["op"] != nil {
			maps.Copy(all, operation.Properties)
		}
	}
	if got, want := slices.Sorted(maps.Keys(written)), slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
		t.Errorf("the options write %v, the schema has %v", got, want)
	}
}

func everyOption() *call {
	c := newCall("update", "Note")
	c.value("item", Item{})
	c.key([]any{"a"})
	for _, option := range []CallOption{
		Set("a", 1), SetIfNotExists("b", 1), Append("c", []int{1}), Prepend("d", []int{1}), Remove("e", "f"), Add("g", 1), Delete("h", NewSet("x")),
		If(Attr("a").Exists()), ExpectVersion(1), IfExists(), Consistent(), Raw(), ReturnOldOnFailure(), Project("a"), Protect("b"),
		ReturnValues("NONE"), WithoutWaiting(), WaitAtMost(time.Second), Provisioned(1, 2), DeletionProtection(), Until(Attr("a").Exists()),
		OnIndex("i"), Pauses(1, 2), Token("t"), Parallel(2), OnProgress(func(Progress) {}),
	} {
		option(c)
	}
	return c
}

func everyMethodOfQueries() *Query[Item] {
	model := &Model[Item]{name: "Note"}
	return model.Query("a").Index("i").Where(Attr("a").Exists()).Filter(Attr("b").Exists()).Descending().Limit(1).PageSize(2).Segments(3).Segment(1)
}
