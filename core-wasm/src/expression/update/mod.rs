//! Update clauses (`wit/README.md`) as update expressions: SET, REMOVE, ADD, DELETE, in this order.

mod operand;

use std::borrow::Cow;

use operand::Operand;

use super::path::{Path, unknown_attribute};
use super::placeholders::Placeholders;
use super::{refused, within_limits};
use crate::dms::{Model, Type};
use crate::error::{Code, Error};
use crate::json::{Kind, Raw, Reader};
use crate::value::{attribute, is_null, not_json, operand, storable};

/// The clauses of an update as they stand in the call.
#[derive(Clone, Debug, Default)]
pub struct Clauses<'a> {
    /// `{path: value}`
    pub set: Option<Raw<'a>>,
    /// `{path: value}`
    pub set_if_not_exists: Option<Raw<'a>>,
    /// `{path: [values]}`
    pub append: Option<Raw<'a>>,
    /// `{path: [values]}`
    pub prepend: Option<Raw<'a>>,
    /// Paths.
    pub remove: Option<&'a [Cow<'a, str>]>,
    /// `{path: number or set}`
    pub add: Option<Raw<'a>>,
    /// `{path: set}`
    pub delete: Option<Raw<'a>>,
    /// Attributes that no clause may touch, besides those that the model protects.
    pub protected_attributes: &'a [Cow<'a, str>],
}

