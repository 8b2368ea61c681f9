//! Stored values to plain ones, as fast as they can be copied.
//!
//! Nearly all values in replies look alike: no white space, one type, strings and numbers that are the same text on both sides. Those
//! are transcoded here in one go; whatever needs a closer look is left to the caller, who reads it again from the start.

use crate::buffer::Padded;
use crate::reader::escape;
use crate::scan::{Plain, Scan};
use crate::{Buffer, Fault, Members, Reader, Text};

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// As JSON numbers, however many digits they have.
    All,
    /// As JSON numbers if they have at most so many digits as a 64-bit float always keeps; others need a closer look.
    Few,
    /// As strings.
    Quoted,
}

/// Every decimal of so many digits survives a 64-bit float.
const FEW: usize = 15;
/// Deepest nesting that is taken in one go.
const DEEP: u32 = 32;

/// What becomes of one attribute of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Whether it is written at all.
    pub kept: bool,
    /// Name of the type that its values must have; empty: any.
    pub declared: &'static str,
    /// How its numbers are written.
    pub digits: Digits,
    /// What the caller knows it by.
    pub column: usize,
}

/// What the attributes of items are, to one who reads many.
pub trait Columns {
    /// What becomes of the attribute of this name.
    fn fate(&mut self, name: Text<'_>) -> Fate;

    /// Reads a value that needs a closer look, and writes it. False: it is at fault, and the caller knows how.
    fn judge(&mut self, fate: Fate, name: Text<'_>, reader: &mut Reader<'_>, out: &mut String) -> bool;
}

/// Why an item could not be transcoded.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is malformed.
    Fault(Fault),
    /// [`Columns::judge`] says so.
    Judged,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Fault(fault)
    }
}

/// What became of the attributes of the item before, in its order: looking a name up, or even reading it, costs more than comparing it.
#[derive(Debug, Default)]
pub struct Layout<'b>(Vec<Column<'b>>);

/// An attribute of the item before.
#[derive(Debug)]
struct Column<'b> {
    name: Text<'b>,
    fate: Fate,
    /// What is written in front of its value, when that has been done once.
    lead: Option<Padded>,
}

impl<'b> Layout<'b> {
    /// The next attribute, by its place in the layout.
    #[inline]
    fn next(
        &mut self,
        at: usize,
        members: &mut Members,
        reader: &mut Reader<'b>,
        columns: &mut dyn Columns,
    ) -> Result<Option<&mut Column<'b>>, Fault> {
        if self.0.get(at).is_none_or(|column| !members.next_is(reader, column.name.raw())) {
            let Some(name) = members.next(reader)? else { return Ok(None) };
            let fate = columns.fate(name);
            self.0.truncate(at);
            self.0.push(Column { name, fate, lead: None });
        } else if let Some(column) = self.0.get_mut(at)
            && column.lead.is_none()
        {
            column.lead = Some(Padded::new(&[",\"", column.name.raw(), "\":"]));
        }
        Ok(self.0.get_mut(at))
    }
}

/// Reads an item, `{"name": {"TYPE": …}, …}`, one of many that mostly look alike, and writes it plain.
///
/// # Errors
/// It is malformed, or one of its values is at fault.
pub fn item<'b>(
    reader: &mut Reader<'b>,
    layout: &mut Layout<'b>,
    columns: &mut dyn Columns,
    out: &mut Buffer,
) -> Result<(), Failure> {
    let mut members = reader.object()?;
    let start = out.len();
    let mut at = 0;
    while let Some(&mut Column { name, fate, ref lead }) = layout.next(at, &mut members, reader, columns)? {
        at += 1;
        if !fate.kept {
            reader.skip()?;
            continue;
        }
        match lead {
            Some(lead) => out.padded(lead),
            None => [",\"", name.raw(), "\":"].iter().for_each(|part| out.push_str(part)),
        }
        if !transcode(reader, fate.declared, fate.digits, out) {
            let mut value = String::new();
            if !columns.judge(fate, name, reader, &mut value) {
                return Err(Failure::Judged);
            }
            out.push_str(&value);
        }
    }
    if out.len() == start {
        out.byte(b',');
    }
    // Where the first comma stands.
    out.replace(start, b'{');
    out.byte(b'}');
    Ok(())
}

/// Reads the attribute value that comes next, `{"TYPE": …}`, and writes it plain.
///
/// `declared` is the name of the type that it must have; empty: any. Answers whether it was done; else neither `reader` nor `out` has
/// changed, and the value is malformed, of another type, or needs a closer look.
pub fn transcode(reader: &mut Reader<'_>, declared: &str, digits: Digits, out: &mut Buffer) -> bool {
    let (text, at) = reader.place();
    let declared = declared.as_bytes();
    let bytes = text.as_bytes();
    if !declared.is_empty() {
        let tag = bytes.get(at + 2..at + 2 + declared.len());
        if tag != Some(declared) || bytes.get(at + 2 + declared.len()) != Some(&b'"') {
            return false;
        }
    }
    let before = out.len();
    let mut transcoder = Transcoder { scan: Scan { bytes, at, out }, digits };
    if transcoder.value(DEEP).is_some() {
        let at = transcoder.scan.at;
        reader.move_to(at);
        return true;
    }
    out.truncate(before);
    false
}

