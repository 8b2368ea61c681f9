//! Plain JSON to DynamoDB JSON, by the type that the schema names.

use super::scalar::{Written, binary, boolean, number, string};
use super::{document, invalid, mistyped, not_json, set, stable};
use crate::dms::{Attribute, Format, Type, Version};
use crate::error::{Code, Error};
use crate::json::{Kind, Reader};

/// Writes the next value as `{"S":…}` and so on, as the attribute wants it.
pub fn attribute(
    reader: &mut Reader<'_>,
    attribute: &Attribute,
    version: Version,
    out: &mut String,
) -> Result<Written, Error> {
    if reader.kind().map_err(not_json)? == Kind::Null {
        reader.null().map_err(not_json)?;
        out.push_str("{\"NULL\":true}");
        return Ok(Written::NULL);
    }
    if attribute.json {
        return if attribute.kind == Type::S {
            stable::text(reader, version, out)
        } else {
            document::value(reader, version, 1, out)
        };
    }
    typed(reader, attribute.kind, attribute.format, version, out)
}

/// Refuses what DynamoDB, or the model, does not let this attribute hold: nothing in a required one, nothing or an empty
/// string as the key of an index.
pub fn storable(attribute: &Attribute, value: &str, written: Written) -> Result<(), Error> {
    let null = value.starts_with("{\"NULL\"");
    if attribute.required && null && attribute.kind != Type::Null {
        return Err(Error::new(Code::InvalidModel, format!("required attribute `{}` is null", attribute.name)));
    }
    if attribute.index_key && (null || written.bytes == 0) {
        return Err(invalid(format!("`{}` is the key of an index and cannot be empty", attribute.name))
            .hint("leave the attribute out, or declare it with `omit_empty`"));
    }
    Ok(())
}

/// Writes the next value as an operand to compare an attribute of this type with.
pub fn operand(
    reader: &mut Reader<'_>,
    kind: Option<Type>,
    format: Option<Format>,
    out: &mut String,
) -> Result<(), Error> {
    match kind {
        _ if reader.kind().map_err(not_json)? == Kind::Null => {
            reader.null().map_err(not_json)?;
            out.push_str("{\"NULL\":true}");
        }
        Some(kind) => drop(typed(reader, kind, format, Version::V0_2, out)?),
        None => drop(document::value(reader, Version::V0_2, 1, out)?),
    }
    Ok(())
}

/// Writes the next value as one element of a set of this type, or of an untyped list.
pub fn element(reader: &mut Reader<'_>, container: Type, out: &mut String) -> Result<(), Error> {
    operand(reader, container.element(), None, out)
}

fn typed(
    reader: &mut Reader<'_>,
    kind: Type,
    format: Option<Format>,
    version: Version,
    out: &mut String,
) -> Result<Written, Error> {
    match kind {
        Type::S => string(reader, out),
        Type::N => number(reader, format, out),
        Type::B => binary(reader, out),
        Type::Bool => boolean(reader, out),
        Type::Null => Err(mistyped("null", reader.kind().map_err(not_json)?)),
        Type::M => match reader.kind().map_err(not_json)? {
            Kind::Object => document::map(reader, version, 1, out),
            other => Err(mistyped("an object", other)),
        },
        Type::L => match reader.kind().map_err(not_json)? {
            Kind::Array => document::list(reader, version, 1, out),
            other => Err(mistyped("an array", other)),
        },
        Type::Ss | Type::Ns | Type::Bs => set::write(reader, kind, out),
    }
}
