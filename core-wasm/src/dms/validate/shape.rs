//! The JSON shape of a document: members that must be there, their types, members nobody knows.

use crate::dms::Version;
use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::{Place, Value, View};
use crate::suggest::did_you_mean;

/// A text and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub view: View<'t>,
    pub text: &'t str,
}

/// Whether the value is an object; if so, members other than `known` are warned of.
pub(super) fn object(view: View, label: &str, known: &[&str], problems: &mut Problems) -> bool {
    if !matches!(view.value(), Value::Map(_)) {
        wrong_type(view, label, "an object", problems);
        return false;
    }
    let unknown = view.members().filter(|(member, _)| !known.contains(&member.key.as_str()));
    let mut missing: Option<Vec<&str>> = None;
    for (member, value) in unknown {
        let missing = missing.get_or_insert_with(|| absent(view, known));
        let hint = if problems.full() { None } else { did_you_mean(&member.key, missing.iter().copied()) };
        let place = Place { pointer: value.pointer(), at: member.key_at };
        let message = format!("{} is not known here and has no effect", tick(&member.key));
        problems.push(ProblemCode::UnknownField, place, message, hint);
    }
    true
}

/// The known names that the object does not have: what a misspelt one may have been meant to be.
fn absent<'k>(view: View, known: &[&'k str]) -> Vec<&'k str> {
    let absent = known.iter().filter(|name| view.get(name).is_none());
    absent.copied().collect()
}

/// How a member is called in messages.
fn field(name: &str) -> String {
    format!("`{name}`")
}

/// A member that may be left out; null counts as left out.
pub(super) fn optional<'t>(parent: View<'t>, name: &str) -> Option<View<'t>> {
    parent.get(name).filter(|view| !matches!(view.value(), Value::Null))
}

/// A member that must be there.
pub(super) fn required<'t>(parent: View<'t>, name: &str, problems: &mut Problems) -> Option<View<'t>> {
    let Some(view) = parent.get(name) else {
        problems.add(ProblemCode::MissingField, parent.place(), format!("`{name}` is missing"));
        return None;
    };
    if matches!(view.value(), Value::Null) {
        let hint = (name == "type").then(|| "put it in quotes if DynamoDB's type is meant: \"NULL\"".to_owned());
        problems.push(ProblemCode::MissingField, view.place(), format!("`{name}` is null"), hint);
        return None;
    }
    Some(view)
}

/// A text that must be there and not be empty.
pub(super) fn text<'t>(parent: View<'t>, name: &str, problems: &mut Problems) -> Option<Text<'t>> {
    let text = as_text(required(parent, name, problems)?, &field(name), problems)?;
    if text.text.is_empty() {
        problems.add(ProblemCode::EmptyValue, text.view.place(), format!("`{name}` is empty"));
        return None;
    }
    Some(text)
}

/// A text that may be left out; an empty one counts as left out.
pub(super) fn optional_text<'t>(parent: View<'t>, name: &str, problems: &mut Problems) -> Option<Text<'t>> {
    as_text(optional(parent, name)?, &field(name), problems).filter(|text| !text.text.is_empty())
}

/// The value as a text.
pub(super) fn as_text<'t>(view: View<'t>, label: &str, problems: &mut Problems) -> Option<Text<'t>> {
    match view.value() {
        Value::String(text) => Some(Text { view, text }),
        _ => {
            wrong_type(view, label, "a string", problems);
            None
        }
    }
}

/// A flag, false when left out.
pub(super) fn flag(parent: View, name: &str, problems: &mut Problems) -> bool {
    let Some(view) = optional(parent, name) else {
        return false;
    };
    match view.value() {
        Value::Bool(value) => *value,
        _ => {
            wrong_type(view, &field(name), "true or false", problems);
            false
        }
    }
}

/// A list that must be there and not be empty.
pub(super) fn list<'t>(parent: View<'t>, name: &str, problems: &mut Problems) -> Option<View<'t>> {
    let view = as_list(required(parent, name, problems)?, &field(name), problems)?;
    if view.elements().next().is_none() {
        problems.add(ProblemCode::EmptyValue, view.place(), format!("`{name}` is empty"));
        return None;
    }
    Some(view)
}

/// A list that may be left out.
pub(super) fn optional_list<'t>(parent: View<'t>, name: &str, problems: &mut Problems) -> Option<View<'t>> {
    as_list(optional(parent, name)?, &field(name), problems)
}

fn as_list<'t>(view: View<'t>, label: &str, problems: &mut Problems) -> Option<View<'t>> {
    if matches!(view.value(), Value::List(_)) {
        return Some(view);
    }
    wrong_type(view, label, "a list", problems);
    None
}

/// Whether the document's version has what stands here; if not, that is reported. (An unknown version is a problem of
/// its own, and is taken for the latest.)
pub(super) fn since(
    wanted: Version,
    version: Option<Version>,
    view: View,
    what: &str,
    problems: &mut Problems,
) -> bool {
    let has = version.is_none_or(|version| version >= wanted);
    if !has {
        let wanted = wanted.as_str();
        let hint = format!("say `dms_version: \"{wanted}\"`");
        let message = format!("{what} came with version {wanted} of the document language");
        problems.add_hint(ProblemCode::NewerVersion, view.place(), message, hint);
    }
    has
}

/// Reports a value of another JSON type than it should have.
pub(super) fn wrong_type(view: View, label: &str, wanted: &str, problems: &mut Problems) {
    let (found, plain) = match view.value() {
        Value::Unusable => return,
        Value::Null => ("null", Some("null")),
        Value::Bool(true) => ("true", Some("true")),
        Value::Bool(false) => ("false", Some("false")),
        Value::Number(number) => ("a number", Some(number.as_str())),
        Value::String(_) => ("a string", None),
        Value::List(_) => ("a list", None),
        Value::Map(_) => ("an object", None),
    };
    let hint = plain.filter(|_| wanted == "a string").map(|plain| format!("put it in quotes: \"{plain}\""));
    problems.push(ProblemCode::WrongType, view.place(), format!("{label} must be {wanted}, not {found}"), hint);
}

/// Reports a text that is not one of the known ones, naming the nearest or all of them.
pub(super) fn unknown(code: ProblemCode, text: Text, label: &str, known: &[&str], problems: &mut Problems) {
    if problems.full() {
        return problems.add(code, text.view.place(), String::new());
    }
    let hint = did_you_mean(text.text, known.iter().copied()).unwrap_or_else(|| one_of(known));
    problems.add_hint(code, text.view.place(), format!("{} is not a known {label}", tick(text.text)), hint);
}

fn one_of(known: &[&str]) -> String {
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", names.join(", "))
}
