//! Update clauses (`wit/README.md`) as update expressions: SET, REMOVE, ADD, DELETE, in this order.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::path::Path;
use super::placeholders::Placeholders;
use super::{refused, within_limits};
use crate::dms::{Model, Type};
use crate::error::{Code, Error};
use crate::json::{Kind, Reader};
use crate::value::{attribute, not_json, operand, storable};

/// The clauses of an update as they stand in the call.
#[derive(Clone, Debug, Default)]
pub struct Clauses<'a> {
    /// `{path: value}`
    pub set: Option<&'a RawValue>,
    /// `{path: value}`
    pub set_if_not_exists: Option<&'a RawValue>,
    /// `{path: [values]}`
    pub append: Option<&'a RawValue>,
    /// `{path: [values]}`
    pub prepend: Option<&'a RawValue>,
    /// Paths.
    pub remove: Option<&'a [Cow<'a, str>]>,
    /// `{path: number or set}`
    pub add: Option<&'a RawValue>,
    /// `{path: set}`
    pub delete: Option<&'a RawValue>,
}

/// What an update does, checked against the model.
#[derive(Clone, Debug)]
pub struct Update<'m> {
    model: &'m Model,
    sets: Vec<(Path<'m>, Source)>,
    removes: Vec<Path<'m>>,
    adds: Vec<(Path<'m>, String)>,
    deletes: Vec<(Path<'m>, String)>,
}

/// The right-hand side of an assignment; values are DynamoDB JSON.
#[derive(Clone, Debug)]
enum Source {
    Value(String),
    IfNotExists(String),
    Append(String),
    Prepend(String),
    /// `if_not_exists(p, first) + second`
    Sum(String, String),
}

/// What an update makes of an attribute; values are DynamoDB JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// It has this value.
    Value(&'a str),
    /// It has this value, unless it had one before.
    IfNotExists(&'a str),
    /// It is gone.
    Removed,
    /// It has a value that follows from the stored item.
    Computed,
}

impl<'m> Update<'m> {
    /// An update that does nothing yet.
    pub fn new(model: &'m Model) -> Self {
        Update { model, sets: Vec::new(), removes: Vec::new(), adds: Vec::new(), deletes: Vec::new() }
    }

    /// Reads the clauses of a call.
    pub fn read(model: &'m Model, clauses: &Clauses<'_>) -> Result<Self, Error> {
        let mut update = Update::new(model);
        update.each("set", clauses.set, |update, path, reader| update.set(path, reader))?;
        update.each("set_if_not_exists", clauses.set_if_not_exists, |update, path, reader| {
            let value = whole_value(&path, reader)?.0;
            update.sets.push((path, Source::IfNotExists(value)));
            Ok(())
        })?;
        update.each("append", clauses.append, |update, path, reader| {
            let values = list(&path, reader)?;
            update.sets.push((path, Source::Append(values)));
            Ok(())
        })?;
        update.each("prepend", clauses.prepend, |update, path, reader| {
            let values = list(&path, reader)?;
            update.sets.push((path, Source::Prepend(values)));
            Ok(())
        })?;
        for (at, text) in clauses.remove.unwrap_or_default().iter().enumerate() {
            let path = update.path(text).and_then(removable);
            update.removes.push(path.map_err(|error| error.within(&at.to_string()).within("remove"))?);
        }
        update.each("add", clauses.add, |update, path, reader| {
            let value = addend(&path, reader, true)?;
            update.adds.push((path, value));
            Ok(())
        })?;
        update.each("delete", clauses.delete, |update, path, reader| {
            let value = addend(&path, reader, false)?;
            update.deletes.push((path, value));
            Ok(())
        })?;
        Ok(update)
    }

    /// Positions of the attributes that the update touches.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.paths().map(|path| path.at)
    }

    /// What becomes of a whole attribute; nothing, if the update does not touch it.
    pub fn outcome(&self, at: usize) -> Option<Outcome<'_>> {
        if self.removes.iter().any(|path| path.at == at) {
            return Some(Outcome::Removed);
        }
        if let Some((_, source)) = self.sets.iter().find(|(path, _)| path.at == at) {
            return Some(match source {
                Source::Value(value) => Outcome::Value(value),
                Source::IfNotExists(value) => Outcome::IfNotExists(value),
                _ => Outcome::Computed,
            });
        }
        self.paths().any(|path| path.at == at).then_some(Outcome::Computed)
    }

    /// Adds `SET attribute = value` for a whole attribute; the value is DynamoDB JSON.
    pub fn assign(&mut self, at: usize, value: String) {
        self.sets.push((self.whole(at), Source::Value(value)));
    }

    /// Adds `SET attribute = if_not_exists(attribute, value)`.
    pub fn assign_if_not_exists(&mut self, at: usize, value: String) {
        self.sets.push((self.whole(at), Source::IfNotExists(value)));
    }

    /// Adds `SET attribute = if_not_exists(attribute, first) + second`.
    pub fn assign_sum(&mut self, at: usize, first: &str, second: &str) {
        let number = |text: &str| format!("{{\"N\":\"{text}\"}}");
        self.sets.push((self.whole(at), Source::Sum(number(first), number(second))));
    }

    /// Adds `REMOVE attribute`.
    pub fn remove(&mut self, at: usize) {
        self.removes.push(self.whole(at));
    }

    /// Adds `ADD attribute number`.
    pub fn add(&mut self, at: usize, number: &str) {
        self.adds.push((self.whole(at), format!("{{\"N\":\"{number}\"}}")));
    }

    /// Whether doing it twice may differ from doing it once.
    pub fn accumulates(&self) -> bool {
        !self.adds.is_empty()
            || self
                .sets
                .iter()
                .any(|(_, source)| matches!(source, Source::Append(_) | Source::Prepend(_) | Source::Sum(..)))
    }

    /// Renders the update expression; `None` when there is nothing to do.
    pub fn render(&self, placeholders: &mut Placeholders) -> Result<Option<String>, Error> {
        let mut text = String::new();
        section(&mut text, "SET ", &self.sets, |(path, source), out| {
            path.write(placeholders, out);
            out.push_str(" = ");
            source.write(path, placeholders, out);
        });
        section(&mut text, "REMOVE ", &self.removes, |path, out| path.write(placeholders, out));
        for (word, entries) in [("ADD ", &self.adds), ("DELETE ", &self.deletes)] {
            section(&mut text, word, entries, |(path, value), out| {
                path.write(placeholders, out);
                out.push(' ');
                placeholders.value(value.clone(), out);
            });
        }
        let operators = self.sets.len() + self.removes.len() + self.adds.len() + self.deletes.len();
        within_limits(&text, operators, "update")?;
        Ok((!text.is_empty()).then_some(text))
    }

    fn set(&mut self, path: Path<'m>, reader: &mut Reader<'_>) -> Result<(), Error> {
        let (value, empty) = whole_value(&path, reader)?;
        if empty && path.segments.is_empty() && path.root.omit_empty {
            self.removes.push(removable(path)?);
        } else {
            self.sets.push((path, Source::Value(value)));
        }
        Ok(())
    }

    /// Visits the members of a clause object.
    fn each(
        &mut self,
        clause: &str,
        raw: Option<&RawValue>,
        mut visit: impl FnMut(&mut Self, Path<'m>, &mut Reader<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(raw) = raw else { return Ok(()) };
        let mut reader = Reader::new(raw.get());
        if reader.kind().map_err(not_json)? != Kind::Object {
            return Err(refused(format!("`{clause}` takes an object of paths and values")).within(clause));
        }
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(&mut reader).map_err(not_json)? {
            let name = name.decode();
            let visited = self.path(&name).and_then(|path| visit(self, path, &mut reader));
            visited.map_err(|error| error.within(&name).within(clause))?;
        }
        Ok(())
    }

    /// Reads a path that nothing else in the update touches.
    fn path(&self, text: &str) -> Result<Path<'m>, Error> {
        let path = Path::parse(self.model, text)?;
        let name = &path.root.name;
        if self.model.is_key(path.at) {
            return Err(Error::new(Code::InvalidModel, format!("key attribute `{name}` cannot be updated")));
        }
        let lifecycle = [self.model.created_at, self.model.updated_at, self.model.version];
        if lifecycle.contains(&Some(path.at)) {
            return Err(Error::new(Code::InvalidModel, format!("lifecycle attribute `{name}` cannot be updated"))
                .hint("created_at, updated_at and version are kept by the library"));
        }
        if self.paths().any(|other| other.overlaps(&path)) {
            return Err(refused(format!("path `{text}` overlaps another one of the update")));
        }
        Ok(path)
    }

    fn paths(&self) -> impl Iterator<Item = &Path<'m>> + '_ {
        let sets = self.sets.iter().map(|(path, _)| path);
        let changes = self.adds.iter().chain(&self.deletes).map(|(path, _)| path);
        sets.chain(&self.removes).chain(changes)
    }

    fn whole(&self, at: usize) -> Path<'m> {
        Path::whole(self.model, at)
    }
}

