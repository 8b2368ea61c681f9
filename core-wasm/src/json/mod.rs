//! A pull reader over JSON text and a few writers. No trees: values are read, judged and copied as they pass.
//!
//! String escapes mean the same in plain JSON and in DynamoDB JSON, so strings are copied as they stand.

mod reader;
mod text;

pub use reader::{Elements, Fault, Kind, Members, Reader};
pub use text::{Text, push_quoted};
