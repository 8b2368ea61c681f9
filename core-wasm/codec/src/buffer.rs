//! Bytes being written, by index: what is copied is mostly a few bytes at a time, too short for a call.

/// Text under way. Its room is made beforehand.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    at: usize,
}

/// Bytes that a step may write more than it means to.
const SLACK: usize = 16;

impl Buffer {
    /// Makes room for so many bytes more.
    pub fn reserve(&mut self, more: usize) {
        let wanted = self.at + more + SLACK;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted.max(self.bytes.len() * 2), 0);
        }
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
        self.reserve(text.len());
        self.copy(text.as_bytes());
    }

    /// The text.
    ///
    /// # Panics
    /// Never: only whole texts are written.
    pub fn into_string(mut self) -> String {
        self.bytes.truncate(self.at);
        String::from_utf8(self.bytes).expect("only whole texts are written")
    }

    /// Writes one byte; there is room for it.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes[self.at] = byte;
        self.at += 1;
    }

    /// Writes eight bytes, of which the first `count` are meant; there is room for them.
    #[inline]
    pub(crate) fn eight(&mut self, eight: [u8; 8], count: usize) {
        self.bytes[self.at..self.at + 8].copy_from_slice(&eight);
        self.at += count;
    }

    /// Writes bytes; there is room for them.
    #[inline]
    pub(crate) fn copy(&mut self, from: &[u8]) {
        if from.len() > 64 {
            self.bytes[self.at..self.at + from.len()].copy_from_slice(from);
            self.at += from.len();
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
            assert_eq!(buffer.into_string(), format!("({})", &long[..end]));
        }
    }
}
