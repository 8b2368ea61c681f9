//! Canonical requests of Signature Version 4, for any method, path, query and headers.
//!
//! Requests to DynamoDB all have one shape, which [`super::sigv4::Signer`] hashes without building a text. This is the
//! general rule that it specialises, and what AWS's published vectors are checked against.

use crate::json::order;
use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::json::push_hex;

/// A canonical request and the list of headers that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical request.
    pub text: String,
    /// Names of the signed headers, joined by `;`.
    pub signed_headers: String,
}

impl Canonical {
    /// The SHA-256 of the canonical request, which is what is signed of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.text).into()
    }
}

/// Builds the canonical request.
///
/// `path` and `query` are as on the request line (`query` without `?`); `headers` are all those to be signed, in any order.
pub fn canonical(method: &str, path: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Canonical {
    let mut headers: Vec<(Cow<'_, str>, &str)> = headers.iter().map(|(name, value)| (lower(name), *value)).collect();
    // A stable sort: values of one name keep their order.
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = format!("{method}\n{}\n{}\n", canonical_path(path), canonical_query(query));
    let mut signed_headers = String::new();
    for group in headers.chunk_by(|a, b| a.0 == b.0) {
        let name = &group[0].0;
        text.push_str(name);
        for (at, (_, value)) in group.iter().enumerate() {
            text.push(if at == 0 { ':' } else { ',' });
            push_folded(&mut text, value);
        }
        text.push('\n');
        if !signed_headers.is_empty() {
            signed_headers.push(';');
        }
        signed_headers.push_str(name);
    }
    text.push('\n');
    text.push_str(&signed_headers);
    text.push('\n');
    push_hex(&mut text, &Sha256::digest(body).into());
    Canonical { text, signed_headers }
}

/// The name of a header in lower case.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

/// The string to sign. `time` is `YYYYMMDDTHHMMSSZ`, `scope` is `YYYYMMDD/region/service/aws4_request`.
pub fn string_to_sign(time: &str, scope: &str, canonical_request: &str) -> String {
    let mut text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n");
    push_hex(&mut text, &Sha256::digest(canonical_request).into());
    text
}

/// The path without empty, `.` and `..` segments, each segment percent-encoded (once more, when it was already).
pub fn canonical_path(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut text = String::from("/");
    for (at, segment) in kept.iter().enumerate() {
        if at > 0 {
            text.push('/');
        }
        push_encoded(&mut text, segment.as_bytes());
    }
    if !kept.is_empty() && path.ends_with('/') {
        text.push('/');
    }
    text
}

/// The parameters, decoded, encoded in the one canonical manner and sorted by name, then value.
fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        let mut out = String::new();
        push_encoded(&mut out, &decoded(text));
        out
    };
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(name), encoded(value))
        })
        .collect();
    let sorted = order(pairs.len(), &|one, other| pairs[one].cmp(&pairs[other]));
    sorted.into_iter().map(|at| format!("{}={}", pairs[at].0, pairs[at].1)).collect::<Vec<_>>().join("&")
}

/// Trims a header value and makes one space of each run of white space, line breaks included.
fn push_folded(text: &mut String, value: &str) {
    for (at, word) in value.split_ascii_whitespace().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

fn push_encoded(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Percent-decoded bytes; a `%` that is not followed by two digits stands for itself.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_encoded_already_are_encoded_again() {
        assert_eq!(canonical_path("/a%20b/"), "/a%2520b/");
        assert_eq!(canonical_path(""), "/");
        assert_eq!(canonical_path("/../a/./b"), "/a/b");
    }

    #[test]
    fn queries_are_encoded_once() {
        assert_eq!(canonical_query("b=%20&a=%2f&a=%&c"), "a=%25&a=%2F&b=%20&c=");
    }
}
