//! Documents that are too much: too large, too deep, too many problems.

use tabletheory_core::dms::{Options, Problem, Severity, check, compile};

const DEFAULT: Options = Options { strict: false };

const HEAD: &str = r#"dms_version: "0.2"
models:
  - name: "Note"
    table: { name: "notes" }
    keys:
      partition: { attribute: "pk", type: "S" }
    attributes:
      - { attribute: "pk", type: "S" }
"#;

fn only(text: &[u8]) -> Problem {
    let mut problems = check(text, DEFAULT).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn four_mebibytes_are_allowed() {
    let mut text = HEAD.to_owned() + "#";
    text += &"x".repeat(4 * 1024 * 1024 - text.len());
    assert!(compile(text.as_bytes(), DEFAULT).is_ok());
    text.push('x');
    let problem = only(text.as_bytes());
    assert_eq!(problem.code, "document_too_large");
    assert_eq!((problem.line, problem.column, problem.pointer.as_str()), (1, 1, ""));
}

#[test]
fn sixty_four_levels_are_allowed() {
    // The document itself is level 1, `tags` is level 6.
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |levels: usize| {
            let value = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            format!("{HEAD}      - {{ attribute: a, type: S, tags: {{ a: {value} }} }}\n")
        };
        assert!(compile(nested(58).as_bytes(), DEFAULT).is_ok());
        assert_eq!(only(nested(59).as_bytes()).code, "too_deep");
        assert_eq!(only(nested(100).as_bytes()).code, "too_deep");
    }
    let json = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(only(json(64).as_bytes()).code, "wrong_type");
    assert_eq!(only(json(65).as_bytes()).code, "too_deep");
    assert_eq!(only(json(1_000_000).as_bytes()).code, "too_deep");
}

#[test]
fn five_hundred_problems_are_listed() {
    let attributes = |count: usize| {
        let lines = (0..count).map(|at| format!("      - {{ attribute: a{at}, type: S, note: 1 }}\n"));
        HEAD.to_owned() + &lines.collect::<String>()
    };
    let schema = compile(attributes(500).as_bytes(), DEFAULT).expect("warnings only");
    assert_eq!(schema.warnings.len(), 500);
    assert!(schema.warnings.iter().all(|problem| problem.code == "unknown_field"));

    // Too many warnings are a warning, so a document does not become unusable by its size.
    let schema = compile(attributes(510).as_bytes(), DEFAULT).expect("warnings only");
    let last = schema.warnings.last().expect("warnings");
    assert_eq!((last.code.as_str(), last.severity), ("too_many_problems", Severity::Warning));
    assert_eq!(last.message, "10 more problems are not listed");

    // An error that is not listed any more still is one.
    let text = attributes(510) + "      - { attribute: a, type: nonsense }\n";
    let problems = compile(text.as_bytes(), DEFAULT).expect_err("an error");
    let last = problems.last().expect("problems");
    assert_eq!((last.code.as_str(), last.severity), ("too_many_problems", Severity::Error));
    assert_eq!(problems.len(), 501);
}

/// Shapes that make naive readers take quadratic time or a deep stack. They are refused, or read, in time.
#[test]
fn hostile_shapes_are_answered() {
    let size = 50_000;
    let shapes = [
        "[", "{", "- ", "? ", "a: ", "[a,", "{a: ", "\"", "a\n", "- a\n", "a: b\n", "&a ", "*a ", "!a ", "|\n",
        "---\n", "\t", "'", "\\", "\u{feff}", "é", "[],", ": ", "?\n", "\"a\":", "\r", "{}\n", "<<: *a\n",
    ];
    for shape in shapes {
        for before in ["", "[", "a: ", "a: \"", "- "] {
            let text = before.to_owned() + &shape.repeat(size / shape.len());
            let report = check(text.as_bytes(), DEFAULT);
            assert!(!report.ok, "{before:?} {shape:?}");
        }
    }
}

/// Many names to choose a suggestion from, for many misspelt ones.
#[test]
fn suggestions_stay_cheap() {
    let mut text = HEAD.to_owned();
    for at in 0..20_000 {
        text += &format!("      - {{ attribute: attribute{at}, type: S }}\n");
    }
    text += "    write_policy: { protected_attributes: [";
    for at in 0..20_000 {
        text += &format!("atribute{at},");
    }
    text += "] }\n";
    let problems = compile(text.as_bytes(), DEFAULT).expect_err("unknown attributes");
    assert_eq!(problems.len(), 501);
    assert_eq!(problems[0].code, "unknown_protected_attribute");
}
