//! Single values: strings, numbers, binary values, booleans, times.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::tag::{self, Tag};
use super::{Decimal, Format, Misfit, time};
use crate::{Kind, Reader};

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes that DynamoDB counts for the value, its name not included.
    pub bytes: usize,
    /// Whether `omit_empty` leaves the value out.
    pub empty: bool,
}

impl Written {
    /// Of null.
    pub const NULL: Written = Written { bytes: 1, empty: true };
}

/// Writes a string, or a time as text.
pub(super) fn string(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Misfit> {
    match reader.kind()? {
        Kind::String => {
            let text = reader.string()?;
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
            None => Err(Misfit::mistyped("a string", kind)),
        },
    }
}

/// Writes a number, or a time as seconds.
pub(super) fn number(reader: &mut Reader<'_>, format: Option<Format>, out: &mut String) -> Result<Written, Misfit> {
    if let Some(mut operand) = tag::take(reader, Tag::Time)? {
        if format != Some(Format::UnixSeconds) {
            return Err(Misfit::new("a time in a number attribute").hint("the attribute needs format `unix_seconds`"));
        }
        let seconds = instant(&mut operand)?.unix_timestamp().to_string();
        return Ok(push_number(&Decimal::parse(&seconds).map_err(|fault| Misfit::new(fault.message()))?, out));
    }
    let text = number_text(reader)?;
    let decimal = decimal(&text)?;
    if matches!(format, Some(Format::Int | Format::UnixSeconds)) && !decimal.is_integer() {
        return Err(Misfit::new("expected a whole number"));
    }
    Ok(push_number(&decimal, out))
}

/// A number as it stands: a number token, a string holding one, or `{"$number": …}`.
pub fn number_text<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Misfit> {
    match reader.kind()? {
        Kind::Number => Ok(Cow::Borrowed(reader.number()?)),
        Kind::String => Ok(reader.string()?.decode()),
        kind => match tag::take(reader, Tag::Number)? {
            Some(mut operand) => number_text(&mut operand),
            None => Err(Misfit::mistyped("a number", kind)),
        },
    }
}

/// Checks a number against DynamoDB's range.
pub fn decimal(text: &str) -> Result<Decimal<'_>, Misfit> {
    Decimal::parse(text).and_then(Decimal::in_range).map_err(|fault| Misfit::new(fault.message()))
}

pub(super) fn push_number(decimal: &Decimal<'_>, out: &mut String) -> Written {
    out.push_str("{\"N\":\"");
    out.push_str(&decimal.plain());
    out.push_str("\"}");
    Written { bytes: decimal.size(), empty: decimal.is_zero() }
}

/// Writes a binary value.
pub(super) fn binary(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Misfit> {
    let (text, bytes) = binary_text(reader)?;
    out.push_str("{\"B\":\"");
    out.push_str(&text);
    out.push_str("\"}");
    Ok(Written { bytes, empty: bytes == 0 })
}

/// Base64 as it stands (a string or `{"$binary": …}`), checked, and how many bytes it stands for.
pub(super) fn binary_text<'a>(reader: &mut Reader<'a>) -> Result<(Cow<'a, str>, usize), Misfit> {
    match reader.kind()? {
        Kind::String => {
            let text = reader.string()?.decode();
            let bytes = STANDARD
                .decode(text.as_bytes())
                .map_err(|_| Misfit::new("not base64").hint("binary values are standard base64 with padding"))?;
            Ok((text, bytes.len()))
        }
        kind => match tag::take(reader, Tag::Binary)? {
            Some(mut operand) if operand.kind()? == Kind::String => binary_text(&mut operand),
            _ => Err(Misfit::mistyped("a binary value", kind)),
        },
    }
}

/// Writes a boolean.
pub(super) fn boolean(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Misfit> {
    match reader.kind()? {
        Kind::Bool => {
            let value = reader.boolean()?;
            out.push_str(if value { "{\"BOOL\":true}" } else { "{\"BOOL\":false}" });
            Ok(Written { bytes: 1, empty: !value })
        }
        other => Err(Misfit::mistyped("a boolean", other)),
    }
}

/// The operand of `{"$time": …}`.
pub fn instant(operand: &mut Reader<'_>) -> Result<::time::OffsetDateTime, Misfit> {
    let text = match operand.kind()? {
        Kind::String => operand.string()?.decode(),
        other => return Err(Misfit::mistyped("an RFC 3339 time", other)),
    };
    time::parse(&text)
        .ok_or_else(|| Misfit::new("not an RFC 3339 time").hint("for instance `2026-01-02T03:04:05.678Z`"))
}
