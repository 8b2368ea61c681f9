//! Laws of documents as data: YAML and JSON say the same, and the JSON Schema takes whatever compiles.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use tabletheory_core::dms::{Options, Problem, check, compile, describe};

/// A valid document with everything in it, to change as data.
fn rich() -> Value {
    json!({
        "dms_version": "0.2",
        "namespace": "a.b",
        "models": [{
            "name": "Order",
            "table": {"name": "orders"},
            "naming": {"convention": "camelCase"},
            "keys": {"partition": {"attribute": "pk", "type": "S"}, "sort": {"attribute": "sk", "type": "N"}},
            "write_policy": {"mode": "mutable", "protected_attributes": ["total"]},
            "attributes": [
                {"attribute": "pk", "type": "S", "required": true, "roles": ["pk"]},
                {"attribute": "sk", "type": "N", "roles": ["sk"]},
                {"attribute": "total", "type": "N", "format": "decimal_string", "optional": true, "omit_empty": true},
                {"attribute": "secret", "type": "S", "encryption": {"v": 1}},
                {"attribute": "data", "type": "M", "json": true, "tags": {"a": [1, null, {"b": "c"}]}},
                {"attribute": "blob", "type": "B", "binary": true},
                {"attribute": "createdAt", "type": "S", "roles": ["created_at"]},
                {"attribute": "version", "type": "N", "format": "int", "roles": ["version"]}
            ],
            "indexes": [
                {"name": "by-total", "type": "GSI", "partition": {"attribute": "createdAt", "type": "S"},
                 "sort": {"attribute": "total", "type": "N"}, "projection": {"type": "INCLUDE", "fields": ["data"]}},
                {"name": "local", "type": "LSI", "partition": {"attribute": "pk", "type": "S"},
                 "sort": {"attribute": "total", "type": "N"}, "projection": {"type": "ALL"}}
            ]
        }]
    })
}

/// Texts that stand, rightly or wrongly, in documents.
const TEXTS: &[&str] = &[
    "",
    "S",
    "N",
    "B",
    "SS",
    "NULL",
    "pk",
    "sk",
    "total",
    "data",
    "ttl",
    "version",
    "updated_at",
    "index_pk:x",
    "0.1",
    "0.2",
    "GSI",
    "LSI",
    "ALL",
    "KEYS_ONLY",
    "INCLUDE",
    "write_once",
    "snake_case",
    "int",
    "unix_seconds",
    "a b",
    "a/b~c",
    "größe",
    "no",
    "12",
    "true",
    "null",
    "~",
    "<<",
    "a: b",
    "- a",
    "# c",
    "'",
    "\"",
    "\\",
    "\n",
    "\u{7f}",
    "\u{1f600}",
    "x y",
];

fn replacement() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => select(TEXTS).prop_map(Value::from),
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => any::<f32>().prop_filter("finite", |value| value.is_finite()).prop_map(Value::from),
        1 => Just(json!([])),
        1 => Just(json!({})),
        1 => Just(json!({"attribute": "total", "type": "N"})),
    ]
}

/// What happens to one value of a document.
#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    Rename(&'static str),
    Double,
}

fn change() -> impl Strategy<Value = Change> {
    let names =
        &["type", "attribute", "name", "roles", "format", "json", "optional", "encryption", "sort", "fields", "x"];
    prop_oneof![
        4 => replacement().prop_map(Change::Replace),
        1 => Just(Change::Remove),
        1 => select(names).prop_map(Change::Rename),
        1 => Just(Change::Double),
    ]
}

/// The pointers of all values inside a value.
fn pointers(value: &Value, prefix: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (escape(key), value)).collect(),
        _ => Vec::new(),
    };
    for (segment, value) in children {
        let pointer = format!("{prefix}/{segment}");
        pointers(value, &pointer, found);
        found.push(pointer);
    }
}

fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// Changes one value of a document.
fn apply(document: &mut Value, at: &Index, change: &Change) {
    let mut found = Vec::new();
    pointers(document, "", &mut found);
    if found.is_empty() {
        return;
    }
    let (parent, segment) = at.get(&found).rsplit_once('/').expect("a pointer");
    match (document.pointer_mut(parent).expect("the parent"), change) {
        (Value::Array(list), change) => {
            let at: usize = segment.parse().expect("a position");
            match change {
                Change::Replace(new) => list[at] = new.clone(),
                Change::Remove => _ = list.remove(at),
                Change::Rename(_) | Change::Double => list.push(list[at].clone()),
            }
        }
        (Value::Object(map), change) => {
            let key = segment.replace("~1", "/").replace("~0", "~");
            let value = map.remove(&key).expect("the member");
            match change {
                Change::Replace(new) => _ = map.insert(key, new.clone()),
                Change::Remove => {}
                Change::Rename(name) => _ = map.insert((*name).to_owned(), value),
                Change::Double => {
                    map.insert(format!("{key}2"), value.clone());
                    map.insert(key, value);
                }
            }
        }
        _ => unreachable!("only lists and objects have values inside"),
    }
}

