//! Tables: made, described and deleted after their model.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::options::operation;
use crate::outcome::Members;

/// A table as the service describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Table {
    /// Name.
    pub name: String,
    /// DynamoDB's own word, for instance `ACTIVE`.
    pub status: String,
    /// When it was created, RFC 3339 UTC.
    pub created: Option<String>,
    /// Items; the service counts them about every six hours.
    pub items: Option<u64>,
    /// Size in bytes, likewise.
    pub bytes: Option<u64>,
    /// Its key.
    pub keys: Keys,
    /// Its secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute that expires items, when the service says so.
    pub ttl: Option<String>,
    /// Amazon Resource Name.
    pub arn: Option<String>,
}

/// Key attributes, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Keys {
    /// Of the partition key.
    pub partition: Vec<String>,
    /// Of the sort key; empty when there is none.
    pub sort: Vec<String>,
}

/// A secondary index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Index {
    /// Name.
    pub name: String,
    /// `GSI` or `LSI`.
    pub r#type: String,
    /// DynamoDB's own word, for instance `ACTIVE`; a local index has none of its own.
    pub status: Option<String>,
    /// Its key.
    pub keys: Keys,
}

/// What `ensure_table` did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ensured {
    /// Whether the table was made; else it was there.
    pub created: bool,
    /// The table.
    pub table: Table,
}

/// What `delete_table` did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Deleted {
    /// Whether there was a table to delete.
    pub deleted: bool,
    /// The table, when it was there.
    pub table: Option<Table>,
}

/// How a table is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Billing {
    /// By request.
    PayPerRequest,
    /// By reserved capacity units.
    Provisioned {
        /// Read capacity units.
        read: u64,
        /// Write capacity units.
        write: u64,
    },
}

fn table(members: &mut Members<'_>) -> Result<Table, Error> {
    members.table.take().ok_or_else(|| Error::new(Code::Internal, "the core gave no table"))
}

operation! {
    /// An `ensure_table`: [`TableTheory::ensure_table`](crate::TableTheory::ensure_table).
    EnsureTable -> Ensured, |members| Ok(Ensured { created: members.created, table: table(members)? }),
    {}
}

operation! {
    /// A `describe_table`: [`TableTheory::describe_table`](crate::TableTheory::describe_table).
    DescribeTable -> Table, table,
    {}
}

operation! {
    /// A `delete_table`: [`TableTheory::delete_table`](crate::TableTheory::delete_table).
    DeleteTable -> Deleted, |members| Ok(Deleted { deleted: members.deleted, table: members.table.take() }),
    {}
}

macro_rules! waits {
    ($($name:ident)*) => {$(
        impl $name {
            /// Whether to wait until it is done (default), or only to ask for it.
            pub fn wait(mut self, wait: bool) -> Self {
                self.call.set("wait", &wait);
                self
            }

            /// How long to wait at most (default 5 minutes); then `ErrTimeout`.
            pub fn wait_at_most(mut self, limit: Duration) -> Self {
                self.call.set("timeout_ms", &u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
                self
            }
        }
    )*};
}
waits!(EnsureTable DeleteTable);

impl EnsureTable {
    /// How a new table is paid for (default by request).
    pub fn billing(mut self, billing: Billing) -> Self {
        match billing {
            Billing::PayPerRequest => self.call.set("billing", "PAY_PER_REQUEST"),
            Billing::Provisioned { read, write } => {
                self.call.set("billing", &BTreeMap::from([("read", read), ("write", write)]))
            }
        }
        self
    }

    /// Whether a new table refuses to be deleted (default not).
    pub fn deletion_protection(mut self, protected: bool) -> Self {
        self.call.set("deletion_protection", &protected);
        self
    }
}
