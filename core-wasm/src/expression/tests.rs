//! Every operator and clause, as it is rendered and as it is refused.

use super::*;
use crate::dms::{self, Model, Schema};
use crate::json::Raw;

const DOCUMENT: &str = r#"
dms_version: "0.2"
models:
  - name: "Every"
    table: { name: "every" }
    keys:
      partition: { attribute: "pk", type: "S" }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"] }
      - { attribute: "s", type: "S", omit_empty: true }
      - { attribute: "n", type: "N" }
      - { attribute: "b", type: "B" }
      - { attribute: "flag", type: "BOOL" }
      - { attribute: "m", type: "M" }
      - { attribute: "l", type: "L" }
      - { attribute: "ss", type: "SS" }
      - { attribute: "ns", type: "NS" }
      - { attribute: "bs", type: "BS" }
      - { attribute: "j", type: "M", json: true }
      - { attribute: "text", type: "S", json: true }
      - { attribute: "SELECT", type: "S" }
      - { attribute: "dot.ted", type: "M" }
      - { attribute: "needed", type: "S", required: true }
      - { attribute: "secret", type: "S", encryption: { v: 1 } }
      - { attribute: "version", type: "N", roles: ["version"] }
"#;

fn schema() -> Schema {
    dms::compile(DOCUMENT.as_bytes(), dms::Options { strict: false }).unwrap()
}

fn model(schema: &Schema) -> &Model {
    &schema.models[0]
}

/// The text with names and values in the places of their placeholders.
pub(super) fn filled(text: &str, placeholders: &Placeholders) -> String {
    let mut body = String::new();
    placeholders.write(&mut body);
    let body: serde_json::Value = serde_json::from_str(&format!("{{{}}}", body.trim_start_matches(','))).unwrap();
    let mut out = text.to_owned();
    for (member, quote) in [("ExpressionAttributeNames", ""), ("ExpressionAttributeValues", "")] {
        let Some(map) = body[member].as_object() else { continue };
        let mut keys: Vec<_> = map.keys().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        for key in keys {
            let value = map[key].as_str().map_or_else(|| map[key].to_string(), str::to_owned);
            out = out.replace(key.as_str(), &format!("{quote}{value}{quote}"));
        }
    }
    out
}

fn rendered(tree: &str) -> Result<String, String> {
    let schema = schema();
    let mut placeholders = Placeholders::default();
    match condition(model(&schema), tree, &mut placeholders) {
        Ok(expression) => Ok(filled(&expression.text, &placeholders)),
        Err(error) => Err(format!(
            "{} {}: {}",
            error.code().as_str(),
            error.details().path.as_deref().unwrap_or("-"),
            error.details().message
        )),
    }
}

