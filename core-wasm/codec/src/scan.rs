//! Copying from one text to another, eight bytes at a step.

use crate::Buffer;
use crate::reader::clean_bytes;

/// A place in a text, and where what is read goes. Every method answers `None` for what it does not take.
pub(crate) struct Scan<'t, 'o> {
    pub(crate) bytes: &'t [u8],
    pub(crate) at: usize,
    pub(crate) out: &'o mut Buffer,
}

impl Scan<'_, '_> {
    /// The byte that comes next.
    #[inline]
    pub(crate) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Moves past one byte.
    #[inline]
    pub(crate) fn one(&mut self, byte: u8) -> Option<()> {
        let found = *self.bytes.get(self.at)? == byte;
        self.at += 1;
        found.then_some(())
    }

    /// Moves past a text.
    #[inline]
    pub(crate) fn token(&mut self, token: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..self.at + token.len())? == token;
        self.at += token.len();
        found.then_some(())
    }

    /// Copies a string with its quotes, and looks for its end on the way. `escape` takes what follows from a backslash on, and moves past
    /// it; it gives the bytes written that the string itself does not have. The result is the length of the string itself.
    #[inline]
    pub(crate) fn string(&mut self, escape: impl Fn(&mut Self) -> Option<usize>) -> Option<usize> {
        self.one(b'"')?;
        self.out.byte(b'"');
        let start = self.out.len();
        let mut added = 0;
        loop {
            while let Some(eight) = self.bytes.get(self.at..self.at + 8) {
                let eight: [u8; 8] = eight.try_into().ok()?;
                let clean = clean_bytes(eight);
                self.out.eight(eight, clean);
                self.at += clean;
                if clean < 8 {
                    break;
                }
            }
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => added += escape(self)?,
                byte if byte >= 0x20 => {
                    self.out.byte(byte);
                    self.at += 1;
                }
                _ => return None,
            }
        }
        let length = self.out.len() - start - added;
        self.at += 1;
        self.out.byte(b'"');
        Some(length)
    }

    /// Copies bytes, eight at a step: there is mostly more behind them.
    #[inline]
    pub(crate) fn copy(&mut self, start: usize, end: usize) -> Option<()> {
        let mut at = start;
        while let Some(eight) = self.bytes.get(at..at + 8) {
            self.out.eight(eight.try_into().ok()?, (end - at).min(8));
            at += 8;
            if at >= end {
                return Some(());
            }
        }
        self.out.copy(self.bytes.get(at..end)?);
        Some(())
    }
}

/// A number that is a JSON number without an exponent, as it stands.
pub(crate) struct Plain {
    /// Where it ends.
    pub(crate) end: usize,
    /// Where its dot is.
    pub(crate) dot: bool,
    /// Its digits, of which the first and the last may be zeros.
    pub(crate) digits: usize,
    /// Its digits from the first to the last that is not zero. None: it is zero.
    pub(crate) significant: usize,
}

impl Plain {
    /// The number that begins at `start`. None: it is written in another way, such as zero with a sign or a fraction.
    #[inline]
    pub(crate) fn read(bytes: &[u8], start: usize) -> Option<Plain> {
        let negative = bytes.get(start) == Some(&b'-');
        let first = start + usize::from(negative);
        let (mut at, mut dot) = (first, None);
        // Places of the first significant digit, and behind the last.
        let (mut head, mut tail) = (None, first);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0' => {}
                b'1'..=b'9' => {
                    head = head.or(Some(at));
                    tail = at + 1;
                }
                b'.' if dot.is_none() => dot = Some(at),
                _ => break,
            }
            at += 1;
        }
        let whole = dot.unwrap_or(at) - first;
        let well_formed = whole > 0 && dot != Some(at - 1) && (whole == 1 || bytes[first] != b'0');
        let digits = at - first - usize::from(dot.is_some());
        let significant = match head {
            Some(head) => tail - head - usize::from(dot.is_some_and(|dot| head < dot && dot < tail)),
            None if negative || dot.is_some() => return None,
            None => 0,
        };
        well_formed.then_some(Plain { end: at, dot: dot.is_some(), digits, significant })
    }
}
