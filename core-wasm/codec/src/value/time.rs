//! Times: any RFC 3339 in, UTC with exactly nine fraction digits out.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads RFC 3339 with any offset and up to nine fraction digits.
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    let fraction = text.find('.').map_or(0, |at| text[at + 1..].bytes().take_while(u8::is_ascii_digit).count());
    if fraction > 9 {
        return None;
    }
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(time::UtcOffset::UTC)?;
    (time.year() >= 0).then_some(time)
}

/// The instant so many nanoseconds after the beginning of 1970.
pub fn from_nanos(nanos: u64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::nanoseconds_i128(i128::from(nanos))
}

/// `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`, of a time in UTC.
pub fn format(time: OffsetDateTime) -> String {
    let (hour, minute, second, nanos) = time.to_hms_nano();
    let parts = [
        (4, u32::try_from(time.year()).unwrap_or_default(), '-'),
        (2, u8::from(time.month()).into(), '-'),
        (2, time.day().into(), 'T'),
        (2, hour.into(), ':'),
        (2, minute.into(), ':'),
        (2, second.into(), '.'),
        (9, nanos, 'Z'),
    ];
    let mut text = String::with_capacity(30);
    for (width, number, then) in parts {
        let mut below = 10u32.pow(width);
        while below > 1 {
            let digit = number % below / (below / 10);
            text.push(char::from(b'0' + digit as u8));
            below /= 10;
        }
        text.push(then);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_rfc3339_becomes_utc_with_nine_digits() {
        let cases = [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000000Z"),
            ("2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100000000Z"),
            ("2026-01-02T03:04:05.123456789+02:00", "2026-01-02T01:04:05.123456789Z"),
            ("2024-02-29T23:59:59.999-00:30", "2024-03-01T00:29:59.999000000Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000000Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(format(parse(text).unwrap()), expected, "{text}");
        }
        for junk in [
            "",
            "2026-01-02",
            "2026-13-02T03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.1234567891Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00+01:00",
        ] {
            assert_eq!(parse(junk), None, "{junk}");
        }
    }

    #[test]
    fn moments_are_instants() {
        assert_eq!(format(from_nanos(0)), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(format(from_nanos(1_767_323_045_678_901_234)), "2026-01-02T03:04:05.678901234Z");
    }
}
