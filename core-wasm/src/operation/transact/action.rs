//! The actions of a transaction: what single writes are, and the check.

use std::borrow::Cow;

use crate::client::Client;
use crate::error::{Code, Error};
use crate::expression::Placeholders;
use crate::json::{Raw, members};
use crate::operation::prepared::{Kind, Prepared};
use crate::operation::refusal::Guard;
use crate::operation::write::{ReturnValues, conditions};
use crate::operation::{create, delete, key, put, update};
use crate::step::Moment;
use crate::value::size;

members! {
    /// One action, named by its only member: the members of the single write of this name, without `op` and `return_values`.
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "action", deny_unknown_fields))]
    #[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1, "maxProperties" = 1)))]
    pub struct Action<'a> {
        /// Writes a whole item, whatever was there.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Members<put::Put<'a>>>"))]
        put: Option<put::Put<'a>>,
        /// Writes a whole item that must not be there yet.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Members<create::Create<'a>>>"))]
        create: Option<create::Create<'a>>,
        /// Changes attributes of an item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Members<update::UpdateCall<'a>>>"))]
        update: Option<update::UpdateCall<'a>>,
        /// Removes an item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Members<delete::Delete<'a>>>"))]
        delete: Option<delete::Delete<'a>>,
        /// Changes nothing, but fails the transaction unless its condition holds.
        check: Option<Check<'a>>,
    }
}

members! {
    /// A check of an item that the transaction does not write.
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "check", deny_unknown_fields))]
    pub struct Check<'a> {
        /// Model name.
        model: Cow<'a, str>,
        /// Which item.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Key"))]
        key: Option<Raw<'a>>,
        /// What must hold of the stored item.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Condition>"))]
        condition: Option<Raw<'a>>,
        /// The stored version must be this one.
        expect_version: Option<i64>,
        /// Whether the reason of a failed condition carries the stored item.
        return_old_on_failure: bool = default,
    }
}

/// An action that is ready to be sent.
pub(in crate::operation) struct Ready {
    pub(in crate::operation) prepared: Prepared,
    /// Where it stands in the call.
    pub(in crate::operation) at: String,
    /// Where its members stand.
    pub(in crate::operation) members: String,
}

impl Action<'_> {
    /// Checks an action that stands at `at`, and makes it ready.
    pub(super) fn prepare(&self, client: &Client, at: &str, now: Moment) -> Result<Ready, Error> {
        let of = |name: &str| format!("{at}/{name}");
        let ready = match (&self.put, &self.create, &self.update, &self.delete, &self.check) {
            (Some(call), None, None, None, None) => {
                let plain = plain(&call.op, call.return_values);
                Ready::of(plain.and_then(|()| put::prepare(client, call, now)), &of("put"))
            }
            (None, Some(call), None, None, None) => Ready::create(client, call, &of("create"), now),
            (None, None, Some(call), None, None) => Ready::update(client, call, &of("update"), now),
            (None, None, None, Some(call), None) => {
                let plain = plain(&call.op, call.return_values);
                Ready::of(plain.and_then(|()| delete::prepare(client, call, now)), &of("delete"))
            }
            (None, None, None, None, Some(call)) => Ready::of(call.prepare(client, now), &of("check")),
            _ => {
                let message = "an action is one of `put`, `create`, `update`, `delete`, `check`";
                return Err(Error::new(Code::InvalidCall, message).at(at));
            }
        };
        ready.map(|ready| Ready { at: at.to_owned(), ..ready })
    }
}

impl Ready {
    /// An update whose members stand at `at`.
    pub(in crate::operation) fn update(
        client: &Client,
        call: &update::UpdateCall<'_>,
        at: &str,
        now: Moment,
    ) -> Result<Ready, Error> {
        let returns = call.return_values.unwrap_or_default();
        Ready::of(plain(&call.op, returns).and_then(|()| update::prepare(client, call, now)), at)
    }

    /// A create whose members stand at `at`.
    pub(in crate::operation) fn create(
        client: &Client,
        call: &create::Create<'_>,
        at: &str,
        now: Moment,
    ) -> Result<Ready, Error> {
        Ready::of(plain(&call.op, ReturnValues::None).and_then(|()| create::prepare(client, call, now)), at)
    }

    fn of(prepared: Result<Prepared, Error>, at: &str) -> Result<Ready, Error> {
        match prepared {
            Ok(prepared) => Ok(Ready { prepared, at: at.to_owned(), members: at.to_owned() }),
            Err(error) => Err(beneath(error, at)),
        }
    }
}

/// Refuses what only single writes have.
fn plain(op: &Option<Cow<'_, str>>, returns: ReturnValues) -> Result<(), Error> {
    if op.is_some() {
        return Err(Error::new(Code::InvalidCall, "unknown member `op` of an action").at("/op"));
    }
    if returns != ReturnValues::None {
        return Err(Error::new(Code::InvalidOperator, "a transaction returns no items")
            .at("/return_values")
            .hint("read them with `transact_get`, or take `return_old_on_failure` to see those that made it fail"));
    }
    Ok(())
}

impl Check<'_> {
    fn prepare(&self, client: &Client, now: Moment) -> Result<Prepared, Error> {
        let (at, model) = client.model(&self.model)?;
        let key = key::read(model, self.key)?;
        let mut placeholders = Placeholders::default();
        let condition = conditions(model, None, self.expect_version, self.condition, &mut placeholders)?;
        if condition.is_none() {
            return Err(Error::new(Code::InvalidOperator, "a check needs a `condition` or an `expect_version`"));
        }
        Ok(Prepared {
            model: at,
            kind: Kind::Check,
            bytes: size::item(&key).unwrap_or_default(),
            subject: key,
            update: None,
            accumulates: false,
            condition,
            placeholders,
            guard: Guard {
                expected: self.expect_version,
                others: self.condition.is_some(),
                wants_old: self.return_old_on_failure,
            },
            stamped: None,
            now,
            creates: false,
            changes: Vec::new(),
        })
    }
}

/// Puts a pointer in front of the path of an error.
pub(in crate::operation) fn beneath(error: Error, at: &str) -> Error {
    let path = format!("{at}{}", error.details().path.as_deref().unwrap_or_default());
    error.at(path)
}
