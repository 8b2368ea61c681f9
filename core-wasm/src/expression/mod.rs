//! Expressions: paths, conditions, updates and projections of call documents as DynamoDB's expression strings.
//!
//! Placeholders are numbered in the order of first use, `#n0 …` one per distinct name and `:v0 …` one per value, so the same call
//! always gives the same bytes.

mod carrier;
mod compare;
mod condition;
mod filter;
mod key_condition;
#[cfg(test)]
mod key_tests;
mod key_value;
mod keys;
mod operand;
mod operators;
mod path;
mod placeholders;
mod projection;
#[cfg(test)]
mod tests;
mod update;

pub use condition::{Expression, condition, join};
pub use filter::Filter;
pub use key_condition::{Draft, KeyCondition, Test};
pub use key_value::{Part, check_key_value, key_value, missing_key};
pub use keys::Keys;
pub use path::{Path, Segment, unknown_attribute};
pub use placeholders::Placeholders;
pub use projection::{Projection, projection};
pub use update::{Clauses, Outcome, Update};

use crate::error::{Code, Error};
use crate::json::{Kind, Reader};
use crate::value::not_json;

/// Longest expression DynamoDB takes, in bytes.
const MAX_EXPRESSION: usize = 4096;
/// Most operators and functions in one expression.
const MAX_OPERATORS: usize = 300;

/// A call that uses DynamoDB in a way that it does not allow.
fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidOperator, message)
}

/// What is wrong with bounds that are not two.
const BOUNDS: &str = "`between` takes an array of two bounds";

/// Reads an array of exactly two; `wrong` says what it is, if it is anything else.
fn two<T>(
    reader: &mut Reader<'_>,
    wrong: &'static str,
    mut one: impl FnMut(&mut Reader<'_>) -> Result<T, Error>,
) -> Result<[T; 2], Error> {
    if reader.kind().map_err(not_json)? != Kind::Array {
        return Err(refused(wrong));
    }
    let mut both = Vec::with_capacity(2);
    let mut elements = reader.array().map_err(not_json)?;
    while elements.next(reader).map_err(not_json)? {
        both.push(one(reader).map_err(|error| error.within(&both.len().to_string()))?);
    }
    both.try_into().map_err(|_| refused(wrong))
}

/// Puts a whole JSON pointer in front of an error's path.
fn under(error: Error, place: &str) -> Error {
    let path = format!("{place}{}", error.details().path.as_deref().unwrap_or_default());
    error.at(path)
}

/// Checks an expression against DynamoDB's limits.
fn within_limits(text: &str, operators: usize, what: &str) -> Result<(), Error> {
    if operators > MAX_OPERATORS {
        return Err(refused(format!("{what} has {operators} operators, DynamoDB takes {MAX_OPERATORS}")));
    }
    if text.len() > MAX_EXPRESSION {
        return Err(refused(format!("{what} takes {} bytes, DynamoDB takes {MAX_EXPRESSION}", text.len())));
    }
    Ok(())
}
