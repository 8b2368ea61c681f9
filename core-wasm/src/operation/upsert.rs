//! `upsert`: creates an item, or updates the attributes that are given; created_at stays, updated_at and version move on.

use std::borrow::Cow;

use super::prepared::{Kind, Prepared};
use super::refusal::Guard;
use super::transact::single;
use super::update::{self, machine};
use super::write::{ReturnValues, conditions};
use super::{Machine, item, key, unique};
use crate::client::Client;
use crate::dms::Model;
use crate::error::Error;
use crate::expression::{Placeholders, Update};
use crate::json::{Raw, members};
use crate::lifecycle::{self, Stamp};
use crate::step::Moment;
use crate::value::{attribute, is_null, not_json, size, storable};

members! {
    /// `{"op": "upsert", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "upsert", deny_unknown_fields))]
    pub struct Upsert<'a> {
        /// `upsert`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["upsert"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Key and attributes to set; lifecycle values in it are ignored.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Object"))]
        item: Raw<'a>,
        /// A condition on the stored item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Condition>"))]
        condition: Option<Raw<'a>>,
        /// What to give back; `ALL_NEW` when left out.
        return_values: Option<ReturnValues>,
        /// Whether the error of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Upsert<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    let prepared = prepare(client, &call, now)?;
    let returns = call.return_values.unwrap_or(ReturnValues::AllNew);
    if prepared.changes.is_empty() {
        machine(client, &prepared, returns, &[])
    } else {
        single::begin(client, prepared, returns)
    }
}

/// Checks the call and makes ready what it changes.
fn prepare(client: &Client, call: &Upsert<'_>, now: Moment) -> Result<Prepared, Error> {
    let (at, model) = client.model(&call.model)?;
    lifecycle::refuse_if_written_once(model)?;
    lifecycle::refuse_if_encrypted(model)?;
    let key = key::read(model, Some(call.item)).map_err(|error| update::moved(error, "/item"))?;
    let mut change = assignments(model, call.item).map_err(|error| error.within("item"))?;
    let changes = unique::upserted(model, &change)?;
    let stamp = Stamp::of(now);
    if let Some(position) = model.created_at {
        change.assign_if_not_exists(position, stamp.value());
    }
    if let Some(position) = model.updated_at {
        change.assign(position, stamp.value());
    }
    if let Some(position) = model.version {
        change.assign_sum(position, "-1", "1");
    }
    let mut placeholders = Placeholders::default();
    let expression = change.render(&mut placeholders)?;
    let bytes = size::item(&key).unwrap_or_default() + placeholders.bytes();
    let condition = conditions(model, None, None, call.condition, &mut placeholders)?;
    Ok(Prepared {
        model: at,
        kind: Kind::Update,
        subject: key,
        update: expression,
        // The version moves on each time, but the values are the same however often they are set.
        accumulates: false,
        condition,
        placeholders,
        guard: Guard { expected: None, others: true, wants_old: call.return_old_on_failure },
        stamped: None,
        now,
        creates: false,
        bytes,
        changes,
    })
}

/// The attributes of an item, as assignments.
fn assignments<'m>(model: &'m Model, raw: Raw<'_>) -> Result<Update<'m>, Error> {
    let mut change = Update::new(model);
    item::visit(model, raw, |position, reader| {
        let lifecycle = [model.created_at, model.updated_at, model.version].contains(&Some(position));
        if lifecycle || model.is_key(position) {
            return reader.skip().map(drop).map_err(not_json);
        }
        let target = &model.attributes[position];
        let mut value = String::new();
        let written = attribute(reader, target, model.version_of_dms, &mut value)?;
        if written.empty && target.omit_empty {
            change.change(position, None)
        } else {
            storable(target, is_null(&value), written)?;
            change.change(position, Some(value))
        }
    })?;
    Ok(change)
}
