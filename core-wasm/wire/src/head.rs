//! The header lines of a response, as far as anything depends on them.

use memchr::memchr;

use super::clock::http_date_millis;

/// Values longer than this are ignored: none of those read here comes near it.
const LONGEST_VALUE: usize = 1024;

/// The checksum that a response claims for its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// There is none.
    #[default]
    Absent,
    /// CRC-32 of the body.
    Crc32(u32),
    /// There is one that is not a number.
    Unreadable,
}

/// What a response's header lines say. Of a name that comes twice the first counts; a value that is not visible ASCII
/// counts as none, and whatever is not a header line is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    checksum: Checksum,
    // As they came: most are looked at only when something went wrong.
    request_id: Option<&'a [u8]>,
    date: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
    error_type: Option<&'a [u8]>,
    retry_after: Option<&'a [u8]>,
    amz_retry_after: Option<&'a [u8]>,
}

impl<'a> Head<'a> {
    /// Reads header lines `name: value`, each ended by LF or CR LF. Never fails: what it cannot read it leaves out.
    pub fn parse(lines: &'a [u8]) -> Head<'a> {
        let mut head = Head::default();
        let mut rest = lines;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            head.take(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        head
    }

    /// Takes in one line. The first letter decides for most of them, which matters: this is on the way of every response.
    fn take(&mut self, line: &'a [u8]) {
        let value = |name: &[u8]| {
            let (start, rest) = line.split_at_checked(name.len())?;
            rest.strip_prefix(b":").filter(|_| start.eq_ignore_ascii_case(name))
        };
        match line.first().map(u8::to_ascii_lowercase) {
            Some(b'd') => first(&mut self.date, value(b"date")),
            Some(b'c') => first(&mut self.content_type, value(b"content-type")),
            Some(b'r') => first(&mut self.retry_after, value(b"retry-after")),
            Some(b'x') => {
                first(&mut self.request_id, value(b"x-amzn-requestid"));
                first(&mut self.request_id, value(b"x-amz-request-id"));
                first(&mut self.error_type, value(b"x-amzn-errortype"));
                first(&mut self.amz_retry_after, value(b"x-amz-retry-after"));
                if let (Checksum::Absent, Some(found)) = (self.checksum, value(b"x-amz-crc32")) {
                    let crc32 = number(found).and_then(|number| u32::try_from(number).ok());
                    self.checksum = crc32.map_or(Checksum::Unreadable, Checksum::Crc32);
                }
            }
            _ => {}
        }
    }

    /// `x-amz-crc32`.
    pub fn checksum(&self) -> Checksum {
        self.checksum
    }

    /// `x-amzn-requestid`, or `x-amz-request-id`.
    pub fn request_id(&self) -> Option<&'a str> {
        readable(self.request_id?)
    }

    /// `x-amzn-errortype`, as it stands.
    pub fn error_type(&self) -> Option<&'a str> {
        readable(self.error_type?)
    }

    /// How long the service asks to wait, in milliseconds. A date in `retry-after` is taken relative to the response's own
    /// `date`, so the host's clock does not matter.
    pub fn retry_after_ms(&self) -> Option<u64> {
        if let Some(millis) = self.amz_retry_after.and_then(number) {
            return Some(millis);
        }
        let asked = self.retry_after?;
        if let Some(seconds) = number(asked) {
            return Some(seconds.saturating_mul(1000));
        }
        Some(http_date_millis(readable(asked)?)?.saturating_sub(self.date_millis()?))
    }

    /// The `date` header in milliseconds since the Unix epoch.
    pub fn date_millis(&self) -> Option<u64> {
        http_date_millis(readable(self.date?)?)
    }

    /// The media type without its parameters, for instance `text/html`.
    pub fn media_type(&self) -> Option<&'a str> {
        let text = readable(self.content_type?)?.split(';').next()?.trim();
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"/+-._".contains(&c);
        (!text.is_empty() && text.len() <= 80 && text.bytes().all(plain)).then_some(text)
    }
}

fn first<'a>(place: &mut Option<&'a [u8]>, value: Option<&'a [u8]>) {
    *place = place.or(value);
}

