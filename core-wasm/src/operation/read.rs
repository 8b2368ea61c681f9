//! What queries and scans have in common: one request template, pages, cursors.

use std::fmt::Write;

use super::body::Body;
use super::page::{Collected, Page};
use super::{Context, Outgoing, numbers};
use crate::client::Client;
use crate::cursor::{self, Binding, Cursor, Key, Place, Scope, Segments};
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::{Filter, KeyCondition, Keys, Placeholders, Projection};
use crate::json::{Raw, Reader, push_quoted};
use crate::lifecycle;
use crate::value::{Decoder, canonical};
use crate::wire::Repeat;

/// Fewest items that DynamoDB is asked to look at for a filter to choose from, unless the call says.
const LEAST_FILTERED: u64 = 100;

/// How much a call wants.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    /// Items.
    pub(super) limit: Option<u64>,
    /// Items that DynamoDB looks at for one page.
    pub(super) page_size: Option<u32>,
    /// Pages.
    pub(super) pages: Option<u32>,
    /// The number of items only.
    pub(super) count: bool,
}

impl Wanted {
    /// Reads the members of a call.
    ///
    /// # Errors
    /// As [`numbers::whole`]; [`Code::InvalidOperator`]: a limited count.
    pub(super) fn read(
        limit: Option<Raw<'_>>,
        page_size: Option<Raw<'_>>,
        pages: Option<Raw<'_>>,
        count: bool,
    ) -> Result<Wanted, Error> {
        let limit = numbers::whole("limit", limit, 1, u64::MAX)?;
        if count && limit.is_some() {
            return Err(Error::new(Code::InvalidOperator, "a count has no `limit`").at("/limit").hint(
                "`page_size` is how many items one request looks at, `pages` how many requests there are at most",
            ));
        }
        let page_size = numbers::small("page_size", page_size, 1, u64::MAX)?;
        let pages = numbers::small("pages", pages, 1, u64::MAX)?;
        Ok(Wanted { limit, page_size, pages, count })
    }
}

/// What a query or scan is made of, checked but for what is rendered.
pub(super) struct Plan<'m, 't> {
    pub(super) action: &'static str,
    pub(super) model: usize,
    pub(super) keys: Keys<'m>,
    /// Of queries.
    pub(super) condition: Option<KeyCondition>,
    pub(super) filter: Filter<'m, 't>,
    pub(super) projection: Option<Projection<'m>>,
    /// Of queries.
    pub(super) descending: Option<bool>,
    pub(super) consistent: bool,
    pub(super) raw: bool,
    pub(super) wanted: Wanted,
    /// Of scans: how many segments there are, and which one is read; none: all of them.
    pub(super) segments: Option<(u32, Option<u32>)>,
}

/// A query or scan, ready to be sent page by page.
pub(super) struct Read {
    action: &'static str,
    model: usize,
    /// Position of the index in the model.
    index: Option<usize>,
    condition: Option<KeyCondition>,
    descending: Option<bool>,
    segments: Option<u32>,
    /// For signed cursors.
    binding: Option<Binding>,
    /// The request but for the members that differ from page to page, and without its last brace.
    template: String,
    /// Key attributes that are read for cursors only.
    hidden: Vec<usize>,
    filtered: bool,
    raw: bool,
    pub(super) wanted: Wanted,
}

/// Reads the `projection` of a call.
pub(super) fn projection<'m>(
    keys: &Keys<'m>,
    paths: Option<&[impl AsRef<str>]>,
) -> Result<Option<Projection<'m>>, Error> {
    let Some(paths) = paths else { return Ok(None) };
    let projection = Projection::read(keys.model, paths).map_err(|error| error.within("projection"))?;
    for (at, root) in projection.roots().enumerate() {
        if !keys.holds(root) {
            let name = &keys.model.attributes[root].name;
            return Err(Error::new(
                Code::InvalidOperator,
                format!("{} does not hold attribute `{name}`", keys.shown()),
            )
            .at(format!("/projection/{at}"))
            .hint("a global index gives what it projects; read the rest from the table"));
        }
    }
    Ok(Some(projection))
}

/// Refuses strongly consistent reads of global indexes.
pub(super) fn consistent(keys: &Keys<'_>, consistent: bool) -> Result<(), Error> {
    match keys.index.filter(|index| consistent && !index.local) {
        None => Ok(()),
        Some(index) => Err(Error::new(
            Code::InvalidOperator,
            format!("`consistent` does not apply to `{}`, a global index", index.name),
        )
        .at("/consistent")
        .hint("global indexes are eventually consistent; `wait_for` reads until a value is there")),
    }
}

