//! Batches: requests byte by byte, unprocessed parts, failures half-way, and what they leave.

use tabletheory_core::client::Client;
use tabletheory_core::error::{Code, Error, Outcome};
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{FailureKind, Moment, Reply, Request, Step, Stop};

const NOTES: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "N" }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"], required: true }
      - { attribute: "sk", type: "N", roles: ["sk"], required: true }
      - { attribute: "title", type: "S" }
      - { attribute: "views", type: "N" }
      - { attribute: "updatedAt", type: "S", roles: ["updated_at"] }
      - { attribute: "version", type: "N", roles: ["version"] }
  - name: "Tag"
    table: { name: "notes" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "N" }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"] }
      - { attribute: "sk", type: "N", roles: ["sk"] }
      - { attribute: "label", type: "S" }
  - name: "Fact"
    table: { name: "facts" }
    keys: { partition: { attribute: "id", type: "B" } }
    attributes:
      - { attribute: "id", type: "B", roles: ["pk"] }
      - { attribute: "text", type: "S" }
  - name: "Once"
    table: { name: "onces" }
    keys: { partition: { attribute: "id", type: "S" } }
    write_policy: { mode: "write_once" }
    attributes: [ { attribute: "id", type: "S", roles: ["pk"] } ]
  - name: "Guarded"
    table: { name: "guarded" }
    keys: { partition: { attribute: "id", type: "S" } }
    write_policy: { protected_attributes: ["owner"] }
    attributes: [ { attribute: "id", type: "S", roles: ["pk"] }, { attribute: "owner", type: "S" } ]
"#;

/// 2026-01-02T03:04:05.678901234Z
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: u64::MAX as u128 };
const BUSY: &str = r#"{"__type":"ProvisionedThroughputExceededException","message":"busy"}"#;

fn client(settings: &str) -> Client {
    Client::open(NOTES.as_bytes(), settings.as_bytes()).unwrap()
}

struct Run {
    operation: Operation,
    requests: Vec<Request>,
    wait: Option<u32>,
    progress: Option<String>,
}

fn start_with(settings: &str, call: &str) -> Run {
    let (operation, step) = client(settings).start(call.as_bytes(), NOW);
    let mut run = Run { operation: operation.expect("it has begun"), requests: vec![], wait: None, progress: None };
    run.take(step);
    run
}

