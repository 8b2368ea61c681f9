//! YAML text to a tree: the part of YAML that JSON has too.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::build::Builder;
use super::problem::{ProblemCode, Problems, tick};
use super::scalar;
use super::source::{Place, Position, Tree, Value, end_of};
use crate::json::Fault;

/// Reads one YAML document. `not_json` says why it is no JSON, when it looks like JSON.
pub(super) fn read(text: &str, not_json: Option<Fault>, problems: &mut Problems) -> Option<Tree> {
    let mut build = Builder::new(problems);
    let mut documents = 0;
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let (at, info) = reason(text, &error, not_json);
                let place = build.here(at);
                let message = format!("the text is neither yaml nor json: {info}");
                build.problems.add(ProblemCode::Syntax, place, message);
                return None;
            }
        };
        let at = position(&span.start);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let message = "the text holds more than one document".to_owned();
                    let place = Place { pointer: String::new(), at };
                    build.problems.add_hint(
                        ProblemCode::MultipleDocuments,
                        place,
                        message,
                        "put each document in its own file",
                    );
                    break;
                }
            }
            Event::Alias(_) => {
                report(
                    &mut build,
                    ProblemCode::YamlAlias,
                    at,
                    "a yaml alias (`*…`) is not allowed",
                    "write the value out",
                );
                build.scalar(Value::Unusable, at);
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse(&mut build, anchor, tag.as_deref(), at);
                add_scalar(&mut build, &text, style, tag.is_some(), at);
            }
            Event::SequenceStart(anchor, tag) => {
                refuse(&mut build, anchor, tag.as_deref(), at);
                if !build.begin(Value::List(Vec::new()), at) {
                    return None;
                }
            }
            Event::MappingStart(anchor, tag) => {
                refuse(&mut build, anchor, tag.as_deref(), at);
                if !build.begin(Value::Map(Vec::new()), at) {
                    return None;
                }
            }
            Event::SequenceEnd | Event::MappingEnd => build.end(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    let tree = build.finish().filter(|tree| !matches!(tree.root().value(), Value::Null) || !text_is_blank(text));
    if tree.is_none() {
        let place = Place { pointer: String::new(), at: Position::START };
        let hint = "begin with dms_version: \"0.2\"";
        problems.add_hint(ProblemCode::EmptyDocument, place, "the document is empty".to_owned(), hint);
    }
    tree
}

/// Whether nothing but comments and document markers is there.
fn text_is_blank(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .all(|line| line.is_empty() || line.starts_with(['#', '%']) || line == "---" || line == "...")
}

fn add_scalar(build: &mut Builder, text: &str, style: ScalarStyle, tagged: bool, at: Position) {
    if build.wants_key() && style == ScalarStyle::Plain && text == "<<" {
        report(build, ProblemCode::YamlMergeKey, at, "a yaml merge key (`<<`) is not allowed", "write the members out");
        return build.key(None, at);
    }
    if tagged {
        return build.scalar(Value::Unusable, at);
    }
    let value = match style {
        ScalarStyle::Plain => scalar::plain(text, at, build),
        _ => Value::String(text.to_owned()),
    };
    match value {
        Value::String(key) if build.wants_key() => build.key(Some(key), at),
        value => build.scalar(value, at),
    }
}

/// Reports an anchor and a tag.
fn refuse(build: &mut Builder, anchor: usize, tag: Option<&Tag>, at: Position) {
    if anchor > 0 {
        report(
            build,
            ProblemCode::YamlAnchor,
            at,
            "a yaml anchor (`&…`) is not allowed",
            "write the value where it is used",
        );
    }
    if let Some(tag) = tag {
        let name = match tag.handle.as_str() {
            "tag:yaml.org,2002:" => format!("!!{}", tag.suffix),
            handle => format!("{handle}{}", tag.suffix),
        };
        let message = format!("a yaml tag ({}) is not allowed", tick(&name));
        report(build, ProblemCode::YamlTag, at, &message, "leave it out; put text in quotes");
    }
}

fn report(build: &mut Builder, code: ProblemCode, at: Position, message: &str, hint: &str) {
    let place = build.here(at);
    build.problems.add_hint(code, place, message.to_owned(), hint);
}

fn position(marker: &Marker) -> Position {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position { line: number(marker.line()).max(1), column: number(marker.col()).saturating_add(1) }
}

/// Where and why reading stopped: in terms of JSON where the text looks like JSON.
fn reason(text: &str, error: &ScanError, not_json: Option<Fault>) -> (Position, String) {
    match not_json {
        Some(fault) => (end_of(&text[..fault.at]), fault.what.to_owned()),
        None => (position(error.marker()), lower(error.info())),
    }
}

/// A parser's words in our manner: they begin in lower case.
fn lower(info: &str) -> String {
    let mut info = info.to_owned();
    if let Some(first) = info.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    info
}