struct Transcoder<'t, 'o> {
    scan: Scan<'t, 'o>,
    digits: Digits,
}

impl Transcoder<'_, '_> {
    fn value(&mut self, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        // The shortest value, `{"N":"1"}`, is longer than this.
        let eight: [u8; 8] = self.scan.bytes.get(self.scan.at..self.scan.at + 8)?.try_into().ok()?;
        match eight {
            [b'{', b'"', b'S', b'"', b':', b'"', ..] => {
                self.scan.at += 5;
                self.string()?;
            }
            [b'{', b'"', b'N', b'"', b':', b'"', ..] => {
                self.scan.at += 6;
                self.number()?;
            }
            [b'{', b'"', b'M', b'"', b':', b'{', ..] => {
                self.scan.at += 6;
                self.map(depth)?;
            }
            [b'{', b'"', b'L', b'"', b':', b'[', ..] => {
                self.scan.at += 6;
                self.scan.out.byte(b'[');
                self.elements(|it| it.value(depth))?;
                self.scan.out.byte(b']');
            }
            [b'{', b'"', b'B', b'"', b':', b'"', ..] => {
                self.scan.at += 5;
                self.binary()?;
            }
            [b'{', b'"', b'B', b'O', b'O', b'L', b'"', b':'] => {
                self.scan.at += 8;
                if self.scan.byte()? == b't' {
                    self.scan.token(b"true")?;
                    self.scan.out.eight(*b"true    ", 4);
                } else {
                    self.scan.token(b"false")?;
                    self.scan.out.eight(*b"false   ", 5);
                }
            }
            [b'{', b'"', b'N', b'U', b'L', b'L', b'"', b':'] => {
                self.scan.at += 8;
                self.scan.token(b"true")?;
                self.scan.out.eight(*b"null    ", 4);
            }
            [b'{', b'"', kind, b'S', b'"', b':', b'[', _] => {
                self.scan.at += 7;
                self.scan.out.eight(*b"{\"$set\":", 8);
                self.scan.out.byte(b'[');
                match kind {
                    b'S' => self.elements(Transcoder::string)?,
                    b'N' => self.elements(|it| it.scan.token(b"\"").and_then(|()| it.number()))?,
                    b'B' => self.elements(Transcoder::binary)?,
                    _ => return None,
                }
                self.scan.out.byte(b']');
                self.scan.out.byte(b'}');
            }
            _ => return None,
        }
        self.scan.one(b'}')
    }

    fn map(&mut self, depth: u32) -> Option<()> {
        self.scan.out.byte(b'{');
        if self.scan.byte() == Some(b'}') {
            self.scan.at += 1;
            self.scan.out.byte(b'}');
            return Some(());
        }
        // A single member whose name begins so is written differently.
        if self.scan.bytes.get(self.scan.at + 1).is_none_or(|byte| matches!(byte, b'$' | b'\\')) {
            return None;
        }
        loop {
            self.string()?;
            self.scan.one(b':')?;
            self.scan.out.byte(b':');
            self.value(depth)?;
            match self.scan.byte()? {
                b',' => self.scan.out.byte(b','),
                b'}' => break,
                _ => return None,
            }
            self.scan.at += 1;
        }
        self.scan.at += 1;
        self.scan.out.byte(b'}');
        Some(())
    }