impl Plan<'_, '_> {
    /// Renders the request.
    ///
    /// # Errors
    /// What is wrong with the filter or the projection; [`Code::EncryptionNotConfigured`].
    pub(super) fn ready(self, client: &Client) -> Result<Read, Error> {
        let (keys, model) = (self.keys, self.keys.model);
        consistent(&keys, self.consistent)?;
        let mut placeholders = Placeholders::default();
        let mut body = Body::new(client, self.model);
        if let Some(index) = keys.index {
            body.text("IndexName", &index.name);
        }
        let condition = self.condition.as_ref().map(|condition| condition.render(&keys, &mut placeholders));
        if let Some(condition) = &condition {
            body.text("KeyConditionExpression", condition);
        }
        let filter = self.filter.render(&mut placeholders)?;
        if let Some(filter) = &filter {
            body.text("FilterExpression", &filter.text);
        }
        placeholders.within_limits()?;
        lifecycle::refuse_if_encrypted(model)?;
        let binding = client.settings().cursor.signs().then(|| {
            let mut binding = Binding::new();
            let index = keys.index.map_or("", |index| &index.name);
            let order = self.descending.map_or("", |descending| if descending { "DESC" } else { "ASC" });
            let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
            let segments = [self.segments.map(|(total, _)| total), self.segments.and_then(|(_, one)| one)].map(number);
            let expressions = [condition.as_deref().unwrap_or(""), filter.as_ref().map_or("", |filter| &filter.text)];
            let parts = [self.action, client.table(self.model), index, order, &segments[0], &segments[1]];
            parts.into_iter().chain(expressions).chain(placeholders.names()).for_each(|part| binding.add(part));
            placeholders.values().for_each(|value| binding.add(&canonical(value)));
            binding
        });
        let mut hidden = Vec::new();
        let several = matches!(self.segments, Some((_, None)));
        let may_be_cut = self.wanted.limit.is_some() && (filter.is_some() || several);
        if let Some(mut projection) = self.projection.filter(|_| !self.wanted.count) {
            if may_be_cut {
                hidden = projection.complete(&keys.place());
            }
            let text = projection.render(&mut placeholders).map_err(|error| error.at("/projection"))?;
            body.text("ProjectionExpression", &text);
        }
        body.placeholders(&placeholders);
        if self.descending == Some(true) {
            body.raw("ScanIndexForward", "false");
        }
        if self.consistent {
            body.raw("ConsistentRead", "true");
        }
        if self.wanted.count {
            body.text("Select", "COUNT");
        }
        if let Some((total, segment)) = self.segments {
            body.raw("TotalSegments", &total.to_string());
            if let Some(segment) = segment {
                body.raw("Segment", &segment.to_string());
            }
        }
        Ok(Read {
            action: self.action,
            model: self.model,
            index: keys.index.and_then(|index| model.indexes.iter().position(|other| other.name == index.name)),
            condition: self.condition,
            descending: self.descending,
            segments: self.segments.filter(|(_, segment)| segment.is_none()).map(|(total, _)| total),
            binding,
            template: body.open_end(client),
            hidden,
            filtered: filter.is_some(),
            raw: self.raw,
            wanted: self.wanted,
        })
    }
}

impl Read {
    /// The request for one page. `tag` is the segment, when all are read.
    pub(super) fn request(&self, tag: u32, after: Option<&str>, limit: Option<u32>) -> Outgoing {
        let mut body = String::with_capacity(self.template.len() + after.map_or(0, str::len) + 64);
        body.push_str(&self.template);
        if self.segments.is_some() {
            write!(body, ",\"Segment\":{tag}").expect("writing to a string");
        }
        if let Some(limit) = limit {
            write!(body, ",\"Limit\":{limit}").expect("writing to a string");
        }
        if let Some(after) = after {
            body.push_str(",\"ExclusiveStartKey\":");
            body.push_str(after);
        }
        body.push('}');
        Outgoing { tag, action: self.action, body, repeat: Repeat::Always }
    }

