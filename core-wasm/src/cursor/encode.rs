//! Cursors as text: the bytes of Go's `encoding/json`, then base64url with padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use super::{Cursor, Key, Place, Segments};

/// Writes the JSON text.
pub fn json(cursor: &Cursor) -> String {
    let mut out = String::with_capacity(160);
    match &cursor.place {
        Place::After(last) => {
            out.push_str("{\"lastKey\":");
            key(last, &mut out);
        }
        Place::Segments(segments) => write_segments(segments, &mut out),
    }
    if let Some(index) = &cursor.index {
        out.push_str(",\"index\":");
        string(index, &mut out);
    }
    match cursor.descending {
        Some(true) => out.push_str(",\"sort\":\"DESC\""),
        Some(false) => out.push_str(",\"sort\":\"ASC\""),
        None => {}
    }
    out.push('}');
    out
}

/// Encodes the JSON text.
pub fn base64(json: &str) -> String {
    URL_SAFE.encode(json)
}

fn write_segments(segments: &Segments, out: &mut String) {
    out.push_str(&format!("{{\"segments\":{},\"next\":{},\"open\":[", segments.total, segments.next));
    for (at, (segment, last)) in segments.open.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        out.push_str(&format!("{comma}{{\"segment\":{segment}"));
        if let Some(last) = last {
            out.push_str(",\"lastKey\":");
            key(last, out);
        }
        out.push('}');
    }
    out.push(']');
}

fn key(key: &Key, out: &mut String) {
    out.push('{');
    for (at, part) in key.parts().iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        string(&part.name, out);
        out.push_str(":{\"");
        out.push_str(part.kind.as_str());
        out.push_str("\":");
        string(&part.text, out);
        out.push('}');
    }
    out.push('}');
}

/// Writes a string as Go's `encoding/json` does: it also escapes what HTML and JavaScript could stumble over.
fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
