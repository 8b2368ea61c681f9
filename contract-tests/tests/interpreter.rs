//! The interpreter must see what is wrong: wrong expectations, scenarios that it does not understand, drivers that misbehave.

mod common;

use contract_tests::results::{Line, Status};
use contract_tests::run::Runner;

const HEAD: &str = "dms_version: \"0.2\"\ntransport: scripted\nmodel: Account\n";
const ITEM: &str =
    "{ Item: { pk: { S: p }, sk: { S: s }, nickname: { S: A }, visits: { N: \"2\" }, tags: { SS: [x, y] } } }";

/// Runs one document; `rest` is what comes after the head.
fn lines(runner: &mut Runner, head: &str, rest: &str) -> Vec<Line> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tier")).unwrap();
    let path = folder.path().join("tier/one.yml");
    std::fs::write(&path, format!("name: one\n{head}{rest}")).unwrap();
    let lines = runner.file(folder.path(), &path);
    assert!(lines.iter().all(|line| line.tier == "tier" && line.file == "tier/one.yml"));
    lines
}

fn outcome(runner: &mut Runner, rest: &str) -> (Status, String) {
    let mut lines = lines(runner, HEAD, rest);
    assert_eq!(lines.len(), 1);
    let line = lines.remove(0);
    (line.status, line.error.or(line.capability).unwrap_or_default())
}

fn get(expect: &str) -> String {
    format!(
        "steps:\n  - op: get\n    key: {{ pk: p, sk: s }}\n    script: [{{ body: {ITEM} }}]\n    expect: {expect}\n"
    )
}

fn put(expect: &str, script: &str) -> String {
    format!(
        "steps:\n  - op: put\n    item: {{ pk: p, sk: s, nickname: something-secret }}\n    script: {script}\n    expect: {expect}\n"
    )
}

#[test]
fn right_expectations_hold() {
    let mut runner = common::runner_of(&common::core_driver());
    for expect in [
        "{ ok: true }",
        "{ item_contains: { nickname: A, visits: \"2.0\", tags: [y, x] } }",
        "{ item_has_fields: [pk, tags], item_absent: false }",
        "{ result: { item: { visits: 2, email: { $absent: true }, tags: { $any: true } }, stats: { attempts: 1 } } }",
        "{ requests: [{ action: GetItem, body: { Key: { sk: { S: s }, pk: { S: p } }, TableName: contract-accounts, ReturnConsumedCapacity: TOTAL } }] }",
        "{ request_count: 1, waits: [] }",
    ] {
        assert_eq!(outcome(&mut runner, &get(expect)), (Status::Passed, String::new()), "{expect}");
    }
}

#[test]
fn wrong_expectations_fail() {
    let mut runner = common::runner_of(&common::core_driver());
    for (expect, said) in [
        ("{ ok: false }", "it succeeded, but an error was expected"),
        ("{ error: ErrItemNotFound }", "it succeeded"),
        ("{ item_contains: { nickname: B } }", "`nickname` is Text(\"A\"), expected Text(\"B\")"),
        ("{ item_contains: { visits: 3 } }", "`visits` is Number"),
        ("{ item_contains: { tags: [x] } }", "`tags` is Set"),
        ("{ item_contains: { tags: [x, y, z] } }", "`tags` is Set"),
        ("{ item_contains: { email: e } }", "`email` is absent"),
        ("{ item_has_fields: [email] }", "`email` is absent"),
        ("{ item_absent: true }", "`item_absent` is false"),
        ("{ item_field_equals_var: { pk: v } }", "no step kept a variable `v`"),
        ("{ result: { item: { email: e } } }", "result/item/email is absent"),
        ("{ result: { stats: { attempts: 2 } } }", "result/stats/attempts is Number"),
        ("{ requests: [] }", "1 requests were sent, expected 0"),
        ("{ requests: [{ action: PutItem }] }", "request 0: action is"),
        ("{ requests: [{ action: GetItem, body: \"{}\" }] }", "request 0: body is"),
        ("{ requests: [{ action: GetItem, body: {} }] }", "request 0: body is"),
        ("{ requests: [{ action: GetItem, url: \"http://x/\" }] }", "request 0: url is"),
        ("{ requests: [{ action: GetItem, head: { x-amz-target: x } }] }", "request 0: x-amz-target is"),
        ("{ requests: [{ action: GetItem, head: { x-none: x } }] }", "absent"),
        ("{ requests: [{ action: GetItem }, { action: GetItem }] }", "1 requests were sent, expected 2"),
        ("{ request_count: 0 }", "1 requests were sent, expected 0"),
        ("{ waits: [1] }", "waited [] ms"),
        ("{ waits_within: [[0, 1]] }", "waited [] ms"),
    ] {
        let (status, error) = outcome(&mut runner, &get(expect));
        assert_eq!(status, Status::Failed, "{expect}");
        assert!(error.starts_with("/steps/0: ") && error.contains(said), "{expect}: {error}");
    }
}

