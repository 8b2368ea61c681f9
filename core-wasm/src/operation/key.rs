//! Keys of calls: `["pk"]`, `["pk", "sk"]`, or an object that holds the key attributes.

use crate::dms::{Model, Type};
use crate::error::{Code, Error};
pub(super) use crate::expression::missing_key as missing;
use crate::expression::{Part, check_key_value, key_value, unknown_attribute};
use crate::json::{Fault, Kind, Raw, Reader, push_quoted};
use crate::value::Decimal;
use crate::value::not_json;

/// Reads the `key` of a call and writes it as DynamoDB JSON, partition key first.
pub(super) fn read(model: &Model, raw: Option<Raw<'_>>) -> Result<String, Error> {
    let mut out = String::from("{");
    for (position, value) in values(model, raw)? {
        if out.len() > 1 {
            out.push(',');
        }
        push_quoted(&mut out, &model.attributes[position].name);
        out.push(':');
        out.push_str(&value);
    }
    out.push('}');
    Ok(out)
}

/// Reads the `key` of a call: positions of the key attributes, partition key first, and their values as DynamoDB JSON.
pub(super) fn values(model: &Model, raw: Option<Raw<'_>>) -> Result<Vec<(usize, String)>, Error> {
    let raw = raw.ok_or_else(|| missing(&model.attributes[model.partition]).at("/key"))?;
    let mut reader = Reader::new(raw.get());
    let values = match reader.kind().map_err(not_json)? {
        Kind::Array => positional(model, &mut reader),
        Kind::Object => named(model, &mut reader),
        Kind::String | Kind::Number => value(model, model.partition, &mut reader).map(|value| (Some(value), None)),
        _ => Err(Error::new(Code::InvalidCall, "`key` is an array or an object")),
    };
    let (partition, sort) = values.map_err(|error| error.within("key"))?;
    let mut out = Vec::with_capacity(2);
    for (position, value) in [(Some(model.partition), partition), (model.sort, sort)] {
        let Some(position) = position else { continue };
        let value = value.ok_or_else(|| missing(&model.attributes[position]).at("/key"))?;
        out.push((position, value));
    }
    Ok(out)
}

/// Checks a key value that was written as part of an item.
pub(super) fn check(model: &Model, position: usize, null: bool, bytes: usize) -> Result<(), Error> {
    check_key_value(&model.attributes[position], part(model, position), null, bytes)
}

fn part(model: &Model, position: usize) -> Part {
    if position == model.partition { Part::Partition } else { Part::Sort }
}

/// One text per item of a table, from DynamoDB JSON that holds its key attributes: however numbers are written, and whatever
/// stands beside them. The reader is moved past the object. `None`: a key attribute is missing or of another type.
pub(super) fn identity(model: &Model, reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    find_identity(model, reader, false)
}

/// As [`identity`], of an object that is known to be well-formed: what stands behind its key is not looked at.
pub(super) fn identity_of(model: &Model, text: &str) -> Option<String> {
    find_identity(model, &mut Reader::new(text), true).ok().flatten()
}

fn find_identity(model: &Model, reader: &mut Reader<'_>, hurried: bool) -> Result<Option<String>, Fault> {
    let (mut partition, mut sort) = (None, None);
    let (first, second) = (&model.attributes[model.partition], model.sort.map(|at| &model.attributes[at]));
    let mut members = reader.object()?;
    while let Some(name) = members.next(reader)? {
        if name.is(&first.name) {
            partition = canonical(first.kind, reader)?;
        } else if let Some(second) = second.filter(|second| name.is(&second.name)) {
            sort = canonical(second.kind, reader)?;
        } else {
            reader.skip()?;
            continue;
        }
        if hurried && partition.is_some() && (second.is_none() || sort.is_some()) {
            break;
        }
    }
    let Some(partition) = partition else { return Ok(None) };
    match (model.sort, sort) {
        (None, _) => Ok(Some(partition)),
        (Some(_), None) => Ok(None),
        // The length keeps the two parts from running into one another.
        (Some(_), Some(sort)) => Ok(Some(format!("{}#{partition}{sort}", partition.len()))),
    }
}

