//! Batches, transactions, and the operations on releases.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;
use tabletheory::value::item_from_plain;
use tabletheory::{Error, Item, Model, Progress, Stats, TableTheory, Value};

use super::attributes::Attributes;
use super::call::{Built, Called, ask, options};
use super::result::{Document, list, of_batch};
use super::single;
use super::wire::Members;

pub async fn call(db: &TableTheory, op: &str, members: Members) -> Called {
    match op {
        "batch_get" => batch_get(db, members).await,
        "batch_write" => batch_write(db, members).await,
        "transact" => transact(db, members).await,
        "transact_get" => transact_get(db, members).await,
        "transition_append_event" => transition(db, members).await,
        _ => provenance(db, members).await,
    }
}

/// The parts of a call, of each its members and its model.
fn parts(db: &TableTheory, members: &mut Members, name: &str) -> Built<Vec<(Model<Item>, Members)>> {
    let texts = list_of(members, name)?;
    let mut parts = Vec::new();
    for text in &texts {
        parts.push(ask!(part(db, text)?));
    }
    Ok(Ok(parts))
}

fn part(db: &TableTheory, text: &RawValue) -> Built<(Model<Item>, Members)> {
    let mut members = Members::read(text.get())?;
    let model: String = members.parse("model")?.ok_or("a part without `model`")?;
    Ok(Ok((ask!(db.model::<Item>(&model)), members)))
}

fn list_of(members: &mut Members, name: &str) -> Result<Vec<Box<RawValue>>, String> {
    members.parse(name)?.ok_or_else(|| format!("the typed API cannot leave out `{name}`"))
}

fn values(texts: &[Box<RawValue>]) -> Result<Vec<Attributes>, Error> {
    texts.iter().map(|text| Attributes::read(text)).collect()
}

/// What a listener was told last.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<Progress>>>);

impl Last {
    fn listener(&self) -> impl Fn(&Progress) + Send + Sync + 'static {
        let last = self.clone();
        move |progress| *last.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.clone())
    }

    fn told(&self, document: Document) -> Document {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(progress) => document.json("progress", &of_batch(progress)),
            None => document,
        }
    }
}

macro_rules! batch_options {
    ($call:ident, $members:ident, $last:ident) => {
        options!($call, $members: parallel);
        if $members.flag("progress")? {
            $call = $call.on_progress($last.listener());
        }
        $members.finish()?;
    };
}

async fn batch_get(db: &TableTheory, mut members: Members) -> Called {
    let (mut call, last) = (db.batch_get(), Last::default());
    let groups = ask!(parts(db, &mut members, "gets")?);
    let count = groups.len();
    for (model, mut members) in groups {
        let mut group = model.gets(ask!(values(&list_of(&mut members, "keys")?)));
        options!(group, members: consistent projection raw);
        members.finish()?;
        call = call.gets(group);
    }
    batch_options!(call, members, last);
    let found = ask!(call.send().await);
    let mut results = Vec::new();
    for group in 0..count {
        let items = ask!(found.group::<Item>(group));
        results.push(ask!(list(items.iter().map(Option::as_ref))));
    }
    Ok(last.told(Document::new().json("results", &format!("[{}]", results.join(",")))).end(&found.stats))
}

async fn batch_write(db: &TableTheory, mut members: Members) -> Called {
    let (mut call, last) = (db.batch_write(), Last::default());
    for (model, mut members) in ask!(parts(db, &mut members, "writes")?) {
        let (puts, deletes) = (members.parse::<Vec<_>>("put")?, members.parse::<Vec<_>>("delete")?);
        members.finish()?;
        call = match (puts, deletes) {
            (Some(items), None) => call.put(&model, ask!(values(&items))),
            (None, Some(keys)) => call.delete(&model, ask!(values(&keys))),
            _ => return Err("the library has no place for such a group".into()),
        };
    }
    batch_options!(call, members, last);
    let done = ask!(call.send().await);
    let document = Document::new().json("written", &done.written.to_string());
    Ok(stamped(last.told(document), done.stamped(), &done.stats))
}

fn stamped(document: Document, items: Result<Vec<Option<Item>>, Error>, stats: &Stats) -> Result<String, Error> {
    document.items("stamped", items?.iter().map(Option::as_ref))?.end(stats)
}

async fn transact(db: &TableTheory, mut members: Members) -> Called {
    let mut call = db.transact();
    for action in list_of(&mut members, "actions")? {
        let mut kinds = Members::read(action.get())?.0;
        let (1, Some((kind, text))) = (kinds.len(), kinds.pop()) else {
            return Err("the library has no place for such an action".into());
        };
        let (model, members) = ask!(part(db, &text)?);
        call = match kind.as_str() {
            "create" => call.create(ask!(single::create(&model, members)?)),
            "put" => call.put(ask!(single::put(&model, members)?)),
            "update" => call.update(ask!(single::update(&model, members)?)),
            "delete" => call.delete(ask!(single::delete(&model, members)?)),
            "check" => call.check(ask!(check(&model, members)?)),
            other => return Err(format!("the library has no place for the action `{other}`").into()),
        };
    }
    options!(call, members: token);
    members.finish()?;
    let done = ask!(call.send().await);
    Ok(stamped(Document::new(), done.stamped(), &done.stats))
}

fn check(model: &Model<Item>, mut members: Members) -> Built<tabletheory::Check> {
    let mut check = model.check_that(ask!(single::key(&mut members)?));
    options!(check, members: condition expect_version return_old_on_failure);
    members.finish()?;
    Ok(Ok(check))
}

async fn transact_get(db: &TableTheory, mut members: Members) -> Called {
    let mut call = db.transact_get();
    let gets = ask!(parts(db, &mut members, "gets")?);
    let count = gets.len();
    members.finish()?;
    for (model, mut members) in gets {
        let mut find = model.find(ask!(single::key(&mut members)?));
        options!(find, members: consistent projection raw);
        members.finish()?;
        call = call.find(find);
    }
    let seen = ask!(call.send().await);
    let items: Vec<Option<Item>> = ask!((0..count).map(|at| seen.item(at)).collect::<Result<_, _>>());
    Ok(Document::new().items("items", items.iter().map(Option::as_ref)).and_then(|document| document.end(&seen.stats)))
}

async fn transition(db: &TableTheory, mut members: Members) -> Called {
    let mut side = |name: &str| members.take(name).ok_or_else(|| format!("the typed API cannot leave out `{name}`"));
    let (actual, event) = (side("actual")?, side("event")?);
    let (states, actual) = ask!(part(db, &actual)?);
    let (events, event) = ask!(part(db, &event)?);
    let (actual, event) = (ask!(single::update(&states, actual)?), ask!(single::create(&events, event)?));
    let mut call = db.transition_append_event(actual, event);
    options!(call, members: token);
    members.finish()?;
    let done = ask!(call.send().await);
    Ok(stamped(Document::new(), done.stamped(), &done.stats))
}

async fn provenance(db: &TableTheory, mut members: Members) -> Called {
    let mut given = |name| match members.take(name) {
        Some(text) => item_from_plain::<Value>(text.get()),
        None => Ok(Value::Null),
    };
    let (provenance, confidence) = (ask!(given("provenance")), ask!(given("confidence")));
    members.finish()?;
    ask!(db.validate_provenance(&provenance, &confidence).await);
    Ok(Document::new().end(&Stats::default()))
}
