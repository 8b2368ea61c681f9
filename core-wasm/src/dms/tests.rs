//! The checked-in JSON Schema against the Rust types, the rules and the examples; the two readers against each other.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use super::problem::Problems;
use super::source::{self, Value, View};
use super::{Options, check, document, validate};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dms").join(name)
}

/// The documents of a folder of examples, by file name.
fn documents(name: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder("examples").join(name)).expect("the examples are there");
    let mut documents = Vec::new();
    for file in files {
        let path = file.expect("a readable folder").path();
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        if !name.ends_with(".expected.json") {
            documents.push((name, fs::read(&path).expect("a readable file")));
        }
    }
    documents.sort();
    documents
}

/// What a document says, as JSON; none when it cannot be read without problems.
fn as_json(document: &[u8]) -> Option<Json> {
    let mut problems = Problems::new(false);
    let tree = source::read(document, &mut problems)?;
    let readable = !super::has_errors(&problems.finish());
    readable.then(|| to_json(tree.root()))
}

fn to_json(view: View) -> Json {
    match view.value() {
        Value::Null | Value::Unusable => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => match text.strip_prefix("0x") {
            Some(hex) => json!(u64::from_str_radix(hex, 16).expect("a number of the examples")),
            None => text.parse::<f64>().expect("a number").into(),
        },
        Value::String(text) => json!(text),
        Value::List(_) => view.elements().map(to_json).collect(),
        Value::Map(_) => {
            let members = view.members().map(|(member, value)| (member.key.clone(), to_json(value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
    }
}

#[test]
fn the_schema_is_current() {
    let path = folder("schema/dms.schema.json");
    let current = format!("{:#}\n", document::schema());
    if std::env::var_os("TABLETHEORY_UPDATE").is_some() {
        fs::write(&path, &current).expect("a writable file");
    }
    let checked_in = fs::read_to_string(&path).expect("the schema is there");
    assert!(checked_in == current, "run the tests with TABLETHEORY_UPDATE=1 and commit dms/schema");
}

#[test]
fn the_schema_has_the_members_that_are_read() {
    let schema = document::schema();
    let members = |object: &Json| -> Vec<String> {
        let mut names: Vec<String> = object["properties"].as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    for (name, known) in validate::members() {
        let object = if name == "Document" { &schema } else { &schema["$defs"][name] };
        let mut known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        known.sort();
        assert_eq!(members(object), known, "{name}");
    }
}

/// The codes that tell of something that the JSON Schema refuses too.
const STRUCTURAL: &[&str] = &[
    "disallowed_character",
    "empty_value",
    "invalid_index_name",
    "invalid_key_type",
    "invalid_table_name",
    "missing_field",
    "name_too_long",
    "too_many_key_attributes",
    "unknown_convention",
    "unknown_format",
    "unknown_index_type",
    "unknown_mode",
    "unknown_projection",
    "unknown_role",
    "unknown_type",
    "unsupported_version",
    "wrong_type",
];

#[test]
fn the_schema_takes_and_refuses_the_same_structures() {
    let validator = jsonschema::validator_for(&document::schema()).expect("a valid schema");
    let (mut taken, mut refused) = (0, 0);
    for name in ["valid", "doubtful", "invalid"] {
        for (file, text) in documents(name) {
            let Some(json) = as_json(&text) else { continue };
            let report = check(&text, Options::default());
            let structural = report.problems.iter().any(|problem| STRUCTURAL.contains(&problem.code.as_str()));
            let found: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
            assert_eq!(!found.is_empty(), structural, "{name}/{file}: {found:?}");
            if structural { refused += 1 } else { taken += 1 }
        }
    }
    assert!(taken >= 30 && refused >= 20, "{taken} taken, {refused} refused");
}

#[test]
fn yaml_and_json_of_one_name_say_the_same() {
    let documents = documents("valid");
    let mut pairs = 0;
    for (name, text) in &documents {
        let Some(stem) = name.strip_suffix(".yml") else {
            continue;
        };
        let twin = format!("{stem}.json");
        if let Some((_, json)) = documents.iter().find(|(name, _)| *name == twin) {
            let expected: Json = serde_json::from_slice(json).expect("an example in JSON");
            assert_eq!(as_json(text), Some(expected.clone()), "{name}");
            assert_eq!(as_json(json), Some(expected), "{twin}");
            pairs += 1;
        }
    }
    assert!(pairs >= 3, "{pairs} pairs");
}

#[test]
fn json_is_read_as_json_not_as_yaml() {
    let (_, text) = documents("valid").into_iter().find(|(name, _)| name == "json-forms.json").expect("the example");
    let json = as_json(&text).expect("a readable document");
    assert_eq!(json["namespace"], "😀 / é");
    let tags = &json["models"][0]["attributes"][0]["tags"];
    assert_eq!(tags["<<"], "&a *b !c");
    assert_eq!(tags["1"], "one");
    assert_eq!(tags["k".repeat(1100)], 100.0);
}

#[test]
fn a_byte_order_mark_is_no_content() {
    for text in ["{\"a\": 1}", "a: 1", "- a"] {
        let marked = format!("\u{feff}{text}");
        assert_eq!(as_json(marked.as_bytes()), as_json(text.as_bytes()), "{text}");
    }
}

#[test]
fn pointers_stay_short() {
    let key = "k".repeat(100_000);
    let text = format!("dms_version: '0.2'\n? {key}\n: {{ a: .nan, b: .nan }}\n");
    let report = check(text.as_bytes(), Options::default());
    assert!(report.problems.len() >= 3);
    for problem in &report.problems {
        assert!(problem.pointer.len() < 300 && problem.message.len() < 200, "{}", problem.code);
    }
}
