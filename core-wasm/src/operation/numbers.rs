//! Whole numbers of calls that bound something: `limit`, `page_size`, `pages`, `segments`.

use crate::error::{Code, Error};
use crate::json::{Kind, Raw, Reader};
use crate::value::Decimal;
use crate::value::not_json;

/// Reads a whole number from `least` up to `most`; `None` when it is left out or null.
///
/// # Errors
/// [`Code::InvalidOperator`]: out of bounds. [`Code::InvalidCall`]: no number at all. Both with the member's name as path.
pub(super) fn whole(name: &str, raw: Option<Raw<'_>>, least: u64, most: u64) -> Result<Option<u64>, Error> {
    let Some(raw) = raw else { return Ok(None) };
    let mut reader = Reader::new(raw.get());
    let at = |error: Error| error.at(format!("/{name}"));
    match reader.kind().map_err(not_json)? {
        Kind::Null => return Ok(None),
        Kind::Number => {}
        other => {
            return Err(at(Error::new(Code::InvalidCall, format!("`{name}` is a number, got {}", other.as_str()))));
        }
    }
    let text = reader.number().map_err(not_json)?;
    // A host may write 10 as 10.0.
    let number =
        Decimal::parse(text).ok().filter(Decimal::is_integer).and_then(|number| number.canonical().parse().ok());
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => {
            let bounds = match most {
                u64::MAX => format!("a whole number, at least {least}"),
                _ => format!("a whole number from {least} to {most}"),
            };
            Err(at(Error::new(Code::InvalidOperator, format!("`{name}` is {bounds}"))))
        }
    }
}

/// As [`whole`], for numbers that fit in 31 bits: what DynamoDB takes.
pub(super) fn small(name: &str, raw: Option<Raw<'_>>, least: u64, most: u64) -> Result<Option<u32>, Error> {
    const MOST: u64 = i32::MAX as u64;
    let number = whole(name, raw, least, most.min(MOST))?;
    Ok(number.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}
