//! `dms migrate`, `explain` and `cursor decode` as processes.

mod common;

use common::{run, stderr, stdout, tabletheory};
use std::io::Write;
use std::process::Stdio;

const OLD: &str = "# Notes of old
dms_version: '0.1' # the first
models:
  - name: Note
    table: { name: notes }
    keys: { partition: { attribute: pk, type: S } }
    attributes:
      - { attribute: pk, type: S }
      - { attribute: extra, type: S, json: true }
      - { attribute: status, type: S }
    indexes:
      - { name: by-status, type: GSI, partition: { attribute: status, type: S } }
";

fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn migrate_prints_the_document_with_its_comments_and_notes_beside_it() {
    let (_folder, path) = file("old.yml", OLD);
    let output = run(&["dms", "migrate", &path]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), OLD.replace("'0.1'", "'0.2'"));
    assert!(stderr(&output).contains(":9:9: note: a string given for `extra` is JSON text now"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), OLD);
}

#[test]
fn migrate_writes_when_told_to() {
    let (_folder, path) = file("old.yml", OLD);
    let output = run(&["dms", "migrate", &path, "--to", "0.3", "--write", "--json"]);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&report["from"], &report["to"], &report["written"]), (&"0.1".into(), &"0.3".into(), &true.into()));
    assert_eq!(report["report"]["ok"], true);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), OLD.replace("'0.1'", "'0.3'"));
    let output = run(&["dms", "migrate", &path, "--write"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("error[unsupported_version]") && stderr(&output).contains("0.3"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn migrate_leaves_what_would_be_invalid_alone() {
    let (_folder, path) = file("bad.yml", &OLD.replace("type: S, json: true", "type: SS, unique: true"));
    let output = run(&["dms", "migrate", &path, "--to", "0.3", "--write"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[unique_type]"), "{}", stderr(&output));
    assert!(std::fs::read_to_string(&path).unwrap().contains("'0.1'"));
    let output = run(&["dms", "migrate", &path, "--to", "7"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("one of 0.1, 0.2, 0.3"), "{}", stderr(&output));
}

fn explain(arguments: &[&str], call: &str) -> std::process::Output {
    let mut child = tabletheory()
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(call.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn explain_shows_requests_cost_and_warnings() {
    let (_folder, path) = file("notes.yml", &OLD.replace("0.1", "0.2"));
    let call = r#"{"op":"put","model":"Note","item":{"pk":"a","status":"new"}}"#;
    let output = explain(&[&path, "--prefix", "dev-"], call);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let text = stdout(&output);
    for part in [
        "one item: 1.0 write units for each 1024 bytes",
        "by-status",
        "warning[few_partitions]",
        "PutItem",
        "\"dev-notes\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let output = explain(&[&path, "-", "--json"], call);
    let explanation: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(explanation["requests"][0]["body"]["Item"]["pk"]["S"], "a");
}

#[test]
fn explain_refuses_what_would_be_refused() {
    let (_folder, path) = file("notes.yml", &OLD.replace("0.1", "0.2"));
    let output = explain(&[&path], r#"{"op":"get","model":"Nota","key":["a"]}"#);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.contains("error[ErrInvalidModel]") && text.contains("(at /model)") && text.contains("did you mean"),
        "{text}"
    );
    let output = explain(&[&path, "/nowhere/call.json"], "");
    assert_eq!(output.status.code(), Some(3));
}

/// `{"lastKey":{"PK":{"S":"USER#1"},"SK":{"S":"PROFILE"}},"index":"gsi-email","sort":"ASC"}`
const CURSOR: &str = "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSIzEifSwiU0siOnsiUyI6IlBST0ZJTEUifX0sImluZGV4IjoiZ3NpLWVtYWlsIiwic29ydCI6IkFTQyJ9";

fn decode(cursor: &str) -> std::process::Output {
    run(&["cursor", "decode", cursor])
}

#[test]
fn cursor_decode_shows_what_is_in_a_cursor() {
    let output = decode(CURSOR);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "index      gsi-email",
            "order      ascending",
            r#"behind     "PK": {"S":"USER#1"}, "SK": {"S":"PROFILE"}"#,
            "signature  none",
        ]
    );
    let output = run(&["cursor", "decode", CURSOR, "--json"]);
    assert_eq!(
        stdout(&output).trim_end(),
        concat!(
            r#"{"form":"page","signed":false,"cursor":{"lastKey":{"PK":{"S":"USER#1"},"SK":{"S":"PROFILE"}},"#,
            r#""index":"gsi-email","sort":"ASC"}}"#
        )
    );
    // A signed one, of a scan of segments: {"segments":4,"next":2,"open":[{"segment":1,"lastKey":{"id":{"N":"7"}}}]}
    let signed =
        "tt1.eyJzZWdtZW50cyI6NCwibmV4dCI6Miwib3BlbiI6W3sic2VnbWVudCI6MSwibGFzdEtleSI6eyJpZCI6eyJOIjoiNyJ9fX1dfQ.AAAA";
    let text = stdout(&decode(signed));
    assert!(
        text.contains("segments   4, 1 finished, 2 not begun\n  behind   segment 1: \"id\": {\"N\":\"7\"}\n"),
        "{text}"
    );
    assert!(text.contains("signature  there is one; it was not verified"), "{text}");
}

#[test]
fn cursor_decode_refuses_what_is_no_cursor() {
    let output = decode("hello");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[ErrInvalidCursor]: cursor is malformed"), "{}", stderr(&output));
}
