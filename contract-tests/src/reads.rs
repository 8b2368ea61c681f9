//! Reads: their call documents, walks from page to page, and what is said about their items.

use crate::compare;
use crate::models::Model;
use crate::plain::Plain;
use crate::plan::{attributes, typed};
use crate::scenario::{Expect, Read, Request, Shared, Test};
use crate::value::Value;
use crate::verify::{Answer, Variables};

/// The call document of a read.
pub fn call(model: &Model, read: &Read, variables: &Variables) -> Result<Value, String> {
    let mut call = Value::object([("op", Value::from(read.op)), ("model", Value::text(&model.name))]);
    match &read.request {
        Request::Shared(shared) => add_shared(&mut call, model, shared),
        Request::Members(members) => {
            for (name, value) in members {
                let value = match (name.as_str(), value.only_member()) {
                    ("cursor", Some(("$var", Value::String(variable)))) => kept(variable, variables)?,
                    ("key", _) => attributes(model, value),
                    _ => value.clone(),
                };
                call.set(name, value);
            }
        }
    }
    Ok(call)
}

fn kept(variable: &str, variables: &Variables) -> Result<Value, String> {
    match variables.get(variable) {
        Some(Plain::Text(text)) => Ok(Value::text(text)),
        Some(Plain::Null) => Ok(Value::Null),
        Some(other) => Err(format!("variable `{variable}` is {other}, no cursor")),
        None => Err(format!("no step kept a variable `{variable}`")),
    }
}

fn add_shared(call: &mut Value, model: &Model, shared: &Shared) {
    if let Some(index) = &shared.index {
        call.set("index", Value::text(index));
    }
    let mut key = Vec::new();
    for test in [&shared.partition, &shared.sort].into_iter().flatten() {
        let (_, condition) = tree(model, test);
        // A value by itself is what a key usually is.
        let value = match condition.only_member() {
            Some(("eq", value)) => value.clone(),
            _ => condition,
        };
        key.push((test.attribute.clone(), value));
    }
    if !key.is_empty() {
        call.set("key", Value::Object(key));
    }
    let filter: Vec<Value> = shared
        .filter
        .iter()
        .map(|test| {
            let (attribute, condition) = tree(model, test);
            Value::object([(attribute, condition)])
        })
        .collect();
    match filter.len() {
        0 => {}
        1 => call.set("filter", filter[0].clone()),
        _ => call.set("filter", Value::object([("$and", Value::Array(filter))])),
    }
    if let Some(direction) = &shared.direction {
        call.set("order", Value::text(direction.to_ascii_lowercase()));
    }
    if let Some(projection) = &shared.projection {
        call.set("projection", projection.clone());
    }
    if let Some(limit) = &shared.limit {
        // A count goes through all pages; there a limit can only be meant for each of them.
        call.set(if shared.counts { "page_size" } else { "limit" }, limit.clone());
    }
    if let Some(cursor) = &shared.cursor {
        call.set("cursor", Value::text(cursor));
    }
    if let Some(consistent) = shared.consistent {
        call.set("consistent", Value::Bool(consistent));
    }
    if shared.counts {
        call.set("count", Value::Bool(true));
    }
}

/// One test as a member of a condition tree; values get the type that the schema says.
fn tree(model: &Model, test: &Test) -> (String, Value) {
    let attribute = model.attribute(&test.attribute);
    let operand = match (test.operator.as_str(), &test.operand) {
        ("between" | "in", Value::Array(values)) => {
            Value::Array(values.iter().map(|value| typed(attribute, value)).collect())
        }
        ("contains" | "exists", value) => value.clone(),
        (_, value) => typed(attribute, value),
    };
    (test.attribute.clone(), Value::object([(test.operator.as_str(), operand)]))
}

/// The call that goes on where an answer ended; `None` when nothing is left.
pub fn next(call: &Value, answer: &Value) -> Option<Value> {
    let result = answer.get("result")?;
    let cursor = result.get("cursor").filter(|cursor| **cursor != Value::Null)?;
    let mut next = call.clone();
    match result.get("remaining") {
        Some(Value::Number(remaining)) if remaining == "0" => return None,
        Some(remaining @ Value::Number(_)) => next.set("limit", remaining.clone()),
        _ => {}
    }
    next.set("cursor", cursor.clone());
    Some(next)
}

