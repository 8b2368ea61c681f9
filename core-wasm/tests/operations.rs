//! Requests and results of every operation, byte by byte, without a service.

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
      - { attribute: "tags", type: "SS", omit_empty: true }
      - { attribute: "body", type: "M" }
      - { attribute: "lines", type: "L" }
      - { attribute: "a.b", type: "S" }
      - { attribute: "owner", type: "S" }
      - { attribute: "createdAt", type: "S", roles: ["created_at"] }
      - { attribute: "updatedAt", type: "S", roles: ["updated_at"] }
      - { attribute: "version", type: "N", roles: ["version"] }
  - name: "Fact"
    table: { name: "facts" }
    keys:
      partition: { attribute: "id", type: "N" }
    write_policy: { mode: "write_once" }
    attributes:
      - { attribute: "id", type: "N", roles: ["pk"] }
      - { attribute: "text", type: "S" }
  - name: "Plain"
    table: { name: "plain" }
    keys:
      partition: { attribute: "id", type: "S" }
    attributes:
      - { attribute: "id", type: "S", roles: ["pk"] }
      - { attribute: "text", type: "S" }
      - { attribute: "count", type: "N" }
      - { attribute: "version", type: "N", roles: ["version"] }
"#;

/// 2026-01-02T03:04:05.678901234Z
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: u128::MAX };

fn client() -> Client {
    Client::open(NOTES.as_bytes(), br#"{"transport":"sdk","capacity":"none"}"#).unwrap()
}

fn only(step: Step) -> Request {
    match step {
        Step::Run { mut requests, wait: None, .. } if requests.len() == 1 => requests.remove(0),
        other => panic!("expected one request, got {other:?}"),
    }
}

fn send(call: &str) -> (Operation, Request) {
    let (operation, step) = client().start(call.as_bytes(), NOW);
    (operation.expect("the operation has begun"), only(step))
}

fn refuse(call: &str) -> Error {
    match client().start(call.as_bytes(), NOW) {
        (None, Step::Failed(error)) => error,
        (_, step) => panic!("expected a refusal of {call}, got {step:?}"),
    }
}

fn answer(status: u16, body: &str) -> Reply<'_> {
    Reply::Response { status, head: b"x-amzn-requestid: R1\r\n", body: body.as_bytes() }
}

fn finish(call: &str, body: &str) -> String {
    let (mut operation, request) = send(call);
    match operation.resume(request.id, answer(200, body), NOW) {
        Step::Done(result) => result,
        other => panic!("expected a result, got {other:?}"),
    }
}

const FAILED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed""#;

#[test]
fn create_writes_a_whole_item_that_is_not_there() {
    let call = r#"{"op":"create","model":"Note","item":{"pk":"u#1","sk":"n#1","title":"","views":3,"tags":["a"],"createdAt":"x","body":{"k":[1]}},"condition":{"views":{"gt":1}}}"#;
    let (_, request) = send(call);
    assert_eq!(request.action, "PutItem");
    assert_eq!(
        request.body,
        concat!(
            r##"{"TableName":"notes","Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"views":{"N":"3"},"tags":{"SS":["a"]},"##,
            r#""body":{"M":{"k":{"L":[{"N":"1"}]}}},"createdAt":{"S":"2026-01-02T03:04:05.678901234Z"},"#,
            r#""updatedAt":{"S":"2026-01-02T03:04:05.678901234Z"},"version":{"N":"0"}},"#,
            r##""ConditionExpression":"attribute_not_exists(#n0) AND #n1 > :v0","ExpressionAttributeNames":{"#n0":"pk","#n1":"views"},"##,
            r#""ExpressionAttributeValues":{":v0":{"N":"1"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#
        )
    );
    let expected = concat!(
        r#"{"stamped":{"createdAt":"2026-01-02T03:04:05.678901234Z","updatedAt":"2026-01-02T03:04:05.678901234Z","version":0},"#,
        r#""stats":{"attempts":1,"retries":0,"waited_ms":0,"request_id":"R1","capacity":null}}"#
    );
    assert_eq!(finish(call, "{}"), expected);
}

