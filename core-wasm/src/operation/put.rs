//! `put`: writes a whole item, whatever was there.

use std::borrow::Cow;

use super::body::Body;
use super::refusal::Guard;
use super::write::{ReturnValues, conditions, done, push_stamped};
use super::{Context, Machine, Next, Outgoing, item};
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
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["put"])))]
        op: Cow<'a, str>,
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
        return_values: ReturnValues = default,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Put<'_>, now: Moment) -> Result<impl Machine + use<>, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_written_once(model)?;
    lifecycle::refuse_if_protected(model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let returns = call.return_values.old_only()?;
    let stamp = Stamp::of(now);
    let next_version = match call.expect_version {
        Some(expected) => Some(lifecycle::next_version(expected)?),
        None => None,
    };
    let item = item::read(model, call.item, &stamp, next_version)?;
    let mut placeholders = Placeholders::default();
    let condition = conditions(model, None, call.expect_version, call.condition, &mut placeholders)?;
    let guarded = condition.is_some();
    let mut body = Body::new(client, at);
    body.raw("Item", &item.json);
    body.condition(condition)?;
    body.placeholders(&placeholders);
    body.returns(returns.as_str(), guarded);
    Ok(Machinery {
        model: at,
        stamped: stamp.document(model, item.version.as_deref()),
        body: body.finish(client),
        sent: item.json,
        returns,
        guard: Guard {
            expected: call.expect_version,
            others: call.condition.is_some(),
            wants_old: call.return_old_on_failure,
        },
    })
}

struct Machinery {
    model: usize,
    body: String,
    sent: String,
    stamped: String,
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
        done(context, model, body, Some(&self.stamped), self.returns)
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        // The condition failed against what an attempt of ours wrote whose answer was lost.
        if context.maybe_applied
            && self.returns == ReturnValues::None
            && refusal.error.is(Code::ConditionFailed)
            && refusal.old_item.is_some_and(|old| same_item(old.get(), &self.sent))
        {
            let mut result = String::new();
            push_stamped(&mut result, Some(&self.stamped));
            return Ok(Next::Done(result));
        }
        Err(self.guard.explain(context, context.client.model_at(self.model), refusal))
    }
}
