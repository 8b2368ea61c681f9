//! Puts a tree together from its values in the order of the text, whoever reads the text.

use super::problem::{ProblemCode, Problems, tick};
use super::source::{Member, Node, NodeId, Place, Position, Tree, Value, append};
use crate::names::Names;

/// So many lists and objects may stand inside one another.
const MAX_DEPTH: usize = 64;

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
    seen: Names<'static>,
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
        self.open.push(Open { id, key: Key::Wanted, seen: Names::new(), is_map });
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
        if let Some(line) = open.seen.get(key.as_str()) {
            let message = format!("{} is here twice, first in line {line}", tick(&key));
            open.key = Key::Have(key, key_at);
            let place = self.here(key_at);
            self.problems.add(ProblemCode::DuplicateKey, place, message);
            return self.wait_for_key();
        }
        open.seen.insert(key.clone().into(), key_at.line as usize);
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
