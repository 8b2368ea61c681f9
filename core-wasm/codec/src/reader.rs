//! The pull reader.

use crate::text::{Text, hex4};

/// Deepest nesting read: DynamoDB allows 32 levels, each two levels of its JSON.
const MAX_DEPTH: u32 = 160;

/// Where and why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset.
    pub at: usize,
    /// What was expected or found.
    pub what: &'static str,
}

/// What the next value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The kind's name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}

/// Reads JSON text value by value. A copy remembers a place to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// Progress through an object.
#[derive(Debug)]
pub struct Members {
    first: bool,
}

/// Progress through an array.
#[derive(Debug)]
pub struct Elements {
    first: bool,
}

impl<'a> Reader<'a> {
    /// Starts before the first value of a text.
    pub fn new(text: &'a str) -> Self {
        Reader { text, at: 0, depth: 0 }
    }

    /// Byte offset of the next thing to read.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Bytes that have not been read.
    pub fn left(&self) -> usize {
        self.text.len() - self.at
    }

    /// The text and where the next thing to read begins, past white space.
    pub(crate) fn place(&mut self) -> (&'a str, usize) {
        self.space();
        (self.text, self.at)
    }

    /// Goes on at another place of the text, on the same level.
    pub(crate) fn move_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The kind of the next value. Does not move.
    pub fn kind(&self) -> Result<Kind, Fault> {
        let mut ahead = *self;
        ahead.space();
        match ahead.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(_) => Err(ahead.fault("expected a value")),
            None => Err(ahead.fault("unexpected end")),
        }
    }

    /// Enters an object.
    pub fn object(&mut self) -> Result<Members, Fault> {
        self.enter(b'{', "expected an object")?;
        Ok(Members { first: true })
    }

    /// Enters an array.
    pub fn array(&mut self) -> Result<Elements, Fault> {
        self.enter(b'[', "expected an array")?;
        Ok(Elements { first: true })
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.space();
        if self.byte() != Some(b'"') {
            return Err(self.fault("expected a string"));
        }
        self.at += 1;
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        loop {
            self.at += clean_run(&bytes[self.at..]);
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += escape(&bytes[self.at + 1..]).map_err(|what| Fault { at: self.at, what })? + 1;
                }
                Some(_) => return Err(self.fault("control character in a string")),
                None => return Err(self.fault("unexpected end")),
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Ok(Text { raw, escaped })
    }

    /// Reads a number; the text is as it stands.
    pub fn number(&mut self) -> Result<&'a str, Fault> {
        self.space();
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.fault("expected a number")),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, Fault> {
        self.space();
        if self.word("true") {
            Ok(true)
        } else if self.word("false") {
            Ok(false)
        } else {
            Err(self.fault("expected `true` or `false`"))
        }
    }

    /// Reads `null`.
    pub fn null(&mut self) -> Result<(), Fault> {
        self.space();
        if self.word("null") { Ok(()) } else { Err(self.fault("expected `null`")) }
    }

    /// Reads past any value and gives its text.
    pub fn skip(&mut self) -> Result<&'a str, Fault> {
        self.space();
        let start = self.at;
        match self.kind()? {
            Kind::Null => self.null()?,
            Kind::Bool => drop(self.boolean()?),
            Kind::Number => drop(self.number()?),
            Kind::String => drop(self.string()?),
            Kind::Array => {
                let mut elements = self.array()?;
                while elements.next(self)? {
                    self.skip()?;
                }
            }
            Kind::Object => {
                let mut members = self.object()?;
                while members.next(self)?.is_some() {
                    self.skip()?;
                }
            }
        }
        Ok(&self.text[start..self.at])
    }

    /// Makes sure that nothing follows.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.fault("unexpected text after the value")) }
    }

    /// A fault here.
    pub fn fault(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what }
    }

    fn enter(&mut self, open: u8, what: &'static str) -> Result<(), Fault> {
        self.space();
        if self.byte() != Some(open) {
            return Err(self.fault(what));
        }
        if self.depth == MAX_DEPTH {
            return Err(self.fault("nested too deep"));
        }
        self.at += 1;
        self.depth += 1;
        Ok(())
    }

    /// Steps over a comma or the end of a container; answers whether another entry follows.
    fn next_entry(&mut self, first: &mut bool, close: u8) -> Result<bool, Fault> {
        self.space();
        match self.byte() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !*first => self.at += 1,
            Some(_) if *first => {}
            Some(_) => return Err(self.fault("expected `,` or the end of the container")),
            None => return Err(self.fault("unexpected end")),
        }
        *first = false;
        Ok(true)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn digits(&mut self) {
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.digits();
        if self.at == start { Err(self.fault("expected a digit")) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }
}