#[test]
fn conditions_render() {
    let cases = [
        (r#"{"s":"x"}"#, r#"s = {"S":"x"}"#),
        (r#"{"s":null}"#, r#"s = {"NULL":true}"#),
        (r#"{"n":{"gte":1,"lt":"2.50"}}"#, r#"n >= {"N":"1"} AND n < {"N":"2.50"}"#),
        (r#"{"n":{"ne":{"$path":"m.count"}}}"#, "n <> m.count"),
        (r#"{"b":{"lte":"AQ=="}}"#, r#"b <= {"B":"AQ=="}"#),
        (r#"{"flag":true}"#, r#"flag = {"BOOL":true}"#),
        (r#"{"m":{"eq":{"a":1}}}"#, r#"m = {"M":{"a":{"N":"1"}}}"#),
        (r#"{"ss":{"eq":["a"]}}"#, r#"ss = {"SS":["a"]}"#),
        (r#"{"n":{"between":[1,10]}}"#, r#"n BETWEEN {"N":"1"} AND {"N":"10"}"#),
        (r#"{"s":{"between":["a","b"]}}"#, r#"s BETWEEN {"S":"a"} AND {"S":"b"}"#),
        (r#"{"s":{"in":["a","b"]}}"#, r#"s IN ({"S":"a"}, {"S":"b"})"#),
        (r#"{"s":{"begins_with":"a"}}"#, r#"begins_with(s, {"S":"a"})"#),
        (r#"{"b":{"begins_with":{"$binary":"AQ=="}}}"#, r#"begins_with(b, {"B":"AQ=="})"#),
        (r#"{"s":{"contains":"a"}}"#, r#"contains(s, {"S":"a"})"#),
        (r#"{"ss":{"contains":"a"}}"#, r#"contains(ss, {"S":"a"})"#),
        (r#"{"ns":{"contains":1}}"#, r#"contains(ns, {"N":"1"})"#),
        (r#"{"bs":{"contains":"AQ=="}}"#, r#"contains(bs, {"B":"AQ=="})"#),
        (r#"{"l":{"not_contains":{"a":1}}}"#, r#"NOT contains(l, {"M":{"a":{"N":"1"}}})"#),
        (r#"{"s":{"exists":true},"n":{"exists":false}}"#, "attribute_exists(s) AND attribute_not_exists(n)"),
        (r#"{"m.x":{"type":"NS"}}"#, r#"attribute_type(m.x, {"S":"NS"})"#),
        (r#"{"s":{"size":3}}"#, r#"size(s) = {"N":"3"}"#),
        (r#"{"l":{"size":{"gt":1,"lte":5}}}"#, r#"size(l) > {"N":"1"} AND size(l) <= {"N":"5"}"#),
        (r#"{"m.list[2].deep":{"gt":"x"}}"#, r#"m.list[2].deep > {"S":"x"}"#),
        (r#"{"`dot.ted`.x":1,"dot.ted":{"exists":true}}"#, r#"dot.ted.x = {"N":"1"} AND attribute_exists(dot.ted)"#),
        (r#"{"SELECT":"x"}"#, r#"SELECT = {"S":"x"}"#),
        (r#"{"j.any":[]}"#, "expected an operator"),
        (r#"{"j.any":{"eq":[]}}"#, r#"j.any = {"L":[]}"#),
        (r#"{"$or":[{"s":"a"},{"n":1,"flag":true}]}"#, r#"s = {"S":"a"} OR (n = {"N":"1"} AND flag = {"BOOL":true})"#),
        (r#"{"n":1,"$or":[{"s":"a"},{"s":"b"}]}"#, r#"n = {"N":"1"} AND (s = {"S":"a"} OR s = {"S":"b"})"#),
        (r#"{"$and":[{"s":"a"},{"$and":[{"n":1},{"n":2}]}]}"#, r#"s = {"S":"a"} AND n = {"N":"1"} AND n = {"N":"2"}"#),
        (r#"{"$not":{"$or":[{"s":"a"},{"s":"b"}]}}"#, r#"NOT (s = {"S":"a"} OR s = {"S":"b"})"#),
        (r#"{"$not":{"$not":{"s":"a"}}}"#, r#"NOT (NOT (s = {"S":"a"}))"#),
        (r#"{"n":{"between":[{"$path":"m.low"},{"$path":"m.high"}]}}"#, "n BETWEEN m.low AND m.high"),
        (r#"{"n":{"in":[1,{"$path":"m.x"}]}}"#, r#"n IN ({"N":"1"}, m.x)"#),
        (r#"{"n":{"lt":{"$size":"l"}}}"#, "n < size(l)"),
        (r#"{"s":{"size":{"gt":{"$size":"b"}}}}"#, "size(s) > size(b)"),
        (r#"{"s":{"size":{"between":[1,{"$path":"n"}]}}}"#, r#"size(s) BETWEEN {"N":"1"} AND n"#),
        (r#"{"s":{"begins_with":{"$path":"SELECT"}}}"#, "begins_with(s, SELECT)"),
        (r#"{"s":{"contains":{"$path":"m.x"}}}"#, "contains(s, m.x)"),
        (r#"{"ss":{"contains":{"$path":"s"}}}"#, "contains(ss, s)"),
        (r#"{"l":{"contains":{"$path":"m"}}}"#, "contains(l, m)"),
        (r#"{"l":{"contains":null}}"#, r#"contains(l, {"NULL":true})"#),
        (r#"{"text":{"eq":{"b":1,"a":2}}}"#, r#"text = {"S":"{\"a\":2,\"b\":1}"}"#),
        (r#"{"text":{"in":[[1],[2]]}}"#, r#"text IN ({"S":"[1]"}, {"S":"[2]"})"#),
        (r#"{"text":{"size":{"lt":10},"exists":true}}"#, r#"size(text) < {"N":"10"} AND attribute_exists(text)"#),
        (r#"{"j":{"gt":"x"}}"#, r#"j > {"S":"x"}"#),
        (r#"{"m":{"eq":{"$$path":"s"}}}"#, r#"m = {"M":{"$path":{"S":"s"}}}"#),
    ];
    for (tree, expected) in cases {
        match rendered(tree) {
            Ok(text) => assert_eq!(text, expected, "{tree}"),
            Err(error) => assert!(error.ends_with(expected), "{tree}: {error}"),
        }
    }
}

#[test]
fn names_are_shared_and_numbered_by_first_use() {
    let schema = schema();
    let mut placeholders = Placeholders::default();
    let tree = r#"{"$or":[{"n":1},{"m.n":2},{"n":3}]}"#;
    let expression = condition(model(&schema), tree, &mut placeholders).unwrap();
    assert_eq!(expression.text, "#n0 = :v0 OR #n1.#n0 = :v1 OR #n0 = :v2");
}

#[test]
fn conditions_are_refused() {
    let many: Vec<_> = (0..101).map(|n| n.to_string()).collect();
    let wide = format!(r#"{{"n":{{"in":[{}]}}}}"#, many.join(","));
    let operators: Vec<_> = (0..301).map(|n| format!(r#"{{"n":{n}}}"#)).collect();
    let long = format!(r#"{{"$or":[{}]}}"#, operators.join(","));
    let deep = format!("{}{}{}", r#"{"$not":"#.repeat(34), r#"{"n":1}"#, "}".repeat(34));
    let cases = [
        (r#"[]"#, "ErrInvalidOperator -: a condition is an object"),
        (r#"{}"#, "ErrInvalidOperator -: condition is empty"),
        (r#"{"$and":[]}"#, "ErrInvalidOperator /$and: expected at least one condition"),
        (r#"{"$or":[{}]}"#, "ErrInvalidOperator /$or/0: condition is empty"),
        (r#"{"$or":{"s":"x"}}"#, "ErrInvalidOperator /$or: expected an array of conditions"),
        (r#"{"nope":1}"#, "ErrInvalidModel /nope: unknown attribute `nope` of model `Every`"),
        (r#"{"s":{"like":"x"}}"#, "ErrInvalidOperator /s/like: unknown operator `like`"),
        (r#"{"s":{}}"#, "ErrInvalidOperator /s: expected an operator"),
        (r#"{"s":{"gt":1}}"#, "ErrInvalidValue /s/gt: expected a string, got a number"),
        (r#"{"n":{"eq":"many"}}"#, "ErrInvalidValue /n/eq: not a decimal number"),
        (
            r#"{"n":{"begins_with":1}}"#,
            "ErrInvalidOperator /n/begins_with: `begins_with` does not apply to `n`, which is of type N",
        ),
        (
            r#"{"flag":{"lt":true}}"#,
            "ErrInvalidOperator /flag/lt: `lt` does not apply to `flag`, which is of type BOOL",
        ),
        (
            r#"{"m":{"between":[1,2]}}"#,
            "ErrInvalidOperator /m/between: `between` does not apply to `m`, which is of type M",
        ),
        (r#"{"n":{"size":1}}"#, "ErrInvalidOperator /n/size: `size` does not apply to `n`, which is of type N"),
        (
            r#"{"n":{"contains":1}}"#,
            "ErrInvalidOperator /n/contains: `contains` does not apply to `n`, which is of type N",
        ),
        (r#"{"ss":{"contains":1}}"#, "ErrInvalidValue /ss/contains: expected a string, got a number"),
        (
            r#"{"n":{"between":[2,1]}}"#,
            "ErrInvalidOperator /n/between: the low bound of `between` is above the high one",
        ),
        (
            r#"{"s":{"between":["b","a"]}}"#,
            "ErrInvalidOperator /s/between: the low bound of `between` is above the high one",
        ),
        (
            r#"{"m.x":{"between":["a",1]}}"#,
            "ErrInvalidOperator /m.x/between: the bounds of `between` are two strings, numbers or binary values",
        ),
        (r#"{"n":{"between":[1]}}"#, "ErrInvalidOperator /n/between: `between` takes an array of two bounds"),
        (r#"{"n":{"in":[]}}"#, "ErrInvalidOperator /n/in: `in` takes 1 to 100 values, got 0"),
        (wide.as_str(), "ErrInvalidOperator /n/in: `in` takes 1 to 100 values, got 101"),
        (long.as_str(), "ErrInvalidOperator -: condition has 601 operators, DynamoDB takes 300"),
        (r#"{"s":{"exists":1}}"#, "ErrInvalidOperator /s/exists: `exists` takes true or false"),
        (r#"{"s":{"type":"string"}}"#, "ErrInvalidOperator /s/type: `type` takes the name of a DynamoDB type"),
        (
            r#"{"s":{"size":{"begins_with":1}}}"#,
            "ErrInvalidOperator /s/size/begins_with: `begins_with` does not apply to a size",
        ),
        (r#"{"s.x":1}"#, "ErrInvalidOperator /s.x: path `s.x` leads into `s`, which is of type S"),
        (r#"{"m[0]":1}"#, "ErrInvalidOperator /m[0]: path `m[0]` leads into `m`, which is of type M"),
        (r#"{"m.":1}"#, "ErrInvalidOperator /m.: `m.` is not a path"),
        (r#"{"m.`x":1}"#, "ErrInvalidOperator /m.`x: `m.`x` is not a path"),
        (r#"{"l[x]":1}"#, "ErrInvalidOperator /l[x]: `l[x]` is not a path"),
        (r#"{"l[99999999999]":1}"#, "ErrInvalidOperator /l[99999999999]: `l[99999999999]` is not a path"),
        (
            r#"{"text.x":1}"#,
            "ErrInvalidOperator /text.x: `json` attribute `text` is stored as text and has no paths into it",
        ),
        (r#"{"n":{"lt":null}}"#, "ErrInvalidOperator /n/lt: only strings, numbers and binary values have an order"),
        (
            r#"{"m.x":{"gte":[1]}}"#,
            "ErrInvalidOperator /m.x/gte: only strings, numbers and binary values have an order",
        ),
        (
            r#"{"n":{"lt":{"$path":"s"}}}"#,
            "ErrInvalidOperator /n/lt: `s` is of type S, what it is compared with is of type N",
        ),
        (
            r#"{"flag":{"eq":{"$path":"n"}}}"#,
            "ErrInvalidOperator /flag/eq: `n` is of type N, what it is compared with is of type BOOL",
        ),
        (
            r#"{"m.x":{"lt":{"$path":"flag"}}}"#,
            "ErrInvalidOperator /m.x/lt: only strings, numbers and binary values have an order",
        ),
        (r#"{"n":{"eq":{"$path":"nope"}}}"#, "ErrInvalidModel /n/eq/$path: unknown attribute `nope` of model `Every`"),
        (
            r#"{"s":{"eq":{"$path":"secret"}}}"#,
            "ErrEncryptedFieldNotQueryable /s/eq/$path: encrypted attribute `secret` cannot be used in conditions",
        ),
        (
            r#"{"n":{"between":[{"$path":"m.x"},null]}}"#,
            "ErrInvalidOperator /n/between/1: only strings, numbers and binary values have an order",
        ),
        (r#"{"n":{"lt":{"$size":"n"}}}"#, "ErrInvalidOperator /n/lt: `n` is of type N and has no size"),
        (
            r#"{"s":{"lt":{"$size":"l"}}}"#,
            "ErrInvalidOperator /s/lt: a size is compared with numbers, not with what is of type S",
        ),
        (
            r#"{"m.x":{"begins_with":{"$number":"1"}}}"#,
            "ErrInvalidOperator /m.x/begins_with: `begins_with` takes a string or a binary value",
        ),
        (
            r#"{"s":{"begins_with":{"$path":"n"}}}"#,
            "ErrInvalidOperator /s/begins_with: `n` is of type N, what it is compared with is of type S",
        ),
        (
            r#"{"ss":{"contains":null}}"#,
            "ErrInvalidOperator /ss/contains: `contains` takes a part or an element, not null",
        ),
        (
            r#"{"ns":{"contains":{"$path":"s"}}}"#,
            "ErrInvalidOperator /ns/contains: `s` is of type S, `contains` looks for type N here",
        ),
        (
            r#"{"text":{"begins_with":"x"}}"#,
            "ErrInvalidOperator /text/begins_with: `begins_with` does not apply to `text`, which is JSON text",
        ),
        (
            r#"{"s":{"size":{"lt":null}}}"#,
            "ErrInvalidOperator /s/size/lt: only strings, numbers and binary values have an order",
        ),
        (
            r#"{"secret":"x"}"#,
            "ErrEncryptedFieldNotQueryable /secret: encrypted attribute `secret` cannot be used in conditions",
        ),
    ];
    for (tree, expected) in cases {
        assert_eq!(rendered(tree), Err(expected.to_owned()), "{tree}");
    }
    assert!(rendered(&deep).unwrap_err().ends_with("condition is nested deeper than 32 levels"));
    let name = "x".repeat(256);
    assert!(rendered(&format!(r#"{{"m.{name}":1}}"#)).unwrap_err().contains("name of 256 bytes"));
}

fn updated(clauses: &str) -> Result<String, String> {
    with_update(clauses, |update| {
        let mut placeholders = Placeholders::default();
        let text = update.render(&mut placeholders)?;
        Ok(filled(&text.unwrap_or_default(), &placeholders))
    })
}

fn with_update(clauses: &str, look: impl FnOnce(&Update<'_>) -> Result<String, Error>) -> Result<String, String> {
    let schema = schema();
    let raw: serde_json::Map<String, serde_json::Value> = serde_json::from_str(clauses).unwrap();
    let of = |name: &str| raw.get(name).map(|value| value.to_string());
    let (set, missing, append, prepend) = (of("set"), of("set_if_not_exists"), of("append"), of("prepend"));
    let (add, delete) = (of("add"), of("delete"));
    let remove: Option<Vec<std::borrow::Cow<'_, str>>> = raw
        .get("remove")
        .map(|paths| paths.as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned().into()).collect());
    let clauses = Clauses {
        set: set.as_deref().map(Raw::known),
        set_if_not_exists: missing.as_deref().map(Raw::known),
        append: append.as_deref().map(Raw::known),
        prepend: prepend.as_deref().map(Raw::known),
        remove: remove.as_deref(),
        add: add.as_deref().map(Raw::known),
        delete: delete.as_deref().map(Raw::known),
        protected_attributes: &[],
    };
    match Update::read(model(&schema), &clauses).and_then(|update| look(&update)) {
        Ok(text) => Ok(text),
        Err(error) => Err(format!(
            "{} {}: {}",
            error.code().as_str(),
            error.details().path.as_deref().unwrap_or("-"),
            error.details().message
        )),
    }
}

#[test]
fn updates_render() {
    let cases = [
        ("{}", ""),
        (r#"{"set":{"n":1,"m.x[0]":"y"}}"#, r#"SET m.x[0] = {"S":"y"}, n = {"N":"1"}"#),
        (r#"{"set":{"s":""}}"#, "REMOVE s"),
        (r#"{"set":{"n":0}}"#, r#"SET n = {"N":"0"}"#),
        (r#"{"set":{"n":null}}"#, r#"SET n = {"NULL":true}"#),
        (r#"{"set":{"j":[1]}}"#, r#"SET j = {"L":[{"N":"1"}]}"#),
        (r#"{"set":{"text":{"b":1,"a":2}}}"#, r#"SET text = {"S":"{\"a\":2,\"b\":1}"}"#),
        (r#"{"set_if_not_exists":{"n":1}}"#, r#"SET n = if_not_exists(n, {"N":"1"})"#),
        (r#"{"append":{"l":["x"]}}"#, r#"SET l = list_append(if_not_exists(l, {"L":[]}), {"L":[{"S":"x"}]})"#),
        (r#"{"prepend":{"m.l":[1]}}"#, r#"SET m.l = list_append({"L":[{"N":"1"}]}, if_not_exists(m.l, {"L":[]}))"#),
        (r#"{"remove":["s","m.x","l[3]"]}"#, "REMOVE s, m.x, l[3]"),
        (r#"{"add":{"n":-1,"ss":["a"],"m.count":1}}"#, r#"ADD m.count {"N":"1"}, n {"N":"-1"}, ss {"SS":["a"]}"#),
        (r#"{"delete":{"ns":[1]}}"#, r#"DELETE ns {"NS":["1"]}"#),
        (
            r#"{"delete":{"ss":["a"]},"add":{"n":1},"remove":["s"],"set":{"flag":true}}"#,
            r#"SET flag = {"BOOL":true} REMOVE s ADD n {"N":"1"} DELETE ss {"SS":["a"]}"#,
        ),
        (r#"{"set":{"secret":"x"}}"#, r#"SET secret = {"S":"x"}"#),
        (r#"{"set":{"s":{"$path":"SELECT"},"m.x":{"$path":"l[0].y"}}}"#, "SET m.x = l[0].y, s = SELECT"),
        (r#"{"set":{"n":{"$plus":[{"$path":"n"},1]}}}"#, r#"SET n = n + {"N":"1"}"#),
        (r#"{"set":{"n":{"$minus":[{"$path":"m.x"},{"$path":"n"}]}}}"#, "SET n = m.x - n"),
        (
            r#"{"set":{"n":{"$plus":[{"$if_not_exists":["n",10]},"2.5"]}}}"#,
            r#"SET n = if_not_exists(n, {"N":"10"}) + {"N":"2.5"}"#,
        ),
        (r#"{"set":{"s":{"$if_not_exists":["SELECT","x"]}}}"#, r#"SET s = if_not_exists(SELECT, {"S":"x"})"#),
        (r#"{"set":{"s":{"$if_not_exists":["s",{"$path":"SELECT"}]}}}"#, "SET s = if_not_exists(s, SELECT)"),
        (r#"{"set_if_not_exists":{"s":{"$path":"SELECT"}}}"#, "SET s = if_not_exists(s, SELECT)"),
        (
            r#"{"set":{"l":{"$list_append":[{"$path":"m.list"},[1]]}}}"#,
            r#"SET l = list_append(m.list, {"L":[{"N":"1"}]})"#,
        ),
        (
            r#"{"set":{"l":{"$list_append":[{"$if_not_exists":["l",[]]},{"$path":"j"}]}}}"#,
            r#"SET l = list_append(if_not_exists(l, {"L":[]}), j)"#,
        ),
        (r#"{"set":{"m":{"$$path":"SELECT"}}}"#, r#"SET m = {"M":{"$path":{"S":"SELECT"}}}"#),
        (r#"{"set":{"m":{"$path":"x","y":1}}}"#, r#"SET m = {"M":{"$path":{"S":"x"},"y":{"N":"1"}}}"#),
        (r#"{"set":{"n":{"$number":"7"}}}"#, r#"SET n = {"N":"7"}"#),
        (r#"{"set":{"l[3]":"x"}}"#, r#"SET l[3] = {"S":"x"}"#),
        (r#"{"remove":["l[0]","l[1]"]}"#, "REMOVE l[0], l[1]"),
    ];
    for (clauses, expected) in cases {
        assert_eq!(updated(clauses), Ok(expected.to_owned()), "{clauses}");
    }
}

#[test]
fn updates_are_refused() {
    let cases = [
        (r#"{"set":[]}"#, "ErrInvalidOperator /set: `set` takes an object of paths and values"),
        (r#"{"set":{"pk":"x"}}"#, "ErrInvalidModel /set/pk: key attribute `pk` cannot be updated"),
        (r#"{"set":{"nope":1}}"#, "ErrInvalidModel /set/nope: unknown attribute `nope` of model `Every`"),
        (r#"{"set":{"n":"x"}}"#, "ErrInvalidValue /set/n: not a decimal number"),
        (
            r#"{"set":{"m":{}},"add":{"m.x":1}}"#,
            "ErrInvalidOperator /add/m.x: path `m.x` overlaps another one of the update",
        ),
        (
            r#"{"set":{"m.a.b":1},"remove":["m.a"]}"#,
            "ErrInvalidOperator /remove/0: path `m.a` overlaps another one of the update",
        ),
        (r#"{"remove":["s","s"]}"#, "ErrInvalidOperator /remove/1: path `s` overlaps another one of the update"),
        (r#"{"remove":["needed"]}"#, "ErrInvalidModel /remove/0: required attribute `needed` cannot be removed"),
        (r#"{"set":{"needed":null}}"#, "ErrInvalidModel /set/needed: required attribute `needed` is null"),
        (r#"{"append":{"s":["x"]}}"#, "ErrInvalidOperator /append/s: `s` is of type S, not a list"),
        (r#"{"append":{"l":"x"}}"#, "ErrInvalidOperator /append/l: expected an array of values"),
        (r#"{"add":{"s":"x"}}"#, "ErrInvalidOperator /add/s: `add` does not apply to `s`, which is of type S"),
        (r#"{"add":{"n":null}}"#, "ErrInvalidOperator /add/n: `add` takes a number or a set that is not empty"),
        (r#"{"add":{"ss":[]}}"#, "ErrInvalidOperator /add/ss: `add` takes a number or a set that is not empty"),
        (r#"{"delete":{"n":1}}"#, "ErrInvalidOperator /delete/n: `delete` does not apply to `n`, which is of type N"),
        (r#"{"delete":{"m.x":1}}"#, "ErrInvalidOperator /delete/m.x: `delete` takes a set that is not empty"),
        (r#"{"set":{"n":{"$path":"s"}}}"#, "ErrInvalidOperator /set/n/$path: `s` is of type S, `n` is of type N"),
        (r#"{"set":{"s":{"$path":"text"}}}"#, "ErrInvalidOperator /set/s/$path: `text` is JSON text, `s` is of type S"),
        (
            r#"{"set":{"text":{"$path":"m.x"}}}"#,
            "ErrInvalidOperator /set/text/$path: `m` is of no known type, `text` is JSON text",
        ),
        (r#"{"set":{"n":{"$path":1}}}"#, "ErrInvalidOperator /set/n/$path: expected a path"),
        (
            r#"{"set":{"n":{"$path":"nope"}}}"#,
            "ErrInvalidModel /set/n/$path: unknown attribute `nope` of model `Every`",
        ),
        (
            r#"{"set":{"s":{"$path":"secret"}}}"#,
            "ErrInvalidOperator /set/s/$path: encrypted attribute `secret` cannot be copied",
        ),
        (
            r#"{"set":{"secret":{"$path":"s"}}}"#,
            "ErrInvalidOperator /set/secret: encrypted attribute `secret` can only be set to a value or removed",
        ),
        (r#"{"set":{"s":{"$plus":["a","b"]}}}"#, "ErrInvalidOperator /set/s/$plus: `s` is of type S, not a number"),
        (
            r#"{"set":{"n":{"$plus":[{"$path":"s"},1]}}}"#,
            "ErrInvalidOperator /set/n/$plus/0/$path: `s` is of type S, not a number",
        ),
        (r#"{"set":{"n":{"$plus":[1]}}}"#, "ErrInvalidOperator /set/n/$plus: expected an array of two operands"),
        (r#"{"set":{"n":{"$minus":[1,2,3]}}}"#, "ErrInvalidOperator /set/n/$minus: expected an array of two operands"),
        (r#"{"set":{"n":{"$plus":[null,2]}}}"#, "ErrInvalidOperator /set/n/$plus/0: expected a number"),
        (r#"{"set":{"n":{"$plus":["x",2]}}}"#, "ErrInvalidValue /set/n/$plus/0: not a decimal number"),
        (
            r#"{"set":{"n":{"$plus":[{"$plus":[1,2]},2]}}}"#,
            "ErrInvalidOperator /set/n/$plus/0/$plus: `$plus` does not stand within another operand",
        ),
        (
            r#"{"set":{"n":{"$list_append":[[1],[2]]}}}"#,
            "ErrInvalidOperator /set/n/$list_append: `n` is of type N, not a list",
        ),
        (
            r#"{"set":{"l":{"$list_append":[{"$path":"ss"},[2]]}}}"#,
            "ErrInvalidOperator /set/l/$list_append/0/$path: `ss` is of type SS, not a list",
        ),
        (
            r#"{"set":{"l":{"$list_append":[[1],"x"]}}}"#,
            "ErrInvalidOperator /set/l/$list_append/1: expected an array of values",
        ),
        (
            r#"{"set":{"s":{"$if_not_exists":["s"]}}}"#,
            "ErrInvalidOperator /set/s/$if_not_exists: `$if_not_exists` takes an array of a path and a value",
        ),
        (
            r#"{"set":{"s":{"$if_not_exists":["s",1]}}}"#,
            "ErrInvalidValue /set/s/$if_not_exists/1: expected a string, got a number",
        ),
        (
            r#"{"set_if_not_exists":{"n":{"$plus":[1,2]}}}"#,
            "ErrInvalidOperator /set_if_not_exists/n: `set_if_not_exists` takes a value or `{\"$path\": …}`",
        ),
        (r#"{"set":{"n":{"$times":[1,2]}}}"#, "ErrInvalidValue /set/n: unknown value tag `$times`"),
        (
            r#"{"add":{"secret":1}}"#,
            "ErrInvalidOperator /add/secret: encrypted attribute `secret` can only be set or removed",
        ),
        (
            r#"{"set":{"secret.x":1}}"#,
            "ErrInvalidOperator /set/secret.x: encrypted attribute `secret` has no paths into it",
        ),
    ];
    for (clauses, expected) in cases {
        assert_eq!(updated(clauses), Err(expected.to_owned()), "{clauses}");
    }
}

#[test]
fn what_may_be_done_twice_is_known() {
    let cases = [
        (r#"{}"#, false),
        (r#"{"set":{"s":"x","m.x":1,"l[0].y":2},"remove":["j"],"delete":{"ss":["a"]}}"#, false),
        (r#"{"set_if_not_exists":{"s":"x"}}"#, false),
        (r#"{"set":{"s":{"$path":"SELECT"}}}"#, false),
        (r#"{"set":{"s":{"$if_not_exists":["s",{"$path":"SELECT"}]}}}"#, false),
        (r#"{"set":{"n":{"$plus":[{"$path":"m.x"},1]}}}"#, false),
        (r#"{"set":{"n":{"$plus":[{"$path":"n"},1]}}}"#, true),
        (r#"{"set":{"n":{"$plus":[{"$if_not_exists":["n",0]},1]}}}"#, true),
        (r#"{"set":{"s":{"$path":"SELECT"},"SELECT":{"$path":"s"}}}"#, true),
        (r#"{"set":{"s":{"$path":"SELECT"}},"remove":["SELECT"]}"#, true),
        (r#"{"set":{"n":{"$path":"version"}}}"#, true),
        (r#"{"set":{"l[0]":1}}"#, true),
        (r#"{"remove":["l[0]"]}"#, true),
        (r#"{"append":{"l":[1]}}"#, true),
        (r#"{"prepend":{"l":[1]}}"#, true),
        (r#"{"add":{"ss":["a"]}}"#, true),
    ];
    for (clauses, expected) in cases {
        let found = with_update(clauses, |update| Ok(update.accumulates().to_string()));
        assert_eq!(found, Ok(expected.to_string()), "{clauses}");
    }
}

#[test]
fn operators_are_counted_as_dynamodb_does() {
    // SET, REMOVE, ADD and DELETE are none themselves; functions and signs are.
    let many = |element: &dyn Fn(usize) -> String, count: usize| (0..count).map(element).collect::<Vec<_>>().join(",");
    let removes = format!(r#"{{"remove":[{}]}}"#, many(&|at| format!(r#""l[{at}]""#), 400));
    assert!(updated(&removes).is_ok());
    let sums = |count| {
        format!(r#"{{"set":{{{}}}}}"#, many(&|at| format!(r#""m.a{at}":{{"$plus":[{{"$path":"n"}},1]}}"#), count))
    };
    assert!(updated(&sums(150)).is_ok());
    let long = updated(&sums(301)).expect_err("too many operators");
    assert_eq!(long, "ErrInvalidOperator -: update has 301 operators, DynamoDB takes 300");
    let contains =
        |count| format!(r#"{{"$or":[{}]}}"#, many(&|at| format!(r#"{{"s":{{"not_contains":"{at}"}}}}"#), count));
    assert!(rendered(&contains(100)).is_ok(), "100 NOT, 100 contains, 99 OR");
    assert!(rendered(&contains(101)).expect_err("302 operators").contains("302 operators"));
    let wide = format!(r#"{{"n":{{"in":[{}]}}}}"#, many(&|at| at.to_string(), 100));
    assert!(rendered(&format!(r#"{{"$and":[{}]}}"#, many(&|_| wide.clone(), 5))).is_ok(), "IN is one operator");
}

#[test]
fn expressions_and_values_have_a_largest_size() {
    let sets = |count: usize| {
        let sets: Vec<_> = (0..count).map(|at| format!(r#""m.a{at}":1"#)).collect();
        format!(r#"{{"set":{{{}}}}}"#, sets.join(","))
    };
    assert!(updated(&sets(200)).is_ok());
    assert!(updated(&sets(400)).expect_err("too long").contains("DynamoDB takes 4096"));
    let values = |bytes: usize| format!(r#"{{"$or":[{{"s":"{0}"}},{{"s":"{0}"}}]}}"#, "x".repeat(bytes));
    assert!(rendered(&values(1024 * 1024 - 8)).is_ok());
    let large = rendered(&values(1024 * 1024 + 1)).expect_err("too large");
    assert_eq!(large, "ErrInvalidOperator -: names and values take 2097155 bytes, DynamoDB takes 2097152");
}

#[test]
fn projections_render_and_are_refused() {
    let schema = schema();
    let of = |paths: &[&str]| {
        let mut placeholders = Placeholders::default();
        projection(model(&schema), paths, &mut placeholders)
            .map(|text| filled(&text, &placeholders))
            .map_err(|error| error.details().message.clone())
    };
    assert_eq!(of(&["s", "m.x[1]", "dot.ted"]).as_deref(), Ok("s, m.x[1], dot.ted"));
    assert_eq!(of(&[]), Err("projection is empty".to_owned()));
    assert_eq!(of(&["m.x", "m"]), Err("path `m` overlaps another one".to_owned()));
    assert_eq!(of(&["nope"]), Err("unknown attribute `nope` of model `Every`".to_owned()));
}
