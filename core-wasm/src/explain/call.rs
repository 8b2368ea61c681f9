//! The parts of a call document that say what it looks for.

use super::Text;
use crate::client::Client;
use crate::dms::{Index, Model};
use crate::error::Error;
use crate::json::{Fault, Kind, Raw, Reader, members, pointer};

members! {
    /// A call, or one part of a batch or transaction.
    struct Document<'a> {
        op: Option<Text<'a>>,
        model: Option<Text<'a>>,
        index: Option<Text<'a>>,
        key: Option<Raw<'a>>,
        conditions as "where": Option<Raw<'a>>,
        filter: Option<Raw<'a>>,
        until: Option<Raw<'a>>,
        projection: Option<Vec<Text<'a>>>,
        consistent: bool,
        count: bool,
        limit: Option<Raw<'a>>,
        gets: Option<Vec<Raw<'a>>>,
        writes: Option<Vec<Raw<'a>>>,
        actions: Option<Vec<Raw<'a>>>,
    }
    ..
}

/// A call with its model.
pub(super) struct Call<'c> {
    pub(super) op: Text<'c>,
    /// The model; none of batches and transactions.
    pub(super) model: Option<&'c Model>,
    /// The models that are touched, each once.
    pub(super) touched: Vec<Touched<'c>>,
    /// The index that is read.
    pub(super) index: Option<&'c Index>,
    /// What the attributes of found items must be.
    pub(super) constraints: Vec<Constraint>,
    /// The attributes that are asked for, when not all are.
    pub(super) projection: Option<Vec<Text<'c>>>,
    pub(super) consistent: bool,
    pub(super) count: bool,
    pub(super) limited: bool,
}

/// A model whose items a call reads or writes.
pub(super) struct Touched<'c> {
    pub(super) model: &'c Model,
    /// The place in the call that names it.
    pub(super) path: String,
    /// Not only looked at, by a check of a transaction.
    pub(super) written: bool,
}

/// What an attribute of a found item must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constraint {
    /// Position of the attribute.
    pub(super) at: usize,
    /// Exactly one value, not a range.
    pub(super) equal: bool,
    /// Text when it is text: to tell dates.
    pub(super) text: Option<String>,
    /// Where it stands in the call.
    pub(super) path: String,
}

impl<'c> Call<'c> {
    /// Reads a call that its operation has taken.
    pub(super) fn read(client: &'c Client, text: &'c str) -> Result<Self, Error> {
        let document: Document<'c> = crate::call::parse(text)?;
        let model = match &document.model {
            Some(name) => Some(client.model(name)?.1),
            None => None,
        };
        let named =
            model.into_iter().map(|model| Touched { model, path: "/model".to_owned(), written: true }).collect();
        let index = document.index.as_deref().zip(model);
        let mut call = Call {
            op: document.op.unwrap_or_default(),
            model,
            touched: named,
            index: index.and_then(|(name, model)| model.indexes.iter().find(|index| index.name == name)),
            constraints: Vec::new(),
            projection: document.projection,
            consistent: document.consistent,
            count: document.count,
            limited: document.limit.is_some_and(|limit| limit.get() != "null"),
        };
        for (list, member) in [(document.gets, "gets"), (document.writes, "writes"), (document.actions, "actions")] {
            for (at, part) in list.into_iter().flatten().enumerate() {
                call.touch(client, part, format!("/{member}/{at}"))?;
            }
        }
        if let Some(key) = document.key {
            call.key(key).unwrap_or_default();
        }
        for (tree, path) in [(document.conditions, "/where"), (document.filter, "/filter"), (document.until, "/until")]
        {
            if let Some(tree) = tree {
                call.tree(&mut Reader::new(tree.get()), path).unwrap_or_default();
            }
        }
        Ok(call)
    }

    /// Positions of the key that is read: partition and sort attributes.
    pub(super) fn key_positions(&self) -> (Vec<usize>, Vec<usize>) {
        positions(self.model, self.index)
    }

