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
  - name: "Member"
    table: { name: "members" }
    keys:
      partition: { attribute: "id", type: "S" }
    attributes:
      - { attribute: "id", type: "S", required: true, roles: ["pk"] }
      - { attribute: "email", type: "S", optional: true, unique: true }
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
fn a_query_says_what_finds_and_what_drops() {
    let query = explained(
        r#"{"op":"query","model":"Order","key":["c"],"where":{"number":{"gt":5},"amount":{"gt":10}},"filter":{"note":"x"},"limit":3}"#,
    );
    assert_eq!(query["key_condition"], "customer = :v0 AND number > :v1");
    assert_eq!(query["filter"], "amount > :v2 AND note = :v3");
    assert_eq!(query["cost"]["shape"], "range");
    assert_eq!(query["cost"]["read"]["units"], 0.5);
    assert_eq!(query["index"], Value::Null);
    assert_eq!(query["requests"][0]["body"]["KeyConditionExpression"], "#n0 = :v0 AND #n1 > :v1");
    // The local index would take up `amount` instead of `number`: no better.
    assert_eq!(query["index_advice"], Value::Null);
    assert_eq!(codes(&query), [("filter_after_read", "/filter")]);
    assert!(query["follows"].as_str().is_some_and(|text| text.contains("page")));
}