#[test]
fn update_renders_every_clause_in_order() {
    let call = r#"{"op":"update","model":"Note","key":["u#1","n#1"],"set":{"title":"","a.b":"x","body.k[0].`c.d`":true},
        "set_if_not_exists":{"owner2":0},"expect_version":3}"#;
    assert_eq!(refuse(call).details().path.as_deref(), Some("/set_if_not_exists/owner2"));
    let call = r#"{"op":"update","model":"Note","key":{"pk":"u#1","sk":"n#1","title":"ignored"},
        "set":{"title":"","a.b":"x","body.k[0].`c.d`":true},"append":{"lines":["z"]},"prepend":{"body.first":[1]},"add":{"views":1},
        "delete":{"tags":["a"]},"expect_version":3,"condition":{"$or":[{"title":"q"},{"views":{"lt":5}}]}}"#;
    let (_, request) = send(call);
    assert_eq!(
        request.body,
        concat!(
            r##"{"TableName":"notes","Key":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}},"UpdateExpression":"SET #n0 = :v0, #n1.#n2[0].#n3 = :v1, "##,
            r##"#n4 = list_append(if_not_exists(#n4, :v2), :v3), #n1.#n5 = list_append(:v4, if_not_exists(#n1.#n5, :v5)), #n6 = :v6 "##,
            r##"REMOVE #n7 ADD #n8 :v7, #n9 :v8 DELETE #n10 :v9","ConditionExpression":"#n9 = :v10 AND (#n7 = :v11 OR #n8 < :v12)","##,
            r##""ExpressionAttributeNames":{"#n0":"a.b","#n1":"body","#n2":"k","#n3":"c.d","#n4":"lines","#n5":"first","#n6":"updatedAt","##,
            r##""#n7":"title","#n8":"views","#n9":"version","#n10":"tags"},"ExpressionAttributeValues":{":v0":{"S":"x"},":v1":{"BOOL":true},"##,
            r#"":v2":{"L":[]},":v3":{"L":[{"S":"z"}]},":v4":{"L":[{"N":"1"}]},":v5":{"L":[]},":v6":{"S":"2026-01-02T03:04:05.678901234Z"},"#,
            r#"":v7":{"N":"1"},":v8":{"N":"1"},":v9":{"SS":["a"]},":v10":{"N":"3"},":v11":{"S":"q"},":v12":{"N":"5"}},"#,
            r#""ReturnValues":"ALL_NEW","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#
        )
    );
}