#[test]
fn errors_are_looked_at_closely() {
    let mut runner = common::runner_of(&common::core_driver());
    let refused = "[{ status: 400, body: { __type: \"x#ConditionalCheckFailedException\", message: m } }]";
    assert_eq!(
        outcome(&mut runner, &put("{ errors: [ErrConditionFailed] }", refused)),
        (Status::Passed, String::new())
    );
    for (expect, said) in [
        ("{ ok: true }", "it failed: [\"ErrConditionFailed\"]"),
        ("{ error: ErrVersionConflict }", "expected `ErrVersionConflict`"),
        (
            "{ errors: [ErrConditionFailed, ErrVersionConflict] }",
            "expected [\"ErrConditionFailed\", \"ErrVersionConflict\"]",
        ),
        ("{ ok: false, error_document: { outcome: unknown } }", "error/outcome is"),
        ("{ ok: false, error_document: { item: { $any: true } } }", "error/item is absent"),
    ] {
        let (status, error) = outcome(&mut runner, &put(expect, refused));
        assert_eq!(status, Status::Failed, "{expect}");
        assert!(error.contains(said), "{expect}: {error}");
    }
}

#[test]
fn scripts_are_used_up_exactly() {
    let mut runner = common::runner_of(&common::core_driver());
    for script in ["[]", "[{ body: {} }, { body: {} }]"] {
        for expect in ["{ ok: true }", "{ ok: false }"] {
            let (status, error) = outcome(&mut runner, &put(expect, script));
            assert_eq!(status, Status::Failed);
            assert!(error.contains("1 requests were sent for"), "{error}");
        }
    }
}

/// A scripted query that gives two accounts and a cursor.
fn query(members: &str, expect: &str) -> String {
    let items = "{ pk: { S: p }, sk: { S: a }, visits: { N: \"1\" } }, { pk: { S: p }, sk: { S: b } }";
    let body = format!(
        "{{ Items: [{items}], Count: 2, ScannedCount: 5, LastEvaluatedKey: {{ pk: {{ S: p }}, sk: {{ S: b }} }} }}"
    );
    format!(
        "steps:\n  - op: query\n    {members}\n    pages: 1\n    script: [{{ body: {body} }}]\n    expect: {expect}\n"
    )
}

const CURSOR: &str = "eyJsYXN0S2V5Ijp7InBrIjp7IlMiOiJwIn0sInNrIjp7IlMiOiJiIn19LCJzb3J0IjoiQVNDIn0=";

#[test]
fn right_expectations_of_reads_hold() {
    let mut runner = common::runner_of(&common::core_driver());
    for expect in [
        "{ item_count: 2, count: 2, items_missing_fields: [nickname] }",
        "{ items_contains: [{ sk: a, visits: \"1.0\" }] }",
        "{ items_contains: [{ sk: a }, { sk: b }], cursor_absent: false }",
        "{ items_equal: [{ pk: p, sk: a, visits: 1 }, { pk: p, sk: b }] }",
        "{ items_in_any_order: [{ sk: b }, { sk: a }] }",
        &format!("{{ cursor_equals: \"{CURSOR}\", result: {{ scanned: 5 }} }}"),
    ] {
        assert_eq!(outcome(&mut runner, &query("key: [p]", expect)), (Status::Passed, String::new()), "{expect}");
    }
}

#[test]
fn wrong_expectations_of_reads_fail() {
    let mut runner = common::runner_of(&common::core_driver());
    for (expect, said) in [
        ("{ item_count: 1 }", "there are 2 items, expected 1"),
        ("{ count: 3 }", "`count` is Some(2), expected 3"),
        ("{ items_missing_fields: [visits] }", "item 0: `visits` is there"),
        ("{ items_contains: [{ sk: b }] }", "item 0: `sk` is"),
        ("{ items_contains: [{ sk: a }, { sk: b }, { sk: c }] }", "expected at least 3"),
        ("{ items_equal: [{ pk: p, sk: a, visits: 1 }] }", "there are 2 items, expected 1"),
        ("{ items_equal: [{ pk: p, sk: a }, { pk: p, sk: b }] }", "item 0: `visits` is there"),
        ("{ items_in_any_order: [{ sk: a }, { sk: a }] }", "no item contains"),
        ("{ items_in_any_order: [{ sk: a }] }", "there are 2 items"),
        ("{ cursor_equals: \"\" }", "the cursor is"),
        ("{ cursor_absent: true }", "there is a cursor"),
    ] {
        let (status, error) = outcome(&mut runner, &query("key: [p]", expect));
        assert_eq!(status, Status::Failed, "{expect}");
        assert!(error.contains(said), "{expect}: {error}");
    }
    let (_, error) = outcome(&mut runner, &query("key: [p]\n    cursor: { $var: nobody }", "{ ok: true }"));
    assert!(error.contains("no step kept a variable `nobody`"), "{error}");
}

