//! A single write that changes unique attributes: a transaction of one action and its sentinels.

use super::action::Ready;
use super::machine::{Machinery, Shape};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::operation::Machine;
use crate::operation::prepared::Prepared;
use crate::operation::write::ReturnValues;

/// Begins the write.
pub(in crate::operation) fn begin(
    client: &Client,
    prepared: Prepared,
    returns: ReturnValues,
) -> Result<Box<dyn Machine>, Error> {
    if matches!(returns, ReturnValues::UpdatedOld | ReturnValues::UpdatedNew) {
        let message = format!("`{}` is not to be had of a write that changes a unique attribute", returns.as_str());
        return Err(Error::new(Code::InvalidOperator, message)
            .at("/return_values")
            .hint("take `NONE`, `ALL_OLD` or `ALL_NEW`"));
    }
    let now = prepared.now;
    let action = Ready { prepared, at: String::new(), members: String::new() };
    Ok(Box::new(Machinery::new(client, vec![action], None, Shape::One(returns), now)?))
}