#[test]
fn a_query_is_advised_to_a_key_that_takes_up_more() {
    let query =
        explained(r#"{"op":"query","model":"Order","key":{"customer":"c"},"where":{"amount":{"between":[1,2]}}}"#);
    assert_eq!(
        query["index_advice"],
        json!({"index": "by-amount", "uses": ["customer", "amount"],
               "reason": "its key takes up more of the conditions, so index `by-amount` reads less that is dropped again",
               "differs": ["it does not hold all attributes"]})
    );
    assert_eq!(codes(&query), [("filter_after_read", "/where"), ("whole_partition", "/key")]);
    let keys = explained(
        r#"{"op":"query","model":"Order","key":{"customer":"c"},"filter":{"amount":1},"projection":["number","amount"],"limit":1}"#,
    );
    assert_eq!(keys["index_advice"]["differs"], json!([]));
    let fits = explained(r#"{"op":"query","model":"Order","index":"by-amount","key":["c",1],"projection":["amount"]}"#);
    assert_eq!((&fits["index_advice"], &fits["index"]), (&Value::Null, &json!("by-amount")));
    assert_eq!((fits["cost"]["shape"].as_str(), codes(&fits).len()), (Some("range"), 0));
}

#[test]
fn a_scan_is_advised_to_a_query() {
    let scan = explained(
        r#"{"op":"scan","model":"Order","filter":{"$and":[{"orderStatus":"new"},{"placed":{"gt":"2026"}}]}}"#,
    );
    assert_eq!(scan["cost"]["shape"], "table");
    assert_eq!(
        scan["index_advice"],
        json!({"index": "by-status", "uses": ["orderStatus", "placed"],
               "reason": "a query of index `by-status` reads part of one partition instead of everything",
               "differs": ["it does not hold all attributes", "it lags behind writes"]})
    );
    assert_eq!(codes(&scan), [("full_scan", ""), ("filter_after_read", "/filter")]);
    let sparse = explained(r#"{"op":"scan","model":"Order","filter":{"region":"eu","depot":{"eq":"d"},"amount":1}}"#);
    assert_eq!(sparse["index_advice"]["uses"], json!(["region", "depot"]));
    assert_eq!(
        sparse["index_advice"]["differs"],
        json!(["items without `orderStatus` are not in it", "it lags behind writes"])
    );
    // A choice, a range of the partition key, or a consistent read: nothing to advise.
    for filter in [
        r#"{"$or":[{"orderStatus":"new"},{"orderStatus":"old"}]}"#,
        r#"{"orderStatus":{"gt":"new"}}"#,
        r#"{"orderStatus":{"in":["new"]}}"#,
        r#"{"note":"x"}"#,
    ] {
        let scan = explained(&format!(r#"{{"op":"scan","model":"Order","filter":{filter}}}"#));
        assert_eq!(scan["index_advice"], Value::Null, "{filter}");
    }
    let consistent = explained(r#"{"op":"scan","model":"Order","filter":{"orderStatus":"new"},"consistent":true}"#);
    assert_eq!(consistent["index_advice"], Value::Null);
    assert_eq!(codes(&consistent).last(), Some(&("consistent_read", "/consistent")));
    let table = explained(r#"{"op":"scan","model":"Order","filter":{"customer":"c"}}"#);
    assert_eq!(table["index_advice"]["index"], Value::Null);
    assert_eq!(table["index_advice"]["uses"], json!(["customer"]));
}

#[test]
fn what_an_index_does_not_hold_is_said() {
    let query = |more: &str| {
        explained(&format!(r#"{{"op":"query","model":"Order","index":"by-status","key":["new"],"limit":5{more}}}"#))
    };
    assert_eq!(codes(&query("")), [("few_partitions", "/index"), ("not_projected", "/index")]);
    assert_eq!(codes(&query(r#","projection":["amount","placed","customer"]"#)), [("few_partitions", "/index")]);
    assert_eq!(
        query("")["warnings"][1]["message"],
        "the index does not hold all attributes: items come without what is missing"
    );
    let local =
        explained(r#"{"op":"query","model":"Order","index":"by-amount","key":["c"],"limit":5,"projection":["note"]}"#);
    assert_eq!(codes(&local), [("fetches", "/index")]);
    let counted = explained(r#"{"op":"query","model":"Order","index":"by-status","key":["new"],"count":true}"#);
    assert!(codes(&counted).iter().all(|(code, _)| *code != "not_projected"));
}

#[test]
fn keys_of_several_attributes_are_explained() {
    let query = explained(
        r#"{"op":"query","model":"Order","index":"by-place","key":{"region":"eu","depot":"d","orderStatus":"new","amount":{"lt":9}}}"#,
    );
    assert_eq!(query["key_condition"], "region = :v0 AND depot = :v1 AND orderStatus = :v2 AND amount < :v3");
    assert_eq!((query["cost"]["shape"].as_str(), codes(&query).len()), (Some("range"), 0));
}

#[test]
fn batches_and_transactions_are_explained() {
    let transact = explained(
        r#"{"op":"transact","actions":[{"put":{"model":"Reading","item":{"day":"2026-01-02"}}},{"check":{"model":"Order","key":["c",1],"condition":{"note":"x"}}}]}"#,
    );
    assert_eq!(transact["requests"][0]["action"], "TransactWriteItems");
    assert_eq!((transact["cost"]["shape"].as_str(), &transact["cost"]["write"]["units"]), (Some("items"), &json!(2.0)));
    assert_eq!(codes(&transact), [("time_partition", "/actions/0/put/model")]);
    let get = explained(
        r#"{"op":"batch_get","gets":[{"model":"Order","keys":[["c",1],["c",2]],"consistent":true},{"model":"Reading","keys":[["x"]]}]}"#,
    );
    assert_eq!(get["requests"].as_array().map(Vec::len), Some(1));
    assert_eq!((get["cost"]["shape"].as_str(), &get["cost"]["read"]["units"]), (Some("items"), &json!(0.5)));
    assert_eq!(codes(&get), [("time_partition", "/gets/1/model")]);
    let keys: Vec<String> = (0..130).map(|number| format!(r#"["c",{number}]"#)).collect();
    let many = explained(&format!(r#"{{"op":"batch_get","gets":[{{"model":"Order","keys":[{}]}}]}}"#, keys.join(",")));
    assert_eq!(many["requests"].as_array().map(Vec::len), Some(2), "chunks of 100, side by side");
    let write = explained(r#"{"op":"batch_write","writes":[{"model":"Order","delete":[["c",1]]}]}"#);
    assert_eq!((write["cost"]["shape"].as_str(), &write["cost"]["write"]["units"]), (Some("items"), &json!(1.0)));
}

#[test]
fn unique_values_take_transactions() {
    let create = explained(r#"{"op":"create","model":"Member","item":{"id":"a","email":"a@example.org"}}"#);
    assert_eq!(create["requests"][0]["action"], "TransactWriteItems");
    assert_eq!(create["cost"]["write"]["units"], 2.0);
    let update = explained(r#"{"op":"update","model":"Member","key":["a"],"set":{"email":"b@example.org"}}"#);
    assert_eq!(update["requests"][0]["action"], "GetItem");
    assert_eq!((&update["cost"]["read"]["units"], &update["cost"]["write"]["units"]), (&json!(1.0), &json!(2.0)));
    assert!(update["follows"].as_str().is_some_and(|text| text.contains("transaction")));
}

#[test]
fn dates_as_partitions_are_seen() {
    let query = explained(r#"{"op":"query","model":"Order","key":["2026-01-02"],"limit":1}"#);
    assert_eq!(codes(&query), [("time_partition", "/model")]);
    let wait = explained(r#"{"op":"wait_for","model":"Order","key":["c",1]}"#);
    assert_eq!(wait["cost"]["shape"], "one_item");
    assert!(wait["follows"].is_string());
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
