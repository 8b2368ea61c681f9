//! `wait_for`: reads one item again and again until it is there, or until it is as it should be.

use std::borrow::Cow;

use super::page::Collected;
use super::read::{Plan, Read, Wanted, consistent, projection};
use super::{Context, Machine, Next, Outgoing, get, key, numbers, reply};
use crate::client::Client;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::{Draft, Filter, KeyCondition, Keys, Test, missing_key};
use crate::json::{Raw, members};
use crate::step::Moment;
use crate::wire::retry::{Attempt, RetrySettings, delay_ms};
use crate::wire::{Repeat, RetryClass};

/// How long to wait at most, unless the call says, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;
/// Bound of the first wait between two looks; it doubles from look to look.
const BASE_MS: u32 = 100;
/// Bound of every wait between two looks.
const MAX_MS: u32 = 5_000;

members! {
    /// `{"op": "wait_for", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "wait_for", deny_unknown_fields))]
    pub struct WaitFor<'a> {
        /// `wait_for`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["wait_for"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Which item: its key or, with `index`, the key to look for there. A whole item serves.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ReadKey"))]
        key: Option<Raw<'a>>,
        /// Index to look into; the table when left out.
        index: Option<Cow<'a, str>>,
        /// A condition tree that the item must meet; when left out, it only must be there.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        until: Option<Raw<'a>>,
        /// Paths to read; everything the table or index holds when left out.
        projection: Option<Vec<Cow<'a, str>>>,
        /// Strongly consistent; not on a global index.
        consistent: bool = default,
        /// Also give attributes that the model does not know.
        raw: bool = default,
        /// How long to wait in all, in milliseconds; 10000 when left out. 0: one look.
        #[cfg_attr(feature = "schema", schemars(with = "Option<u64>"))]
        timeout_ms: Option<Raw<'a>>,
        /// Bound of the first wait in milliseconds, which doubles from look to look; 100 when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        base_ms: Option<Raw<'a>>,
        /// Bound of every wait in milliseconds; 5000 when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        max_ms: Option<Raw<'a>>,
    }
}

pub(super) fn begin(client: &Client, call: WaitFor<'_>, now: Moment) -> Result<Box<dyn Machine>, Error> {
    let (at, model) = client.model(&call.model)?;
    let keys = Keys::of(model, call.index.as_deref())?;
    let timeout = numbers::whole("timeout_ms", call.timeout_ms, 0, u64::MAX)?.unwrap_or(TIMEOUT_MS);
    let backoff = RetrySettings {
        base_ms: numbers::small("base_ms", call.base_ms, 1, u64::MAX)?.unwrap_or(BASE_MS),
        max_backoff_ms: numbers::small("max_ms", call.max_ms, 1, u64::MAX)?.unwrap_or(MAX_MS),
        ..RetrySettings::default()
    };
    consistent(&keys, call.consistent)?;
    let source = if keys.index.is_none() && call.until.is_none() {
        let body = get::body(client, at, call.key, call.projection.as_deref(), call.consistent)?;
        Source::Get { model: at, body, raw: call.raw }
    } else {
        Source::Query { read: Box::new(query(client, at, keys, &call)?), after: None, found: Collected::new(false) }
    };
    let deadline = now.nanos.saturating_add(timeout.saturating_mul(1_000_000));
    let until = call.until.is_some();
    Ok(Box::new(Machinery { source, backoff, deadline, looks: 0, until }))
}