impl Source {
    fn write(&self, path: &Path<'_>, placeholders: &mut Placeholders, out: &mut String) {
        match self {
            Source::Value(value) => placeholders.value(value.clone(), out),
            Source::IfNotExists(value) => if_not_exists(path, value, placeholders, out),
            Source::Append(values) => {
                out.push_str("list_append(");
                if_not_exists(path, EMPTY_LIST, placeholders, out);
                out.push_str(", ");
                placeholders.value(values.clone(), out);
                out.push(')');
            }
            Source::Prepend(values) => {
                out.push_str("list_append(");
                placeholders.value(values.clone(), out);
                out.push_str(", ");
                if_not_exists(path, EMPTY_LIST, placeholders, out);
                out.push(')');
            }
            Source::Sum(first, second) => {
                if_not_exists(path, first, placeholders, out);
                out.push_str(" + ");
                placeholders.value(second.clone(), out);
            }
        }
    }
}

const EMPTY_LIST: &str = "{\"L\":[]}";

fn if_not_exists(path: &Path<'_>, value: &str, placeholders: &mut Placeholders, out: &mut String) {
    out.push_str("if_not_exists(");
    path.write(placeholders, out);
    out.push_str(", ");
    placeholders.value(value.to_owned(), out);
    out.push(')');
}

