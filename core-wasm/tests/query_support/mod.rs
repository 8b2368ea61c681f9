//! What the tests of reads share: a schema, and ways to start and to answer calls.
#![allow(dead_code)]

use tabletheory_core::client::Client;
use tabletheory_core::error::Error;
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{Moment, Reply, Request, Step};

pub const NOTES: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "S" }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"] }
      - { attribute: "sk", type: "S", roles: ["sk"] }
      - { attribute: "author", type: "S", optional: true }
      - { attribute: "at", type: "N", optional: true }
      - { attribute: "title", type: "S" }
      - { attribute: "views", type: "N" }
      - { attribute: "tags", type: "SS" }
      - { attribute: "body", type: "M" }
      - { attribute: "lines", type: "L" }
      - { attribute: "blob", type: "B" }
    indexes:
      - name: "by-author"
        type: "GSI"
        partition: { attribute: "author", type: "S" }
        sort: { attribute: "at", type: "N" }
        projection: { type: "INCLUDE", fields: ["title"] }
      - name: "by-title"
        type: "GSI"
        partition: { attribute: "title", type: "S" }
        projection: { type: "KEYS_ONLY" }
      - name: "local-views"
        type: "LSI"
        partition: { attribute: "pk", type: "S" }
        sort: { attribute: "views", type: "N" }
        projection: { type: "KEYS_ONLY" }
  - name: "Fact"
    table: { name: "facts" }
    keys:
      partition: { attribute: "id", type: "N" }
    attributes:
      - { attribute: "id", type: "N", roles: ["pk"] }
      - { attribute: "text", type: "S" }
  - name: "Chunk"
    table: { name: "chunks" }
    keys:
      partition: { attribute: "hash", type: "B" }
      sort: { attribute: "part", type: "B" }
    attributes:
      - { attribute: "hash", type: "B", roles: ["pk"] }
      - { attribute: "part", type: "B", roles: ["sk"] }
  - name: "Secret"
    table: { name: "secrets" }
    keys:
      partition: { attribute: "id", type: "S" }
      sort: { attribute: "nr", type: "N" }
    attributes:
      - { attribute: "id", type: "S", roles: ["pk"] }
      - { attribute: "nr", type: "N", roles: ["sk"] }
      - { attribute: "word", type: "S", encryption: { v: 1 } }
"#;

/// 2026-01-02T03:04:05.678901234Z
pub const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: u128::MAX };

pub fn client() -> Client {
    client_with(r#"{"transport":"sdk","capacity":"none"}"#)
}

pub fn client_with(settings: &str) -> Client {
    Client::open(NOTES.as_bytes(), settings.as_bytes()).unwrap()
}

/// The requests of a step, and its wait.
pub fn run(step: Step) -> (Vec<Request>, Option<u32>) {
    match step {
        Step::Run { requests, wait, .. } => (requests, wait),
        other => panic!("expected requests, got {other:?}"),
    }
}

/// Starts a call that sends one request.
pub fn send_by(client: &Client, call: &str) -> (Operation, Request) {
    let (operation, step) = client.start(call.as_bytes(), NOW);
    let operation = operation.unwrap_or_else(|| panic!("{call} ended with {step:?}"));
    let (mut requests, _) = run(step);
    assert_eq!(requests.len(), 1, "{call}");
    (operation, requests.remove(0))
}

pub fn send(call: &str) -> (Operation, Request) {
    send_by(&client(), call)
}

/// The body of the first request.
pub fn body(call: &str) -> String {
    send(call).1.body
}

/// The error of a call that is refused before anything is sent.
pub fn refuse(call: &str) -> Error {
    refuse_by(&client(), call)
}

pub fn refuse_by(client: &Client, call: &str) -> Error {
    match client.start(call.as_bytes(), NOW) {
        (None, Step::Failed(error)) => error,
        (_, step) => panic!("expected a refusal of {call}, got {step:?}"),
    }
}

pub fn answer(body: &str) -> Reply<'_> {
    Reply::Response { status: 200, head: b"x-amzn-requestid: R1\r\n", body: body.as_bytes() }
}

/// Runs a call against these answers, one after the other: the bodies of its requests, and its end.
pub fn script(client: &Client, call: &str, answers: &[&str]) -> (Vec<String>, Step) {
    let (operation, mut step) = client.start(call.as_bytes(), NOW);
    let mut operation = operation.unwrap_or_else(|| panic!("{call} ended with {step:?}"));
    let (mut bodies, mut answers) = (Vec::new(), answers.iter());
    while let Step::Run { requests, .. } = step {
        assert_eq!(requests.len(), 1, "{call}");
        let id = requests[0].id;
        bodies.push(requests.into_iter().next().unwrap().body);
        let reply = answers.next().unwrap_or_else(|| panic!("no answer is left for {}", bodies.last().unwrap()));
        step = operation.resume(id, answer(reply), NOW);
    }
    assert_eq!(answers.next(), None, "an answer was left over for {call}");
    (bodies, step)
}

/// The result document without its statistics.
pub fn result(step: Step) -> String {
    match step {
        Step::Done(result) => match result.split_once(",\"stats\":") {
            Some((result, _)) => format!("{result}}}"),
            None => result,
        },
        other => panic!("expected a result, got {other:?}"),
    }
}

/// Code, path and message of an error.
pub fn said(error: &Error) -> String {
    let details = error.details();
    format!("{} {}: {}", details.code.as_str(), details.path.as_deref().unwrap_or("-"), details.message)
}
