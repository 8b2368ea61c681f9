//! Calls about one item, and the builders that they share with transactions.

use tabletheory::value::item_from_plain;
use tabletheory::{Create, Delete, Item, Model, Put, ReturnValues, Update, Upsert, Value};

use super::attributes::Attributes;
use super::call::{Built, Called, Gap, ask, options};
use super::operand::given;
use super::result::{part, single, whole};
use super::wire::Members;

pub async fn call(model: &Model<Item>, op: &str, mut members: Members) -> Called {
    let asked = returns(&members);
    match op {
        "create" => {
            let outcome = ask!(ask!(create(model, members)?).outcome().await);
            Ok(single(asked, outcome.value.old.as_ref(), Some(&outcome.value.stamped), &outcome.stats))
        }
        "put" => {
            let outcome = ask!(ask!(put(model, members)?).outcome().await);
            Ok(single(asked, outcome.value.old.as_ref(), Some(&outcome.value.stamped), &outcome.stats))
        }
        "delete" => part(asked, ask!(delete(model, members)?).outcome().await),
        "upsert" => {
            let values = members.parse::<String>("return_values")?;
            let call = ask!(upsert(model, members)?);
            match values {
                None => whole(call.outcome().await),
                Some(values) => part(asked, call.returning::<Item>(return_values(&values)?).outcome().await),
            }
        }
        "update" => {
            let values = members.parse::<String>("return_values")?;
            let call = ask!(update(model, members)?);
            match values {
                None => whole(call.outcome().await),
                Some(values) => part(asked, call.returning::<Item>(return_values(&values)?).outcome().await),
            }
        }
        "get" => {
            let mut call = model.get(ask!(key(&mut members)?));
            options!(call, members: consistent projection raw);
            members.finish()?;
            whole(call.outcome().await)
        }
        "find" => {
            let mut call = model.find(ask!(key(&mut members)?));
            options!(call, members: consistent projection raw);
            members.finish()?;
            part(true, call.outcome().await)
        }
        other => Err(format!("the library has no place for the operation `{other}`").into()),
    }
}

pub fn key(members: &mut Members) -> Built<Value> {
    let key = members.take("key").ok_or("the typed API cannot leave out `key`")?;
    Ok(item_from_plain(key.get()))
}

fn item(members: &mut Members) -> Built<Attributes> {
    let item = members.take("item").ok_or("the typed API cannot leave out `item`")?;
    Ok(Attributes::read(&item))
}

pub fn create(model: &Model<Item>, mut members: Members) -> Built<Create<Item>> {
    let mut call = model.create(&ask!(item(&mut members)?));
    options!(call, members: condition return_values return_old_on_failure);
    members.finish()?;
    Ok(Ok(call))
}

pub fn put(model: &Model<Item>, mut members: Members) -> Built<Put<Item>> {
    let mut call = model.put(&ask!(item(&mut members)?));
    options!(call, members: condition expect_version return_values return_old_on_failure);
    members.finish()?;
    Ok(Ok(call))
}

fn upsert(model: &Model<Item>, mut members: Members) -> Built<Upsert<Item>> {
    let mut call = model.upsert(&ask!(item(&mut members)?));
    options!(call, members: condition return_old_on_failure);
    members.finish()?;
    Ok(Ok(call))
}

pub fn delete(model: &Model<Item>, mut members: Members) -> Built<Delete<Item>> {
    let mut call = model.delete(ask!(key(&mut members)?));
    options!(call, members: condition expect_version return_values return_old_on_failure);
    members.finish()?;
    Ok(Ok(call))
}

pub fn update(model: &Model<Item>, mut members: Members) -> Built<Update<Item>> {
    let changes = match members.take("changes") {
        Some(text) => Some(ask!(sides(Members::read(text.get())?)?)),
        None => None,
    };
    let mut call = match (members.0.iter().any(|(name, _)| name == "key"), &changes) {
        // The item that it is to be has its key.
        (false, Some((_, to))) => model.update(to),
        _ => model.update(ask!(key(&mut members)?)),
    };
    if let Some((from, to)) = &changes {
        call = call.changes(from, to);
    }
    macro_rules! clauses {
        ($($clause:ident)*) => {
            $(if let Some(clause) = members.take(stringify!($clause)) {
                for (path, raw) in &Members::read(clause.get())?.0 {
                    call = call.$clause(path, ask!(given(raw)));
                }
            })*
        };
    }
    clauses!(set set_if_not_exists append prepend add delete);
    for path in members.parse::<Vec<String>>("remove")?.unwrap_or_default() {
        call = call.remove(path);
    }
    options!(call, members: condition expect_version if_exists protected_attributes return_old_on_failure);
    members.finish()?;
    Ok(Ok(call))
}

/// An item as it was, perhaps null, and as it is to be.
fn sides(mut members: Members) -> Built<(Attributes, Attributes)> {
    let from = match members.take("from") {
        Some(text) => ask!(Attributes::read(&text)),
        None => Attributes::Other(Value::Null),
    };
    let to = members.take("to").ok_or("the typed API cannot leave out `to`")?;
    members.finish()?;
    Ok(Attributes::read(&to).map(|to| (from, to)))
}

pub fn return_values(name: &str) -> Result<ReturnValues, Gap> {
    use ReturnValues::{AllNew, AllOld, None, UpdatedNew, UpdatedOld};
    let known = [None, AllOld, UpdatedOld, AllNew, UpdatedNew];
    known
        .into_iter()
        .find(|values| values.as_str() == name)
        .ok_or_else(|| format!("the library has no place for `{name}`").into())
}

/// Whether the call asked for an item back.
fn returns(members: &Members) -> bool {
    members.0.iter().any(|(name, raw)| name == "return_values" && raw.get() != "\"NONE\"")
}
