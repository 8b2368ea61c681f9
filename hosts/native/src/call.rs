//! How builders write call documents.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tabletheory_core::json::pointer;

use crate::client::TableTheory;
use crate::condition::Condition;
use crate::drive::Tell;
use crate::error::Error;
use crate::explain::Explanation;
use crate::outcome::Document;
use crate::page::Progress;
use crate::value::{Shape, item_to_plain, to_plain, write};

/// A call document that is being written, and what went wrong with it.
#[derive(Clone)]
pub(crate) struct Call {
    db: TableTheory,
    head: String,
    members: Vec<(&'static str, Member)>,
    /// Condition trees, by the name of their member.
    trees: Vec<(&'static str, Condition)>,
    /// Who is told how far it has come.
    tell: Option<Arc<Tell>>,
    error: Option<String>,
}

#[derive(Clone)]
enum Member {
    Value(String),
    /// `"path":value` entries.
    Object(String),
    /// Elements.
    Array(String),
}

impl Call {
    pub fn new(db: &TableTheory, op: &str, model: &str) -> Self {
        Call::begin(db, format!("{{\"op\":\"{op}\",\"model\":{}", json(model)))
    }

    /// A call that is about no single model.
    pub fn of_many(db: &TableTheory, op: &str) -> Self {
        Call::begin(db, format!("{{\"op\":\"{op}\""))
    }

    /// Such a call over a list of parts, perhaps none.
    pub fn over(db: &TableTheory, op: &str, parts: &'static str) -> Self {
        let mut call = Call::of_many(db, op);
        call.list(parts);
        call
    }

    /// A part of such a call, an object: its first member is the model.
    pub fn part(db: &TableTheory, model: &str) -> Self {
        Call::begin(db, format!("{{\"model\":{}", json(model)))
    }

    fn begin(db: &TableTheory, head: String) -> Self {
        Call { db: db.clone(), head, members: Vec::new(), trees: Vec::new(), tell: None, error: None }
    }

    pub fn db(&self) -> &TableTheory {
        &self.db
    }

    /// Adds JSON text to a list.
    pub fn push(&mut self, list: &'static str, text: Result<String, Error>) {
        match text {
            Ok(text) => self.append(list, Member::Array(String::new()), &text),
            Err(error) => self.fail(&error.under(&format!("/{list}"))),
        }
    }

    /// A member; one that was there before is replaced.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        let text = to_plain(value);
        self.put(name, text);
    }

    pub fn item<T: Serialize + ?Sized>(&mut self, item: &T) {
        let text = item_to_plain(item);
        self.put("item", text);
    }

    /// A key: one value, a tuple of partition and sort key, or a whole item.
    pub fn key<T: Serialize + ?Sized>(&mut self, key: &T) {
        self.put("key", key_text(key));
    }

    /// Adds a condition to those that are there.
    pub fn condition(&mut self, condition: Condition) {
        self.tree("condition", condition);
    }

    /// Adds a condition tree to the one under this name.
    pub fn tree(&mut self, name: &'static str, tree: Condition) {
        let before = self.trees.iter().position(|(known, _)| *known == name).map(|at| self.trees.remove(at).1);
        self.trees.push((
            name,
            match before {
                Some(before) => before & tree,
                None => tree,
            },
        ));
    }

    /// Adds `path: value` to a clause.
    pub fn entry<T: Serialize + ?Sized>(&mut self, clause: &'static str, path: &str, value: &T) {
        match to_plain(value) {
            Ok(text) => {
                let path = json(path);
                self.append(clause, Member::Object(String::new()), &format!("{path}:{text}"));
            }
            Err(error) => {
                self.fail(&error.at(pointer(&format!("/{clause}"), path)));
            }
        }
    }

    /// Adds an element to a list of texts.
    pub fn element(&mut self, clause: &'static str, text: &str) {
        let text = json(text);
        self.append(clause, Member::Array(String::new()), &text);
    }

    /// Tells how far the call has come.
    pub fn on_progress(&mut self, tell: impl Fn(&Progress) + Send + Sync + 'static) {
        self.set("progress", &true);
        self.tell = Some(Arc::new(tell));
    }

    /// From now on tells of what came before, too.
    pub fn tell_after(&mut self, before: &Arc<Mutex<Progress>>) {
        if let Some(tell) = self.tell.take() {
            let before = before.clone();
            self.tell = Some(Arc::new(move |now| {
                let all = before.lock().unwrap_or_else(PoisonError::into_inner).with(now);
                tell(&all);
            }));
        }
    }

    /// Sends the call; of the last answer the result tells.
    pub async fn run(mut self) -> Result<Document, Error> {
        let (db, tell) = (self.db.clone(), self.tell.take());
        let text = self.text()?;
        let document = db.driver().call_and_tell(text.as_bytes(), tell.as_deref()).await?;
        if let Some(tell) = tell
            && let Some(last) = document.members()?.progress
        {
            tell(&last);
        }
        Ok(document)
    }

    /// Begins a list, which stays when nothing is added to it: what is empty is not what is left out.
    pub fn list(&mut self, name: &'static str) {
        if !self.has(name) {
            self.members.push((name, Member::Array(String::new())));
        }
    }

    /// Adds a key to a list.
    pub fn push_key<K: Serialize + ?Sized>(&mut self, list: &'static str, key: &K) {
        self.push(list, key_text(key));
    }

    /// Adds an item to a list.
    pub fn push_item<I: Serialize + ?Sized>(&mut self, list: &'static str, item: &I) {
        self.push(list, item_to_plain(item));
    }

    /// The call as an action of a transaction: `{"update": {…}}`, without `op`.
    pub fn action(mut self, kind: &str) -> Result<String, Error> {
        self.head = format!("{{\"{kind}\":{{{}", self.model());
        self.text().map(|text| format!("{text}}}"))
    }

    /// The call as a member of another one: without `op`.
    pub fn member(mut self) -> Result<String, Error> {
        self.head = format!("{{{}", self.model());
        self.text()
    }

    fn model(&self) -> &str {
        let at = self.head.find("\"model\"").expect("the call of one model");
        &self.head[at..]
    }

    /// Sets a member to JSON text.
    pub fn json(&mut self, name: &'static str, text: Result<String, Error>) {
        match text {
            Ok(text) => self.put(name, Ok(text)),
            Err(error) => self.fail(&error.under(&format!("/{name}"))),
        }
    }

    /// An item as it was, and as it is to be.
    pub fn changes<F: Serialize + ?Sized, T: Serialize + ?Sized>(&mut self, from: &F, to: &T) {
        let side = |name, item: Result<String, Error>| item.map_err(|error| error.under(name));
        let text = side("/from", item_to_plain(from))
            .and_then(|from| Ok(format!("{{\"from\":{from},\"to\":{}}}", side("/to", item_to_plain(to))?)));
        self.json("changes", text);
    }

    /// Whether a member is set.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| *known == name)
    }