    /// One part of a batch or transaction: `{model …}`, or `{"put": {model …}}`.
    fn touch(&mut self, client: &'c Client, part: Raw<'c>, path: String) -> Result<(), Error> {
        let whole: Document<'c> = crate::call::parse(part.get())?;
        let (name, path, written) = match whole.model {
            Some(name) => (name, path, true),
            None => {
                let mut reader = Reader::new(part.get());
                let inner = reader.object().and_then(|mut members| members.next(&mut reader));
                let Ok(Some(kind)) = inner else { return Ok(()) };
                let Ok(inner) = reader.skip() else { return Ok(()) };
                let action: Document<'c> = crate::call::parse(inner)?;
                let Some(name) = action.model else { return Ok(()) };
                let kind = kind.decode();
                (name, format!("{path}/{kind}"), kind != "check")
            }
        };
        let model = client.model(&name)?.1;
        let path = format!("{path}/model");
        match self.touched.iter_mut().find(|known| known.model.name == model.name) {
            None => self.touched.push(Touched { model, path, written }),
            Some(known) if written && !known.written => *known = Touched { model, path, written },
            Some(_) => {}
        }
        Ok(())
    }

    /// `[partition, sort]`, `partition` or `{attribute: value or {operator: operand}}`.
    fn key(&mut self, key: Raw<'_>) -> Result<(), Fault> {
        let mut reader = Reader::new(key.get());
        let (partition, sort) = self.key_positions();
        match reader.kind()? {
            Kind::Object => self.tree(&mut reader, "/key"),
            Kind::Array => {
                let mut elements = reader.array()?;
                for (place, at) in partition.into_iter().chain(sort).enumerate() {
                    if !elements.next(&mut reader)? {
                        break;
                    }
                    self.comparison(at, &mut reader, &format!("/key/{place}"))?;
                }
                Ok(())
            }
            _ => match partition.first() {
                Some(at) => self.comparison(*at, &mut reader, "/key"),
                None => Ok(()),
            },
        }
    }

    /// A condition tree: what all items that pass have in common.
    fn tree(&mut self, reader: &mut Reader<'_>, path: &str) -> Result<(), Fault> {
        let mut members = reader.object()?;
        while let Some(name) = members.next(reader)? {
            let name = name.decode();
            let place = pointer(path, &name);
            let known = self.model.and_then(|model| model.attribute(&name));
            match (&*name, known) {
                (_, Some((at, _))) => self.comparison(at, reader, &place)?,
                ("$and", None) => {
                    let mut elements = reader.array()?;
                    let mut count = 0;
                    while elements.next(reader)? {
                        self.tree(reader, &format!("{place}/{count}"))?;
                        count += 1;
                    }
                }
                _ => drop(reader.skip()?),
            }
        }
        Ok(())
    }

    /// A value, or an object of operators.
    fn comparison(&mut self, at: usize, reader: &mut Reader<'_>, path: &str) -> Result<(), Fault> {
        let mut add = |equal, text, path: String| self.constraints.push(Constraint { at, equal, text, path });
        match reader.kind()? {
            Kind::Object => {
                let mut members = reader.object()?;
                while let Some(name) = members.next(reader)? {
                    let name = name.decode();
                    match &*name {
                        "eq" => add(true, text(reader)?, format!("{path}/eq")),
                        "lt" | "lte" | "gt" | "gte" | "between" | "begins_with" => {
                            reader.skip()?;
                            add(false, None, format!("{path}/{name}"));
                        }
                        // A tagged value, such as `{"$binary": …}`.
                        tag if tag.starts_with('$') => {
                            reader.skip()?;
                            add(true, None, path.to_owned());
                        }
                        _ => drop(reader.skip()?),
                    }
                }
            }
            _ => {
                let text = text(reader)?;
                add(true, text, path.to_owned());
            }
        }
        Ok(())
    }
}

/// Positions of the key of an index, or of the table.
pub(super) fn positions(model: Option<&Model>, index: Option<&Index>) -> (Vec<usize>, Vec<usize>) {
    match (model, index) {
        (_, Some(index)) => (index.partition.clone(), index.sort.clone()),
        (Some(model), None) => (vec![model.partition], model.sort.into_iter().collect()),
        (None, None) => (Vec::new(), Vec::new()),
    }
}

/// The next value, if it is text.
fn text(reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    if reader.kind()? == Kind::String {
        return Ok(Some(reader.string()?.decode().into_owned()));
    }
    reader.skip()?;
    Ok(None)
}
