//! Random updates: what the engine makes of them is what a plain model in memory makes of them.

mod common;

use contract_tests::driver::Driver;
use contract_tests::engine::Engine;
use contract_tests::{json, models};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const DOCUMENT: &str = r#"
dms_version: "0.3"
models:
  - name: "Thing"
    table: { name: "updates-things" }
    keys: { partition: { attribute: "id", type: "S" } }
    attributes:
      - { attribute: "id", type: "S", required: true, roles: ["pk"] }
      - { attribute: "count", type: "N", optional: true }
      - { attribute: "a.b", type: "N", optional: true }
      - { attribute: "select", type: "S", optional: true }
      - { attribute: "größe-[x]", type: "S", optional: true }
      - { attribute: "list", type: "L", optional: true }
      - { attribute: "map", type: "M", optional: true }
      - { attribute: "tags", type: "SS", optional: true }
      - { attribute: "lucky", type: "NS", optional: true }
      - { attribute: "version", type: "N", roles: ["version"] }
"#;

/// Attributes of each type; the second one is what the first is copied from, and the other way round.
const NUMBERS: [&str; 2] = ["count", "a.b"];
const TEXTS: [&str; 2] = ["select", "größe-[x]"];
/// Members of the map: a number, a text and a list, and how a path names them.
const MEMBERS: [(&str, &str); 3] = [("n#1", "map.n#1"), ("a.b[0]", "map.`a.b[0]`"), ("order", "map.order")];

/// An item by attribute; what is not there is absent. Plain values, sets as `{"$set": [sorted]}`.
type Item = BTreeMap<String, Value>;

/// What one clause of an update does to one attribute.
#[derive(Clone, Debug)]
enum Change {
    Set(Value),
    SetIfAbsent(Value),
    /// From the other attribute of its type.
    Copy,
    CopyOr(Value),
    Plus(i64),
    Minus(i64),
    /// `if_not_exists(itself, first) + second`
    PlusFrom(i64, i64),
    Add(Value),
    Delete(Value),
    Append(Vec<i64>),
    Prepend(Vec<i64>),
    /// The list twice, with this in front.
    Joined(Vec<i64>),
    SetElement(usize, i64),
    RemoveElements(BTreeSet<usize>),
    SetMember(usize, Value),
    AddToMember(i64),
    AppendToMember(Vec<i64>),
    RemoveMembers(BTreeSet<usize>),
    Remove,
}

/// The update is refused by the service: a path or an operand that is not there.
#[derive(Debug, PartialEq)]
struct Refused;

impl Change {
    /// Adds the change to the clauses of a call.
    fn write(&self, name: &str, call: &mut Map<String, Value>) {
        let mut clause = |clause: &str, path: &str, value: Value| {
            call.entry(clause).or_insert_with(|| json!({}))[path] = value;
        };
        let path = |name: &str| json!({ "$path": name });
        match self {
            Change::Set(value) => clause("set", name, value.clone()),
            Change::SetIfAbsent(value) => clause("set_if_not_exists", name, value.clone()),
            Change::Copy => clause("set", name, path(other(name))),
            Change::CopyOr(value) => clause("set", name, json!({"$if_not_exists": [other(name), value]})),
            Change::Plus(by) => clause("set", name, json!({"$plus": [path(other(name)), by]})),
            Change::Minus(by) => clause("set", name, json!({"$minus": [path(name), by]})),
            Change::PlusFrom(first, by) => {
                clause("set", name, json!({"$plus": [{"$if_not_exists": [name, first]}, by]}));
            }
            Change::Add(value) => clause("add", name, value.clone()),
            Change::Delete(value) => clause("delete", name, value.clone()),
            Change::Append(values) => clause("append", name, json!(values)),
            Change::Prepend(values) => clause("prepend", name, json!(values)),
            Change::Joined(values) => clause("set", name, json!({"$list_append": [values, path(name)]})),
            Change::SetElement(at, value) => clause("set", &format!("{name}[{at}]"), json!(value)),
            Change::SetMember(member, value) => clause("set", MEMBERS[*member].1, value.clone()),
            Change::AddToMember(by) => clause("add", MEMBERS[0].1, json!(by)),
            Change::AppendToMember(values) => clause("append", MEMBERS[2].1, json!(values)),
            Change::RemoveElements(at) => remove(call, at.iter().map(|at| format!("{name}[{at}]"))),
            Change::RemoveMembers(members) => remove(call, members.iter().map(|at| MEMBERS[*at].1.to_owned())),
            Change::Remove => remove(call, std::iter::once(name.to_owned())),
        }
    }