#[test]
fn update_works_out_what_changed_in_an_item() {
    let body = |members: &str| send(&format!(r#"{{"op":"update","model":"Note",{members}}}"#)).1.body;
    let expression = |members: &str| {
        let body: serde_json::Value = serde_json::from_str(&body(members)).unwrap();
        let names = body["ExpressionAttributeNames"].as_object().unwrap();
        let mut text = body["UpdateExpression"].as_str().unwrap().to_owned();
        for (placeholder, name) in names.iter().rev() {
            text = text.replace(placeholder.as_str(), name.as_str().unwrap());
        }
        text
    };
    let from = r#""from":{"pk":"u#1","sk":"n#1","title":"a","views":1.0,"tags":["b","a"],"body":{"x":1},"lines":[1],"version":4,"createdAt":"then","old":true}"#;
    assert_eq!(
        body(&format!(
            r#""changes":{{{from},"to":{{"pk":"u#1","sk":"n#1","title":"b","views":1,"tags":{{"$set":["a","b"]}},"body":{{"x":1}},"version":9}}}},"expect_version":4"#
        )),
        concat!(
            r##"{"TableName":"notes","Key":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}},"UpdateExpression":"SET #n0 = :v0, #n1 = :v1 REMOVE #n2 ADD #n3 :v2","##,
            r##""ConditionExpression":"#n3 = :v3","ExpressionAttributeNames":{"#n0":"title","#n1":"updatedAt","#n2":"lines","#n3":"version"},"##,
            r#""ExpressionAttributeValues":{":v0":{"S":"b"},":v1":{"S":"2026-01-02T03:04:05.678901234Z"},":v2":{"N":"1"},":v3":{"N":"4"}},"#,
            r#""ReturnValues":"ALL_NEW","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#
        )
    );
    let cases = [
        // An empty title is left out: it is removed if it was there.
        (
            format!(
                r#""changes":{{{from},"to":{{"pk":"u#1","sk":"n#1","title":"","views":1,"tags":["a","b"],"body":{{"x":1}},"lines":[1]}}}}"#
            ),
            "SET updatedAt = :v0 REMOVE title ADD version :v1",
        ),
        (
            r#""changes":{"from":{"title":""},"to":{"pk":"u#1","sk":"n#1"}}"#.to_owned(),
            "SET updatedAt = :v0 ADD version :v1",
        ),
        // Nothing is known of the item before, or it was read in part, or it cannot be written as it is.
        (
            r#""changes":{"to":{"pk":"u#1","sk":"n#1","views":1}}"#.to_owned(),
            "SET views = :v0, updatedAt = :v1 ADD version :v2",
        ),
        (
            r#""changes":{"from":{"title":"a"},"to":{"pk":"u#1","sk":"n#1","title":"a","views":1}}"#.to_owned(),
            "SET views = :v0, updatedAt = :v1 ADD version :v2",
        ),
        (
            r#""changes":{"from":{"views":"many","tags":7},"to":{"pk":"u#1","sk":"n#1","views":1}}"#.to_owned(),
            "SET views = :v0, updatedAt = :v1 REMOVE tags ADD version :v2",
        ),
        // The key stands beside it, and clauses too.
        (
            r#""key":["u#1","n#1"],"changes":{"from":{"title":"a"},"to":{"title":"b"}},"append":{"lines":[1]}"#
                .to_owned(),
            "SET lines = list_append(if_not_exists(lines, :v0), :v1), title = :v2, updatedAt = :v3 ADD version :v4",
        ),
    ];
    for (members, expected) in cases {
        assert_eq!(expression(&members), expected, "{members}");
    }
    let refused = [
        (
            r#""changes":{"from":{"pk":"u#1","sk":"n#1"},"to":{"pk":"u#1","sk":"n#2"}}"#,
            "/changes/to/sk",
            "key attribute `sk` cannot be updated",
        ),
        (
            r#""key":["u#1","n#1"],"changes":{"to":{"pk":"u#1","sk":"n#2"}}"#,
            "/changes/to",
            "`changes` are those of another item than `key` names",
        ),
        (r#""changes":{"to":{"pk":"u#1"}}"#, "/changes/to", "missing key attribute `sk`"),
        (
            r#""changes":{"to":{"pk":"u#1","sk":1}}"#,
            "/changes/to/sk",
            "key attribute `sk`: expected a string, got a number",
        ),
        (
            r#""changes":{"to":{"pk":"u#1","sk":"n#1","nope":1}}"#,
            "/changes/to/nope",
            "unknown attribute `nope` of model `Note`",
        ),
        (r#""changes":{"to":{"pk":"u#1","sk":"n#1","views":"x"}}"#, "/changes/to/views", "not a decimal number"),
        (
            r#""changes":{"to":{"pk":"u#1","sk":"n#1","views":1}},"add":{"views":1}"#,
            "/changes/to/views",
            "path `views` overlaps another one of the update",
        ),
        (
            r#""changes":{"from":{"views":1},"to":{"pk":"u#1","sk":"n#1"}},"add":{"views":1}"#,
            "/changes/to",
            "path `views` overlaps another one of the update",
        ),
        (r#""changes":{"from":[],"to":{"pk":"u#1","sk":"n#1"}}"#, "/changes/from", "`from` is an object"),
        (
            r#""changes":{"from":{"owner":"a"},"to":{"pk":"u#1","sk":"n#1","owner":"b"}}"#,
            "/changes/to/owner",
            "attribute `owner` is protected by the write policy",
        ),
    ];
    for (members, path, message) in refused {
        let error = refuse(&format!(r#"{{"op":"update","model":"Note",{members}}}"#));
        assert_eq!(
            (error.details().path.as_deref().unwrap_or("-"), error.details().message.as_str()),
            (path, message),
            "{members}"
        );
    }
}

#[test]
fn upsert_keeps_created_at_and_moves_the_version_on() {
    let (_, request) =
        send(r#"{"op":"upsert","model":"Note","item":{"pk":"u#1","sk":"n#1","title":"t","tags":[],"version":9}}"#);
    assert_eq!(request.action, "UpdateItem");
    assert_eq!(
        request.body,
        concat!(
            r##"{"TableName":"notes","Key":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}},"UpdateExpression":"SET #n0 = :v0, #n1 = if_not_exists(#n1, :v1), "##,
            r##"#n2 = :v2, #n3 = if_not_exists(#n3, :v3) + :v4 REMOVE #n4","ExpressionAttributeNames":{"#n0":"title","#n1":"createdAt","##,
            r##""#n2":"updatedAt","#n3":"version","#n4":"tags"},"ExpressionAttributeValues":{":v0":{"S":"t"},":v1":{"S":"2026-01-02T03:04:05.678901234Z"},"##,
            r#"":v2":{"S":"2026-01-02T03:04:05.678901234Z"},":v3":{"N":"-1"},":v4":{"N":"1"}},"ReturnValues":"ALL_NEW"}"#
        )
    );
}

#[test]
fn reads_give_plain_items_and_tell_absence() {
    let call =
        r#"{"op":"get","model":"Note","key":["u#1","n#1"],"consistent":true,"projection":["title","body.k[1]"]}"#;
    let (_, request) = send(call);
    assert_eq!(
        request.body,
        concat!(
            r##"{"TableName":"notes","Key":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}},"ConsistentRead":true,"ProjectionExpression":"#n0, #n1.#n2[1]","##,
            r##""ExpressionAttributeNames":{"#n0":"title","#n1":"body","#n2":"k"}}"##
        )
    );
    let stored = r#"{"Item":{"pk":{"S":"u#1"},"views":{"N":"9007199254740993"},"tags":{"NULL":true},"alien":{"S":"x"},
        "body":{"M":{"$set":{"B":"AQID"}}}},"ConsumedCapacity":{"TableName":"notes","CapacityUnits":0.5}}"#;
    assert!(finish(call, stored).starts_with(
        r##"{"item":{"pk":"u#1","views":9007199254740993,"tags":{"$set":[]},"body":{"$$set":{"$binary":"AQID"}}},"stats":{"##
    ));
    assert!(finish(&call.replace("\"get\"", "\"find\""), "{}").starts_with(r#"{"item":null,"stats""#));
    let (mut operation, request) = send(call);
    match operation.resume(request.id, answer(200, "{}"), NOW) {
        Step::Failed(error) => assert_eq!(error.code(), Code::ItemNotFound),
        other => panic!("{other:?}"),
    }
    assert!(finish(&call.replace("\"consistent\"", "\"raw\":true,\"consistent\""), stored).contains(r#""alien":"x""#));
}

#[test]
fn what_can_be_refused_is_refused_before_sending() {
    let cases = [
        (r#"{"op":"get","model":"Nope","key":["a","b"]}"#, Code::InvalidModel, "/model"),
        (r#"{"op":"get","model":"Note","key":["a"]}"#, Code::MissingPrimaryKey, "/key"),
        (r#"{"op":"get","model":"Note"}"#, Code::MissingPrimaryKey, "/key"),
        (r#"{"op":"get","model":"Note","key":["a",""]}"#, Code::InvalidPrimaryKey, "/key/1"),
        (r#"{"op":"get","model":"Note","key":["a",1]}"#, Code::InvalidPrimaryKey, "/key/1"),
        (r#"{"op":"get","model":"Note","key":["a","b","c"]}"#, Code::InvalidPrimaryKey, "/key"),
        (r#"{"op":"get","model":"Note","key":{"pk":"a","sk":"b","Title":1}}"#, Code::InvalidModel, "/key/Title"),
        (
            r#"{"op":"get","model":"Note","key":["a","b"],"projection":["body","body.k"]}"#,
            Code::InvalidOperator,
            "/projection/1",
        ),
        (r#"{"op":"create","model":"Note","item":{"pk":"a","sk":"b","titel":"x"}}"#, Code::InvalidModel, "/item/titel"),
        (
            r#"{"op":"create","model":"Note","item":{"pk":"a","sk":"b","views":"many"}}"#,
            Code::InvalidValue,
            "/item/views",
        ),
        (r#"{"op":"create","model":"Note","item":{"pk":"a","sk":"b","pk":"a"}}"#, Code::InvalidCall, "/item/pk"),
        (r#"{"op":"create","model":"Note","item":{"pk":"a"}}"#, Code::MissingPrimaryKey, "/item"),
        (r#"{"op":"put","model":"Note","item":{"pk":"a","sk":"b"}}"#, Code::ProtectedFieldMutation, ""),
        (r#"{"op":"put","model":"Fact","item":{"id":1}}"#, Code::ImmutableModelMutation, ""),
        (r#"{"op":"update","model":"Fact","key":[1],"set":{"text":"x"}}"#, Code::ImmutableModelMutation, ""),
        (r#"{"op":"delete","model":"Fact","key":[1]}"#, Code::ImmutableModelMutation, ""),
        (r#"{"op":"upsert","model":"Fact","item":{"id":1}}"#, Code::ImmutableModelMutation, ""),
        (
            r#"{"op":"update","model":"Note","key":["a","b"],"set":{"owner":"me"}}"#,
            Code::ProtectedFieldMutation,
            "/set/owner",
        ),
        (
            r#"{"op":"update","model":"Note","key":["a","b"],"remove":["title"],"protected_attributes":["title"]}"#,
            Code::ProtectedFieldMutation,
            "/remove/0",
        ),
        (
            r#"{"op":"update","model":"Note","key":["a","b"],"set":{"createdAt":"x"}}"#,
            Code::InvalidModel,
            "/set/createdAt",
        ),
        (r#"{"op":"update","model":"Note","key":["a","b"],"set":{"sk":"x"}}"#, Code::InvalidModel, "/set/sk"),
        (
            r#"{"op":"update","model":"Note","key":["a","b"],"set":{"body":{}},"remove":["body.k"]}"#,
            Code::InvalidOperator,
            "/remove/0",
        ),
        (r#"{"op":"update","model":"Note","key":["a","b"],"add":{"title":1}}"#, Code::InvalidOperator, "/add/title"),
        (
            r#"{"op":"update","model":"Note","key":["a","b"],"set":{"title.x":1}}"#,
            Code::InvalidOperator,
            "/set/title.x",
        ),
        (
            r#"{"op":"delete","model":"Note","key":["a","b"],"condition":{"views":{"begins_with":1}}}"#,
            Code::InvalidOperator,
            "/condition/views/begins_with",
        ),
        (
            r#"{"op":"delete","model":"Note","key":["a","b"],"condition":{"views":{"in":[]}}}"#,
            Code::InvalidOperator,
            "/condition/views/in",
        ),
        (
            r#"{"op":"delete","model":"Note","key":["a","b"],"condition":{"views":{"between":[2,1]}}}"#,
            Code::InvalidOperator,
            "/condition/views/between",
        ),
        (r#"{"op":"delete","model":"Note","key":["a","b"],"condition":{}}"#, Code::InvalidOperator, "/condition"),
        (
            r#"{"op":"delete","model":"Note","key":["a","b"],"return_values":"ALL_NEW"}"#,
            Code::InvalidOperator,
            "/return_values",
        ),
        (r#"{"op":"delete","model":"Fact","key":[1],"expect_version":1}"#, Code::ImmutableModelMutation, ""),
        (r#"{"op":"dance"}"#, Code::InvalidCall, "/op"),
        (r#"{"op":"get","model":"Note","key":["a","b"],"limit":1}"#, Code::InvalidCall, ""),
        ("{\"op\":\"get\"", Code::InvalidCall, ""),
    ];
    for (call, code, path) in cases {
        let error = refuse(call);
        assert_eq!(error.code(), code, "{call}: {error}");
        assert_eq!(error.details().path.as_deref().unwrap_or(""), path, "{call}: {error}");
        assert_eq!(error.details().outcome, Outcome::NotSent);
    }
    let large =
        format!(r#"{{"op":"create","model":"Note","item":{{"pk":"a","sk":"b","title":"{}"}}}}"#, "x".repeat(409_600));
    assert_eq!(refuse(&large).code(), Code::ItemTooLarge);
    assert_eq!(client().start(b"{\"op\":\"\xff\"}", NOW).0.map(|_| ()), None, "malformed UTF-8 is refused");
}

#[test]
fn misspelt_names_get_a_suggestion() {
    let cases = [
        (r#"{"op":"get","model":"Noet","key":["a","b"]}"#, "did you mean `Note`?"),
        (r#"{"op":"get","model":"Zebra","key":["a","b"]}"#, "the document has `Note`, `Fact`, `Plain`"),
        (r#"{"op":"create","model":"Note","item":{"pk":"a","sk":"b","titel":"x"}}"#, "did you mean `title`?"),
        (r#"{"op":"delete","model":"Note","key":["a","b"],"condition":{"titel":1}}"#, "did you mean `title`?"),
        (r#"{"op":"delete","model":"Note","key":["a","b"],"condition":{"views":{"gt3":1}}}"#, "did you mean `gt`?"),
    ];
    for (call, hint) in cases {
        assert_eq!(refuse(call).details().hint.as_deref(), Some(hint), "{call}");
    }
}

#[test]
fn a_version_conflict_is_told_from_another_failed_condition() {
    let call = r#"{"op":"update","model":"Note","key":["a","b"],"set":{"title":"x"},"expect_version":3,"return_old_on_failure":true"#;
    let old = |version: u32| format!(r#"{FAILED},"Item":{{"pk":{{"S":"a"}},"version":{{"N":"{version}"}}}}}}"#);
    let code = |call: &str, body: &str| {
        let (mut operation, request) = send(call);
        match operation.resume(request.id, answer(400, body), NOW) {
            Step::Failed(error) => {
                let item = error.details().item.as_ref().map(|item| item.get().to_owned());
                (error.details().codes.clone(), item, error.details().outcome)
            }
            other => panic!("{other:?}"),
        }
    };
    let conflict = vec![Code::ConditionFailed, Code::VersionConflict];
    let (codes, item, outcome) = code(&format!("{call}}}"), &old(4));
    assert_eq!((codes, outcome), (conflict.clone(), Outcome::Rejected));
    assert_eq!(item.as_deref(), Some(r#"{"pk":"a","version":4}"#));
    let other = format!(r#"{call},"condition":{{"views":1}}}}"#);
    assert_eq!(code(&other, &old(3)).0, vec![Code::ConditionFailed]);
    assert_eq!(code(&other, &old(4)).0, conflict);
    assert_eq!(code(&other, &format!("{FAILED}}}")).0, conflict);
}

fn resumed(operation: &mut Operation, request: &Request, reply: Reply<'_>) -> Step {
    operation.resume(request.id, reply, NOW)
}

#[test]
fn a_write_whose_answer_was_lost_is_recognised() {
    let lost = Reply::Failure { kind: FailureKind::Broken, message: "reset" };
    let (mut operation, first) = send(r#"{"op":"create","model":"Note","item":{"pk":"a","sk":"b","views":1}}"#);
    assert!(matches!(resumed(&mut operation, &first, lost.clone()), Step::Run { wait: Some(25), .. }));
    let second = only(operation.resume(0, Reply::Elapsed, NOW));
    assert_eq!(first.body, second.body);
    let item = first.body.split_once("\"Item\":").unwrap().1.split_once(",\"ConditionExpression\"").unwrap().0;
    let ours = format!("{FAILED},\"Item\":{item}}}");
    match resumed(&mut operation, &second, answer(400, &ours)) {
        Step::Done(result) => assert!(result.contains("\"attempts\":2"), "{result}"),
        other => panic!("{other:?}"),
    }

    let (mut operation, first) = send(r#"{"op":"create","model":"Note","item":{"pk":"a","sk":"b","views":1}}"#);
    resumed(&mut operation, &first, lost);
    let second = only(operation.resume(0, Reply::Elapsed, NOW));
    match resumed(&mut operation, &second, answer(400, &ours.replace("\"N\":\"1\"", "\"N\":\"2\""))) {
        Step::Failed(error) => {
            assert_eq!((error.code(), error.details().outcome), (Code::ConditionFailed, Outcome::Unknown));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_update_that_adds_up_is_not_repeated_when_it_may_have_happened() {
    let call = r#"{"op":"update","model":"Plain","key":["a"],"add":{"count":1}}"#;
    let (mut operation, request) = send(call);
    match resumed(&mut operation, &request, Reply::Failure { kind: FailureKind::Timeout, message: "" }) {
        Step::Failed(error) => {
            assert_eq!((error.code(), error.details().outcome), (Code::Timeout, Outcome::Unknown));
        }
        other => panic!("{other:?}"),
    }
    let (mut operation, request) = send(call);
    let step = resumed(&mut operation, &request, Reply::Failure { kind: FailureKind::Connect, message: "" });
    assert!(matches!(step, Step::Run { wait: Some(_), .. }), "nothing was sent, so it is safe to try again");
}

#[test]
fn attempts_end() {
    let (mut operation, mut request) = send(r#"{"op":"find","model":"Note","key":["a","b"]}"#);
    let busy = r#"{"__type":"ProvisionedThroughputExceededException","message":"busy"}"#;
    let mut waits = Vec::new();
    loop {
        match resumed(&mut operation, &request, answer(400, busy)) {
            Step::Run { wait: Some(wait), .. } => {
                waits.push(wait);
                request = only(operation.resume(0, Reply::Elapsed, NOW));
            }
            Step::Failed(error) => {
                assert_eq!(error.code(), Code::Throttled);
                assert!(error.details().retryable);
                let stats = error.details().stats.as_ref().unwrap().get();
                assert!(stats.starts_with(r#"{"attempts":4,"retries":3,"waited_ms":7000"#), "{stats}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(waits, [1000, 2000, 4000]);
}

#[test]
fn misuse_is_a_typed_error() {
    let call = r#"{"op":"find","model":"Note","key":["a","b"]}"#;
    for misuse in [7, 0] {
        let (mut operation, _) = send(call);
        match operation.resume(misuse, answer(200, "{}"), NOW) {
            Step::Failed(error) => assert_eq!(error.code(), Code::InvalidHandle),
            other => panic!("{other:?}"),
        }
        assert!(operation.is_over());
        assert!(matches!(operation.resume(1, Reply::Elapsed, NOW), Step::Failed(_)));
    }
    let (mut operation, request) = send(call);
    assert!(
        matches!(operation.resume(0, Reply::Elapsed, NOW), Step::Run { wait: None, .. }),
        "an early timer is ignored"
    );
    assert!(matches!(resumed(&mut operation, &request, answer(200, "{}")), Step::Done(_)));
}

#[test]
fn signed_requests_need_a_region_and_credentials() {
    let error = Client::open(NOTES.as_bytes(), b"").unwrap_err();
    assert_eq!(error.code(), Code::Configuration);
    let client = Client::open(
        NOTES.as_bytes(),
        br#"{"region":"eu-west-1","tables":{"prefix":"dev-","names":{"Plain":"other"}}}"#,
    )
    .unwrap();
    let call = br#"{"op":"find","model":"Note","key":["a","b"]}"#;
    let (operation, step) = client.start(call, NOW);
    assert!(matches!(step, Step::Credentials));
    let keys = br#"{"access_key_id":"AK","secret_access_key":"SK"}"#;
    let request = only(operation.unwrap().resume(0, Reply::Credentials(keys), NOW));
    assert_eq!(request.url, "https://dynamodb.eu-west-1.amazonaws.com/");
    assert!(request.head.contains("x-amz-target: DynamoDB_20120810.GetItem\r\n"));
    assert!(request.body.contains("\"TableName\":\"dev-notes\""));
    // Known credentials are not asked for again.
    let request = only(client.start(br#"{"op":"find","model":"Plain","key":"a"}"#, NOW).1);
    assert!(request.body.contains("\"TableName\":\"other\""));
    match client.start(call, NOW).0.unwrap().resume(0, Reply::NoCredentials("looked in the environment"), NOW) {
        Step::Failed(error) => assert_eq!(error.code(), Code::Credentials),
        other => panic!("{other:?}"),
    }
}
