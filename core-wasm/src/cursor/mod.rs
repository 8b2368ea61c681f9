//! Cursors: where a read goes on, as a text that users carry around.
//!
//! The plain form is padded base64url of `{"lastKey":{…},"index":"…","sort":"ASC"}` in the very bytes that Go's
//! `encoding/json` writes: the form that all implementations share. A scan of all segments has a form of its own, and
//! either form can be signed.

mod check;
mod decode;
mod encode;
mod key;
mod keyring;
#[cfg(test)]
mod tests;

pub use check::Scope;
pub use key::Key;
pub use keyring::{Binding, Keyring};

use crate::error::{Code, Error};
use crate::json::push_quoted;

/// What a cursor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Where to go on.
    pub place: Place,
    /// The index that was read, if one was named.
    pub index: Option<String>,
    /// Of queries: whether the order was descending.
    pub descending: Option<bool>,
}

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind this key.
    After(Key),
    /// In a scan of all segments.
    Segments(Segments),
}

/// How far a scan of all segments has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// How many there are.
    pub total: u32,
    /// The first one that has not been begun.
    pub next: u32,
    /// Those that have been begun and not finished, each with the key to go on behind, if a page of it was read.
    pub open: Vec<(u32, Option<Key>)>,
}

/// Reads a cursor in its plain form, tolerantly: white space around it, either alphabet, padded or not.
///
/// # Errors
/// [`Code::InvalidCursor`]
pub fn decode(text: &str) -> Result<Cursor, Error> {
    decode::cursor(&decode::base64(text.trim())?)
}

/// Writes a cursor in its plain form. One without a key is the empty text.
pub fn encode(cursor: &Cursor) -> String {
    match &cursor.place {
        Place::After(key) if key.is_empty() => String::new(),
        _ => encode::base64(&encode::json(cursor)),
    }
}

/// The JSON text in a cursor.
pub fn json(cursor: &Cursor) -> String {
    encode::json(cursor)
}

/// Reads the JSON text in a cursor.
///
/// # Errors
/// [`Code::InvalidCursor`]
pub fn from_json(json: &str) -> Result<Cursor, Error> {
    decode::cursor(json)
}

/// Says what is in a cursor of any form, without checking a signature: a JSON document
/// `{"form":"page"|"segments","signed":bool,"cursor":{…}}`, where `cursor` is the text inside.
///
/// # Errors
/// [`Code::InvalidCursor`]
pub fn inspect(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let (signed, json) = match keyring::payload(text) {
        Some(payload) => (true, payload?),
        None => (false, decode::base64(text)?),
    };
    let cursor = decode::cursor(&json)?;
    let form = match cursor.place {
        Place::After(_) => "page",
        Place::Segments(_) => "segments",
    };
    let mut out = String::from("{\"form\":");
    push_quoted(&mut out, form);
    out.push_str(if signed { ",\"signed\":true,\"cursor\":" } else { ",\"signed\":false,\"cursor\":" });
    out.push_str(&encode::json(&cursor));
    out.push('}');
    Ok(out)
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidCursor, message).at("/cursor")
}
