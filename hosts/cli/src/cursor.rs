//! `tabletheory cursor`: what is in a cursor.

use crate::arguments::{Cursor, Decode};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{DIM, Output};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt::Write;
use std::path::Path;

/// Runs a subcommand.
pub fn run(command: &Cursor, output: &Output) -> Result<Exit, Failure> {
    match command {
        Cursor::Decode(options) => decode(options, output),
    }
}

fn decode(options: &Decode, output: &Output) -> Result<Exit, Failure> {
    let text = if options.cursor == files::STDIN {
        String::from_utf8_lossy(&files::read(Path::new(files::STDIN))?).into_owned()
    } else {
        options.cursor.clone()
    };
    let inside = tabletheory_core::cursor::inspect(&text).map_err(|error| {
        let failure = Failure::new(Exit::Problems, error.code().as_str(), error.details().message.as_str());
        match &error.details().hint {
            Some(hint) => failure.hint(hint.clone()),
            None => failure,
        }
    })?;
    let document: Value = serde_json::from_str(&inside).expect("the core's document is JSON");
    let as_it_is = RawValue::from_string(inside).expect("it was just read");
    output.print(&shown(&document), &as_it_is);
    Ok(Exit::Success)
}

/// The cursor for people.
fn shown(document: &Value) -> String {
    let cursor = &document["cursor"];
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{DIM}{name:<10}{DIM:#} {value}");
    };
    if let Some(index) = cursor["index"].as_str() {
        line("index", index);
    }
    match cursor["sort"].as_str() {
        Some("ASC") => line("order", "ascending"),
        Some("DESC") => line("order", "descending"),
        _ => {}
    }
    if let Some(total) = cursor["segments"].as_u64() {
        let open = cursor["open"].as_array().map_or(&[][..], Vec::as_slice);
        let next = cursor["next"].as_u64().unwrap_or_default();
        let done = next.saturating_sub(open.len() as u64);
        line("segments", &format!("{total}, {done} finished, {} not begun", total.saturating_sub(next)));
        for segment in open {
            let after =
                if segment["lastKey"].is_null() { "its beginning".to_owned() } else { key(&segment["lastKey"]) };
            line("  behind", &format!("segment {}: {after}", segment["segment"]));
        }
    } else {
        line("behind", &key(&cursor["lastKey"]));
    }
    line("signature", if document["signed"] == true { "there is one; it was not verified" } else { "none" });
    text
}

/// A key as DynamoDB JSON, on one line. Values are quoted, so nothing in them moves the terminal's cursor.
fn key(key: &Value) -> String {
    let parts = key.as_object().into_iter().flatten();
    let parts: Vec<String> = parts.map(|(name, value)| format!("{}: {value}", Value::from(name.as_str()))).collect();
    parts.join(", ")
}
