//! What a batch consists of.

use crate::client::Client;
use crate::error::{Batch, Code, Error, Position};
use crate::json::{Fault, Reader};
use crate::names::Names;
use crate::operation::{Context, key};
use crate::wire::checksum::crc32;

/// The parts of a batch, by number, and the requests that they make up.
pub(super) trait Load: Send {
    /// The API action.
    const ACTION: &'static str;

    /// How many parts there are.
    fn count(&self) -> usize;

    /// Whether a part can go into the request that these make up so far.
    fn fits(&self, chunk: &[u32], next: u32) -> bool;

    /// The request that these make up.
    fn body(&self, client: &Client, chunk: &[u32]) -> String;

    /// Takes in the response to these; gives those that were not processed. Must leave everything as it was if it fails.
    fn received(&mut self, context: &mut Context<'_>, chunk: &[u32], body: &str) -> Result<Vec<u32>, Error>;

    /// Nothing more will be sent of this part.
    fn settle(&mut self, part: u32);

    /// The members of the result document.
    fn result(&mut self) -> String;

    /// What has become of the parts: those that were carried out, and among the others those that may have been.
    fn account(&mut self, done: &dyn Fn(u32) -> bool, doubtful: &dyn Fn(u32) -> bool) -> Batch;
}

/// Finds parts by table and key.
#[derive(Default)]
pub(super) struct Index {
    /// One model of each table that is used.
    models: Vec<usize>,
    /// Of each table, the parts by the [`scattered`] identity of their keys.
    parts: Vec<Names<'static>>,
}

impl Index {
    /// The table of a model, by its place.
    pub(super) fn table(&mut self, client: &Client, model: usize) -> usize {
        let name = client.table(model);
        self.models.iter().position(|known| client.table(*known) == name).unwrap_or_else(|| {
            self.models.push(model);
            self.parts.push(Names::new());
            self.models.len() - 1
        })
    }

    /// Adds a part, given DynamoDB JSON that holds its key; gives the part that has this key already.
    pub(super) fn add(&mut self, client: &Client, table: usize, key: &str, part: u32) -> Result<Option<u32>, Error> {
        let model = client.model_at(self.models[table]);
        let identity = key::identity_of(model, key);
        let identity = identity.ok_or_else(|| Error::new(Code::Internal, "a key that was written cannot be read"))?;
        let first = *self.parts[table].entry(scattered(&identity).into()).or_insert(part as usize) as u32;
        Ok(Some(first).filter(|first| *first != part))
    }

    /// The table of this name.
    pub(super) fn table_named(&self, client: &Client, name: &str) -> Option<usize> {
        self.models.iter().position(|model| client.table(*model) == name)
    }

    /// The part of this table whose key is in the object that comes next. The reader is moved past it.
    pub(super) fn find(&self, client: &Client, table: usize, reader: &mut Reader<'_>) -> Result<Option<u32>, Fault> {
        let identity = key::identity(client.model_at(self.models[table]), reader)?;
        Ok(identity.and_then(|identity| self.parts[table].get(scattered(&identity).as_str())).map(|part| *part as u32))
    }
}

/// A text for each identity, most of which differ from the start: keys often begin alike, and would be compared to their ends.
fn scattered(identity: &str) -> String {
    let sum = crc32(identity.as_bytes());
    let mut text = String::with_capacity(identity.len() + 6);
    text.extend([sum & 0x7fff, sum >> 17].into_iter().filter_map(char::from_u32));
    text.push_str(identity);
    text
}

/// Splits the parts by what became of them.
pub(super) fn split(
    positions: impl Iterator<Item = Position>,
    done: &dyn Fn(u32) -> bool,
    doubtful: &dyn Fn(u32) -> bool,
) -> [Vec<Position>; 3] {
    let mut lists = [Vec::new(), Vec::new(), Vec::new()];
    for (part, position) in (0..).zip(positions) {
        let list = if done(part) {
            0
        } else if doubtful(part) {
            2
        } else {
            1
        };
        lists[list].push(position);
    }
    lists
}

/// The error of a response that names what was not asked for.
pub(super) fn unasked() -> Error {
    Error::new(Code::InvalidResponse, "the response names an item that the request does not")
}
