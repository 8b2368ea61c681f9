//! Rust values and plain JSON: the form in which items, keys and operands cross into the core and back.
//!
//! Anything that implements [`Serialize`] can be written and anything that implements [`serde::Deserialize`] can be read. What
//! JSON has no form for has a type here: [`Binary`], [`Number`], [`Set`] and [`Time`]; [`Value`] holds any of them.

mod containers;
mod de;
mod misfit;
mod number;
mod ser;
#[cfg(test)]
mod tests;
mod types;
mod untyped;

pub use number::{Exact, NotANumber, Number};
pub use types::{Binary, Set, Time};
pub use untyped::{Item, Value};

pub(crate) use ser::{Shape, write};
pub(crate) use types::{Attributes, Items, Path, Raw};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Writes a value as plain JSON, as it stands in call documents.
///
/// ```
/// use tabletheory::value::{Binary, Set, to_plain};
///
/// assert_eq!(to_plain(&Binary::from(b"hi"))?, r#"{"$binary":"aGk="}"#);
/// assert_eq!(to_plain(&Set::from(["a", "b"]))?, r#"{"$set":["a","b"]}"#);
/// assert_eq!(to_plain(&u64::MAX)?, "18446744073709551615");
/// # Ok::<(), tabletheory::Error>(())
/// ```
///
/// # Errors
/// `ErrInvalidValue` when the type's own [`Serialize`] fails or a map has keys that are neither texts nor numbers.
pub fn to_plain<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    ser::write(value, false).map(|(text, _)| text)
}

/// Reads a value from plain JSON, as it stands in result documents.
///
/// ```
/// use tabletheory::value::{Number, from_plain};
///
/// let exact: Number = from_plain("0.1234567890123456789012345")?;
/// assert_eq!(exact.as_str(), "0.1234567890123456789012345");
/// assert!(from_plain::<f64>("0.1234567890123456789012345").is_err()); // it would lose digits
/// # Ok::<(), tabletheory::Error>(())
/// ```
///
/// # Errors
/// `ErrNumberPrecisionLoss` when a number does not fit its type exactly, else `ErrInvalidValue` when the JSON does not fit `T`.
pub fn from_plain<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    de::read(json, false)
}

/// Reads a document of the core's, parts of which may stay where they are.
///
/// # Errors
/// As [`from_plain`].
pub(crate) fn document<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Error> {
    de::read(json, true)
}

/// Writes an item: as [`to_plain`], but for its outermost map, whose names are attributes and never escaped.
///
/// # Errors
/// As [`to_plain`].
pub fn item_to_plain<T: Serialize + ?Sized>(item: &T) -> Result<String, Error> {
    ser::write(item, true).map(|(text, _)| text)
}

/// Reads an item: as [`from_plain`], but its outermost object is never taken for a `$set` and the like.
///
/// # Errors
/// As [`from_plain`].
pub fn item_from_plain<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    de::read(json, true)
}
