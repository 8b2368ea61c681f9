//! Unique attributes: the sentinels that writes claim and release, and what happens when somebody was faster.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tabletheory_core::client::Client;
use tabletheory_core::error::{Code, Error, Outcome};
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{FailureKind, Moment, Reply, Request, Step};

const USERS: &str = r#"
dms_version: "0.3"
models:
  - name: "User"
    table: { name: "users" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "S" }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"], required: true }
      - { attribute: "sk", type: "S", roles: ["sk"], required: true }
      - { attribute: "email", type: "S", omit_empty: true, unique: true }
      - { attribute: "badge", type: "N", unique: true }
      - { attribute: "name", type: "S" }
      - { attribute: "version", type: "N", roles: ["version"] }
  - name: "Team"
    table: { name: "teams" }
    keys: { partition: { attribute: "id", type: "S" } }
    attributes:
      - { attribute: "id", type: "S", roles: ["pk"] }
      - { attribute: "slug", type: "S", unique: true }
      - { attribute: "size", type: "N" }
"#;

/// 2026-01-02T03:04:05.678901234Z
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 1 };

/// A running operation and the request that it waits for.
struct Run {
    operation: Operation,
    request: Request,
    now: Moment,
}

enum End {
    Done(Value),
    Failed(Box<Error>),
}