fn start(call: &str) -> Run {
    start_with(r#"{"transport":"sdk","capacity":"none"}"#, call)
}

impl Run {
    fn take(&mut self, step: Step) -> Option<Result<String, Error>> {
        match step {
            Step::Run { requests, wait, progress } => {
                (self.requests, self.wait, self.progress) = (requests, wait, progress);
                None
            }
            Step::Done(result) => Some(Ok(result)),
            Step::Failed(error) => Some(Err(error)),
            Step::Credentials => panic!("no credentials are needed"),
        }
    }

    /// Answers the request with this id.
    fn answer(&mut self, id: u32, status: u16, body: &str) -> Option<Result<String, Error>> {
        let step = self.operation.resume(id, Reply::Response { status, head: b"", body: body.as_bytes() }, NOW);
        self.take(step)
    }

    fn lose(&mut self, id: u32, kind: FailureKind) -> Option<Result<String, Error>> {
        let step = self.operation.resume(id, Reply::Failure { kind, message: "" }, NOW);
        self.take(step)
    }

    fn elapse(&mut self) -> Option<Result<String, Error>> {
        let later = Moment { nanos: NOW.nanos + u64::from(self.wait.expect("it waits")) * 1_000_000, ..NOW };
        let step = self.operation.resume(0, Reply::Elapsed, later);
        self.take(step)
    }

    fn ids(&self) -> Vec<u32> {
        self.requests.iter().map(|request| request.id).collect()
    }
}

fn failed(end: Option<Result<String, Error>>) -> Error {
    end.expect("it is over").expect_err("it failed")
}

fn done(end: Option<Result<String, Error>>) -> String {
    end.expect("it is over").expect("it went well")
}

fn batch_of(error: &Error) -> serde_json::Value {
    let document: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
    document["batch"].clone()
}

fn refuse(call: &str) -> Error {
    match client(r#"{"transport":"sdk"}"#).start(call.as_bytes(), NOW) {
        (None, Step::Failed(error)) => error,
        (_, step) => panic!("expected a refusal of {call}, got {step:?}"),
    }
}

fn puts(count: usize) -> String {
    let items: Vec<String> = (0..count).map(|at| format!(r#"{{"pk":"p","sk":{at}}}"#)).collect();
    format!(r#"{{"op":"batch_write","writes":[{{"model":"Tag","put":[{}]}}]"#, items.join(","))
}

fn keys(count: usize) -> String {
    let keys: Vec<String> = (0..count).map(|at| format!(r#"["p",{at}]"#)).collect();
    format!(r#"{{"op":"batch_get","gets":[{{"model":"Tag","keys":[{}]}}]"#, keys.join(","))
}

#[test]
fn writes_of_several_models_go_together() {
    let call = r#"{"op":"batch_write","writes":[
        {"model":"Note","put":[{"pk":"a","sk":1,"title":"x","updatedAt":"mine","version":7},{"pk":"a","sk":2}]},
        {"model":"Fact","delete":["AQ==",{"id":{"$binary":"Ag=="}}]},{"model":"Tag","delete":[["b","3.0"]]}]}"#;
    let mut run = start_with(r#"{"transport":"sdk"}"#, call);
    assert_eq!(run.requests[0].action, "BatchWriteItem");
    assert_eq!(
        run.requests[0].body,
        concat!(
            r#"{"RequestItems":{"notes":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"title":{"S":"x"},"version":{"N":"7"},"#,
            r#""updatedAt":{"S":"2026-01-02T03:04:05.678901234Z"}}}},{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"2"},"#,
            r#""updatedAt":{"S":"2026-01-02T03:04:05.678901234Z"},"version":{"N":"0"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"},"sk":{"N":"3.0"}}}}],"#,
            r#""facts":[{"DeleteRequest":{"Key":{"id":{"B":"AQ=="}}}},{"DeleteRequest":{"Key":{"id":{"B":"Ag=="}}}}]},"#,
            r#""ReturnConsumedCapacity":"TOTAL"}"#
        )
    );
    let body = r#"{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"notes","CapacityUnits":3},{"TableName":"facts","CapacityUnits":2}]}"#;
    let result = done(run.answer(1, 200, body));
    assert_eq!(
        result,
        concat!(
            r#"{"written":5,"stamped":[{"updatedAt":"2026-01-02T03:04:05.678901234Z","version":0},null,null],"#,
            r#""stats":{"attempts":1,"retries":0,"waited_ms":0,"capacity":{"total":5}}}"#
        )
    );
}

#[test]
fn reads_come_back_in_the_order_asked() {
    let call = r#"{"op":"batch_get","gets":[{"model":"Note","keys":[["a",2],["a","1.0"],["a",3]],"projection":["title"],"consistent":true},
        {"model":"Fact","keys":["AQ=="],"raw":true},{"model":"Tag","keys":[["a",9]]}]}"#;
    let mut run = start(call);
    assert_eq!(run.requests.len(), 2, "one table is read in one manner by one request");
    assert_eq!(
        run.requests[0].body,
        concat!(
            r##"{"RequestItems":{"notes":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"2"}},{"pk":{"S":"a"},"sk":{"N":"1.0"}},{"pk":{"S":"a"},"sk":{"N":"3"}}],"##,
            r##""ConsistentRead":true,"ProjectionExpression":"#n0, #n1, #n2","ExpressionAttributeNames":{"#n0":"title","#n1":"pk","#n2":"sk"}},"##,
            r##""facts":{"Keys":[{"id":{"B":"AQ=="}}]}}}"##
        )
    );
    assert_eq!(run.requests[1].body, r#"{"RequestItems":{"notes":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"9"}}]}}}"#);
    assert!(
        run.answer(2, 200, r#"{"Responses":{"notes":[{"sk":{"N":"9"},"pk":{"S":"a"},"label":{"S":"l"}}]}}"#).is_none()
    );
    let first = r#"{"Responses":{"facts":[{"id":{"B":"AQ=="},"alien":{"S":"x"}}],
        "notes":[{"title":{"S":"one"},"sk":{"N":"1"},"pk":{"S":"a"}},{"pk":{"S":"a"},"sk":{"N":"2"}}]},"UnprocessedKeys":{}}"#;
    let result = done(run.answer(1, 200, first));
    assert!(
        result.starts_with(
            r#"{"results":[[{},{"title":"one"},null],[{"id":{"$binary":"AQ=="},"alien":"x"}],[{"sk":9,"pk":"a","label":"l"}]],"stats""#
        ),
        "{result}"
    );
}

#[test]
fn requests_hold_as_much_as_the_service_takes() {
    let run = start(&format!("{},\"parallel\":2}}", puts(60)));
    let sizes: Vec<usize> = run.requests.iter().map(|request| request.body.matches("PutRequest").count()).collect();
    assert_eq!(sizes, [25, 25]);
    let run = start(&format!("{}}}", keys(350)));
    let sizes: Vec<usize> = run.requests.iter().map(|request| request.body.matches("{\"pk\"").count()).collect();
    assert_eq!(sizes, [100, 100, 100, 50]);
    // Small numbers take nine bytes on the wire and two in the table: 25 such items are more than 16 MB.
    let numbers = vec!["1"; 80_000].join(",");
    let item = |at: usize| format!(r#"{{"op":{at},"l":[{numbers}]}}"#).replace("\"op\":", "\"pk\":\"k\",\"sk\":");
    let document = NOTES.replace("{ attribute: \"label\", type: \"S\" }", "{ attribute: \"l\", type: \"L\" }");
    let items: Vec<String> = (0..25).map(item).collect();
    let call = format!(r#"{{"op":"batch_write","writes":[{{"model":"Tag","put":[{}]}}]}}"#, items.join(","));
    let (_, step) = Client::open(document.as_bytes(), br#"{"transport":"sdk"}"#).unwrap().start(call.as_bytes(), NOW);
    let Step::Run { requests, .. } = step else { panic!("{step:?}") };
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.body.len() <= 16 * 1024 * 1024));
    assert_eq!(requests.iter().map(|request| request.body.matches("PutRequest").count()).sum::<usize>(), 25);
}

#[test]
fn nothing_to_do_is_done_at_once() {
    for (call, result) in [
        (r#"{"op":"batch_get","gets":[]}"#, r#"{"results":[],"#),
        (
            r#"{"op":"batch_get","gets":[{"model":"Note","keys":[]},{"model":"Tag","keys":[]}]}"#,
            r#"{"results":[[],[]],"#,
        ),
        (r#"{"op":"batch_write","writes":[]}"#, r#"{"written":0,"stamped":[],"#),
    ] {
        match client(r#"{"transport":"sdk"}"#).start(call.as_bytes(), NOW) {
            (None, Step::Done(done)) => assert!(done.starts_with(result), "{done}"),
            (_, step) => panic!("{step:?}"),
        }
    }
}

#[test]
fn what_can_be_refused_is_refused_before_sending() {
    let large = format!(r#"{{"pk":"a","sk":1,"label":"{}"}}"#, "x".repeat(409_600));
    let large = format!(r#"{{"op":"batch_write","writes":[{{"model":"Tag","put":[{{"pk":"a","sk":2}},{large}]}}]}}"#);
    let cases = [
        (large.as_str(), Code::ItemTooLarge, "/writes/0/put/1"),
        (r#"{"op":"batch_write","writes":[{"model":"Tags","put":[]}]}"#, Code::InvalidModel, "/writes/0/model"),
        (r#"{"op":"batch_write","writes":[{"model":"Tag"}]}"#, Code::InvalidCall, "/writes/0"),
        (r#"{"op":"batch_write","writes":[{"model":"Tag","put":[],"delete":[]}]}"#, Code::InvalidCall, "/writes/0"),
        (
            r#"{"op":"batch_write","writes":[{"model":"Once","put":[{"id":"a"}]}]}"#,
            Code::ImmutableModelMutation,
            "/writes/0",
        ),
        (
            r#"{"op":"batch_write","writes":[{"model":"Once","delete":["a"]}]}"#,
            Code::ImmutableModelMutation,
            "/writes/0",
        ),
        (
            r#"{"op":"batch_write","writes":[{"model":"Guarded","put":[{"id":"a"}]}]}"#,
            Code::ProtectedFieldMutation,
            "/writes/0",
        ),
        (
            r#"{"op":"batch_write","writes":[{"model":"Tag","put":[{"pk":"a","sk":1}]},{"model":"Note","delete":[["a","1.00"]]}]}"#,
            Code::InvalidOperator,
            "/writes/1/delete/0",
        ),
        (
            r#"{"op":"batch_write","writes":[{"model":"Tag","put":[{"pk":"a","sk":1,"lable":"x"}]}]}"#,
            Code::InvalidModel,
            "/writes/0/put/0/lable",
        ),
        (
            r#"{"op":"batch_write","writes":[{"model":"Tag","delete":[["a"]]}]}"#,
            Code::MissingPrimaryKey,
            "/writes/0/delete/0",
        ),
        (
            r#"{"op":"batch_write","writes":[{"model":"Tag","delete":[["",1]]}]}"#,
            Code::InvalidPrimaryKey,
            "/writes/0/delete/0/0",
        ),
        (
            r#"{"op":"batch_get","gets":[{"model":"Tag","keys":[["a",1],["b",1],["a","1.0"]]}]}"#,
            Code::InvalidOperator,
            "/gets/0/keys/2",
        ),
        (
            r#"{"op":"batch_get","gets":[{"model":"Tag","keys":[["a",1]],"projection":["label","lable"]}]}"#,
            Code::InvalidModel,
            "/gets/0/projection/1",
        ),
        (
            r#"{"op":"batch_get","gets":[{"model":"Tag","keys":[],"projection":[]}]}"#,
            Code::InvalidOperator,
            "/gets/0/projection",
        ),
        (r#"{"op":"batch_get","gets":[],"parallel":0}"#, Code::InvalidOperator, "/parallel"),
        (r#"{"op":"batch_get","gets":[],"parallel":65}"#, Code::InvalidOperator, "/parallel"),
        (r#"{"op":"batch_get","gets":[],"consistent":true}"#, Code::InvalidCall, ""),
    ];
    for (call, code, path) in cases {
        let error = refuse(call);
        let shown: String = call.chars().take(200).collect();
        assert_eq!(error.code(), code, "{shown}: {error}");
        assert_eq!(error.details().path.as_deref().unwrap_or(""), path, "{shown}: {error}");
        assert_eq!(error.details().outcome, Outcome::NotSent);
        assert!(error.details().batch.is_none());
    }
    assert!(start(r#"{"op":"batch_write","writes":[{"model":"Guarded","delete":["a"]}]}"#).requests.len() == 1);
}

const LEFT: &str = r#"{"UnprocessedItems":{"notes":[{"PutRequest":{"Item":{"sk":{"N":"1"},"pk":{"S":"p"}}}}]}}"#;

#[test]
fn what_comes_back_is_sent_again_after_a_pause() {
    let mut run = start(&format!("{},\"progress\":true,\"parallel\":1}}", puts(26)));
    assert!(run.answer(1, 200, LEFT).is_none());
    assert!(run.requests.is_empty(), "nothing is sent while it waits");
    assert_eq!((run.wait, run.progress.as_deref()), (Some(25), Some(r#"{"done":24,"total":26,"unprocessed":1}"#)));
    assert!(run.elapse().is_none());
    let body = &run.requests[0].body;
    assert!(body.contains(r#"[{"PutRequest":{"Item":{"pk":{"S":"p"},"sk":{"N":"1"}}}},{"PutRequest":{"Item":{"pk":{"S":"p"},"sk":{"N":"25"}}}}]"#), "{body}");
    let result = done(run.answer(2, 200, r#"{"UnprocessedItems":{}}"#));
    let whole = r#"{"written":26,"stamped":[{}],"progress":{"done":26,"total":26,"unprocessed":0},"stats":{"attempts":2,"retries":1,"waited_ms":25"#;
    assert!(result.starts_with(whole), "{result}");
}

#[test]
fn the_result_tells_the_last_progress_when_it_was_asked_for() {
    let mut run = start(r#"{"op":"batch_get","gets":[{"model":"Fact","keys":["YQ=="]}],"progress":true}"#);
    let result = done(run.answer(1, 200, r#"{"Responses":{"facts":[]},"UnprocessedKeys":{}}"#));
    let whole = r#"{"results":[[null]],"progress":{"done":1,"total":1,"unprocessed":0},"stats":"#;
    assert!(result.starts_with(whole), "{result}");

    let mut run = start(&format!("{}}}", puts(1)));
    let result = done(run.answer(1, 200, r#"{"UnprocessedItems":{}}"#));
    assert!(result.starts_with(r#"{"written":1,"stamped":[{}],"stats":"#), "{result}");

    let none = br#"{"op":"batch_write","writes":[],"progress":true}"#;
    let (_, step) = client(r#"{"transport":"sdk"}"#).start(none, NOW);
    let Step::Done(result) = step else { panic!("{step:?}") };
    let whole = r#"{"written":0,"stamped":[],"progress":{"done":0,"total":0,"unprocessed":0},"stats":"#;
    assert!(result.starts_with(whole), "{result}");
}

#[test]
fn a_service_that_takes_nothing_is_given_up() {
    let mut run = start(&format!("{}}}", puts(2)));
    let both = r#"{"UnprocessedItems":{"notes":[{"PutRequest":{"Item":{"sk":{"N":"1"},"pk":{"S":"p"}}}},{"PutRequest":{"Item":{"sk":{"N":"0"},"pk":{"S":"p"}}}}]}}"#;
    // One goes through at the second attempt: the count begins anew.
    let mut waits = Vec::new();
    for (id, body) in [(1, both), (2, LEFT), (3, LEFT), (4, LEFT)] {
        assert!(run.answer(id, 200, body).is_none());
        waits.push(run.wait.unwrap());
        assert!(run.elapse().is_none());
    }
    assert_eq!(waits, [1000, 50, 4000, 8000]);
    let error = failed(run.answer(5, 200, LEFT));
    assert_eq!(error.details().codes, [Code::BatchOperationFailed]);
    assert_eq!(batch_of(&error), serde_json::json!({"written": [[0, 0]], "unwritten": [[0, 1]], "unknown": []}));
    assert_eq!((error.details().outcome, error.details().retryable), (Outcome::Unknown, true));

    let mut run = start_with(r#"{"transport":"sdk","retry":{"max_attempts":1}}"#, &format!("{}}}", puts(2)));
    let error = failed(run.answer(1, 200, both));
    assert_eq!(batch_of(&error), serde_json::json!({"written": [], "unwritten": [[0, 0], [0, 1]], "unknown": []}));
    assert_eq!(error.details().outcome, Outcome::Rejected, "nothing was written");
}

#[test]
fn a_failure_waits_for_what_is_in_flight() {
    let mut run = start(&format!("{},\"parallel\":3}}", puts(100)));
    assert_eq!(run.ids(), [1, 2, 3]);
    let refused = r#"{"__type":"AccessDeniedException","message":"no"}"#;
    assert!(run.answer(2, 400, refused).is_none());
    assert!(run.requests.is_empty(), "nothing more is sent");
    assert!(run.answer(3, 200, "{}").is_none());
    // The answer of the first is lost for good; an attempt of it may have been carried out.
    assert!(run.lose(1, FailureKind::Broken).is_none());
    assert!(run.elapse().is_none());
    let error = failed(run.answer(4, 400, refused));
    assert_eq!(error.details().codes, [Code::BatchOperationFailed, Code::AccessDenied]);
    assert_eq!(error.code(), Code::AccessDenied);
    assert_eq!(error.details().outcome, Outcome::Unknown);
    let batch = batch_of(&error);
    let list = |name: &str| -> Vec<u64> {
        batch[name].as_array().unwrap().iter().map(|position| position[1].as_u64().unwrap()).collect()
    };
    assert_eq!(list("written"), (50..75).collect::<Vec<_>>());
    assert_eq!(list("unknown"), (0..25).collect::<Vec<_>>());
    assert_eq!(list("unwritten"), (25..50).chain(75..100).collect::<Vec<_>>());
}

#[test]
fn bad_luck_does_not_end_a_load_that_goes_on() {
    let settings = r#"{"transport":"sdk","retry":{"max_attempts":2}}"#;
    let mut run = start_with(settings, &format!("{},\"parallel\":1}}", puts(50)));
    assert!(run.answer(1, 200, "{}").is_none());
    for id in [2, 3] {
        assert!(run.answer(id, 400, BUSY).is_none());
        assert!(run.elapse().is_none());
    }
    assert_eq!(run.requests[0].body.matches("PutRequest").count(), 25, "the refused ones go again");
    // Nothing has gone through since: now it is over.
    assert!(run.answer(4, 400, BUSY).is_none());
    assert!(run.elapse().is_none());
    let error = failed(run.answer(5, 400, BUSY));
    assert_eq!(error.details().codes, [Code::BatchOperationFailed, Code::Throttled]);
    assert_eq!(batch_of(&error)["written"].as_array().unwrap().len(), 25);
    assert_eq!(batch_of(&error)["unwritten"].as_array().unwrap().len(), 25);
}

#[test]
fn what_may_have_been_written_stays_in_doubt_when_it_comes_back() {
    let mut run = start_with(r#"{"transport":"sdk","retry":{"max_attempts":2}}"#, &format!("{}}}", puts(3)));
    assert!(run.lose(1, FailureKind::Timeout).is_none());
    assert!(run.elapse().is_none());
    assert!(run.answer(2, 200, LEFT).is_none());
    assert!(run.elapse().is_none());
    let error = failed(run.answer(3, 200, LEFT));
    assert_eq!(
        batch_of(&error),
        serde_json::json!({"written": [[0, 0], [0, 2]], "unwritten": [], "unknown": [[0, 1]]})
    );
}

#[test]
fn whoever_stops_a_batch_is_told_how_far_it_came() {
    let mut run = start(&format!("{},\"parallel\":2}}", puts(100)));
    assert!(run.answer(1, 200, "{}").is_none());
    assert_eq!(run.ids(), [3]);
    // The second was surely not carried out: it waits to be sent again.
    assert!(run.answer(2, 400, BUSY).is_none());
    let step = run.operation.resume(0, Reply::Stop(Stop::Cancelled), NOW);
    let error = failed(run.take(step));
    assert_eq!(error.details().codes, [Code::BatchOperationFailed, Code::Canceled]);
    let batch = batch_of(&error);
    assert_eq!(batch["written"].as_array().unwrap().len(), 25);
    assert_eq!(batch["unknown"], serde_json::json!((50..75).map(|at| [0, at]).collect::<Vec<_>>()));
    assert_eq!(batch["unwritten"].as_array().unwrap().len(), 50);
    assert_eq!(error.details().outcome, Outcome::Unknown);
}

#[test]
fn reads_that_fail_half_way_give_what_they_have() {
    let settings = r#"{"transport":"sdk","retry":{"max_attempts":1}}"#;
    let mut run = start_with(settings, &format!("{},\"parallel\":1}}", keys(3)));
    let body = r#"{"Responses":{"notes":[{"pk":{"S":"p"},"sk":{"N":"1"}}]},"UnprocessedKeys":{"notes":{"Keys":[{"pk":{"S":"p"},"sk":{"N":"2"}}]}}}"#;
    let error = failed(run.answer(1, 200, body));
    assert_eq!(error.code(), Code::BatchOperationFailed);
    assert_eq!(
        batch_of(&error),
        serde_json::json!({"read": [[0, 0], [0, 1]], "unread": [[0, 2]], "results": [[null, {"pk": "p", "sk": 1}, null]]})
    );
    assert_eq!(error.details().outcome, Outcome::Rejected);
    let mut run = start_with(settings, &format!("{}}}", keys(2)));
    let error = failed(run.answer(1, 400, BUSY));
    assert_eq!(error.details().codes, [Code::BatchOperationFailed, Code::Throttled]);
    assert_eq!(
        batch_of(&error),
        serde_json::json!({"read": [], "unread": [[0, 0], [0, 1]], "results": [[null, null]]})
    );
}

#[test]
fn answers_that_belong_to_another_request_are_not_believed() {
    let settings = r#"{"transport":"sdk","retry":{"max_attempts":1}}"#;
    for body in [
        r#"{"Responses":{"notes":[{"pk":{"S":"p"},"sk":{"N":"7"}}]}}"#,
        r#"{"Responses":{"facts":[{"pk":{"S":"p"},"sk":{"N":"1"}}]}}"#,
        r#"{"Responses":{"notes":[{"pk":{"S":"p"}}]}}"#,
        r#"{"Responses":{},"UnprocessedKeys":{"notes":{"Keys":[{"pk":{"S":"q"},"sk":{"N":"1"}}]}}}"#,
        r#"{"Responses":{},"UnprocessedKeys":{"facts":{"Keys":[{"pk":{"S":"p"},"sk":{"N":"1"}}]}}}"#,
        r#"{"Responses":[]}"#,
    ] {
        let mut run = start_with(settings, &format!("{}}}", keys(2)));
        let error = failed(run.answer(1, 200, body));
        assert_eq!(error.details().codes, [Code::BatchOperationFailed, Code::InvalidResponse], "{body}");
        assert_eq!(batch_of(&error)["read"], serde_json::json!([]), "{body}");
    }
    for body in [
        r#"{"UnprocessedItems":{"notes":[{"PutRequest":{"Item":{"pk":{"S":"p"},"sk":{"N":"7"}}}}]}}"#,
        r#"{"UnprocessedItems":{"facts":[{"PutRequest":{"Item":{"pk":{"S":"p"},"sk":{"N":"1"}}}}]}}"#,
        r#"{"UnprocessedItems":[]}"#,
    ] {
        let mut run = start_with(settings, &format!("{}}}", puts(2)));
        let error = failed(run.answer(1, 200, body));
        assert_eq!(error.code(), Code::InvalidResponse, "{body}");
        assert_eq!(batch_of(&error), serde_json::json!({"written": [], "unwritten": [], "unknown": [[0, 0], [0, 1]]}));
    }
}

#[test]
fn a_stored_value_of_another_type_names_its_place() {
    let mut run = start(&format!("{}}}", keys(2)));
    let body = r#"{"Responses":{"notes":[{"pk":{"S":"p"},"sk":{"N":"1"},"label":{"N":"1"}}]}}"#;
    let error = failed(run.answer(1, 200, body));
    assert_eq!((error.code(), error.details().path.as_deref()), (Code::InvalidModel, Some("/results/0/1/label")));
}