#[test]
fn read_requests_become_call_documents() {
    let mut runner = common::runner_of(&common::core_driver());
    let shared = "query: { partition: { attribute: pk, operator: EQ, value: p }, sort: { attribute: sk, operator: BETWEEN, \
        values: [a, b] }, filter: [{ attribute: visits, operator: \">=\", value: \"1\" }, { attribute: nickname, \
        operator: not_exists }], sort_direction: DESC, projection: [sk], consistent_read: true }";
    let body = "{ TableName: contract-accounts, KeyConditionExpression: \"#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2\", \
        FilterExpression: \"#n2 >= :v3 AND attribute_not_exists(#n3)\", ProjectionExpression: \"#n1\", \
        ExpressionAttributeNames: { \"#n0\": pk, \"#n1\": sk, \"#n2\": visits, \"#n3\": nickname }, \
        ExpressionAttributeValues: { \":v0\": { S: p }, \":v1\": { S: a }, \":v2\": { S: b }, \":v3\": { N: \"1\" } }, \
        ScanIndexForward: false, ConsistentRead: true, ReturnConsumedCapacity: TOTAL }";
    let steps = format!(
        "steps:\n  - op: query\n    {shared}\n    script: [{{ body: {{ Items: [], Count: 0, ScannedCount: 0 }} }}]\n    \
         expect: {{ requests: [{{ action: Query, body: {body} }}] }}\n"
    );
    assert_eq!(outcome(&mut runner, &steps), (Status::Passed, String::new()));
    let count = "steps:\n  - op: count\n    count: { scan: { limit: 4 } }\n    \
        script: [{ body: { Count: 7, ScannedCount: 9 } }]\n    \
        expect: { count: 7, item_count: 0, requests: [{ action: Scan, body: { TableName: contract-accounts, Select: COUNT, \
        Limit: 4, ReturnConsumedCapacity: TOTAL } }] }\n";
    assert_eq!(outcome(&mut runner, count), (Status::Passed, String::new()));
}

#[test]
fn capabilities_are_known_or_an_error() {
    let mut runner = common::runner_of(&common::core_driver());
    let with = |name: &str| format!("requires_capabilities: [crud, {name}]\n{}", get("{ ok: true }"));
    assert_eq!(outcome(&mut runner, &with("optimistic_lock.version")).0, Status::Passed);
    let (status, error) = outcome(&mut runner, &with("time.travel"));
    assert_eq!((status, error.as_str()), (Status::Failed, "unknown capability `time.travel`"));
    let meaning = outcome(&mut runner, &with("encryption.deterministic_interop"));
    assert_eq!(meaning, (Status::Later, "encryption.deterministic_interop".to_owned()));
    let encrypted = format!("encryption: {{ provider: deterministic, seed: s }}\n{}", get("{ ok: true }"));
    assert_eq!(outcome(&mut runner, &encrypted), (Status::Later, "encryption.deterministic_interop".to_owned()));
}

#[test]
fn what_is_not_understood_fails() {
    let mut runner = common::runner_of(&common::core_driver());
    for (rest, said) in [
        ("steps: [{ op: fly }]", "not understood: /steps/0: unknown op `fly`"),
        ("steps: [", "not understood: "),
        ("steps: [{ op: get, model: Nobody, key: { pk: p } }]", "defines the model `Nobody`"),
        ("steps: [{ op: update, fields: [visits], item: { pk: p, sk: s } }]", "field `visits` is selected"),
    ] {
        let (status, error) = outcome(&mut runner, rest);
        assert_eq!(status, Status::Failed, "{rest}");
        assert!(error.contains(said), "{rest}: {error}");
    }
}

#[test]
fn values_in_error_texts_are_found() {
    // A driver that quotes what it was given.
    let leak = r#"while read -r line; do case $line in
        *hello*) echo '{"hello":{"protocol":1}}' ;; *open*) echo '{"opened":true}' ;; *close*) echo '{"closed":true}' ;;
        *) echo '{"error":{"code":"ErrX","codes":["ErrX"],"message":"bad value something-secret"},"requests":[]}' ;; esac; done"#;
    let (status, error) = outcome(&mut common::runner_of(leak), &put("{ error: ErrX }", "[]"));
    assert_eq!(status, Status::Failed);
    assert!(error.contains("`message` of the error quotes the value `something-secret`"), "{error}");
}

