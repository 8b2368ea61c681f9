//! One page of a query or scan, in one pass over the response.

use super::{Context, reply};
use crate::cursor::Key;
use crate::error::{Code, Error};
use crate::json::{Buffer, Kind, Layout, Reader, push_quoted};
use crate::value::Decoder;

/// How the member `items` of a result begins.
const ITEMS: &str = "\"items\":[";

/// What pages have given so far.
#[derive(Clone, Debug)]
pub(super) struct Collected {
    /// The member `items` of the result, without its end; empty when items are only counted.
    items: String,
    /// How many items were given or, of a count, counted.
    pub(super) count: u64,
    /// How many items DynamoDB looked at.
    pub(super) scanned: u64,
    /// How many pages there were.
    pub(super) pages: u32,
}

impl Collected {
    /// Nothing yet. `counts`: no items are given.
    pub(super) fn new(counts: bool) -> Self {
        let items = if counts { String::new() } else { ITEMS.to_owned() };
        Collected { items, count: 0, scanned: 0, pages: 0 }
    }

    /// The one item that there is, if any.
    pub(super) fn only_item(self) -> Option<String> {
        let item = self.items.get(ITEMS.len()..).unwrap_or_default();
        (!item.is_empty()).then(|| item.to_owned())
    }

    /// Takes out the member `items` with a comma behind it.
    pub(super) fn take_items(&mut self) -> String {
        let mut items = std::mem::take(&mut self.items);
        if !items.is_empty() {
            items.push_str("],");
        }
        items
    }
}

/// How a page is to be read.
pub(super) struct Page<'p> {
    pub(super) decoder: Decoder<'p>,
    /// Attributes that are not given.
    pub(super) hidden: &'p [usize],
    /// Most items to give.
    pub(super) most: Option<u64>,
}

/// What one response says.
#[derive(Default)]
struct Seen<'b> {
    items: u64,
    /// The last item that was given, when others follow that are not.
    cut: Option<Reader<'b>>,
    count: u64,
    scanned: u64,
    last_key: Option<&'b str>,
}

impl Page<'_> {
    /// Takes the page in; gives the key behind which the next one begins, DynamoDB JSON, if there is more to read.
    ///
    /// `key` names the attributes of such a key.
    pub(super) fn take<'n, I: Iterator<Item = &'n str>>(
        &self,
        context: &mut Context<'_>,
        body: &str,
        collected: &mut Collected,
        key: impl Fn() -> I,
    ) -> Result<Option<String>, Error> {
        let (before, counts) = (collected.items.len(), collected.items.is_empty());
        let taken = self.read(context, body, &mut collected.items).and_then(|seen| {
            let next = match seen.cut {
                Some(item) => Some(key_of(item, key())?),
                None => seen.last_key.map(str::to_owned),
            };
            if let Some(next) = &next {
                Key::read(&mut Reader::new(next)).map_err(|_| {
                    Error::new(Code::InvalidResponse, "the response has a malformed `LastEvaluatedKey`")
                })?;
            }
            Ok((seen, next))
        });
        match taken {
            Ok((seen, next)) => {
                collected.count += if counts { seen.count } else { seen.items };
                collected.scanned += seen.scanned;
                collected.pages += 1;
                Ok(next)
            }
            Err(error) => {
                collected.items.truncate(before);
                Err(error)
            }
        }
    }

    fn read<'b>(&self, context: &mut Context<'_>, body: &'b str, out: &mut String) -> Result<Seen<'b>, Error> {
        let mut seen = Seen::default();
        let counts = out.is_empty();
        reply::members(context, body, |name, reader| {
            let kind = reader.kind().map_err(reply::garbled)?;
            match (name, kind) {
                ("Items", Kind::Array) if !counts => self.items(reader, out, &mut seen)?,
                ("Count", Kind::Number) => seen.count = whole(reader)?,
                ("ScannedCount", Kind::Number) => seen.scanned = whole(reader)?,
                ("LastEvaluatedKey", Kind::Object) => {
                    let text = reader.skip().map_err(reply::garbled)?;
                    let empty = text[1..text.len() - 1].trim().is_empty();
                    seen.last_key = (!empty).then_some(text);
                }
                _ => drop(reader.skip().map_err(reply::garbled)?),
            }
            Ok(())
        })?;
        Ok(seen)
    }

    fn items<'b>(&self, reader: &mut Reader<'b>, out: &mut String, seen: &mut Seen<'b>) -> Result<(), Error> {
        let (mut layout, mut items) = (Layout::default(), Buffer::default());
        // The plain form of an item is hardly ever longer than the stored one.
        items.reserve(reader.left());
        let mut first = out.ends_with('[');
        let mut last = None;
        let mut elements = reader.array().map_err(reply::garbled)?;
        while elements.next(reader).map_err(reply::garbled)? {
            if self.most.is_some_and(|most| seen.items >= most) {
                reader.skip().map_err(reply::garbled)?;
                seen.cut = last;
                continue;
            }
            last = Some(*reader);
            if !std::mem::take(&mut first) {
                items.push_str(",");
            }
            self.decoder
                .item_of_many(reader, &mut layout, self.hidden, &mut items)
                .map_err(|error| error.within(&seen.items.to_string()).within("items"))?;
            seen.items += 1;
        }
        out.push_str(&items.into_string());
        Ok(())
    }
}

fn whole(reader: &mut Reader<'_>) -> Result<u64, Error> {
    let text = reader.number().map_err(reply::garbled)?;
    Ok(text.parse().unwrap_or(0))
}

/// The key of a stored item: these attributes of it.
fn key_of<'n>(mut item: Reader<'_>, names: impl Iterator<Item = &'n str>) -> Result<String, Error> {
    let mut values: Vec<(&str, Option<&str>)> = names.map(|name| (name, None)).collect();
    let mut members = item.object().map_err(reply::garbled)?;
    while let Some(name) = members.next(&mut item).map_err(reply::garbled)? {
        let value = item.skip().map_err(reply::garbled)?;
        if let Some(slot) = values.iter_mut().find(|(wanted, _)| *wanted == name.decode()) {
            slot.1 = Some(value);
        }
    }
    let mut out = String::from("{");
    for (name, value) in values {
        let value = value.ok_or_else(|| Error::new(Code::InvalidResponse, "an item of the response lacks its key"))?;
        if out.len() > 1 {
            out.push(',');
        }
        push_quoted(&mut out, name);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
    Ok(out)
}
