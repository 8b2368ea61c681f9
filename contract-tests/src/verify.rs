//! The assertions of a step against the answer of a host and the stored item.

use crate::compare::{self, Item};
use crate::models::Model;
use crate::scenario::{Expect, ExpectedRequest, Outcome};
use crate::value::Value;
use std::collections::BTreeMap;

/// Variables that steps kept.
pub type Variables = BTreeMap<String, crate::plain::Plain>;

/// How a call ended: `{"result"}` or `{"error"}`, with `waits` and `requests`.
pub struct Answer<'a>(pub &'a Value);

impl Answer<'_> {
    /// The result document.
    pub fn result(&self) -> Option<&Value> {
        self.0.get("result")
    }

    /// The error document.
    pub fn error(&self) -> Option<&Value> {
        self.0.get("error")
    }

    /// The item in the result.
    pub fn item(&self) -> Option<&Value> {
        self.result()?.get("item").filter(|item| **item != Value::Null)
    }
}

/// Whether the call ended as it should.
pub fn outcome(answer: &Answer, expect: &Expect) -> Result<(), String> {
    let (result, error) = (answer.result(), answer.error());
    match (&expect.outcome, result, error) {
        (Outcome::Ok, Some(_), None) | (Outcome::Failure, None, Some(_)) => Ok(()),
        (Outcome::Ok, None, Some(error)) => Err(format!("it failed: {}", shown(error))),
        (Outcome::Error(code), None, Some(error)) => {
            let found = codes(error)?;
            if found.contains(&code.as_str()) { Ok(()) } else { Err(format!("expected `{code}`: {}", shown(error))) }
        }
        (Outcome::Errors(wanted), None, Some(error)) => {
            if codes(error)? == *wanted {
                Ok(())
            } else {
                Err(format!("expected {wanted:?}: {}", shown(error)))
            }
        }
        (_, Some(result), None) => Err(format!("it succeeded, but an error was expected: {result}")),
        _ => Err(format!("neither a result nor an error: {}", answer.0)),
    }
}

/// The codes of an error document. The most specific one must be among them.
fn codes(error: &Value) -> Result<Vec<&str>, String> {
    let codes = error.get("codes").and_then(Value::elements).unwrap_or_default();
    let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
    match error.get("code").and_then(Value::as_str) {
        Some(code) if codes.contains(&code) => Ok(codes),
        code => Err(format!("`code` {code:?} is not among `codes` {codes:?}")),
    }
}

/// Codes and message; never more, as the rest may be long.
fn shown(error: &Value) -> String {
    let part = |name: &str| error.get(name).map(Value::to_string).unwrap_or_default();
    let path = error.get("path").map(|path| format!(" at {path}")).unwrap_or_default();
    let service = error.get("service").map(|service| format!(" ({service})")).unwrap_or_default();
    format!("{} {}{path}{service}", part("codes"), part("message"))
}

/// Error texts hold no value of the call: none of the texts that a user put into it may be found there.
pub fn no_leak(answer: &Answer, call: &Value) -> Result<(), String> {
    const SHORTEST: usize = 8;
    let Some(error) = answer.error() else { return Ok(()) };
    let mut texts = Vec::new();
    values(call, &mut texts);
    for place in ["message", "hint", "path"] {
        let text = error.get(place).and_then(Value::as_str).unwrap_or_default();
        if let Some(value) = texts.iter().find(|value| value.chars().count() >= SHORTEST && text.contains(**value)) {
            let value: String = value.chars().take(40).collect();
            return Err(format!("`{place}` of the error quotes the value `{value}`"));
        }
    }
    Ok(())
}

/// The texts of all values in a call document, also within groups and actions.
fn values<'a>(call: &'a Value, texts: &mut Vec<&'a str>) {
    const HELD: &[&str] = &[
        "item",
        "key",
        "keys",
        "set",
        "set_if_not_exists",
        "append",
        "prepend",
        "add",
        "put",
        "delete",
        "changes",
        "condition",
        "where",
        "filter",
        "until",
        "cursor",
    ];
    const PARTS: &[&str] =
        &["gets", "writes", "actions", "actual", "event", "create", "update", "put", "delete", "check"];
    for (name, value) in call.members().unwrap_or_default() {
        // An action has the name of a group's list, or of a clause.
        let is_action = value.get("model").is_some();
        if HELD.contains(&name.as_str()) && !is_action {
            value.leaf_texts(texts);
        } else if PARTS.contains(&name.as_str()) {
            match value.elements() {
                Some(parts) => parts.iter().for_each(|part| values(part, texts)),
                None => values(value, texts),
            }
        }
    }
}

/// Assertions about the documents, waits and requests of the answer.
pub fn answer(answer: &Answer, expect: &Expect) -> Result<(), String> {
    if let Some(absent) = expect.item_absent
        && answer.item().is_none() != absent
    {
        return Err(format!("`item_absent` is {}, expected {absent}", !absent));
    }
    if let Some(expected) = &expect.result {
        compare::document(answer.result(), expected, "result")?;
    }
    if let Some(expected) = &expect.error_document {
        compare::document(answer.error(), expected, "error")?;
    }
    waits(answer, expect)?;
    let requests = answer.0.get("requests").and_then(Value::elements);
    if let Some(expected) = &expect.requests {
        check_requests(requests.ok_or("the driver reports no requests")?, expected)?;
    }
    if let Some(count) = expect.request_count {
        let found = requests.ok_or("the driver reports no requests")?.len() as u64;
        if found != count {
            return Err(format!("{found} requests were sent, expected {count}"));
        }
    }
    Ok(())
}

