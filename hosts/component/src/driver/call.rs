//! Call documents, made into calls of the typed API.

use std::time::Duration;

use serde_json::value::RawValue;
use tabletheory::table::{Billing, Table};
use tabletheory::value::{from_plain, item_from_plain, item_to_plain, to_plain};
use tabletheory::{Error, Item, Model, Outcome, ReturnValues, Stats, TableTheory, Value};

use super::condition::condition;
use super::wire::Members;

/// The result document, or the library's error; else why the driver cannot make this call.
type Called = Result<Result<String, Error>, String>;

/// Gives up on the library's error, as the answer.
macro_rules! ask {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Ok(Err(error)),
        }
    };
}

/// Sets the options that stand in a call document.
macro_rules! options {
    ($call:ident, $members:ident: $($option:ident)*) => {
        $(options!(@ $call, $members, $option);)*
    };
    (@ $call:ident, $members:ident, condition) => {
        if let Some(tree) = $members.take("condition") {
            $call = $call.condition(condition(&tree));
        }
    };
    (@ $call:ident, $members:ident, expect_version) => {
        if let Some(version) = $members.take("expect_version") {
            $call = $call.expect_version(ask!(from_plain::<Value>(version.get())));
        }
    };
    (@ $call:ident, $members:ident, projection) => {
        if let Some(paths) = $members.parse::<Vec<String>>("projection")? {
            $call = $call.projection(paths);
        }
    };
    (@ $call:ident, $members:ident, protected_attributes) => {
        if let Some(names) = $members.parse::<Vec<String>>("protected_attributes")? {
            $call = $call.protected_attributes(names);
        }
    };
    (@ $call:ident, $members:ident, return_values) => {
        if let Some(values) = $members.parse::<String>("return_values")? {
            $call = $call.return_values(return_values(&values)?);
        }
    };
    (@ $call:ident, $members:ident, $switch:ident) => {
        if $members.flag(stringify!($switch))? {
            $call = $call.$switch();
        }
    };
}

/// Makes one call.
pub async fn call(db: &TableTheory, document: &str) -> Called {
    let mut members = Members::read(document)?;
    let op: String = members.parse("op")?.ok_or("a call without `op`")?;
    if !is_typed(&op, &members) {
        // What the builders of several items send is held by the library's own tests; here it is what comes of the documents.
        return Ok(db.call(document).await.map(|result| result.as_str().to_owned()));
    }
    let model: String = members.parse("model")?.ok_or("a call without `model`")?;
    if matches!(op.as_str(), "ensure_table" | "describe_table" | "delete_table") {
        return table(db, &op, &model, members).await;
    }
    let model = ask!(db.model::<Item>(&model));
    match op.as_str() {
        "create" | "put" | "upsert" => {
            let item = members.take("item").ok_or("the typed API cannot leave out `item`")?;
            let item: Value = ask!(item_from_plain(item.get()));
            write(&model, &op, item, members).await
        }
        "get" | "find" | "update" | "delete" => {
            let key = members.take("key").ok_or("the typed API cannot leave out `key`")?;
            let key: Value = ask!(item_from_plain(key.get()));
            keyed(&model, &op, key, members).await
        }
        other => Err(format!("the library has no place for the operation `{other}`")),
    }
}

/// Whether the call is made through a builder: all that are about one item, and tables.
fn is_typed(op: &str, members: &Members) -> bool {
    const SINGLE: [&str; 9] =
        ["create", "put", "upsert", "get", "find", "delete", "ensure_table", "describe_table", "delete_table"];
    const OPERANDS: [&str; 5] = ["\"$path\"", "\"$if_not_exists\"", "\"$list_append\"", "\"$plus\"", "\"$minus\""];
    let operand = |text: &str| OPERANDS.iter().any(|name| text.contains(name));
    let beyond = |(name, value): &(String, Box<RawValue>)| match name.as_str() {
        "changes" => true,
        "set" | "set_if_not_exists" => operand(value.get()),
        _ => false,
    };
    SINGLE.contains(&op) || op == "update" && !members.0.iter().any(beyond)
}

async fn write(model: &Model<Item>, op: &str, item: Value, mut members: Members) -> Called {
    let asked = returns(&members);
    match op {
        "create" => {
            let mut call = model.create(&item);
            options!(call, members: condition return_values return_old_on_failure);
            members.finish()?;
            let outcome = ask!(call.outcome().await);
            Ok(result(asked, outcome.value.old.as_ref(), Some(&outcome.value.stamped), &outcome.stats))
        }
        "put" => {
            let mut call = model.put(&item);
            options!(call, members: condition expect_version return_values return_old_on_failure);
            members.finish()?;
            let outcome = ask!(call.outcome().await);
            Ok(result(asked, outcome.value.old.as_ref(), Some(&outcome.value.stamped), &outcome.stats))
        }
        _ => {
            let mut call = model.upsert(&item);
            options!(call, members: condition return_old_on_failure);
            match members.parse::<String>("return_values")? {
                None => {
                    members.finish()?;
                    whole(call.outcome().await)
                }
                Some(values) => {
                    let call = call.returning::<Item>(return_values(&values)?);
                    members.finish()?;
                    part(asked, call.outcome().await)
                }
            }
        }
    }
}