/// Writes a document as YAML; `style` decides between the ways to write each part.
fn to_yaml(value: &Value, level: usize, style: &mut u64) -> String {
    *style = style.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let indent = "  ".repeat(level);
    match value {
        Value::Array(list) if !list.is_empty() && !style.is_multiple_of(8) => {
            let line = |value: &Value, style: &mut u64| format!("\n{indent}- {}", to_yaml(value, level + 1, style));
            list.iter().map(|value| line(value, style)).collect()
        }
        Value::Object(map) if !map.is_empty() && !style.is_multiple_of(8) => block_map(map, &indent, level, style),
        Value::String(text) => scalar(text, *style),
        // JSON is YAML too.
        other => other.to_string(),
    }
}

fn block_map(map: &Map<String, Value>, indent: &str, level: usize, style: &mut u64) -> String {
    let mut lines = String::new();
    for (key, value) in map {
        lines += &format!("\n{indent}{}: {}", scalar(key, *style), to_yaml(value, level + 1, style));
    }
    lines
}

fn scalar(text: &str, style: u64) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !["no", "null", "true", "false"].contains(&text.to_lowercase().as_str());
    match style % 3 {
        0 if plain => text.to_owned(),
        1 if !text.chars().any(char::is_control) => format!("'{}'", text.replace('\'', "''")),
        _ => Value::from(text).to_string(),
    }
}

/// Problems without where they stand in the text.
fn without_lines(problems: &[Problem]) -> Vec<(String, String, String, Option<String>)> {
    let mut found: Vec<_> = problems
        .iter()
        .map(|problem| {
            let message = problem.message.split("first in line").next().unwrap_or_default().to_owned();
            (problem.pointer.clone(), problem.code.clone(), message, problem.hint.clone())
        })
        .collect();
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml_and_json_of_changed_documents_say_the_same(
        changes in vec((any::<Index>(), change()), 0..5),
        style in any::<u64>(),
    ) {
        let mut document = rich();
        for (at, change) in &changes {
            apply(&mut document, at, change);
        }
        yaml_and_json_agree(&document, style);
    }

    #[test]
    fn the_json_schema_takes_changed_documents_that_compile(changes in vec((any::<Index>(), change()), 0..4)) {
        let mut document = rich();
        for (at, change) in &changes {
            apply(&mut document, at, change);
        }
        schema_takes_what_compiles(&document);
    }
}

fn yaml_and_json_agree(document: &Value, style: u64) {
    let yaml = to_yaml(document, 0, &mut (style | 1));
    let json = document.to_string();
    let options = Options::default();
    match (compile(yaml.as_bytes(), options), compile(json.as_bytes(), options)) {
        (Ok(mut from_yaml), Ok(mut from_json)) => {
            assert_eq!(without_lines(&from_yaml.warnings), without_lines(&from_json.warnings), "{yaml}");
            from_yaml.warnings.clear();
            from_json.warnings.clear();
            let name = |model: &tabletheory_core::dms::Model| model.table.clone();
            assert_eq!(describe(&from_yaml, &name), describe(&from_json, &name), "{yaml}");
        }
        (Err(from_yaml), Err(from_json)) => {
            assert_eq!(without_lines(&from_yaml), without_lines(&from_json), "{yaml}");
        }
        (from_yaml, from_json) => panic!("{yaml}\n{from_yaml:?}\n{from_json:?}"),
    }
}

fn schema_takes_what_compiles(document: &Value) {
    static VALIDATOR: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dms/schema/dms.schema.json");
        let text = fs::read_to_string(path).expect("the schema is there");
        let schema = serde_json::from_str(&text).expect("the schema is JSON");
        jsonschema::validator_for(&schema).expect("a valid schema")
    });
    if compile(document.to_string().as_bytes(), Options::default()).is_ok() {
        let errors: Vec<String> = VALIDATOR.iter_errors(document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{document}\n{errors:?}");
    }
}

/// Each value of the rich document, replaced by each of many others: nothing is left to chance.
#[test]
fn every_single_change_keeps_the_laws() {
    let mut found = Vec::new();
    pointers(&rich(), "", &mut found);
    let others = [Value::Null, json!(true), json!(1), json!([]), json!({}), json!([""]), json!({"": ""})];
    for pointer in &found {
        for new in TEXTS.iter().map(|text| Value::from(*text)).chain(others.clone()) {
            let mut document = rich();
            *document.pointer_mut(pointer).expect("the value") = new;
            schema_takes_what_compiles(&document);
            yaml_and_json_agree(&document, pointer.len() as u64);
        }
    }
}

#[test]
fn the_rich_document_is_valid() {
    let report = check(rich().to_string().as_bytes(), Options { strict: true });
    assert!(report.ok, "{:?}", report.problems);
}
