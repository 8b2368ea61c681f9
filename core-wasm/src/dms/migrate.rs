//! Documents of an older version in the words of a later one. The text is edited, not written anew: comments, order and
//! layout stay.

use serde::Serialize;

use super::problem::{ProblemCode, Problems, tick};
use super::source::{self, Place, Position, Tree, View};
use super::{Attribute, Options, Problem, Report, Type, Version, check, validate};

/// A document in a later version of the language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// The version that it had, for instance `0.1`.
    pub from: String,
    /// The version that it has now.
    pub to: String,
    /// Its new text.
    pub document: String,
    /// Where the new version means something else than the old one, in the order of the text.
    pub notes: Vec<Note>,
    /// What `check` says of the new text.
    pub report: Report,
}

/// A place where the new version means something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// JSON pointer into the document.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is different, lower case, names in back-ticks.
    pub message: String,
}

/// Rewrites a document, YAML or JSON, to version `to`; without one, to the version after its own.
///
/// Everything that an older version says can be said in a later one, so only `dms_version` changes; the [`Note`]s tell
/// where the meaning does. The new text is checked: [`Migration::report`].
///
/// # Errors
/// The problems of a document that cannot be read, that has no known version, or that has version `to` or a later one
/// already.
pub fn migrate(document: &[u8], to: Option<Version>) -> Result<Migration, Vec<Problem>> {
    let mut problems = Problems::new(false);
    let Some(tree) = source::read(document, &mut problems) else {
        return Err(problems.finish());
    };
    // A text that can be read was found to be UTF-8.
    let text = std::str::from_utf8(document).unwrap_or_default();
    let Some((from, to, edited)) = rewrite(text, &tree, to, &mut problems) else {
        return Err(problems.finish());
    };
    let report = check(edited.as_bytes(), Options::default());
    let notes = notes(&tree, from, to);
    Ok(Migration { from: from.as_str().to_owned(), to: to.as_str().to_owned(), document: edited, notes, report })
}

/// The versions and the new text; none when that cannot be (and is reported).
fn rewrite(
    text: &str,
    tree: &Tree,
    to: Option<Version>,
    problems: &mut Problems,
) -> Option<(Version, Version, String)> {
    let from = validate::version_of(tree, problems)?;
    let place = || tree.root().get("dms_version").map_or_else(|| tree.root().place(), View::place);
    let latest = Version::ALL[Version::ALL.len() - 1];
    let to = to.unwrap_or_else(|| Version::ALL.into_iter().find(|version| *version > from).unwrap_or(latest));
    if to <= from {
        let message = format!("the document has version {} already", tick(from.as_str()));
        problems.add(ProblemCode::UnsupportedVersion, place(), message);
        return None;
    }
    let at = place().at;
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let written = format!("{quote}{}{quote}", from.as_str());
        let start = offset(text, at).filter(|start| text[*start..].starts_with(&written))?;
        let mut edited = text.to_owned();
        edited.replace_range(start..start + written.len(), &format!("{quote}{}{quote}", to.as_str()));
        Some(edited)
    });
    let Some(edited) = quoted else {
        let message = "the version is written in a way that is not rewritten".to_owned();
        let hint = format!("write `dms_version: \"{}\"`", from.as_str());
        problems.add_hint(ProblemCode::UnsupportedVersion, place(), message, hint);
        return None;
    };
    Some((from, to, edited))
}

