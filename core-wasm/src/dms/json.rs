//! JSON text to a tree. The reader says where each piece begins, and that tells line and column.

use std::borrow::Cow;

use super::build::Builder;
use super::problem::{ProblemCode, Problems};
use super::scalar;
use super::source::{Position, Scan, Tree, Value};
use crate::json::{Fault, Kind, Reader};

/// A text that is JSON throughout, but that strings may have halves of surrogate pairs.
pub(super) struct Text<'t> {
    /// With another character in the place of each half.
    text: Cow<'t, str>,
    /// Where those were, in bytes.
    halves: Vec<usize>,
}

/// The text as one JSON value, if it is JSON throughout.
pub(super) fn parse(text: &str) -> Result<Text<'_>, Fault> {
    let whole = |text: &str| {
        let mut reader = Reader::new(text);
        reader.skip().and_then(|_| reader.end())
    };
    match whole(text) {
        Ok(()) => Ok(Text { text: Cow::Borrowed(text), halves: Vec::new() }),
        // What is too deep for the reader is too deep for a document: let that be said.
        Err(fault) if fault.what == "nested too deep" => Ok(Text { text: Cow::Borrowed(text), halves: Vec::new() }),
        Err(fault) => {
            let (mended, halves) = mend(text);
            if halves.is_empty() {
                return Err(fault);
            }
            whole(&mended)?;
            Ok(Text { text: Cow::Owned(mended), halves })
        }
    }
}

/// Puts another character in the place of each half of a surrogate pair, and says where they were. No offset changes.
fn mend(text: &str) -> (String, Vec<usize>) {
    let (mut mended, mut halves) = (text.to_owned(), Vec::new());
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        at += found;
        match (unit(at), unit(at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => at += 12,
            (Some(0xd800..0xe000), _) => {
                mended.replace_range(at..at + 6, "\\ufffd");
                halves.push(at);
                at += 6;
            }
            // The character that is escaped may be a backslash itself.
            _ => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    (mended, halves)
}

impl Text<'_> {
    /// Reads it.
    pub(super) fn read(&self, problems: &mut Problems) -> Option<Tree> {
        let reader = Reader::new(&self.text);
        let mut walk = Walk { text: self, reader, scan: Scan::default(), build: Builder::new(problems) };
        walk.value().ok()?.then(|| walk.build.finish()).flatten()
    }
}

struct Walk<'t, 'p> {
    text: &'t Text<'t>,
    reader: Reader<'t>,
    scan: Scan,
    build: Builder<'p>,
}

impl Walk<'_, '_> {
    /// Adds a value; false when the document is too deep to go on.
    fn value(&mut self) -> Result<bool, Fault> {
        let at = self.go_on();
        match self.reader.kind()? {
            Kind::Object => {
                let mut members = self.reader.object()?;
                if !self.build.begin(Value::Map(Vec::new()), at) {
                    return Ok(false);
                }
                loop {
                    let before = self.reader.offset();
                    let Some(name) = members.next(&mut self.reader)? else { break };
                    // Its quote comes behind white space and perhaps a comma.
                    let quote = self.text.text[before..].find('"').map_or(before, |found| before + found);
                    let at = self.go_to(quote);
                    let whole = self.is_whole(quote, quote + name.raw().len());
                    self.build.key(whole.then(|| name.decode().into_owned()), at);
                    if !self.value()? {
                        return Ok(false);
                    }
                }
                self.build.end();
            }
            Kind::Array => {
                let mut elements = self.reader.array()?;
                if !self.build.begin(Value::List(Vec::new()), at) {
                    return Ok(false);
                }
                while elements.next(&mut self.reader)? {
                    if !self.value()? {
                        return Ok(false);
                    }
                }
                self.build.end();
            }
            Kind::String => {
                let start = self.reader.offset();
                let content = self.reader.string()?.decode().into_owned();
                let whole = self.is_whole(start, self.reader.offset());
                self.build.scalar(if whole { Value::String(content) } else { Value::Unusable }, at);
            }
            Kind::Null => {
                self.reader.null()?;
                self.build.scalar(Value::Null, at);
            }
            Kind::Bool => {
                let value = Value::Bool(self.reader.boolean()?);
                self.build.scalar(value, at);
            }
            Kind::Number => {
                let value = scalar::number(self.reader.number()?, at, &mut self.build);
                self.build.scalar(value, at);
            }
        }
        Ok(true)
    }

    /// Whether no half of a surrogate pair was within this part of the text; else it is reported.
    fn is_whole(&mut self, start: usize, end: usize) -> bool {
        let first = self.text.halves.partition_point(|half| *half < start);
        let whole = self.text.halves.get(first).is_none_or(|half| *half > end);
        if !whole {
            let place = self.build.here(self.scan.position());
            let message = "the text has an escape that is no character".to_owned();
            self.build.problems.add(ProblemCode::Syntax, place, message);
        }
        whole
    }

    /// Goes on to the value that comes next.
    fn go_on(&mut self) -> Position {
        let rest = &self.text.text[self.reader.offset()..];
        self.go_to(self.text.text.len() - rest.trim_start().len())
    }

    fn go_to(&mut self, offset: usize) -> Position {
        self.scan.advance(&self.text.text, offset);
        self.scan.position()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_are_found_and_nothing_else() {
        let halves = |text: &str| parse(text).map(|text| text.halves).map_err(|fault| fault.what);
        assert_eq!(halves(r#"{"a":"\ud83d\ude00 \\ud83d"}"#), Ok(vec![]));
        assert_eq!(halves(r#"{"\ude00":"\\\ud83dé\ud83d\u0041"}"#), Ok(vec![2, 13, 21]));
        assert_eq!(halves(r#"["\ud83d", tru]"#), Err("expected `true` or `false`"));
        assert_eq!(halves("[1 2]"), Err("expected `,` or the end of the container"));
    }
}