fn client() -> Client {
    Client::open(USERS.as_bytes(), br#"{"transport":"sdk","capacity":"none"}"#).unwrap()
}

fn only(step: Step) -> Request {
    match step {
        Step::Run { mut requests, wait: None, .. } if requests.len() == 1 => requests.remove(0),
        other => panic!("expected one request, got {other:?}"),
    }
}

fn send(call: &str) -> Run {
    let (operation, step) = client().start(call.as_bytes(), NOW);
    match step {
        Step::Failed(error) => panic!("{error}"),
        step => Run { operation: operation.unwrap(), request: only(step), now: NOW },
    }
}

fn refuse(call: &str) -> Error {
    match client().start(call.as_bytes(), NOW) {
        (None, Step::Failed(error)) => error,
        (_, step) => panic!("expected a refusal, got {step:?}"),
    }
}

impl Run {
    /// Answers; carries on to the next request, through a wait if there is one.
    fn answer(&mut self, status: u16, body: &Value) -> Option<End> {
        let body = body.to_string();
        self.now.seed += 1;
        let reply = Reply::Response { status, head: b"", body: body.as_bytes() };
        let step = self.operation.resume(self.request.id, reply, self.now);
        self.carry_on(step)
    }

    fn carry_on(&mut self, step: Step) -> Option<End> {
        match step {
            Step::Done(result) => return Some(End::Done(serde_json::from_str(&result).unwrap())),
            Step::Failed(error) => return Some(End::Failed(Box::new(error))),
            Step::Run { requests, wait: Some(wait), .. } => {
                assert!(requests.is_empty());
                self.now.nanos += u64::from(wait) * 1_000_000;
                self.request = only(self.operation.resume(0, Reply::Elapsed, self.now));
            }
            step => self.request = only(step),
        }
        None
    }

    fn goes_on(&mut self, status: u16, body: &Value) -> Value {
        assert!(self.answer(status, body).is_none(), "it is over");
        self.body()
    }

    fn done(&mut self, body: &Value) -> Value {
        match self.answer(200, body) {
            Some(End::Done(result)) => result,
            Some(End::Failed(error)) => panic!("{error}"),
            None => panic!("it goes on with {}", self.request.body),
        }
    }

    fn fails(&mut self, status: u16, body: &Value) -> Error {
        match self.answer(status, body) {
            Some(End::Failed(error)) => *error,
            Some(End::Done(result)) => panic!("it succeeded: {result}"),
            None => panic!("it goes on with {}", self.request.body),
        }
    }

    fn body(&self) -> Value {
        serde_json::from_str(&self.request.body).unwrap()
    }

    /// What the entries of the transaction are: `Put` and so on, with the partition key.
    fn entries(&self) -> Vec<(String, String)> {
        assert_eq!(self.request.action, "TransactWriteItems");
        let body = self.body();
        let entry = |entry: &Value| {
            let (kind, content) = entry.as_object().unwrap().iter().next().unwrap();
            let subject = content.get("Item").or_else(|| content.get("Key")).unwrap();
            let key = subject.get("pk").or_else(|| subject.get("id")).unwrap();
            (kind.clone(), key["S"].as_str().unwrap().to_owned())
        };
        body["TransactItems"].as_array().unwrap().iter().map(entry).collect()
    }
}

/// Partition and sort key of a sentinel.
fn sentinel(model: &str, attribute: &str, value: &str) -> (String, String) {
    let mut digest = Sha256::new();
    for part in [model, attribute, value] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest = URL_SAFE_NO_PAD.encode(digest.finalize());
    (format!("$unique#{model}#{attribute}#{digest}"), format!("$unique#{digest}"))
}

fn email(value: &str) -> String {
    sentinel("User", "email", value).0
}

fn badge(value: &str) -> String {
    sentinel("User", "badge", value).0
}

fn is(kind: &str, key: String) -> (String, String) {
    (kind.to_owned(), key)
}

fn cancelled(reasons: &[Value]) -> Value {
    json!({"__type": "TransactionCanceledException", "Message": "cancelled", "CancellationReasons": reasons})
}

fn none() -> Value {
    json!({"Code": "None"})
}

fn failed() -> Value {
    json!({"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"})
}

fn failed_on(item: &Value) -> Value {
    json!({"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item})
}

const CREATE: &str = r#"{"op":"create","model":"User","item":{"pk":"u#1","sk":"p","email":"a@x","badge":7.0}}"#;

#[test]
fn a_create_claims_its_values_in_one_transaction() {
    let mut run = send(CREATE);
    let (pk, sk) = sentinel("User", "email", "a@x");
    let (badge_pk, badge_sk) = sentinel("User", "badge", "7");
    let owner = json!({"M": {"pk": {"S": "u#1"}, "sk": {"S": "p"}}});
    let claim = |pk: &str, sk: &str, attribute: &str| {
        json!({"Put": {"TableName": "users", "Item": {"pk": {"S": pk}, "sk": {"S": sk},
            "$unique": {"M": {"owner": owner, "model": {"S": "User"}, "attribute": {"S": attribute}}}},
            "ConditionExpression": "attribute_not_exists(#n0) OR #n1.#n2 = :v0",
            "ExpressionAttributeNames": {"#n0": "pk", "#n1": "$unique", "#n2": "owner"},
            "ExpressionAttributeValues": {":v0": owner}}})
    };
    assert_eq!(run.request.action, "TransactWriteItems");
    assert_eq!(
        run.body(),
        json!({"TransactItems": [
            {"Put": {"TableName": "users", "Item": {"pk": {"S": "u#1"}, "sk": {"S": "p"}, "email": {"S": "a@x"}, "badge": {"N": "7.0"}, "version": {"N": "0"}},
                "ConditionExpression": "attribute_not_exists(#n0)", "ExpressionAttributeNames": {"#n0": "pk"}}},
            claim(&pk, &sk, "email"), claim(&badge_pk, &badge_sk, "badge")],
            "ClientRequestToken": "00000000-0000-4000-8000-000000000001"})
    );
    let result = run.done(&json!({}));
    assert_eq!(result["stamped"], json!({"version": 0}));
    assert_eq!(result.get("item"), None);
}

#[test]
fn what_has_no_value_claims_nothing() {
    for item in [r#"{"pk":"u","sk":"p","email":""}"#, r#"{"pk":"u","sk":"p","badge":null}"#] {
        let run = send(&format!(r#"{{"op":"create","model":"User","item":{item}}}"#));
        assert_eq!(run.request.action, "PutItem", "{item}");
    }
    assert_eq!(
        send(r#"{"op":"update","model":"User","key":["u","p"],"set":{"name":"n"}}"#).request.action,
        "UpdateItem"
    );
    assert_eq!(
        send(r#"{"op":"upsert","model":"User","item":{"pk":"u","sk":"p","name":"n"}}"#).request.action,
        "UpdateItem"
    );
}

#[test]
fn a_value_that_is_taken_names_its_attribute() {
    let error = send(CREATE).fails(400, &cancelled(&[none(), none(), failed()]));
    assert_eq!(error.details().codes, [Code::ConditionFailed, Code::UniqueConstraint]);
    assert_eq!(error.details().path.as_deref(), Some("/item/badge"));
    assert_eq!(error.details().message, "another item of model `User` has this value of unique attribute `badge`");
    assert_eq!(error.details().outcome, Outcome::Rejected);
    assert!(error.details().reasons.is_empty(), "the caller knows of no transaction");
    // An item that is there already has its values, too.
    let error = send(CREATE).fails(400, &cancelled(&[failed(), failed(), failed()]));
    assert_eq!(error.details().codes, [Code::ConditionFailed]);
    assert_eq!(error.details().path, None);
    let conflict = json!({"Code": "TransactionConflict"});
    let mut run = send(CREATE);
    let first = run.body();
    assert_eq!(run.goes_on(400, &cancelled(&[none(), conflict.clone(), none()])), first, "it is tried again as it is");
    for _ in 0..2 {
        run.goes_on(400, &cancelled(&[none(), conflict.clone(), none()]));
    }
    let error = run.fails(400, &cancelled(&[none(), conflict, none()]));
    assert_eq!(error.details().codes, [Code::TransactionFailed, Code::TransactionConflict]);
}

const PUT: &str = r#"{"op":"put","model":"User","item":{"pk":"u#1","sk":"p","email":"b@x","name":"n","version":4},"return_values":"NONE"}"#;

fn stored(email: &str) -> Value {
    json!({"Item": {"email": {"S": email}}})
}

#[test]
fn a_put_looks_at_what_it_replaces() {
    let mut run = send(PUT);
    assert_eq!(run.request.action, "GetItem");
    assert_eq!(
        run.body(),
        json!({"TableName": "users", "Key": {"pk": {"S": "u#1"}, "sk": {"S": "p"}}, "ConsistentRead": true,
            "ProjectionExpression": "#n0, #n1", "ExpressionAttributeNames": {"#n0": "email", "#n1": "badge"}})
    );
    // The same value: no sentinel changes hands, but nobody may change the value in between.
    let body = run.goes_on(200, &stored("b@x"));
    assert_eq!(run.request.action, "PutItem");
    assert_eq!(body["ConditionExpression"], "#n0 = :v0 AND attribute_not_exists(#n1)");
    assert_eq!(body["ExpressionAttributeValues"], json!({":v0": {"S": "b@x"}}));
    assert_eq!(run.done(&json!({}))["stamped"], json!({"version": 4}));
    // Another value: the old one is released.
    let mut run = send(PUT);
    let body = run.goes_on(200, &json!({"Item": {"email": {"S": "a@x"}, "badge": {"N": "3"}}}));
    assert_eq!(
        run.entries(),
        [is("Put", "u#1".into()), is("Delete", email("a@x")), is("Put", email("b@x")), is("Delete", badge("3"))]
    );
    let main = &body["TransactItems"][0]["Put"];
    assert_eq!(main["ConditionExpression"], "#n0 = :v0 AND #n1 = :v1");
    assert_eq!(main["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
    let release = &body["TransactItems"][1]["Delete"];
    assert_eq!(release["ConditionExpression"], "attribute_not_exists(#n0) OR #n1.#n2 = :v0");
    assert_eq!(run.done(&json!({}))["stamped"], json!({"version": 4}));
    // Nothing there: the value is claimed.
    let mut run = send(PUT);
    run.goes_on(200, &json!({}));
    assert_eq!(run.entries(), [is("Put", "u#1".into()), is("Put", email("b@x"))]);
    let error = run.fails(400, &cancelled(&[none(), failed()]));
    assert_eq!((error.code(), error.details().path.as_deref()), (Code::UniqueConstraint, Some("/item/email")));
}

#[test]
fn an_item_that_changed_in_between_is_read_again() {
    let mut run = send(PUT);
    run.goes_on(200, &stored("a@x"));
    let first = run.body();
    // Somebody has made it c@x.
    run.goes_on(400, &cancelled(&[failed_on(&json!({"email": {"S": "c@x"}})), none(), none()]));
    assert_eq!(run.request.action, "GetItem");
    let second = run.goes_on(200, &stored("c@x"));
    assert_eq!(run.entries(), [is("Put", "u#1".into()), is("Delete", email("c@x")), is("Put", email("b@x"))]);
    assert_ne!(first["ClientRequestToken"], second["ClientRequestToken"], "another transaction has another token");
    let result = run.done(&json!({}));
    assert_eq!(result["stats"]["retries"], 1);
    // The same when it is written by itself.
    let mut run = send(PUT);
    run.goes_on(200, &stored("b@x"));
    let raced = json!({"__type": "ConditionalCheckFailedException", "Item": {"pk": {"S": "u#1"}}});
    run.goes_on(400, &raced);
    assert_eq!(run.request.action, "GetItem");
    run.goes_on(200, &json!({"Item": {}}));
    assert_eq!(run.entries(), [is("Put", "u#1".into()), is("Put", email("b@x"))]);
    run.done(&json!({}));
    // Not for ever.
    let mut run = send(PUT);
    for _ in 0..3 {
        run.goes_on(200, &stored("a@x"));
        run.goes_on(400, &cancelled(&[failed_on(&json!({"email": {"S": "c@x"}})), none(), none()]));
    }
    run.goes_on(200, &stored("a@x"));
    let error = run.fails(400, &cancelled(&[failed_on(&json!({"email": {"S": "c@x"}})), none(), none()]));
    assert_eq!(error.details().codes, [Code::TransactionFailed, Code::TransactionConflict]);
    assert!(error.details().retryable);
    assert_eq!(error.details().outcome, Outcome::Rejected);
}

#[test]
fn the_callers_own_conditions_are_told_from_races() {
    let call =
        PUT.replace("\"return_values\"", "\"expect_version\":4,\"return_old_on_failure\":true,\"return_values\"");
    let mut run = send(&call);
    run.goes_on(200, &stored("a@x"));
    let old = json!({"pk": {"S": "u#1"}, "email": {"S": "a@x"}, "version": {"N": "9"}});
    let error = run.fails(400, &cancelled(&[failed_on(&old), none(), none()]));
    assert_eq!(error.details().codes, [Code::ConditionFailed, Code::VersionConflict]);
    let item: Value = serde_json::from_str(error.details().item.as_ref().unwrap().get()).unwrap();
    assert_eq!(item, json!({"pk": "u#1", "email": "a@x", "version": 9}));
    let mut run = send(&call);
    run.goes_on(200, &stored("b@x"));
    let old = json!({"email": {"S": "b@x"}, "version": {"N": "9"}});
    let error = run.fails(400, &json!({"__type": "ConditionalCheckFailedException", "Item": old}));
    assert_eq!(error.code(), Code::VersionConflict);
}

#[test]
fn an_update_of_a_unique_attribute_moves_its_sentinel() {
    let mut run =
        send(r#"{"op":"update","model":"User","key":["u#1","p"],"set":{"email":"b@x","name":"n"},"expect_version":2}"#);
    assert_eq!(run.body()["ProjectionExpression"], "#n0", "only what changes is looked at");
    let body = run.goes_on(200, &stored("a@x"));
    assert_eq!(run.entries(), [is("Update", "u#1".into()), is("Delete", email("a@x")), is("Put", email("b@x"))]);
    assert_eq!(body["TransactItems"][0]["Update"]["ConditionExpression"], "#n2 = :v3 AND #n0 = :v4");
    // A transaction returns nothing, so the new item is read.
    run.goes_on(200, &json!({}));
    assert_eq!(run.request.action, "GetItem");
    assert_eq!(
        run.body(),
        json!({"TableName": "users", "Key": {"pk": {"S": "u#1"}, "sk": {"S": "p"}}, "ConsistentRead": true})
    );
    let result = run.done(&json!({"Item": {"pk": {"S": "u#1"}, "email": {"S": "b@x"}, "version": {"N": "3"}}}));
    assert_eq!(result["item"], json!({"pk": "u#1", "email": "b@x", "version": 3}));

    let mut run =
        send(r#"{"op":"update","model":"User","key":["u#1","p"],"set":{"email":"b@x"},"return_values":"NONE"}"#);
    run.goes_on(200, &json!({}));
    let error = run.fails(400, &cancelled(&[none(), failed()]));
    assert_eq!((error.code(), error.details().path.as_deref()), (Code::UniqueConstraint, Some("/set/email")));

    // To set the value that is there claims it: so are those claimed that were there before the attribute was unique.
    let mut run =
        send(r#"{"op":"update","model":"User","key":["u#1","p"],"set":{"email":"a@x"},"return_values":"NONE"}"#);
    run.goes_on(200, &stored("a@x"));
    assert_eq!(run.entries(), [is("Update", "u#1".into()), is("Put", email("a@x"))]);

    // Empty and `omit_empty` removes; a value that is there is not set again.
    let mut run = send(
        r#"{"op":"update","model":"User","key":["u#1","p"],"set":{"email":""},"set_if_not_exists":{"badge":5},"return_values":"NONE"}"#,
    );
    run.goes_on(200, &json!({"Item": {"email": {"S": "a@x"}, "badge": {"N": "4"}}}));
    assert_eq!(run.entries(), [is("Update", "u#1".into()), is("Delete", email("a@x"))]);
    let mut run = send(
        r#"{"op":"update","model":"User","key":["u#1","p"],"set_if_not_exists":{"badge":5.00},"return_values":"NONE"}"#,
    );
    run.goes_on(200, &stored("a@x"));
    assert_eq!(run.entries(), [is("Update", "u#1".into()), is("Put", badge("5"))]);
    let error = run.fails(400, &cancelled(&[none(), failed()]));
    assert_eq!(error.details().path.as_deref(), Some("/set_if_not_exists/badge"));

    let mut run = send(
        r#"{"op":"update","model":"User","changes":{"from":{"pk":"u#1","sk":"p","email":"a@x"},"to":{"pk":"u#1","sk":"p","email":"b@x"}},"return_values":"NONE"}"#,
    );
    run.goes_on(200, &stored("a@x"));
    let error = run.fails(400, &cancelled(&[none(), none(), failed()]));
    assert_eq!(error.details().path.as_deref(), Some("/changes/to/email"));

    let mut run =
        send(r#"{"op":"upsert","model":"User","item":{"pk":"u#1","sk":"p","email":"b@x"},"return_values":"ALL_OLD"}"#);
    assert_eq!(run.body().get("ProjectionExpression"), None, "the whole item is wanted");
    let whole = json!({"Item": {"pk": {"S": "u#1"}, "email": {"S": "a@x"}, "version": {"N": "1"}}});
    let body = run.goes_on(200, &whole);
    let condition = body["TransactItems"][0]["Update"]["ConditionExpression"].as_str().unwrap();
    assert_eq!(condition, "#n0 = :v3 AND #n1 = :v4", "the version shows that it is still the item that was read");
    assert_eq!(run.done(&json!({}))["item"], json!({"pk": "u#1", "email": "a@x", "version": 1}));
}

#[test]
fn a_delete_releases_what_is_its_own() {
    let call = r#"{"op":"delete","model":"User","key":["u#1","p"]}"#;
    let mut run = send(call);
    run.goes_on(200, &json!({"Item": {"email": {"S": "a@x"}, "badge": {"N": "3"}}}));
    assert_eq!(run.entries(), [is("Delete", "u#1".into()), is("Delete", email("a@x")), is("Delete", badge("3"))]);
    run.done(&json!({}));
    // Somebody else's sentinel stays: the item was written before the attribute was unique, or by something else.
    let mut run = send(call);
    run.goes_on(200, &json!({"Item": {"email": {"S": "a@x"}, "badge": {"N": "3"}}}));
    run.goes_on(400, &cancelled(&[none(), failed(), none()]));
    run.goes_on(200, &json!({"Item": {"email": {"S": "a@x"}, "badge": {"N": "3"}}}));
    assert_eq!(run.entries(), [is("Delete", "u#1".into()), is("Delete", badge("3"))]);
    run.done(&json!({}));
    // Nothing is there: a delete by itself, unless something comes in between.
    let mut run = send(call);
    let body = run.goes_on(200, &json!({}));
    assert_eq!(run.request.action, "DeleteItem");
    assert_eq!(body["ConditionExpression"], "attribute_not_exists(#n0) AND attribute_not_exists(#n1)");
    run.done(&json!({}));
    let mut run = send(&call.replace('}', r#","return_values":"ALL_OLD"}"#));
    run.goes_on(200, &json!({"Item": {"pk": {"S": "u#1"}, "sk": {"S": "p"}, "name": {"S": "n"}}}));
    assert_eq!(run.request.action, "DeleteItem");
    assert_eq!(run.body()["ReturnValues"], "ALL_OLD");
    assert_eq!(run.done(&json!({"Attributes": {"name": {"S": "n"}}}))["item"], json!({"name": "n"}));
}

#[test]
fn what_cannot_be_kept_unique_is_refused() {
    let cases = [
        (r#"{"op":"update","model":"User","key":["a","b"],"add":{"badge":1}}"#, "/add/badge"),
        (r#"{"op":"update","model":"User","key":["a","b"],"set":{"email":{"$path":"name"}}}"#, "/set/email"),
        (
            r#"{"op":"update","model":"User","key":["a","b"],"set":{"email":"x"},"return_values":"UPDATED_NEW"}"#,
            "/return_values",
        ),
        (r#"{"op":"batch_write","writes":[{"model":"User","put":[{"pk":"a","sk":"b"}]}]}"#, "/writes/0"),
        (r#"{"op":"batch_write","writes":[{"model":"User","delete":[["a","b"]]}]}"#, "/writes/0"),
    ];
    for (call, path) in cases {
        let error = refuse(call);
        assert_eq!(error.code(), Code::InvalidOperator, "{call}");
        assert_eq!(error.details().path.as_deref().unwrap_or(""), path, "{call}");
    }
    assert_eq!(
        send(r#"{"op":"update","model":"User","key":["a","b"],"set":{"name":"x"},"return_values":"UPDATED_NEW"}"#)
            .request
            .action,
        "UpdateItem"
    );
}

#[test]
fn transactions_keep_values_unique_too() {
    let call = r#"{"op":"transact","actions":[
        {"create":{"model":"User","item":{"pk":"u#1","sk":"p","email":"a@x"}}},
        {"update":{"model":"Team","key":["t#1"],"set":{"slug":"s"}}},
        {"delete":{"model":"User","key":["u#2","p"]}},
        {"update":{"model":"Team","key":["t#2"],"add":{"size":1}}}]}"#;
    let mut run = send(call);
    assert_eq!(run.request.action, "TransactGetItems");
    assert_eq!(
        run.body(),
        json!({"TransactItems": [
            {"Get": {"TableName": "teams", "Key": {"id": {"S": "t#1"}}, "ProjectionExpression": "#n0", "ExpressionAttributeNames": {"#n0": "slug"}}},
            {"Get": {"TableName": "users", "Key": {"pk": {"S": "u#2"}, "sk": {"S": "p"}}, "ProjectionExpression": "#n0, #n1",
                "ExpressionAttributeNames": {"#n0": "email", "#n1": "badge"}}}]})
    );
    // The second user gives away the address that the first one takes.
    run.goes_on(200, &json!({"Responses": [{}, {"Item": {"email": {"S": "a@x"}}}]}));
    let slug = sentinel("Team", "slug", "s").0;
    assert_eq!(
        run.entries(),
        [
            is("Put", "u#1".into()),
            is("Update", "t#1".into()),
            is("Delete", "u#2".into()),
            is("Update", "t#2".into()),
            is("Put", email("a@x")),
            is("Put", slug)
        ]
    );
    let handed_on = &run.body()["TransactItems"][4]["Put"];
    assert_eq!(handed_on["ConditionExpression"], "attribute_not_exists(#n0) OR #n1.#n2 = :v0 OR #n1.#n2 = :v1");
    assert_eq!(handed_on["ExpressionAttributeValues"][":v1"], json!({"M": {"pk": {"S": "u#2"}, "sk": {"S": "p"}}}));
    let mut reasons = vec![none(); 6];
    reasons[5] = failed();
    let error = run.fails(400, &cancelled(&reasons));
    assert_eq!(error.details().codes, [Code::TransactionFailed, Code::ConditionFailed, Code::UniqueConstraint]);
    assert_eq!(
        (error.code(), error.details().path.as_deref()),
        (Code::UniqueConstraint, Some("/actions/1/update/set/slug"))
    );
    let reason = &error.details().reasons[0];
    assert_eq!((reason.index, reason.code), (1, Code::UniqueConstraint));
    assert_eq!(reason.message, "another item of model `Team` has this value of unique attribute `slug`");

    let mut run = send(call);
    run.goes_on(200, &json!({"Responses": [{}, {"Item": {"email": {"S": "z@x"}}}]}));
    assert_eq!(run.done(&json!({}))["stamped"], json!([{"version": 0}, null, null, null]));
}

#[test]
fn two_items_of_one_transaction_cannot_take_one_value() {
    let create = |at: usize, email: &str| {
        format!(r#"{{"create":{{"model":"User","item":{{"pk":"u#{at}","sk":"p","email":"{email}"}}}}}}"#)
    };
    let both = format!(r#"{{"op":"transact","actions":[{},{}]}}"#, create(1, "a@x"), create(2, "a@x"));
    let error = refuse(&both);
    assert_eq!(
        (error.code(), error.details().path.as_deref()),
        (Code::UniqueConstraint, Some("/actions/1/create/item/email"))
    );
    assert_eq!(error.details().outcome, Outcome::NotSent);
    let many = |count: usize| {
        let actions: Vec<String> = (0..count).map(|at| create(at, &format!("{at}@x"))).collect();
        format!(r#"{{"op":"transact","actions":[{}]}}"#, actions.join(","))
    };
    assert_eq!(send(&many(50)).entries().len(), 100);
    let error = refuse(&many(51));
    assert_eq!((error.code(), error.details().path.as_deref()), (Code::InvalidOperator, Some("/actions")));
    // Two items swap their values.
    let update = |at: usize, email: &str| {
        format!(r#"{{"update":{{"model":"User","key":["u#{at}","p"],"set":{{"email":"{email}"}}}}}}"#)
    };
    let mut run = send(&format!(r#"{{"op":"transact","actions":[{},{}]}}"#, update(1, "b@x"), update(2, "a@x")));
    run.goes_on(200, &json!({"Responses": [{"Item": {"email": {"S": "a@x"}}}, {"Item": {"email": {"S": "b@x"}}}]}));
    assert_eq!(
        run.entries(),
        [is("Update", "u#1".into()), is("Update", "u#2".into()), is("Put", email("a@x")), is("Put", email("b@x"))]
    );
}

#[test]
fn scans_leave_sentinels_out() {
    let run = send(r#"{"op":"scan","model":"User","filter":{"name":"n"}}"#);
    assert_eq!(run.body()["FilterExpression"], "#n0 = :v0 AND NOT begins_with(#n1, :v1)");
    assert_eq!(run.body()["ExpressionAttributeValues"][":v1"], json!({"S": "$unique#"}));
    let run = send(r#"{"op":"scan","model":"Team","count":true}"#);
    assert_eq!(run.body()["FilterExpression"], "NOT begins_with(#n0, :v0)");
    let run = send(r#"{"op":"query","model":"Team","key":["t#1"]}"#);
    assert_eq!(run.body().get("FilterExpression"), None);
    let (key, _) = sentinel("Team", "slug", "s");
    assert!(key.starts_with("$unique#"));
}

#[test]
fn a_lost_answer_is_asked_for_with_the_same_token_and_a_failed_read_says_that_it_was_written() {
    let mut run = send(CREATE);
    let first = run.body();
    let lost = Reply::Failure { kind: FailureKind::Broken, message: "" };
    let step = run.operation.resume(run.request.id, lost, NOW);
    assert!(run.carry_on(step).is_none());
    assert_eq!(run.body(), first);
    run.done(&json!({}));
    let mut run = send(r#"{"op":"update","model":"User","key":["u#1","p"],"set":{"email":"b@x"}}"#);
    run.goes_on(200, &json!({}));
    run.goes_on(200, &json!({}));
    let error = run.fails(400, &json!({"__type": "AccessDeniedException"}));
    assert_eq!((error.code(), error.details().outcome), (Code::AccessDenied, Outcome::Unknown));
    let message = &error.details().message;
    assert!(message.starts_with("the item was written, but it could not be read back: "), "{message}");
}
