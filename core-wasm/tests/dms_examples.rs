//! The examples and the specification in `dms/` against the core.
//!
//! `TABLETHEORY_UPDATE=1` rewrites the expected diagnostics and the table of codes; review what changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tabletheory_core::dms::{Options, ProblemCode, Severity, check, compile, describe};

const DEFAULT: Options = Options { strict: false };
const STRICT: Options = Options { strict: true };

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dms").join(name)
}

fn update() -> bool {
    std::env::var_os("TABLETHEORY_UPDATE").is_some()
}

/// The documents of a folder of examples.
fn documents(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut documents = Vec::new();
    for file in fs::read_dir(folder("examples").join(name)).expect("the examples are there") {
        let path = file.expect("a readable folder").path();
        if !path.to_string_lossy().ends_with(".expected.json") {
            let text = fs::read(&path).expect("a readable file");
            documents.push((path, text));
        }
    }
    documents.sort();
    documents
}

/// The name of the file without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().expect("a file").to_string_lossy().into_owned()
}

/// The diagnostics of a document are those in the file beside it.
fn assert_expected(path: &Path, text: &[u8]) -> Vec<String> {
    let report = check(text, DEFAULT);
    let found: Value = serde_json::from_str(&report.to_json()).expect("diagnostics are JSON");
    let beside = path.with_extension("expected.json");
    if update() {
        let pretty = serde_json::to_string_pretty(&report).expect("diagnostics are JSON");
        fs::write(&beside, pretty + "\n").expect("a writable file");
    }
    let expected = fs::read_to_string(&beside).unwrap_or_else(|_| panic!("{} is missing", beside.display()));
    let expected: Value = serde_json::from_str(&expected).expect("expected diagnostics are JSON");
    assert!(found == expected, "{}: found {found:#}", path.display());
    report.problems.into_iter().map(|problem| problem.code).collect()
}

#[test]
fn valid_examples_are_without_any_problem() {
    let documents = documents("valid");
    assert!(documents.len() >= 8);
    for (path, text) in documents {
        let name = path.display();
        let report = check(&text, STRICT);
        assert!(report.ok && report.problems.is_empty(), "{name}: {:?}", report.problems);
        let schema = compile(&text, STRICT).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        assert_eq!(schema.models.len(), report.models, "{name}");
        assert_eq!(report.dms_version.as_deref(), Some(schema.version.as_str()), "{name}");
        let described = describe(&schema, &|model| model.table.clone());
        let described: Value = serde_json::from_str(&described).expect("models are JSON");
        assert_eq!(described["models"].as_array().map(Vec::len), Some(report.models), "{name}");
    }
}

#[test]
fn invalid_examples_give_the_expected_problems() {
    let documents = documents("invalid");
    assert!(documents.len() >= 45);
    for (path, text) in documents {
        let codes = assert_expected(&path, &text);
        let problems = compile(&text, DEFAULT).expect_err("an invalid example");
        let compiled: Vec<&String> = problems.iter().map(|problem| &problem.code).collect();
        assert_eq!(compiled, codes.iter().collect::<Vec<_>>(), "{}", path.display());
        assert!(problems.iter().any(|problem| problem.severity == Severity::Error));
        // A file that is named after a code is an example of it.
        let stem = stem(&path);
        if ProblemCode::ALL.iter().any(|code| code.as_str() == stem) {
            assert!(codes.contains(&stem), "{stem}: {codes:?}");
        }
    }
}

#[test]
fn doubtful_examples_give_the_expected_warnings_and_strict_errors() {
    for (path, text) in documents("doubtful") {
        let codes = assert_expected(&path, &text);
        assert!(codes.contains(&stem(&path)), "{}: {codes:?}", path.display());

        let schema = compile(&text, DEFAULT).expect("warnings only");
        assert_eq!(schema.warnings.len(), codes.len());
        assert!(schema.warnings.iter().all(|problem| problem.severity == Severity::Warning));

        let problems = compile(&text, STRICT).expect_err("strict");
        assert_eq!(problems.len(), codes.len());
        assert!(problems.iter().all(|problem| problem.severity == Severity::Error));
    }
}

/// Codes whose documents are too large to keep: see `dms_limits.rs`.
const WITHOUT_EXAMPLE: &[ProblemCode] = &[ProblemCode::DocumentTooLarge, ProblemCode::TooManyProblems];

#[test]
fn every_code_has_an_example() {
    let mut seen = BTreeSet::new();
    for name in ["invalid", "doubtful"] {
        for (_, text) in documents(name) {
            seen.extend(check(&text, DEFAULT).problems.into_iter().map(|problem| problem.code));
        }
    }
    let missing: Vec<&str> = ProblemCode::ALL
        .iter()
        .filter(|code| !WITHOUT_EXAMPLE.contains(code))
        .map(|code| code.as_str())
        .filter(|code| !seen.contains(*code))
        .collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}

#[test]
fn the_specification_lists_every_code() {
    let path = folder("SPEC.md");
    let text = fs::read_to_string(&path).expect("the specification is there");
    let (begin, end) = ("<!-- codes -->\n", "<!-- end of codes -->");
    let from = text.find(begin).expect("the mark before the table") + begin.len();
    let to = text.find(end).expect("the mark after the table");
    let mut table = String::from("\n| Code | Severity | When |\n|---|---|---|\n");
    for code in ProblemCode::ALL {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        table += &format!("| `{}` | {severity} | {} |\n", code.as_str(), code.meaning());
    }
    table.push('\n');
    if update() {
        let updated = format!("{}{table}{}", &text[..from], &text[to..]);
        fs::write(&path, updated).expect("a writable file");
    } else {
        let hint = "run the tests with TABLETHEORY_UPDATE=1 and commit dms/SPEC.md";
        assert!(text[from..to] == table, "{hint}");
    }
}

#[test]
fn codes_are_snake_case_and_unique() {
    let mut seen = BTreeSet::new();
    for code in ProblemCode::ALL {
        let text = code.as_str();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(text.bytes().all(allowed), "{text}");
        assert!(seen.insert(text), "{text} is there twice");
        assert!(code.meaning().ends_with('.'), "{text}");
    }
}

#[test]
fn messages_are_in_our_manner() {
    for name in ["invalid", "doubtful"] {
        for (path, text) in documents(name) {
            for problem in check(&text, DEFAULT).problems {
                let shown = format!("{}: {problem:?}", path.display());
                let first = problem.message.chars().next().expect("a message");
                assert!(!first.is_uppercase() || problem.message.starts_with("EOF"), "{shown}");
                assert!(!problem.message.ends_with('.'), "{shown}");
                assert!(problem.line >= 1 && problem.column >= 1, "{shown}");
            }
        }
    }
}
