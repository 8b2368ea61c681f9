//! Instances: refused, trapped, replaced, shared between threads.

use std::sync::{Arc, LazyLock};

use tabletheory::engine::{Engine, Moment, Operation, Reply, Step};
use tabletheory::transport::{BoxFuture, Failure, Request, Response, Transport};
use tabletheory::{Code, Item, TableTheory, WriteOutcome};
use tabletheory_component::{Component, Options, path};

const SCHEMA: &str = include_str!("../../../examples/notes.dms.yml");
const SETTINGS: &[u8] = br#"{"transport":"sdk"}"#;
const GET: &[u8] = br#"{"op":"get","model":"Note","key":["u#1","n#1"]}"#;
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 7 };

static COMPONENT: LazyLock<Component> = LazyLock::new(|| Component::load(&path()).unwrap());

#[test]
fn another_contract_version_is_refused() {
    let bytes = std::fs::read(path()).unwrap();
    let error = Component::of_contract(&bytes, 3).map(drop).unwrap_err();
    assert_eq!(error.code(), Code::ContractVersion);
    assert_eq!(error.message(), "the component has contract version 2, this library is for version 3");
    assert!(error.hint().is_some());
}

#[test]
fn what_is_no_component_of_ours_is_refused() {
    let empty_component = b"\0asm\x0d\0\x01\0";
    let empty_module = b"\0asm\x01\0\0\0";
    for bytes in [&b""[..], b"<html>", empty_component, empty_module] {
        let error = Component::new(bytes).map(drop).unwrap_err();
        assert_eq!(error.code(), Code::ContractVersion, "{error:?}");
    }
    let error = Component::load("/no/such/file.wasm".as_ref()).map(drop).unwrap_err();
    assert_eq!(error.code(), Code::ContractVersion);
}

fn running(engine: &dyn Engine) -> (Box<dyn Operation>, u32) {
    let (operation, step) = engine.start(GET, NOW);
    let Step::Run { requests, .. } = step else { panic!("{step:?}") };
    (operation.unwrap(), requests[0].id)
}

/// A reply with a body of so many bytes.
fn large(bytes: usize) -> Vec<u8> {
    let mut body = br#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":""#.to_vec();
    body.resize(body.len() + bytes, b'x');
    body.extend_from_slice(br#""}}}"#);
    body
}

#[test]
fn a_trap_discards_the_instance_and_nothing_else() {
    let component = COMPONENT.clone().with_options(Options { instances: 1, memory: 8 << 20 });
    let engine = component.open(SCHEMA.as_bytes(), SETTINGS).unwrap();
    let (mut first, request) = running(&*engine);
    let (mut second, _) = running(&*engine);
    let body = large(32 << 20);
    let trapped = first.resume(request, Reply::Response { status: 200, head: b"", body: &body }, NOW);
    let Step::Failed(error) = trapped else { panic!("{trapped:?}") };
    assert_eq!((error.code(), error.outcome()), (Code::Internal, WriteOutcome::Unknown));

    let lost = second.resume(request, Reply::Elapsed, NOW);
    let Step::Failed(error) = lost else { panic!("{lost:?}") };
    assert_eq!((error.code(), error.outcome()), (Code::Internal, WriteOutcome::Unknown));

    let (mut third, request) = running(&*engine);
    let step = third.resume(request, Reply::Response { status: 200, head: b"", body: &large(10) }, NOW);
    assert!(matches!(step, Step::Done(_)), "{step:?}");
    let again = third.resume(request, Reply::Elapsed, NOW);
    assert!(matches!(&again, Step::Failed(error) if error.code() == Code::InvalidHandle), "{again:?}");
}

#[test]
fn a_call_that_traps_at_its_start_was_not_sent() {
    let component = COMPONENT.clone().with_options(Options { instances: 2, memory: 8 << 20 });
    let engine = component.open(SCHEMA.as_bytes(), SETTINGS).unwrap();
    let (operation, step) = engine.start(&vec![b' '; 32 << 20], NOW);
    assert!(operation.is_none());
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!((error.code(), error.outcome()), (Code::Internal, WriteOutcome::NotSent));
    running(&*engine);
}

#[test]
fn dropped_operations_leave_nothing_behind() {
    let component = COMPONENT.clone().with_options(Options { instances: 1, memory: 6 << 20 });
    let engine = component.open(SCHEMA.as_bytes(), SETTINGS).unwrap();
    let call =
        format!(r#"{{"op":"put","model":"Note","item":{{"pk":"a","sk":"b","title":"{}"}}}}"#, "x".repeat(100_000));
    for _ in 0..500 {
        let (operation, step) = engine.start(call.as_bytes(), NOW);
        assert!(operation.is_some(), "{step:?}");
    }
}

/// Answers gets with the key that was asked for.
struct Echo;

impl Transport for Echo {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            let body = serde_json::json!({"Item": body["Key"]}).to_string().into_bytes();
            Ok(Response { status: 200, head: Vec::new(), body })
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_share_the_instances() {
    let component = COMPONENT.clone();
    let db = TableTheory::builder()
        .schema_str(SCHEMA)
        .transport(Echo)
        .engine(move |document, settings| component.open(document, settings))
        .build()
        .unwrap();
    let notes = Arc::new(db.model::<Item>("Note").unwrap());
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let notes = notes.clone();
            tokio::spawn(async move {
                let sk = format!("n#{n}");
                assert_eq!(notes.get(("u#1", &sk)).await.unwrap()["sk"].as_str(), Some(sk.as_str()));
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
}

#[test]
fn errors_of_documents_and_settings_come_through() {
    let refused = |document: &[u8], settings: &[u8]| COMPONENT.open(document, settings).map(drop).unwrap_err();
    let error = refused(b"models: 1", SETTINGS);
    assert_eq!(error.code(), Code::InvalidDocument);
    assert!(!error.problems().is_empty());
    assert_eq!(refused(SCHEMA.as_bytes(), b"{}").code(), Code::Configuration);
}
