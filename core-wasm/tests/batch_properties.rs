//! A service that loses, doubles, refuses and forgets at random: a batch carries out everything once, or says exactly
//! what it has not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use tabletheory_core::client::Client;
use tabletheory_core::error::Error;
use tabletheory_core::step::{FailureKind, Moment, Reply, Request, Step, Stop};

const DOCUMENT: &str = r#"{"dms_version":"0.2","models":[
    {"name":"A","table":{"name":"tab-a"},"keys":{"partition":{"attribute":"pk","type":"S"},"sort":{"attribute":"sk","type":"N"}},
     "attributes":[{"attribute":"pk","type":"S","roles":["pk"]},{"attribute":"sk","type":"N","roles":["sk"]},{"attribute":"n","type":"N"}]},
    {"name":"B","table":{"name":"tab-b"},"keys":{"partition":{"attribute":"id","type":"S"}},
     "attributes":[{"attribute":"id","type":"S","roles":["pk"]},{"attribute":"n","type":"N"}]}]}"#;

/// What the service does with one request.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Carries it out whole.
    None,
    /// Carries it out but for every so many-th part.
    Unprocessed(usize),
    /// Leaves everything unprocessed.
    Nothing,
    Throttled,
    /// Fails before, or after, it has carried it out.
    Broken {
        applied: bool,
    },
    LostReply {
        applied: bool,
    },
    NoConnection,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        3 => (2_usize..8).prop_map(Fault::Unprocessed),
        1 => Just(Fault::Nothing),
        1 => Just(Fault::Throttled),
        1 => any::<bool>().prop_map(|applied| Fault::Broken { applied }),
        1 => any::<bool>().prop_map(|applied| Fault::LostReply { applied }),
        1 => Just(Fault::NoConnection),
    ]
}

/// The tables, and how often each item was written.
#[derive(Default)]
struct Store {
    items: BTreeMap<(String, String), Value>,
    writes: BTreeMap<(String, String), usize>,
}

enum Answer {
    Response(u16, String),
    Failure(FailureKind),
}

fn key_of(table: &str, item: &Value) -> (String, String) {
    let key = if table == "tab-a" { json!([item["pk"], item["sk"]]) } else { json!(item["id"]) };
    (table.to_owned(), key.to_string())
}

impl Store {
    /// Carries out what `take` lets through; gives back the rest.
    fn write(&mut self, request: &Value, take: &dyn Fn(usize) -> bool) -> Value {
        let (mut rest, mut seen, mut at) = (json!({}), BTreeSet::new(), 0);
        for (table, writes) in request["RequestItems"].as_object().unwrap() {
            for write in writes.as_array().unwrap() {
                let subject = write.get("PutRequest").map(|put| &put["Item"]);
                let subject = subject.unwrap_or_else(|| &write["DeleteRequest"]["Key"]);
                let key = key_of(table, subject);
                assert!(seen.insert(key.clone()), "an item twice in one request");
                if take(at) {
                    *self.writes.entry(key.clone()).or_default() += 1;
                    match write.get("PutRequest") {
                        Some(put) => drop(self.items.insert(key, put["Item"].clone())),
                        None => drop(self.items.remove(&key)),
                    }
                } else {
                    let left = rest.as_object_mut().unwrap().entry(table).or_insert_with(|| json!([]));
                    left.as_array_mut().unwrap().push(write.clone());
                }
                at += 1;
            }
        }
        assert!((1..=25).contains(&at), "{at} writes in one request");
        json!({ "UnprocessedItems": rest })
    }

    fn read(&self, request: &Value, take: &dyn Fn(usize) -> bool) -> Value {
        let (mut found, mut rest, mut at) = (json!({}), json!({}), 0);
        for (table, keys) in request["RequestItems"].as_object().unwrap() {
            for key in keys["Keys"].as_array().unwrap() {
                if !take(at) {
                    let left = rest.as_object_mut().unwrap().entry(table).or_insert_with(|| json!({ "Keys": [] }));
                    left["Keys"].as_array_mut().unwrap().push(key.clone());
                } else if let Some(item) = self.items.get(&key_of(table, key)) {
                    let items = found.as_object_mut().unwrap().entry(table).or_insert_with(|| json!([]));
                    // Any order.
                    items.as_array_mut().unwrap().insert(0, item.clone());
                }
                at += 1;
            }
        }
        assert!((1..=100).contains(&at), "{at} keys in one request");
        json!({ "Responses": found, "UnprocessedKeys": rest })
    }

