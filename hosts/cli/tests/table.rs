//! `tabletheory table` against `tabletheory local`, as processes.
#![cfg(unix)]

mod common;

use common::{Server, stderr, stdout, tabletheory};
use std::process::Output;

const DOCUMENT: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys: { partition: { attribute: "pk", type: "S" }, sort: { attribute: "sk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
      - { attribute: "sk", type: "S", required: true, roles: ["sk"] }
      - { attribute: "author", type: "S", optional: true }
      - { attribute: "ttl", type: "N", format: "unix_seconds", roles: ["ttl"], optional: true }
    indexes:
      - { name: "by-author", type: "GSI", partition: { attribute: "author", type: "S" }, projection: { type: "ALL" } }
  - name: "Draft"
    table: { name: "notes" }
    keys: { partition: { attribute: "pk", type: "S" }, sort: { attribute: "sk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
      - { attribute: "sk", type: "S", required: true, roles: ["sk"] }
  - name: "Tag"
    table: { name: "tags" }
    keys: { partition: { attribute: "pk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
"#;

struct Tables {
    server: Server,
    folder: tempfile::TempDir,
}

impl Tables {
    fn new() -> Tables {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.yml"), DOCUMENT).unwrap();
        std::fs::write(folder.path().join("broken.yml"), "dms_version: \"0.2\"\nmodels: [{}]\n").unwrap();
        Tables { server: Server::start(&["--port", "0"]), folder }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = tabletheory();
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .current_dir(self.folder.path())
            .args(["table"])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL_DYNAMODB", format!("http://127.0.0.1:{}", self.server.port))
            .output()
            .expect("the command runs")
    }

    fn json(&self, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(stderr(&output), "");
        (output.status.code(), serde_json::from_str(&stdout(&output)).expect("one JSON document"))
    }
}

#[test]
fn tables_are_created_described_and_deleted() {
    let tables = Tables::new();
    let created = tables.run(&["create", "notes.yml"]);
    assert_eq!(
        stdout(&created),
        "Note: table notes created, ACTIVE\nTag: table tags created, ACTIVE\n",
        "{}",
        stderr(&created)
    );
    assert_eq!(created.status.code(), Some(0));
    assert_eq!(stdout(&tables.run(&["create", "notes.yml", "--model", "Tag"])), "Tag: table tags unchanged, ACTIVE\n");

    let shown = stdout(&tables.run(&["describe", "notes.yml", "--model", "Note"]));
    for line in ["Note: table notes described, ACTIVE\n", "  key    pk, sk\n", "  GSI    by-author (author)\n"] {
        assert!(shown.contains(line), "{shown}");
    }
    let (code, report) = tables.json(&["describe", "notes.yml"]);
    assert_eq!(code, Some(0));
    assert_eq!(report["tables"][0]["table"]["indexes"][0]["name"], "by-author");
    assert_eq!(report["tables"][1]["model"], "Tag");

    let (code, report) = tables.json(&["delete", "notes.yml", "--model", "Note", "--yes"]);
    assert_eq!((code, &report["tables"][0]["done"]), (Some(0), &"deleted".into()));
    let (code, report) = tables.json(&["delete", "notes.yml", "--model", "Note", "--yes"]);
    assert_eq!((code, &report["tables"][0]["done"]), (Some(0), &"absent".into()));
    assert_eq!(tables.server.call("ListTables", "{}"), (200, r#"{"TableNames":["tags"]}"#.to_owned()));
}

#[test]
fn a_prefix_goes_in_front() {
    let tables = Tables::new();
    assert_eq!(tables.run(&["create", "notes.yml", "--model", "Tag", "--prefix", "dev-"]).status.code(), Some(0));
    assert_eq!(tables.server.call("ListTables", "{}"), (200, r#"{"TableNames":["dev-tags"]}"#.to_owned()));
}

#[test]
fn deleting_needs_a_yes() {
    let tables = Tables::new();
    tables.run(&["create", "notes.yml"]);
    let output = tables.run(&["delete", "notes.yml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--yes"), "{}", stderr(&output));
    assert_eq!(tables.server.call("ListTables", "{}"), (200, r#"{"TableNames":["notes","tags"]}"#.to_owned()));
}

#[test]
fn failures_have_their_code() {
    let tables = Tables::new();
    let nobody = ["--endpoint", "http://127.0.0.1:9"];
    for (arguments, exit, code) in [
        (&["describe", "notes.yml"][..], 5, "ErrTableNotFound"),
        (&["describe", "notes.yml", "--model", "Nobody"], 5, "ErrInvalidModel"),
        (&["create", "broken.yml"], 1, "ErrInvalidDocument"),
        (&["create", "absent.yml"], 3, "unreadable"),
        (&["create", "notes.yml", "--endpoint", "nowhere"], 5, "ErrConfiguration"),
        (&[&["describe", "notes.yml"][..], &nobody].concat(), 5, "ErrTransport"),
    ] {
        let (found, report) = tables.json(arguments);
        assert_eq!((found, &report["error"]["code"]), (Some(exit), &code.into()), "{arguments:?}");
        let output = tables.run(arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
        assert!(stderr(&output).starts_with(&format!("error[{code}]: ")), "{}", stderr(&output));
    }
}
