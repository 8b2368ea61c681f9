//! Values as they are compared: numbers as canonical decimals, sets without order, binary as bytes.

use crate::models::Attribute;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::fmt;

/// A value in the form in which two of them are equal when DynamoDB would say so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plain {
    /// NULL
    Null,
    /// BOOL
    Bool(bool),
    /// N, canonical
    Number(String),
    /// S
    Text(String),
    /// B
    Binary(Vec<u8>),
    /// SS, NS, BS: sorted
    Set(Vec<Plain>),
    /// L
    List(Vec<Plain>),
    /// M
    Map(BTreeMap<String, Plain>),
}

impl Plain {
    /// Reads plain JSON (`wit/README.md`) where no schema helps: documents, results.
    pub fn infer(value: &Value) -> Result<Plain, String> {
        Ok(match value {
            Value::Null => Plain::Null,
            Value::Bool(value) => Plain::Bool(*value),
            Value::Number(text) => Plain::Number(number(text)?),
            Value::String(text) => Plain::Text(text.clone()),
            Value::Array(elements) => Plain::List(elements.iter().map(Plain::infer).collect::<Result<_, _>>()?),
            Value::Object(members) => match value.only_member() {
                Some((name, content)) if name.starts_with('$') => marked(name, content)?,
                _ => Plain::Map(
                    members
                        .iter()
                        .map(|(name, value)| Ok((name.clone(), Plain::infer(value)?)))
                        .collect::<Result<_, String>>()?,
                ),
            },
        })
    }

    /// Reads plain JSON, or the looser form of scenario documents (numbers and binary as text, sets as arrays), as the
    /// value of an attribute.
    pub fn of_attribute(attribute: Option<&Attribute>, value: &Value) -> Result<Plain, String> {
        let Some(attribute) = attribute.filter(|attribute| !attribute.json) else { return Plain::infer(value) };
        Plain::of_type(&attribute.kind, value)
    }

    fn of_type(kind: &str, value: &Value) -> Result<Plain, String> {
        match (kind, value) {
            ("N", Value::String(text)) => number(text).map(Plain::Number),
            ("B", Value::String(text)) => base64(text).map(Plain::Binary).ok_or_else(|| "not base64".into()),
            ("SS" | "NS" | "BS", Value::Null) => Ok(Plain::Set(Vec::new())),
            ("SS" | "NS" | "BS", _) => {
                let elements = value.elements().or_else(|| value.get("$set")?.elements());
                let elements = elements.ok_or_else(|| format!("{} is no set", value.kind()))?;
                set(elements.iter().map(|element| Plain::of_type(&kind[..1], element)))
            }
            _ => Plain::infer(value),
        }
    }

    /// Reads an attribute value of the wire. NULL reads as an empty set where the schema says set.
    pub fn stored(attribute: Option<&Attribute>, value: &Value) -> Result<Plain, String> {
        let Some((kind, content)) = value.only_member() else { return Err("not an attribute value".into()) };
        let is_set = attribute.is_some_and(|attribute| matches!(attribute.kind.as_str(), "SS" | "NS" | "BS"));
        let text = || content.as_str().ok_or_else(|| format!("{kind} without a text"));
        let elements = || content.elements().ok_or_else(|| format!("{kind} without an array"));
        Ok(match kind {
            "NULL" if is_set => Plain::Set(Vec::new()),
            "NULL" => Plain::Null,
            "BOOL" => Plain::Bool(content.as_bool().ok_or("BOOL without a boolean")?),
            "S" => Plain::Text(text()?.to_owned()),
            "N" => Plain::Number(number(text()?)?),
            "B" => Plain::Binary(base64(text()?).ok_or("B without base64")?),
            "SS" | "NS" | "BS" => set(elements()?.iter().map(|element| Plain::of_type(&kind[..1], element)))?,
            "L" => Plain::List(elements()?.iter().map(|value| Plain::stored(None, value)).collect::<Result<_, _>>()?),
            "M" => {
                let members = content.members().ok_or("M without an object")?;
                let read = members.iter().map(|(name, value)| Ok((name.clone(), Plain::stored(None, value)?)));
                Plain::Map(read.collect::<Result<_, String>>()?)
            }
            other => return Err(format!("`{other}` is no type")),
        })
    }
}

fn marked(name: &str, content: &Value) -> Result<Plain, String> {
    Ok(match (name, content) {
        ("$binary", Value::String(text)) => Plain::Binary(base64(text).ok_or("`$binary` is not base64")?),
        ("$number", Value::String(text) | Value::Number(text)) => Plain::Number(number(text)?),
        ("$time", Value::String(text)) => Plain::Text(text.clone()),
        ("$set", Value::Array(elements)) => set(elements.iter().map(Plain::infer))?,
        _ if name.starts_with("$$") => Plain::Map(BTreeMap::from([(name[1..].to_owned(), Plain::infer(content)?)])),
        _ => return Err(format!("`{name}` marks no value")),
    })
}

