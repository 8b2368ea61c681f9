//! Plain JSON to DynamoDB JSON, by the type that the schema names.

use super::{Written, invalid, not_json, stable};
use crate::dms::{Attribute, Format, Type, Version};
use crate::error::{Code, Error};
use crate::json::value::{Emptiness, quick, typed, value};
use crate::json::{Buffer, Kind, Reader};

/// What null begins with, and nothing else.
pub const NULL: &str = "{\"NULL\"";

/// As [`attribute`], into a buffer: in one go, if the value is as they nearly always are.
#[inline]
pub fn attribute_into(
    reader: &mut Reader<'_>,
    target: &Attribute,
    version: Version,
    out: &mut Buffer,
) -> Result<Written, Error> {
    let quickly = if target.json { None } else { quick(reader, target.kind, target.format, emptiness(version), out) };
    if let Some(written) = quickly {
        return Ok(written);
    }
    let mut value = String::new();
    let written = attribute(reader, target, version, &mut value)?;
    out.push_str(&value);
    Ok(written)
}

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
            Ok(value(reader, emptiness(version), 1, out)?)
        };
    }
    Ok(typed(reader, attribute.kind, attribute.format, emptiness(version), out)?)
}

/// Whether a value in DynamoDB JSON is null.
pub fn is_null(value: &str) -> bool {
    value.starts_with(NULL)
}

/// Refuses what DynamoDB, or the model, does not let this attribute hold: nothing in a required one, nothing or an empty
/// string as the key of an index.
pub fn storable(attribute: &Attribute, null: bool, written: Written) -> Result<(), Error> {
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
        Some(kind) => drop(typed(reader, kind, format, Emptiness::BySize, out)?),
        None => drop(value(reader, Emptiness::BySize, 1, out)?),
    }
    Ok(())
}

/// Writes the next value as one element of a set of this type, or of an untyped list.
pub fn element(reader: &mut Reader<'_>, container: Type, out: &mut String) -> Result<(), Error> {
    operand(reader, container.element(), None, out)
}

/// What `omit_empty` leaves out, by the version of the document.
fn emptiness(version: Version) -> Emptiness {
    if version == Version::V0_1 { Emptiness::ByContent } else { Emptiness::BySize }
}
