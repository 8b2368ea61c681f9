//! Tables of documents since 0.3: keys of several attributes, created and checked.

use serde_json::{Value, json};
use tabletheory_core::client::Client;
use tabletheory_core::error::Code;
use tabletheory_core::step::{Moment, Reply, Request, Step};

const DOCUMENT: &str = include_str!("../../dms/examples/valid/version-0.3.yml");
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 7 };
const ENSURE: &[u8] = br#"{"op":"ensure_table","model":"Match"}"#;

fn only(step: Step) -> Request {
    match step {
        Step::Run { mut requests, .. } if requests.len() == 1 => requests.remove(0),
        other => panic!("expected one request, got {other:?}"),
    }
}

fn client() -> Client {
    Client::open(DOCUMENT.as_bytes(), br#"{"transport":"sdk","capacity":"none"}"#).expect("a valid document")
}

fn key(parts: &[(&str, &str)]) -> Value {
    parts.iter().map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind})).collect()
}

fn by_round() -> Value {
    key(&[("tournamentId", "HASH"), ("region", "HASH"), ("round", "RANGE"), ("bracket", "RANGE"), ("matchId", "RANGE")])
}

fn described(by_round: &Value) -> String {
    json!({"Table": {"TableName": "matches", "TableStatus": "ACTIVE", "KeySchema": key(&[("matchId", "HASH")]),
        "GlobalSecondaryIndexes": [
            {"IndexName": "by-round", "IndexStatus": "ACTIVE", "KeySchema": by_round},
            {"IndexName": "by-player", "IndexStatus": "ACTIVE", "KeySchema": key(&[("player", "HASH"), ("round", "RANGE")])}]}})
    .to_string()
}

#[test]
fn every_attribute_of_a_key_is_created_in_order() {
    let (operation, step) = client().start(ENSURE, NOW);
    let request = only(step);
    assert_eq!(request.action, "DescribeTable");
    let absent = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}"#;
    let mut operation = operation.expect("a running operation");
    let reply = Reply::Response { status: 400, head: b"", body: absent };
    let create = only(operation.resume(request.id, reply, NOW));
    assert_eq!(create.action, "CreateTable");
    let body: Value = serde_json::from_str(&create.body).expect("a JSON body");
    assert_eq!(body["GlobalSecondaryIndexes"][0]["KeySchema"], by_round());
    assert_eq!(body["GlobalSecondaryIndexes"][1]["KeySchema"], key(&[("player", "HASH"), ("round", "RANGE")]));
    let defined: Vec<_> = body["AttributeDefinitions"]
        .as_array()
        .expect("definitions")
        .iter()
        .map(|one| {
            (one["AttributeName"].as_str().unwrap_or_default(), one["AttributeType"].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        defined,
        [("bracket", "S"), ("matchId", "S"), ("player", "S"), ("region", "S"), ("round", "N"), ("tournamentId", "S")]
    );
}

#[test]
fn an_existing_index_is_compared_part_by_part() {
    let end = |by_round: &Value| {
        let (operation, step) = client().start(ENSURE, NOW);
        let request = only(step);
        let body = described(by_round);
        let reply = Reply::Response { status: 200, head: b"", body: body.as_bytes() };
        operation.expect("a running operation").resume(request.id, reply, NOW)
    };
    match end(&by_round()) {
        Step::Done(result) => assert!(
            result.contains(r#""keys":{"partition":["tournamentId","region"],"sort":["round","bracket","matchId"]}"#),
            "{result}"
        ),
        other => panic!("expected the table, got {other:?}"),
    }
    let mut swapped = by_round();
    swapped.as_array_mut().expect("a key").swap(0, 1);
    let mut shorter = by_round();
    shorter.as_array_mut().expect("a key").pop();
    for other in [swapped, shorter] {
        match end(&other) {
            Step::Failed(error) => {
                assert!(error.is(Code::InvalidModel));
                assert_eq!(
                    error.details().message,
                    "index `by-round` of table `matches` has another key than in model `Match`"
                );
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
    }
}
