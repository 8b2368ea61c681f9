//! Expressions: paths, conditions, updates and projections of call documents as DynamoDB's expression strings.
//!
//! Placeholders are numbered in the order of first use, `#n0 …` one per distinct name and `:v0 …` one per value, so the same call
//! always gives the same bytes.

mod carrier;
mod compare;
mod condition;
mod operand;
mod operators;
mod path;
mod placeholders;
mod projection;
#[cfg(test)]
mod tests;
mod update;

pub use condition::{Expression, condition, join};
pub use path::{Path, Segment, unknown_attribute};
pub use placeholders::Placeholders;
pub use projection::projection;
pub use update::{Clauses, Outcome, Update};

use crate::error::{Code, Error};

/// Longest expression DynamoDB takes, in bytes.
const MAX_EXPRESSION: usize = 4096;
/// Most operators and functions in one expression.
const MAX_OPERATORS: usize = 300;

/// A call that uses DynamoDB in a way that it does not allow.
fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidOperator, message)
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
