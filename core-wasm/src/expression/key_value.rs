//! Values of key attributes: what DynamoDB takes as one.

use crate::dms::{Attribute, Type, Version};
use crate::error::{Code, Error};
use crate::json::Reader;
use crate::value::{attribute, is_null};

/// Longest partition key value, in bytes.
const MAX_PARTITION: usize = 2048;
/// Longest sort key value, in bytes.
const MAX_SORT: usize = 1024;

/// Which part of a key an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Partition key.
    Partition,
    /// Sort key.
    Sort,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Part::Partition => "partition",
            Part::Sort => "sort",
        }
    }

    fn most(self) -> usize {
        match self {
            Part::Partition => MAX_PARTITION,
            Part::Sort => MAX_SORT,
        }
    }
}

/// Reads the next value as one of a key attribute and gives it as DynamoDB JSON.
///
/// # Errors
/// [`Code::InvalidPrimaryKey`]: wrong type, empty, too long. [`Code::MissingPrimaryKey`]: null.
pub fn key_value(target: &Attribute, part: Part, version: Version, reader: &mut Reader<'_>) -> Result<String, Error> {
    let mut out = String::new();
    let written = attribute(reader, target, version, &mut out).map_err(|error| {
        let mut invalid = Error::new(
            Code::InvalidPrimaryKey,
            format!("key attribute `{}`: {}", target.name, error.details().message),
        );
        invalid.details_mut().codes.insert(0, Code::InvalidModel);
        invalid
    })?;
    check_key_value(target, part, is_null(&out), written.bytes)?;
    Ok(out)
}

/// Checks a key value that is null or not, and counts for so many bytes.
///
/// # Errors
/// [`Code::InvalidPrimaryKey`]: empty, too long. [`Code::MissingPrimaryKey`]: null.
pub fn check_key_value(target: &Attribute, part: Part, null: bool, bytes: usize) -> Result<(), Error> {
    let (name, word, most) = (&target.name, part.as_str(), part.most());
    if null {
        return Err(missing_key(target));
    }
    if target.kind == Type::N || (1..=most).contains(&bytes) {
        return Ok(());
    }
    let what = if bytes == 0 {
        format!("{word} key `{name}` is empty")
    } else {
        format!("{word} key `{name}` takes {bytes} bytes, DynamoDB takes {most}")
    };
    Err(Error::new(Code::InvalidPrimaryKey, what))
}

/// The error for a key attribute that is not there.
pub fn missing_key(attribute: &Attribute) -> Error {
    Error::new(Code::MissingPrimaryKey, format!("missing key attribute `{}`", attribute.name))
}
