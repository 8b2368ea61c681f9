//! A document as a tree that knows where everything stands, whether it was written as YAML or as JSON.

use std::collections::BTreeMap;

use super::problem::{ProblemCode, Problems, tick};
use super::{json, yaml};

/// Documents may be this large, in bytes.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;
/// So many lists and objects may stand inside one another.
pub(super) const MAX_DEPTH: usize = 64;

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

type NodeId = u32;

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

struct Node {
    value: Value,
    at: Position,
    /// The list or object around it and the place there; none for the root.
    parent: Option<(NodeId, usize)>,
}

/// The whole document.
pub(super) struct Tree {
    nodes: Vec<Node>,
    root: NodeId,
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

/// Appends one segment to a JSON pointer.
fn append(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for character in segment.chars() {
        match character {
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
    if text.trim_start().starts_with(['{', '['])
        && let Some(value) = json::parse(text)
    {
        return json::read(text, value, problems);
    }
    yaml::read(text, problems)
}

/// The position behind the text.
fn end_of(text: &str) -> Position {
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

/// The key that the next value of an object belongs to.
enum Key {
    /// The next value is a key.
    Wanted,
    Have(String, Position),
    /// The key was reported; its value is read and forgotten.
    Bad,
}

struct Open {
    id: NodeId,
    key: Key,
    seen: BTreeMap<String, u32>,
    is_map: bool,
}

/// Puts a [`Tree`] together from the values in the order of the text.
pub(super) struct Builder<'p> {
    nodes: Vec<Node>,
    open: Vec<Open>,
    root: Option<NodeId>,
    pub problems: &'p mut Problems,
}

impl<'p> Builder<'p> {
    pub(super) fn new(problems: &'p mut Problems) -> Self {
        Builder { nodes: Vec::new(), open: Vec::new(), root: None, problems }
    }

    /// Where the value that comes next will stand.
    pub(super) fn here(&self, at: Position) -> Place {
        let mut pointer = String::new();
        for open in &self.open {
            match (&open.key, &self.nodes[open.id as usize].value) {
                (Key::Have(key, _), _) => append(&mut pointer, key),
                (_, Value::List(elements)) => append(&mut pointer, &elements.len().to_string()),
                _ => break,
            }
        }
        Place { pointer, at }
    }

    /// Adds a value without content.
    pub(super) fn scalar(&mut self, value: Value, at: Position) {
        let id = self.node(value, at);
        self.attach(id);
    }

    /// Begins a list or an object; false (and reported) when that is too deep.
    pub(super) fn begin(&mut self, value: Value, at: Position) -> bool {
        if self.open.len() == MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} lists and objects stand inside one another");
            let place = self.here(at);
            self.problems.add(ProblemCode::TooDeep, place, message);
            return false;
        }
        let is_map = matches!(value, Value::Map(_));
        let id = self.node(value, at);
        self.open.push(Open { id, key: Key::Wanted, seen: BTreeMap::new(), is_map });
        true
    }

    /// Ends the innermost list or object.
    pub(super) fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.attach(open.id);
        }
    }

    /// Whether the next value is the key of a member.
    pub(super) fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && matches!(open.key, Key::Wanted))
    }

    /// Gives the key of the next member; none when it has been reported and its value is to be forgotten.
    pub(super) fn key(&mut self, key: Option<String>, at: Position) {
        if let Some(open) = self.open.last_mut() {
            open.key = key.map_or(Key::Bad, |key| Key::Have(key, at));
        }
    }

    /// The tree, when there is a root.
    pub(super) fn finish(self) -> Option<Tree> {
        let root = self.root?;
        Some(Tree { nodes: self.nodes, root })
    }

    fn node(&mut self, value: Value, at: Position) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node { value, at, parent: None });
        id
    }

    fn attach(&mut self, id: NodeId) {
        if self.wants_key() {
            let place = self.here(self.nodes[id as usize].at);
            if !matches!(self.nodes[id as usize].value, Value::Unusable) {
                let hint = "put the name in quotes";
                let message = "the name of a member is not a string".to_owned();
                self.problems.add_hint(ProblemCode::NonStringKey, place, message, hint);
            }
            return self.key(None, Position::START);
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(id);
            return;
        };
        let parent = open.id;
        if !open.is_map {
            if let Value::List(elements) = &mut self.nodes[parent as usize].value {
                elements.push(id);
                self.nodes[id as usize].parent = Some((parent, elements_before(&self.nodes, parent)));
            }
            return;
        }
        let Key::Have(key, key_at) = std::mem::replace(&mut open.key, Key::Wanted) else {
            return;
        };
        if let Some(line) = open.seen.get(&key) {
            let message = format!("{} is here twice, first in line {line}", tick(&key));
            open.key = Key::Have(key, key_at);
            let place = self.here(key_at);
            self.problems.add(ProblemCode::DuplicateKey, place, message);
            return self.wait_for_key();
        }
        open.seen.insert(key.clone(), key_at.line);
        if let Value::Map(members) = &mut self.nodes[parent as usize].value {
            members.push(Member { key, key_at, value: id });
            self.nodes[id as usize].parent = Some((parent, elements_before(&self.nodes, parent)));
        }
    }

    fn wait_for_key(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.key = Key::Wanted;
        }
    }
}

/// The place of the newest child.
fn elements_before(nodes: &[Node], parent: NodeId) -> usize {
    match &nodes[parent as usize].value {
        Value::List(elements) => elements.len() - 1,
        Value::Map(members) => members.len() - 1,
        _ => 0,
    }
}