    /// A member that is a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.members.iter().find_map(|(known, member)| match member {
            Member::Value(text) if *known == name => text.parse().ok(),
            _ => None,
        })
    }

    /// What the call would do, without doing it.
    pub fn explain(self) -> Result<Explanation, Error> {
        let db = self.db.clone();
        db.explain(self.text()?)
    }

    /// The call document.
    pub fn text(mut self) -> Result<String, Error> {
        for (name, tree) in std::mem::take(&mut self.trees) {
            let text = tree.to_json();
            self.put(name, text);
        }
        match self.error {
            Some(error) => Err(Error::from_document(&error)),
            None => Ok(document(self.head, &self.members)),
        }
    }

    fn put(&mut self, name: &'static str, text: Result<String, Error>) {
        match text {
            Ok(text) => {
                self.members.retain(|(known, _)| *known != name);
                self.members.push((name, Member::Value(text)));
            }
            Err(error) => self.fail(&error.at(format!("/{name}"))),
        }
    }

    fn append(&mut self, clause: &'static str, empty: Member, text: &str) {
        let at = self.members.iter().position(|(known, _)| *known == clause).unwrap_or_else(|| {
            self.members.push((clause, empty));
            self.members.len() - 1
        });
        let (Member::Object(list) | Member::Array(list) | Member::Value(list)) = &mut self.members[at].1;
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(text);
    }

    /// The first error is the one that is told.
    fn fail(&mut self, error: &Error) {
        self.error.get_or_insert_with(|| error.to_json());
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn key_text<K: Serialize + ?Sized>(key: &K) -> Result<String, Error> {
    write(key, true).map(|(text, shape)| match shape {
        Shape::Scalar => format!("[{text}]"),
        Shape::Array | Shape::Object => text,
    })
}

fn document(mut text: String, members: &[(&'static str, Member)]) -> String {
    let length = |(name, member): &(&str, Member)| {
        let (Member::Value(text) | Member::Object(text) | Member::Array(text)) = member;
        name.len() + text.len() + 6
    };
    text.reserve(members.iter().map(length).sum::<usize>() + 1);
    for (name, member) in members {
        text.push_str(if text.len() == 1 { "\"" } else { ",\"" });
        text.push_str(name);
        text.push_str("\":");
        match member {
            Member::Value(value) => text.push_str(value),
            Member::Object(entries) => text.extend(["{", entries, "}"]),
            Member::Array(elements) => text.extend(["[", elements, "]"]),
        }
    }
    text.push('}');
    text
}
