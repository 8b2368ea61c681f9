//! Transactions: requests byte by byte, refusals, reasons of cancellations, reads as of one moment.

use serde_json::{Value, json};
use tabletheory_core::client::Client;
use tabletheory_core::error::{Code, Error, Outcome};
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{FailureKind, Moment, Reply, Request, Step};

const NOTES: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "S" }
    write_policy: { protected_attributes: ["owner"] }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"], required: true }
      - { attribute: "sk", type: "S", roles: ["sk"], required: true }
      - { attribute: "title", type: "S", omit_empty: true }
      - { attribute: "views", type: "N" }
      - { attribute: "owner", type: "S" }
      - { attribute: "createdAt", type: "S", roles: ["created_at"] }
      - { attribute: "updatedAt", type: "S", roles: ["updated_at"] }
      - { attribute: "version", type: "N", roles: ["version"] }
  - name: "Event"
    table: { name: "notes" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "S" }
    write_policy: { mode: "write_once" }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"] }
      - { attribute: "sk", type: "S", roles: ["sk"] }
      - { attribute: "text", type: "S" }
      - { attribute: "provenance", type: "M", json: true }
      - { attribute: "confidence", type: "M", json: true }
  - name: "Counter"
    table: { name: "counters" }
    keys: { partition: { attribute: "id", type: "N" } }
    attributes:
      - { attribute: "id", type: "N", roles: ["pk"] }
      - { attribute: "n", type: "N" }
      - { attribute: "text", type: "S" }
"#;

/// 2026-01-02T03:04:05.678901234Z
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 0x0123_4567_89ab_cdef_8123_4567_89ab_cdef };

fn client(settings: &str) -> Client {
    Client::open(NOTES.as_bytes(), settings.as_bytes()).unwrap()
}

fn only(step: Step) -> Request {
    match step {
        Step::Run { mut requests, wait: None, .. } if requests.len() == 1 => requests.remove(0),
        other => panic!("expected one request, got {other:?}"),
    }
}

fn send(call: &str) -> (Operation, Request) {
    let (operation, step) = client(r#"{"transport":"sdk","capacity":"none"}"#).start(call.as_bytes(), NOW);
    match step {
        Step::Failed(error) => panic!("{error}"),
        step => (operation.expect("the operation has begun"), only(step)),
    }
}

fn refuse(call: &str) -> Error {
    match client(r#"{"transport":"sdk"}"#).start(call.as_bytes(), NOW) {
        (None, Step::Failed(error)) => error,
        (_, step) => panic!("expected a refusal, got {step:?}"),
    }
}

fn answer(operation: &mut Operation, id: u32, status: u16, body: &str) -> Step {
    operation.resume(id, Reply::Response { status, head: b"", body: body.as_bytes() }, NOW)
}

fn failed(step: Step) -> Error {
    match step {
        Step::Failed(error) => error,
        other => panic!("expected a failure, got {other:?}"),
    }
}

fn cancelled(reasons: &Value) -> String {
    json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons})
    .to_string()
}

