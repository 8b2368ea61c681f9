//! Plain JSON to DynamoDB JSON, in one pass: what hosts give is checked, measured and written as it is read.
//!
//! The plain form is described in `wit/README.md` (“Values”).

mod document;
mod misfit;
mod names;
mod number;
mod quick;
mod scalar;
mod set;
mod tag;
pub mod time;
mod types;

pub use document::{Emptiness, value};
pub use misfit::{Misfit, Reason};
pub use number::{Decimal, NumberFault};
pub use quick::quick;
pub use scalar::{Written, decimal, instant, number_text};
pub use tag::{Object, Tag, look};
pub use types::{Format, Type};

use crate::{Kind, Reader};

/// Containers within containers that DynamoDB keeps: 32 levels, of which the innermost value is one.
pub const MAX_LEVELS: u32 = 31;

/// What is nested deeper than [`MAX_LEVELS`].
#[cold]
pub fn too_deep() -> Misfit {
    Misfit::new(format!("nested deeper than {} levels", MAX_LEVELS + 1))
}

/// Writes the next value, which is not null, as `{"S":…}` and so on: as an attribute of this type and format.
///
/// # Errors
/// The value is not of this type, or not one that DynamoDB keeps.
pub fn typed(
    reader: &mut Reader<'_>,
    kind: Type,
    format: Option<Format>,
    emptiness: Emptiness,
    out: &mut String,
) -> Result<Written, Misfit> {
    match kind {
        Type::S => scalar::string(reader, out),
        Type::N => scalar::number(reader, format, out),
        Type::B => scalar::binary(reader, out),
        Type::Bool => scalar::boolean(reader, out),
        Type::Null => Err(Misfit::mistyped("null", reader.kind()?)),
        Type::M => match reader.kind()? {
            Kind::Object => document::map(reader, emptiness, 1, out),
            other => Err(Misfit::mistyped("an object", other)),
        },
        Type::L => match reader.kind()? {
            Kind::Array => document::list(reader, emptiness, 1, out),
            other => Err(Misfit::mistyped("an array", other)),
        },
        Type::Ss | Type::Ns | Type::Bs => set::write(reader, kind, out),
    }
}
