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

const WRITERS: u64 = 4;
const CALLS: u64 = 150;

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
    let id = format!("s{}", dice.throw(5));
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
    others: u64,
}

fn writer(endpoint: &str, number: u64) -> Tally {
    let mut driver = Driver::start("core", &common::core_driver(), &common::root()).unwrap();
    let open = json!({"open": {"dms": DOCUMENT, "region": "us-east-1", "endpoint": endpoint, "transport": "http",
        "credentials": [{"access_key_id": "contractcore", "secret_access_key": "s"}]}});
    assert_eq!(ask(&mut driver, &open)["opened"], true);
    let (mut dice, mut tally) = (Dice(number + 1), Tally::default());
    for _ in 0..CALLS {
        let call = write(&mut dice);
        let answer = ask(&mut driver, &json!({ "call": call }));
        match answer["error"]["code"].as_str() {
            None => tally.written += 1,
            Some("ErrUniqueConstraint") => tally.taken += 1,
            // An item that is there already, or one that did not stand still.
            Some("ErrConditionFailed" | "ErrTransactionConflict") => tally.others += 1,
            Some(_) => panic!("{call}: {}", answer["error"]),
        }
    }
    tally
}

#[test]
fn writers_at_once_leave_every_value_with_one_item() {
    let endpoint = common::engine();
    let engine = Engine::new(&endpoint, "us-east-1", "contractcore");
    let described = models::describe(DOCUMENT);
    engine.create_table("races-seats", &[&described[0]]).unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let endpoint = endpoint.clone();
            std::thread::spawn(move || writer(&endpoint, number))
        })
        .collect();
    let mut all = Tally::default();
    for writer in writers {
        let tally = writer.join().expect("a writer failed");
        all.written += tally.written;
        all.taken += tally.taken;
        all.others += tally.others;
    }
    assert!(all.written > CALLS / 2 && all.taken > CALLS / 4, "{} written, {} taken", all.written, all.taken);

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
    assert_eq!(owned, held, "as many sentinels as values, with the same owners");
}
