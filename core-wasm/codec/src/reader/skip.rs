//! Past values that are read later, or not at all.

use super::{Fault, Kind, MAX_DEPTH, Reader, clean_run, escape};

impl<'a> Reader<'a> {
    /// Reads past any value and gives its text.
    pub fn skip(&mut self) -> Result<&'a str, Fault> {
        self.space();
        let start = self.at;
        match self.compact_end() {
            Some(end) => self.at = end,
            None => self.skip_slowly()?,
        }
        Ok(&self.text[start..self.at])
    }

    /// Where the next value ends, if it has no white space in it and is not nested very deep. `None` too when it is at fault.
    fn compact_end(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        // One bit for each open container, the innermost last: whether it is an object.
        let (mut depth, mut objects) = (0, 0_u64);
        let most = u64::BITS.min(MAX_DEPTH - self.depth);
        loop {
            match bytes.get(at)? {
                b'"' => at = string_end(bytes, at)?,
                b'-' | b'0'..=b'9' => at = Reader { at, ..*self }.number_end()?,
                b't' => at = word_end(bytes, at, b"true")?,
                b'f' => at = word_end(bytes, at, b"false")?,
                b'n' => at = word_end(bytes, at, b"null")?,
                open @ (b'{' | b'[') => {
                    if depth == most {
                        return None;
                    }
                    depth += 1;
                    let object = *open == b'{';
                    objects = objects << 1 | u64::from(object);
                    at += 1;
                    if *bytes.get(at)? != open + 2 {
                        if object {
                            at = name_end(bytes, at)?;
                        }
                        continue;
                    }
                }
                _ => return None,
            }
            // Behind a value, or before the end of an empty container.
            loop {
                if depth == 0 {
                    return Some(at);
                }
                let object = objects & 1 == 1;
                let byte = *bytes.get(at)?;
                at += 1;
                if byte == b',' {
                    if object {
                        at = name_end(bytes, at)?;
                    }
                    break;
                }
                if byte != if object { b'}' } else { b']' } {
                    return None;
                }
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    fn number_end(mut self) -> Option<usize> {
        self.number().ok()?;
        Some(self.at)
    }

    /// Reads past any value, however it is written, and finds what is wrong with it.
    fn skip_slowly(&mut self) -> Result<(), Fault> {
        match self.kind()? {
            Kind::Null => self.null(),
            Kind::Bool => self.boolean().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::String => self.string().map(drop),
            Kind::Array => {
                let mut elements = self.array()?;
                while elements.next(self)? {
                    self.skip_slowly()?;
                }
                Ok(())
            }
            Kind::Object => {
                let mut members = self.object()?;
                while members.next(self)?.is_some() {
                    self.skip_slowly()?;
                }
                Ok(())
            }
        }
    }
}

/// Where a string that begins at `at` ends.
#[inline]
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += clean_run(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += escape(&bytes[at + 1..]).ok()? + 1,
            _ => return None,
        }
    }
}

/// Where a member's name that begins at `at` ends, with its colon.
#[inline]
fn name_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let end = string_end(bytes, at)?;
    (bytes.get(end) == Some(&b':')).then_some(end + 1)
}

fn word_end(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes[at..].starts_with(word).then_some(at + word.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn compact_values_are_passed_in_one_go() {
        for text in [
            "null",
            "-12.5e+3",
            r#""a \"long\" text with \u00e9""#,
            "[]",
            "{}",
            r#"{"a":[1,{"b":[[],{}]},true,false,null],"c":""}"#,
        ] {
            assert_eq!(Reader::new(&format!("{text},")).compact_end(), Some(text.len()), "{text}");
        }
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(Reader::new(&nested(64)).compact_end(), Some(128));
        assert_eq!(Reader::new(&nested(65)).compact_end(), None);
        assert_eq!(Reader::new(&nested(160)).skip().map(str::len), Ok(320));
        assert!(Reader::new(&nested(161)).skip().is_err());
    }

    proptest! {
        #[test]
        fn both_ways_end_at_the_same_place(text in "[\\[\\]{}:,\"\\\\a0-9eE+.truefalsn-]{0,24}") {
            let reader = Reader::new(&text);
            if let Some(end) = reader.compact_end() {
                let mut slow = reader;
                prop_assert_eq!(slow.skip_slowly(), Ok(()));
                prop_assert_eq!(slow.at, end);
            }
        }
    }
}