/// The text of the next value, one for each value, if it is of this scalar type.
pub(super) fn canonical(kind: Type, reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    let start = *reader;
    reader.skip()?;
    let mut value = start;
    let mut tags = value.object()?;
    match tags.next(&mut value)? {
        Some(tag) if tag.raw() == kind.as_str() && value.kind()? == Kind::String => {
            let text = value.string()?.decode();
            Ok(Some(match kind {
                Type::N => Decimal::parse(&text).map_or_else(|_| text.to_string(), |number| number.canonical()),
                _ => text.into_owned(),
            }))
        }
        _ => Ok(None),
    }
}

type Values = (Option<String>, Option<String>);

fn positional(model: &Model, reader: &mut Reader<'_>) -> Result<Values, Error> {
    let mut values = Vec::new();
    let positions: Vec<_> = [Some(model.partition), model.sort].into_iter().flatten().collect();
    let mut elements = reader.array().map_err(not_json)?;
    while elements.next(reader).map_err(not_json)? {
        let Some(position) = positions.get(values.len()) else {
            return Err(Error::new(
                Code::InvalidPrimaryKey,
                format!(
                    "the key of model `{}` has {} part{}",
                    model.name,
                    positions.len(),
                    if positions.len() == 1 { "" } else { "s" }
                ),
            ));
        };
        let place = values.len().to_string();
        values.push(value(model, *position, reader).map_err(|error| error.within(&place))?);
    }
    let mut values = values.into_iter();
    Ok((values.next(), values.next()))
}

fn named(model: &Model, reader: &mut Reader<'_>) -> Result<Values, Error> {
    let (mut partition, mut sort) = (None, None);
    let mut members = reader.object().map_err(not_json)?;
    while let Some(name) = members.next(reader).map_err(not_json)? {
        let name = name.decode();
        let Some((position, _)) = model.attribute(&name) else {
            return Err(unknown_attribute(model, &name).within(&name));
        };
        let slot = match position {
            position if position == model.partition => &mut partition,
            position if Some(position) == model.sort => &mut sort,
            _ => {
                reader.skip().map_err(not_json)?;
                continue;
            }
        };
        *slot = Some(value(model, position, reader).map_err(|error| error.within(&name))?);
    }
    Ok((partition, sort))
}

fn value(model: &Model, position: usize, reader: &mut Reader<'_>) -> Result<String, Error> {
    key_value(&model.attributes[position], part(model, position), model.version_of_dms, reader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dms::{self, Schema};

    fn schema() -> Schema {
        let document = br#"{"dms_version":"0.2","models":[{"name":"M","table":{"name":"tab"},
            "keys":{"partition":{"attribute":"pk","type":"S"},"sort":{"attribute":"sk","type":"N"}},
            "attributes":[{"attribute":"pk","type":"S","roles":["pk"]},{"attribute":"sk","type":"N","roles":["sk"]},
            {"attribute":"x","type":"S"}]}]}"#;
        dms::compile(document, dms::Options { strict: false }).unwrap()
    }

    fn of(json: &str) -> Option<String> {
        let mut reader = Reader::new(json);
        let found = identity(&schema().models[0], &mut reader).unwrap();
        reader.end().unwrap();
        found
    }

    #[test]
    fn one_item_has_one_identity() {
        let one = of(r#"{"pk":{"S":"a"},"sk":{"N":"1.0"}}"#).unwrap();
        assert_eq!(of(r#"{"x":{"S":"y"},"sk":{"N":"1"},"pk":{"S":"a"},"alien":{"L":[]}}"#), Some(one.clone()));
        for other in [
            r#"{"pk":{"S":"a"},"sk":{"N":"10"}}"#,
            r#"{"pk":{"S":"a1"},"sk":{"N":"0"}}"#,
            r#"{"pk":{"S":"1#a"},"sk":{"N":"1"}}"#,
        ] {
            assert_ne!(of(other).as_ref(), Some(&one), "{other}");
        }
        assert_ne!(of(r#"{"pk":{"S":"a"},"sk":{"N":"11"}}"#), of(r#"{"pk":{"S":"a1"},"sk":{"N":"1"}}"#));
    }

    #[test]
    fn without_a_key_there_is_none() {
        for json in [r#"{}"#, r#"{"pk":{"S":"a"}}"#, r#"{"sk":{"N":"1"}}"#, r#"{"pk":{"N":"1"},"sk":{"N":"1"}}"#] {
            assert_eq!(of(json), None, "{json}");
        }
    }
}