    /// Elements up to and with the closing bracket.
    #[inline]
    fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.scan.byte() == Some(b']') {
            self.scan.at += 1;
            return Some(());
        }
        loop {
            element(self)?;
            match self.scan.byte()? {
                b',' => self.scan.out.byte(b','),
                b']' => break,
                _ => return None,
            }
            self.scan.at += 1;
        }
        self.scan.at += 1;
        Some(())
    }

    /// Copies a string, escapes and all.
    fn string(&mut self) -> Option<()> {
        let done = self.scan.string(|scan| {
            let length = escape(&scan.bytes[scan.at + 1..]).ok()? + 1;
            scan.copy(scan.at, scan.at + length)?;
            scan.at += length;
            Some(0)
        });
        done.map(drop)
    }

    fn binary(&mut self) -> Option<()> {
        self.scan.out.eight(*b"{\"$binar", 8);
        self.scan.out.eight(*b"y\":     ", 3);
        self.string()?;
        self.scan.out.byte(b'}');
        Some(())
    }

    /// A number, behind its quote, that is a JSON number as it stands.
    fn number(&mut self) -> Option<()> {
        let start = self.scan.at;
        let plain = Plain::read(self.scan.bytes, start)?;
        let long = self.digits == Digits::Few && plain.digits > FEW;
        if long || self.scan.bytes.get(plain.end) != Some(&b'"') {
            return None;
        }
        self.scan.at = plain.end + 1;
        let quote = usize::from(self.digits == Digits::Quoted);
        self.scan.copy(start - quote, plain.end + quote)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(stored: &str, declared: &str, digits: Digits) -> Option<String> {
        let text = format!("{stored},");
        let mut reader = Reader::new(&text);
        let mut out = Buffer::default();
        out.push_str("before");
        let done = transcode(&mut reader, declared, digits, &mut out);
        assert_eq!(reader.offset(), if done { stored.len() } else { 0 });
        let out = out.into_string();
        let written = out.strip_prefix("before").expect("what was there stays there");
        assert!(done || written.is_empty());
        done.then(|| written.to_owned())
    }

    #[test]
    fn what_is_the_same_on_both_sides_is_copied() {
        let cases = [
            (r#"{"S":""}"#, r#""""#),
            (
                r#"{"S":"a long text with \"quotes\" and \u00e9 and é"}"#,
                r#""a long text with \"quotes\" and \u00e9 and é""#,
            ),
            (r#"{"N":"0"}"#, "0"),
            (r#"{"N":"-12.50"}"#, "-12.50"),
            (r#"{"B":"AQID"}"#, r#"{"$binary":"AQID"}"#),
            (r#"{"BOOL":true}"#, "true"),
            (r#"{"BOOL":false}"#, "false"),
            (r#"{"NULL":true}"#, "null"),
            (r#"{"L":[]}"#, "[]"),
            (r#"{"L":[{"N":"1"},{"L":[{"S":"x"}]}]}"#, r#"[1,["x"]]"#),
            (r#"{"M":{}}"#, "{}"),
            (r#"{"M":{"a":{"M":{"b":{"NULL":true}}},"$c":{"S":"x"}}}"#, r#"{"a":{"b":null},"$c":"x"}"#),
            (r#"{"SS":["a","b"]}"#, r#"{"$set":["a","b"]}"#),
            (r#"{"NS":["1","2"]}"#, r#"{"$set":[1,2]}"#),
            (r#"{"BS":["AQ=="]}"#, r#"{"$set":[{"$binary":"AQ=="}]}"#),
        ];
        for (stored, expected) in cases {
            assert_eq!(plain(stored, "", Digits::All).as_deref(), Some(expected), "{stored}");
        }
        assert_eq!(plain(r#"{"N":"12"}"#, "N", Digits::Quoted).as_deref(), Some("\"12\""));
        assert_eq!(plain(r#"{"N":"123456789012345"}"#, "N", Digits::Few).as_deref(), Some("123456789012345"));
    }

    #[test]
    fn what_needs_a_closer_look_is_left_alone() {
        let cases = [
            r#"{ "S":"a"}"#,
            r#"{"S": "a"}"#,
            r#"{"S":"a" }"#,
            r#"{"S":"a","N":"1"}"#,
            r#"{"S":"\x"}"#,
            "{\"S\":\"\u{1}\"}",
            r#"{"S":"a"#,
            r#"{"S"#,
            r#"{"N":""}"#,
            r#"{"N":"-"}"#,
            r#"{"N":"1."}"#,
            r#"{"N":".5"}"#,
            r#"{"N":"01"}"#,
            r#"{"N":"0.0"}"#,
            r#"{"N":"-0"}"#,
            r#"{"N":"1E+2"}"#,
            r#"{"N":"1.2.3"}"#,
            r#"{"NULL":false}"#,
            r#"{"BOOL":1}"#,
            r#"{"M":{"$set":{"S":"x"}}}"#,
            r#"{"M":{"\u0024set":{"S":"x"}}}"#,
            r#"{"L":[{"N":"1"},]}"#,
            r#"{"Q":1}"#,
            "{}",
            "[]",
            "",
        ];
        for stored in cases {
            assert_eq!(plain(stored, "", Digits::All), None, "{stored}");
        }
        assert_eq!(plain(r#"{"S":"a"}"#, "N", Digits::All), None);
        assert_eq!(plain(r#"{"SS":["a"]}"#, "S", Digits::All), None);
        assert_eq!(plain(r#"{"N":"1234567890123456"}"#, "N", Digits::Few), None);
        let deep = format!("{}{}{}", r#"{"L":["#.repeat(40), r#"{"N":"1"}"#, "]}".repeat(40));
        assert_eq!(plain(&deep, "", Digits::All), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_json(text in "[{}\\[\\]\":,SNBMLOU0-9.$\\\\é-]{0,40}") {
            for digits in [Digits::All, Digits::Few, Digits::Quoted] {
                if let Some(written) = plain(&text, "", digits) {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok(), "{text} {written}");
                }
            }
        }

        #[test]
        fn strings_survive(text in any::<String>()) {
            let quoted = serde_json::to_string(&text).unwrap();
            let written = plain(&format!("{{\"S\":{quoted}}}"), "S", Digits::All).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
