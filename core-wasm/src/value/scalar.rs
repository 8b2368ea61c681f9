//! Single values: strings, numbers, binary values, booleans, times.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::number::Decimal;
use super::tag::{self, Tag};
use super::{invalid, mistyped, not_json, time};
use crate::dms::Format;
use crate::error::Error;
use crate::json::{Kind, Reader};

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes that DynamoDB counts for the value, its name not included.
    pub bytes: usize,
    /// Whether `omit_empty` leaves the value out.
    pub empty: bool,
}

impl Written {
    pub(super) const NULL: Written = Written { bytes: 1, empty: true };
}

/// Writes a string, or a time as text.
pub(super) fn string(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Error> {
    match reader.kind().map_err(not_json)? {
        Kind::String => {
            let text = reader.string().map_err(not_json)?;
            out.push_str("{\"S\":");
            text.push(out);
            out.push('}');
            Ok(Written { bytes: text.byte_len(), empty: text.is_empty() })
        }
        kind => match tag::take(reader, Tag::Time)? {
            Some(mut operand) => {
                let text = time::format(instant(&mut operand)?);
                out.push_str("{\"S\":\"");
                out.push_str(&text);
                out.push_str("\"}");
                Ok(Written { bytes: text.len(), empty: false })
            }
            None => Err(mistyped("a string", kind)),
        },
    }
}

/// Writes a number, or a time as seconds.
pub(super) fn number(reader: &mut Reader<'_>, format: Option<Format>, out: &mut String) -> Result<Written, Error> {
    if let Some(mut operand) = tag::take(reader, Tag::Time)? {
        if format != Some(Format::UnixSeconds) {
            return Err(invalid("a time in a number attribute").hint("the attribute needs format `unix_seconds`"));
        }
        let seconds = instant(&mut operand)?.unix_timestamp().to_string();
        return Ok(push_number(&Decimal::parse(&seconds).map_err(|fault| invalid(fault.message()))?, out));
    }
    let text = number_text(reader)?;
    let decimal = decimal(&text)?;
    if matches!(format, Some(Format::Int | Format::UnixSeconds)) && !decimal.is_integer() {
        return Err(invalid("expected a whole number"));
    }
    Ok(push_number(&decimal, out))
}

/// A number as it stands: a number token, a string holding one, or `{"$number": …}`.
pub(super) fn number_text<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Error> {
    match reader.kind().map_err(not_json)? {
        Kind::Number => reader.number().map(Cow::Borrowed).map_err(not_json),
        Kind::String => reader.string().map(|text| text.decode()).map_err(not_json),
        kind => match tag::take(reader, Tag::Number)? {
            Some(mut operand) => number_text(&mut operand),
            None => Err(mistyped("a number", kind)),
        },
    }
}

/// Checks a number against DynamoDB's range.
pub(super) fn decimal(text: &str) -> Result<Decimal<'_>, Error> {
    Decimal::parse(text).and_then(Decimal::in_range).map_err(|fault| invalid(fault.message()))
}

pub(super) fn push_number(decimal: &Decimal<'_>, out: &mut String) -> Written {
    out.push_str("{\"N\":\"");
    out.push_str(&decimal.plain());
    out.push_str("\"}");
    Written { bytes: decimal.size(), empty: decimal.is_zero() }
}

/// Writes a binary value.
pub(super) fn binary(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Error> {
    let (text, bytes) = binary_text(reader)?;
    out.push_str("{\"B\":\"");
    out.push_str(&text);
    out.push_str("\"}");
    Ok(Written { bytes, empty: bytes == 0 })
}

/// Base64 as it stands (a string or `{"$binary": …}`), checked, and how many bytes it stands for.
pub(super) fn binary_text<'a>(reader: &mut Reader<'a>) -> Result<(Cow<'a, str>, usize), Error> {
    match reader.kind().map_err(not_json)? {
        Kind::String => {
            let text = reader.string().map_err(not_json)?.decode();
            let bytes = STANDARD
                .decode(text.as_bytes())
                .map_err(|_| invalid("not base64").hint("binary values are standard base64 with padding"))?;
            Ok((text, bytes.len()))
        }
        kind => match tag::take(reader, Tag::Binary)? {
            Some(mut operand) if operand.kind().map_err(not_json)? == Kind::String => binary_text(&mut operand),
            _ => Err(mistyped("a binary value", kind)),
        },
    }
}

/// Writes a boolean.
pub(super) fn boolean(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Error> {
    match reader.kind().map_err(not_json)? {
        Kind::Bool => {
            let value = reader.boolean().map_err(not_json)?;
            out.push_str(if value { "{\"BOOL\":true}" } else { "{\"BOOL\":false}" });
            Ok(Written { bytes: 1, empty: !value })
        }
        other => Err(mistyped("a boolean", other)),
    }
}

/// The operand of `{"$time": …}`.
pub(super) fn instant(operand: &mut Reader<'_>) -> Result<::time::OffsetDateTime, Error> {
    let text = match operand.kind().map_err(not_json)? {
        Kind::String => operand.string().map_err(not_json)?.decode(),
        other => return Err(mistyped("an RFC 3339 time", other)),
    };
    time::parse(&text).ok_or_else(|| invalid("not an RFC 3339 time").hint("for instance `2026-01-02T03:04:05.678Z`"))
}
