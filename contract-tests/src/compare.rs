//! What was expected against what came.

use crate::models::Model;
use crate::plain::Plain;
use crate::value::Value;
use std::collections::BTreeMap;

/// An item in comparable form.
pub type Item = BTreeMap<String, Plain>;

/// An item as a host gives it, or as a scenario document writes it.
pub fn given(model: &Model, item: &Value) -> Result<Item, String> {
    let members = item.members().ok_or_else(|| format!("the item is {}", item.kind()))?;
    let read = |(name, value): &(String, Value)| {
        let plain = Plain::of_attribute(model.attribute(name), value).map_err(|error| format!("`{name}`: {error}"))?;
        Ok((name.clone(), plain))
    };
    members.iter().map(read).collect()
}

/// A stored item, attribute values.
pub fn stored(model: &Model, item: &Value) -> Result<Item, String> {
    let members = item.members().ok_or_else(|| format!("the item is {}", item.kind()))?;
    let read = |(name, value): &(String, Value)| {
        let attribute = model.attribute(name);
        let plain = match (attribute, value.only_member()) {
            // A `json` attribute in its text form reads as the document in it.
            (Some(attribute), Some(("S", Value::String(text)))) if attribute.json => crate::json::parse(text)
                .and_then(|document| Plain::infer(&document))
                .unwrap_or(Plain::Text(text.clone())),
            _ => Plain::stored(attribute, value).map_err(|error| format!("`{name}`: {error}"))?,
        };
        Ok((name.clone(), plain))
    };
    members.iter().map(read).collect()
}

/// Every expected attribute is there and equal.
pub fn contains(actual: &Item, expected: &Item) -> Result<(), String> {
    for (name, value) in expected {
        match actual.get(name) {
            None => return Err(format!("`{name}` is absent, expected {value}")),
            Some(found) if found != value => return Err(format!("`{name}` is {found}, expected {value}")),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The same attributes, all equal.
pub fn equals(actual: &Item, expected: &Item) -> Result<(), String> {
    contains(actual, expected)?;
    match actual.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(format!("`{name}` is there, but was not expected")),
        None => Ok(()),
    }
}

/// Attribute values, type by type: both sides as they are on the wire, numbers by value and sets without order.
pub fn attribute_values(actual: &Value, expected: &Value, whole: bool) -> Result<(), String> {
    let read = |item: &Value| -> Result<Item, String> {
        let members = item.members().ok_or("not an item")?;
        let plain = |(name, value): &(String, Value)| {
            Ok((name.clone(), Plain::stored(None, value).map_err(|error| format!("`{name}`: {error}"))?))
        };
        members.iter().map(plain).collect()
    };
    let (actual, expected) = (read(actual)?, read(expected)?);
    if whole { equals(&actual, &expected) } else { contains(&actual, &expected) }
}

/// A document holds what is expected of it: members of objects that are not named do not matter, everything else does.
/// `{"$absent": true}` stands for a member that is not there, `{"$any": true}` for any that is.
pub fn document(actual: Option<&Value>, expected: &Value, path: &str) -> Result<(), String> {
    match (expected.only_member(), actual) {
        (Some(("$absent", _)), None) => return Ok(()),
        (Some(("$absent", _)), Some(found)) => return Err(format!("{path} is {found}, expected to be absent")),
        (Some(("$any", _)), Some(_)) => return Ok(()),
        _ => {}
    }
    let Some(actual) = actual else {
        return if *expected == Value::Null { Ok(()) } else { Err(format!("{path} is absent, expected {expected}")) };
    };
    let is_marked = |value: &Value| value.only_member().is_some_and(|(name, _)| name.starts_with('$'));
    match (expected, actual) {
        (Value::Object(members), Value::Object(_)) if !is_marked(expected) && !is_marked(actual) => {
            members.iter().try_for_each(|(name, value)| document(actual.get(name), value, &format!("{path}/{name}")))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            if wanted.len() != found.len() {
                return Err(format!("{path} has {} elements, expected {}: {actual}", found.len(), wanted.len()));
            }
            let pairs = wanted.iter().zip(found).enumerate();
            pairs
                .into_iter()
                .try_for_each(|(at, (wanted, found))| document(Some(found), wanted, &format!("{path}/{at}")))
        }
        _ => match (Plain::infer(expected), Plain::infer(actual)) {
            (Ok(wanted), Ok(found)) if wanted == found => Ok(()),
            (Ok(wanted), Ok(found)) => Err(format!("{path} is {found}, expected {wanted}")),
            (Err(error), _) | (_, Err(error)) => Err(format!("{path}: {error}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn check(actual: &str, expected: &str) -> Result<(), String> {
        document(Some(&parse(actual).unwrap()), &parse(expected).unwrap(), "")
    }

    #[test]
    fn members_that_are_not_named_do_not_matter() {
        check(r#"{"a":1,"b":{"c":[1,{"d":2,"e":3}]}}"#, r#"{"b":{"c":[1.0,{"e":3}]}}"#).unwrap();
    }

    #[test]
    fn everything_named_does() {
        for (actual, expected, said) in [
            (r#"{"a":1}"#, r#"{"a":2}"#, "/a is Number"),
            (r#"{"a":1}"#, r#"{"b":1}"#, "/b is absent"),
            (r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, "/a has 2 elements"),
            (r#"{"a":"1"}"#, r#"{"a":1}"#, "/a is Text"),
            (r#"{"a":null}"#, r#"{"a":{"$absent":true}}"#, "/a is null, expected to be absent"),
            (r#"{}"#, r#"{"a":{"$any":true}}"#, "/a is absent"),
            (r#"{"a":{"$set":[1]}}"#, r#"{"a":{"$set":[2]}}"#, "/a is Set"),
            (r#"{"a":{"$set":[1]}}"#, r#"{"a":[1]}"#, "/a is Set"),
        ] {
            let error = check(actual, expected).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        check(r#"{"b":1}"#, r#"{"a":{"$absent":true},"b":{"$any":true},"c":null}"#).unwrap();
        check(r#"{"a":{"$set":[2,1]}}"#, r#"{"a":{"$set":[1,2]}}"#).unwrap();
    }

    #[test]
    fn attribute_values_are_compared_by_type() {
        let item = parse(r#"{"s":{"S":"1"},"n":{"N":"1.0"},"ns":{"NS":["2","1"]},"e":{"NULL":true}}"#).unwrap();
        let same = parse(r#"{"ns":{"NS":["1","2"]},"s":{"S":"1"},"n":{"N":"1"},"e":{"NULL":true}}"#).unwrap();
        attribute_values(&item, &same, true).unwrap();
        for other in [
            r#"{"s":{"N":"1"}}"#,
            r#"{"ns":{"SS":["1","2"]}}"#,
            r#"{"ns":{"L":[{"N":"1"},{"N":"2"}]}}"#,
            r#"{"x":{"S":""}}"#,
        ] {
            assert!(attribute_values(&item, &parse(other).unwrap(), false).is_err(), "{other}");
        }
        assert!(attribute_values(&item, &parse(r#"{"s":{"S":"1"}}"#).unwrap(), true).is_err());
    }
}