async fn keyed(model: &Model<Item>, op: &str, key: Value, mut members: Members) -> Called {
    match op {
        "get" => {
            let mut call = model.get(key);
            options!(call, members: consistent projection raw);
            members.finish()?;
            whole(call.outcome().await)
        }
        "find" => {
            let mut call = model.find(key);
            options!(call, members: consistent projection raw);
            members.finish()?;
            part(true, call.outcome().await)
        }
        "delete" => {
            let asked = returns(&members);
            let mut call = model.delete(key);
            options!(call, members: condition expect_version return_values return_old_on_failure);
            members.finish()?;
            part(asked, call.outcome().await)
        }
        _ => update(model, key, members).await,
    }
}

async fn update(model: &Model<Item>, key: Value, mut members: Members) -> Called {
    let mut call = model.update(key);
    macro_rules! clauses {
        ($($clause:ident)*) => {
            $(if let Some(clause) = members.take(stringify!($clause)) {
                for (path, raw) in &Members::read(clause.get())?.0 {
                    call = call.$clause(path, ask!(from_plain::<Value>(raw.get())));
                }
            })*
        };
    }
    clauses!(set set_if_not_exists append prepend add delete);
    if let Some(paths) = members.parse::<Vec<String>>("remove")? {
        for path in paths {
            call = call.remove(path);
        }
    }
    options!(call, members: condition expect_version if_exists protected_attributes return_old_on_failure);
    let asked = returns(&members);
    match members.parse::<String>("return_values")? {
        None => {
            members.finish()?;
            whole(call.outcome().await)
        }
        Some(values) => {
            let call = call.returning::<Item>(return_values(&values)?);
            members.finish()?;
            part(asked, call.outcome().await)
        }
    }
}

async fn table(db: &TableTheory, op: &str, model: &str, mut members: Members) -> Called {
    let wait: Option<bool> = members.parse("wait")?;
    let limit = members.parse::<u64>("timeout_ms")?.map(Duration::from_millis);
    match op {
        "describe_table" => {
            members.finish()?;
            let outcome = ask!(db.describe_table(model).outcome().await);
            Ok(table_result("", Some(&outcome.value), &outcome.stats))
        }
        "delete_table" => {
            members.finish()?;
            let mut call = db.delete_table(model).wait(wait.unwrap_or(true));
            if let Some(limit) = limit {
                call = call.wait_at_most(limit);
            }
            let outcome = ask!(call.outcome().await);
            let done = format!("\"deleted\":{},", outcome.value.deleted);
            Ok(table_result(&done, outcome.value.table.as_ref(), &outcome.stats))
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
            let done = format!("\"created\":{},", outcome.value.created);
            Ok(table_result(&done, Some(&outcome.value.table), &outcome.stats))
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

fn return_values(name: &str) -> Result<ReturnValues, String> {
    use ReturnValues::{AllNew, AllOld, None, UpdatedNew, UpdatedOld};
    let known = [None, AllOld, UpdatedOld, AllNew, UpdatedNew];
    known
        .into_iter()
        .find(|values| values.as_str() == name)
        .ok_or_else(|| format!("the library has no place for `{name}`"))
}

/// Whether the call asked for an item back.
fn returns(members: &Members) -> bool {
    members.0.iter().any(|(name, raw)| name == "return_values" && raw.get() != "\"NONE\"")
}

fn whole(outcome: Result<Outcome<Item>, Error>) -> Called {
    let outcome = ask!(outcome);
    Ok(result(true, Some(&outcome.value), None, &outcome.stats))
}

fn part(asked: bool, outcome: Result<Outcome<Option<Item>>, Error>) -> Called {
    let outcome = ask!(outcome);
    Ok(result(asked, outcome.value.as_ref(), None, &outcome.stats))
}

fn result(asked: bool, item: Option<&Item>, stamped: Option<&Item>, stats: &Stats) -> Result<String, Error> {
    let mut text = String::from("{");
    match item {
        Some(item) => text += &format!("\"item\":{},", item_to_plain(item)?),
        None if asked => text += "\"item\":null,",
        None => {}
    }
    if let Some(stamped) = stamped {
        text += &format!("\"stamped\":{},", item_to_plain(stamped)?);
    }
    Ok(text + &format!("\"stats\":{}}}", to_plain(stats)?))
}

fn table_result(done: &str, table: Option<&Table>, stats: &Stats) -> Result<String, Error> {
    let table = match table {
        Some(table) => format!("\"table\":{},", to_plain(table)?),
        None => String::new(),
    };
    Ok(format!("{{{done}{table}\"stats\":{}}}", to_plain(stats)?))
}
