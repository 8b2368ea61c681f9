//! TableTheory for Rust: a DynamoDB data layer that behaves the same in Rust, Node, Python and Go.
//!
//! A schema document says what a model is; the core says what every operation means; this crate turns Rust values into calls and
//! sends what the core asks for.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//! use tabletheory::{Code, TableTheory, attr};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Note {
//!     pk: String,
//!     sk: String,
//!     title: String,
//!     #[serde(default)]
//!     views: u64,
//!     #[serde(default, skip_serializing)]
//!     version: u64,
//! }
//!
//! # async fn example() -> Result<(), tabletheory::Error> {
//! let db = TableTheory::builder().schema_file("notes.dms.yml")?.build()?;
//! let notes = db.model::<Note>("Note")?;
//!
//! let note = Note { pk: "u#1".into(), sk: "n#1".into(), title: "hi".into(), views: 0, version: 0 };
//! notes.create(&note).await?;
//! let note = notes.get(("u#1", "n#1")).await?;
//! let note = notes.update(&note).set("title", "ho").add("views", 1).expect_version(note.version).await?;
//! let old = notes.delete(&note).condition(attr("views").lt(100)).await;
//! # let _ = old;
//! # Ok(()) }
//! ```
//!
//! # Features
//! - `aws-sdk` (default): requests go through your own `aws_sdk_dynamodb::Client` or `SdkConfig`, with everything configured on it.
//! - `socket` (default): connections of our own (tokio and rustls); the core signs requests and speaks HTTP/1.1 itself.
//! - `http` (default, with `socket`): a lean HTTP transport (hyper and rustls) for requests that the core has signed.
//! - `aws-config`: the AWS default credential chain for these two. Without it: environment variables, or your own provider.
//! - `testing`: helpers for tests, in the module of that name: scripted, recording, replaying and failing transports, a scripted clock, a local DynamoDB.
//!
//! A [tokio](https://tokio.rs) runtime with timers (and, for the built-in transports, I/O) is needed. Dropping a call's future cancels it.

#![deny(missing_docs)]

mod batch;
mod builder;
mod call;
mod client;
pub mod clock;
mod condition;
pub mod credentials;
mod drive;
pub mod engine;
mod error;
mod explain;
mod flight;
mod model;
mod operand;
mod options;
mod outcome;
mod page;
mod query;
mod release;
mod settings;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod transact;
pub mod transport;
pub mod value;

pub use batch::{BatchGet, BatchWrite, BatchWritten, Found, Gets};
pub use builder::Builder;
pub use client::TableTheory;
pub use condition::{Attr, Condition, Size, attr};
pub use error::{Batch, Code, Error, Outcome as WriteOutcome, Position, Problem, Reason};
pub use explain::Explanation;
pub use model::{Create, Delete, Find, Get, Model, Put, ReturnValues, Returning, Update, Upsert};
pub use operand::{Operand, list_append, minus, plus};
pub use outcome::{Capacity, Document, Outcome, Stats, Written};
pub use page::{Page, Progress};
pub use query::{Counted, Query, Scan, WaitFor};
pub use release::TransitionAppendEvent;
pub use settings::{CapacityDetail, CursorKeys, Numbers, Retry};
pub use transact::{Check, Committed, Snapshot, Transact, TransactGet};
pub use value::{Binary, Item, Number, Set, Time, Value};

/// The guide's code is compiled, and run where it can be.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/rust.md")]
struct Guide;