fn transact(actions: &str) -> String {
    format!(r#"{{"op":"transact","actions":[{actions}]}}"#)
}

#[test]
fn actions_are_single_writes_with_all_that_these_do() {
    let call = transact(
        r#"{"create":{"model":"Note","item":{"pk":"a","sk":"1","title":"t"}}},
        {"update":{"model":"Note","key":["a","2"],"set":{"title":""},"expect_version":3,"if_exists":true}},
        {"put":{"model":"Counter","item":{"id":1,"n":2},"condition":{"n":{"lt":2}},"return_old_on_failure":true}},
        {"delete":{"model":"Note","key":["a","3"],"expect_version":0}},
        {"check":{"model":"Event","key":["a","e"],"condition":{"text":{"exists":true}}}}"#,
    );
    let (mut operation, request) = send(&call);
    assert_eq!(request.action, "TransactWriteItems");
    let stamp = "2026-01-02T03:04:05.678901234Z";
    assert_eq!(
        request.body,
        [
            r##"{"TransactItems":[{"Put":{"TableName":"notes","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"title":{"S":"t"},"createdAt":{"S":"STAMP"},"##,
            r##""updatedAt":{"S":"STAMP"},"version":{"N":"0"}},"ConditionExpression":"attribute_not_exists(#n0)","ExpressionAttributeNames":{"#n0":"pk"}}},"##,
            r##"{"Update":{"TableName":"notes","Key":{"pk":{"S":"a"},"sk":{"S":"2"}},"UpdateExpression":"SET #n0 = :v0 REMOVE #n1 ADD #n2 :v1","##,
            r##""ConditionExpression":"attribute_exists(#n3) AND #n2 = :v2","ExpressionAttributeNames":{"#n0":"updatedAt","#n1":"title","#n2":"version","#n3":"pk"},"##,
            r##""ExpressionAttributeValues":{":v0":{"S":"STAMP"},":v1":{"N":"1"},":v2":{"N":"3"}}}},"##,
            r##"{"Put":{"TableName":"counters","Item":{"id":{"N":"1"},"n":{"N":"2"}},"ConditionExpression":"#n0 < :v0","ExpressionAttributeNames":{"#n0":"n"},"##,
            r##""ExpressionAttributeValues":{":v0":{"N":"2"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}},"##,
            r##"{"Delete":{"TableName":"notes","Key":{"pk":{"S":"a"},"sk":{"S":"3"}},"ConditionExpression":"#n0 = :v0","ExpressionAttributeNames":{"#n0":"version"},"##,
            r##""ExpressionAttributeValues":{":v0":{"N":"0"}}}},"##,
            r##"{"ConditionCheck":{"TableName":"notes","Key":{"pk":{"S":"a"},"sk":{"S":"e"}},"ConditionExpression":"attribute_exists(#n0)","##,
            r##""ExpressionAttributeNames":{"#n0":"text"}}}],"ClientRequestToken":"01234567-89ab-4def-8123-456789abcdef"}"##,
        ]
        .concat()
        .replace("STAMP", stamp)
    );
    match answer(&mut operation, request.id, 200, "{}") {
        Step::Done(result) => assert_eq!(
            result,
            format!(
                r#"{{"stamped":[{{"createdAt":"{stamp}","updatedAt":"{stamp}","version":0}},null,{{}},null,null],"stats":{{"attempts":1,"retries":0,"waited_ms":0,"capacity":null}}}}"#
            )
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_can_be_refused_is_refused_before_sending() {
    let counters = |count: usize| -> String {
        let one = |at: usize| format!(r#"{{"put":{{"model":"Counter","item":{{"id":{at}}}}}}}"#);
        transact(&(0..count).map(one).collect::<Vec<_>>().join(","))
    };
    let large = |count: usize, action: &str| {
        let text = "x".repeat(400_000);
        let one = |at: usize| match action {
            "put" => format!(r#"{{"put":{{"model":"Counter","item":{{"id":{at},"text":"{text}"}}}}}}"#),
            _ => format!(r#"{{"update":{{"model":"Counter","key":[{at}],"set":{{"text":"{text}"}}}}}}"#),
        };
        transact(&(0..count).map(one).collect::<Vec<_>>().join(","))
    };
    let cases = [
        (transact(""), Code::InvalidOperator, "/actions"),
        (counters(101), Code::InvalidOperator, "/actions"),
        (large(11, "put"), Code::InvalidOperator, "/actions/10"),
        (large(11, "update"), Code::InvalidOperator, "/actions/10"),
        (
            transact(
                r#"{"put":{"model":"Counter","item":{"id":1}}},{"update":{"model":"Note","key":["a","b"]}},{"check":{"model":"Counter","key":["1.0"],"condition":{"n":1}}}"#,
            ),
            Code::InvalidOperator,
            "/actions/2",
        ),
        (
            transact(
                r#"{"create":{"model":"Event","item":{"pk":"a","sk":"b"}}},{"delete":{"model":"Note","key":["a","b"]}}"#,
            ),
            Code::InvalidOperator,
            "/actions/1",
        ),
        (
            transact(r#"{"put":{"model":"Note","item":{"pk":"a","sk":"b"}}}"#),
            Code::ProtectedFieldMutation,
            "/actions/0/put",
        ),
        (
            transact(r#"{"update":{"model":"Note","key":["a","b"],"set":{"owner":"x"}}}"#),
            Code::ProtectedFieldMutation,
            "/actions/0/update/set/owner",
        ),
        (
            transact(r#"{"update":{"model":"Event","key":["a","b"],"set":{"text":"x"}}}"#),
            Code::ImmutableModelMutation,
            "/actions/0/update",
        ),
        (
            transact(r#"{"delete":{"model":"Event","key":["a","b"]}}"#),
            Code::ImmutableModelMutation,
            "/actions/0/delete",
        ),
        (
            transact(r#"{"put":{"model":"Event","item":{"pk":"a","sk":"b"}}}"#),
            Code::ImmutableModelMutation,
            "/actions/0/put",
        ),
        (
            transact(r#"{"update":{"model":"Note","key":["a","b"],"set":{"createdAt":"x"}}}"#),
            Code::InvalidModel,
            "/actions/0/update/set/createdAt",
        ),
        (
            transact(r#"{"create":{"model":"Note","item":{"pk":"a","sk":"b","titel":"x"}}}"#),
            Code::InvalidModel,
            "/actions/0/create/item/titel",
        ),
        (
            transact(r#"{"delete":{"model":"Counter","key":[1],"return_values":"ALL_OLD"}}"#),
            Code::InvalidOperator,
            "/actions/0/delete/return_values",
        ),
        (
            transact(r#"{"update":{"model":"Counter","key":[1],"return_values":"ALL_NEW"}}"#),
            Code::InvalidOperator,
            "/actions/0/update/return_values",
        ),
        (
            transact(r#"{"delete":{"op":"delete","model":"Counter","key":[1]}}"#),
            Code::InvalidCall,
            "/actions/0/delete/op",
        ),
        (transact(r#"{"check":{"model":"Counter","key":[1]}}"#), Code::InvalidOperator, "/actions/0/check"),
        (
            transact(r#"{"check":{"model":"Counter","key":[1],"condition":{}}}"#),
            Code::InvalidOperator,
            "/actions/0/check/condition",
        ),
        (
            transact(r#"{"check":{"model":"Counter","key":[1],"expect_version":1}}"#),
            Code::InvalidModel,
            "/actions/0/check/expect_version",
        ),
        (transact(r#"{"upsert":{"model":"Counter","item":{"id":1}}}"#), Code::InvalidCall, "/actions/0"),
        (transact("{}"), Code::InvalidCall, "/actions/0"),
        (
            transact(r#"{"delete":{"model":"Counter","key":[1]},"put":{"model":"Counter","item":{"id":1}}}"#),
            Code::InvalidCall,
            "/actions/0",
        ),
        (transact(r#"{"delete":{"model":"Counter","key":[1],"set":{}}}"#), Code::InvalidCall, "/actions/0/delete"),
        (counters(1).replace("]}", r#"],"token":""}"#), Code::InvalidOperator, "/token"),
        (counters(1).replace("]}", &format!(r#"],"token":"{}"}}"#, "x".repeat(37))), Code::InvalidOperator, "/token"),
        (r#"{"op":"transact_get","gets":[]}"#.to_owned(), Code::InvalidOperator, "/gets"),
        (
            format!(r#"{{"op":"transact_get","gets":[{}]}}"#, vec![r#"{"model":"Counter","key":[1]}"#; 101].join(",")),
            Code::InvalidOperator,
            "/gets",
        ),
        (
            r#"{"op":"transact_get","gets":[{"model":"Counter","key":[1]},{"model":"Counter","key":["1.0"]}]}"#
                .to_owned(),
            Code::InvalidOperator,
            "/gets/1/key",
        ),
        (
            r#"{"op":"transact_get","gets":[{"model":"Counter","key":[1],"projection":["m"]}]}"#.to_owned(),
            Code::InvalidModel,
            "/gets/0/projection/0",
        ),
    ];
    for (call, code, path) in cases {
        let error = refuse(&call);
        let shown: String = call.chars().take(200).collect();
        assert_eq!(error.code(), code, "{shown}: {error}");
        assert_eq!(error.details().path.as_deref().unwrap_or(""), path, "{shown}: {error}");
        assert_eq!(error.details().outcome, Outcome::NotSent);
    }
    assert_eq!(send(&counters(100)).1.body.matches("\"Put\"").count(), 100);
    assert_eq!(send(&large(10, "put")).1.body.matches("\"Put\"").count(), 10);
    let token = "\u{e9}".repeat(36);
    let body = send(&counters(1).replace("]}", &format!(r#"],"token":"{token}"}}"#))).1.body;
    assert!(body.ends_with(&format!(r#""ClientRequestToken":"{token}"}}"#)), "{body}");
}

const TWO: &str = r#"{"update":{"model":"Note","key":["a","1"],"set":{"title":"x"},"expect_version":3,"condition":{"views":1},"return_old_on_failure":true}},
    {"check":{"model":"Counter","key":[1],"condition":{"n":{"gt":5}}}}"#;

#[test]
fn all_reasons_are_kept_by_index() {
    let reason = |code: &str| json!({"Code": code, "Message": "The conditional request failed: secret"});
    let old = |version: u32| {
        let mut reason = reason("ConditionalCheckFailed");
        reason["Item"] = json!({"pk": {"S": "a"}, "version": {"N": version.to_string()}});
        reason
    };
    let end = |reasons: Value| {
        let (mut operation, request) = send(&transact(TWO));
        let error = failed(answer(&mut operation, request.id, 400, &cancelled(&reasons)));
        assert!(!error.details().message.contains("secret"));
        assert_eq!(error.details().outcome, Outcome::Rejected);
        let document: Value = serde_json::from_str(&error.to_json()).unwrap();
        (error.details().codes.clone(), document)
    };
    let none = json!({"Code": "None"});
    let failure = [Code::TransactionFailed, Code::ConditionFailed];
    let conflict = [Code::TransactionFailed, Code::ConditionFailed, Code::VersionConflict];

    let (codes, document) = end(json!([old(4), none]));
    assert_eq!(codes, conflict);
    assert_eq!(
        (document["code"].as_str(), document["path"].as_str()),
        (Some("ErrVersionConflict"), Some("/actions/0/update/expect_version"))
    );
    assert_eq!(
        document["reasons"],
        json!([{"index": 0, "code": "ErrVersionConflict", "codes": ["ErrConditionFailed", "ErrVersionConflict"],
            "message": "the stored version is not the expected one", "path": "/actions/0/update/expect_version",
            "service": {"code": "ConditionalCheckFailed", "message": "The conditional request failed: secret"},
            "item": {"pk": "a", "version": 4}}])
    );
    // The version is the expected one: it was the other condition.
    let (codes, document) = end(json!([old(3), none]));
    assert_eq!(codes, failure);
    assert_eq!(document["reasons"][0]["path"], "/actions/0");
    // Both at once: each keeps its own.
    let (codes, document) = end(json!([old(4), reason("ConditionalCheckFailed")]));
    assert_eq!(codes, conflict);
    assert_eq!(document["code"], "ErrConditionFailed");
    assert_eq!(document["reasons"][1]["index"], 1);
    assert_eq!(document["reasons"][1]["code"], "ErrConditionFailed");
    assert_eq!(document["reasons"][1].get("item"), None);
    // The first entry is not the first reason.
    let (codes, document) = end(json!([none, reason("ConditionalCheckFailed")]));
    assert_eq!(codes, failure);
    assert_eq!(document["path"], "/actions/1");
    // A condition that was answered comes before trouble that may pass.
    let (codes, document) = end(json!([reason("TransactionConflict"), reason("ConditionalCheckFailed")]));
    assert_eq!(codes, failure);
    assert_eq!(document["reasons"][0]["code"], "ErrTransactionConflict");
    let (codes, document) = end(
        json!([none, {"Code": "ValidationError", "Message": "Item size to update has exceeded the maximum allowed size"}]),
    );
    assert_eq!(codes, [Code::TransactionFailed, Code::InvalidModel, Code::ItemTooLarge]);
    assert_eq!(document["path"], "/actions/1");
}

#[test]
fn conflicts_and_throttles_are_tried_again_with_the_same_token() {
    for (reason, code, waits) in [
        ("TransactionConflict", Code::TransactionConflict, [25, 50, 100]),
        ("ThrottlingError", Code::Throttled, [1000, 2000, 4000]),
    ] {
        let mut moment = Moment { seed: u128::MAX, ..NOW };
        let client = client(r#"{"transport":"sdk"}"#);
        let (operation, step) = client.start(transact(TWO).as_bytes(), moment);
        let mut operation = operation.unwrap();
        let first = only(step);
        let body = cancelled(&json!([{"Code": reason}, {"Code": "None"}]));
        let mut request = first.clone();
        for wait in waits {
            let reply = Reply::Response { status: 400, head: b"", body: body.as_bytes() };
            assert!(
                matches!(operation.resume(request.id, reply, moment), Step::Run { wait: Some(ms), .. } if ms == wait)
            );
            moment.nanos += u64::from(wait) * 1_000_000;
            moment.seed -= 7;
            request = only(operation.resume(0, Reply::Elapsed, moment));
            assert_eq!(request.body, first.body);
        }
        let error = failed(answer(&mut operation, request.id, 400, &body));
        assert_eq!(error.details().codes, [Code::TransactionFailed, code]);
        assert!(error.details().retryable);
        assert_eq!(error.details().reasons[0].code, code);
        assert_eq!(error.details().path.as_deref(), Some("/actions/0"));
    }
}

#[test]
fn a_transaction_that_goes_on_is_asked_for_again_and_a_used_token_is_an_error() {
    let (mut operation, request) = send(&transact(TWO));
    let lost = Reply::Failure { kind: FailureKind::Timeout, message: "" };
    assert!(matches!(operation.resume(request.id, lost, NOW), Step::Run { wait: Some(_), .. }));
    let later = Moment { nanos: NOW.nanos + 1_000_000_000, ..NOW };
    let second = only(operation.resume(0, Reply::Elapsed, later));
    let going_on = r#"{"__type":"TransactionInProgressException","Message":"in progress"}"#;
    assert!(matches!(answer(&mut operation, second.id, 400, going_on), Step::Run { wait: Some(_), .. }));
    let third = only(operation.resume(0, Reply::Elapsed, Moment { nanos: later.nanos + 2_000_000_000, ..NOW }));
    assert_eq!(third.body, request.body);
    assert!(matches!(answer(&mut operation, third.id, 200, "{}"), Step::Done(_)));

    let (mut operation, request) = send(&transact(TWO));
    let used = r#"{"__type":"IdempotentParameterMismatchException","Message":"used"}"#;
    let error = failed(answer(&mut operation, request.id, 400, used));
    assert_eq!(error.details().codes, [Code::TransactionFailed, Code::IdempotentParameterMismatch]);
    assert!(error.details().reasons.is_empty());
}

#[test]
fn reads_are_positional() {
    let call = r#"{"op":"transact_get","gets":[{"model":"Note","key":["a","1"],"projection":["title"]},{"model":"Counter","key":[1]},
        {"model":"Counter","key":[2],"raw":true}]}"#;
    let (mut operation, request) = send(call);
    assert_eq!(request.action, "TransactGetItems");
    assert_eq!(
        request.body,
        concat!(
            r##"{"TransactItems":[{"Get":{"TableName":"notes","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"ProjectionExpression":"#n0","##,
            r##""ExpressionAttributeNames":{"#n0":"title"}}},{"Get":{"TableName":"counters","Key":{"id":{"N":"1"}}}},"##,
            r##"{"Get":{"TableName":"counters","Key":{"id":{"N":"2"}}}}]}"##
        )
    );
    let body = r#"{"Responses":[{"Item":{"title":{"S":"t"}}},{},{"Item":{"id":{"N":"2"},"alien":{"BOOL":true}}}]}"#;
    match answer(&mut operation, request.id, 200, body) {
        Step::Done(result) => {
            assert!(result.starts_with(r#"{"items":[{"title":"t"},null,{"id":2,"alien":true}],"stats""#), "{result}");
        }
        other => panic!("{other:?}"),
    }
    for body in [r#"{"Responses":[{},{}]}"#, r#"{"Responses":[{},{},{},{}]}"#, "{}"] {
        let (mut operation, request) = send(call);
        let step = answer(&mut operation, request.id, 200, body);
        assert!(matches!(step, Step::Run { wait: Some(_), .. }), "{body}: it is asked again");
    }
    let (mut operation, request) = send(call);
    let body = r#"{"Responses":[{},{"Item":{"n":{"S":"x"}}},{}]}"#;
    let error = failed(answer(&mut operation, request.id, 200, body));
    assert_eq!(error.details().path.as_deref(), Some("/items/1/n"));
    let (mut operation, request) = send(call);
    let refused = cancelled(&json!([{"Code": "None"}, {"Code": "AccessDenied"}, {"Code": "None"}]));
    let error = failed(answer(&mut operation, request.id, 400, &refused));
    assert_eq!(error.details().codes, [Code::TransactionFailed, Code::AccessDenied]);
    assert_eq!((error.details().reasons[0].index, error.details().reasons[0].path.as_str()), (1, "/gets/1"));
}

const EVIDENCE: &str = r#""provenance":{"mode":"native","system":"s","kind":"k","ref":"r","observed_at":"2026-04-24T19:00:00Z",
    "recorded_at":"2026-04-24T19:00:00Z","evidence":[{"kind":"submodule_pin","source":"service-ci","ref":"x"}]},
    "confidence":{"level":"LEVEL","reasons":["unique_submodule_pin_match"]}"#;

fn transition(rest: &str) -> String {
    format!(
        r#"{{"op":"transition_append_event","actual":{{"model":"Note","key":["r","actual"],"set":{{"title":"v2"}},"expect_version":1}},
        "event":{{"model":"Event","item":{{"pk":"r","sk":"e#1","text":"promoted"{rest}}}}}}}"#
    )
}

#[test]
fn a_transition_is_an_update_and_an_event() {
    let (mut operation, request) = send(&transition(&format!(",{}", EVIDENCE.replace("LEVEL", "high"))));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["TransactItems"][0]["Update"]["ConditionExpression"], "#n2 = :v3");
    assert_eq!(body["TransactItems"][1]["Put"]["ConditionExpression"], "attribute_not_exists(#n0)");
    let reasons = json!([{"Code": "ConditionalCheckFailed"}, {"Code": "None"}]);
    let error = failed(answer(&mut operation, request.id, 400, &cancelled(&reasons)));
    assert_eq!(error.details().codes, [Code::TransactionFailed, Code::ConditionFailed, Code::VersionConflict]);
    assert_eq!(error.details().path.as_deref(), Some("/actual/expect_version"));

    let error = refuse(&transition(&format!(",{}", EVIDENCE.replace("LEVEL", "low"))));
    assert_eq!(error.code(), Code::RejectedDeployAuthorityEvidence);
    assert_eq!(error.details().path.as_deref(), Some("/event/item/confidence/level"));
    let error = refuse(&transition(r#","confidence":{}"#));
    assert_eq!(error.details().path.as_deref(), Some("/event/item"));
    let error = refuse(&transition("").replace("\"title\"", "\"owner\""));
    assert_eq!(
        (error.code(), error.details().path.as_deref()),
        (Code::ProtectedFieldMutation, Some("/actual/set/owner"))
    );
    let error = refuse(&transition("").replace("\"text\"", "\"txet\""));
    assert_eq!(error.details().path.as_deref(), Some("/event/item/txet"));
}

#[test]
fn provenance_is_checked_without_a_request() {
    let call = |level: &str| format!(r#"{{"op":"validate_provenance",{}}}"#, EVIDENCE.replace("LEVEL", level));
    match client(r#"{"transport":"sdk"}"#).start(call("high").as_bytes(), NOW) {
        (None, Step::Done(result)) => assert!(result.starts_with(r#"{"stats":{"attempts":0"#), "{result}"),
        (_, step) => panic!("{step:?}"),
    }
    let error = refuse(&call("low"));
    assert_eq!(error.code(), Code::RejectedDeployAuthorityEvidence);
    assert_eq!(error.details().path.as_deref(), Some("/confidence/level"));
    assert_eq!(refuse(r#"{"op":"validate_provenance"}"#).code(), Code::RejectedDeployAuthorityEvidence);
}
