//! The command itself: exit codes and result files.

mod common;

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contract-tests"));
    for name in ["ENGINE", "ENDPOINT", "SCENARIOS", "DMS", "RESULTS", "TRANSPORT"] {
        command.env_remove(format!("CONTRACT_{name}"));
    }
    command.current_dir(common::root()).args(arguments).output().expect("the command runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn outside_folders_are_run_and_their_results_written() {
    let endpoint = common::engine();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for (name, content) in [
        (
            "dms/deep/things.yml",
            "dms_version: \"0.2\"\nmodels: [{ name: Thing, table: { name: things }, keys: { partition: { attribute: id, type: S } }, \
             attributes: [{ attribute: id, type: S, required: true, roles: [pk] }] }]\n",
        ),
        (
            "scenarios/a/p0/good.yml",
            "name: good\ndms_version: \"0.2\"\nmodel: Thing\nsteps: [{ op: create, item: { id: x } }]\n",
        ),
        (
            "scenarios/a/p1/later.json",
            r#"{"name":"later","dms_version":"0.2","model":"Thing","requires_capabilities":["encryption.deterministic_interop"],"steps":[{"op":"scan"}]}"#,
        ),
    ] {
        std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let driver = common::core_driver();
    let (scenarios, dms, results) = (at("scenarios"), at("dms"), at("results"));
    let arguments = ["run", "--host", "go", "--driver", &driver, "--endpoint", &endpoint, "--scenarios", &scenarios];
    let arguments = [&arguments[..], &["--dms", &dms, "--results", &results]].concat();
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).ends_with("go on embedded: 1 passed, 0 failed, 1 later\n"), "{}", text(&output));
    let written: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("results/go-embedded.json")).unwrap())
            .unwrap();
    let expected = serde_json::json!({"host": "go", "engine": "embedded", "scenarios": [
        {"name": "good", "tier": "p0", "file": "a/p0/good.yml", "status": "passed"},
        {"name": "later", "tier": "p1", "file": "a/p1/later.json", "status": "later",
         "capability": "encryption.deterministic_interop"}]});
    assert_eq!(written, expected);
    let table = run(&["table", &results]);
    assert_eq!(table.status.code(), Some(0));
    assert!(text(&table).ends_with("\n1 passed, 0 failed\n"), "{}", text(&table));

    std::fs::write(folder.path().join("scenarios/a/p0/bad.yml"), "name: bad\n").unwrap();
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("not understood"), "{}", text(&output));
    assert_eq!(run(&["table", &results]).status.code(), Some(1));
    assert_eq!(run(&["check", &scenarios]).status.code(), Some(1));
    assert_eq!(run(&["check", "contract-tests/scenarios"]).status.code(), Some(0));
}

#[test]
fn a_senseless_command_line_is_an_error_and_not_a_failure() {
    for (arguments, said) in [
        (&["run", "--host", "cobol", "--endpoint", "http://127.0.0.1:9"][..], "`cobol` is no host"),
        (&["run", "--host", "go", "--endpoint", "http://127.0.0.1:9"], "no engine"),
        (&["run", "--host", "go"], "--endpoint"),
        (&["run", "--host", "go", "--endpoint", "x", "--transport", "pigeon"], "pigeon"),
        (&["run", "--host", "go", "--endpoint", "x", "--dms", "/nonexistent"], "/nonexistent"),
        (&["table", "/nonexistent"], "/nonexistent"),
        (&["table"], "RESULTS"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output).contains(said), "{}", text(&output));
    }
}
