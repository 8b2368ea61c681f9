//! Plain JSON to DynamoDB JSON and back, driven by the schema, in one pass each way.
//!
//! The plain form is described in `wit/README.md` (“Values”).

mod decode;
mod document;
mod encode;
pub mod number;
mod same;
mod scalar;
mod set;
pub mod size;
mod stable;
mod tag;
pub mod time;

pub use decode::{Decoder, Numbers};
pub use encode::{attribute, element, operand, storable};
pub use same::{canonical, same_item, same_value};
pub use scalar::Written;

use crate::error::{Code, Error};
use crate::json::{Fault, Kind};

/// Containers within containers that DynamoDB keeps: 32 levels, of which the innermost value is one.
const MAX_LEVELS: u32 = 31;

/// A value that is not even JSON.
pub(crate) fn not_json(fault: Fault) -> Error {
    Error::new(Code::InvalidCall, format!("not a JSON value: {}", fault.what))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidValue, message)
}

fn mistyped(expected: &str, got: Kind) -> Error {
    invalid(format!("expected {expected}, got {}", got.as_str()))
}

fn too_deep() -> Error {
    invalid(format!("nested deeper than {} levels", MAX_LEVELS + 1))
}
