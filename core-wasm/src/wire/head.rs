//! The header lines of a response, as far as anything depends on them.

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

/// What a response's header lines say. Of a name that comes twice the first counts; values that are not visible ASCII
/// are ignored, as is everything that is not a header line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// `x-amzn-requestid`, or `x-amz-request-id`.
    pub request_id: Option<&'a str>,
    /// `x-amz-crc32`.
    pub checksum: Checksum,
    /// `date`, as it stands.
    pub date: Option<&'a str>,
    /// `content-type`, as it stands.
    pub content_type: Option<&'a str>,
    /// `x-amzn-errortype`, as it stands.
    pub error_type: Option<&'a str>,
    /// `retry-after`, as it stands.
    retry_after: Option<&'a str>,
    /// `x-amz-retry-after`, in milliseconds.
    amz_retry_after: Option<u64>,
}

impl<'a> Head<'a> {
    /// Reads header lines `name: value`, each ended by LF or CR LF. Never fails: what it cannot read it leaves out.
    pub fn parse(lines: &'a [u8]) -> Head<'a> {
        let mut head = Head::default();
        for line in lines.split(|byte| *byte == b'\n') {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            // Lengths first: on the way of every response, this decides for most lines.
            match name.len() {
                4 if name.eq_ignore_ascii_case(b"date") => first(&mut head.date, value),
                11 if name.eq_ignore_ascii_case(b"x-amz-crc32") => head.set_checksum(value),
                11 if name.eq_ignore_ascii_case(b"retry-after") => first(&mut head.retry_after, value),
                12 if name.eq_ignore_ascii_case(b"content-type") => first(&mut head.content_type, value),
                16 if name.eq_ignore_ascii_case(b"x-amzn-requestid") => first(&mut head.request_id, value),
                16 if name.eq_ignore_ascii_case(b"x-amz-request-id") => first(&mut head.request_id, value),
                16 if name.eq_ignore_ascii_case(b"x-amzn-errortype") => first(&mut head.error_type, value),
                17 if name.eq_ignore_ascii_case(b"x-amz-retry-after") && head.amz_retry_after.is_none() => {
                    head.amz_retry_after = readable(value).and_then(number);
                }
                _ => {}
            }
        }
        head
    }

    fn set_checksum(&mut self, value: &[u8]) {
        if self.checksum == Checksum::Absent {
            let found = readable(value).and_then(number).and_then(|number| u32::try_from(number).ok());
            self.checksum = found.map_or(Checksum::Unreadable, Checksum::Crc32);
        }
    }

    /// How long the service asks to wait, in milliseconds. A date in `retry-after` is taken relative to the response's own
    /// `date`, so the host's clock does not matter.
    pub fn retry_after_ms(&self) -> Option<u64> {
        if self.amz_retry_after.is_some() {
            return self.amz_retry_after;
        }
        let text = self.retry_after?;
        if let Some(seconds) = number(text) {
            return Some(seconds.saturating_mul(1000));
        }
        Some(http_date_millis(text)?.saturating_sub(self.date_millis()?))
    }

    /// The `date` header in milliseconds since the Unix epoch.
    pub fn date_millis(&self) -> Option<u64> {
        http_date_millis(self.date?)
    }

    /// The media type without its parameters, for instance `text/html`.
    pub fn media_type(&self) -> Option<&'a str> {
        let text = self.content_type?.split(';').next()?.trim();
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"/+-._".contains(&c);
        (!text.is_empty() && text.len() <= 80 && text.bytes().all(plain)).then_some(text)
    }
}

fn first<'a>(place: &mut Option<&'a str>, value: &'a [u8]) {
    if place.is_none() {
        *place = readable(value);
    }
}

/// A trimmed value of visible ASCII characters and inner spaces that is not empty.
fn readable(value: &[u8]) -> Option<&str> {
    let value = value.trim_ascii();
    if value.is_empty() || value.len() > LONGEST_VALUE || !value.iter().all(|c| c.is_ascii_graphic() || *c == b' ') {
        return None;
    }
    str::from_utf8(value).ok()
}

fn number(text: &str) -> Option<u64> {
    // `parse` alone would take a sign.
    if text.bytes().all(|c| c.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_dynamodb_sends() {
        let lines = b"Server: Server\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/x-amz-json-1.0\r\n\
                      Content-Length: 2\r\nConnection: keep-alive\r\nx-amzn-RequestId: ABC123\r\nX-AMZ-CRC32: 2745614147\r\n";
        let head = Head::parse(lines);
        assert_eq!(head.request_id, Some("ABC123"));
        assert_eq!(head.checksum, Checksum::Crc32(2_745_614_147));
        assert_eq!(head.date_millis(), Some(784_111_777_000));
        assert_eq!(head.media_type(), Some("application/x-amz-json-1.0"));
        assert_eq!((head.error_type, head.retry_after_ms()), (None, None));
    }

    #[test]
    fn line_ends_case_and_spaces_do_not_matter() {
        for lines in [
            &b"x-amzn-requestid:R\nx-amz-crc32:7"[..],
            b"X-AMZN-REQUESTID: \tR \r\nx-AMZ-crc32:  7  \r\n\r\n",
            b"\n\n\r\nx-amzn-requestid: R\nx-amz-crc32: 7\n:\n",
        ] {
            let head = Head::parse(lines);
            assert_eq!((head.request_id, head.checksum), (Some("R"), Checksum::Crc32(7)));
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
            assert_eq!(Head::parse(lines).request_id, None);
        }
        for value in ["", "x", "-1", "4294967296", "99999999999999999999999"] {
            assert_eq!(
                Head::parse(format!("x-amz-crc32: {value}").as_bytes()).checksum,
                Checksum::Unreadable,
                "{value}"
            );
        }
        let two = Head::parse(b"x-amz-crc32: 1\nx-amz-crc32: 2\nx-amzn-requestid: a\nx-amzn-requestid: b");
        assert_eq!((two.checksum, two.request_id), (Checksum::Crc32(1), Some("a")));
        assert_eq!(Head::parse(b"content-type: text/html <b>").media_type(), None);
        assert_eq!(Head::parse(b"content-type: text/html; charset=utf-8").media_type(), Some("text/html"));
    }
}
