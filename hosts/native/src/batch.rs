//! Reads and writes of many items by their keys.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::call::Call;
use crate::client::TableTheory;
use crate::error::Error;
use crate::explain::Explanation;
use crate::model::Model;
use crate::options::option;
use crate::outcome::{Document, Stats, Unread};
use crate::page::Progress;
use crate::transact::stamped;
use crate::value::{Item, item_from_plain};

/// Reads any number of items: [`TableTheory::batch_get`]. Requests take 100 keys each, several are in flight.
#[must_use = "a call does nothing until it is sent"]
pub struct BatchGet {
    call: Call,
}

/// Writes and deletes any number of items: [`TableTheory::batch_write`]. Requests take 25 writes each, several are in flight.
///
/// It is no transaction: some may be written and others not. The error then says of each what became of it: [`Error::batch`].
#[must_use = "a call does nothing until it is sent"]
pub struct BatchWrite {
    call: Call,
}

/// What a [`BatchGet`] gives.
#[derive(Debug)]
pub struct Found {
    groups: Vec<Vec<Option<Box<RawValue>>>>,
    /// Statistics of the requests.
    pub stats: Stats,
}

impl Found {
    /// The items of one group of keys, in their order; `None` where there is no item.
    ///
    /// # Errors
    /// When an item does not fit `T`.
    pub fn group<T: DeserializeOwned>(&self, group: usize) -> Result<Vec<Option<T>>, Error> {
        let items = self.groups.get(group).map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|item| item.as_ref().map(|item| item_from_plain(item.get())).transpose()).collect()
    }
}

/// Keys of one model, and how their items are read: [`Model::gets`].
#[must_use = "a group of keys belongs into a batch"]
pub struct Gets {
    call: Call,
}

impl Gets {
    option!(consistent);
    option!(projection);
    option!(raw);
}

/// What a [`BatchWrite`] did.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchWritten {
    /// Items written or deleted: all of them.
    pub written: u64,
    /// Statistics of the requests.
    pub stats: Stats,
    document: Document,
}

impl BatchWritten {
    /// By group, the attributes that were set for you on all of its items: creation and update time, and the version of those that came
    /// without one. `None` for keys that were deleted.
    ///
    /// # Errors
    /// `ErrInternal` when the core gave something else.
    pub fn stamped(&self) -> Result<Vec<Option<Item>>, Error> {
        stamped(&self.document)
    }
}

impl TableTheory {
    /// Begins to read any number of items, of one model or several.
    pub fn batch_get(&self) -> BatchGet {
        BatchGet { call: Call::over(self, "batch_get", "gets") }
    }

    /// Begins to write and delete any number of items, of one model or several.
    pub fn batch_write(&self) -> BatchWrite {
        BatchWrite { call: Call::over(self, "batch_write", "writes") }
    }
}

impl<T: DeserializeOwned + Send + 'static> Model<T> {
    /// Keys of this model as a group of a [`BatchGet`], where it is to be read consistently, or only in part.
    ///
    /// ```no_run
    /// # use tabletheory::{Item, Model, TableTheory};
    /// # async fn example(db: TableTheory, notes: Model<Item>) -> Result<(), tabletheory::Error> {
    /// let found = db.batch_get().gets(notes.gets([("u#1", "n#1")]).consistent().projection(["title"])).send().await?;
    /// let titles: Vec<Option<Item>> = found.group(0)?;
    /// # Ok(()) }
    /// ```
    pub fn gets<K: Serialize>(&self, keys: impl IntoIterator<Item = K>) -> Gets {
        let mut call = Call::part(self.db(), self.model_name());
        // No key at all is a group, too.
        call.list("keys");
        keys.into_iter().for_each(|key| call.push_key("keys", &key));
        Gets { call }
    }

    /// Reads any number of items of this model, in the order of their keys; `None` where there is no item.
    ///
    /// # Errors
    /// `ErrBatchOperationFailed` when some could not be read: [`Error::batch`] says which.
    pub async fn get_many<K: Serialize>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<Option<T>>, Error> {
        self.db().batch_get().of(self, keys).send().await?.group(0)
    }

    /// Writes any number of items of this model, whatever was there.
    ///
    /// # Errors
    /// `ErrBatchOperationFailed` when some could not be written: [`Error::batch`] says which.
    pub async fn put_many<I: Serialize>(&self, items: impl IntoIterator<Item = I>) -> Result<u64, Error> {
        Ok(self.db().batch_write().put(self, items).send().await?.written)
    }
}

macro_rules! batch {
    ($name:ident) => {
        impl $name {
            /// Most requests in flight, 1 to 64 (default 4).
            pub fn parallel(mut self, requests: u32) -> Self {
                self.call.set("parallel", &requests);
                self
            }

            /// Is told how far the batch has come, after each answer. When all is done, the last one says so.
            pub fn on_progress(mut self, tell: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
                self.call.on_progress(tell);
                self
            }

            /// What the batch would do, without doing it.
            ///
            /// # Errors
            /// What it would be refused with before anything is sent.
            pub fn explain(self) -> Result<Explanation, Error> {
                self.call.explain()
            }
        }
    };
}
batch!(BatchGet);
batch!(BatchWrite);

impl BatchGet {
    /// Adds a group: keys of one model.
    pub fn of<T: DeserializeOwned + Send + 'static, K: Serialize>(
        self,
        model: &Model<T>,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        self.gets(model.gets(keys))
    }

    /// Adds a group with options of its own: [`Model::gets`].
    pub fn gets(mut self, group: Gets) -> Self {
        self.call.push("gets", group.call.text());
        self
    }

    /// Sends the call.
    ///
    /// # Errors
    /// `ErrBatchOperationFailed` when some items could not be read; the error carries the others: [`Error::batch`].
    pub async fn send(self) -> Result<Found, Error> {
        let document = self.call.run().await?;
        let members: Unread<'_> = document.read()?;
        Ok(Found { groups: members.results()?, stats: members.stats })
    }
}

impl BatchWrite {
    /// Adds items of one model, to be written whatever was there.
    pub fn put<T, I: Serialize>(mut self, model: &Model<T>, items: impl IntoIterator<Item = I>) -> Self {
        let mut part = Call::part(self.call.db(), model.model_name());
        part.list("put");
        items.into_iter().for_each(|item| part.push_item("put", &item));
        self.call.push("writes", part.text());
        self
    }

    /// Adds keys of one model, whose items are to be deleted.
    pub fn delete<T, K: Serialize>(mut self, model: &Model<T>, keys: impl IntoIterator<Item = K>) -> Self {
        let mut part = Call::part(self.call.db(), model.model_name());
        part.list("delete");
        keys.into_iter().for_each(|key| part.push_key("delete", &key));
        self.call.push("writes", part.text());
        self
    }

    /// Sends the call.
    ///
    /// # Errors
    /// `ErrBatchOperationFailed` when some were not: [`Error::batch`] says which were, which were not, and of which nobody knows.
    pub async fn send(self) -> Result<BatchWritten, Error> {
        let document = self.call.run().await?;
        let members = document.members()?;
        Ok(BatchWritten { written: members.written, stats: members.stats, document })
    }
}
