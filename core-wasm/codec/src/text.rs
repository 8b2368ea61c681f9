//! String tokens: kept escaped, decoded only when asked.

use std::borrow::Cow;

use crate::reader::clean_run;

/// A string token as it stands between its quotes. Its escapes have been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
}

impl<'a> Text<'a> {
    /// The characters between the quotes, escapes and all: ready to be written between quotes again.
    pub fn raw(self) -> &'a str {
        self.raw
    }

    /// The string itself.
    #[inline]
    pub fn decode(self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(self.unescaped()) } else { Cow::Borrowed(self.raw) }
    }

    fn unescaped(self) -> String {
        let mut out = String::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let (character, used) = unescape(rest);
            out.push(character);
            rest = &rest[used..];
        }
        out.push_str(rest);
        out
    }

    /// Writes the string with its quotes, the same text however its escapes were written.
    pub fn push(self, out: &mut String) {
        if self.escaped {
            push_quoted(out, &self.decode());
        } else {
            out.push('"');
            out.push_str(self.raw);
            out.push('"');
        }
    }

    /// Length of the string in UTF-8 bytes.
    pub fn byte_len(self) -> usize {
        if self.escaped { self.decode().len() } else { self.raw.len() }
    }

    /// Whether it stands for this string.
    pub fn is(self, text: &str) -> bool {
        if self.escaped { self.decode() == text } else { self.raw == text }
    }

    /// Whether both stand for the same string.
    pub fn is_same(self, other: Text<'_>) -> bool {
        if self.escaped || other.escaped { self.decode() == other.decode() } else { self.raw == other.raw }
    }

    /// Whether the string is empty.
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }
}

/// The character of a checked escape (without its backslash) and the bytes it takes.
fn unescape(rest: &str) -> (char, usize) {
    match rest.as_bytes()[0] {
        b'b' => ('\u{8}', 1),
        b'f' => ('\u{c}', 1),
        b'n' => ('\n', 1),
        b'r' => ('\r', 1),
        b't' => ('\t', 1),
        b'u' => {
            let unit = hex4(&rest.as_bytes()[1..5]).unwrap_or(0xfffd);
            if (0xd800..0xdc00).contains(&unit) {
                let low = rest.as_bytes().get(7..11).and_then(hex4).unwrap_or(0xdc00);
                let scalar = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                (char::from_u32(scalar).unwrap_or('\u{fffd}'), 11)
            } else {
                (char::from_u32(unit).unwrap_or('\u{fffd}'), 5)
            }
        }
        other => (other as char, 1),
    }
}

/// Four hexadecimal digits.
pub(super) fn hex4(digits: &[u8]) -> Option<u32> {
    if digits.len() != 4 {
        return None;
    }
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | (*digit as char).to_digit(16)?))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes a digest in lower-case hexadecimal digits, without quotes.
pub fn push_hex(out: &mut String, digest: &[u8; 32]) {
    let mut digits = [b'0'; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    out.push_str(str::from_utf8(&digits).expect("digits are ASCII"));
}

/// The JSON pointer of a member within what stands at `place`.
pub fn pointer(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Writes a string with its quotes.
pub fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        let (clean, more) = rest.split_at(clean_run(rest.as_bytes()));
        out.push_str(clean);
        let Some(byte) = more.bytes().next() else { break };
        rest = &more[1..];
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            control => {
                out.push_str("\\u00");
                out.push(HEX[usize::from(control >> 4)] as char);
                out.push(HEX[usize::from(control & 15)] as char);
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_escapes_what_json_asks_for() {
        let mut out = String::new();
        push_quoted(&mut out, "a\"b\\c\n\u{1}\u{1f}é\u{1F600}");
        assert_eq!(out, "\"a\\\"b\\\\c\\n\\u0001\\u001fé\u{1F600}\"");
    }

    #[test]
    fn names_are_escaped_in_pointers() {
        assert_eq!(pointer("", "a"), "/a");
        assert_eq!(pointer("/x", "a~/b"), "/x/a~0~1b");
    }

    #[test]
    fn digests_are_written_in_lower_case() {
        let mut out = String::from("x");
        let mut digest = [0; 32];
        (digest[0], digest[31]) = (0x0f, 0xa9);
        push_hex(&mut out, &digest);
        assert_eq!(out, format!("x0f{}a9", "00".repeat(30)));
    }

    #[test]
    fn decoding_knows_every_escape() {
        let text = Text { raw: r#"\"\\\/\b\f\n\r\té\ud83d\ude00z"#, escaped: true };
        assert_eq!(text.decode(), "\"\\/\u{8}\u{c}\n\r\té\u{1F600}z");
        assert_eq!(text.byte_len(), 15);
    }
}
