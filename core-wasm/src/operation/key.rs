//! Keys of calls: `["pk"]`, `["pk", "sk"]`, or an object that holds the key attributes.

use crate::dms::{Attribute, Model, Type};
use crate::error::{Code, Error};
use crate::expression::unknown_attribute;
use crate::json::{Kind, Raw, Reader, push_quoted};
use crate::value::{attribute, not_json};

/// Longest partition key, in bytes.
const MAX_PARTITION: usize = 2048;
/// Longest sort key, in bytes.
const MAX_SORT: usize = 1024;

/// Reads the `key` of a call and writes it as DynamoDB JSON, partition key first.
pub(super) fn read(model: &Model, raw: Option<Raw<'_>>) -> Result<String, Error> {
    let raw = raw.ok_or_else(|| missing(&model.attributes[model.partition]).at("/key"))?;
    let mut reader = Reader::new(raw.get());
    let values = match reader.kind().map_err(not_json)? {
        Kind::Array => positional(model, &mut reader),
        Kind::Object => named(model, &mut reader),
        Kind::String | Kind::Number => value(model, model.partition, &mut reader).map(|value| (Some(value), None)),
        _ => Err(Error::new(Code::InvalidCall, "`key` is an array or an object")),
    };
    let (partition, sort) = values.map_err(|error| error.within("key"))?;
    let mut out = String::from("{");
    for (position, value) in [(Some(model.partition), partition), (model.sort, sort)] {
        let Some(position) = position else { continue };
        let attribute = &model.attributes[position];
        let value = value.ok_or_else(|| missing(attribute).at("/key"))?;
        if out.len() > 1 {
            out.push(',');
        }
        push_quoted(&mut out, &attribute.name);
        out.push(':');
        out.push_str(&value);
    }
    out.push('}');
    Ok(out)
}

/// Checks a key value that was written as part of an item.
pub(super) fn check(model: &Model, position: usize, value: &str, bytes: usize) -> Result<(), Error> {
    let attribute = &model.attributes[position];
    let name = &attribute.name;
    let (part, most) = if position == model.partition { ("partition", MAX_PARTITION) } else { ("sort", MAX_SORT) };
    if value.starts_with("{\"NULL\"") {
        return Err(missing(attribute));
    }
    if attribute.kind != Type::N && bytes == 0 {
        return Err(Error::new(Code::InvalidPrimaryKey, format!("{part} key `{name}` is empty")));
    }
    if attribute.kind != Type::N && bytes > most {
        return Err(Error::new(
            Code::InvalidPrimaryKey,
            format!("{part} key `{name}` takes {bytes} bytes, DynamoDB takes {most}"),
        ));
    }
    Ok(())
}

/// The error for a key attribute that is not there.
pub(super) fn missing(attribute: &Attribute) -> Error {
    Error::new(Code::MissingPrimaryKey, format!("missing key attribute `{}`", attribute.name))
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
    let mut out = String::new();
    let target = &model.attributes[position];
    let written = attribute(reader, target, model.version_of_dms, &mut out).map_err(|error| {
        let mut invalid = Error::new(
            Code::InvalidPrimaryKey,
            format!("key attribute `{}`: {}", target.name, error.details().message),
        );
        invalid.details_mut().codes.insert(0, Code::InvalidModel);
        invalid
    })?;
    check(model, position, &out, written.bytes)?;
    Ok(out)
}