/// What an update does, checked against the model.
#[derive(Clone, Debug)]
pub struct Update<'m> {
    model: &'m Model,
    /// Positions of attributes that the call protects.
    protected: Vec<usize>,
    sets: Vec<(Path<'m>, Operand<'m>)>,
    removes: Vec<Path<'m>>,
    adds: Vec<(Path<'m>, String)>,
    deletes: Vec<(Path<'m>, String)>,
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
    /// It has a value that follows from the stored item; the clause that says so.
    Computed(&'static str),
}

impl<'m> Update<'m> {
    /// An update that does nothing yet.
    pub fn new(model: &'m Model) -> Self {
        Update {
            model,
            protected: Vec::new(),
            sets: Vec::new(),
            removes: Vec::new(),
            adds: Vec::new(),
            deletes: Vec::new(),
        }
    }

    /// Reads the clauses of a call.
    pub fn read(model: &'m Model, clauses: &Clauses<'_>) -> Result<Self, Error> {
        let mut update = Update::new(model);
        for (at, name) in clauses.protected_attributes.iter().enumerate() {
            let unknown = || unknown_attribute(model, name).within(&at.to_string()).within("protected_attributes");
            update.protected.push(model.attribute(name).ok_or_else(unknown)?.0);
        }
        update.each("set", clauses.set, |update, path, reader| update.set(path, reader))?;
        update.each("set_if_not_exists", clauses.set_if_not_exists, |update, path, reader| {
            let value = match operand::read(&path, reader)? {
                Some(operand @ Operand::Path(_)) => operand,
                Some(_) => return Err(refused("`set_if_not_exists` takes a value or `{\"$path\": …}`")),
                None => Operand::Value(whole_value(&path, reader)?.0),
            };
            update.sets.push((path.clone(), Operand::Default(path, Box::new(value))));
            Ok(())
        })?;
        update.each("append", clauses.append, |update, path, reader| {
            let values = list(&path, reader)?;
            let operand = Operand::extended(&path, values, false);
            update.sets.push((path, operand));
            Ok(())
        })?;
        update.each("prepend", clauses.prepend, |update, path, reader| {
            let values = list(&path, reader)?;
            let operand = Operand::extended(&path, values, true);
            update.sets.push((path, operand));
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

    /// What becomes of a whole attribute; nothing, if the update does not touch it.
    pub fn outcome(&self, at: usize) -> Option<Outcome<'_>> {
        if self.removes.iter().any(|path| path.at == at) {
            return Some(Outcome::Removed);
        }
        if let Some((path, source)) = self.sets.iter().find(|(path, _)| path.at == at) {
            return Some(match source {
                Operand::Value(value) => Outcome::Value(value),
                Operand::Default(present, other) if present.is(path) => match &**other {
                    Operand::Value(value) => Outcome::IfNotExists(value),
                    _ => Outcome::Computed("set_if_not_exists"),
                },
                _ => Outcome::Computed("set"),
            });
        }
        self.paths().any(|path| path.at == at).then_some(Outcome::Computed("add"))
    }

    /// Adds `SET attribute = value` for a whole attribute; the value is DynamoDB JSON.
    pub fn assign(&mut self, at: usize, value: String) {
        self.sets.push((self.whole(at), Operand::Value(value)));
    }

    /// Adds `SET attribute = if_not_exists(attribute, value)`.
    pub fn assign_if_not_exists(&mut self, at: usize, value: String) {
        self.sets.push((self.whole(at), Operand::Default(self.whole(at), Box::new(Operand::Value(value)))));
    }

    /// Adds `SET attribute = if_not_exists(attribute, first) + second`.
    pub fn assign_sum(&mut self, at: usize, first: &str, second: &str) {
        let number = |text: &str| format!("{{\"N\":\"{text}\"}}");
        let first = Operand::Default(self.whole(at), Box::new(Operand::Value(number(first))));
        let sum = Operand::Sum(Box::new(first), '+', Box::new(Operand::Value(number(second))));
        self.sets.push((self.whole(at), sum));
    }

    /// Adds `ADD attribute number`.
    pub fn add(&mut self, at: usize, number: &str) {
        self.adds.push((self.whole(at), format!("{{\"N\":\"{number}\"}}")));
    }

    /// Changes a whole attribute as a caller's clause would: sets it, or removes it when there is no value.
    pub fn change(&mut self, at: usize, value: Option<String>) -> Result<(), Error> {
        let path = self.whole(at);
        self.check(&path, &path.root.name)?;
        match value {
            Some(value) => self.sets.push((path, Operand::Value(value))),
            None => self.removes.push(removable(path)?),
        }
        Ok(())
    }

    /// Whether doing it twice may differ from doing it once, besides counting up the version.
    pub fn accumulates(&self) -> bool {
        // Behind the end of a list, an element is put at the end; after one is removed, others have its place.
        let elements = self.sets.iter().map(|(path, _)| path).chain(&self.removes).any(Path::is_element);
        elements
            || !self.adds.is_empty()
            || self.sets.iter().any(|(path, source)| self.reads_what_changes(path, source))
    }

    fn reads_what_changes(&self, target: &Path<'_>, source: &Operand<'_>) -> bool {
        let kept = [self.model.updated_at, self.model.version];
        let changes =
            |read: &Path<'_>| kept.contains(&Some(read.at)) || self.paths().any(|written| written.overlaps(read));
        let mut found = false;
        match source {
            // Once set it is there, so nothing is done to it again.
            Operand::Default(path, other) if path.is(target) => other.reads(&mut |read| found |= changes(read)),
            source => source.reads(&mut |read| found |= changes(read)),
        }
        found
    }

    /// Renders the update expression; `None` when there is nothing to do.
    pub fn render(&self, placeholders: &mut Placeholders) -> Result<Option<String>, Error> {
        let mut text = String::new();
        section(&mut text, "SET ", &self.sets, |(path, source), out| {
            path.write(placeholders, out);
            out.push_str(" = ");
            source.write(placeholders, out);
        });
        section(&mut text, "REMOVE ", &self.removes, |path, out| path.write(placeholders, out));
        for (word, entries) in [("ADD ", &self.adds), ("DELETE ", &self.deletes)] {
            section(&mut text, word, entries, |(path, value), out| {
                path.write(placeholders, out);
                out.push(' ');
                placeholders.value(value.clone(), out);
            });
        }
        let operators = self.sets.iter().map(|(_, source)| source.operators()).sum();
        within_limits(&text, operators, "update")?;
        placeholders.within_limits()?;
        Ok((!text.is_empty()).then_some(text))
    }

    fn set(&mut self, path: Path<'m>, reader: &mut Reader<'_>) -> Result<(), Error> {
        if let Some(source) = operand::read(&path, reader)? {
            self.sets.push((path, source));
            return Ok(());
        }
        let (value, empty) = whole_value(&path, reader)?;
        if empty && path.segments.is_empty() && path.root.omit_empty {
            self.removes.push(removable(path)?);
        } else {
            self.sets.push((path, Operand::Value(value)));
        }
        Ok(())
    }

    /// Visits the members of a clause object.
    fn each(
        &mut self,
        clause: &str,
        raw: Option<Raw<'_>>,
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
        self.check(&path, text)?;
        Ok(path)
    }

    /// Refuses a path that no clause may touch, or that another clause touches.
    fn check(&self, path: &Path<'_>, text: &str) -> Result<(), Error> {
        let name = &path.root.name;
        if self.model.is_key(path.at) {
            return Err(Error::new(Code::InvalidModel, format!("key attribute `{name}` cannot be updated")));
        }
        let lifecycle = [self.model.created_at, self.model.updated_at, self.model.version];
        if lifecycle.contains(&Some(path.at)) {
            return Err(Error::new(Code::InvalidModel, format!("lifecycle attribute `{name}` cannot be updated"))
                .hint("created_at, updated_at and version are kept by the library"));
        }
        if path.root.protected || self.protected.contains(&path.at) {
            return Err(Error::new(
                Code::ProtectedFieldMutation,
                format!("attribute `{name}` is protected by the write policy"),
            ));
        }
        if self.paths().any(|other| other.overlaps(path)) {
            return Err(refused(format!("path `{text}` overlaps another one of the update")));
        }
        Ok(())
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
        storable(path.root, is_null(&value), written)?;
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
