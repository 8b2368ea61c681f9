//! Explanations: what a call would send, what it costs, what is doubtful; nothing is sent and nothing changes.

use serde_json::{Value, json};
use tabletheory_core::client::Client;
use tabletheory_core::error::Code;
use tabletheory_core::step::{Moment, Step};

const DOCUMENT: &str = r#"
dms_version: "0.3"
models:
  - name: "Order"
    table: { name: "orders" }
    keys:
      partition: { attribute: "customer", type: "S" }
      sort: { attribute: "number", type: "N" }
    attributes:
      - { attribute: "customer", type: "S", required: true, roles: ["pk"] }
      - { attribute: "number", type: "N", required: true, roles: ["sk"] }
      - { attribute: "orderStatus", type: "S", optional: true }
      - { attribute: "placed", type: "S", optional: true }
      - { attribute: "amount", type: "N", optional: true }
      - { attribute: "region", type: "S", optional: true }
      - { attribute: "depot", type: "S", optional: true }
      - { attribute: "note", type: "S", optional: true }
      - { attribute: "lines", type: "L", optional: true }
      - { attribute: "version", type: "N", roles: ["version"] }
    indexes:
      - name: "by-status"
        type: "GSI"
        partition: { attribute: "orderStatus", type: "S" }
        sort: { attribute: "placed", type: "S" }
        projection: { type: "INCLUDE", fields: ["amount"] }
      - name: "by-place"
        type: "GSI"
        partition: [{ attribute: "region", type: "S" }, { attribute: "depot", type: "S" }]
        sort: [{ attribute: "orderStatus", type: "S" }, { attribute: "amount", type: "N" }]
      - name: "by-amount"
        type: "LSI"
        partition: { attribute: "customer", type: "S" }
        sort: { attribute: "amount", type: "N" }
        projection: { type: "KEYS_ONLY" }
  - name: "Reading"
    table: { name: "readings" }
    keys:
      partition: { attribute: "day", type: "S" }
    attributes:
      - { attribute: "day", type: "S", required: true, roles: ["pk"] }
      - { attribute: "value", type: "N", optional: true }
"#;

const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 11 };

fn client() -> Client {
    Client::open(DOCUMENT.as_bytes(), br#"{"transport":"sdk","capacity":"none"}"#).expect("a valid document")
}

fn explained(call: &str) -> Value {
    let text = client().explain(call.as_bytes(), NOW).unwrap_or_else(|error| panic!("{call}: {error}"));
    serde_json::from_str(&text).expect("an explanation is JSON")
}

fn codes(explained: &Value) -> Vec<(&str, &str)> {
    let warnings = explained["warnings"].as_array().expect("warnings");
    warnings
        .iter()
        .map(|one| (one["code"].as_str().unwrap_or_default(), one["path"].as_str().unwrap_or_default()))
        .collect()
}

#[test]
fn a_read_of_one_item() {
    let call = r#"{"op":"get","model":"Order","key":["c",1],"consistent":true,"projection":["note"]}"#;
    assert_eq!(
        explained(call),
        json!({
            "operation": "get",
            "requests": [{"action": "GetItem", "body": {
                "TableName": "orders", "Key": {"customer": {"S": "c"}, "number": {"N": "1"}}, "ConsistentRead": true,
                "ProjectionExpression": "#n0", "ExpressionAttributeNames": {"#n0": "note"}}}],
            "follows": null, "index": null, "key_condition": null, "filter": null, "index_advice": null,
            "cost": {"shape": "one_item", "read": {"units": 1.0, "per_bytes": 4096, "of": "the item, however little of it is asked for"},
                     "write": null, "indexes": []},
            "warnings": [{"code": "consistent_read", "message": "a consistent read costs twice as much", "path": "/consistent"}]
        })
    );
}

#[test]
fn what_is_explained_is_what_is_sent() {
    let calls = [
        r#"{"op":"create","model":"Order","item":{"customer":"c","number":1}}"#,
        r#"{"op":"update","model":"Order","key":["c",1],"set":{"note":"x"}}"#,
        r#"{"op":"delete","model":"Order","key":["c",1]}"#,
        r#"{"op":"ensure_table","model":"Order"}"#,
    ];
    for call in calls {
        let (_, step) = client().start(call.as_bytes(), NOW);
        let Step::Run { requests, .. } = step else { panic!("{call}: {step:?}") };
        let sent: Vec<Value> = requests
            .iter()
            .map(|request| json!({"action": request.action, "body": serde_json::from_str::<Value>(&request.body).expect("a body")}))
            .collect();
        assert_eq!(explained(call)["requests"], Value::Array(sent), "{call}");
    }
}

#[test]
fn what_is_refused_cannot_be_explained() {
    let refused = |call: &str| client().explain(call.as_bytes(), NOW).expect_err("a refusal");
    let error = refused(r#"{"op":"get","model":"Ordr","key":["c",1]}"#);
    assert_eq!((error.code(), error.details().path.as_deref()), (Code::InvalidModel, Some("/model")));
    assert_eq!(refused("nonsense").code(), Code::InvalidCall);
}

#[test]
fn writes_pay_for_the_indexes_that_hold_what_changes() {
    let indexes = |call: &str| explained(call)["cost"]["indexes"].clone();
    let update = |clauses: &str| format!(r#"{{"op":"update","model":"Order","key":["c",1],{clauses}}}"#);
    assert_eq!(indexes(&update(r#""set":{"note":"x"}"#)), json!(["by-place"]));
    assert_eq!(indexes(&update(r#""set":{"amount":1}"#)), json!(["by-status", "by-place", "by-amount"]));
    assert_eq!(
        indexes(r#"{"op":"delete","model":"Order","key":["c",1]}"#),
        json!(["by-status", "by-place", "by-amount"])
    );
    let update = explained(&update(r#""add":{"amount":1}"#));
    assert_eq!(update["cost"]["write"]["per_bytes"], 1024);
    assert_eq!(update["cost"]["shape"], "one_item");
}

#[test]
fn partitions_that_carry_too_much_are_warned_of() {
    let put = explained(r#"{"op":"put","model":"Order","item":{"customer":"c","number":1}}"#);
    // `by-place` has one attribute without such a name.
    assert_eq!(codes(&put), [("few_partitions", "/model")]);
    assert!(
        put["warnings"][0]["message"].as_str().is_some_and(|text| text.contains("index `by-status`, `orderStatus`"))
    );
    let put = explained(r#"{"op":"put","model":"Reading","item":{"day":"2026-01-02"}}"#);
    assert_eq!(codes(&put), [("time_partition", "/model")]);
    let touched = explained(r#"{"op":"update","model":"Order","key":["c",1],"set":{"lines":[]}}"#);
    assert_eq!(codes(&touched), []);
}

#[test]
fn what_is_not_repeated_is_said() {
    let update = |more: &str| {
        explained(&format!(r#"{{"op":"update","model":"Order","key":["c",1],"append":{{"lines":[1]}}{more}}}"#))
    };
    assert_eq!(codes(&update("")), [("not_repeated", "")]);
    assert_eq!(codes(&update(r#","expect_version":3"#)), []);
}

#[test]
fn tables_cost_nothing() {
    let ensure = explained(r#"{"op":"ensure_table","model":"Order"}"#);
    assert_eq!(ensure["cost"], json!({"shape": "none", "read": null, "write": null, "indexes": []}));
    assert_eq!(ensure["requests"][0]["action"], "DescribeTable");
    assert!(ensure["follows"].is_string());
    assert_eq!(codes(&ensure), []);
}
