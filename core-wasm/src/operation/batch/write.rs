//! `batch_write`: puts and deletes of any number of items, each by itself: some may be carried out and others not.

use std::borrow::Cow;

use super::load::{Index, Load, split, unasked};
use super::machine::Machinery;
use super::{parallel, placed};
use crate::client::Client;
use crate::error::{Batch, Code, Error, Position};
use crate::json::{Fault, Kind, Raw, Reader, members, push_quoted};
use crate::lifecycle::{self, Stamp};
use crate::operation::{Context, Machine, item, key, reply, unique};
use crate::settings::Capacity;
use crate::step::Moment;

/// Most writes in one request.
const MAX_PARTS: usize = 25;
/// Most bytes of one request that its writes take.
const MAX_BYTES: usize = 16_000_000;

members! {
    /// `{"op": "batch_write", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "batch_write", deny_unknown_fields))]
    pub struct BatchWrite<'a> {
        /// `batch_write`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["batch_write"])))]
        op: Cow<'a, str>,
        /// What to write, in groups of one model and kind.
        writes: Vec<Group<'a>>,
        /// Most requests in flight, 1 to 64; 4 when left out.
        parallel: Option<u32>,
        /// Whether the steps tell how far the batch has come.
        progress: bool = default,
    }
}

members! {
    /// Writes of one model and kind: either `put` or `delete`.
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "batch_write_group", deny_unknown_fields))]
    pub struct Group<'a> {
        /// Model name.
        model: Cow<'a, str>,
        /// Items to write, whatever was there.
        #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<crate::schema::Object>>"))]
        put: Option<Vec<Raw<'a>>>,
        /// Keys of items to remove.
        #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<crate::schema::Key>>"))]
        delete: Option<Vec<Raw<'a>>>,
    }
}

pub(in crate::operation) fn begin(
    client: &Client,
    call: BatchWrite<'_>,
    now: Moment,
) -> Result<impl Machine + use<>, Error> {
    let parallel = parallel(call.parallel)?;
    let stamp = Stamp::of(now);
    let mut writes = Writes { parts: Vec::new(), index: Index::default(), tables: Vec::new(), stamped: Vec::new() };
    for (number, group) in call.writes.iter().enumerate() {
        writes.add(client, number, group, &stamp)?;
    }
    Ok(Machinery::new(client, writes, parallel, call.progress))
}

/// One write.
struct Part {
    position: Position,
    table: usize,
    /// `{"PutRequest": …}` or `{"DeleteRequest": …}`; empty when it is settled.
    request: String,
}

struct Writes {
    parts: Vec<Part>,
    index: Index,
    /// Names of the tables.
    tables: Vec<String>,
    /// `stamped` documents of the groups.
    stamped: Vec<String>,
}

impl Writes {
    fn add(&mut self, client: &Client, number: usize, group: &Group<'_>, stamp: &Stamp) -> Result<(), Error> {
        let at = format!("/writes/{number}");
        let within = |error: Error| placed(error, "", &at);
        let (model_at, model) = client.model(&group.model).map_err(within)?;
        lifecycle::refuse_if_written_once(model).map_err(within)?;
        lifecycle::refuse_if_encrypted(model).map_err(within)?;
        unique::refuse(model).map_err(within)?;
        let table = self.index.table(client, model_at);
        if table == self.tables.len() {
            self.tables.push(client.table(model_at).to_owned());
        }
        let (member, elements) = match (&group.put, &group.delete) {
            (Some(items), None) => {
                lifecycle::refuse_if_protected(model).map_err(within)?;
                ("put", items)
            }
            (None, Some(keys)) => ("delete", keys),
            _ => return Err(within(Error::new(Code::InvalidCall, "a group has either `put` or `delete`"))),
        };
        let puts = member == "put";
        self.stamped.push(if puts { stamp.document(model, Some("0")) } else { "null".to_owned() });
        for (index, raw) in elements.iter().enumerate() {
            let place = || format!("{at}/{member}/{index}");
            let subject = if puts {
                item::read(model, *raw, stamp, None)
                    .map(|item| item.json)
                    .map_err(|error| placed(error, "/item", &place()))
            } else {
                key::read(model, Some(*raw)).map_err(|error| placed(error, "/key", &place()))
            }?;
            self.push(client, table, &subject, puts, (number as u32, index as u32))
                .map_err(|error| error.at(place()))?;
        }
        Ok(())
    }

