//! `create`: writes a whole item that must not be there yet.

use std::borrow::Cow;

use super::prepared::{Kind, Prepared};
use super::refusal::Guard;
use super::transact::single;
use super::write::{ReturnValues, conditions, done, existence, push_stamped};
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
    /// `{"op": "create", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "create", deny_unknown_fields))]
    pub struct Create<'a> {
        /// `create`
        #[cfg_attr(feature = "schema", schemars(required, extend("enum" = ["create"])))]
        pub(super) op: Option<Cow<'a, str>>,
        /// Model name.
        model: Cow<'a, str>,
        /// The item; lifecycle values are set by the library.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Object"))]
        pub(super) item: Raw<'a>,
        /// A further condition.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Condition>"))]
        condition: Option<Raw<'a>>,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Create<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    let prepared = prepare(client, &call, now)?;
    if prepared.changes.is_empty() {
        machine(client, &prepared)
    } else {
        single::begin(client, prepared, ReturnValues::None)
    }
}

/// Checks the call and makes ready what it writes.
pub(super) fn prepare(client: &Client, call: &Create<'_>, now: Moment) -> Result<Prepared, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let stamp = Stamp::of(now);
    let item = item::read(model, call.item, &stamp, None)?;
    let mut placeholders = Placeholders::default();
    let own = existence(model, false, &mut placeholders);
    let condition = conditions(model, Some(own), None, call.condition, &mut placeholders)?;
    Ok(Prepared {
        model: at,
        kind: Kind::Put,
        changes: unique::created(model, &item.json),
        subject: item.json,
        update: None,
        accumulates: false,
        condition,
        placeholders,
        guard: Guard { expected: None, others: true, wants_old: call.return_old_on_failure },
        stamped: Some(stamp.document(model, item.version.as_deref())),
        now,
        creates: true,
        bytes: item.bytes,
    })
}

fn machine(client: &Client, prepared: &Prepared) -> Result<Box<dyn Machine>, Error> {
    let mut body = prepared.body(client, &[])?;
    // The stored item tells a lost answer to our own write from somebody else's item.
    body.returns("NONE", true);
    Ok(Box::new(Machinery {
        model: prepared.model,
        body: body.finish(client),
        sent: prepared.subject.clone(),
        stamped: prepared.stamped.clone(),
        guard: prepared.guard,
    }))
}

struct Machinery {
    model: usize,
    body: String,
    sent: String,
    stamped: Option<String>,
    guard: Guard,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        let body = std::mem::take(&mut self.body);
        Next::Send(Outgoing { tag: 0, action: "PutItem", body, repeat: Repeat::Always })
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let model = context.client.model_at(self.model);
        done(context, model, body, self.stamped.as_deref(), ReturnValues::None)
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        if context.maybe_applied
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
