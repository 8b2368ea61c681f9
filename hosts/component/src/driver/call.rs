//! Call documents, made into calls of the typed API.

use std::time::Duration;

use serde_json::value::RawValue;
use tabletheory::table::Billing;
use tabletheory::{Error, Item, TableTheory};

use super::wire::Members;
use super::{read, result, several, single};

/// Something of the library's, or its error; else why the driver cannot make it.
pub type Built<B> = Result<Result<B, Error>, Gap>;

/// What the typed API has no place for.
pub enum Gap {
    /// A value that its types rule out when a program is compiled, for instance a negative limit.
    Untypable,
    /// Anything else: a gap indeed.
    Missing(String),
}

impl<T: Into<String>> From<T> for Gap {
    fn from(what: T) -> Self {
        Gap::Missing(what.into())
    }
}

/// The result document, likewise.
pub type Called = Built<String>;

/// Gives up on the library's error, as the answer.
macro_rules! ask {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Ok(Err(error)),
        }
    };
}
pub(super) use ask;

/// Sets the options that stand in a call document.
macro_rules! options {
    ($call:ident, $members:ident: $($option:ident)*) => {
        $($crate::driver::call::options!(@ $call, $members, $option);)*
    };
    (@ $call:ident, $members:ident, condition) => {
        if let Some(tree) = $members.take("condition") {
            $call = $call.condition($crate::driver::condition::condition(&tree));
        }
    };
    (@ $call:ident, $members:ident, filter) => {
        if let Some(tree) = $members.take("filter") {
            $call = $call.filter($crate::driver::condition::condition(&tree));
        }
    };
    (@ $call:ident, $members:ident, expect_version) => {
        if let Some(version) = $members.take("expect_version") {
            $call = $call.expect_version($crate::driver::call::ask!(tabletheory::value::from_plain::<tabletheory::Value>(version.get())));
        }
    };
    (@ $call:ident, $members:ident, return_values) => {
        if let Some(values) = $members.parse::<String>("return_values")? {
            $call = $call.return_values($crate::driver::single::return_values(&values)?);
        }
    };
    (@ $call:ident, $members:ident, pages) => {
        if let Some(pages) = $members.option("pages")? {
            $call = $call.pages_per_call(pages);
        }
    };
    (@ $call:ident, $members:ident, projection) => { $crate::driver::call::options!(@@ $call, $members, projection, Vec<String>); };
    (@ $call:ident, $members:ident, protected_attributes) => { $crate::driver::call::options!(@@ $call, $members, protected_attributes, Vec<String>); };
    (@ $call:ident, $members:ident, cursor) => { $crate::driver::call::options!(@@ $call, $members, cursor, Option<String>); };
    (@ $call:ident, $members:ident, limit) => { $crate::driver::call::options!(@@ $call, $members, limit, u64); };
    (@ $call:ident, $members:ident, page_size) => { $crate::driver::call::options!(@@ $call, $members, page_size, u32); };
    (@ $call:ident, $members:ident, segments) => { $crate::driver::call::options!(@@ $call, $members, segments, u32); };
    (@ $call:ident, $members:ident, segment) => { $crate::driver::call::options!(@@ $call, $members, segment, u32); };
    (@ $call:ident, $members:ident, parallel) => { $crate::driver::call::options!(@@ $call, $members, parallel, u32); };
    (@ $call:ident, $members:ident, index) => { $crate::driver::call::options!(@text $call, $members, index); };
    (@ $call:ident, $members:ident, token) => { $crate::driver::call::options!(@text $call, $members, token); };
    (@ $call:ident, $members:ident, $switch:ident) => {
        if $members.flag(stringify!($switch))? {
            $call = $call.$switch();
        }
    };
    (@text $call:ident, $members:ident, $name:ident) => {
        if let Some(text) = $members.parse::<String>(stringify!($name))? {
            $call = $call.$name(&text);
        }
    };
    (@@ $call:ident, $members:ident, $name:ident, $type:ty) => {
        if let Some(value) = $members.option::<$type>(stringify!($name))? {
            $call = $call.$name(value);
        }
    };
}
pub(super) use options;

/// Makes one call. What the types rule out is said in the library's other way, so that it is seen that the core refuses it.
pub async fn call(db: &TableTheory, document: &str) -> Result<Result<String, Error>, String> {
    match typed(db, document).await {
        Ok(called) => Ok(called),
        Err(Gap::Untypable) => Ok(db.call(document).await.map(|result| result.as_str().to_owned())),
        Err(Gap::Missing(what)) => Err(what),
    }
}

async fn typed(db: &TableTheory, document: &str) -> Called {
    let mut members = Members::read(document)?;
    let op: String = members.parse("op")?.ok_or("a call without `op`")?;
    match op.as_str() {
        "batch_get"
        | "batch_write"
        | "transact"
        | "transact_get"
        | "transition_append_event"
        | "validate_provenance" => return several::call(db, &op, members).await,
        _ => {}
    }
    let model: String = members.parse("model")?.ok_or("a call without `model`")?;
    if matches!(op.as_str(), "ensure_table" | "describe_table" | "delete_table") {
        return table(db, &op, &model, members).await;
    }
    let model = ask!(db.model::<Item>(&model));
    match op.as_str() {
        "query" => read::query(&model, members).await,
        "scan" => read::scan(&model, members).await,
        "wait_for" => read::wait_for(&model, members).await,
        _ => single::call(&model, &op, members).await,
    }
}

async fn table(db: &TableTheory, op: &str, model: &str, mut members: Members) -> Called {
    let wait: Option<bool> = members.parse("wait")?;
    let limit = members.parse::<u64>("timeout_ms")?.map(Duration::from_millis);
    match op {
        "describe_table" => {
            members.finish()?;
            let outcome = ask!(db.describe_table(model).outcome().await);
            Ok(result::table(None, Some(&outcome.value), &outcome.stats))
        }
        "delete_table" => {
            members.finish()?;
            let mut call = db.delete_table(model).wait(wait.unwrap_or(true));
            if let Some(limit) = limit {
                call = call.wait_at_most(limit);
            }
            let outcome = ask!(call.outcome().await);
            let done = Some(("deleted", outcome.value.deleted));
            Ok(result::table(done, outcome.value.table.as_ref(), &outcome.stats))
        }
        _ => {
            let mut call = db.ensure_table(model).wait(wait.unwrap_or(true));
            if let Some(limit) = limit {
                call = call.wait_at_most(limit);
            }
            if let Some(protected) = members.parse("deletion_protection")? {
                call = call.deletion_protection(protected);
            }
            if let Some(raw) = members.take("billing") {
                call = call.billing(billing(&raw)?);
            }
            members.finish()?;
            let outcome = ask!(call.outcome().await);
            let done = Some(("created", outcome.value.created));
            Ok(result::table(done, Some(&outcome.value.table), &outcome.stats))
        }
    }
}

fn billing(raw: &RawValue) -> Result<Billing, String> {
    if raw.get() == "\"PAY_PER_REQUEST\"" {
        return Ok(Billing::PayPerRequest);
    }
    let mut units = Members::read(raw.get())?;
    let (read, write) = (units.parse("read")?, units.parse("write")?);
    units.finish()?;
    Ok(Billing::Provisioned { read: read.ok_or("no `read`")?, write: write.ok_or("no `write`")? })
}