fn set(elements: impl Iterator<Item = Result<Plain, String>>) -> Result<Plain, String> {
    let mut elements: Vec<Plain> = elements.collect::<Result<_, _>>()?;
    elements.sort();
    if elements.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a set holds an element twice".into());
    }
    Ok(Plain::Set(elements))
}

/// The bytes of padded base64.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A decimal number without superfluous digits: `1.0`, `1` and `10e-1` are all `1e0`.
pub fn number(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no number");
    let (sign, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { "-" } else { "" }, rest),
        None => ("", text),
    };
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let exponent: i64 = exponent.parse().map_err(|_| wrong())?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let exponent = exponent - i64::try_from(fraction.len()).map_err(|_| wrong())?;
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok("0e0".into());
    }
    let dropped = i64::try_from(digits.len() - significant.len()).map_err(|_| wrong())?;
    Ok(format!("{sign}{significant}e{}", exponent + dropped))
}

/// For messages; long values are cut.
impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = format!("{self:?}");
        if shown.len() <= 400 {
            f.write_str(&shown)
        } else {
            write!(f, "{}… ({} bytes)", shown.chars().take(200).collect::<String>(), shown.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use proptest::prelude::*;

    fn infer(text: &str) -> Plain {
        Plain::infer(&parse(text).unwrap()).unwrap()
    }

    fn attribute(kind: &str) -> Attribute {
        Attribute { name: "a".into(), kind: kind.into(), roles: Vec::new(), json: false }
    }

    fn typed(kind: &str, text: &str) -> Result<Plain, String> {
        Plain::of_attribute(Some(&attribute(kind)), &parse(text).unwrap())
    }

    #[test]
    fn numbers_are_equal_by_value() {
        for (a, b) in [("1.0", "1"), ("1e2", "100"), ("-0", "0"), ("0.10", "1e-1"), ("+5", "5"), ("0e9", "0")] {
            assert_eq!(number(a).unwrap(), number(b).unwrap());
        }
        assert_ne!(number("9007199254740993").unwrap(), number("9007199254740992").unwrap());
        for text in ["", "-", "x", "1e", "1.2.3", "NaN", "0x10", "1 "] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn types_of_the_schema_decide() {
        assert_eq!(typed("N", r#""42""#).unwrap(), typed("N", r#"{"$number":"42.0"}"#).unwrap());
        assert_eq!(typed("B", r#""AQID""#).unwrap(), typed("B", r#"{"$binary":"AQID"}"#).unwrap());
        assert_eq!(typed("SS", r#"["b","a"]"#).unwrap(), typed("SS", r#"{"$set":["a","b"]}"#).unwrap());
        assert_eq!(typed("NS", r#"["1",2]"#).unwrap(), typed("NS", r#"{"$set":[2.0,1]}"#).unwrap());
        assert_eq!(typed("BS", r#"["AQ=="]"#).unwrap(), typed("BS", r#"{"$set":[{"$binary":"AQ=="}]}"#).unwrap());
        assert_eq!(typed("NS", "[]").unwrap(), typed("NS", "null").unwrap());
        assert_ne!(typed("S", r#""42""#).unwrap(), typed("N", "42").unwrap());
        assert!(typed("SS", r#""a""#).is_err());
        assert!(typed("SS", r#"["a","a"]"#).is_err());
    }

    #[test]
    fn stored_values_equal_what_hosts_give() {
        let stored = |kind: &str, text: &str| Plain::stored(Some(&attribute(kind)), &parse(text).unwrap()).unwrap();
        assert_eq!(stored("N", r#"{"N":"1.50"}"#), typed("N", "1.5").unwrap());
        assert_eq!(stored("NS", r#"{"NULL":true}"#), typed("NS", "[]").unwrap());
        assert_eq!(stored("NULL", r#"{"NULL":true}"#), Plain::Null);
        let document = r#"{"M":{"l":{"L":[{"S":"x"},{"NULL":true},{"B":"AQ=="}]},"n":{"N":"1"},"s":{"SS":["b","a"]}}}"#;
        assert_eq!(stored("M", document), infer(r#"{"l":["x",null,{"$binary":"AQ=="}],"n":1,"s":{"$set":["a","b"]}}"#));
    }

    #[test]
    fn markers_are_values_and_doubled_dollars_are_names() {
        assert_eq!(infer(r#"{"$$set":[1]}"#), Plain::Map(BTreeMap::from([("$set".into(), infer("[1]"))])));
        assert!(Plain::infer(&parse(r#"{"$other":1}"#).unwrap()).is_err());
        assert_eq!(infer(r#"{"$set":[1],"x":1}"#), infer(r#"{"x":1,"$set":[1]}"#));
    }

    proptest! {
        #[test]
        fn scaling_a_number_by_its_exponent_changes_nothing(digits in "[1-9][0-9]{0,30}", shift in 0usize..20) {
            let scaled = format!("{digits}{}e-{shift}", "0".repeat(shift));
            prop_assert_eq!(number(&digits).unwrap(), number(&scaled).unwrap());
        }

        #[test]
        fn any_text_is_a_number_or_refused(text in ".*") {
            let _ = number(&text);
        }
    }
}
