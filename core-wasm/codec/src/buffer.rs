//! Bytes being written, by index: what is copied is mostly a few bytes at a time, too short for a call.

/// Text under way.
#[derive(Debug, Default)]
pub struct Buffer {
    /// What is written, and room for more.
    bytes: Vec<u8>,
    at: usize,
}

/// The least room that is made at a time.
const LEAST: usize = 256;

impl Buffer {
    /// Makes room for so many bytes more.
    pub fn reserve(&mut self, more: usize) {
        let wanted = self.at + more;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
    }

    /// Makes room for eight bytes, and for many more.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.reserve(LEAST.max(self.at));
    }

    /// Bytes written.
    pub fn len(&self) -> usize {
        self.at
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.at == 0
    }

    /// Forgets what was written behind `at`.
    pub fn truncate(&mut self, at: usize) {
        self.at = self.at.min(at);
    }

    /// Writes a text.
    pub fn push_str(&mut self, text: &str) {
        self.copy(text.as_bytes());
    }

    /// Whether what was written from `at` on begins so.
    pub fn has_at(&self, at: usize, text: &str) -> bool {
        self.bytes[..self.at].get(at..).is_some_and(|written| written.starts_with(text.as_bytes()))
    }

    /// What was written from `at` on.
    ///
    /// # Panics
    /// When `at` is not where a text began.
    pub fn text_from(&self, at: usize) -> &str {
        str::from_utf8(&self.bytes[at..self.at]).expect("only whole texts are written")
    }

    /// The text.
    ///
    /// # Panics
    /// Never: only whole texts are written.
    pub fn into_string(mut self) -> String {
        self.bytes.truncate(self.at);
        String::from_utf8(self.bytes).expect("only whole texts are written")
    }

    /// The text, of which the buffer is empty afterwards; its room stays.
    ///
    /// # Panics
    /// Never: only whole texts are written.
    pub fn take(&mut self) -> String {
        let text = str::from_utf8(&self.bytes[..self.at]).expect("only whole texts are written").to_owned();
        self.at = 0;
        text
    }

    /// Writes one byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        match self.bytes.get_mut(self.at) {
            Some(place) => *place = byte,
            None => {
                self.grow();
                self.bytes[self.at] = byte;
            }
        }
        self.at += 1;
    }

    /// Writes eight bytes, of which the first `count` are meant.
    #[inline]
    pub(crate) fn eight(&mut self, eight: [u8; 8], count: usize) {
        match self.bytes.get_mut(self.at..self.at + 8) {
            Some(place) => place.copy_from_slice(&eight),
            None => {
                self.grow();
                self.bytes[self.at..self.at + 8].copy_from_slice(&eight);
            }
        }
        self.at += count;
    }

    /// Writes a text that is padded.
    #[inline]
    pub fn padded(&mut self, text: &Padded) {
        let start = self.at;
        for eight in text.bytes.chunks_exact(8) {
            self.eight(eight.try_into().expect("eight bytes"), 8);
        }
        self.at = start + text.length;
    }

    /// Writes another byte in place of one that was written.
    pub fn replace(&mut self, at: usize, byte: u8) {
        self.bytes[at] = byte;
    }

    /// Writes bytes.
    pub(crate) fn copy(&mut self, from: &[u8]) {
        if from.len() > 64 {
            self.copy_many(from);
            return;
        }
        let mut chunks = from.chunks_exact(8);
        for chunk in &mut chunks {
            self.eight(chunk.try_into().expect("eight bytes"), 8);
        }
        for byte in chunks.remainder() {
            self.byte(*byte);
        }
    }

    #[inline(never)]
    fn copy_many(&mut self, from: &[u8]) {
        let end = self.at + from.len();
        if self.bytes.len() < end {
            self.reserve(from.len().max(self.at));
        }
        self.bytes[self.at..end].copy_from_slice(from);
        self.at = end;
    }
}

/// A text that is to be written many times, in steps of eight bytes.
#[derive(Clone, Debug)]
pub struct Padded {
    /// A whole number of steps.
    bytes: Vec<u8>,
    length: usize,
}

impl Padded {
    /// The text of these parts.
    pub fn new(parts: &[&str]) -> Self {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let whole = length.next_multiple_of(8);
        let mut bytes = Vec::with_capacity(whole);
        for part in parts {
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes.resize(whole, b' ');
        Padded { bytes, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_lengths_are_written() {
        let long = "é0123456789".repeat(20);
        for end in (0..long.len()).filter(|at| long.is_char_boundary(*at)) {
            let mut buffer = Buffer::default();
            buffer.push_str("(");
            buffer.push_str(&long[..end]);
            let before = buffer.len();
            buffer.push_str("gone");
            buffer.truncate(before);
            buffer.push_str(")");
            assert_eq!(buffer.take(), format!("({})", &long[..end]));
            buffer.padded(&Padded::new(&[",", &long[..end]]));
            buffer.replace(0, b'{');
            assert_eq!(buffer.take(), format!("{{{}", &long[..end]));
            buffer.push_str(&long[..end]);
            assert_eq!(buffer.into_string(), &long[..end]);
        }
    }
}
