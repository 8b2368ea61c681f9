//! What a call would do, without sending it: its first requests, how items are found, what that costs, what is doubtful.
//!
//! The requests are those of the operation itself (`operation::first_requests`), so there is no second idea of them. Advice is only
//! said; no result depends on it.

mod advice;
mod call;
mod cost;
mod readable;
mod warn;

use std::borrow::Cow;

use crate::client::Client;
use crate::document::{Document, Json, documents};
use crate::error::Error;
use crate::operation::{self, Outgoing};
use crate::step::Moment;
use call::Call;
use readable::Request;

/// What a call would do.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "explanation"))]
pub struct Explanation<'a> {
    /// The operation.
    operation: &'a str,
    /// The requests that it sends before it has any answer, exactly.
    requests: Vec<Planned>,
    /// What it sends after that, if that depends on the answers.
    follows: Option<&'static str>,
    /// The index that is read; null: the table itself.
    index: Option<String>,
    /// What DynamoDB finds items by, with names in the places of their placeholders.
    key_condition: Option<String>,
    /// What it drops of the items it has read, likewise.
    filter: Option<String>,
    /// A better way to the same items, if there is one.
    index_advice: Option<Advice>,
    /// What is paid for.
    cost: Cost<'a>,
    /// What is doubtful.
    warnings: Vec<Warning>,
}

/// A request.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Planned {
    /// The action, for instance `Query`.
    action: &'static str,
    /// The body.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Object"))]
    body: Json,
}

/// A better way to the same items.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Advice {
    /// The index to query; null: the table itself.
    index: Option<String>,
    /// The attributes of its key that the call has conditions on.
    uses: Vec<String>,
    /// Why it is better.
    reason: String,
    /// In what its result may differ.
    differs: Vec<String>,
}

/// What is paid for.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cost<'a> {
    /// How much is touched.
    shape: Shape,
    /// Read capacity.
    read: Option<Units>,
    /// Write capacity.
    write: Option<Units>,
    /// Indexes that a write may have to change, too, each for its own write units.
    indexes: Vec<&'a str>,
}

/// How much an operation touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "snake_case"))]
pub enum Shape {
    /// Nothing that costs capacity.
    None,
    /// One item.
    OneItem,
    /// As many items as the call names.
    Items,
    /// Part of one partition, by its sort key.
    Range,
    /// One partition.
    Partition,
    /// The whole index.
    Index,
    /// The whole table.
    Table,
}

/// Capacity units: `units` for each `per_bytes` of `of`, rounded up.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Units {
    /// Units for each `per_bytes`.
    #[cfg_attr(feature = "schema", schemars(with = "f64"))]
    units: Literal,
    /// Bytes.
    per_bytes: u32,
    /// Of what.
    of: &'static str,
}

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
struct Literal(&'static str);

/// Something doubtful.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// What kind, `snake_case`; listed in `wit/README.md`.
    code: &'static str,
    /// Lower case, names in back-ticks.
    message: String,
    /// JSON pointer into the call; empty: the call as a whole.
    path: String,
}

documents! {
    Explanation<'a> {
        operation,
        requests,
        follows,
        index,
        key_condition,
        filter,
        index_advice,
        cost,
        warnings,
    }
    Planned { action, body }
    Advice { index, uses, reason, differs }
    Cost<'a> { shape, read, write, indexes }
    Units { units, per_bytes, of }
    Warning { code, message, path }
}

impl Document for Literal {
    fn write(&self, out: &mut String) {
        out.push_str(self.0);
    }
}

impl Document for Shape {
    fn write(&self, out: &mut String) {
        let word = match self {
            Shape::None => "none",
            Shape::OneItem => "one_item",
            Shape::Items => "items",
            Shape::Range => "range",
            Shape::Partition => "partition",
            Shape::Index => "index",
            Shape::Table => "table",
        };
        word.write(out);
    }
}

impl Client {
    /// Explains a call document: the explanation document (`wit/README.md`). Nothing is sent.
    ///
    /// # Errors
    /// What the call would be refused with before anything is sent.
    pub fn explain(&self, call: &[u8], moment: Moment) -> Result<String, Error> {
        let requests = operation::first_requests(self, call, moment)?;
        // The operation has read it: it is a call.
        let text = str::from_utf8(call).unwrap_or_default();
        let call = Call::read(self, text)?;
        Ok(explain(&call, requests).text())
    }
}

fn explain<'c>(call: &'c Call<'_>, requests: Vec<Outgoing>) -> Explanation<'c> {
    let first = requests.first();
    let read = first.map(|request| Request::read(&request.body)).unwrap_or_default();
    let action = first.map_or("", |request| request.action);
    let cost = cost::of(call, action, &read);
    let advice = advice::of(call, &cost);
    let warnings = warn::of(call, &requests, &read, &cost, advice.as_ref());
    Explanation {
        operation: &call.op,
        follows: follows(call, action),
        index: read.index.as_deref().map(str::to_owned),
        key_condition: read.shown(read.key_condition.as_deref()),
        filter: read.shown(read.filter.as_deref()),
        index_advice: advice,
        cost,
        warnings,
        requests: requests.into_iter().map(planned).collect(),
    }
}

fn planned(request: Outgoing) -> Planned {
    let body = Json::known(request.body);
    Planned { action: request.action, body }
}

/// What an operation sends after its first requests.
fn follows(call: &Call<'_>, action: &str) -> Option<&'static str> {
    Some(match (&*call.op, action) {
        ("query" | "scan", _) => "a request for each further page, beginning where the one before ended",
        ("wait_for", _) => "the same again and again, with growing pauses, until the item is as wanted",
        ("batch_get" | "batch_write", _) => "further chunks, and what the service leaves unprocessed",
        ("ensure_table" | "delete_table", _) => "the change, if one is needed, and requests to wait for it",
        ("put" | "create" | "update" | "upsert" | "delete", "GetItem") => {
            "the write, with the records of unique values, as one transaction"
        }
        _ => return None,
    })
}

/// A text that is borrowed where it can be.
type Text<'a> = Cow<'a, str>;
