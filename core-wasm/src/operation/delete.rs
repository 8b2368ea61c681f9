//! `delete`: removes one item; an absent one is no error unless a condition says so.

use std::borrow::Cow;

use super::body::Body;
use super::refusal::Guard;
use super::write::{ReturnValues, conditions, done};
use super::{Context, Machine, Next, Outgoing, key};
use crate::client::Client;
use crate::error::Error;
use crate::expression::Placeholders;
use crate::json::{Raw, members};
use crate::lifecycle;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "delete", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "delete", deny_unknown_fields))]
    pub struct Delete<'a> {
        /// `delete`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["delete"])))]
        op: Cow<'a, str>,
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
        return_values: ReturnValues = default,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Delete<'_>) -> Result<impl Machine + use<>, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_written_once(model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let returns = call.return_values.old_only()?;
    let key = key::read(model, call.key)?;
    let mut placeholders = Placeholders::default();
    let condition = conditions(model, None, call.expect_version, call.condition, &mut placeholders)?;
    let guard = Guard {
        expected: call.expect_version,
        others: call.condition.is_some(),
        wants_old: call.return_old_on_failure,
    };
    let mut body = Body::new(client, at);
    body.raw("Key", &key);
    body.condition(condition)?;
    body.placeholders(&placeholders);
    body.returns(returns.as_str(), guard.wants_old || (guard.expected.is_some() && guard.others));
    // The first of two attempts may already have removed the item that the caller wants to see.
    let repeat = if returns == ReturnValues::None { Repeat::Always } else { Repeat::OnlyIfNotApplied };
    Ok(Machinery { model: at, body: body.finish(client), returns, repeat, guard })
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