    /// DynamoDB's `Limit` for the next page, when so many items are still wanted and so many pages have been read.
    ///
    /// Without a filter no more is read than is given. With one, nobody knows how much passes: twice as much as is wanted is
    /// looked at, and twice as much again with every page.
    pub(super) fn page_limit(&self, remaining: Option<u64>, pages: u32) -> Option<u32> {
        const MOST: u64 = i32::MAX as u64;
        let guess = match remaining {
            Some(remaining) if self.filtered => {
                let first = remaining.saturating_mul(2).max(LEAST_FILTERED);
                Some(first.saturating_mul(1 << pages.min(20)))
            }
            other => other,
        };
        let limit = match (self.wanted.page_size.map(u64::from), guess) {
            (Some(page_size), _) if self.filtered => Some(page_size),
            (Some(page_size), Some(guess)) => Some(page_size.min(guess)),
            (page_size, guess) => page_size.or(guess),
        };
        limit.map(|limit| u32::try_from(limit.min(MOST)).unwrap_or(u32::MAX))
    }

    /// Takes in one page: at most so many of its items.
    ///
    /// # Errors
    /// [`Code::InvalidResponse`], and whatever an item cannot be decoded for. Then nothing was collected.
    pub(super) fn take(
        &self,
        context: &mut Context<'_>,
        body: &str,
        most: Option<u64>,
        collected: &mut Collected,
    ) -> Result<Option<String>, Error> {
        let client = context.client;
        let model = client.model_at(self.model);
        let decoder = Decoder { model, numbers: client.settings().numbers, raw: self.raw };
        let names = || self.keys(model).place().into_iter().map(|at| model.attributes[at].name.as_str());
        Page { decoder, hidden: &self.hidden, most }.take(context, body, collected, names)
    }

    /// How many items are still wanted.
    pub(super) fn remaining(&self, collected: &Collected) -> Option<u64> {
        self.wanted.limit.map(|limit| limit.saturating_sub(collected.count))
    }

    /// The cursor behind a key in DynamoDB JSON.
    pub(super) fn cursor_after(&self, client: &Client, key: &str) -> Result<String, Error> {
        let key = Key::read(&mut Reader::new(key))
            .ok()
            .filter(|key| !key.is_empty())
            .ok_or_else(|| Error::new(Code::InvalidResponse, "the response has a malformed `LastEvaluatedKey`"))?;
        Ok(self.cursor(client, Place::After(key)))
    }

    /// A cursor to this place.
    pub(super) fn cursor(&self, client: &Client, place: Place) -> String {
        let model = client.model_at(self.model);
        let index = self.index.map(|at| model.indexes[at].name.clone());
        let cursor = Cursor { place, index, descending: self.descending };
        match &self.binding {
            Some(binding) => client.settings().cursor.seal(&cursor::json(&cursor), binding),
            None => cursor::encode(&cursor),
        }
    }

    /// The key, DynamoDB JSON, behind which a cursor says to go on.
    pub(super) fn open_key(&self, client: &Client, text: Option<&str>) -> Result<Option<String>, Error> {
        let Some(text) = text else { return Ok(None) };
        let cursor = self.open(client, text)?;
        Ok(Some(self.scope(client.model_at(self.model)).key(cursor)?.to_json()))
    }

    /// How far a cursor says that a scan of all segments has come.
    pub(super) fn open_segments(&self, client: &Client, text: Option<&str>) -> Result<Option<Segments>, Error> {
        let Some(text) = text else { return Ok(None) };
        let cursor = self.open(client, text)?;
        self.scope(client.model_at(self.model)).segments(cursor).map(Some)
    }

    fn open(&self, client: &Client, text: &str) -> Result<Cursor, Error> {
        let keyring = &client.settings().cursor;
        let json = match &self.binding {
            Some(binding) => keyring.open(text, binding)?,
            None => keyring.open(text, &Binding::new())?,
        };
        cursor::from_json(&json)
    }

    fn scope<'m>(&'m self, model: &'m Model) -> Scope<'m> {
        Scope {
            keys: self.keys(model),
            condition: self.condition.as_ref(),
            descending: self.descending,
            segments: self.segments,
        }
    }

    fn keys<'m>(&self, model: &'m Model) -> Keys<'m> {
        Keys { model, index: self.index.map(|at| &model.indexes[at]) }
    }
}

/// Writes what a read gives besides its items.
pub(super) fn push_summary(out: &mut String, cursor: Option<&str>, remaining: Option<u64>, collected: &Collected) {
    out.push_str("\"cursor\":");
    match cursor {
        Some(cursor) => push_quoted(out, cursor),
        None => out.push_str("null"),
    }
    match remaining {
        Some(remaining) => write!(out, ",\"remaining\":{remaining}").expect("writing to a string"),
        None => out.push_str(",\"remaining\":null"),
    }
    let Collected { count, scanned, pages, .. } = collected;
    write!(out, ",\"count\":{count},\"scanned\":{scanned},\"pages\":{pages}").expect("writing to a string");
}