    fn answer(&mut self, request: &Request, fault: Fault) -> Answer {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let mut carry_out = |take: &dyn Fn(usize) -> bool| {
            if request.action == "BatchWriteItem" { self.write(&body, take) } else { self.read(&body, take) }
        };
        let whole = |response: Value| Answer::Response(200, response.to_string());
        match fault {
            Fault::None => whole(carry_out(&|_| true)),
            Fault::Unprocessed(every) => whole(carry_out(&|at| !at.is_multiple_of(every))),
            Fault::Nothing => whole(carry_out(&|_| false)),
            Fault::Throttled => {
                let body = r#"{"__type":"ProvisionedThroughputExceededException","message":"slow down"}"#;
                Answer::Response(400, body.to_owned())
            }
            Fault::NoConnection => Answer::Failure(FailureKind::Connect),
            Fault::Broken { applied } | Fault::LostReply { applied } => {
                if applied {
                    carry_out(&|_| true);
                }
                match fault {
                    Fault::Broken { .. } => Answer::Response(500, r#"{"__type":"InternalServerError"}"#.to_owned()),
                    _ => Answer::Failure(FailureKind::Timeout),
                }
            }
        }
    }
}

/// Drives a call against the store; replies come in any order. `stop` ends it after so many replies.
fn drive(
    store: &mut Store,
    call: &str,
    faults: &[Fault],
    order: &[usize],
    stop: Option<usize>,
) -> Result<Value, Error> {
    let settings = br#"{"transport":"sdk","retry":{"max_attempts":3,"budget":300}}"#;
    let client = Client::open(DOCUMENT.as_bytes(), settings).unwrap();
    let mut now = Moment { nanos: 1_767_323_045_000_000_000, seed: 1 << 63 };
    let (operation, mut step) = client.start(call.as_bytes(), now);
    let mut flying: Vec<Request> = Vec::new();
    let mut operation = operation;
    let mut count = 0;
    loop {
        let wait = match step {
            Step::Done(result) => return Ok(serde_json::from_str(&result).unwrap()),
            Step::Failed(error) => return Err(error),
            Step::Credentials => unreachable!("transport `sdk` signs"),
            Step::Run { requests, wait, .. } => {
                flying.extend(requests);
                wait
            }
        };
        let operation = operation.as_mut().expect("it goes on");
        assert!(flying.len() <= 3, "more in flight than may be");
        now.seed = now.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1) & u128::from(u64::MAX);
        let turn = order[count % order.len()];
        if stop == Some(count) {
            // What is in flight goes on at the service, or does not.
            for request in &flying {
                store.answer(request, Fault::LostReply { applied: turn.is_multiple_of(2) });
            }
            step = operation.resume(0, Reply::Stop(Stop::Deadline), now);
            continue;
        }
        if flying.is_empty() {
            now.nanos += u64::from(wait.expect("it waits for something")) * 1_000_000;
            step = operation.resume(0, Reply::Elapsed, now);
            continue;
        }
        let request = flying.remove(turn % flying.len());
        let answer = store.answer(&request, faults[count % faults.len()]);
        count += 1;
        step = match &answer {
            Answer::Response(status, body) => {
                operation.resume(request.id, Reply::Response { status: *status, head: b"", body: body.as_bytes() }, now)
            }
            Answer::Failure(kind) => operation.resume(request.id, Reply::Failure { kind: *kind, message: "" }, now),
        };
    }
}

/// Table and key of each position of a call.
type Keys = BTreeMap<(u64, u64), (String, String)>;

fn writes(puts_a: usize, deletes_a: usize, puts_b: usize) -> (String, Keys) {
    let mut keys = BTreeMap::new();
    let mut note = |group: u64, at: usize, table: &str, key: Value| {
        keys.insert((group, at as u64), key_of(table, &key));
        at
    };
    let a = |at: usize| json!({"pk": {"S": "p"}, "sk": {"N": at.to_string()}});
    let puts: Vec<Value> =
        (0..puts_a).map(|at| json!({"pk": "p", "sk": note(0, at, "tab-a", a(at)), "n": at})).collect();
    let deletes: Vec<Value> =
        (0..deletes_a).map(|at| json!(["p", 10_000 + note(1, at, "tab-a", a(10_000 + at))])).collect();
    let others: Vec<Value> = (0..puts_b)
        .map(|at| json!({"id": format!("b{}", note(2, at, "tab-b", json!({"id": {"S": format!("b{at}")}}))), "n": at}))
        .collect();
    let groups = json!([{"model": "A", "put": puts}, {"model": "A", "delete": deletes}, {"model": "B", "put": others}]);
    (json!({"op": "batch_write", "parallel": 3, "writes": groups}).to_string(), keys)
}

