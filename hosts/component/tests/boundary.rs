//! Misuse of the boundary: whatever comes in, the answer is a typed error and never a trap.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use tabletheory_component::boundary::{Failure, FailureKind, Moment, Reply, Response, Started, Step};
use tabletheory_component::{Component, Instance, path};

const SCHEMA: &[u8] = include_bytes!("../../../examples/notes.dms.yml");
const GET: &[u8] = br#"{"op":"get","model":"Note","key":["u#1","n#1"]}"#;
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed_high: 1, seed_low: 2 };

static COMPONENT: LazyLock<Component> = LazyLock::new(|| Component::load(&path()).unwrap());

/// An instance; every call of it must come back without a trap.
struct Bench(Instance);

impl Bench {
    fn new() -> Self {
        Bench(COMPONENT.instantiate().unwrap())
    }

    fn open(&mut self, document: &[u8], settings: &[u8]) -> Result<u32, String> {
        self.0.core.call_open(&mut self.0.store, document, settings).expect("no trap")
    }

    fn opened(&mut self) -> u32 {
        self.open(SCHEMA, br#"{"transport":"sdk"}"#).unwrap()
    }

    fn start(&mut self, client: u32, call: &[u8]) -> Started {
        self.0.core.call_start(&mut self.0.store, client, call, NOW).expect("no trap")
    }

    fn resume(&mut self, operation: u32, request: u32, reply: &Reply) -> Step {
        self.0.core.call_resume(&mut self.0.store, operation, request, reply, NOW).expect("no trap").step
    }

    fn abandon(&mut self, operation: u32) {
        self.0.core.call_abandon(&mut self.0.store, operation).expect("no trap");
    }

    fn describe(&mut self, client: u32) -> Result<String, String> {
        self.0.core.call_describe(&mut self.0.store, client).expect("no trap")
    }

    fn close(&mut self, client: u32) {
        self.0.core.call_close(&mut self.0.store, client).expect("no trap");
    }

    fn check(&mut self, document: &[u8], options: &[u8]) -> Value {
        let report = self.0.core.call_check(&mut self.0.store, document, options).expect("no trap");
        serde_json::from_str(&report).expect("diagnostics are JSON")
    }

    /// A get that waits for the reply to its first request.
    fn waiting(&mut self) -> (u32, u32) {
        let client = self.opened();
        let started = self.start(client, GET);
        let Step::Run(run) = started.step else { panic!("{:?}", started.step) };
        (started.operation, run.requests[0].id)
    }
}

/// The code of an error document.
fn code(error: &str) -> String {
    let document: Value = serde_json::from_str(error).expect("an error document is JSON");
    assert!(
        document["message"].is_string() && document["outcome"].is_string() && document["codes"].is_array(),
        "{error}"
    );
    document["code"].as_str().unwrap().to_owned()
}

fn failed(step: &Step) -> String {
    match step {
        Step::Failed(error) => code(error),
        other => panic!("no failure: {other:?}"),
    }
}

fn response(status: u16, head: &[u8], body: &[u8]) -> Reply {
    Reply::Response(Response { status, head: head.to_vec(), body: body.to_vec() })
}

#[test]
fn unknown_handles_are_told() {
    let mut bench = Bench::new();
    for handle in [0, 1, 7, u32::MAX] {
        assert_eq!(code(&bench.describe(handle).unwrap_err()), "ErrInvalidHandle");
        let started = bench.start(handle, GET);
        assert_eq!((started.operation, failed(&started.step).as_str()), (0, "ErrInvalidHandle"));
        assert_eq!(failed(&bench.resume(handle, 1, &Reply::Elapsed)), "ErrInvalidHandle");
        bench.abandon(handle);
        bench.close(handle);
    }
}

#[test]
fn an_operation_that_is_over_is_forgotten() {
    let mut bench = Bench::new();
    let (operation, request) = bench.waiting();
    let found = response(200, b"", br#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}}}"#);
    assert!(matches!(bench.resume(operation, request, &found), Step::Done(_)));
    assert_eq!(failed(&bench.resume(operation, request, &found)), "ErrInvalidHandle");
    bench.abandon(operation);
}

#[test]
fn an_abandoned_operation_is_forgotten() {
    let mut bench = Bench::new();
    let (operation, request) = bench.waiting();
    bench.abandon(operation);
    assert_eq!(failed(&bench.resume(operation, request, &response(200, b"", b"{}"))), "ErrInvalidHandle");
    let (next, _) = bench.waiting();
    assert_ne!(next, operation, "a handle is not given out again at once");
}

#[test]
fn a_reply_to_another_request_is_refused() {
    let mut bench = Bench::new();
    for wrong in [0, 2, u32::MAX] {
        let (operation, request) = bench.waiting();
        assert_ne!(request, wrong);
        assert_eq!(failed(&bench.resume(operation, wrong, &response(200, b"", b"{}"))), "ErrInvalidHandle", "{wrong}");
    }
}

#[test]
fn replies_that_nobody_waits_for_are_refused() {
    let mut bench = Bench::new();
    for reply in [Reply::Credentials(b"{}".to_vec()), Reply::NoCredentials(b"none".to_vec())] {
        let (operation, request) = bench.waiting();
        let step = bench.resume(operation, request, &reply);
        assert!(matches!(&step, Step::Failed(error) if code(error).starts_with("Err")), "{step:?}");
    }
}

#[test]
fn a_timer_that_nobody_set_does_no_harm() {
    let mut bench = Bench::new();
    let (operation, request) = bench.waiting();
    match bench.resume(operation, 0, &Reply::Elapsed) {
        // Either it is ignored and the operation goes on waiting, or it is refused.
        Step::Run(run) => {
            assert!(run.requests.is_empty());
            assert!(matches!(
                bench.resume(operation, request, &response(200, b"", br#"{"Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}"#)),
                Step::Done(_)
            ));
        }
        step => assert_eq!(failed(&step), "ErrInvalidHandle"),
    }
}

#[test]
fn closing_a_client_leaves_its_operations_running() {
    let mut bench = Bench::new();
    let client = bench.opened();
    let started = bench.start(client, GET);
    let Step::Run(run) = started.step else { panic!() };
    bench.close(client);
    assert_eq!(code(&bench.describe(client).unwrap_err()), "ErrInvalidHandle");
    assert!(matches!(
        bench.resume(
            started.operation,
            run.requests[0].id,
            &response(200, b"", br#"{"Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}"#)
        ),
        Step::Done(_)
    ));
}

const NO_TEXT: &[u8] = b"\xff\xfe\x80";

/// `bytes` with something in its middle that is no UTF-8.
fn broken(bytes: &[u8]) -> Vec<u8> {
    let (before, after) = bytes.split_at(bytes.len() / 2);
    [before, NO_TEXT, after].concat()
}

#[test]
fn malformed_utf8_is_a_typed_error_in_every_list() {
    let mut bench = Bench::new();
    for document in [NO_TEXT.to_vec(), broken(SCHEMA)] {
        assert_eq!(code(&bench.open(&document, b"").unwrap_err()), "ErrInvalidDocument");
        assert_eq!(bench.check(&document, b"")["ok"], false);
    }
    for settings in [NO_TEXT.to_vec(), broken(br#"{"transport":"sdk","user_agent":"xx"}"#)] {
        assert_eq!(code(&bench.open(SCHEMA, &settings).unwrap_err()), "ErrConfiguration");
    }
    bench.check(SCHEMA, NO_TEXT);
    let client = bench.opened();
    for call in [NO_TEXT.to_vec(), broken(GET), broken(br#"{"op":"put","model":"Note","item":{"pk":"aa","sk":"b"}}"#)] {
        assert_eq!(failed(&bench.start(client, &call).step), "ErrInvalidCall");
    }
    let (operation, request) = bench.waiting();
    let step = bench.resume(operation, request, &response(200, NO_TEXT, &broken(br#"{"Item":{"pk":{"S":"ab"}}}"#)));
    assert!(matches!(step, Step::Run(_)), "retried: {step:?}");
    let (operation, request) = bench.waiting();
    assert!(matches!(
        bench.resume(operation, request, &response(400, b"x-amzn-requestid: \xff", NO_TEXT)),
        Step::Run(_) | Step::Failed(_)
    ));
    let (operation, request) = bench.waiting();
    let failure = Reply::Failure(Failure { kind: FailureKind::Refused, message: NO_TEXT.to_vec() });
    assert!(failed(&bench.resume(operation, request, &failure)).starts_with("Err"));

    let http = bench.open(SCHEMA, br#"{"transport":"http","region":"eu-west-1"}"#).unwrap();
    for reply in [
        Reply::Credentials(NO_TEXT.to_vec()),
        Reply::Credentials(b"{".to_vec()),
        Reply::NoCredentials(NO_TEXT.to_vec()),
    ] {
        let started = bench.start(http, GET);
        assert!(matches!(started.step, Step::Credentials));
        assert_eq!(failed(&bench.resume(started.operation, 0, &reply)), "ErrCredentials");
    }
}

#[test]
fn broken_json_is_a_typed_error() {
    let mut bench = Bench::new();
    assert_eq!(code(&bench.open(SCHEMA, b"{\"transport\":").unwrap_err()), "ErrConfiguration");
    assert_eq!(code(&bench.open(SCHEMA, b"[]").unwrap_err()), "ErrConfiguration");
    assert_eq!(code(&bench.open(SCHEMA, br#"{"nosuch":1}"#).unwrap_err()), "ErrConfiguration");
    assert_eq!(code(&bench.open(b"", b"").unwrap_err()), "ErrInvalidDocument");
    assert_eq!(code(&bench.open(b"models: [", b"").unwrap_err()), "ErrInvalidDocument");
    let client = bench.opened();
    let calls: [&[u8]; 9] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        br#"{"op":"get"}"#,
        br#"{"op":"nosuch","model":"Note"}"#,
        br#"{"op":"get","model":"Note","key":["u#1","n#1"]}x"#,
        br#"{"op":"get","model":"Note","key":["u#1","n#1"],"nosuch":1}"#,
    ];
    for call in calls {
        let started = bench.start(client, call);
        assert_eq!(
            (started.operation, failed(&started.step).as_str()),
            (0, "ErrInvalidCall"),
            "{:?}",
            std::str::from_utf8(call)
        );
    }
    let deep = format!(r#"{{"op":"get","model":"Note","key":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(failed(&bench.start(client, deep.as_bytes()).step).starts_with("Err"));
    let deep = format!(r#"{{"Item":{{"pk":{}"#, "{\"M\":{\"a\":".repeat(100_000));
    let (operation, request) = bench.waiting();
    assert!(matches!(
        bench.resume(operation, request, &response(200, b"", deep.as_bytes())),
        Step::Run(_) | Step::Failed(_)
    ));
    assert_eq!(bench.check(&b"a: ".repeat(5_000), b"")["ok"], false);
    assert_eq!(bench.check(&b"[".repeat(100_000), b"")["ok"], false);
}

#[test]
fn many_operations_at_once_have_handles_of_their_own() {
    let mut bench = Bench::new();
    let client = bench.opened();
    let mut handles: Vec<_> = (0..1_000).map(|_| bench.start(client, GET).operation).collect();
    handles.sort_unstable();
    handles.dedup();
    assert_eq!(handles.len(), 1_000);
    assert!(!handles.contains(&0));
    handles.into_iter().for_each(|handle| bench.abandon(handle));
}

fn replies() -> impl Strategy<Value = Reply> {
    let bytes = || {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..64),
            r#"\{"(Item|Attributes|__type)":(\{"pk":\{"S":"a"\}\}|null|1|\[\])\}"#.prop_map(String::into_bytes),
        ]
    };
    prop_oneof![
        (any::<u16>(), bytes(), bytes()).prop_map(|(status, head, body)| response(status, &head, &body)),
        bytes().prop_map(|message| Reply::Failure(Failure { kind: FailureKind::Broken, message })),
        Just(Reply::Elapsed),
        bytes().prop_map(Reply::Credentials),
        bytes().prop_map(Reply::NoCredentials),
    ]
}

/// Pieces of calls, glued together in any way.
fn calls() -> impl Strategy<Value = Vec<u8>> {
    let pieces = r#"(\{|\}|\[|\]|:|,|"|"op":"(get|put|update|delete|create)",|"model":"Note",|"key":\["a","b"\]|"item":\{"pk":"a","sk":"b"|"set":\{"title":|"condition":\{|"\$and":|null|1e9|-|é|\\u00){0,12}"#;
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..64), pieces.prop_map(String::into_bytes)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_at_every_entry_never_trap(
        documents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..64), 1..4),
        calls in proptest::collection::vec(calls(), 1..8),
        replies in proptest::collection::vec((any::<u32>(), 0u32..4, replies()), 1..8),
        handles in proptest::collection::vec(any::<u32>(), 1..4),
    ) {
        let mut bench = Bench::new();
        for document in &documents {
            bench.check(document, document);
            let _ = bench.open(document, b"");
            let _ = bench.open(SCHEMA, document);
        }
        let client = bench.opened();
        let mut operations = handles;
        for call in &calls {
            let started = bench.start(client, call);
            prop_assert_eq!(started.operation == 0, matches!(started.step, Step::Done(_) | Step::Failed(_)));
            operations.push(started.operation);
        }
        operations.push(bench.start(client, GET).operation);
        for (pick, request, reply) in &replies {
            let handle = operations[*pick as usize % operations.len()];
            bench.resume(handle, *request, reply);
        }
        for handle in operations {
            bench.abandon(handle);
            let _ = bench.describe(handle);
        }
    }
}
