//! Values as they nearly always come: without white space, numbers as they are to be stored. They are checked, measured and written in
//! one go. Whatever needs a closer look, and whatever is wrong, is left to the rooms beside this one, which read it again from the start.

use super::document::{CONTAINER, ENTRY};
use super::names::Names;
use super::{Emptiness, Format, MAX_LEVELS, Type, Written};
use crate::reader::escape;
use crate::scan::{Plain, Scan};
use crate::{Buffer, Reader, Text, order, push_quoted};

/// Digits that DynamoDB keeps. With so few and no exponent, a number is in its range.
const MAX_DIGITS: usize = 38;

/// Writes the next value as `{"S":…}` and so on: as an attribute of this type and format, or as null.
///
/// `None`: neither `reader` nor `out` has changed, and the value is at fault or needs a closer look.
pub fn quick(
    reader: &mut Reader<'_>,
    kind: Type,
    format: Option<Format>,
    emptiness: Emptiness,
    out: &mut Buffer,
) -> Option<Written> {
    let (text, at) = { *reader }.place();
    let before = out.len();
    let mut quick = Quick { scan: Scan { bytes: text.as_bytes(), at, out }, text, emptiness };
    match quick.typed(kind, format) {
        Some(written) => {
            let at = quick.scan.at;
            reader.move_to(at);
            Some(written)
        }
        None => {
            out.truncate(before);
            None
        }
    }
}

struct Quick<'t, 'o> {
    scan: Scan<'t, 'o>,
    text: &'t str,
    emptiness: Emptiness,
}

