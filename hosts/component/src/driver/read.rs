//! Queries, scans, and reads that wait.

use std::time::Duration;

use tabletheory::value::item_from_plain;
use tabletheory::{Item, Model, Value};

use super::call::{Called, Gap, ask, options};
use super::condition::condition;
use super::result::{counted, page, whole};
use super::wire::Members;

/// Sets the options of queries and scans, sends the call, and gives its result.
macro_rules! read {
    ($call:ident, $members:ident) => {{
        options!($call, $members: index filter limit page_size pages cursor consistent projection raw);
        let counts = $members.flag("count")?;
        $members.finish()?;
        if counts {
            return Ok($call.count().await.and_then(|found| counted(&found)));
        }
        Ok($call.outcome().await.and_then(|found| page(&found.value)))
    }};
}

pub async fn query(model: &Model<Item>, mut members: Members) -> Called {
    let key = members.take("key").ok_or("the typed API cannot leave out `key`")?;
    let mut call = model.query(ask!(item_from_plain::<Value>(key.get())));
    if let Some(tree) = members.take("where") {
        call = call.where_(condition(&tree));
    }
    match members.parse::<String>("order")?.as_deref() {
        None | Some("asc") => {}
        Some("desc") => call = call.descending(),
        Some(other) => return Err(format!("the library has no place for the order `{other}`").into()),
    }
    read!(call, members)
}

pub async fn scan(model: &Model<Item>, mut members: Members) -> Called {
    let mut call = model.scan();
    options!(call, members: segments segment parallel);
    if members.flag("progress")? {
        call = call.on_progress(|_| {});
    }
    read!(call, members)
}

pub async fn wait_for(model: &Model<Item>, mut members: Members) -> Called {
    let key = members.take("key").ok_or("the typed API cannot leave out `key`")?;
    let mut call = model.wait_for(ask!(item_from_plain::<Value>(key.get())));
    options!(call, members: index consistent projection raw);
    if let Some(tree) = members.take("until") {
        call = call.until(condition(&tree));
    }
    let mut millis = |name| Ok::<_, Gap>(members.option::<u64>(name)?.map(Duration::from_millis));
    if let Some(limit) = millis("timeout_ms")? {
        call = call.wait_at_most(limit);
    }
    let (first, most) = (millis("base_ms")?, millis("max_ms")?);
    if first.is_some() || most.is_some() {
        let default = |given: Option<Duration>, millis| given.unwrap_or(Duration::from_millis(millis));
        call = call.between_looks(default(first, 100), default(most, 5000));
    }
    members.finish()?;
    whole(call.outcome().await)
}
