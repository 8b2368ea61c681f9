//! Operations on the items of one model.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::client::TableTheory;
use crate::error::{Code, Error};
use crate::options::operation;
use crate::outcome::Written;

/// The items of one model, read as `T`: [`TableTheory::model`]. Cheap to clone.
///
/// Every operation is a builder: set its options, then `.await` it. What is given can be of any type that serde writes; a `key` is
/// `("pk", "sk")`, a single value for tables without a sort key, or a whole item.
///
/// All operations fail with the [`Code`]s of [`Error`]; those that an operation adds to the usual ones are named with it.
pub struct Model<T> {
    db: TableTheory,
    name: Arc<str>,
    items: PhantomData<fn() -> T>,
}

impl<T> Clone for Model<T> {
    fn clone(&self) -> Self {
        Model { db: self.db.clone(), name: self.name.clone(), items: PhantomData }
    }
}

impl<T> std::fmt::Debug for Model<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Model").field(&self.name).finish()
    }
}

/// What a write gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnValues {
    /// Nothing.
    None,
    /// The item before.
    AllOld,
    /// The updated attributes, as they were before.
    UpdatedOld,
    /// The item after.
    AllNew,
    /// The updated attributes, as they are after.
    UpdatedNew,
}

impl ReturnValues {
    /// DynamoDB's name for it, for instance `ALL_OLD`.
    pub fn as_str(self) -> &'static str {
        match self {
            ReturnValues::None => "NONE",
            ReturnValues::AllOld => "ALL_OLD",
            ReturnValues::UpdatedOld => "UPDATED_OLD",
            ReturnValues::AllNew => "ALL_NEW",
            ReturnValues::UpdatedNew => "UPDATED_NEW",
        }
    }
}

impl<T> Model<T> {
    pub(crate) fn db(&self) -> &TableTheory {
        &self.db
    }

    pub(crate) fn model_name(&self) -> &str {
        &self.name
    }
}

impl<T: DeserializeOwned + Send + 'static> Model<T> {
    pub(crate) fn new(db: TableTheory, name: &str) -> Self {
        Model { db, name: name.into(), items: PhantomData }
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Stores a new item. `ErrConditionFailed` when there is one with its key.
    ///
    /// Attributes with the roles `created_at`, `updated_at` and `version` are set for you.
    pub fn create<I: Serialize + ?Sized>(&self, item: &I) -> Create<T> {
        Create::new(self.with_item("create", item))
    }

    /// Stores an item in place of the one with its key, if there is one.
    pub fn put<I: Serialize + ?Sized>(&self, item: &I) -> Put<T> {
        Put::new(self.with_item("put", item))
    }

    /// Sets the attributes of an item, and creates it when there is none: its creation time stays, its version goes up.
    pub fn upsert<I: Serialize + ?Sized>(&self, item: &I) -> Upsert<T> {
        Upsert::new(self.with_item("upsert", item))
    }

    /// Reads an item. `ErrItemNotFound` when there is none.
    pub fn get(&self, key: impl Serialize) -> Get<T> {
        Get::new(self.with_key("get", &key))
    }

    /// Reads an item, if there is one.
    pub fn find(&self, key: impl Serialize) -> Find<T> {
        Find::new(self.with_key("find", &key))
    }

    /// Changes attributes of an item; its update time is set and its version goes up. Gives the item after.
    pub fn update(&self, key: impl Serialize) -> Update<T> {
        Update::new(self.with_key("update", &key))
    }

    /// Deletes an item, if there is one.
    pub fn delete(&self, key: impl Serialize) -> Delete<T> {
        Delete::new(self.with_key("delete", &key))
    }

    pub(crate) fn call(&self, op: &'static str) -> Call {
        Call::new(&self.db, op, &self.name)
    }

    fn with_item<I: Serialize + ?Sized>(&self, op: &'static str, item: &I) -> Call {
        let mut call = Call::new(&self.db, op, &self.name);
        call.item(item);
        call
    }

    pub(crate) fn with_key<K: Serialize + ?Sized>(&self, op: &'static str, key: &K) -> Call {
        let mut call = Call::new(&self.db, op, &self.name);
        call.key(key);
        call
    }
}

pub(crate) fn absent(what: &str) -> Error {
    Error::new(Code::Internal, format!("the core gave no {what}"))
}

operation! {
    /// A `create`: [`Model::create`].
    Create[T] -> Written<T>, |members| Ok(Written { stamped: members.stamped()?, old: members.item()? }),
    { condition return_values return_old_on_failure }
}