    /// The attribute after the change; all operands are read from the item before.
    fn apply(&self, name: &str, before: &Item) -> Result<Option<Value>, Refused> {
        let own = before.get(name);
        let number = |value: Option<&Value>| value.and_then(Value::as_i64).ok_or(Refused);
        let list = |value: &[i64]| value.iter().map(|value| json!(value)).collect::<Vec<_>>();
        let elements = || own.and_then(Value::as_array).cloned();
        let members = || own.and_then(Value::as_object).cloned().ok_or(Refused);
        Ok(Some(match self {
            Change::Set(value) => value.clone(),
            Change::SetIfAbsent(value) => own.unwrap_or(value).clone(),
            Change::Copy => before.get(other(name)).ok_or(Refused)?.clone(),
            Change::CopyOr(value) => before.get(other(name)).unwrap_or(value).clone(),
            Change::Plus(by) => json!(number(before.get(other(name)))? + by),
            Change::Minus(by) => json!(number(own)? - by),
            Change::PlusFrom(first, by) => json!(own.and_then(Value::as_i64).unwrap_or(*first) + by),
            Change::Add(by) if by.is_i64() => json!(own.and_then(Value::as_i64).unwrap_or(0) + number(Some(by))?),
            Change::Add(more) => set(own.into_iter().chain([more]).flat_map(content)),
            Change::Delete(less) => {
                let gone: Vec<Value> = content(less);
                let left: Vec<Value> = own.into_iter().flat_map(content).filter(|one| !gone.contains(one)).collect();
                if left.is_empty() {
                    return Ok(None);
                }
                set(left.into_iter())
            }
            Change::Append(values) => Value::Array([elements().unwrap_or_default(), list(values)].concat()),
            Change::Prepend(values) => Value::Array([list(values), elements().unwrap_or_default()].concat()),
            Change::Joined(values) => Value::Array([list(values), elements().ok_or(Refused)?].concat()),
            Change::SetElement(at, value) => {
                let mut list = elements().ok_or(Refused)?;
                match list.get_mut(*at) {
                    Some(element) => *element = json!(value),
                    None => list.push(json!(value)),
                }
                Value::Array(list)
            }
            Change::RemoveElements(gone) => {
                let list = elements().ok_or(Refused)?;
                let left = list.into_iter().enumerate().filter(|(at, _)| !gone.contains(at));
                left.map(|(_, element)| element).collect()
            }
            Change::SetMember(member, value) => {
                let mut map = members()?;
                map.insert(MEMBERS[*member].0.to_owned(), value.clone());
                Value::Object(map)
            }
            Change::AddToMember(by) => {
                let mut map = members()?;
                let sum = map.get(MEMBERS[0].0).and_then(Value::as_i64).unwrap_or(0) + by;
                map.insert(MEMBERS[0].0.to_owned(), json!(sum));
                Value::Object(map)
            }
            Change::AppendToMember(values) => {
                let mut map = members()?;
                let present = map.get(MEMBERS[2].0).and_then(Value::as_array).cloned().unwrap_or_default();
                map.insert(MEMBERS[2].0.to_owned(), Value::Array([present, list(values)].concat()));
                Value::Object(map)
            }
            Change::RemoveMembers(gone) => {
                let mut map = members()?;
                gone.iter().for_each(|at| drop(map.remove(MEMBERS[*at].0)));
                Value::Object(map)
            }
            Change::Remove => return Ok(None),
        }))
    }
}

fn remove(call: &mut Map<String, Value>, paths: impl Iterator<Item = String>) {
    let list = call.entry("remove").or_insert_with(|| json!([]));
    list.as_array_mut().expect("a list").extend(paths.map(Value::from));
}

/// The other attribute of the same type.
fn other(name: &str) -> &'static str {
    let pairs = [NUMBERS, TEXTS];
    let pair = pairs.iter().find(|pair| pair.contains(&name)).expect("a number or a text");
    if pair[0] == name { pair[1] } else { pair[0] }
}

