//! Plain JSON to DynamoDB JSON and back, as the model wants it, in one pass each way. How single values are written is in
//! [`crate::json::value`].
//!
//! The plain form is described in `wit/README.md` (“Values”).

mod decode;
mod encode;
mod same;
pub mod size;
mod stable;

pub use decode::{Decoder, Numbers};
pub use encode::{NULL, attribute, attribute_into, element, is_null, operand, storable};
pub use same::{canonical, same_item, same_value};

pub use crate::json::value::{Decimal, Written, time};

use crate::error::{Code, Error};
use crate::json::Fault;
use crate::json::value::Misfit;

/// A value that is not even JSON.
pub(crate) fn not_json(fault: Fault) -> Error {
    Misfit::from(fault).into()
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidValue, message)
}
