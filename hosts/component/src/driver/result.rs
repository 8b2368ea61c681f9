//! Result documents, put together from what the library gives.

use tabletheory::table::Table;
use tabletheory::value::{item_to_plain, to_plain};
use tabletheory::{Counted, Error, Item, Outcome, Page, Progress, Stats};

use super::call::Called;
use super::wire::text;

/// Members of a result document.
pub struct Document(String);

impl Document {
    pub fn new() -> Self {
        Document(String::from("{"))
    }

    pub fn json(mut self, name: &str, json: &str) -> Self {
        let comma = if self.0.len() == 1 { "" } else { "," };
        self.0 += &format!("{comma}\"{name}\":{json}");
        self
    }

    /// An item, or null.
    pub fn item(self, name: &str, item: Option<&Item>) -> Result<Self, Error> {
        Ok(self.json(name, &plain(item)?))
    }

    /// A list of items or nulls.
    pub fn items<'a>(self, name: &str, items: impl IntoIterator<Item = Option<&'a Item>>) -> Result<Self, Error> {
        Ok(self.json(name, &list(items)?))
    }

    pub fn end(self, stats: &Stats) -> Result<String, Error> {
        Ok(self.json("stats", &to_plain(stats)?).0 + "}")
    }
}

fn plain(item: Option<&Item>) -> Result<String, Error> {
    item.map_or(Ok("null".to_owned()), item_to_plain)
}

pub fn list<'a>(items: impl IntoIterator<Item = Option<&'a Item>>) -> Result<String, Error> {
    let items: Vec<String> = items.into_iter().map(plain).collect::<Result<_, _>>()?;
    Ok(format!("[{}]", items.join(",")))
}

pub fn whole(outcome: Result<Outcome<Item>, Error>) -> Called {
    Ok(outcome.and_then(|outcome| Document::new().item("item", Some(&outcome.value))?.end(&outcome.stats)))
}

/// `asked`: the call is one that gives an item, if there is one.
pub fn part(asked: bool, outcome: Result<Outcome<Option<Item>>, Error>) -> Called {
    Ok(outcome.and_then(|outcome| single(asked, outcome.value.as_ref(), None, &outcome.stats)))
}

pub fn single(asked: bool, item: Option<&Item>, stamped: Option<&Item>, stats: &Stats) -> Result<String, Error> {
    let mut document = Document::new();
    if asked || item.is_some() {
        document = document.item("item", item)?;
    }
    if stamped.is_some() {
        document = document.item("stamped", stamped)?;
    }
    document.end(stats)
}

pub fn table(done: Option<(&str, bool)>, table: Option<&Table>, stats: &Stats) -> Result<String, Error> {
    let mut document = Document::new();
    if let Some((name, done)) = done {
        document = document.json(name, if done { "true" } else { "false" });
    }
    if let Some(table) = table {
        document = document.json("table", &to_plain(table)?);
    }
    document.end(stats)
}

pub fn page(page: &Page<Item>) -> Result<String, Error> {
    let count = page.items.len().to_string();
    let document = Document::new().items("items", page.items.iter().map(Some))?.json("count", &count);
    read(document, page.cursor.as_deref(), page.remaining, page.scanned, page.pages, page.progress.as_ref())
        .end(&page.stats)
}

pub fn counted(counted: &Counted) -> Result<String, Error> {
    let document = Document::new().json("count", &counted.count.to_string());
    let Counted { scanned, pages, remaining, .. } = *counted;
    read(document, counted.cursor.as_deref(), remaining, scanned, pages, counted.progress.as_ref()).end(&counted.stats)
}

fn read(
    document: Document,
    cursor: Option<&str>,
    remaining: Option<u64>,
    scanned: u64,
    pages: u32,
    progress: Option<&Progress>,
) -> Document {
    let document = document
        .json("cursor", &cursor.map_or("null".to_owned(), text))
        .json("remaining", &remaining.map_or("null".to_owned(), |left| left.to_string()))
        .json("scanned", &scanned.to_string())
        .json("pages", &pages.to_string());
    match progress {
        Some(progress) => document.json("progress", &of_scan(progress)),
        None => document,
    }
}

fn of_scan(progress: &Progress) -> String {
    let capacity = progress.capacity.map_or("null".to_owned(), |units| units.to_string());
    format!(
        "{{\"items\":{},\"pages\":{},\"scanned\":{},\"segments\":{},\"segments_done\":{},\"capacity\":{capacity}}}",
        progress.items, progress.pages, progress.scanned, progress.segments, progress.segments_done
    )
}

pub fn of_batch(progress: &Progress) -> String {
    let Progress { done, total, unprocessed, .. } = progress;
    format!("{{\"done\":{done},\"total\":{total},\"unprocessed\":{unprocessed}}}")
}