#[test]
fn drivers_that_misbehave_fail_the_scenario() {
    let answering = |answer: &str| {
        format!(
            "while read -r line; do case $line in *hello*) echo '{{\"hello\":{{\"protocol\":1}}}}' ;; \
             *open*) echo '{{\"opened\":true}}' ;; *) echo '{answer}' ;; esac; done"
        )
    };
    for (command, said) in [
        ("exit 3".to_owned(), "driver of `core` ended: exit status: 3"),
        ("exec /nonexistent/driver".to_owned(), "driver of `core` ended: exit status: 127"),
        ("read -r line; echo hello".to_owned(), "answered no JSON"),
        ("read -r line; echo '{\"hello\":{\"protocol\":2}}'".to_owned(), "does not speak protocol 1"),
        (answering("{\"driver_error\":\"tired\"}"), "driver of `core`: \"tired\""),
        (answering("{\"error\":{}}"), "the driver reports no requests"),
        (answering("{\"requests\":[]}"), "neither a result nor an error"),
        (answering("{\"result\":{},\"error\":{},\"requests\":[]}"), "neither a result nor an error"),
        (answering("{\"unsupported\":true}"), "does not support this call"),
        (
            answering("{\"error\":{\"code\":\"ErrA\",\"codes\":[\"ErrB\"],\"message\":\"\"},\"requests\":[]}"),
            "is not among",
        ),
    ] {
        let (status, error) = outcome(&mut common::runner_of(&command), &put("{ error: ErrB }", "[]"));
        assert_eq!(status, Status::Failed, "{command}");
        assert!(error.contains(said), "{command}: {error}");
    }
}

#[test]
fn a_driver_that_ended_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("started");
    // Ends at the first call, works from the second start on.
    let command = format!("if [ -e '{0}' ]; then {1}; fi; : > '{0}'; exit 1", marker.display(), common::core_driver());
    let mut runner = common::runner_of(&command);
    assert_eq!(outcome(&mut runner, &get("{ ok: true }")).0, Status::Failed);
    assert_eq!(outcome(&mut runner, &get("{ ok: true }")).0, Status::Passed);
}

#[test]
fn each_seeding_host_has_its_turn() {
    let mut runner = common::runner_of(&common::core_driver());
    let step = format!("{{ op: get, key: {{ pk: p, sk: s }}, script: [{{ body: {ITEM} }}] }}");
    let rest = format!("seed_runtimes: [go, python]\nseed_steps: [{step}]\nread_steps: [{step}]\n");
    runner.commands.insert("python".into(), "exit 7".into());
    let lines = lines(&mut runner, HEAD, &rest);
    let seen: Vec<(&str, Status)> = lines.iter().map(|line| (line.name.as_str(), line.status)).collect();
    assert_eq!(seen, [("one.seeded_by_go", Status::Passed), ("one.seeded_by_python", Status::Failed)]);
    assert!(lines[1].error.as_deref().unwrap().contains("seeding by python"));
}

#[test]
fn stored_items_are_looked_at() {
    let mut runner = common::runner(&common::engine());
    let head = "dms_version: \"0.2\"\nmodel: Bare\n";
    let mut check = |expect: &str| {
        let rest = format!("steps:\n  - op: put\n    item: {{ pk: p, body: x }}\n    expect: {expect}\n");
        let line = lines(&mut runner, head, &rest).remove(0);
        (line.status, line.error.unwrap_or_default())
    };
    for expect in [
        "{ raw_item_equals: { pk: { S: p }, body: { S: x } } }",
        "{ raw_attributes: { body: { S: x } }, raw_attribute_types: { body: S }, raw_item_absent: false }",
        "{ item_equals: { pk: p, body: x }, raw_item_contains: { body: x }, item_missing_fields: [other] }",
    ] {
        assert_eq!(check(expect), (Status::Passed, String::new()), "{expect}");
    }
    for (expect, said) in [
        ("{ raw_item_equals: { pk: { S: p } } }", "`body` is there"),
        ("{ raw_item_equals: { pk: { S: p }, body: { S: y } } }", "`body` is Text(\"x\")"),
        ("{ raw_attributes: { body: { N: \"1\" } } }", "`body` is Text(\"x\")"),
        ("{ raw_attributes: { other: { S: x } } }", "`other` is absent"),
        ("{ raw_attribute_types: { body: N } }", "has type Some(\"S\")"),
        ("{ raw_item_absent: true }", "an item is stored"),
        ("{ raw_item_contains: { body: y } }", "`body` is Text(\"x\")"),
        ("{ item_equals: { pk: p } }", "`body` is there"),
        ("{ item_missing_fields: [body] }", "`body` is there"),
    ] {
        let (status, error) = check(expect);
        assert_eq!(status, Status::Failed, "{expect}");
        assert!(error.contains(said), "{expect}: {error}");
    }
}
