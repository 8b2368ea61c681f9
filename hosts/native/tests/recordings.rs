//! Recordings: one form in all languages. What they are made and replayed with is the same in the tests of all: docs/recordings.md.

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::builder;
use tabletheory::testing::{
    Fault, FaultyTransport, Local, RecordingTransport, ReplayTransport, Reply, ScriptedClock, ScriptedTransport,
};
use tabletheory::transport::{FailureKind, Socket, Transport};
use tabletheory::{Builder, Item, WriteOutcome};

const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contract-tests/recordings");

/// A write, a read whose first request gets no connection, an update whose response is lost, a query.
async fn story(builder: Builder, transport: impl Transport + 'static) {
    let clock = ScriptedClock::new(1_767_323_045_678_901_234, (1 << 64) + 2);
    let db = builder.clock(clock.clone()).transport(transport).build().unwrap();
    let notes = db.model::<Item>("Note").unwrap();
    let title = "hi ß \"日本\"\u{2028}<&>";
    let given = json!({"pk": "u#1", "sk": "n#1", "title": title, "tags": ["a", "b"], "views": 12_345_678_901_234_u64});
    let written = notes.put(&given).outcome().await.unwrap();
    assert_eq!(written.stats.capacity.unwrap().total, 1.0);
    let read = notes.get(("u#1", "n#1")).consistent().outcome().await.unwrap();
    assert_eq!((read.value["views"].get::<u64>(), read.stats.retries), (Some(12_345_678_901_234), 1));
    assert_eq!((read.value["title"].as_str(), clock.waits().len()), (Some(title), 1));
    let lost = notes.update(("u#1", "n#1")).add("views", 1).await.unwrap_err();
    assert_eq!(lost.outcome(), WriteOutcome::Unknown);
    let found = notes.query("u#1").all().await.unwrap();
    assert_eq!((found.len(), found[0]["views"].get::<u64>()), (1, Some(12_345_678_901_235)));
}

#[tokio::test]
async fn recordings_of_other_languages_replay() {
    let files: Vec<_> = std::fs::read_dir(RECORDINGS).unwrap().map(|file| file.unwrap().path()).collect();
    let recordings = files.iter().filter(|file| file.extension().is_some_and(|name| name == "jsonl"));
    let mut replayed = 0;
    for file in recordings {
        let replay = ReplayTransport::open(file).unwrap();
        story(builder(), replay.clone()).await;
        replay.done().unwrap();
        replayed += 1;
    }
    assert!(replayed > 1);
}

#[tokio::test]
async fn a_recording_is_the_same_as_that_of_node() {
    let local = Local::start().unwrap();
    local.builder().schema_str(support::SCHEMA).build().unwrap().ensure_table("Note").await.unwrap();
    let file = std::env::temp_dir().join(format!("tabletheory-same-{}.jsonl", std::process::id()));
    let faults = [None, Some(Fault::DropBefore), None, Some(Fault::DropAfter)];
    let recorder = RecordingTransport::new(FaultyTransport::new(Socket::default(), faults), &file).unwrap();
    story(local.builder().schema_str(support::SCHEMA), recorder).await;
    let recorded = plain(&file);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(recorded, plain(&Path::new(RECORDINGS).join("node.jsonl")));
}

/// A recording without what is another in every run: header lines and the texts of failures.
fn plain(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        for name in ["head", "message"] {
            if let Some(value) = line.get_mut(name) {
                *value = json!(if value.is_array() { "lines" } else { "text" });
            }
        }
        whole(line);
    }
    lines
}

/// Numbers as they are meant: `1.0` and `1` are one.
fn whole(value: &mut Value) {
    match value {
        Value::Number(_) => *value = json!(value.as_f64()),
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(members) => members.values_mut().for_each(whole),
        _ => {}
    }
}

#[test]
fn what_is_no_recording_is_refused_by_its_line() {
    let line = r#"{"action":"GetItem","request":{}"#;
    for (text, why) in [
        ("\nnonsense\n", "line 2 is not one of a recording"),
        ("{}", "line 1 is not one of a recording: missing field `action`"),
        (&format!(r#"{line},"failure":"odd"}}"#), "the failure `odd` is not known"),
        (&format!(r#"{line},"status":200}}"#), "neither `status` and `body` nor `failure`"),
    ] {
        let error = ReplayTransport::read(text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn headers_of_the_bytes_are_left_out() {
    let file = std::env::temp_dir().join(format!("tabletheory-headers-{}.jsonl", std::process::id()));
    let head = "Content-Length: 2\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nX-Amz-Crc32: 2745614147\r\nx: y\r\n";
    let replies = [Reply::answer(200, "{}").head(head), Reply::fails(FailureKind::Stale, "closed")];
    let recorder = RecordingTransport::new(ScriptedTransport::new(replies), &file).unwrap();
    let db = builder().clock(support::still_clock()).transport(recorder).build().unwrap();
    let notes = db.model::<Item>("Note").unwrap();
    assert!(notes.find(("u#1", "n#1")).await.unwrap().is_none());
    notes.find(("u#1", "n#1")).await.unwrap_err();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(text.contains(r#""status":200,"head":["x: y"],"body":{}"#), "{text}");
    assert!(text.contains(r#""failure":"stale","message":"closed""#), "{text}");
}