    fn push(
        &mut self,
        client: &Client,
        table: usize,
        subject: &str,
        puts: bool,
        position: Position,
    ) -> Result<(), Error> {
        let number = u32::try_from(self.parts.len()).map_err(|_| Error::new(Code::InvalidCall, "too many writes"))?;
        if let Some(first) = self.index.add(client, table, subject, number)? {
            let (group, index) = self.parts[first as usize].position;
            return Err(Error::new(
                Code::InvalidOperator,
                format!("the item is that of write {index} of group {group} already"),
            )
            .hint("a batch writes each item once"));
        }
        let mut request = String::with_capacity(subject.len() + 32);
        request.push_str(if puts { r#"{"PutRequest":{"Item":"# } else { r#"{"DeleteRequest":{"Key":"# });
        request.push_str(subject);
        request.push_str("}}");
        self.parts.push(Part { position, table, request });
        Ok(())
    }

    fn part(&self, number: u32) -> &Part {
        &self.parts[number as usize]
    }

    /// The parts in `UnprocessedItems`.
    fn unprocessed(&self, client: &Client, reader: &mut Reader<'_>) -> Result<Vec<Option<u32>>, Fault> {
        let mut found = Vec::new();
        if reader.kind()? == Kind::Null {
            return reader.null().map(|()| found);
        }
        let mut tables = reader.object()?;
        while let Some(name) = tables.next(reader)? {
            let table = self.index.table_named(client, &name.decode());
            let mut requests = reader.array()?;
            while requests.next(reader)? {
                let mut kinds = reader.object()?;
                while kinds.next(reader)?.is_some() {
                    let mut members = reader.object()?;
                    while let Some(member) = members.next(reader)? {
                        match table {
                            Some(table) if matches!(member.raw(), "Item" | "Key") => {
                                found.push(self.index.find(client, table, reader)?);
                            }
                            _ => {
                                reader.skip()?;
                                found.push(None);
                            }
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

impl Load for Writes {
    const ACTION: &'static str = "BatchWriteItem";

    fn count(&self) -> usize {
        self.parts.len()
    }

    fn fits(&self, chunk: &[u32], next: u32) -> bool {
        let bytes = |number: u32| self.part(number).request.len() + 1;
        chunk.len() < MAX_PARTS && chunk.iter().map(|number| bytes(*number)).sum::<usize>() + bytes(next) <= MAX_BYTES
    }

    fn body(&self, client: &Client, chunk: &[u32]) -> String {
        let bytes = chunk.iter().map(|number| self.part(*number).request.len() + 1).sum::<usize>();
        let mut body = String::with_capacity(bytes + 128);
        body.push_str("{\"RequestItems\":{");
        let mut first = true;
        for (table, name) in self.tables.iter().enumerate() {
            let mut of_table = chunk.iter().map(|number| self.part(*number)).filter(|part| part.table == table);
            let Some(part) = of_table.next() else { continue };
            if !std::mem::take(&mut first) {
                body.push(',');
            }
            push_quoted(&mut body, name);
            body.push_str(":[");
            body.push_str(&part.request);
            for part in of_table {
                body.push(',');
                body.push_str(&part.request);
            }
            body.push(']');
        }
        body.push('}');
        push_capacity(client, &mut body);
        body.push('}');
        body
    }

    fn received(&mut self, context: &mut Context<'_>, chunk: &[u32], body: &str) -> Result<Vec<u32>, Error> {
        let client = context.client;
        let mut unprocessed = Vec::new();
        reply::members(context, body, |name, reader| {
            if name != "UnprocessedItems" {
                return reader.skip().map(drop).map_err(reply::garbled);
            }
            for part in self.unprocessed(client, reader).map_err(reply::garbled)? {
                unprocessed.push(part.filter(|part| chunk.contains(part)).ok_or_else(unasked)?);
            }
            Ok(())
        })?;
        Ok(unprocessed)
    }

    fn settle(&mut self, part: u32) {
        self.parts[part as usize].request = String::new();
    }

    fn result(&mut self) -> String {
        format!("\"written\":{},\"stamped\":[{}]", self.parts.len(), self.stamped.join(","))
    }

    fn account(&mut self, done: &dyn Fn(u32) -> bool, doubtful: &dyn Fn(u32) -> bool) -> Batch {
        let positions = self.parts.iter().map(|part| part.position);
        let [written, unwritten, unknown] = split(positions, done, doubtful);
        Batch::Write { written, unwritten, unknown }
    }
}

/// Asks for consumed capacity, if the client wants it.
pub(super) fn push_capacity(client: &Client, body: &mut String) {
    let capacity = client.settings().capacity;
    if capacity != Capacity::None {
        body.push_str(",\"ReturnConsumedCapacity\":\"");
        body.push_str(capacity.as_str());
        body.push('"');
    }
}