fn content(set: &Value) -> Vec<Value> {
    set["$set"].as_array().cloned().unwrap_or_default()
}

/// A set, its elements once and in order.
fn set(elements: impl Iterator<Item = Value>) -> Value {
    let mut sorted: Vec<Value> = elements.collect();
    sorted.sort_by_key(|element| (element.as_i64(), element.as_str().map(str::to_owned)));
    sorted.dedup();
    json!({ "$set": sorted })
}

fn number() -> impl Strategy<Value = i64> + Clone {
    -1000..1000i64
}

fn text() -> impl Strategy<Value = Value> + Clone {
    "[a-c\"\\\\é]{0,4}".prop_map(Value::from)
}

fn numbers() -> impl Strategy<Value = Vec<i64>> + Clone {
    prop::collection::vec(number(), 1..4)
}

fn texts_set() -> impl Strategy<Value = Value> + Clone {
    prop::collection::btree_set("[a-f]", 1..4).prop_map(|texts| set(texts.into_iter().map(Value::from)))
}

fn numbers_set() -> impl Strategy<Value = Value> + Clone {
    prop::collection::btree_set(0..8i64, 1..4).prop_map(|numbers| set(numbers.into_iter().map(Value::from)))
}

fn member(at: usize) -> BoxedStrategy<Value> {
    match at {
        0 => number().prop_map(Value::from).boxed(),
        1 => text().boxed(),
        _ => numbers().prop_map(Value::from).boxed(),
    }
}

fn map() -> impl Strategy<Value = Value> + Clone {
    (prop::option::of(number()), prop::option::of(text()), prop::option::of(numbers())).prop_map(|(n, t, l)| {
        let members = [n.map(Value::from), t, l.map(Value::from)];
        let present = MEMBERS.iter().zip(members).filter_map(|((name, _), value)| Some(((*name).to_owned(), value?)));
        Value::Object(present.collect())
    })
}

/// The values that an attribute may have, and the changes it may be given.
fn changes(name: &str) -> (BoxedStrategy<Value>, BoxedStrategy<Change>) {
    match name {
        "count" | "a.b" => {
            let value = number().prop_map(Value::from).boxed();
            let change = prop_oneof![
                value.clone().prop_map(Change::Set),
                value.clone().prop_map(Change::SetIfAbsent),
                Just(Change::Copy),
                value.clone().prop_map(Change::CopyOr),
                number().prop_map(Change::Plus),
                number().prop_map(Change::Minus),
                (number(), number()).prop_map(|(first, by)| Change::PlusFrom(first, by)),
                value.clone().prop_map(Change::Add),
                Just(Change::Remove),
            ];
            (value, change.boxed())
        }
        "tags" | "lucky" => {
            let value = if name == "tags" { texts_set().boxed() } else { numbers_set().boxed() };
            let change = prop_oneof![
                value.clone().prop_map(Change::Set),
                value.clone().prop_map(Change::Add),
                value.clone().prop_map(Change::Delete),
                Just(Change::Remove),
            ];
            (value, change.boxed())
        }
        "list" => {
            let change = prop_oneof![
                numbers().prop_map(|values| Change::Set(json!(values))),
                numbers().prop_map(Change::Append),
                numbers().prop_map(Change::Prepend),
                numbers().prop_map(Change::Joined),
                (0..6usize, number()).prop_map(|(at, value)| Change::SetElement(at, value)),
                prop::collection::btree_set(0..6usize, 1..4).prop_map(Change::RemoveElements),
                Just(Change::Remove),
            ];
            (numbers().prop_map(Value::from).boxed(), change.boxed())
        }
        "map" => {
            let change = prop_oneof![
                map().prop_map(Change::Set),
                (0..3usize).prop_flat_map(|at| member(at).prop_map(move |value| Change::SetMember(at, value))),
                number().prop_map(Change::AddToMember),
                numbers().prop_map(Change::AppendToMember),
                prop::collection::btree_set(0..3usize, 1..3).prop_map(Change::RemoveMembers),
                Just(Change::Remove),
            ];
            (map().boxed(), change.boxed())
        }
        _ => {
            let change = prop_oneof![
                text().prop_map(Change::Set),
                text().prop_map(Change::SetIfAbsent),
                Just(Change::Copy),
                text().prop_map(Change::CopyOr),
                Just(Change::Remove),
            ];
            (text().boxed(), change.boxed())
        }
    }
}

