//! The programs in `examples/rust/patterns` print what they say they print.
#![cfg(feature = "socket")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tabletheory::testing::Local;

fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(language).join("patterns")
}

/// The names of the patterns of a language.
fn names(language: &str, extension: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder(language)).unwrap().map(|file| file.unwrap().path());
    let programs = files.filter(|file| file.extension().is_some_and(|found| found == extension));
    let stems = programs.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    stems.filter(|stem| stem != "main").collect()
}

/// Runs the example, which stands beside the folder of the test binaries, against an endpoint.
fn run(name: &str, endpoint: &str) -> Output {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/patterns");
    let aws = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_"));
    let mut command = Command::new(&program);
    for (name, _) in aws {
        command.env_remove(name);
    }
    command
        .arg(name)
        .env("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .output()
        .unwrap_or_else(|error| {
            panic!("`{}`: {error}; `cargo build --workspace --examples` makes it", program.display())
        })
}

#[test]
fn a_pattern_prints_what_it_says() {
    let local = Local::start().unwrap();
    for name in names("rust", "rs") {
        let text = std::fs::read_to_string(folder("rust").join(format!("{name}.rs"))).unwrap();
        let (_, said) =
            text.split_once("\n// Output:\n").unwrap_or_else(|| panic!("`{name}` does not say what it prints"));
        let said: String = said.lines().map(|line| format!("{}\n", line.trim_start_matches("// "))).collect();
        let output = run(&name, local.endpoint());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{name}");
    }
}

#[test]
fn every_pattern_has_the_name_that_it_has_in_the_other_languages() {
    assert_eq!(names("rust", "rs"), names("node", "mjs"));
}

#[test]
fn an_unknown_name_is_refused() {
    let output = run("none", "http://127.0.0.1:9");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("put-get"));
}
