//! A pull reader over JSON text and a few writers. No trees: values are read, judged and copied as they pass.
//!
//! Strings without escapes are copied as they stand; others are written with one form of each escape, so that the bytes sent
//! do not depend on the JSON writer of the host.

mod buffer;
mod members;
mod order;
mod reader;
mod scan;
mod text;
mod transcode;
pub mod value;

pub use buffer::{Buffer, Padded};
pub use members::{Place, Raw, Rule, Value, What, Wrong, each_member, expect, fill, filled, read, word};
pub use order::order;
pub use reader::{Elements, Fault, Kind, Members, Reader};
pub use text::{Text, pointer, push_hex, push_quoted};
pub use transcode::{Columns, Digits, Failure, Fate, Layout, item, transcode};
