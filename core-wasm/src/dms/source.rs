//! A document as a tree that knows where everything stands, whether it was written as YAML or as JSON.

use super::problem::{ProblemCode, Problems};
use super::{json, yaml};

/// Documents may be this large, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl Position {
    pub(super) const START: Position = Position { line: 1, column: 1 };
}

/// Where a problem is: in the document and in the text.
pub(super) struct Place {
    pub pointer: String,
    pub at: Position,
}

pub(super) type NodeId = u32;

/// One value of the document.
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    List(Vec<NodeId>),
    Map(Vec<Member>),
    /// Has been reported already; nothing more is to be said about it.
    Unusable,
}

/// One member of an object.
pub(super) struct Member {
    pub key: String,
    pub key_at: Position,
    pub value: NodeId,
}

/// A value, and where it stands.
pub(super) struct Node {
    pub value: Value,
    pub at: Position,
    /// The list or object around it and the place there; none for the root.
    pub parent: Option<(NodeId, usize)>,
}

/// The whole document.
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub root: NodeId,
}

impl Tree {
    pub(super) fn root(&self) -> View<'_> {
        View { tree: self, id: self.root }
    }
}

/// A value within its document.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl<'t> View<'t> {
    fn node(self) -> &'t Node {
        &self.tree.nodes[self.id as usize]
    }

    pub(super) fn value(self) -> &'t Value {
        &self.node().value
    }

    fn with(self, id: NodeId) -> View<'t> {
        View { tree: self.tree, id }
    }

    /// The members of an object; nothing for anything else.
    pub(super) fn members(self) -> impl Iterator<Item = (&'t Member, View<'t>)> {
        let members = match self.value() {
            Value::Map(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(move |member| (member, self.with(member.value)))
    }

    /// The member of this name.
    pub(super) fn get(self, name: &str) -> Option<View<'t>> {
        self.members().find(|(member, _)| member.key == name).map(|(_, view)| view)
    }

    /// The elements of a list; nothing for anything else.
    pub(super) fn elements(self) -> impl Iterator<Item = View<'t>> {
        let elements = match self.value() {
            Value::List(elements) => elements.as_slice(),
            _ => &[],
        };
        elements.iter().map(move |id| self.with(*id))
    }

    /// Where it is.
    pub(super) fn place(self) -> Place {
        Place { pointer: self.pointer(), at: self.node().at }
    }

    pub(super) fn at(self) -> Position {
        self.node().at
    }

    /// JSON pointer from the root.
    pub(super) fn pointer(self) -> String {
        let mut steps = Vec::new();
        let mut node = self.node();
        while let Some((parent, step)) = node.parent {
            steps.push((parent, step));
            node = self.with(parent).node();
        }
        let mut pointer = String::new();
        for (parent, step) in steps.into_iter().rev() {
            match self.with(parent).value() {
                Value::Map(members) => append(&mut pointer, &members[step].key),
                _ => append(&mut pointer, &step.to_string()),
            }
        }
        pointer
    }
}

/// So much of a name stands in a pointer: without a bound, the problems of a document could be far larger than itself.
const MAX_SEGMENT: usize = 255;

/// Appends one segment to a JSON pointer.
pub(super) fn append(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for (count, character) in segment.chars().enumerate() {
        match character {
            _ if count == MAX_SEGMENT => return pointer.push('…'),
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
}

/// Reads a document. What it cannot make sense of is in `problems`; none when there is no tree to go on with.
pub(super) fn read(document: &[u8], problems: &mut Problems) -> Option<Tree> {
    let start = || Place { pointer: String::new(), at: Position::START };
    if document.len() > MAX_BYTES {
        let message = format!("the document has {} bytes, {MAX_BYTES} are allowed", document.len());
        problems.add(ProblemCode::DocumentTooLarge, start(), message);
        return None;
    }
    let text = match std::str::from_utf8(document) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let good = std::str::from_utf8(&document[..error.valid_up_to()]).unwrap_or_default();
            let place = Place { pointer: String::new(), at: end_of(good) };
            problems.add(ProblemCode::NotUtf8, place, "the document is not valid utf-8".to_owned());
            return None;
        }
    };
    let control = |character: char| character < ' ' && !matches!(character, '\t' | '\n' | '\r');
    if let Some(at) = text.find(control) {
        let place = Place { pointer: String::new(), at: end_of(&text[..at]) };
        let message = format!("the document has a control character (u+{:04x})", text.as_bytes()[at]);
        problems.add(ProblemCode::Syntax, place, message);
        return None;
    }
    // JSON first: it is almost YAML, but not quite (surrogate pairs in escapes). What is no JSON may still be YAML.
    let mut not_json = None;
    if text.trim_start().starts_with(['{', '[']) {
        match json::parse(text) {
            Ok(json) => return json.read(problems),
            Err(fault) => not_json = Some(fault),
        }
    }
    yaml::read(text, not_json, problems)
}

/// The position behind the text.
pub(super) fn end_of(text: &str) -> Position {
    let mut scan = Scan::default();
    scan.advance(text, text.len());
    scan.position()
}

/// Follows line and column through a text, forwards only.
#[derive(Default)]
pub(super) struct Scan {
    offset: usize,
    line: u32,
    column: u32,
}

impl Scan {
    /// Goes on to a byte offset of the text.
    pub(super) fn advance(&mut self, text: &str, offset: usize) {
        for character in text[self.offset..offset].chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 0;
            } else {
                self.column += 1;
            }
        }
        self.offset = offset;
    }

    pub(super) fn position(&self) -> Position {
        Position { line: self.line + 1, column: self.column + 1 }
    }
}