/// An item, and an update of some of its attributes.
fn case() -> impl Strategy<Value = (Item, Vec<(&'static str, Change)>)> {
    let names = ["count", "a.b", "select", "größe-[x]", "list", "map", "tags", "lucky"];
    let parts: Vec<_> = names
        .into_iter()
        .map(|name| {
            let (value, change) = changes(name);
            (prop::option::weighted(0.8, value), prop::option::weighted(0.4, change))
                .prop_map(move |(value, change)| (name, value, change))
        })
        .collect();
    parts.prop_map(|parts| {
        let item = parts.iter().filter_map(|(name, value, _)| Some(((*name).to_owned(), value.clone()?))).collect();
        (item, parts.into_iter().filter_map(|(name, _, change)| Some((name, change?))).collect())
    })
}

struct Bench {
    driver: Driver,
    made: u32,
}

impl Bench {
    fn ask(&mut self, call: &Value) -> Value {
        let request = json::parse(&json!({ "call": call }).to_string()).expect("JSON");
        let answer = self.driver.ask(&request).expect("an answer");
        serde_json::from_str(&answer.to_string()).expect("JSON")
    }

    fn check(&mut self, before: &Item, update: &[(&str, Change)]) -> Result<(), TestCaseError> {
        self.made += 1;
        let id = format!("thing-{}", self.made);
        let mut item: Map<String, Value> = before.clone().into_iter().collect();
        item.insert("id".into(), json!(id));
        let created = self.ask(&json!({"op": "create", "model": "Thing", "item": item}));
        prop_assert!(created.get("error").is_none(), "{created}");

        let mut call = Map::new();
        call.extend([("op".into(), json!("update")), ("model".into(), json!("Thing")), ("key".into(), json!([id]))]);
        update.iter().for_each(|(name, change)| change.write(name, &mut call));
        let mut after = before.clone();
        let mut refused = false;
        for (name, change) in update {
            match change.apply(name, before) {
                Ok(Some(value)) => drop(after.insert((*name).to_owned(), value)),
                Ok(None) => drop(after.remove(*name)),
                Err(Refused) => refused = true,
            }
        }
        let answer = self.ask(&Value::Object(call));
        let expected = if refused { before } else { &after };
        if refused {
            prop_assert_eq!(&answer["error"]["outcome"], "rejected", "{}", answer);
        } else {
            prop_assert_eq!(&plain(&answer["result"]["item"]), expected, "{}", answer);
        }
        let stored = self.ask(&json!({"op": "get", "model": "Thing", "key": [id], "consistent": true}));
        prop_assert_eq!(&plain(&stored["result"]["item"]), expected);
        prop_assert_eq!(&stored["result"]["item"]["version"], &json!(u8::from(!refused)));
        Ok(())
    }
}

/// The attributes that updates are about, sets in order.
fn plain(item: &Value) -> Item {
    let members = item.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| !matches!(name.as_str(), "id" | "version"));
    members
        .map(|(name, value)| {
            let value = if value.get("$set").is_some() { set(content(value).into_iter()) } else { value.clone() };
            (name.clone(), value)
        })
        .collect()
}

#[test]
fn the_engine_does_what_the_model_does() {
    let endpoint = common::engine();
    let engine = Engine::new(&endpoint, "us-east-1", "contractupdates");
    let described = models::describe(DOCUMENT);
    engine.create_table("updates-things", &[&described[0]]).expect("a table");
    let mut driver = Driver::start("core", &common::core_driver(), &common::root()).expect("a driver");
    let open = json!({"open": {"dms": DOCUMENT, "region": "us-east-1", "endpoint": endpoint, "transport": "http",
        "credentials": [{"access_key_id": "contractupdates", "secret_access_key": "secret"}]}});
    driver.ask(&json::parse(&open.to_string()).expect("JSON")).expect("an open client");
    let bench = RefCell::new(Bench { driver, made: 0 });
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    runner
        .run(&case(), |(item, update)| bench.borrow_mut().check(&item, &update))
        .unwrap_or_else(|failure| panic!("{failure}"));
}
