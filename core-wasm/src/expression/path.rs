//! Paths into an item: `attr`, `attr.member`, `attr[3].member`, with back-ticks around names that hold `.`, `[` or `]`.

use std::fmt::Write;

use super::placeholders::Placeholders;
use super::refused;
use crate::dms::{Attribute, Format, Model, Type, Version};
use crate::error::{Code, Error};
use crate::suggest::did_you_mean;

/// Longest attribute name, in bytes.
const MAX_NAME: usize = 255;
/// Deepest path, its root included.
const MAX_SEGMENTS: usize = 32;

/// A path whose root is an attribute of the model.
#[derive(Clone, Debug)]
pub struct Path<'m> {
    /// The model.
    pub model: &'m Model,
    /// Position of the root among the model's attributes.
    pub at: usize,
    /// The root.
    pub root: &'m Attribute,
    /// What follows the root.
    pub segments: Vec<Segment>,
}

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A map member.
    Member(String),
    /// A list element.
    Index(u32),
}

impl<'m> Path<'m> {
    /// Reads a path. A text that as a whole names an attribute is that attribute.
    pub fn parse(model: &'m Model, text: &str) -> Result<Self, Error> {
        if let Some((at, _)) = model.attribute(text) {
            return Ok(Path::whole(model, at));
        }
        let mut segments = split(text)?;
        let Segment::Member(name) = segments.remove(0) else { return Err(malformed(text)) };
        let Some((at, root)) = model.attribute(&name) else {
            return Err(unknown_attribute(model, &name));
        };
        let path = Path { model, at, root, segments };
        path.fits(text)?;
        Ok(path)
    }

    /// The path that is a whole attribute.
    pub fn whole(model: &'m Model, at: usize) -> Self {
        Path { model, at, root: &model.attributes[at], segments: Vec::new() }
    }

    /// Version of the model's document: it decides emptiness.
    pub fn version(&self) -> Version {
        self.model.version_of_dms
    }

    /// Declared type and format of what the path leads to; nothing within documents.
    pub fn leaf(&self) -> (Option<Type>, Option<Format>) {
        if self.segments.is_empty() && !self.root.json {
            (Some(self.root.kind), self.root.format)
        } else {
            (None, None)
        }
    }

    /// Whether two paths touch the same value: one leads to the other or to a part of it.
    pub fn overlaps(&self, other: &Path<'_>) -> bool {
        self.at == other.at && self.segments.iter().zip(&other.segments).all(|(a, b)| a == b)
    }

    /// Whether two paths are the same.
    pub fn is(&self, other: &Path<'_>) -> bool {
        self.at == other.at && self.segments == other.segments
    }

    /// Whether the path ends in an element of a list.
    pub fn is_element(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Index(_)))
    }

    /// Writes the path with placeholders.
    pub fn write(&self, placeholders: &mut Placeholders, out: &mut String) {
        placeholders.name(&self.root.name, out);
        for segment in &self.segments {
            match segment {
                Segment::Member(name) => {
                    out.push('.');
                    placeholders.name(name, out);
                }
                Segment::Index(index) => write!(out, "[{index}]").expect("writing to a string"),
            }
        }
    }

    fn fits(&self, text: &str) -> Result<(), Error> {
        if self.root.encrypted && !self.segments.is_empty() {
            return Err(refused(format!("encrypted attribute `{}` has no paths into it", self.root.name)));
        }
        if self.root.json && self.root.kind == Type::S {
            return Err(refused(format!(
                "`json` attribute `{}` is stored as text and has no paths into it",
                self.root.name
            )));
        }
        let fits = match self.segments.first() {
            None => true,
            Some(_) if self.root.json => true,
            Some(Segment::Member(_)) => self.root.kind == Type::M,
            Some(Segment::Index(_)) => self.root.kind == Type::L,
        };
        if fits {
            Ok(())
        } else {
            let name = &self.root.name;
            Err(refused(format!("path `{text}` leads into `{name}`, which is of type {}", self.root.kind.as_str())))
        }
    }
}

/// The error for a name that the model does not have.
pub fn unknown_attribute(model: &Model, name: &str) -> Error {
    let shown: String = name.chars().take(255).collect();
    let error = Error::new(Code::InvalidModel, format!("unknown attribute `{shown}` of model `{}`", model.name));
    match did_you_mean(name, model.attributes.iter().map(|attribute| attribute.name.as_str())) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn split(text: &str) -> Result<Vec<Segment>, Error> {
    let mut segments = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = match rest.strip_prefix('`') {
            Some(quoted) => quoted.split_once('`').ok_or_else(|| malformed(text))?,
            None => rest.split_at(rest.find(['.', '[', ']', '`']).unwrap_or(rest.len())),
        };
        if name.is_empty() {
            return Err(malformed(text));
        }
        if name.len() > MAX_NAME {
            return Err(refused(format!("name of {} bytes in a path, DynamoDB takes {MAX_NAME}", name.len())));
        }
        segments.push(Segment::Member(name.to_owned()));
        rest = after;
        while let Some(inner) = rest.strip_prefix('[') {
            let (digits, after) = inner.split_once(']').ok_or_else(|| malformed(text))?;
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let index = plain.then(|| digits.parse().ok()).flatten().ok_or_else(|| malformed(text))?;
            segments.push(Segment::Index(index));
            rest = after;
        }
        if segments.len() > MAX_SEGMENTS {
            return Err(refused(format!("path is deeper than {MAX_SEGMENTS} levels")));
        }
        if rest.is_empty() {
            return Ok(segments);
        }
        rest = rest.strip_prefix('.').ok_or_else(|| malformed(text))?;
    }
}

fn malformed(text: &str) -> Error {
    let shown: String = text.chars().take(80).collect();
    refused(format!("`{shown}` is not a path"))
        .hint("for instance `attr.member[0]`; names that hold `.`, `[` or `]` stand in back-ticks")
}
