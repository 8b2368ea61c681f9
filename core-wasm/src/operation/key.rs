//! Keys of calls: `["pk"]`, `["pk", "sk"]`, or an object that holds the key attributes.

use crate::dms::Model;
use crate::error::{Code, Error};
pub(super) use crate::expression::missing_key as missing;
use crate::expression::{Part, check_key_value, key_value, unknown_attribute};
use crate::json::{Kind, Raw, Reader, push_quoted};
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
pub(super) fn check(model: &Model, position: usize, value: &str, bytes: usize) -> Result<(), Error> {
    check_key_value(&model.attributes[position], part(model, position), value, bytes)
}

fn part(model: &Model, position: usize) -> Part {
    if position == model.partition { Part::Partition } else { Part::Sort }
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
