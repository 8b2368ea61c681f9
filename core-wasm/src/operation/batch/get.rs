//! `batch_get`: reads any number of items by their keys.

use std::borrow::Cow;

use super::load::{Index, Load, split, unasked};
use super::machine::Machinery;
use super::write::push_capacity;
use super::{parallel, placed};
use crate::client::Client;
use crate::dms::Model;
use crate::document::Json;
use crate::error::{Batch, Code, Error, Position};
use crate::expression::{Path, Placeholders, projection};
use crate::json::{Buffer, Fault, Kind, Layout, Raw, Reader, members, push_quoted};
use crate::lifecycle;
use crate::operation::{Context, Machine, key, reply};
use crate::value::Decoder;

/// Most keys in one request.
const MAX_PARTS: usize = 100;

members! {
    /// `{"op": "batch_get", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "batch_get", deny_unknown_fields))]
    pub struct BatchGet<'a> {
        /// `batch_get`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["batch_get"])))]
        op: Cow<'a, str>,
        /// What to read, in groups of one model.
        gets: Vec<Group<'a>>,
        /// Most requests in flight, 1 to 64; 4 when left out.
        parallel: Option<u32>,
        /// Whether the steps tell how far the batch has come.
        progress: bool = default,
    }
}

members! {
    /// Reads of one model.
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "batch_get_group", deny_unknown_fields))]
    pub struct Group<'a> {
        /// Model name.
        model: Cow<'a, str>,
        /// Which items.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::Key>"))]
        keys: Vec<Raw<'a>>,
        /// Paths to read; all attributes when left out.
        projection: Option<Vec<Cow<'a, str>>>,
        /// Strongly consistent.
        consistent: bool = default,
        /// Also give attributes that the model does not know.
        raw: bool = default,
    }
}

pub(in crate::operation) fn begin(client: &Client, call: BatchGet<'_>) -> Result<impl Machine + use<>, Error> {
    let parallel = parallel(call.parallel)?;
    let mut reads = Reads { groups: Vec::new(), parts: Vec::new(), index: Index::default(), items: Vec::new() };
    for (number, group) in call.gets.iter().enumerate() {
        reads.add(client, number, group)?;
    }
    Ok(Machinery::new(client, reads, parallel, call.progress))
}

/// How the items of one group are read.
struct Reading {
    model: usize,
    table: usize,
    raw: bool,
    /// Members of the request beside the keys, each with a comma in front.
    options: String,
    /// Key attributes that the caller did not ask for.
    hidden: Vec<usize>,
    keys: u32,
}

/// One key.
struct Part {
    group: u32,
    key: String,
}

struct Reads {
    groups: Vec<Reading>,
    parts: Vec<Part>,
    index: Index,
    /// Items by part, plain.
    items: Vec<Option<String>>,
}

impl Reads {
    fn add(&mut self, client: &Client, number: usize, group: &Group<'_>) -> Result<(), Error> {
        let at = format!("/gets/{number}");
        let within = |error: Error| placed(error, "", &at);
        let (model_at, model) = client.model(&group.model).map_err(within)?;
        lifecycle::refuse_if_encrypted(model).map_err(within)?;
        let table = self.index.table(client, model_at);
        let mut reading = Reading {
            model: model_at,
            table,
            raw: group.raw,
            options: String::new(),
            hidden: Vec::new(),
            keys: group.keys.len() as u32,
        };
        if group.consistent {
            reading.options.push_str(",\"ConsistentRead\":true");
        }
        if let Some(paths) = &group.projection {
            reading.project(model, paths).map_err(|error| within(error.within("projection")))?;
        }
        self.groups.push(reading);
        for (index, raw) in group.keys.iter().enumerate() {
            let place = format!("{at}/keys/{index}");
            let key = key::read(model, Some(*raw)).map_err(|error| placed(error, "/key", &place))?;
            let part = u32::try_from(self.parts.len()).map_err(|_| Error::new(Code::InvalidCall, "too many keys"))?;
            if let Some(first) = self.index.add(client, table, &key, part)? {
                let (group, index) = self.position(first);
                let message = format!("the item is that of key {index} of group {group} already");
                return Err(Error::new(Code::InvalidOperator, message).at(place).hint("a batch reads each item once"));
            }
            self.parts.push(Part { group: number as u32, key });
            self.items.push(None);
        }
        Ok(())
    }

    fn position(&self, part: u32) -> Position {
        let group = self.parts[part as usize].group;
        let before: u32 = self.groups[..group as usize].iter().map(|group| group.keys).sum();
        (group, part - before)
    }

    fn group(&self, part: u32) -> &Reading {
        &self.groups[self.parts[part as usize].group as usize]
    }

