//! Values that are too big to write down: `$repeat`, `$each` and `$nest`.

use crate::value::Value;

/// Replaces every generator in a value by what it makes.
///
/// - `{"$repeat": {"text": "x", "times": 400000}}` is a text;
/// - `{"$repeat": {"value": …, "times": 101}}` is an array of equal elements;
/// - `{"$each": {"from": 1, "to": 99, "value": …}}` is an array of one element for each number, which stands in the place of `<n>` in
///   the texts of the value, with zeros in front as `<nnn>`;
/// - `{"$nest": {"depth": 33, "value": …}}` is the value in so many arrays; `"in": "map"` nests in maps with the member `m`.
pub fn generate(value: Value) -> Result<Value, String> {
    if let Some((name, argument)) = value.only_member() {
        match name {
            "$repeat" => return repeat(argument),
            "$each" => return each(argument),
            "$nest" => return nest(argument),
            _ => {}
        }
    }
    Ok(match value {
        Value::Array(elements) => Value::Array(elements.into_iter().map(generate).collect::<Result<_, _>>()?),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| Ok((name, generate(value)?))).collect::<Result<_, String>>()?,
        ),
        other => other,
    })
}

fn repeat(argument: &Value) -> Result<Value, String> {
    let times = argument.get("times").and_then(Value::as_u64).ok_or("`$repeat` needs `times`")?;
    let times = usize::try_from(times).map_err(|error| error.to_string())?;
    only(argument, &["times", "text", "value"])?;
    match (argument.get("text"), argument.get("value")) {
        (Some(Value::String(text)), None) => Ok(Value::String(text.repeat(times))),
        (None, Some(value)) => Ok(Value::Array(vec![generate(value.clone())?; times])),
        _ => Err("`$repeat` needs either `text` or `value`".into()),
    }
}

fn each(argument: &Value) -> Result<Value, String> {
    let number = |name: &str| argument.get(name).and_then(Value::as_u64).ok_or(format!("`$each` needs `{name}`"));
    let (from, to) = (number("from")?, number("to")?);
    only(argument, &["from", "to", "value"])?;
    let value = argument.get("value").ok_or("`$each` needs `value`")?;
    (from..=to).map(|number| generate(numbered(value, number))).collect::<Result<_, _>>().map(Value::Array)
}

/// A value with a number in the places that wait for one.
fn numbered(value: &Value, number: u64) -> Value {
    match value {
        Value::String(text) => {
            let mut out = text.clone();
            for width in (1..=6).rev() {
                out = out.replace(&format!("<{}>", "n".repeat(width)), &format!("{number:0width$}"));
            }
            Value::String(out)
        }
        Value::Array(elements) => Value::Array(elements.iter().map(|element| numbered(element, number)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), numbered(value, number))).collect())
        }
        other => other.clone(),
    }
}

fn nest(argument: &Value) -> Result<Value, String> {
    let depth = argument.get("depth").and_then(Value::as_u64).ok_or("`$nest` needs `depth`")?;
    only(argument, &["depth", "value", "in"])?;
    let inner = generate(argument.get("value").ok_or("`$nest` needs `value`")?.clone())?;
    let wrap = match argument.get("in").map(|kind| kind.as_str()) {
        None | Some(Some("list")) => |value| Value::Array(vec![value]),
        Some(Some("map")) => |value| Value::object([("m", value)]),
        _ => return Err("`in` of `$nest` is `list` or `map`".into()),
    };
    Ok((0..depth).fold(inner, |value, _| wrap(value)))
}

fn only(argument: &Value, known: &[&str]) -> Result<(), String> {
    let members = argument.members().ok_or("a generator needs an object")?;
    match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => Err(format!("unknown field `{name}` of a generator")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn made(text: &str) -> Result<String, String> {
        generate(json::parse(text).unwrap()).map(|value| value.to_string())
    }

    #[test]
    fn generators_are_replaced_where_they_stand() {
        assert_eq!(made(r#"{"a":{"$repeat":{"text":"xy","times":3}}}"#).unwrap(), r#"{"a":"xyxyxy"}"#);
        assert_eq!(made(r#"[{"$repeat":{"value":1,"times":2}}]"#).unwrap(), "[[1,1]]");
        let each = r#"{"$each":{"from":9,"to":10,"value":{"a":"x#<nnn>","b":["<n>",1]}}}"#;
        assert_eq!(made(each).unwrap(), r#"[{"a":"x#009","b":["9",1]},{"a":"x#010","b":["10",1]}]"#);
        assert_eq!(made(r#"{"$nest":{"depth":2,"value":"x"}}"#).unwrap(), r#"[["x"]]"#);
        assert_eq!(made(r#"{"$nest":{"depth":1,"value":0,"in":"map"}}"#).unwrap(), r#"{"m":0}"#);
    }

    #[test]
    fn wrong_generators_are_refused() {
        for text in [
            r#"{"$repeat":{"times":3}}"#,
            r#"{"$repeat":{"text":"x"}}"#,
            r#"{"$repeat":{"text":"x","times":-1}}"#,
            r#"{"$repeat":{"text":"x","value":1,"times":1}}"#,
            r#"{"$repeat":{"text":"x","times":1,"more":1}}"#,
            r#"{"$each":{"from":1,"value":1}}"#,
            r#"{"$each":{"from":1,"to":2}}"#,
            r#"{"$each":{"from":1,"to":2,"value":1,"step":2}}"#,
            r#"{"$nest":{"depth":1}}"#,
            r#"{"$nest":{"depth":1,"value":1,"in":"set"}}"#,
            r#"{"$nest":1}"#,
        ] {
            assert!(made(text).is_err(), "{text}");
        }
    }
}
