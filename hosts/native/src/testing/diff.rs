//! What is different between two JSON values, for people.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use tabletheory_core::json::pointer;

/// A request was not the one that was expected, or replies were left over. Its text says where they differ, line by line.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestMismatch {
    what: String,
    differences: Vec<String>,
}

impl RequestMismatch {
    pub(super) fn new(what: impl Into<String>, differences: Vec<String>) -> Self {
        RequestMismatch { what: what.into(), differences }
    }

    /// The differences: of each its place, what was expected, and what it was.
    pub fn differences(&self) -> &[String] {
        &self.differences
    }
}

impl fmt::Display for RequestMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.differences.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl fmt::Debug for RequestMismatch {
    /// The text itself: this is what a test that fails shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RequestMismatch {}

/// The body of a request or response as a person reads it: JSON where it is JSON, else text.
pub(super) fn readable(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))
}

/// One line or two for every place at which `actual` is not `expected`, by JSON pointer.
pub(super) fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare(Some(expected), Some(actual), "", &mut lines);
    lines
}

fn compare(expected: Option<&Value>, actual: Option<&Value>, at: &str, lines: &mut Vec<String>) {
    let place = if at.is_empty() { "/" } else { at };
    match (expected, actual) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                compare(left.get(name), right.get(name), &pointer(at, name), lines);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                compare(left.get(index), right.get(index), &format!("{at}/{index}"), lines);
            }
        }
        (Some(left), Some(right)) if left != right => {
            lines.push(format!("{place}: expected {}", shown(left)));
            lines.push(format!("{}       was {}", " ".repeat(place.chars().count()), shown(right)));
        }
        (None, Some(right)) => lines.push(format!("{place}: not expected: {}", shown(right))),
        (Some(left), None) => lines.push(format!("{place}: missing: {}", shown(left))),
        _ => {}
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_name_their_place() {
        let expected = json!({"Key": {"pk": {"S": "u#1"}}, "Limit": 3, "List": [1, 2], "a/b": true});
        assert!(differences(&expected, &expected.clone()).is_empty());
        let actual = json!({"Key": {"pk": {"S": "u#2"}}, "List": [1], "More": {}, "a/b": "true"});
        let lines = [
            "/Key/pk/S: expected \"u#1\"",
            "                was \"u#2\"",
            "/Limit: missing: 3",
            "/List/1: missing: 2",
            "/More: not expected: {}",
            "/a~1b: expected true",
            "            was \"true\"",
        ];
        assert_eq!(differences(&expected, &actual), lines);
        assert_eq!(differences(&json!({}), &json!([])), ["/: expected {}", "        was []"]);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let lines = differences(&json!("é".repeat(300)), &json!(1));
        assert_eq!(lines[0].chars().count(), "/: expected ".len() + 201);
    }
}