/// Where a position of the tree is in the text, in bytes.
fn offset(text: &str, at: Position) -> Option<usize> {
    let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let (mut line, mut column) = (1, 1);
    let mut characters = text[start..].char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        if (line, column) == (at.line, at.column) {
            return Some(start + index);
        }
        let followed = characters.peek().is_some_and(|(_, next)| *next == '\n');
        if character == '\n' || (character == '\r' && !followed) {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    None
}

/// Where the meaning changes. Only 0.1 differs from what came after it.
fn notes(tree: &Tree, from: Version, to: Version) -> Vec<Note> {
    let mut notes = Vec::new();
    if from > Version::V0_1 || to == Version::V0_1 {
        return notes;
    }
    let schema = validate::document(tree, &mut Problems::new(false)).schema;
    let views = tree.root().get("models").into_iter().flat_map(|list| list.elements());
    for (model, view) in schema.iter().flat_map(|schema| &schema.models).zip(views) {
        let views = view.get("attributes").into_iter().flat_map(|list| list.elements());
        for (attribute, view) in model.attributes.iter().zip(views) {
            let Place { pointer, at } = view.place();
            let changes = changes(attribute).into_iter().flatten();
            notes.extend(changes.map(|message| Note {
                pointer: pointer.clone(),
                line: at.line,
                column: at.column,
                message,
            }));
        }
    }
    notes
}

fn changes(attribute: &Attribute) -> [Option<String>; 2] {
    let name = tick(&attribute.name);
    let text = attribute.json && attribute.kind == Type::S;
    [
        text.then(|| {
            format!("a string given for {name} is JSON text now; in 0.1 it was a JSON string to be written as text")
        }),
        (attribute.omit_empty && attribute.kind == Type::M)
            .then(|| format!("a map in {name} whose values are all empty is stored now; in 0.1 it was left out")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "# Accounts\r\ndms_version: '0.1' # old\r\nmodels:\r\n  - name: A\r\n    table: { name: abc }\r\n    keys: { partition: { attribute: k, type: S } }\r\n    attributes:\r\n      - { attribute: k, type: S } # key\r\n      - { attribute: é, type: S, json: true }\r\n      - { attribute: m, type: M, omit_empty: true }\r\n";

    #[test]
    fn only_the_version_changes() {
        let once = migrate(OLD.as_bytes(), None).expect("a document of 0.1");
        assert_eq!((once.from.as_str(), once.to.as_str()), ("0.1", "0.2"));
        assert_eq!(once.document, OLD.replace("'0.1' #", "'0.2' #"));
        assert!(once.report.ok);
        let places: Vec<_> = once.notes.iter().map(|note| (note.pointer.as_str(), note.line, note.column)).collect();
        assert_eq!(places, [("/models/0/attributes/1", 9, 9), ("/models/0/attributes/2", 10, 9)]);
        let twice = migrate(once.document.as_bytes(), None).expect("a document of 0.2");
        assert_eq!(twice.document, OLD.replace("'0.1' #", "'0.3' #"));
        assert!(twice.notes.is_empty());
        let at_once = migrate(OLD.as_bytes(), Some(Version::V0_3)).expect("a document of 0.1");
        assert_eq!((at_once.document, at_once.notes), (twice.document, once.notes));
    }

    #[test]
    fn json_is_edited_too() {
        let text = "\u{feff}{\"models\": [], \"é\": \"0.2\",\n\t\"dms_version\":\t\"0.2\"}";
        let migrated = migrate(text.as_bytes(), None).expect("a document of 0.2");
        assert_eq!(migrated.document, text.replace("\t\"0.2\"", "\t\"0.3\""));
        assert!(!migrated.report.ok, "it has no models, before and after");
    }

    #[test]
    fn members_of_the_new_version_may_be_there_already() {
        let text = OLD.replace("type: M, omit_empty: true", "type: N, unique: true");
        assert!(!check(text.as_bytes(), Options::default()).ok);
        assert!(!migrate(text.as_bytes(), None).expect("a document of 0.1").report.ok);
        assert!(migrate(text.as_bytes(), Some(Version::V0_3)).expect("a document of 0.1").report.ok);
    }

    #[test]
    fn what_cannot_be_rewritten_is_said() {
        let codes = |text: &str, to: Option<Version>| {
            let problems = migrate(text.as_bytes(), to).expect_err("not to be rewritten");
            problems.into_iter().map(|problem| (problem.code, problem.line, problem.column)).collect::<Vec<_>>()
        };
        let problem = |code: &str, line, column| vec![(code.to_owned(), line, column)];
        let latest = OLD.replace("0.1", "0.3");
        assert_eq!(codes(&latest, None), problem("unsupported_version", 2, 14));
        assert_eq!(codes(OLD, Some(Version::V0_1)), problem("unsupported_version", 2, 14));
        assert_eq!(codes(&OLD.replace("'0.1'", "0.1"), None), problem("wrong_type", 2, 14));
        assert_eq!(codes(&OLD.replace("'0.1'", "\"\\x30.1\""), None), problem("unsupported_version", 2, 14));
        assert_eq!(codes(&OLD.replace("0.1", "1.0"), None), problem("unsupported_version", 2, 14));
        assert_eq!(codes("models: []", None), problem("missing_field", 1, 1));
        assert_eq!(codes("[", None)[0].0, "syntax");
        assert_eq!(codes("- 1", None), problem("wrong_type", 1, 1));
    }
}
