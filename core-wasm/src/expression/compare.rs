//! Order of two operands, as DynamoDB has it, to refuse bounds the wrong way round.

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::dms::Type;
use crate::json::Reader;
use crate::value::Decimal;

/// Order of two values in DynamoDB JSON; `None` when they have different types or types without an order.
pub fn order(low: &str, high: &str) -> Option<Ordering> {
    let (low_type, low) = scalar(low)?;
    let (high_type, high) = scalar(high)?;
    if low_type != high_type {
        return None;
    }
    match low_type {
        Type::S => Some(low.as_bytes().cmp(high.as_bytes())),
        Type::N => Some(Decimal::parse(&low).ok()?.cmp_value(&Decimal::parse(&high).ok()?)),
        Type::B => Some(STANDARD.decode(low).ok()?.cmp(&STANDARD.decode(high).ok()?)),
        _ => None,
    }
}

/// Whether a string or binary value begins with another one, both in DynamoDB JSON.
pub fn begins_with(value: &str, prefix: &str) -> bool {
    match (scalar(value), scalar(prefix)) {
        (Some((Type::S, value)), Some((Type::S, prefix))) => value.starts_with(&prefix),
        (Some((Type::B, value)), Some((Type::B, prefix))) => match (STANDARD.decode(value), STANDARD.decode(prefix)) {
            (Ok(value), Ok(prefix)) => value.starts_with(&prefix),
            _ => false,
        },
        _ => false,
    }
}

fn scalar(value: &str) -> Option<(Type, String)> {
    let mut reader = Reader::new(value);
    let mut members = reader.object().ok()?;
    let kind = Type::parse(members.next(&mut reader).ok()??.raw())?;
    matches!(kind, Type::S | Type::N | Type::B).then_some(())?;
    Some((kind, reader.string().ok()?.decode().into_owned()))
}
