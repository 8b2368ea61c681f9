//! `transition_append_event`: changes the state of something and appends the event that tells of it, both or neither.

use std::borrow::Cow;

use super::transact::{Ready, Shape, start};
use super::{Machine, create, provenance, update};
use crate::client::Client;
use crate::error::Error;
use crate::json::members;
use crate::step::Moment;

members! {
    /// `{"op": "transition_append_event", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "transition_append_event", deny_unknown_fields))]
    pub struct Transition<'a> {
        /// `transition_append_event`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["transition_append_event"])))]
        op: Cow<'a, str>,
        /// The change of the state: the members of an update, without `op` and `return_values`.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Members<update::UpdateCall<'a>>"))]
        actual: update::UpdateCall<'a>,
        /// The event: the members of a create, without `op`.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Members<create::Create<'a>>"))]
        event: create::Create<'a>,
        /// `ClientRequestToken`: 1 to 36 characters; a random one when left out.
        token: Option<Cow<'a, str>>,
    }
}

pub(super) fn begin(client: &Client, call: Transition<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    if let Some(set) = call.actual.set {
        provenance::check_members(set).map_err(|error| error.within("set").within("actual"))?;
    }
    provenance::check_members(call.event.item).map_err(|error| error.within("item").within("event"))?;
    let actions =
        vec![Ready::update(client, &call.actual, "/actual", now)?, Ready::create(client, &call.event, "/event", now)?];
    start(client, actions, call.token.as_deref(), Shape::Many, now)
}
