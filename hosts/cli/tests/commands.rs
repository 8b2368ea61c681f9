//! `check`, `info` and `completions` as processes.

mod common;

use common::{run, stderr, stdout, tabletheory};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

const GOOD: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys: { partition: { attribute: "pk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
"#;
/// Two problems: lines 8 and 9.
const BAD: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys: { partition: { attribute: "pk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
      - { attribute: "pk", type: "S" }
      - { attribute: "title", type: "STRING" }
"#;
/// A warning: the field is not known.
const DOUBTFUL: &str = r#"
dms_version: "0.2"
models:
  - name: "Note"
    colour: "green"
    table: { name: "notes" }
    keys: { partition: { attribute: "pk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let output = run(arguments);
    assert_eq!(stderr(&output), "");
    (output.status.code(), serde_json::from_str(&stdout(&output)).expect("one JSON document"))
}

#[test]
fn a_good_document_has_no_problems() {
    let folder = folder(&[("good.yml", GOOD)]);
    let output = run(&["check", text(&folder.path().join("good.yml"))]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), "1 document, 1 model: no problems\n");
}

#[test]
fn every_problem_has_its_place_code_hint_and_source_line() {
    let folder = folder(&[("bad.yml", BAD)]);
    let file = folder.path().join("bad.yml");
    let output = run(&["check", text(&file)]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    for line in ["9", "10"] {
        assert!(shown.contains(&format!("{}:{line}:", text(&file))), "{shown}");
    }
    assert!(shown.contains(r#"9 |       - { attribute: "pk", type: "S" }"#), "{shown}");
    assert!(shown.contains("error["), "{shown}");
    assert!(shown.contains("= hint: "), "{shown}");
    assert!(shown.contains("2 errors"), "{shown}");

    let (code, report) = json(&["check", "--json", text(&file)]);
    assert_eq!(code, Some(1));
    assert_eq!(report["ok"], false);
    assert_eq!(report["errors"], 2);
    let problems = report["files"][0]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0]["line"], 9);
    assert_eq!(problems[0]["source"], r#"      - { attribute: "pk", type: "S" }"#);
    assert!(problems.iter().all(|problem| problem["code"].is_string() && problem["pointer"].is_string()));
}

#[test]
fn warnings_are_errors_when_strict() {
    let folder = folder(&[("doubtful.yml", DOUBTFUL)]);
    let file = folder.path().join("doubtful.yml");
    let (code, report) = json(&["check", "--json", text(&file)]);
    assert_eq!((code, &report["warnings"], &report["errors"]), (Some(0), &1.into(), &0.into()));
    let (code, report) = json(&["--json", "check", "--strict", text(&file)]);
    assert_eq!((code, &report["errors"]), (Some(1), &1.into()));
}

#[test]
fn folders_are_searched_for_documents() {
    let folder = folder(&[
        ("a.yml", GOOD),
        ("deep/er/b.yaml", BAD),
        ("deep/c.json", r#"{"dms_version":"0.2","models":[]}"#),
        ("notes.txt", "not a document"),
        (".hidden/d.yml", BAD),
    ]);
    let (code, report) = json(&["check", "--json", text(folder.path())]);
    assert_eq!(code, Some(1));
    let files = report["files"].as_array().unwrap();
    let names: Vec<&str> = files.iter().map(|file| file["file"].as_str().unwrap()).collect();
    let expected = ["a.yml", "deep/c.json", "deep/er/b.yaml"].map(|name| folder.path().join(name));
    assert_eq!(names, expected.iter().map(|path| text(path)).collect::<Vec<_>>());

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(&["check", text(empty.path())]).status.code(), Some(3));
}

#[test]
fn unreadable_files_are_an_error() {
    let output = run(&["check", "absent.yml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot read `absent.yml`"), "{}", stderr(&output));
    let (code, document) = json(&["check", "absent.yml", "--json"]);
    assert_eq!((code, &document["error"]["code"]), (Some(3), &"unreadable".into()));
}

#[test]
fn bytes_that_are_no_text_are_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bytes.yml");
    std::fs::write(&file, [0xff, 0xfe, 0x00, b'a']).unwrap();
    let (code, report) = json(&["check", "--json", text(&file)]);
    assert_eq!((code, &report["ok"]), (Some(1), &false.into()));
}

#[test]
fn a_dash_is_standard_input() {
    let mut child =
        tabletheory().args(["check", "--json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&report["ok"], &report["files"][0]["file"]), (&true.into(), &"<stdin>".into()));
}

#[test]
fn info_names_version_and_contract() {
    let (code, info) = json(&["info", "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(info, serde_json::json!({"version": env!("CARGO_PKG_VERSION"), "contract": tabletheory_core::CONTRACT}));
    assert!(stdout(&run(&["info"])).starts_with(&format!("tabletheory {}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn completions_are_there_for_common_shells() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(stdout(&output).contains("stop-with-stdin"), "{shell}");
    }
}

#[test]
fn the_help_lists_the_exit_codes() {
    assert!(stdout(&run(&["--help"])).contains("Exit codes:"));
}
