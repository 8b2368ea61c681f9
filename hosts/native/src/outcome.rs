//! What calls give back beside the item.

use std::time::Duration;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Code, Error, Outcome as Happened};
use crate::page::Progress;
use crate::table::Table;
use crate::value::{Attributes, Item, Items, Raw, document, item_from_plain, item_to_plain};

/// A result with the statistics of its requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome<R> {
    /// What awaiting the call itself gives.
    pub value: R,
    /// How it was got.
    pub stats: Stats,
}

/// Statistics of the requests of one call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Stats {
    /// Requests sent, retries included.
    pub attempts: u32,
    /// Requests sent again.
    pub retries: u32,
    /// Back-off in total, milliseconds.
    pub waited_ms: u64,
    /// The service's id of the last request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Consumed capacity, when the service sent it (see [`Builder::capacity`](crate::Builder::capacity)).
    pub capacity: Option<Capacity>,
}

impl Stats {
    /// Back-off in total.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms)
    }
}

/// Consumed capacity units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Capacity {
    /// Capacity units in total.
    pub total: f64,
    /// Read units, where the service tells them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<f64>,
    /// Write units, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<f64>,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
}

/// What `create` and `put` did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Written<T> {
    /// Attributes that were set for you: creation and update time, version.
    pub stamped: Item,
    /// The item before, when `return_old` asked for it and there was one.
    pub old: Option<T>,
}

impl<T: Serialize + DeserializeOwned> Written<T> {
    /// The item as it is stored now: what was given, with the attributes that were set for you.
    ///
    /// # Errors
    /// `ErrInvalidValue` when the stored item does not fit `T`.
    pub fn stamp(&self, given: &T) -> Result<T, Error> {
        let mut item: Item = item_from_plain(&item_to_plain(given)?)?;
        item.extend(self.stamped.clone());
        item_from_plain(&item_to_plain(&item)?)
    }
}

/// The result document of a call, as the core gave it: what [`TableTheory::call`](crate::TableTheory::call) returns.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
}

impl Document {
    pub(crate) fn new(text: String) -> Self {
        Document { text }
    }

    /// The document as JSON; `wit/README.md` describes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The item, if the call gives one and it exists.
    ///
    /// # Errors
    /// As [`from_plain`](crate::value::from_plain), when the item does not fit `T`.
    pub fn item<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        #[derive(Deserialize)]
        #[serde(bound = "T: DeserializeOwned")]
        struct Only<T> {
            #[serde(default)]
            item: Option<Attributes<T>>,
        }
        self.read::<Only<T>>().map(|only| only.item.map(|Attributes(item)| item))
    }

    /// Statistics of the requests.
    pub fn stats(&self) -> Stats {
        self.members().map(|members| members.stats).unwrap_or_default()
    }

    /// What a call without items of the caller's type looks at.
    pub(crate) fn members(&self) -> Result<Members<'_>, Error> {
        self.read()
    }

    /// Reads the document. Items are read on the way: the text is passed over once.
    pub(crate) fn read<'a, D: Deserialize<'a>>(&'a self) -> Result<D, Error> {
        document(&self.text).map_err(|error| match error.path().and_then(|path| path.split('/').nth(1)) {
            // The call itself went well: a write has happened.
            Some("item") => error.with_outcome(Happened::Unknown),
            Some("items") => error,
            _ => Error::new(Code::Internal, "the core gave a result that is no result document")
                .with_outcome(Happened::Unknown)
                .with_source(error),
        })
    }
}

/// The members of a result document that calls look at; `T`: what items are read as.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(crate) struct Members<'a, T = IgnoredAny> {
    #[serde(default)]
    item: Option<Attributes<T>>,
    #[serde(borrow, default)]
    stamped: Option<Raw<'a>>,
    #[serde(default)]
    pub table: Option<Table>,
    #[serde(default)]
    pub created: bool,
    #[serde(default)]
    pub deleted: bool,
    #[serde(default)]
    items: Option<Items<T>>,
    #[serde(borrow, default)]
    pub cursor: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    pub remaining: Option<u64>,
    #[serde(default)]
    pub count: u64,
    #[serde(default)]
    pub scanned: u64,
    #[serde(default)]
    pub pages: u32,
    #[serde(default)]
    pub written: u64,
    #[serde(default)]
    pub progress: Option<Progress>,
    #[serde(default)]
    pub stats: Stats,
}

impl<T> Members<'_, T> {
    /// The items of a page.
    pub fn items(&mut self) -> Vec<T> {
        self.items.take().map(|Items(items)| items).unwrap_or_default()
    }

    pub fn item(&mut self) -> Result<Option<T>, Error> {
        Ok(self.item.take().map(|Attributes(item)| item))
    }

    pub fn stamped(&self) -> Result<Item, Error> {
        self.stamped.map(|Raw(stamped)| item_from_plain(stamped)).transpose().map(Option::unwrap_or_default)
    }
}

/// The members of the result of a batch or transaction that reads, whose items differ in type.
#[derive(Deserialize)]
pub(crate) struct Unread<'a> {
    #[serde(borrow, default)]
    items: Option<Raw<'a>>,
    #[serde(borrow, default)]
    results: Option<Raw<'a>>,
    #[serde(default)]
    pub stats: Stats,
}

impl Unread<'_> {
    /// The items of a transaction.
    pub fn items(&self) -> Result<Vec<Option<Box<RawValue>>>, Error> {
        list(self.items)
    }

    /// The groups of a batch.
    pub fn results(&self) -> Result<Vec<Vec<Option<Box<RawValue>>>>, Error> {
        list(self.results)
    }
}

fn list<'a, L: Deserialize<'a> + Default>(text: Option<Raw<'a>>) -> Result<L, Error> {
    let Some(Raw(text)) = text else { return Ok(L::default()) };
    serde_json::from_str(text)
        .map_err(|error| Error::new(Code::Internal, "the core gave no list of items").with_source(error))
}