    /// The items of `Responses`, with their parts.
    fn responses<'b>(&self, context: &Client, reader: &mut Reader<'b>) -> Result<Vec<(u32, String)>, Error> {
        let mut items = Vec::new();
        let mut layouts: Vec<Layout<'b>> = self.groups.iter().map(|_| Layout::default()).collect();
        let mut plain = Buffer::default();
        let mut tables = reader.object().map_err(reply::garbled)?;
        while let Some(name) = tables.next(reader).map_err(reply::garbled)? {
            let table = self.index.table_named(context, &name.decode()).ok_or_else(unasked)?;
            let mut elements = reader.array().map_err(reply::garbled)?;
            while elements.next(reader).map_err(reply::garbled)? {
                let mut item = *reader;
                let part = self.index.find(context, table, reader).map_err(reply::garbled)?.ok_or_else(unasked)?;
                let group = self.group(part);
                let layout = &mut layouts[self.parts[part as usize].group as usize];
                group.decoder(context).item_of_many(&mut item, layout, &group.hidden, &mut plain).map_err(|error| {
                    let (group, index) = self.position(part);
                    error.within(&index.to_string()).within(&group.to_string()).within("results")
                })?;
                items.push((part, plain.take()));
            }
        }
        Ok(items)
    }

    /// The parts in `UnprocessedKeys`.
    fn unprocessed(&self, client: &Client, reader: &mut Reader<'_>) -> Result<Vec<Option<u32>>, Fault> {
        let mut found = Vec::new();
        if reader.kind()? == Kind::Null {
            return reader.null().map(|()| found);
        }
        let mut tables = reader.object()?;
        while let Some(name) = tables.next(reader)? {
            let table = self.index.table_named(client, &name.decode());
            let mut members = reader.object()?;
            while let Some(member) = members.next(reader)? {
                if member.raw() != "Keys" {
                    reader.skip()?;
                    continue;
                }
                let mut keys = reader.array()?;
                while keys.next(reader)? {
                    found.push(match table {
                        Some(table) => self.index.find(client, table, reader)?,
                        None => reader.skip().map(|_| None)?,
                    });
                }
            }
        }
        Ok(found)
    }

    /// The `results` document.
    fn results(&mut self) -> String {
        let mut out = String::from("[");
        let mut items = self.items.iter_mut();
        for (number, group) in self.groups.iter().enumerate() {
            out.push_str(if number > 0 { ",[" } else { "[" });
            for (index, item) in items.by_ref().take(group.keys as usize).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(item.take().as_deref().unwrap_or("null"));
            }
            out.push(']');
        }
        out.push(']');
        out
    }
}

impl Reading {
    fn decoder<'c>(&self, client: &'c Client) -> Decoder<'c> {
        Decoder { model: client.model_at(self.model), numbers: client.settings().numbers, raw: self.raw }
    }

    /// Items are told apart by their keys, so these are read in any case.
    fn project(&mut self, model: &Model, paths: &[Cow<'_, str>]) -> Result<(), Error> {
        let mut all: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
        if !paths.is_empty() {
            for position in [Some(model.partition), model.sort].into_iter().flatten() {
                let asked = |path: &Cow<'_, str>| Path::parse(model, path).is_ok_and(|path| path.at == position);
                if !paths.iter().any(asked) {
                    self.hidden.push(position);
                    all.push(&model.attributes[position].name);
                }
            }
        }
        let mut placeholders = Placeholders::default();
        let text = projection(model, &all, &mut placeholders)?;
        self.options.push_str(",\"ProjectionExpression\":");
        push_quoted(&mut self.options, &text);
        placeholders.write(&mut self.options);
        Ok(())
    }
}

impl Load for Reads {
    const ACTION: &'static str = "BatchGetItem";

    fn count(&self) -> usize {
        self.parts.len()
    }

    fn fits(&self, chunk: &[u32], next: u32) -> bool {
        let next = self.group(next);
        // A request reads all items of a table in one manner.
        let alike = |part: &u32| {
            let group = self.group(*part);
            std::ptr::eq(group, next) || group.table != next.table || group.options == next.options
        };
        chunk.len() < MAX_PARTS && chunk.iter().all(alike)
    }

    fn body(&self, client: &Client, chunk: &[u32]) -> String {
        let keys = |part: &u32| self.parts[*part as usize].key.len() + 1;
        let mut body = String::with_capacity(chunk.iter().map(keys).sum::<usize>() + 256);
        body.push_str("{\"RequestItems\":{");
        let mut tables: Vec<usize> = Vec::new();
        for part in chunk {
            let group = self.group(*part);
            if tables.contains(&group.table) {
                continue;
            }
            if !tables.is_empty() {
                body.push(',');
            }
            tables.push(group.table);
            push_quoted(&mut body, client.table(group.model));
            body.push_str(":{\"Keys\":[");
            let of_table = chunk.iter().filter(|other| self.group(**other).table == group.table);
            for (at, other) in of_table.enumerate() {
                if at > 0 {
                    body.push(',');
                }
                body.push_str(&self.parts[*other as usize].key);
            }
            body.push(']');
            body.push_str(&group.options);
            body.push('}');
        }
        body.push('}');
        push_capacity(client, &mut body);
        body.push('}');
        body
    }

    fn received(&mut self, context: &mut Context<'_>, chunk: &[u32], body: &str) -> Result<Vec<u32>, Error> {
        let client = context.client;
        let (mut items, mut unprocessed) = (Vec::new(), Vec::new());
        reply::members(context, body, |name, reader| {
            match name {
                "Responses" => items = self.responses(client, reader)?,
                "UnprocessedKeys" => unprocessed = self.unprocessed(client, reader).map_err(reply::garbled)?,
                _ => drop(reader.skip().map_err(reply::garbled)?),
            }
            Ok(())
        })?;
        let asked = |part: Option<u32>| part.filter(|part| chunk.contains(part)).ok_or_else(unasked);
        let unprocessed = unprocessed.into_iter().map(asked).collect::<Result<Vec<_>, _>>()?;
        if items.iter().any(|(part, _)| !chunk.contains(part)) {
            return Err(unasked());
        }
        for (part, item) in items {
            self.items[part as usize] = Some(item);
        }
        Ok(unprocessed)
    }

    fn settle(&mut self, part: u32) {
        self.parts[part as usize].key = String::new();
    }

    fn result(&mut self) -> String {
        format!("\"results\":{}", self.results())
    }

    fn account(&mut self, done: &dyn Fn(u32) -> bool, _: &dyn Fn(u32) -> bool) -> Batch {
        let positions: Vec<Position> = (0..self.parts.len() as u32).map(|part| self.position(part)).collect();
        let [read, unread, _] = split(positions.into_iter(), done, &|_| false);
        let results = Json::known(self.results());
        Batch::Get { read, unread, results }
    }
}