fn waits(answer: &Answer, expect: &Expect) -> Result<(), String> {
    if expect.waits.is_none() && expect.waits_within.is_none() {
        return Ok(());
    }
    let waits = answer.0.get("waits").and_then(Value::elements).ok_or("the driver reports no waits")?;
    let found: Option<Vec<u64>> = waits.iter().map(Value::as_u64).collect();
    let found = found.ok_or("the driver reports waits that are no whole numbers")?;
    if let Some(wanted) = &expect.waits
        && found != *wanted
    {
        return Err(format!("waited {found:?} ms, expected {wanted:?}"));
    }
    if let Some(bounds) = &expect.waits_within {
        let inside = found.iter().zip(bounds).all(|(wait, (low, high))| (low..=high).contains(&wait));
        if found.len() != bounds.len() || !inside {
            return Err(format!("waited {found:?} ms, expected within {bounds:?}"));
        }
    }
    Ok(())
}

fn check_requests(found: &[Value], expected: &[ExpectedRequest]) -> Result<(), String> {
    let text = |request: &Value, name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for (at, (found, wanted)) in found.iter().zip(expected).enumerate() {
        let differs = |what: &str, found: &str, wanted: &str| {
            Err(format!("request {at}: {what} is\n    {found}\n  expected\n    {wanted}"))
        };
        let (action, body, url, head) =
            (text(found, "action"), text(found, "body"), text(found, "url"), text(found, "head"));
        if action != wanted.action {
            return differs("action", &action, &wanted.action);
        }
        match &wanted.body {
            Some(Value::String(exact)) if body != *exact => return differs("body", &body, exact),
            Some(Value::String(_)) | None => {}
            Some(document) => {
                let parsed = crate::json::parse(&body).map_err(|error| format!("request {at}: body: {error}"))?;
                if unordered(&parsed) != unordered(document) {
                    return differs("body", &body, &document.to_string());
                }
            }
        }
        if wanted.url.as_ref().is_some_and(|wanted| *wanted != url) {
            return differs("url", &url, wanted.url.as_deref().unwrap_or_default());
        }
        for (name, value) in &wanted.head {
            let line = head
                .lines()
                .find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)));
            if line.map(|(_, found)| found) != Some(value) {
                return differs(name, line.map_or("absent", |(_, found)| found), value);
            }
        }
    }
    if found.len() != expected.len() {
        let actions: Vec<String> = found.iter().map(|request| text(request, "action")).collect();
        return Err(format!("{} requests were sent, expected {}: {actions:?}", found.len(), expected.len()));
    }
    Ok(())
}

/// A document with the members of all objects sorted.
fn unordered(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(unordered).collect()),
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().map(|(name, value)| (name.clone(), unordered(value))).collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(sorted)
        }
        other => other.clone(),
    }
}

/// Assertions about the item of the answer (or, where the answer has none, the stored one).
pub fn item(item: &Item, model: &Model, expect: &Expect, variables: &Variables) -> Result<(), String> {
    if let Some(expected) = &expect.item_contains {
        compare::contains(item, &compare::given(model, expected)?)?;
    }
    if let Some(expected) = &expect.item_equals {
        compare::equals(item, &compare::given(model, expected)?)?;
    }
    if let Some(name) = expect.item_has_fields.iter().find(|name| !item.contains_key(*name)) {
        return Err(format!("`{name}` is absent"));
    }
    let pairs = expect.item_field_equals_var.iter().map(|pair| (pair, true));
    for ((name, variable), equal) in pairs.chain(expect.item_field_not_equals_var.iter().map(|pair| (pair, false))) {
        let kept = variables.get(variable).ok_or_else(|| format!("no step kept a variable `{variable}`"))?;
        let found = item.get(name).ok_or_else(|| format!("`{name}` is absent"))?;
        if (found == kept) != equal {
            let relation = if equal { "differs from" } else { "equals" };
            return Err(format!("`{name}` ({found}) {relation} variable `{variable}` ({kept})"));
        }
    }
    Ok(())
}

/// Assertions about the stored item.
pub fn stored(raw: Option<&Value>, model: &Model, expect: &Expect) -> Result<(), String> {
    if let Some(absent) = expect.raw_item_absent
        && raw.is_none() != absent
    {
        return Err(format!("an item is {}stored", if absent { "" } else { "not " }));
    }
    let wanted = expect.item_equals.is_some()
        || expect.raw_item_contains.is_some()
        || expect.raw_item_equals.is_some()
        || expect.raw_attributes.is_some()
        || !expect.raw_attribute_types.is_empty()
        || !expect.item_missing_fields.is_empty();
    if !wanted {
        return Ok(());
    }
    let raw = raw.ok_or("no item is stored")?;
    let item = compare::stored(model, raw).map_err(|error| format!("stored item: {error}"))?;
    let said = |error: String| format!("stored item: {error}");
    if let Some(expected) = &expect.item_equals {
        compare::equals(&item, &compare::given(model, expected)?).map_err(said)?;
    }
    if let Some(expected) = &expect.raw_item_contains {
        compare::contains(&item, &compare::given(model, expected)?).map_err(said)?;
    }
    if let Some(expected) = &expect.raw_item_equals {
        compare::attribute_values(raw, expected, true).map_err(said)?;
    }
    if let Some(expected) = &expect.raw_attributes {
        compare::attribute_values(raw, expected, false).map_err(said)?;
    }
    for (name, wanted) in &expect.raw_attribute_types {
        let found = raw.get(name).and_then(Value::only_member).map(|(kind, _)| kind);
        if found != Some(wanted) {
            return Err(format!("stored item: `{name}` has type {found:?}, expected `{wanted}`"));
        }
    }
    match expect.item_missing_fields.iter().find(|name| item.contains_key(*name)) {
        Some(name) => Err(format!("stored item: `{name}` is there")),
        None => Ok(()),
    }
}
