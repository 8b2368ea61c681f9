//! Steps to call documents.

use crate::models::{Attribute, Model};
use crate::plain;
use crate::scenario::Operation;
use crate::value::Value;

/// The call document of an operation. Values get the type that the schema says, so that hosts make native values of them.
pub fn call(model: &Model, operation: &Operation) -> Result<Value, String> {
    let mut call = Value::object([("op", Value::from(operation.op)), ("model", Value::text(&model.name))]);
    match (operation.op, &operation.item) {
        ("update", Some(item)) => selected_update(&mut call, model, operation, item)?,
        (_, Some(item)) => call.set("item", attributes(model, item)),
        _ => {}
    }
    for (name, value) in &operation.clauses {
        let typed = match name.as_str() {
            "append" | "prepend" => value.clone(),
            "changes" => both(model, value),
            _ => attributes(model, value),
        };
        call.set(name, typed);
    }
    for (name, value) in &operation.members {
        match name.as_str() {
            "key" => call.set(name, key(model, value)),
            _ => call.set(name, value.clone()),
        }
    }
    Ok(call)
}

/// Both items of `changes`.
fn both(model: &Model, changes: &Value) -> Value {
    match changes {
        Value::Object(items) => {
            Value::Object(items.iter().map(|(name, item)| (name.clone(), attributes(model, item))).collect())
        }
        other => other.clone(),
    }
}

/// An update in the manner of the scenario format: the item carries key, new values and expected version.
fn selected_update(call: &mut Value, model: &Model, operation: &Operation, item: &Value) -> Result<(), String> {
    let keys: Vec<(String, Value)> = model
        .key_names()
        .filter_map(|name| Some((name.to_owned(), typed(model.attribute(name), item.get(name)?))))
        .collect();
    call.set("key", Value::Object(keys));
    if let Some(fields) = &operation.fields {
        let mut values = Vec::new();
        for name in fields {
            let value = item.get(name).ok_or_else(|| format!("field `{name}` is selected, but the item has none"))?;
            values.push((name.clone(), typed(model.attribute(name), value)));
        }
        call.set("set", Value::Object(values));
    }
    if let Some(version) = model.role("version").and_then(|attribute| item.get(&attribute.name)) {
        call.set("expect_version", version.clone());
    }
    Ok(())
}

/// A key whose parts have the types of the schema.
pub fn key(model: &Model, value: &Value) -> Value {
    match value {
        Value::Array(parts) => {
            let names: Vec<&str> = model.key_names().collect();
            let attribute = |at: usize| names.get(at).and_then(|name| model.attribute(name));
            Value::Array(parts.iter().enumerate().map(|(at, part)| typed(attribute(at), part)).collect())
        }
        whole => attributes(model, whole),
    }
}

/// Gives every attribute of an item the type of its schema.
pub fn attributes(model: &Model, item: &Value) -> Value {
    match item {
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), typed(model.attribute(name), value))).collect(),
        ),
        other => other.clone(),
    }
}

/// Marks numbers and binary written as text, and sets written as arrays. What does not fit the type stays as it is: that
/// is for the core to refuse.
pub fn typed(attribute: Option<&Attribute>, value: &Value) -> Value {
    let Some(attribute) = attribute.filter(|attribute| !attribute.json) else { return value.clone() };
    of_type(&attribute.kind, value)
}

fn of_type(kind: &str, value: &Value) -> Value {
    match (kind, value) {
        ("N", Value::String(text)) if plain::number(text).is_ok() => Value::object([("$number", value.clone())]),
        ("B", Value::String(text)) if plain::base64(text).is_some() => Value::object([("$binary", value.clone())]),
        ("SS" | "NS" | "BS", Value::Array(elements)) => {
            let elements = elements.iter().map(|element| of_type(&kind[..1], element)).collect();
            Value::object([("$set", Value::Array(elements))])
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use crate::models::Key;

    fn model() -> Model {
        let attribute = |name: &str, kind: &str, role: &str| Attribute {
            name: name.into(),
            kind: kind.into(),
            roles: vec![role.into()],
            json: role == "json",
        };
        Model {
            name: "M".into(),
            table: "t".into(),
            key: Key { partition: ("pk".into(), "S".into()), sort: Some(("sk".into(), "N".into())) },
            attributes: vec![
                attribute("pk", "S", "pk"),
                attribute("sk", "N", "sk"),
                attribute("n", "N", ""),
                attribute("b", "B", ""),
                attribute("bs", "BS", ""),
                attribute("ns", "NS", ""),
                attribute("doc", "S", "json"),
                attribute("v", "N", "version"),
            ],
            indexes: Vec::new(),
        }
    }

    fn operation(op: &'static str, item: Option<&str>, fields: Option<&[&str]>, members: &[(&str, &str)]) -> Operation {
        let read = |(name, text): &(&str, &str)| ((*name).to_owned(), parse(text).unwrap());
        Operation {
            op,
            item: item.map(|text| parse(text).unwrap()),
            fields: fields.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            clauses: members.iter().filter(|(name, _)| *name == "set").map(read).collect(),
            members: members.iter().filter(|(name, _)| *name != "set").map(read).collect(),
        }
    }

    fn planned(operation: &Operation) -> String {
        call(&model(), operation).unwrap().to_string()
    }

    #[test]
    fn values_get_their_types() {
        let item = r#"{"pk":"1","n":"7","b":"AQID","bs":["AQ=="],"ns":["1",2],"doc":"1","other":[1]}"#;
        let expected = concat!(
            r#"{"op":"put","model":"M","item":{"pk":"1","n":{"$number":"7"},"b":{"$binary":"AQID"},"#,
            r#""bs":{"$set":[{"$binary":"AQ=="}]},"ns":{"$set":[{"$number":"1"},2]},"doc":"1","other":[1]}}"#
        );
        assert_eq!(planned(&operation("put", Some(item), None, &[])), expected);
    }

    #[test]
    fn what_does_not_fit_is_left_to_the_core() {
        let item = r#"{"n":"seven","b":"%%","ns":"x","bs":[1]}"#;
        assert!(
            planned(&operation("put", Some(item), None, &[]))
                .contains(r#""n":"seven","b":"%%","ns":"x","bs":{"$set":[1]}"#)
        );
    }

    #[test]
    fn an_update_takes_key_values_and_version_from_the_item() {
        let item = r#"{"pk":"a","sk":1,"n":"2","doc":"x","v":0}"#;
        let expected =
            r#"{"op":"update","model":"M","key":{"pk":"a","sk":1},"set":{"n":{"$number":"2"}},"expect_version":0}"#;
        assert_eq!(planned(&operation("update", Some(item), Some(&["n"]), &[])), expected);
        let expected = r#"{"op":"update","model":"M","key":{"pk":"a","sk":1},"expect_version":0}"#;
        assert_eq!(planned(&operation("update", Some(item), None, &[])), expected);
        assert!(call(&model(), &operation("update", Some(item), Some(&["b"]), &[])).is_err());
    }

    #[test]
    fn keys_and_clauses_are_typed_too() {
        let update = operation("update", None, None, &[("key", r#"["a","5"]"#), ("set", r#"{"n":"1"}"#)]);
        let expected = r#"{"op":"update","model":"M","set":{"n":{"$number":"1"}},"key":["a",{"$number":"5"}]}"#;
        assert_eq!(planned(&update), expected);
    }
}