operation! {
    /// A `put`: [`Model::put`].
    Put[T] -> Written<T>, |members| Ok(Written { stamped: members.stamped()?, old: members.item()? }),
    { condition expect_version return_values return_old_on_failure }
}

operation! {
    /// An `upsert`: [`Model::upsert`]. Gives the item after.
    Upsert[T] -> T, |members| members.item()?.ok_or_else(|| absent("item")),
    { condition returning return_old_on_failure }
}

operation! {
    /// A `get`: [`Model::get`].
    Get[T] -> T, |members| members.item()?.ok_or_else(|| absent("item")),
    { consistent projection raw }
}

operation! {
    /// A `find`: [`Model::find`].
    Find[T] -> Option<T>, |members| members.item(),
    { consistent projection raw }
}

operation! {
    /// A `delete`: [`Model::delete`]. Gives the item before when [`return_values`](Delete::return_values) asks for it.
    Delete[T] -> Option<T>, |members| members.item(),
    { condition expect_version return_values return_old_on_failure }
}

operation! {
    /// A write that gives back something else than the whole item after: [`Update::returning`].
    Returning[T] -> Option<T>, |members| members.item(),
    {}
}

operation! {
    /// An `update`: [`Model::update`]. Gives the item after.
    ///
    /// ```no_run
    /// # use tabletheory::{Item, Model, Set};
    /// # async fn example(notes: Model<Item>) -> Result<(), tabletheory::Error> {
    /// let note = notes
    ///     .update(("u#1", "n#1"))
    ///     .set("title", "ho")
    ///     .add("views", 1)
    ///     .add("tags", Set::from(["read"]))
    ///     .remove("draft")
    ///     .expect_version(3)
    ///     .await?;
    /// # Ok(()) }
    /// ```
    Update[T] -> T, |members| members.item()?.ok_or_else(|| absent("item")),
    { condition expect_version returning return_old_on_failure }
}

macro_rules! clauses {
    ($($(#[$doc:meta])* $method:ident)*) => {
        impl<T: DeserializeOwned + Send + 'static> Update<T> {
            $($(#[$doc])* pub fn $method(mut self, path: impl AsRef<str>, value: impl Serialize) -> Self {
                self.call.entry(stringify!($method), path.as_ref(), &value);
                self
            })*
        }
    };
}
clauses! {
    /// Sets an attribute, or a member or element of one (`address.city`, `lines[0]`), to a value, or to one that the service works out
    /// of the item: another [`attr`](crate::attr), `attr("views") + 1`, `attr("author").if_not_exists("ada")`,
    /// [`list_append`](crate::list_append).
    set
    /// Sets an attribute that is not there yet.
    set_if_not_exists
    /// Adds elements at the end of a list, which is made when it is not there.
    append
    /// Adds elements at the beginning of a list, which is made when it is not there.
    prepend
    /// Adds to a number, or elements to a set; what is not there counts as 0, or as empty.
    add
    /// Takes elements out of a set.
    delete
}

impl<T: DeserializeOwned + Send + 'static> Update<T> {
    /// Stores what is different between an item as it was read and as it is to be: attributes with another value are set, those that are
    /// gone are removed, nothing else is touched. `created_at`, `updated_at` and `version` are passed over. Where there was no item,
    /// `from` is `&()`: then all of `to` is set.
    ///
    /// ```no_run
    /// # use tabletheory::{Item, Model};
    /// # async fn example(notes: Model<Item>) -> Result<(), tabletheory::Error> {
    /// let before = notes.get(("u#1", "n#1")).await?;
    /// let mut after = before.clone();
    /// after.insert("title".into(), "ha".into());
    /// notes.update(&after).changes(&before, &after).expect_version(&before["version"]).await?;
    /// # Ok(()) }
    /// ```
    pub fn changes<F: Serialize + ?Sized, I: Serialize + ?Sized>(mut self, from: &F, to: &I) -> Self {
        self.call.changes(from, to);
        self
    }

    /// Removes an attribute, or a member or element of one.
    pub fn remove(mut self, path: impl AsRef<str>) -> Self {
        self.call.element("remove", path.as_ref());
        self
    }

    /// Only if the item exists: `ErrConditionFailed` instead of a new item.
    pub fn if_exists(mut self) -> Self {
        self.call.set("if_exists", &true);
        self
    }

    /// Attributes that this update must not touch, beside those that the schema protects: `ErrProtectedFieldMutation`.
    pub fn protected_attributes<P: AsRef<str>>(mut self, names: impl IntoIterator<Item = P>) -> Self {
        for name in names {
            self.call.element("protected_attributes", name.as_ref());
        }
        self
    }
}
