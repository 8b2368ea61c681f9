//! `update`: changes attributes of one item.

use std::borrow::Cow;

use super::changes::Changes;
use super::prepared::{Kind, Prepared, Unchanged};
use super::refusal::{Guard, text_of, version};
use super::transact::single;
use super::write::{ReturnValues, conditions, done, existence};
use super::{Context, Machine, Next, Outgoing, key, unique};
use crate::client::Client;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::{Clauses, Placeholders, Update};
use crate::json::{Raw, Reader, members};
use crate::lifecycle::{self, Stamp};
use crate::step::Moment;
use crate::value::{Decoder, size};
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "update", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "update", deny_unknown_fields))]
    pub struct UpdateCall<'a> {
        /// `update`
        #[cfg_attr(feature = "schema", schemars(required, extend("enum" = ["update"])))]
        pub(super) op: Option<Cow<'a, str>>,
        /// Model name.
        model: Cow<'a, str>,
        /// Which item; with `changes`, that of `to` when left out.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Key"))]
        key: Option<Raw<'a>>,
        /// An item before and after: what is different is set and removed.
        changes: Option<Changes<'a>>,
        /// `{path: value}`: `SET p = v`. A value may be an operand: `$path`, `$if_not_exists`, `$list_append`, `$plus`, `$minus`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        pub(super) set: Option<Raw<'a>>,
        /// `{path: value}`: `SET p = if_not_exists(p, v)`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        set_if_not_exists: Option<Raw<'a>>,
        /// `{path: [values]}`: put behind a list, which may be absent.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        append: Option<Raw<'a>>,
        /// `{path: [values]}`: put in front of a list, which may be absent.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        prepend: Option<Raw<'a>>,
        /// Paths to remove.
        remove: Option<Vec<Cow<'a, str>>>,
        /// `{path: number or set}`: `ADD p v`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        add: Option<Raw<'a>>,
        /// `{path: set}`: `DELETE p v`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        delete: Option<Raw<'a>>,
        /// A condition on the stored item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Condition>"))]
        condition: Option<Raw<'a>>,
        /// The stored version must be this one.
        expect_version: Option<i64>,
        /// Whether the item must be there already.
        if_exists: bool = default,
        /// Further attributes that this call must not touch.
        protected_attributes: Option<Vec<Cow<'a, str>>>,
        /// What to give back; `ALL_NEW` when left out.
        pub(super) return_values: Option<ReturnValues>,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: UpdateCall<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    let prepared = prepare(client, &call, now)?;
    let returns = call.return_values.unwrap_or(ReturnValues::AllNew);
    if prepared.changes.is_empty() {
        machine(client, &prepared, returns, &[])
    } else {
        single::begin(client, prepared, returns)
    }
}

/// Checks the call and makes ready what it changes.
pub(super) fn prepare(client: &Client, call: &UpdateCall<'_>, now: Moment) -> Result<Prepared, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_written_once(model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let key = call.key(model)?;
    let mut update = Update::read(model, &call.clauses())?;
    let mut changes = unique::updated(model, &update)?;
    if let Some(items) = &call.changes {
        items.add_to(model, &mut update)?;
        changes = unique::compared(model, &update, changes)?;
    }
    let accumulates = update.accumulates();
    if let Some(position) = model.updated_at {
        update.assign(position, Stamp::of(now).value());
    }
    if let Some(position) = model.version {
        update.add(position, "1");
    }
    let mut placeholders = Placeholders::default();
    let expression = update.render(&mut placeholders)?;
    let bytes = size::item(&key).unwrap_or_default() + placeholders.bytes();
    let own = call.if_exists.then(|| existence(model, true, &mut placeholders));
    let condition = conditions(model, own, call.expect_version, call.condition, &mut placeholders)?;
    Ok(Prepared {
        model: at,
        kind: Kind::Update,
        subject: key,
        update: expression,
        accumulates,
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
        bytes,
        changes,
    })
}

/// Sends an update by itself, on the condition that these attributes have not changed.
pub(super) fn machine(
    client: &Client,
    prepared: &Prepared,
    returns: ReturnValues,
    unchanged: &[Unchanged<'_>],
) -> Result<Box<dyn Machine>, Error> {
    let guard = prepared.guard;
    let mut body = prepared.body(client, unchanged)?;
    body.returns(returns.as_str(), guard.wants_old || guard.expected.is_some() || !unchanged.is_empty());
    Ok(Box::new(Machinery {
        model: prepared.model,
        body: body.finish(client),
        repeat: prepared.repeat(),
        returns,
        guard,
        now: Stamp::of(prepared.now).now,
    }))
}

impl<'a> UpdateCall<'a> {
    /// The key of the item: its own member, or that of the item in `changes`, which must not be another one.
    fn key(&self, model: &Model) -> Result<String, Error> {
        let Some(changes) = &self.changes else { return key::read(model, self.key) };
        changes.check()?;
        let of_item = key::read(model, Some(changes.to)).map_err(|error| moved(error, "/changes/to"));
        let Some(_) = self.key else { return of_item };
        let key = key::read(model, self.key)?;
        if of_item.is_ok_and(|of_item| of_item != key) {
            return Err(Error::new(Code::InvalidModel, "`changes` are those of another item than `key` names")
                .at("/changes/to"));
        }
        Ok(key)
    }

    fn clauses(&self) -> Clauses<'_> {
        Clauses {
            set: self.set,
            set_if_not_exists: self.set_if_not_exists,
            append: self.append,
            prepend: self.prepend,
            remove: self.remove.as_deref(),
            add: self.add,
            delete: self.delete,
            protected_attributes: self.protected_attributes.as_deref().unwrap_or_default(),
        }
    }
}

/// The key was read from somewhere else in the call, so its problems are there.
pub(super) fn moved(mut error: Error, place: &str) -> Error {
    let path = error.details().path.as_deref().unwrap_or("/key").replacen("/key", place, 1);
    error.details_mut().path = Some(path);
    error
}

struct Machinery {
    model: usize,
    body: String,
    repeat: Repeat,
    returns: ReturnValues,
    guard: Guard,
    now: String,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        let body = std::mem::take(&mut self.body);
        Next::Send(Outgoing { tag: 0, action: "UpdateItem", body, repeat: self.repeat })
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let model = context.client.model_at(self.model);
        done(context, model, body, None, self.returns)
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        let model = context.client.model_at(self.model);
        if context.maybe_applied
            && refusal.error.is(Code::ConditionFailed)
            && let Some(old) = refusal.old_item
            && let Some(result) = self.already_done(context, model, old.get())?
        {
            return Ok(Next::Done(result));
        }
        Err(self.guard.explain(context, model, refusal))
    }
}

impl Machinery {
    /// The result, if the stored item shows that an attempt whose answer was lost has made the change: the next version
    /// with the time of this call.
    fn already_done(&self, context: &Context<'_>, model: &Model, stored: &str) -> Result<Option<String>, Error> {
        let ours = self.guard.expected.is_some_and(|expected| version(model, stored) == expected.checked_add(1))
            && model.updated_at.is_some_and(|at| {
                text_of(&model.attributes[at].name, "S", stored).is_some_and(|text| text == self.now)
            });
        if !ours {
            return Ok(None);
        }
        match self.returns {
            ReturnValues::None => Ok(Some(String::new())),
            ReturnValues::AllNew => {
                let decoder = Decoder { model, numbers: context.client.settings().numbers, raw: false };
                let mut result = String::from("\"item\":");
                decoder.item(&mut Reader::new(stored), &mut result)?;
                Ok(Some(result))
            }
            _ => Ok(None),
        }
    }
}