impl<'t> Quick<'t, '_> {
    fn typed(&mut self, kind: Type, format: Option<Format>) -> Option<Written> {
        let whole = matches!(format, Some(Format::Int | Format::UnixSeconds));
        match (kind, self.scan.byte()?) {
            (_, b'n') => self.null(),
            (Type::S, b'"') => self.string(),
            (Type::N, b'-' | b'0'..=b'9') => self.number(whole, b""),
            (Type::N, b'"') => self.number(whole, b"\""),
            (Type::Bool, b't' | b'f') => self.boolean(),
            (Type::B, b'"') => self.binary(),
            (Type::B, b'{') => {
                self.scan.token(b"{\"$binary\":")?;
                let written = self.binary()?;
                self.scan.one(b'}')?;
                Some(written)
            }
            (Type::M, b'{') => self.map(1),
            (Type::L, b'[') => self.list(1),
            (Type::Ss, b'[') => self.strings(),
            (Type::Ss, b'{') => {
                self.scan.token(b"{\"$set\":")?;
                let written = self.strings()?;
                self.scan.one(b'}')?;
                Some(written)
            }
            _ => None,
        }
    }

    /// A value with the type that it has.
    fn value(&mut self, level: u32) -> Option<Written> {
        match self.scan.byte()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(false, b""),
            b't' | b'f' => self.boolean(),
            b'n' => self.null(),
            b'[' => self.list(level),
            b'{' => self.map(level),
            _ => None,
        }
    }

    fn null(&mut self) -> Option<Written> {
        self.scan.token(b"null")?;
        self.scan.out.eight(*b"{\"NULL\":", 8);
        self.scan.out.eight(*b"true}   ", 5);
        Some(Written::NULL)
    }

    fn boolean(&mut self) -> Option<Written> {
        let value = self.scan.byte()? == b't';
        self.scan.token(if value { b"true" } else { b"false" })?;
        self.scan.out.eight(*b"{\"BOOL\":", 8);
        if value {
            self.scan.out.eight(*b"true}   ", 5);
        } else {
            self.scan.out.eight(*b"false}  ", 6);
        }
        Some(Written { bytes: 1, empty: !value })
    }

    fn string(&mut self) -> Option<Written> {
        self.scan.out.eight(*b"{\"S\":   ", 5);
        let bytes = self.scan.string(escaped)?;
        self.scan.out.byte(b'}');
        Some(Written { bytes, empty: bytes == 0 })
    }

    /// A number between two of these quotes.
    fn number(&mut self, whole: bool, quote: &[u8]) -> Option<Written> {
        self.scan.token(quote)?;
        let start = self.scan.at;
        let plain = Plain::read(self.scan.bytes, start)?;
        if plain.digits > MAX_DIGITS || whole && plain.dot {
            return None;
        }
        self.scan.out.eight(*b"{\"N\":\"  ", 6);
        self.scan.copy(start, plain.end)?;
        self.scan.out.eight(*b"\"}      ", 2);
        self.scan.at = plain.end;
        self.scan.token(quote)?;
        // An exponent, for instance, would follow.
        if !matches!(self.scan.byte(), Some(b',' | b'}' | b']') | None) {
            return None;
        }
        let negative = self.scan.bytes[start] == b'-';
        let bytes = plain.significant.div_ceil(2) + 1 + usize::from(negative);
        Some(Written { bytes, empty: plain.significant == 0 })
    }

    /// Base64, as it stands.
    fn binary(&mut self) -> Option<Written> {
        self.scan.one(b'"')?;
        let start = self.scan.at;
        let rest = self.scan.bytes.get(start..)?;
        let digits = rest.iter().position(|byte| sextet(*byte).is_none())?;
        let padding = rest[digits..].iter().position(|byte| *byte != b'=')?;
        let length = digits + padding;
        // What does not make up a byte is zero.
        let last = match (length % 4, padding) {
            (0, 0) => 0,
            (0, 1) => sextet(rest[digits - 1])? & 0b11,
            (0, 2) => sextet(rest[digits - 1])? & 0b1111,
            _ => return None,
        };
        if last != 0 {
            return None;
        }
        self.scan.out.eight(*b"{\"B\":\"  ", 6);
        self.scan.copy(start, start + length)?;
        self.scan.at += length;
        self.scan.one(b'"')?;
        self.scan.out.eight(*b"\"}      ", 2);
        let bytes = length / 4 * 3 - padding;
        Some(Written { bytes, empty: bytes == 0 })
    }

    fn list(&mut self, level: u32) -> Option<Written> {
        if level > MAX_LEVELS {
            return None;
        }
        self.scan.one(b'[')?;
        self.scan.out.eight(*b"{\"L\":[  ", 6);
        let (mut bytes, mut count) = (CONTAINER, 0);
        if self.scan.byte()? == b']' {
            self.scan.at += 1;
        } else {
            loop {
                bytes += ENTRY + self.value(level + 1)?.bytes;
                count += 1;
                if self.is_last(b']')? {
                    break;
                }
            }
        }
        self.scan.out.eight(*b"]}      ", 2);
        Some(Written { bytes, empty: count == 0 })
    }

    fn map(&mut self, level: u32) -> Option<Written> {
        if level > MAX_LEVELS {
            return None;
        }
        self.scan.one(b'{')?;
        self.scan.out.eight(*b"{\"M\":{  ", 6);
        let (mut bytes, mut count, mut all_empty) = (CONTAINER, 0, true);
        if self.scan.byte()? == b'}' {
            self.scan.at += 1;
        } else {
            // It may be a tag, and not a map.
            if matches!(self.scan.bytes.get(self.scan.at + 1), Some(b'$' | b'\\')) {
                return None;
            }
            let mut names = Names::default();
            loop {
                let start = self.scan.at + 1;
                let length = self.scan.string(|_| None)?;
                names.add(Text { raw: &self.text[start..start + length], escaped: false }).ok()?;
                self.scan.one(b':')?;
                self.scan.out.byte(b':');
                let written = self.value(level + 1)?;
                bytes += ENTRY + length + written.bytes;
                all_empty &= written.empty;
                count += 1;
                if self.is_last(b'}')? {
                    break;
                }
            }
        }
        self.scan.out.eight(*b"}}      ", 2);
        let empty = count == 0 || (self.emptiness == Emptiness::ByContent && all_empty);
        Some(Written { bytes, empty })
    }

    /// A set of strings without escapes.
    fn strings(&mut self) -> Option<Written> {
        self.scan.one(b'[')?;
        if self.scan.byte()? == b']' {
            self.scan.at += 1;
            self.scan.out.eight(*b"{\"NULL\":", 8);
            self.scan.out.eight(*b"true}   ", 5);
            return Some(Written::NULL);
        }
        let before = self.scan.out.len();
        let mut all: Vec<&'t str> = Vec::with_capacity(8);
        let mut bytes = 0;
        loop {
            let start = self.scan.at + 1;
            let length = self.scan.string(|_| None)?;
            all.push(&self.text[start..start + length]);
            bytes += length;
            if self.is_last(b']')? {
                break;
            }
        }
        self.scan.out.truncate(before);
        let sorted = order(all.len(), &|one, other| all[one].cmp(all[other]));
        if sorted.windows(2).any(|pair| all[pair[0]] == all[pair[1]]) {
            return None;
        }
        self.scan.out.eight(*b"{\"SS\":[ ", 7);
        for (place, at) in sorted.into_iter().enumerate() {
            self.scan.out.push_str(if place == 0 { "\"" } else { ",\"" });
            self.scan.out.push_str(all[at]);
            self.scan.out.byte(b'"');
        }
        self.scan.out.eight(*b"]}      ", 2);
        Some(Written { bytes, empty: false })
    }

    /// Moves past a comma, which is written, or past the end of a container: whether it was the end.
    #[inline]
    fn is_last(&mut self, close: u8) -> Option<bool> {
        let byte = self.scan.byte()?;
        self.scan.at += 1;
        match byte {
            b',' => self.scan.out.byte(b','),
            byte if byte == close => return Some(true),
            _ => return None,
        }
        Some(false)
    }
}

