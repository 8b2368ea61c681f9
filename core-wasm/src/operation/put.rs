//! `put`: writes a whole item, whatever was there.

use std::borrow::Cow;

use super::prepared::{Kind, Prepared, Unchanged};
use super::refusal::Guard;
use super::transact::single;
use super::write::{ReturnValues, conditions, done, push_stamped};
use super::{Context, Machine, Next, Outgoing, item, unique};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::expression::Placeholders;
use crate::json::{Raw, members};
use crate::lifecycle::{self, Stamp};
use crate::step::Moment;
use crate::value::same_item;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "put", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "put", deny_unknown_fields))]
    pub struct Put<'a> {
        /// `put`
        #[cfg_attr(feature = "schema", schemars(required, extend("enum" = ["put"])))]
        pub(super) op: Option<Cow<'a, str>>,
        /// Model name.
        model: Cow<'a, str>,
        /// The item; lifecycle times are set by the library, the version is the item's own, or 0.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Object"))]
        item: Raw<'a>,
        /// A condition on the stored item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Condition>"))]
        condition: Option<Raw<'a>>,
        /// The stored version must be this one; the item is written with the next.
        expect_version: Option<i64>,
        /// `NONE` or `ALL_OLD`.
        pub(super) return_values: ReturnValues = default,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Put<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    let prepared = prepare(client, &call, now)?;
    let returns = call.return_values.old_only()?;
    if prepared.changes.is_empty() {
        machine(client, &prepared, returns, &[])
    } else {
        single::begin(client, prepared, returns)
    }
}

/// Checks the call and makes ready what it writes.
pub(super) fn prepare(client: &Client, call: &Put<'_>, now: Moment) -> Result<Prepared, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_written_once(model)?;
    lifecycle::refuse_if_protected(model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let stamp = Stamp::of(now);
    let next_version = match call.expect_version {
        Some(expected) => Some(lifecycle::next_version(expected)?),
        None => None,
    };
    let item = item::read(model, call.item, &stamp, next_version)?;
    let mut placeholders = Placeholders::default();
    let condition = conditions(model, None, call.expect_version, call.condition, &mut placeholders)?;
    Ok(Prepared {
        model: at,
        kind: Kind::Put,
        changes: unique::replaced(model, &item.json),
        subject: item.json,
        update: None,
        accumulates: false,
        condition,
        placeholders,
        guard: Guard {
            expected: call.expect_version,
            others: call.condition.is_some(),
            wants_old: call.return_old_on_failure,
        },
        stamped: Some(stamp.document(model, item.version.as_deref())),
        now,
        creates: false,
        bytes: item.bytes,
    })
}

/// Sends a put by itself, on the condition that these attributes have not changed.
pub(super) fn machine(
    client: &Client,
    prepared: &Prepared,
    returns: ReturnValues,
    unchanged: &[Unchanged<'_>],
) -> Result<Box<dyn Machine>, Error> {
    let mut body = prepared.body(client, unchanged)?;
    body.returns(returns.as_str(), prepared.is_conditional() || !unchanged.is_empty());
    Ok(Box::new(Machinery {
        model: prepared.model,
        body: body.finish(client),
        sent: prepared.subject.clone(),
        stamped: prepared.stamped.clone(),
        returns,
        guard: prepared.guard,
    }))
}

struct Machinery {
    model: usize,
    body: String,
    sent: String,
    stamped: Option<String>,
    returns: ReturnValues,
    guard: Guard,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        let body = std::mem::take(&mut self.body);
        Next::Send(Outgoing { tag: 0, action: "PutItem", body, repeat: Repeat::Always })
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let model = context.client.model_at(self.model);
        done(context, model, body, self.stamped.as_deref(), self.returns)
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        // The condition failed against what an attempt of ours wrote whose answer was lost.
        if context.maybe_applied
            && self.returns == ReturnValues::None
            && refusal.error.is(Code::ConditionFailed)
            && refusal.old_item.is_some_and(|old| same_item(old.get(), &self.sent))
        {
            let mut result = String::new();
            push_stamped(&mut result, self.stamped.as_deref());
            return Ok(Next::Done(result));
        }
        Err(self.guard.explain(context, context.client.model_at(self.model), refusal))
    }
}
