//! `delete`: removes one item; an absent one is no error unless a condition says so.

use std::borrow::Cow;

use super::prepared::{Kind, Prepared, Unchanged};
use super::refusal::Guard;
use super::transact::single;
use super::write::{ReturnValues, conditions, done};
use super::{Context, Machine, Next, Outgoing, key, unique};
use crate::client::Client;
use crate::error::Error;
use crate::expression::Placeholders;
use crate::json::{Raw, members};
use crate::lifecycle;
use crate::step::Moment;
use crate::value::size;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "delete", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "delete", deny_unknown_fields))]
    pub struct Delete<'a> {
        /// `delete`
        #[cfg_attr(feature = "schema", schemars(required, extend("enum" = ["delete"])))]
        pub(super) op: Option<Cow<'a, str>>,
        /// Model name.
        model: Cow<'a, str>,
        /// Which item.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Key"))]
        key: Option<Raw<'a>>,
        /// A condition on the stored item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Condition>"))]
        condition: Option<Raw<'a>>,
        /// The stored version must be this one.
        expect_version: Option<i64>,
        /// `NONE` or `ALL_OLD`.
        pub(super) return_values: ReturnValues = default,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Delete<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    let prepared = prepare(client, &call, now)?;
    let returns = call.return_values.old_only()?;
    if prepared.changes.is_empty() {
        machine(client, &prepared, returns, &[])
    } else {
        single::begin(client, prepared, returns)
    }
}

/// Checks the call and makes it ready.
pub(super) fn prepare(client: &Client, call: &Delete<'_>, now: Moment) -> Result<Prepared, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_written_once(model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let key = key::read(model, call.key)?;
    let mut placeholders = Placeholders::default();
    let condition = conditions(model, None, call.expect_version, call.condition, &mut placeholders)?;
    Ok(Prepared {
        model: at,
        kind: Kind::Delete,
        bytes: size::item(&key).unwrap_or_default(),
        subject: key,
        update: None,
        accumulates: false,
        condition,
        placeholders,
        guard: Guard {
            expected: call.expect_version,
            others: call.condition.is_some(),
            wants_old: call.return_old_on_failure,
        },
        stamped: None,
        now,
        creates: false,
        changes: unique::removed(model),
    })
}

/// Sends a delete by itself, on the condition that these attributes have not changed.
pub(super) fn machine(
    client: &Client,
    prepared: &Prepared,
    returns: ReturnValues,
    unchanged: &[Unchanged<'_>],
) -> Result<Box<dyn Machine>, Error> {
    let guard = prepared.guard;
    let mut body = prepared.body(client, unchanged)?;
    let in_doubt = guard.expected.is_some() && guard.others || !unchanged.is_empty();
    body.returns(returns.as_str(), guard.wants_old || in_doubt);
    // The first of two attempts may already have removed the item that the caller wants to see.
    let repeat = if returns == ReturnValues::None { Repeat::Always } else { Repeat::OnlyIfNotApplied };
    Ok(Box::new(Machinery { model: prepared.model, body: body.finish(client), returns, repeat, guard }))
}

struct Machinery {
    model: usize,
    body: String,
    returns: ReturnValues,
    repeat: Repeat,
    guard: Guard,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        let body = std::mem::take(&mut self.body);
        Next::Send(Outgoing { tag: 0, action: "DeleteItem", body, repeat: self.repeat })
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let model = context.client.model_at(self.model);
        done(context, model, body, None, self.returns)
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        Err(self.guard.explain(context, context.client.model_at(self.model), refusal))
    }
}