/// Writes an escape in its one form; gives the bytes that it takes more than what it stands for.
fn escaped(scan: &mut Scan<'_, '_>) -> Option<usize> {
    let next = *scan.bytes.get(scan.at + 1)?;
    if matches!(next, b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') {
        scan.out.byte(b'\\');
        scan.out.byte(next);
        scan.at += 2;
        return Some(1);
    }
    let length = escape(&scan.bytes[scan.at + 1..]).ok()? + 1;
    let raw = str::from_utf8(&scan.bytes[scan.at..scan.at + length]).ok()?;
    let character = Text { raw, escaped: true }.decode();
    let mut quoted = String::new();
    push_quoted(&mut quoted, &character);
    scan.out.push_str(&quoted[1..quoted.len() - 1]);
    scan.at += length;
    Some(quoted.len() - 2 - character.len())
}

/// The six bits of a digit of base64.
#[inline]
fn sextet(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::typed;
    use super::*;
    use crate::Kind;

    const KINDS: [Type; 10] =
        [Type::S, Type::N, Type::B, Type::Bool, Type::Null, Type::M, Type::L, Type::Ss, Type::Ns, Type::Bs];

    /// What the slower rooms write.
    fn slow(text: &str, kind: Type, format: Option<Format>, emptiness: Emptiness) -> Option<(String, Written, usize)> {
        let mut reader = Reader::new(text);
        let mut out = String::new();
        if reader.kind() == Ok(Kind::Null) {
            reader.null().ok()?;
            return Some(("{\"NULL\":true}".to_owned(), Written::NULL, reader.offset()));
        }
        let written = typed(&mut reader, kind, format, emptiness, &mut out).ok()?;
        Some((out, written, reader.offset()))
    }

    /// What is written here, if it is; it must then be what the slower rooms write.
    fn both(text: &str, kind: Type, format: Option<Format>, emptiness: Emptiness) -> Option<String> {
        let mut reader = Reader::new(text);
        let mut out = Buffer::default();
        out.push_str("before");
        let written = quick(&mut reader, kind, format, emptiness, &mut out);
        let out = out.into_string();
        let out = out.strip_prefix("before").expect("what was there stays there");
        match written {
            Some(written) => {
                let found = (out.to_owned(), written, reader.offset());
                assert_eq!(Some(found), slow(text, kind, format, emptiness), "{text} {kind:?}");
                Some(out.to_owned())
            }
            None => {
                assert_eq!((out, reader.offset()), ("", 0), "{text} {kind:?}");
                None
            }
        }
    }

    fn taken(text: &str, kind: Type) -> bool {
        both(text, kind, None, Emptiness::BySize).is_some()
    }

    #[test]
    fn what_is_usual_is_taken() {
        for (kind, text) in [
            (Type::S, r#""""#),
            (Type::S, r#""a long text with \"quotes\", \\ and \n and \u00e9 and é and \u0001""#),
            (Type::N, "0"),
            (Type::N, "-12.50"),
            (Type::N, "1000"),
            (Type::N, r#""0.10""#),
            (Type::B, r#""AQID""#),
            (Type::B, r#"{"$binary":"AQ=="}"#),
            (Type::B, r#""""#),
            (Type::Bool, "true"),
            (Type::Bool, "false"),
            (Type::M, r#"{"a":{"b":[1,"x",null,true]},"c":{}}"#),
            (Type::L, r#"[[],{},-1.5,"é"]"#),
            (Type::Ss, r#"["b","a"]"#),
            (Type::Ss, r#"{"$set":["b","é","a"]}"#),
            (Type::Ss, "[]"),
            (Type::S, "null"),
            (Type::Null, "null"),
        ] {
            assert!(taken(text, kind), "{text}");
        }
        assert!(both("12", Type::N, Some(Format::Int), Emptiness::BySize).is_some());
        assert!(both(r#"{"a":""}"#, Type::M, None, Emptiness::ByContent).is_some());
    }

    #[test]
    fn what_needs_a_closer_look_is_left() {
        for (kind, text) in [
            (Type::S, "1"),
            (Type::S, r#""\x""#),
            (Type::S, r#""\ud800""#),
            (Type::S, "\"\u{1}\""),
            (Type::S, r#""a"#),
            (Type::N, "1e3"),
            (Type::N, "-0"),
            (Type::N, "0.0"),
            (Type::N, "01"),
            (Type::N, "1."),
            (Type::N, r#""1"#),
            (Type::N, "123456789012345678901234567890123456789"),
            (Type::B, r#""AQ""#),
            (Type::B, r#""AR==""#),
            (Type::B, r#""A===""#),
            (Type::B, r#""AQ=A""#),
            (Type::B, r#""====""#),
            (Type::M, r#"{"a":1,"a":2}"#),
            (Type::M, r#"{"":1}"#),
            (Type::M, r#"{"$time":"x"}"#),
            (Type::M, r#"{"a" :1}"#),
            (Type::L, "[1,]"),
            (Type::Ss, r#"["a","a"]"#),
            (Type::Ss, r#"["\u0061"]"#),
            (Type::Ns, "[1]"),
        ] {
            assert!(!taken(text, kind), "{text}");
        }
        assert!(both("1.5", Type::N, Some(Format::Int), Emptiness::BySize).is_none());
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(taken(&deep(31), Type::L));
        assert!(!taken(&deep(32), Type::L));
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_the_slower_rooms_write(text in "[{}\\[\\]\":,nultrefas0-9.$\\\\=+/eé -]{0,24}") {
            for kind in KINDS {
                for format in [None, Some(Format::Int)] {
                    both(&text, kind, format, Emptiness::ByContent);
                }
            }
        }

        #[test]
        fn strings_are_written_in_one_form(text in any::<String>(), ascii in any::<bool>()) {
            let mut quoted = serde_json::to_string(&text).unwrap();
            if ascii {
                quoted = quoted.encode_utf16().map(|unit| match u8::try_from(unit) {
                    Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                    _ => format!("\\u{unit:04X}"),
                }).collect();
            }
            let written = both(&quoted, Type::S, None, Emptiness::BySize);
            let mut expected = String::from("{\"S\":");
            push_quoted(&mut expected, &text);
            expected.push('}');
            prop_assert_eq!(written, Some(expected));
        }

        #[test]
        fn numbers_are_those_of_the_slower_rooms(text in "-?[0-9]{1,20}(\\.[0-9]{0,22})?") {
            both(&text, Type::N, None, Emptiness::BySize);
            both(&format!("[{text}]"), Type::L, None, Emptiness::BySize);
        }

        #[test]
        fn base64_is_checked_as_strictly(text in "[A-Da-d0-3+/]{0,9}={0,3}") {
            let quoted = format!("\"{text}\"");
            prop_assert_eq!(taken(&quoted, Type::B), slow(&quoted, Type::B, None, Emptiness::BySize).is_some());
        }
    }
}