/// A trimmed value of visible ASCII characters and inner spaces that is not empty.
fn readable(value: &[u8]) -> Option<&str> {
    let value = value.trim_ascii();
    if value.is_empty() || value.len() > LONGEST_VALUE {
        return None;
    }
    // Without an early end the compiler takes many bytes at once.
    let visible = value.iter().fold(true, |visible, byte| visible & matches!(byte, b' '..=b'~'));
    if visible { str::from_utf8(value).ok() } else { None }
}

fn number(value: &[u8]) -> Option<u64> {
    // `parse` alone would take a sign.
    readable(value).filter(|text| text.bytes().all(|c| c.is_ascii_digit()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_dynamodb_sends() {
        let lines = b"Server: Server\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/x-amz-json-1.0\r\n\
                      Content-Length: 2\r\nConnection: keep-alive\r\nx-amzn-RequestId: ABC123\r\nX-AMZ-CRC32: 2745614147\r\n";
        let head = Head::parse(lines);
        assert_eq!(head.request_id(), Some("ABC123"));
        assert_eq!(head.checksum(), Checksum::Crc32(2_745_614_147));
        assert_eq!(head.date_millis(), Some(784_111_777_000));
        assert_eq!(head.media_type(), Some("application/x-amz-json-1.0"));
        assert_eq!((head.error_type(), head.retry_after_ms()), (None, None));
    }

    #[test]
    fn line_ends_case_and_spaces_do_not_matter() {
        for lines in [
            &b"x-amzn-requestid:R\nx-amz-crc32:7"[..],
            b"X-AMZN-REQUESTID: \tR \r\nx-AMZ-crc32:  7  \r\n\r\n",
            b"\n\n\r\nx-amzn-requestid: R\nx-amz-crc32: 7\n:\n",
        ] {
            let head = Head::parse(lines);
            assert_eq!((head.request_id(), head.checksum()), (Some("R"), Checksum::Crc32(7)));
        }
    }

    #[test]
    fn waits() {
        let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\n";
        for (lines, expected) in [
            ("retry-after: 3", Some(3000)),
            ("Retry-After: 0", Some(0)),
            ("x-amz-retry-after: 1500", Some(1500)),
            ("retry-after: 3\nx-amz-retry-after: 1500", Some(1500)),
            ("retry-after: Sun, 06 Nov 1994 08:49:40 GMT", Some(3000)),
            ("retry-after: Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("retry-after: 99999999999999999999", None),
            ("retry-after: 18446744073709551615", Some(u64::MAX)),
            ("retry-after: -3", None),
            ("retry-after: +3", None),
            ("retry-after: soon", None),
            ("x-amz-retry-after: 1.5", None),
        ] {
            assert_eq!(Head::parse(format!("{date}{lines}").as_bytes()).retry_after_ms(), expected, "{lines}");
        }
        assert_eq!(Head::parse(b"retry-after: Sun, 06 Nov 1994 08:49:40 GMT").retry_after_ms(), None);
    }

    #[test]
    fn hostile_values_are_left_out() {
        let long = format!("x-amzn-requestid: {}", "x".repeat(LONGEST_VALUE + 1));
        for lines in [
            &b"x-amzn-requestid: \xff"[..],
            b"x-amzn-requestid: a\x00b",
            b"x-amzn-requestid: a\rb",
            b"x-amzn-requestid:",
            b" x-amzn-requestid: R",
            b"x-amzn-requestid : R",
            long.as_bytes(),
        ] {
            assert_eq!(Head::parse(lines).request_id(), None);
        }
        for value in ["", "x", "-1", "4294967296", "99999999999999999999999"] {
            assert_eq!(
                Head::parse(format!("x-amz-crc32: {value}").as_bytes()).checksum(),
                Checksum::Unreadable,
                "{value}"
            );
        }
        let two = Head::parse(b"x-amz-crc32: 1\nx-amz-crc32: 2\nx-amzn-requestid: a\nx-amzn-requestid: b");
        assert_eq!((two.checksum(), two.request_id()), (Checksum::Crc32(1), Some("a")));
        assert_eq!(Head::parse(b"content-type: text/html <b>").media_type(), None);
        assert_eq!(Head::parse(b"content-type: text/html; charset=utf-8").media_type(), Some("text/html"));
    }
}
