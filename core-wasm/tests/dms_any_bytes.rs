//! Whatever the bytes are, a document is answered: nothing panics, `check` and `compile` agree, places are in the text.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use tabletheory_core::dms::{Options, Severity, check, compile, describe};

/// The texts of all examples: what mutations begin with.
static EXAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dms/examples");
    let mut texts = Vec::new();
    for name in ["valid", "doubtful", "invalid"] {
        for file in fs::read_dir(folder.join(name)).expect("the examples are there") {
            let path = file.expect("a readable folder").path();
            if !path.to_string_lossy().ends_with(".expected.json") {
                texts.push(fs::read(path).expect("a readable file"));
            }
        }
    }
    texts.sort();
    texts
});

/// Pieces of text that mean something to a reader of YAML or JSON.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ", ",
    " ",
    "  ",
    "\n",
    "\n  ",
    "- ",
    "? ",
    "\t",
    "#",
    " # c",
    "&a ",
    "*a",
    "!",
    "!!str ",
    "|",
    "|2-\n",
    ">",
    "'",
    "\"",
    "\\",
    "\\u",
    "\\ud83d",
    "%YAML 1.2\n",
    "%",
    "---",
    "...",
    "\n---\n",
    "\u{feff}",
    "<<: ",
    "~",
    "null",
    "1",
    "0.1",
    ".inf",
    "a: b",
    "\r",
    "\r\n",
    "é",
    "\u{2028}",
    "\u{85}",
    "@",
    "`",
    "\0",
    "dms_version: ",
    "\"0.2\"",
    "models:",
    "attributes:",
    "type: S",
    "roles: [pk]",
];

/// What must hold whatever the bytes are.
fn holds(document: &[u8]) {
    for strict in [false, true] {
        let options = Options { strict };
        let report = check(document, options);
        let errors = report.count(Severity::Error);
        assert_eq!(report.ok, errors == 0);
        match compile(document, options) {
            Ok(schema) => {
                assert!(report.ok);
                assert_eq!(schema.warnings, report.problems);
                assert_eq!(schema.models.len(), report.models);
                serde_json::from_str::<Value>(&describe(&schema, &|model| model.table.clone()))
                    .expect("models are JSON");
            }
            Err(problems) => {
                assert!(!report.ok);
                assert_eq!(problems, report.problems);
            }
        }
        let lines = document.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u32 + 1;
        for problem in &report.problems {
            assert!((1..=lines + 1).contains(&problem.line) && problem.column >= 1, "{problem:?}");
            assert!(problem.pointer.is_empty() || problem.pointer.starts_with('/'), "{problem:?}");
            assert!(!problem.message.is_empty() && problem.message.len() < 1000, "{problem:?}");
        }
    }
}

#[derive(Clone, Debug)]
enum Mutation {
    Insert(Index, &'static str),
    Delete(Index, usize),
    Byte(Index, u8),
    Repeat(Index, usize, Index),
    Cut(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        4 => (any::<Index>(), 1usize..20).prop_map(|(at, length)| Mutation::Delete(at, length)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        2 => (any::<Index>(), 1usize..200, any::<Index>()).prop_map(|(at, length, to)| Mutation::Repeat(at, length, to)),
        1 => any::<Index>().prop_map(Mutation::Cut),
    ]
}

fn mutate(text: &mut Vec<u8>, mutation: &Mutation) {
    let size = text.len() + 1;
    match mutation {
        Mutation::Insert(at, piece) => {
            let at = at.index(size);
            text.splice(at..at, piece.bytes());
        }
        Mutation::Delete(at, length) => {
            let at = at.index(size);
            let end = (at + length).min(text.len());
            text.drain(at..end);
        }
        Mutation::Byte(at, byte) => {
            let at = at.index(size);
            text.splice(at..(at + 1).min(text.len()), [*byte]);
        }
        Mutation::Repeat(at, length, to) => {
            let (at, to) = (at.index(size), to.index(size));
            let piece = text[at..(at + length).min(text.len())].to_vec();
            text.splice(to..to, piece);
        }
        Mutation::Cut(at) => text.truncate(at.index(size)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(document in vec(any::<u8>(), 0..400)) {
        holds(&document);
    }

    #[test]
    fn any_pieces_are_answered(pieces in vec(select(PIECES), 0..60)) {
        holds(pieces.concat().as_bytes());
    }

    #[test]
    fn any_mutation_of_an_example_is_answered(example in any::<Index>(), mutations in vec(mutation(), 1..8)) {
        let mut text = example.get(&EXAMPLES).clone();
        for mutation in &mutations {
            mutate(&mut text, mutation);
        }
        holds(&text);
    }
}