/// The query for the item.
fn query(client: &Client, at: usize, keys: Keys<'_>, call: &WaitFor<'_>) -> Result<Read, Error> {
    let mut filter = Filter::of_query(keys);
    let key = call.key.ok_or_else(|| missing_key(&keys.model.attributes[keys.partition()[0]]).at("/key"))?;
    let condition = match keys.index {
        Some(_) => {
            let mut draft = Draft::of_item(keys);
            draft.read_key(key.get())?;
            filter.equal(draft.take_others());
            draft.finish()?
        }
        None => whole_key(keys.model, key)?,
    };
    if let Some(until) = call.until {
        filter.add(until.get(), "/until")?;
    }
    let plan = Plan {
        action: "Query",
        model: at,
        keys,
        condition: Some(condition),
        filter,
        projection: projection(&keys, call.projection.as_deref())?,
        descending: Some(false),
        consistent: call.consistent,
        raw: call.raw,
        wanted: Wanted { limit: Some(1), ..Wanted::default() },
        segments: None,
    };
    plan.ready(client)
}

/// Equality of every part of the table's key.
fn whole_key(model: &Model, key: Raw<'_>) -> Result<KeyCondition, Error> {
    let mut values = key::values(model, Some(key))?.into_iter().map(|(_, value)| value);
    let partition = values.next().into_iter().collect();
    Ok(KeyCondition { partition, sort: values.map(|value| Test::Compare("=", value)).collect() })
}

struct Machinery {
    source: Source,
    backoff: RetrySettings,
    /// In nanoseconds.
    deadline: u64,
    looks: u32,
    /// More is wanted than that the item is there.
    until: bool,
}

/// How it is looked for.
enum Source {
    Get {
        model: usize,
        body: String,
        raw: bool,
    },
    Query {
        read: Box<Read>,
        /// The key behind which the next page of this look begins.
        after: Option<String>,
        found: Collected,
    },
}

impl Machinery {
    fn look(&self) -> Next {
        Next::Send(match &self.source {
            Source::Get { body, .. } => {
                Outgoing { tag: 0, action: "GetItem", body: body.clone(), repeat: Repeat::Always }
            }
            Source::Query { read, after, found } => {
                read.request(0, after.as_deref(), read.page_limit(Some(1), found.pages))
            }
        })
    }

    /// Nothing was found: waits, or gives up. `seen`: there is an item, but not as it should be.
    fn again(&mut self, context: &Context<'_>, seen: bool) -> Result<Next, Error> {
        self.looks += 1;
        let now = context.now;
        if now.nanos >= self.deadline {
            return Err(self.timeout(seen));
        }
        let attempt = Attempt {
            number: self.looks,
            class: RetryClass::Transient,
            retry_after_ms: None,
            may_be_applied: false,
            timed_out: false,
        };
        let wait = delay_ms(&self.backoff, &attempt, now.seed as u64).max(1);
        let left = (self.deadline - now.nanos).div_ceil(1_000_000);
        Ok(Next::Wait(wait.min(u32::try_from(left).unwrap_or(u32::MAX))))
    }

    fn timeout(&self, seen: bool) -> Error {
        let looks = match self.looks {
            1 => "after one look".to_owned(),
            looks => format!("after {looks} looks"),
        };
        let state = match (self.until, seen) {
            (true, true) => "the item is there, but `until` does not hold yet",
            _ => "the item is not there yet",
        };
        let mut error =
            Error::new(Code::Timeout, format!("{state}, {looks}")).hint("allow more with `timeout_ms`, or call again");
        error.details_mut().retryable = true;
        error
    }
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        self.look()
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let (item, seen) = match &mut self.source {
            Source::Get { model, raw, .. } => {
                let model = context.client.model_at(*model);
                (reply::item(context, body, "Item", model, *raw)?, false)
            }
            Source::Query { read, after, found } => {
                *after = read.take(context, body, Some(1), found)?;
                if found.count == 0 && after.is_some() {
                    return Ok(self.look());
                }
                *after = None;
                let found = std::mem::replace(found, Collected::new(false));
                let seen = found.scanned > 0;
                (found.only_item(), seen)
            }
        };
        match item {
            Some(item) => Ok(Next::Done(format!("\"item\":{item}"))),
            None => self.again(context, seen),
        }
    }

    fn elapsed(&mut self, _: &mut Context<'_>) -> Result<Next, Error> {
        Ok(self.look())
    }
}
