//! JSON text to [`Value`], numbers as written.

use crate::value::Value;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Parses one JSON text. Duplicate members are an error.
pub fn parse(text: &str) -> Result<Value, String> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
    read(raw).map_err(|error| error.to_string())
}

fn read(raw: &RawValue) -> Result<Value, serde_json::Error> {
    let text = raw.get();
    Ok(match text.as_bytes()[0] {
        b'{' => {
            let members: Members = serde_json::from_str(text)?;
            let read = members.0.into_iter().map(|(name, value)| Ok((name, read(value)?)));
            Value::Object(read.collect::<Result<_, serde_json::Error>>()?)
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            Value::Array(elements.into_iter().map(read).collect::<Result<_, _>>()?)
        }
        b'"' => Value::String(serde_json::from_str(text)?),
        b't' => Value::Bool(true),
        b'f' => Value::Bool(false),
        b'n' => Value::Null,
        _ => Value::Number(text.to_owned()),
    })
}

/// The members of an object in their order, values not yet read.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                let mut names = std::collections::HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format!("member `{name}` is given twice")));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_order_are_kept() {
        let text = r#"{"b":0.10,"a":[9007199254740993,-1E+2,null,true],"ü":"\n"}"#;
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "{'a':1}", "[1,]", "01", "nul", "{\"a\":1,\"a\":2}", "1 2"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            if let Ok(value) = parse(&text) {
                prop_assert_eq!(parse(&value.to_string()).unwrap(), value);
            }
        }
    }
}
