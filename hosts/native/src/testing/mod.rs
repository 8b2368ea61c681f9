//! Helpers for tests: transports that are scripted, record, replay or fail on purpose, a scripted clock, a local DynamoDB.
//!
//! With the feature `testing`, best switched on for tests only:
//!
//! ```toml
//! [dev-dependencies]
//! tabletheory = { version = "0.1", features = ["testing"] }
//! ```
//!
//! What is sent, and what comes back, by a script:
//!
//! ```
//! use tabletheory::testing::{Reply, ScriptedClock, ScriptedTransport};
//! use tabletheory::{Item, TableTheory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notes.dms.yml"));
//! let script = ScriptedTransport::new([
//!     Reply::answer(503, ""), // is tried again, after a wait that the clock only notes
//!     Reply::answer(200, r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"hi"}}}"#).to("GetItem"),
//! ]);
//! let clock = ScriptedClock::default();
//! let db = TableTheory::builder().schema_str(schema).transport(script.clone()).clock(clock.clone()).build()?;
//!
//! let note = db.model::<Item>("Note")?.get(("u#1", "n#1")).await?;
//! assert_eq!(note["title"].as_str(), Some("hi"));
//! assert_eq!(clock.waits().len(), 1);
//! script.done()?; // every request was the expected one, every reply was used
//! # Ok(()) }
//! ```
//!
//! All of these may be cloned: clones share their state, so that a test keeps one and gives the other to its client.

mod clock;
mod diff;
mod faults;
mod local;
mod recording;
mod replay;
mod scripted;

pub use clock::ScriptedClock;
pub use diff::RequestMismatch;
pub use faults::{Fault, FaultyTransport};
pub use local::{Local, LocalOptions};
pub use recording::RecordingTransport;
pub use replay::ReplayTransport;
pub use scripted::{Reply, ScriptedTransport};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a test that failed elsewhere has left is good enough to be looked at.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