impl Members {
    /// The next member's name, its value being next to read; `None` at the end.
    pub fn next<'a>(&mut self, reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Fault> {
        if !reader.next_entry(&mut self.first, b'}')? {
            return Ok(None);
        }
        let name = reader.string()?;
        reader.space();
        if reader.byte() != Some(b':') {
            return Err(reader.fault("expected `:`"));
        }
        reader.at += 1;
        Ok(Some(name))
    }

    /// Moves past the next member's name if it is this one, as it stands between its quotes, without white space.
    #[inline]
    pub(crate) fn next_is(&mut self, reader: &mut Reader<'_>, name: &str) -> bool {
        let bytes = reader.text.as_bytes();
        let start = reader.at + usize::from(!self.first);
        let end = start + 1 + name.len();
        let found = (self.first || bytes.get(reader.at) == Some(&b','))
            && bytes.get(start) == Some(&b'"')
            && bytes.get(end..end + 2) == Some(b"\":")
            && bytes.get(start + 1..end) == Some(name.as_bytes());
        if found {
            self.first = false;
            reader.at = end + 2;
        }
        found
    }
}

impl Elements {
    /// Whether another element is next to read.
    pub fn next(&mut self, reader: &mut Reader<'_>) -> Result<bool, Fault> {
        reader.next_entry(&mut self.first, b']')
    }
}

/// Bytes up to the next quote, backslash or control character, eight at a step.
pub(crate) fn clean_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let clean = clean_bytes(chunk.try_into().expect("eight bytes"));
        at += clean;
        if clean < 8 {
            return at;
        }
    }
    while let Some(byte) = bytes.get(at) {
        if *byte < 0x20 || *byte == b'"' || *byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// How many of eight bytes come before the first quote, backslash or control character.
#[inline]
pub(crate) fn clean_bytes(eight: [u8; 8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(eight);
    let quote = word ^ (ONES * u64::from(b'"'));
    let slash = word ^ (ONES * u64::from(b'\\'));
    let found = (quote.wrapping_sub(ONES) & !quote)
        | (slash.wrapping_sub(ONES) & !slash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    // Nothing found: 64 zeros, eight bytes.
    ((found & HIGH).trailing_zeros() / 8) as usize
}

/// Length of the escape after a backslash, surrogates in pairs.
pub(crate) fn escape(rest: &[u8]) -> Result<usize, &'static str> {
    match rest.first() {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(1),
        Some(b'u') => match rest.get(1..5).and_then(hex4) {
            Some(0xd800..0xdc00) => {
                let low = rest.get(5..7).filter(|tag| *tag == b"\\u").and_then(|_| rest.get(7..11)).and_then(hex4);
                match low {
                    Some(0xdc00..0xe000) => Ok(11),
                    _ => Err("lone surrogate in a string"),
                }
            }
            Some(0xdc00..0xe000) => Err("lone surrogate in a string"),
            Some(_) => Ok(5),
            None => Err("bad escape in a string"),
        },
        _ => Err("bad escape in a string"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &str) -> Result<&str, Fault> {
        let mut reader = Reader::new(text);
        let value = reader.skip()?;
        reader.end()?;
        Ok(value)
    }

    #[test]
    fn reads_what_json_allows_and_nothing_else() {
        for good in ["null", " true ", "-0.5e+10", "\"\\u00e9\\ud83d\\ude00\"", "[1,[],{}]", "{\"a\":{\"b\":[null]}}"] {
            assert_eq!(whole(good), Ok(good.trim()), "{good}");
        }
        let bad = [
            "",
            "nul",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\u{1}\"",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{a:1}",
            "{\"a\":1,}",
            "[",
            "{",
            "1 2",
            "'a'",
            "NaN",
        ];
        for bad in bad {
            assert!(whole(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = "[".repeat(100_000);
        assert_eq!(whole(&deep), Err(Fault { at: MAX_DEPTH as usize, what: "nested too deep" }));
    }

    #[test]
    fn members_and_elements_are_visited_in_order() {
        let mut reader = Reader::new(r#" {"a" : 1, "b\n": [true, null]} "#);
        let mut members = reader.object().unwrap();
        assert_eq!(members.next(&mut reader).unwrap().unwrap().raw(), "a");
        assert_eq!(reader.number(), Ok("1"));
        assert_eq!(members.next(&mut reader).unwrap().unwrap().decode(), "b\n");
        let mut elements = reader.array().unwrap();
        assert!(elements.next(&mut reader).unwrap());
        assert_eq!(reader.boolean(), Ok(true));
        assert!(elements.next(&mut reader).unwrap());
        assert_eq!(reader.null(), Ok(()));
        assert!(!elements.next(&mut reader).unwrap());
        assert!(members.next(&mut reader).unwrap().is_none());
        assert_eq!(reader.end(), Ok(()));
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_strings(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let mut reader = Reader::new(&json);
            let read = reader.string().unwrap();
            prop_assert_eq!(read.decode(), text.as_str());
            let mut quoted = String::new();
            crate::push_quoted(&mut quoted, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        }

        #[test]
        fn agrees_with_serde_json_on_what_is_json(text in "[\\[\\]{}:, \"\\\\a0-9eE+.tnu-]{0,24}") {
            let ours = whole(&text).is_ok();
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            // Lone surrogates are the one thing refused here and not there.
            prop_assert!(ours == theirs || (theirs && text.contains("\\u")), "{}", text);
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = whole(&text);
        }
    }
}
