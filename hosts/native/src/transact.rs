//! Transactions: all of it, or nothing.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::call::Call;
use crate::client::TableTheory;
use crate::condition::Condition;
use crate::error::Error;
use crate::explain::Explanation;
use crate::model::{Create, Delete, Model, Put, Update};
use crate::outcome::Stats;
use crate::value::item_from_plain;

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
        Transact { call: Call::of_many(self, "transact") }
    }

    /// Begins a transaction that reads.
    pub fn transact_get(&self) -> TransactGet {
        TransactGet { call: Call::of_many(self, "transact_get") }
    }
}

impl<T: DeserializeOwned + Send + 'static> Model<T> {
    /// A condition on an item that the transaction does not write.
    pub fn check(&self, key: impl Serialize, condition: Condition) -> Check {
        let mut call = self.call("check");
        call.key(&key);
        call.condition(condition);
        Check { call }
    }
}

impl Check {
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
    pub async fn send(self) -> Result<Stats, Error> {
        Ok(self.call.run().await?.stats())
    }
}

impl TransactGet {
    /// Adds an item.
    pub fn get<T>(mut self, model: &Model<T>, key: impl Serialize) -> Self {
        let mut part = Call::part(self.call.db(), model.model_name());
        part.key(&key);
        self.call.push("gets", part.text());
        self
    }

    /// Sends the transaction.
    ///
    /// # Errors
    /// As any read; `ErrTransactionConflict` when other writes keep getting in the way.
    pub async fn send(self) -> Result<Snapshot, Error> {
        let document = self.call.run().await?;
        let members = document.members()?;
        Ok(Snapshot { items: members.raw_items()?, stats: members.stats })
    }
}