fn positions(list: &Value) -> Vec<(u64, u64)> {
    let pair = |position: &Value| (position[0].as_u64().unwrap(), position[1].as_u64().unwrap());
    list.as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn a_load_of_ten_thousand_items_survives_a_bad_network() {
    let faults = [
        Fault::None,
        Fault::Unprocessed(3),
        Fault::LostReply { applied: true },
        Fault::None,
        Fault::Throttled,
        Fault::None,
        Fault::LostReply { applied: false },
        Fault::Nothing,
        Fault::None,
        Fault::Broken { applied: true },
        Fault::None,
    ];
    let (call, keys) = writes(9_000, 0, 1_000);
    let mut store = Store::default();
    let result = drive(&mut store, &call, &faults, &[2, 0, 1, 5, 3], None).expect("it goes through in the end");
    assert_eq!(result["written"], 10_000);
    assert_eq!(store.items.len(), 10_000);
    assert!(keys.values().all(|key| store.items.contains_key(key)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn writes_are_carried_out_or_accounted_for(
        counts in (0_usize..120, 0_usize..40, 0_usize..60),
        faults in proptest::collection::vec(fault(), 1..12),
        order in proptest::collection::vec(0_usize..8, 1..8),
        stop in proptest::option::of(0_usize..12),
    ) {
        let (call, keys) = writes(counts.0, counts.1, counts.2);
        let mut store = Store::default();
        for at in 0..counts.1 {
            let item = json!({"pk": {"S": "p"}, "sk": {"N": (10_000 + at).to_string()}});
            store.items.insert(key_of("tab-a", &item), item);
        }
        // A put is carried out when its item is there, a delete when it is gone.
        let carried_out = |store: &Store, position: &(u64, u64)| {
            store.items.contains_key(&keys[position]) == (position.0 != 1)
        };
        match drive(&mut store, &call, &faults, &order, stop) {
            Ok(result) => {
                prop_assert_eq!(result["written"].as_u64(), Some(keys.len() as u64));
                prop_assert!(keys.keys().all(|position| carried_out(&store, position)));
                let doubled = store.writes.values().any(|count| *count > 1);
                let may_double = faults.iter().any(|fault| {
                    matches!(fault, Fault::Broken { applied: true } | Fault::LostReply { applied: true })
                });
                prop_assert!(may_double || !doubled, "nothing is sent again that was carried out");
            }
            Err(error) => {
                let document: Value = serde_json::from_str(&error.to_json()).unwrap();
                let batch = &document["batch"];
                let (written, unwritten) = (positions(&batch["written"]), positions(&batch["unwritten"]));
                let unknown = positions(&batch["unknown"]);
                let mut all: Vec<_> = written.iter().chain(&unwritten).chain(&unknown).copied().collect();
                all.sort_unstable();
                prop_assert_eq!(all, keys.keys().copied().collect::<Vec<_>>(), "each position is in one list");
                prop_assert!(written.iter().all(|position| carried_out(&store, position)));
                prop_assert!(!unwritten.iter().any(|position| carried_out(&store, position)));
                let outcome = if written.is_empty() && unknown.is_empty() { "rejected" } else { "unknown" };
                prop_assert!(document["outcome"] == outcome || document["outcome"] == "not_sent", "{}", document);
            }
        }
    }

    #[test]
    fn reads_find_what_is_there(
        count in 0_usize..350,
        faults in proptest::collection::vec(fault(), 1..12),
        order in proptest::collection::vec(0_usize..8, 1..8),
    ) {
        let mut store = Store::default();
        for at in (0..count).filter(|at| !at.is_multiple_of(3)) {
            let item = json!({"pk": {"S": "p"}, "sk": {"N": at.to_string()}, "n": {"N": at.to_string()}});
            store.items.insert(key_of("tab-a", &item), item);
        }
        let keys: Vec<Value> = (0..count).map(|at| json!(["p", at])).collect();
        let call = json!({"op": "batch_get", "parallel": 3, "gets": [{"model": "A", "keys": keys}]}).to_string();
        let expected = |at: usize| if at.is_multiple_of(3) { Value::Null } else { json!({"pk": "p", "sk": at, "n": at}) };
        match drive(&mut store, &call, &faults, &order, None) {
            Ok(result) => {
                let all: Vec<Value> = (0..count).map(expected).collect();
                prop_assert_eq!(&result["results"], &json!([all]));
            }
            Err(error) => {
                let document: Value = serde_json::from_str(&error.to_json()).unwrap();
                let batch = &document["batch"];
                let (read, unread) = (positions(&batch["read"]), positions(&batch["unread"]));
                prop_assert_eq!(read.len() + unread.len(), count);
                for (_, at) in read {
                    prop_assert_eq!(&batch["results"][0][at as usize], &expected(at as usize));
                }
                for (_, at) in unread {
                    prop_assert_eq!(&batch["results"][0][at as usize], &Value::Null);
                }
            }
        }
    }
}