/// Puts the answer to the next call behind those before: items and numbers together, the rest as it is in the last one.
pub fn join(mut before: Value, after: Value) -> Value {
    let (Some(old), Some(new)) = (before.get("result"), after.get("result")) else { return after };
    let mut joined = new.clone();
    if let (Some(items), Some(more)) =
        (old.get("items").and_then(Value::elements), new.get("items").and_then(Value::elements))
    {
        joined.set("items", Value::Array(items.iter().chain(more).cloned().collect()));
    }
    for name in ["count", "scanned", "pages", "calls"] {
        let number = |value: &Value| value.get(name).and_then(Value::as_u64);
        let sum = number(old).unwrap_or(u64::from(name == "calls")) + number(new).unwrap_or(u64::from(name == "calls"));
        joined.set(name, sum.into());
    }
    before.set("result", joined);
    before
}

/// Assertions about the items, numbers and cursor of an answer.
pub fn verify(answer: &Answer, model: &Model, expect: &Expect) -> Result<(), String> {
    let Some(result) = answer.result() else { return Ok(()) };
    let items = result.get("items").and_then(Value::elements).unwrap_or_default();
    let read: Vec<compare::Item> = items
        .iter()
        .enumerate()
        .map(|(at, item)| compare::given(model, item).map_err(|error| format!("item {at} of the answer: {error}")))
        .collect::<Result<_, _>>()?;
    if let Some(wanted) = expect.item_count
        && read.len() as u64 != wanted
    {
        return Err(format!("there are {} items, expected {wanted}", read.len()));
    }
    if let Some(wanted) = &expect.items_contains {
        if read.len() < wanted.len() {
            return Err(format!("there are {} items, expected at least {}", read.len(), wanted.len()));
        }
        for (at, (item, wanted)) in read.iter().zip(wanted).enumerate() {
            compare::contains(item, &compare::given(model, wanted)?).map_err(|error| format!("item {at}: {error}"))?;
        }
    }
    if let Some(wanted) = &expect.items_equal {
        if read.len() != wanted.len() {
            return Err(format!("there are {} items, expected {}", read.len(), wanted.len()));
        }
        for (at, (item, wanted)) in read.iter().zip(wanted).enumerate() {
            compare::equals(item, &compare::given(model, wanted)?).map_err(|error| format!("item {at}: {error}"))?;
        }
    }
    if let Some(wanted) = &expect.items_in_any_order {
        any_order(&read, model, wanted)?;
    }
    for name in &expect.items_missing_fields {
        if let Some(at) = read.iter().position(|item| item.contains_key(name)) {
            return Err(format!("item {at}: `{name}` is there"));
        }
    }
    if let Some(wanted) = expect.count {
        let found = result.get("count").and_then(Value::as_u64);
        if found != Some(wanted) {
            return Err(format!("`count` is {found:?}, expected {wanted}"));
        }
    }
    let cursor = result.get("cursor").and_then(Value::as_str);
    if let Some(wanted) = &expect.cursor_equals
        && cursor.unwrap_or_default() != wanted
    {
        return Err(format!("the cursor is\n    {}\n  expected\n    {wanted}", cursor.unwrap_or("absent")));
    }
    if let Some(absent) = expect.cursor_absent
        && cursor.is_none() != absent
    {
        return Err(format!("there is {} cursor", if absent { "a" } else { "no" }));
    }
    Ok(())
}

/// Each expected item is one of those that there are, and no others are.
fn any_order(items: &[compare::Item], model: &Model, wanted: &[Value]) -> Result<(), String> {
    if items.len() != wanted.len() {
        return Err(format!("there are {} items, expected {}", items.len(), wanted.len()));
    }
    let mut left: Vec<&compare::Item> = items.iter().collect();
    for wanted in wanted {
        let given = compare::given(model, wanted)?;
        match left.iter().position(|item| compare::contains(item, &given).is_ok()) {
            Some(at) => drop(left.swap_remove(at)),
            None => return Err(format!("no item contains {wanted}")),
        }
    }
    Ok(())
}
