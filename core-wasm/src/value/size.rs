//! What DynamoDB counts for a stored item: names and values, by its documented rules.
//!
//! Strings count their UTF-8 bytes, binary values their bytes, booleans and NULL one byte, numbers one byte for two significant
//! digits and one more (and one for the sign), sets the sum of their elements, lists and maps three bytes and one for each
//! entry besides its content.

use super::Decimal;
use crate::dms::Type;
use crate::json::{Fault, Kind, Reader};

/// Bytes that a list or map takes by itself.
const CONTAINER: usize = 3;
/// Bytes that each entry of a list or map takes besides its content.
const ENTRY: usize = 1;

/// Bytes of an item in DynamoDB JSON, `{"name": {"S": …}, …}`.
pub fn item(item: &str) -> Result<usize, Fault> {
    let mut reader = Reader::new(item);
    let mut bytes = 0;
    let mut members = reader.object()?;
    while let Some(name) = members.next(&mut reader)? {
        bytes += name.byte_len() + value(&mut reader)?;
    }
    Ok(bytes)
}

/// Bytes of the next value, `{"S": …}`, without a name.
pub fn value(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    let mut members = reader.object()?;
    let mut bytes = 0;
    while let Some(tag) = members.next(reader)? {
        bytes += match Type::parse(tag.raw()) {
            Some(kind) => content(kind, reader)?,
            None => return Err(reader.fault("attribute value of an unknown type")),
        };
    }
    Ok(bytes)
}

fn content(kind: Type, reader: &mut Reader<'_>) -> Result<usize, Fault> {
    match kind {
        Type::S | Type::N | Type::B => scalar(kind, reader),
        Type::Bool | Type::Null => reader.skip().map(|_| 1),
        Type::M => {
            let mut bytes = CONTAINER;
            let mut members = reader.object()?;
            while let Some(name) = members.next(reader)? {
                bytes += ENTRY + name.byte_len() + value(reader)?;
            }
            Ok(bytes)
        }
        Type::L => {
            let mut bytes = CONTAINER;
            let mut elements = reader.array()?;
            while elements.next(reader)? {
                bytes += ENTRY + value(reader)?;
            }
            Ok(bytes)
        }
        Type::Ss | Type::Ns | Type::Bs => {
            let mut bytes = 0;
            let mut elements = reader.array()?;
            while elements.next(reader)? {
                bytes += scalar(kind.element().unwrap_or(Type::S), reader)?;
            }
            Ok(bytes)
        }
    }
}

fn scalar(kind: Type, reader: &mut Reader<'_>) -> Result<usize, Fault> {
    if reader.kind()? != Kind::String {
        return Err(reader.fault("expected a string"));
    }
    let text = reader.string()?;
    Ok(match kind {
        Type::N => Decimal::parse(&text.decode()).map_or(text.byte_len(), |number| number.size()),
        Type::B => base64_len(&text.decode()),
        _ => text.byte_len(),
    })
}

/// Bytes that a base64 text stands for.
fn base64_len(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dms::{self, Schema};
    use crate::value::attribute;
    use proptest::prelude::*;

    fn of(json: &str) -> usize {
        value(&mut Reader::new(json)).unwrap()
    }

    #[test]
    fn every_type_counts_as_documented() {
        let cases = [
            (r#"{"S":""}"#, 0),
            (r#"{"S":"aé\u00e9\n"}"#, 6),
            (r#"{"N":"0"}"#, 1),
            (r#"{"N":"7"}"#, 2),
            (r#"{"N":"-7"}"#, 3),
            (r#"{"N":"1000"}"#, 2),
            (r#"{"N":"0.001234"}"#, 3),
            (r#"{"N":"12345678901234567890123456789012345678"}"#, 20),
            (r#"{"B":""}"#, 0),
            (r#"{"B":"AQ=="}"#, 1),
            (r#"{"B":"AQI="}"#, 2),
            (r#"{"B":"AQID"}"#, 3),
            (r#"{"BOOL":true}"#, 1),
            (r#"{"NULL":true}"#, 1),
            (r#"{"L":[]}"#, 3),
            (r#"{"L":[{"S":"ab"},{"NULL":true}]}"#, 8),
            (r#"{"M":{}}"#, 3),
            (r#"{"M":{"k":{"S":"ab"}}}"#, 7),
            (r#"{"M":{"k":{"L":[{"M":{}}]}}}"#, 3 + 1 + 1 + 3 + 1 + 3),
            (r#"{"SS":["a","bc"]}"#, 3),
            (r#"{"NS":["1","22"]}"#, 4),
            (r#"{"BS":["AQ==","AQID"]}"#, 4),
        ];
        for (json, bytes) in cases {
            assert_eq!(of(json), bytes, "{json}");
        }
        assert_eq!(item(r#"{"pk":{"S":"a"},"é":{"N":"1"}}"#).unwrap(), 2 + 1 + 2 + 2);
    }

    #[test]
    fn what_is_no_item_is_refused() {
        for json in ["", "[]", r#"{"a":1}"#, r#"{"a":{"X":1}}"#, r#"{"a":{"S":1}}"#, r#"{"a":{"L":{}}}"#] {
            assert!(item(json).is_err(), "{json}");
        }
    }

    fn schema() -> Schema {
        let document = br#"{"dms_version":"0.2","models":[{"name":"D","table":{"name":"documents"},
            "keys":{"partition":{"attribute":"pk","type":"S"}},
            "attributes":[{"attribute":"pk","type":"S","roles":["pk"]},{"attribute":"d","type":"M","json":true}]}]}"#;
        dms::compile(document, dms::Options { strict: false }).unwrap()
    }

    fn document() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,12}".prop_map(Into::into),
            proptest::collection::vec(any::<u8>(), 0..9)
                .prop_map(|bytes| serde_json::json!({ "$binary": base64(&bytes) })),
            proptest::collection::btree_set("[a-z]{1,4}", 1..4).prop_map(|set| serde_json::json!({ "$set": set })),
            proptest::collection::btree_set(any::<i32>(), 1..4).prop_map(|set| serde_json::json!({ "$set": set })),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                proptest::collection::btree_map("[a-zé]{1,5}", inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn base64(bytes: &[u8]) -> String {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    proptest! {
        /// What is counted while a value is written is what is counted when it is read.
        #[test]
        fn writing_counts_the_same(document in document()) {
            let schema = schema();
            let (_, target) = schema.models[0].attribute("d").unwrap();
            let text = document.to_string();
            let mut out = String::new();
            let written = attribute(&mut Reader::new(&text), target, schema.version, &mut out).unwrap();
            prop_assert_eq!(of(&out), written.bytes, "{}", out);
        }
    }
}
