//! What the tests of this crate share.
#![allow(dead_code)]

use serde::{Deserialize, Serialize};
use tabletheory::testing::{Reply, ScriptedClock, ScriptedTransport};
use tabletheory::{Builder, Set, TableTheory};

pub const SCHEMA: &str = include_str!("../../../../examples/notes.dms.yml");

/// The note of `examples/notes.dms.yml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Note {
    pub pk: String,
    pub sk: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    pub views: u64,
    pub tags: Set<String>,
    #[serde(skip_serializing)]
    pub created_at: String,
    #[serde(skip_serializing)]
    pub updated_at: String,
    #[serde(skip_serializing)]
    pub version: i64,
}

pub fn note(sk: &str, title: &str) -> Note {
    Note { pk: "u#1".into(), sk: sk.into(), title: title.into(), tags: Set::from(["a".to_owned()]), ..Note::default() }
}

/// A clock that stands still but for the waits that it notes.
pub fn still_clock() -> ScriptedClock {
    ScriptedClock::new(1_767_323_045_678_901_234, u128::MAX / 3)
}

pub fn builder() -> Builder {
    TableTheory::builder().schema_str(SCHEMA)
}

/// A client over a script, and the script.
pub fn scripted(replies: impl IntoIterator<Item = Reply>) -> (TableTheory, ScriptedTransport) {
    let script = ScriptedTransport::new(replies);
    (builder().clock(still_clock()).transport(script.clone()).build().unwrap(), script)
}
