//! The pull reader.

mod skip;

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
    fault: Option<Fault>,
}

/// Where a member's name stands: what fits into two registers.
struct Name {
    /// 0: there is none.
    start: usize,
    /// Twice the length; one more when it has escapes.
    size: usize,
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
        Ok(Members { first: true, fault: None })
    }

    /// Enters an array.
    pub fn array(&mut self) -> Result<Elements, Fault> {
        self.enter(b'[', "expected an array")?;
        Ok(Elements { first: true })
    }

    /// Reads a string.
    // What is made of the pieces is made where it is used: handed over through memory, it costs more than reading it.
    #[inline]
    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.space();
        let start = self.at + 1;
        match self.pass_string() {
            Some(escaped) => Ok(Text { raw: &self.text[start..self.at - 1], escaped }),
            None => Err(self.string_fault(start)),
        }
    }

    /// Passes over a string and tells whether it has escapes. None: it is at fault, right here.
    fn pass_string(&mut self) -> Option<bool> {
        if self.byte() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        loop {
            self.at += clean_run(&bytes[self.at..]);
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += escape(&bytes[self.at + 1..]).ok()? + 1;
                }
                _ => return None,
            }
        }
        self.at += 1;
        Some(escaped)
    }

    /// Why a string that was to start before `start` could not be passed.
    #[cold]
    fn string_fault(&self, start: usize) -> Fault {
        if self.at < start {
            return self.fault("expected a string");
        }
        match self.byte() {
            Some(b'\\') => {
                self.fault(escape(&self.text.as_bytes()[self.at + 1..]).err().unwrap_or("bad escape in a string"))
            }
            Some(_) => self.fault("control character in a string"),
            None => self.fault("unexpected end"),
        }
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
    #[inline]
    pub fn next<'a>(&mut self, reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Fault> {
        match self.pass_name(reader) {
            Some(Name { start: 0, .. }) => Ok(None),
            Some(Name { start, size }) => {
                Ok(Some(Text { raw: &reader.text[start..start + size / 2], escaped: size % 2 == 1 }))
            }
            None => Err(self.fault.unwrap_or(Fault { at: reader.at, what: "expected a member" })),
        }
    }

    fn pass_name(&mut self, reader: &mut Reader<'_>) -> Option<Name> {
        match self.find_name(reader) {
            Ok(name) => Some(name),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    #[inline]
    fn find_name(&mut self, reader: &mut Reader<'_>) -> Result<Name, Fault> {
        if !reader.next_entry(&mut self.first, b'}')? {
            return Ok(Name { start: 0, size: 0 });
        }
        reader.space();
        let start = reader.at + 1;
        let Some(escaped) = reader.pass_string() else { return Err(reader.string_fault(start)) };
        let size = 2 * (reader.at - 1 - start) + usize::from(escaped);
        reader.space();
        if reader.byte() != Some(b':') {
            return Err(reader.fault("expected `:`"));
        }
        reader.at += 1;
        Ok(Name { start, size })
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
#[inline]
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
#[path = "reader_tests.rs"]
mod tests;
