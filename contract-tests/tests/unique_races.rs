//! Many writers of unique attributes at once: in the end every value has one item, and every sentinel its owner.

mod common;

use contract_tests::driver::Driver;
use contract_tests::engine::Engine;
use contract_tests::{json, models};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DOCUMENT: &str = r#"
dms_version: "0.3"
models:
  - name: "Seat"
    table: { name: "races-seats" }
    keys: { partition: { attribute: "id", type: "S" } }
    attributes:
      - { attribute: "id", type: "S", required: true, roles: ["pk"] }
      - { attribute: "guest", type: "S", optional: true, omit_empty: true, unique: true }
      - { attribute: "row", type: "N", optional: true, unique: true }
      - { attribute: "version", type: "N", roles: ["version"] }
"#;

const WRITERS: u64 = 6;
/// What is stored is looked at after every round: later writes would cover up what went wrong.
const ROUNDS: u64 = 30;
const CALLS: u64 = 12;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Any write that touches unique attributes: few items and few values, so that writers meet.
fn write(dice: &mut Dice) -> Value {
    let id = format!("s{}", dice.throw(3));
    let guest = format!("g{}", dice.throw(4));
    let row = dice.throw(3);
    let item = json!({"id": id, "guest": guest, "row": row});
    match dice.throw(9) {
        0 => json!({"op": "create", "model": "Seat", "item": item}),
        1 | 2 => json!({"op": "put", "model": "Seat", "item": item}),
        3 => json!({"op": "upsert", "model": "Seat", "item": {"id": id, "guest": guest}}),
        4 => json!({"op": "update", "model": "Seat", "key": [id], "set": {"guest": guest}}),
        5 => {
            json!({"op": "update", "model": "Seat", "key": [id], "remove": ["guest"], "set_if_not_exists": {"row": row}})
        }
        6 => json!({"op": "delete", "model": "Seat", "key": [id]}),
        7 => json!({"op": "put", "model": "Seat", "item": {"id": id}}),
        _ => json!({"op": "transact", "actions": [
            {"update": {"model": "Seat", "key": [id], "set": {"guest": guest}}},
            {"delete": {"model": "Seat", "key": [format!("t{row}")]}}]}),
    }
}

fn ask(driver: &mut Driver, request: &Value) -> Value {
    let answer = driver.ask(&json::parse(&request.to_string()).unwrap()).unwrap();
    serde_json::from_str(&answer.to_string()).unwrap()
}

/// How many calls ended so.
#[derive(Default)]
struct Tally {
    written: u64,
    taken: u64,
    again: u64,
}

/// A host that writes.
struct Writer {
    driver: Driver,
    dice: Dice,
    tally: Tally,
}

impl Writer {
    fn start(endpoint: &str, number: u64) -> Writer {
        let mut driver = Driver::start("core", &common::core_driver(), &common::root()).unwrap();
        let open = json!({"open": {"dms": DOCUMENT, "region": "us-east-1", "endpoint": endpoint, "transport": "http",
            "credentials": [{"access_key_id": "contractcore", "secret_access_key": "s"}]}});
        assert_eq!(ask(&mut driver, &open)["opened"], true);
        Writer { driver, dice: Dice(number + 1), tally: Tally::default() }
    }

    fn round(mut self) -> Writer {
        for _ in 0..CALLS {
            let call = write(&mut self.dice);
            let answer = ask(&mut self.driver, &json!({ "call": call }));
            match answer["error"]["code"].as_str() {
                None => self.tally.written += 1,
                Some("ErrUniqueConstraint") => self.tally.taken += 1,
                // An item that is there already, or one that did not stand still.
                Some("ErrConditionFailed" | "ErrTransactionConflict") => {}
                Some(_) => panic!("{call}: {}", answer["error"]),
            }
            let stats = [&answer["result"]["stats"]["retries"], &answer["error"]["stats"]["retries"]];
            self.tally.again += stats.into_iter().filter_map(Value::as_u64).sum::<u64>();
        }
        self
    }
}

/// As many sentinels as values, and each value with the item that its sentinel names.
fn check(engine: &Engine) {
    let scan = json::parse(r#"{"TableName":"races-seats","ConsistentRead":true}"#).unwrap();
    let found: Value = serde_json::from_str(&engine.call("Scan", &scan).unwrap().unwrap().to_string()).unwrap();
    let (sentinels, seats): (Vec<&Value>, Vec<&Value>) =
        found["Items"].as_array().unwrap().iter().partition(|item| item.get("$unique").is_some());
    let mut values = BTreeMap::new();
    for seat in seats {
        for (attribute, kind) in [("guest", "S"), ("row", "N")] {
            if let Some(value) = seat[attribute][kind].as_str() {
                let owner = seat["id"]["S"].as_str().unwrap();
                let other = values.insert((attribute, value), owner);
                assert_eq!(other, None, "`{attribute}` {value} belongs to {owner}, too");
            }
        }
    }
    let mut owned: Vec<(&str, &str)> = sentinels
        .iter()
        .map(|sentinel| {
            let content = &sentinel["$unique"]["M"];
            (content["attribute"]["S"].as_str().unwrap(), content["owner"]["M"]["id"]["S"].as_str().unwrap())
        })
        .collect();
    let mut held: Vec<(&str, &str)> = values.iter().map(|((attribute, _), owner)| (*attribute, *owner)).collect();
    owned.sort_unstable();
    held.sort_unstable();
    assert_eq!(owned, held, "sentinels and values, with their owners");
}

#[test]
fn writers_at_once_leave_every_value_with_one_item() {
    let endpoint = common::engine();
    let engine = Engine::new(&endpoint, "us-east-1", "contractcore");
    let described = models::describe(DOCUMENT);
    engine.create_table("races-seats", &[&described[0]]).unwrap();
    let mut writers: Vec<Writer> = (0..WRITERS).map(|number| Writer::start(&endpoint, number)).collect();
    for _ in 0..ROUNDS {
        let running: Vec<_> = writers.drain(..).map(|writer| std::thread::spawn(move || writer.round())).collect();
        writers.extend(running.into_iter().map(|writer| writer.join().expect("a writer failed")));
        check(&engine);
    }
    let sum = |count: fn(&Tally) -> u64| writers.iter().map(|writer| count(&writer.tally)).sum::<u64>();
    let (written, taken, again) = (sum(|tally| tally.written), sum(|tally| tally.taken), sum(|tally| tally.again));
    let all = WRITERS * ROUNDS * CALLS;
    assert!(written > all / 4 && taken > all / 8, "of {all} calls {written} have written, {taken} found a value taken");
    assert!(again > 0, "no writer met another");
}
