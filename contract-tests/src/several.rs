//! Batches, transactions and release-state operations: their call documents, and what their answers hold.

use crate::condition;
use crate::models::Model;
use crate::plan::{attributes, key, typed};
use crate::scenario::{Several, SeveralAction, SeveralRequest};
use crate::value::Value;

/// Finds a model by the name that a part of a step gives; the step's own for none.
pub type Models<'m> = dyn Fn(Option<&str>) -> Result<&'m Model, String> + 'm;

/// The call document of a step.
pub fn call(models: &Models<'_>, several: &Several) -> Result<Value, String> {
    let mut call = Value::object([("op", Value::from(several.op))]);
    match &several.request {
        SeveralRequest::BatchGet(keys) => {
            let model = models(None)?;
            let keys = keys.iter().map(|part| key(model, part)).collect();
            let group = Value::object([("model", Value::text(&model.name)), ("keys", Value::Array(keys))]);
            call.set("gets", Value::Array(vec![group]));
        }
        SeveralRequest::BatchWrite(puts, deletes) => {
            let model = models(None)?;
            let group = |member: &'static str, parts: Vec<Value>| {
                let empty = parts.is_empty();
                let group = Value::object([("model", Value::text(&model.name)), (member, Value::Array(parts))]);
                (!empty).then_some(group)
            };
            let puts = group("put", puts.iter().map(|item| attributes(model, item)).collect());
            let deletes = group("delete", deletes.iter().map(|part| key(model, part)).collect());
            call.set("writes", Value::Array(puts.into_iter().chain(deletes).collect()));
        }
        SeveralRequest::TransactGet(items) => {
            let get = |(name, part): &(Option<String>, Value)| {
                let model = models(name.as_deref())?;
                Ok(Value::object([("model", Value::text(&model.name)), ("key", key(model, part))]))
            };
            call.set("gets", Value::Array(items.iter().map(get).collect::<Result<_, String>>()?));
        }
        SeveralRequest::TransactWrite(actions) => {
            let action = |action: &SeveralAction| Ok(Value::object([(action.kind, members(models, action)?)]));
            call.set("actions", Value::Array(actions.iter().map(action).collect::<Result<_, String>>()?));
        }
        SeveralRequest::Transition(actions) => {
            call.set("actual", members(models, &actions[0])?);
            call.set("event", members(models, &actions[1])?);
        }
        SeveralRequest::Provenance(item) => evidence(&mut call, item),
    }
    Ok(call)
}

/// The call that looks at the evidence in an item, if there is any.
pub fn provenance_of(item: &Value) -> Option<Value> {
    let mut call = Value::object([("op", Value::from("validate_provenance"))]);
    evidence(&mut call, item);
    (call.get("provenance").is_some() || call.get("confidence").is_some()).then_some(call)
}

fn evidence(call: &mut Value, item: &Value) {
    for name in ["provenance", "confidence"] {
        if let Some(value) = item.get(name) {
            call.set(name, value.clone());
        }
    }
}

/// The members of an action: those of the single write.
fn members(models: &Models<'_>, action: &SeveralAction) -> Result<Value, String> {
    let model = models(action.model.as_deref())?;
    let mut members = Value::object([("model", Value::text(&model.name))]);
    if let Some(part) = &action.key {
        members.set("key", key(model, part));
    }
    for (name, values) in [("item", &action.item), ("set", &action.set)] {
        if let Some(values) = values {
            members.set(name, attributes(model, values));
        }
    }
    if let Some(version) = &action.expected_version {
        members.set("expect_version", version.clone());
    }
    if let Some(text) = &action.condition {
        let typed = |path: &str, value: &Value| typed(model.attribute(path), value);
        members.set("condition", condition::tree(text, &typed)?);
    }
    Ok(members)
}

/// An answer whose items stand one after the other, as those of a query do: absent ones are left out.
pub fn flat(answer: &Value) -> Value {
    let mut flat = answer.clone();
    let Some(result) = answer.get("result") else { return flat };
    let mut items = Vec::new();
    for list in ["results", "items"] {
        collect(result.get(list), &mut items);
    }
    let mut result = result.clone();
    result.set("items", Value::Array(items));
    flat.set("result", result);
    flat
}

fn collect(value: Option<&Value>, items: &mut Vec<Value>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Array(elements)) => elements.iter().for_each(|element| collect(Some(element), items)),
        Some(item) => items.push(item.clone()),
    }
}
