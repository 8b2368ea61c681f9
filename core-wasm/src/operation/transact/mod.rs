//! `transact`: up to 100 writes and checks, all of them or none.

mod action;
mod body;
mod cancelled;
mod machine;
mod plan;
pub(super) mod single;

pub(crate) use action::Action;
pub(super) use action::{Ready, beneath};
pub(super) use body::request;
pub(super) use cancelled::of_reads;
pub(super) use machine::Shape;

use std::borrow::Cow;

use super::Machine;
use crate::client::Client;
use crate::error::{Code, Error};
use crate::json::members;
use crate::names::Names;
use crate::step::Moment;
use machine::Machinery;

/// Most actions that DynamoDB takes in one transaction.
const MAX_ACTIONS: usize = 100;
/// Most bytes that all items of a transaction may take together.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Longest token, in characters.
const MAX_TOKEN: usize = 36;

members! {
    /// `{"op": "transact", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "transact", deny_unknown_fields))]
    pub struct Transact<'a> {
        /// `transact`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["transact"])))]
        op: Cow<'a, str>,
        /// 1 to 100 actions on as many items.
        actions: Vec<Action<'a>>,
        /// `ClientRequestToken`: 1 to 36 characters; a random one when left out.
        token: Option<Cow<'a, str>>,
    }
}

pub(super) fn begin(client: &Client, call: Transact<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    within_count(call.actions.len(), "actions", "/actions")?;
    let mut ready = Vec::with_capacity(call.actions.len());
    for (index, action) in call.actions.iter().enumerate() {
        ready.push(action.prepare(client, &format!("/actions/{index}"), now)?);
    }
    start(client, ready, call.token.as_deref(), Shape::Many, now)
}

/// Checks what no single action shows, and begins the transaction.
pub(super) fn start(
    client: &Client,
    actions: Vec<Ready>,
    token: Option<&str>,
    shape: Shape,
    now: Moment,
) -> Result<Box<dyn Machine>, Error> {
    check_token(token)?;
    let mut seen = Names::new();
    let mut bytes = 0;
    for (at, action) in actions.iter().enumerate() {
        let model = action.prepared.model;
        let identity = format!("{} {}", client.table(model), action.prepared.identity(client.model_at(model))?);
        if let Some(first) = seen.insert(identity.into(), at) {
            let first = &actions[first].at;
            return Err(Error::new(Code::InvalidOperator, format!("the item is that of `{first}` already"))
                .at(&action.at)
                .hint("a transaction has one action for each item; put a check into the `condition` of the write"));
        }
        bytes += action.prepared.bytes;
        if bytes > MAX_BYTES {
            return Err(Error::new(
                Code::InvalidOperator,
                format!("the items of the transaction take more than {MAX_BYTES} bytes, DynamoDB takes no more"),
            )
            .at(&action.at));
        }
    }
    Ok(Box::new(Machinery::new(client, actions, token, shape, now)?))
}

/// Refuses no actions at all, and more than DynamoDB takes.
pub(super) fn within_count(count: usize, what: &str, path: &str) -> Result<(), Error> {
    if (1..=MAX_ACTIONS).contains(&count) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidOperator, format!("a transaction takes 1 to {MAX_ACTIONS} {what}, got {count}"))
        .at(path))
}

fn check_token(token: Option<&str>) -> Result<(), Error> {
    match token.map(|token| token.chars().count()) {
        None | Some(1..=MAX_TOKEN) => Ok(()),
        Some(count) => {
            let message = format!("`token` has {count} characters, DynamoDB takes 1 to {MAX_TOKEN}");
            Err(Error::new(Code::InvalidOperator, message).at("/token"))
        }
    }
}
