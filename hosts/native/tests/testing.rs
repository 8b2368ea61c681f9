//! The helpers for tests: each does what it says, and fails when it should.

mod support;

use std::time::Duration;

use serde_json::json;
use support::{Note, SCHEMA, builder, note, scripted, still_clock};
use tabletheory::testing::{
    Fault, FaultyTransport, Local, RecordingTransport, ReplayTransport, Reply, ScriptedClock, ScriptedTransport,
};
use tabletheory::transport::{FailureKind, Socket, Transport};
use tabletheory::{Code, Item, Model, Retry, TableTheory, Value, WriteOutcome};

fn notes(transport: impl Transport + 'static) -> Model<Note> {
    let once = Retry { max_attempts: Some(1), ..Retry::default() };
    builder().clock(still_clock()).retry(once).transport(transport).build().unwrap().model("Note").unwrap()
}

/// Another value for every test, so that they may run side by side.
fn file(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("tabletheory-{name}-{}.jsonl", std::process::id()))
}

#[tokio::test]
async fn a_request_that_is_another_one_is_shown_with_its_differences() {
    let key = json!({"pk": {"S": "u#1"}, "sk": {"S": "n#9"}});
    let expected = json!({"ReturnConsumedCapacity": "TOTAL", "Key": key, "TableName": "tabletheory-demo-notes"});
    let (db, script) = scripted([Reply::answer(200, "{}").to("GetItem").with(&expected)]);
    let found = db.model::<Note>("Note").unwrap().find(("u#1", "n#1")).await;
    let error = found.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Code::Transport, WriteOutcome::NotSent));
    let mismatch = script.done().unwrap_err();
    let lines = ["/Key/sk/S: expected \"n#9\"", "                was \"n#1\""];
    assert_eq!(mismatch.differences(), lines);
    let shown = format!("request 1 is not the expected one\n  {}\n  {}", lines[0], lines[1]);
    assert_eq!((mismatch.to_string(), format!("{mismatch:?}")), (shown.clone(), shown));
}

#[tokio::test]
async fn the_order_of_members_does_not_count_but_the_action_does() {
    let body = r#"{ "ReturnConsumedCapacity" : "TOTAL", "TableName" : "tabletheory-demo-notes",
        "Key" : { "sk" : {"S" : "n#1"}, "pk" : {"S" : "u#1"} } }"#;
    let (db, script) =
        scripted([Reply::answer(200, "{}").to("GetItem").with(body), Reply::answer(200, "{}").to("PutItem")]);
    let notes = db.model::<Note>("Note").unwrap();
    assert!(notes.find(("u#1", "n#1")).await.unwrap().is_none());
    assert!(script.done().unwrap_err().to_string().contains("1 replies of the script were not used\n  PutItem"));
    notes.find(("u#1", "n#1")).await.unwrap_err();
    assert!(script.done().unwrap_err().to_string().contains("the action: expected `PutItem`, was `GetItem`"));
}