fn section<T>(text: &mut String, word: &str, entries: &[T], mut write: impl FnMut(&T, &mut String)) {
    for (at, entry) in entries.iter().enumerate() {
        match at {
            0 if text.is_empty() => text.push_str(word),
            0 => {
                text.push(' ');
                text.push_str(word);
            }
            _ => text.push_str(", "),
        }
        write(entry, text);
    }
}

/// Writes a value as its path wants it; also says whether it is empty.
fn whole_value(path: &Path<'_>, reader: &mut Reader<'_>) -> Result<(String, bool), Error> {
    let mut value = String::new();
    if !path.segments.is_empty() {
        operand(reader, None, None, &mut value)?;
        return Ok((value, false));
    }
    let version = path.version();
    let written = attribute(reader, path.root, version, &mut value)?;
    if !(written.empty && path.root.omit_empty) {
        storable(path.root, &value, written)?;
    }
    Ok((value, written.empty))
}

fn list(path: &Path<'_>, reader: &mut Reader<'_>) -> Result<String, Error> {
    in_place(path)?;
    if let (Some(kind), _) = path.leaf()
        && kind != Type::L
    {
        return Err(refused(format!("`{}` is of type {}, not a list", path.root.name, kind.as_str())));
    }
    if reader.kind().map_err(not_json)? != Kind::Array {
        return Err(refused("expected an array of values"));
    }
    let mut value = String::new();
    operand(reader, Some(Type::L), None, &mut value)?;
    Ok(value)
}

/// What ADD and DELETE take: a set, and for ADD also a number.
fn addend(path: &Path<'_>, reader: &mut Reader<'_>, numbers: bool) -> Result<String, Error> {
    in_place(path)?;
    let (kind, format) = path.leaf();
    let word = if numbers { "add" } else { "delete" };
    match kind {
        Some(kind) if kind.element().is_some() || (numbers && kind == Type::N) => {}
        Some(kind) => {
            return Err(refused(format!(
                "`{word}` does not apply to `{}`, which is of type {}",
                path.root.name,
                kind.as_str()
            )));
        }
        None if path.root.json && path.segments.is_empty() => {
            return Err(refused(format!("`{word}` does not apply to `json` attribute `{}`", path.root.name)));
        }
        None => {}
    }
    let mut value = String::new();
    operand(reader, kind, format, &mut value)?;
    let fits = ["{\"SS\"", "{\"NS\"", "{\"BS\""].iter().any(|set| value.starts_with(set))
        || (numbers && value.starts_with("{\"N\""));
    if fits && !value.starts_with("{\"NULL\"") {
        Ok(value)
    } else if numbers {
        Err(refused("`add` takes a number or a set that is not empty"))
    } else {
        Err(refused("`delete` takes a set that is not empty"))
    }
}

/// Encrypted attributes can only be replaced as a whole.
fn in_place(path: &Path<'_>) -> Result<(), Error> {
    if path.root.encrypted {
        return Err(refused(format!("encrypted attribute `{}` can only be set or removed", path.root.name)));
    }
    Ok(())
}

fn removable(path: Path<'_>) -> Result<Path<'_>, Error> {
    if path.root.required && path.segments.is_empty() {
        return Err(Error::new(
            Code::InvalidModel,
            format!("required attribute `{}` cannot be removed", path.root.name),
        ));
    }
    Ok(path)
}
