//! Transactions: all of it, or nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::Call;
use crate::client::TableTheory;
use crate::condition::Condition;
use crate::error::{Code, Error};
use crate::explain::Explanation;
use crate::model::{Create, Delete, Find, Model, Put, Update};
use crate::options::option;
use crate::outcome::{Document, Stats, Unread, Written};
use crate::value::{Item, item_from_plain};

/// Writes up to 100 items at once, or none of them: [`TableTheory::transact`].
///
/// ```no_run
/// # use tabletheory::{Item, Model, TableTheory, attr};
/// # async fn example(db: TableTheory, notes: Model<Item>, counters: Model<Item>, note: Item) -> Result<(), tabletheory::Error> {
/// db.transact()
///     .create(notes.create(&note))
///     .update(counters.update("u#1").add("notes", 1))
///     .check(counters.check("u#2", attr("closed").exists().not()))
///     .send()
///     .await?;
/// # Ok(()) }
/// # use std::ops::Not;
/// ```
#[must_use = "a call does nothing until it is sent"]
pub struct Transact {
    call: Call,
}

/// Reads up to 100 items as they are at one moment: [`TableTheory::transact_get`].
#[must_use = "a call does nothing until it is sent"]
pub struct TransactGet {
    call: Call,
}

/// Something that must hold of an item which the transaction does not write: [`Model::check`].
#[must_use = "a check belongs into a transaction"]
pub struct Check {
    call: Call,
}

/// What a [`TransactGet`] gives.
#[derive(Debug)]
pub struct Snapshot {
    items: Vec<Option<Box<RawValue>>>,
    /// Statistics of the requests.
    pub stats: Stats,
}

/// What a [`Transact`] or a [`TransitionAppendEvent`](crate::TransitionAppendEvent) did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Committed {
    /// Statistics of the requests.
    pub stats: Stats,
    document: Document,
}

impl Committed {
    pub(crate) fn read(document: Document) -> Self {
        Committed { stats: document.stats(), document }
    }

    /// By action, the attributes that were set for you: creation and update time, version. `None` where nothing of the kind was set.
    ///
    /// # Errors
    /// `ErrInternal` when the core gave something else.
    pub fn stamped(&self) -> Result<Vec<Option<Item>>, Error> {
        stamped(&self.document)
    }

    /// The item of one action as it is stored now: what was given, with the attributes that were set for you.
    ///
    /// # Errors
    /// `ErrInvalidValue` when the stored item does not fit `T`.
    pub fn stamp<T: Serialize + DeserializeOwned>(&self, action: usize, given: &T) -> Result<T, Error> {
        let set = self.stamped()?.into_iter().nth(action).flatten();
        Written { stamped: set.unwrap_or_default(), old: None::<T> }.stamp(given)
    }
}

/// The attributes that were set, by part of a call.
pub(crate) fn stamped(document: &Document) -> Result<Vec<Option<Item>>, Error> {
    #[derive(Deserialize)]
    struct Stamped {
        #[serde(default)]
        stamped: Vec<Option<Box<RawValue>>>,
    }
    let Stamped { stamped } = serde_json::from_str(document.as_str())
        .map_err(|error| Error::new(Code::Internal, "the core did not say what it has set").with_source(error))?;
    stamped.iter().map(|item| item.as_ref().map(|item| item_from_plain(item.get())).transpose()).collect()
}

impl Snapshot {
    /// The item of one `get`, by its position; `None` when there is none.
    ///
    /// # Errors
    /// When the item does not fit `T`.
    pub fn item<T: DeserializeOwned>(&self, at: usize) -> Result<Option<T>, Error> {
        let item = self.items.get(at).and_then(Option::as_ref);
        item.map(|item| item_from_plain(item.get())).transpose()
    }
}

impl TableTheory {
    /// Begins a transaction that writes.
    pub fn transact(&self) -> Transact {
        Transact { call: Call::over(self, "transact", "actions") }
    }

    /// Begins a transaction that reads.
    pub fn transact_get(&self) -> TransactGet {
        TransactGet { call: Call::over(self, "transact_get", "gets") }
    }
}

impl<T: DeserializeOwned + Send + 'static> Model<T> {
    /// A condition on an item that the transaction does not write.
    pub fn check(&self, key: impl Serialize, condition: Condition) -> Check {
        let mut check = self.check_that(key);
        check.call.condition(condition);
        check
    }

    /// A check that says later what must hold: [`Check::condition`], [`Check::expect_version`].
    pub fn check_that(&self, key: impl Serialize) -> Check {
        Check { call: self.with_key("check", &key) }
    }
}

impl Check {
    option!(condition);
    /// Only if the stored version is this one.
    pub fn expect_version(mut self, version: impl Serialize) -> Self {
        self.call.set("expect_version", &version);
        self
    }

    /// When the condition fails, the reason brings the item that failed it.
    pub fn return_old_on_failure(mut self) -> Self {
        self.call.set("return_old_on_failure", &true);
        self
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $method:ident $type:ident)*) => {
        impl Transact {
            $($(#[$doc])* pub fn $method<T: DeserializeOwned + Send + 'static>(mut self, action: $type<T>) -> Self {
                self.call.push("actions", action.call.action(stringify!($method)));
                self
            })*
        }
    };
}
actions! {
    /// Stores a new item.
    create Create
    /// Stores an item, whatever was there.
    put Put
    /// Changes attributes of an item.
    update Update
    /// Deletes an item.
    delete Delete
}

impl Transact {
    /// Changes nothing, but fails the transaction unless the condition holds.
    pub fn check(mut self, check: Check) -> Self {
        self.call.push("actions", check.call.action("check"));
        self
    }

    /// The idempotency token, 1 to 36 characters; a random one when left out. The same call with the same token is carried out once
    /// within ten minutes.
    pub fn token(mut self, token: &str) -> Self {
        self.call.set("token", token);
        self
    }

    /// What the transaction would do, without doing it.
    ///
    /// # Errors
    /// What it would be refused with before anything is sent.
    pub fn explain(self) -> Result<Explanation, Error> {
        self.call.explain()
    }

    /// Sends the transaction.
    ///
    /// # Errors
    /// `ErrConditionFailed`, `ErrVersionConflict`, `ErrUniqueConstraint`, `ErrTransactionConflict` and others; [`Error::reasons`] has all
    /// reasons, by action.
    pub async fn send(self) -> Result<Committed, Error> {
        self.call.run().await.map(Committed::read)
    }
}

impl TransactGet {
    /// Adds an item.
    pub fn get<T: DeserializeOwned + Send + 'static>(self, model: &Model<T>, key: impl Serialize) -> Self {
        self.find(model.find(key))
    }

    /// Adds an item with options of its own, for instance `notes.find(key).projection(["title"])`.
    pub fn find<T: DeserializeOwned + Send + 'static>(mut self, find: Find<T>) -> Self {
        self.call.push("gets", find.call.member());
        self
    }

    /// What the transaction would do, without doing it.
    ///
    /// # Errors
    /// What it would be refused with before anything is sent.
    pub fn explain(self) -> Result<Explanation, Error> {
        self.call.explain()
    }

    /// Sends the transaction.
    ///
    /// # Errors
    /// As any read; `ErrTransactionConflict` when other writes keep getting in the way.
    pub async fn send(self) -> Result<Snapshot, Error> {
        let document = self.call.run().await?;
        let members: Unread<'_> = document.read()?;
        Ok(Snapshot { items: members.items()?, stats: members.stats })
    }
}