#[tokio::test]
async fn a_script_that_is_used_up_refuses() {
    let script = ScriptedTransport::default();
    let error = notes(script.clone()).find(("u#1", "n#1")).await.unwrap_err();
    assert_eq!(error.outcome(), WriteOutcome::NotSent);
    assert!(script.done().unwrap_err().to_string().contains("script used up: `GetItem` was not expected"));
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_signed_script_sees_the_url_and_the_head() {
    let script = ScriptedTransport::signed([Reply::answer(200, "{}").head("x-amzn-requestid: R1\r\n")]);
    let credentials = tabletheory::credentials::Credentials::new("AKID", "secret");
    let db = builder().region("eu-west-1").credentials(credentials).clock(ScriptedClock::default());
    let db = db.transport(script.clone()).build().unwrap();
    let outcome = db.model::<Note>("Note").unwrap().find(("u#1", "n#1")).outcome().await.unwrap();
    assert_eq!(outcome.stats.request_id.as_deref(), Some("R1"));
    let request = &script.requests()[0];
    assert_eq!(request.url, "https://dynamodb.eu-west-1.amazonaws.com/");
    assert!(request.head.contains("/20260101/eu-west-1/dynamodb/aws4_request"), "{}", request.head);
}

#[tokio::test]
async fn the_clock_is_set_and_moves_with_waits() {
    let clock = ScriptedClock::new(1_000_000_000, 1);
    clock.set_nanos(1_767_225_600_000_000_000);
    clock.set_seed(u128::MAX);
    clock.advance(Duration::from_millis(1_500));
    let script = ScriptedTransport::new([Reply::answer(503, ""), Reply::answer(200, "{}")]);
    let db = builder().clock(clock.clone()).transport(script).build().unwrap();
    let stamped = db.model::<Note>("Note").unwrap().put(&note("n#1", "hi")).await.unwrap().stamped;
    assert_eq!(stamped["createdAt"].as_str(), Some("2026-01-01T00:00:01.500000000Z"));
    let [wait] = clock.waits()[..] else { panic!("one wait") };
    assert!(wait > Duration::ZERO);
    assert_eq!(u128::from(clock.nanos()), 1_767_225_601_500_000_000 + wait.as_nanos());
}

#[tokio::test]
async fn faults_go_wrong_as_they_say() {
    let cases = [
        (Fault::DropBefore, Code::Transport, WriteOutcome::NotSent, 0),
        (Fault::DropAfter, Code::Transport, WriteOutcome::Unknown, 1),
        (Fault::Truncate, Code::InvalidResponse, WriteOutcome::Unknown, 1),
        (Fault::Throttle, Code::Throttled, WriteOutcome::Rejected, 0),
        (Fault::Status(500), Code::Service, WriteOutcome::Unknown, 0),
    ];
    for (fault, code, outcome, sent) in cases {
        let answer = r#"{"ConsumedCapacity":{"TableName":"tabletheory-demo-notes","CapacityUnits":1}}"#;
        let service = ScriptedTransport::new([Reply::answer(200, answer)]);
        let faulty = FaultyTransport::new(service.clone(), [fault]);
        let error = notes(faulty.clone()).put(&note("n#1", "hi")).await.unwrap_err();
        assert_eq!((error.code(), error.outcome()), (code, outcome), "{fault:?}: {error}");
        assert_eq!((service.requests().len(), faulty.attempts()), (sent, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_delay_takes_its_time() {
    let began = std::time::Instant::now();
    let service = ScriptedTransport::new([Reply::answer(200, "{}"), Reply::answer(200, "{}")]);
    let delayed = FaultyTransport::new(service, [None, Some(Fault::Delay(Duration::from_millis(80)))]);
    let notes = notes(delayed);
    notes.find(("u#1", "n#1")).await.unwrap();
    notes.find(("u#1", "n#1")).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn faults_are_chosen_by_request() {
    let service = ScriptedTransport::new([Reply::answer(200, "{}")]);
    let faulty =
        FaultyTransport::by(service, |request, n| (request.action == "PutItem" && n == 1).then_some(Fault::DropBefore));
    let notes = notes(faulty);
    notes.find(("u#1", "n#1")).await.unwrap();
    assert_eq!(notes.put(&note("n#1", "hi")).await.unwrap_err().outcome(), WriteOutcome::NotSent);
}

/// A local DynamoDB with the table of the notes.
async fn local() -> (Local, TableTheory) {
    let local = Local::start().unwrap();
    let db = local.builder().schema_str(SCHEMA).build().unwrap();
    db.ensure_table("Note").await.unwrap();
    (local, db)
}

#[tokio::test]
async fn what_a_batch_leaves_unprocessed_is_sent_again() {
    let (local, _) = local().await;
    let faults = [Fault::Unprocessed(7), Fault::Unprocessed(25), Fault::Throttle, Fault::DropAfter];
    let faulty = FaultyTransport::new(Socket::default(), faults);
    let db = local.builder().schema_str(SCHEMA).clock(still_clock()).transport(faulty.clone()).build().unwrap();
    let notes = db.model::<Item>("Note").unwrap();
    let keys: Vec<_> = (0..60).map(|n| ("u#1", format!("n#{n}"))).collect();
    notes.put_many(keys.iter().map(|(pk, sk)| json!({"pk": pk, "sk": sk, "views": 1}))).await.unwrap();
    assert!(faulty.attempts() > 6, "{}", faulty.attempts());
    assert_eq!(notes.scan().consistent().count().await.unwrap().count, 60);

    let faulty = FaultyTransport::new(Socket::default(), [Fault::Unprocessed(59), Fault::Unprocessed(100)]);
    let db = local.builder().schema_str(SCHEMA).clock(still_clock()).transport(faulty.clone()).build().unwrap();
    let found = db.model::<Item>("Note").unwrap().get_many(&keys).await.unwrap();
    assert!(found.iter().zip(&keys).all(|(item, key)| item.as_ref().unwrap()["sk"] == Value::from(key.1.as_str())));
    assert_eq!(faulty.attempts(), 3);
}

#[tokio::test]
async fn a_recording_is_replayed_without_anything_that_listens() {
    let file = file("recorded");
    let run = |transport: Box<dyn Fn() -> TableTheory>| async move {
        let notes = transport().model::<Note>("Note").unwrap();
        notes.put(&note("n#1", "hi\nß \"日本\"")).await.unwrap();
        let lost = notes.update(("u#1", "n#1")).add("views", 1).await.unwrap_err();
        (notes.get(("u#1", "n#1")).consistent().await.unwrap(), lost.outcome())
    };
    let (local, _) = local().await;
    let (path, address) = (file.clone(), local.endpoint().to_owned());
    let recorded = run(Box::new(move || {
        let faulty = FaultyTransport::new(Socket::default(), [None, Some(Fault::DropAfter)]);
        let recording = RecordingTransport::new(faulty, &path).unwrap();
        let credentials = tabletheory::credentials::Credentials::new("AKID", "very-secret");
        let db = builder().region("eu-west-1").endpoint(&address).credentials(credentials);
        db.clock(still_clock()).transport(recording).build().unwrap()
    }))
    .await;
    assert_eq!(recorded.1, WriteOutcome::Unknown);
    drop(local);

    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(!text.contains("very-secret") && !text.contains("AWS4-HMAC") && !text.contains("crc32"), "{text}");
    let replay = ReplayTransport::read(&text).unwrap();
    let again = replay.clone();
    let replayed =
        run(Box::new(move || builder().clock(still_clock()).transport(again.clone()).build().unwrap())).await;
    assert_eq!(replayed, recorded);
    replay.done().unwrap();
}

#[tokio::test]
async fn what_is_not_in_a_recording_is_shown_beside_what_is() {
    let line = r#"{"action":"DeleteItem","request":{"TableName":"tabletheory-demo-notes","Key":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}},"ReturnConsumedCapacity":"TOTAL"},"status":200,"head":[],"body":{}}"#;
    let replay = ReplayTransport::read(line).unwrap();
    let notes = notes(replay.clone());
    assert_eq!(replay.done().unwrap_err().differences(), ["DeleteItem"]);
    notes.delete(("u#1", "n#2")).await.unwrap_err();
    let mismatch = replay.done().unwrap_err();
    assert!(mismatch.to_string().contains("this DeleteItem is not in the recording\n  /Key/sk/S: expected \"n#1\""));
    let broken = ReplayTransport::read("{}\n").unwrap_err();
    assert!(broken.to_string().contains("line 1 is not one of a recording"), "{broken}");
    assert!(ReplayTransport::open("/no/such/file").is_err());
}

#[tokio::test]
async fn answers_that_are_no_json_are_recorded_as_text() {
    let file = file("text");
    let service = ScriptedTransport::new([
        Reply::answer(502, "<html>\r\n\"no\"</html>").head("Content-Length: 3\r\nx: y\r\n"),
        Reply::fails(FailureKind::Connect, "nobody"),
    ]);
    let recorded = notes(RecordingTransport::new(service, &file).unwrap());
    let errors = [recorded.find(("u#1", "n#1")).await.unwrap_err(), recorded.find(("u#1", "n#1")).await.unwrap_err()];
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(text.contains(r#""status":502,"head":["x: y"],"body":"<html>\r\n\"no\"</html>""#), "{text}");
    assert!(text.contains(r#""failure":"connect","message":"nobody""#), "{text}");
    let replayed = notes(ReplayTransport::read(&text).unwrap());
    for error in errors {
        let again = replayed.find(("u#1", "n#1")).await.unwrap_err();
        assert_eq!((again.code(), again.message()), (error.code(), error.message()));
    }
}

#[test]
fn a_local_that_cannot_start_says_how_it_is_found() {
    let error = Local::options().program("/no/such/program").start().unwrap_err();
    assert!(error.to_string().contains("`/no/such/program`") && error.to_string().contains("TABLETHEORY_LOCAL"));
    // It takes the arguments for options of its own, says something else, and ends.
    let error = Local::options().program("true").start_timeout(Duration::from_secs(5)).start().unwrap_err();
    assert!(error.to_string().contains("did not say where it listens"), "{error}");
}
