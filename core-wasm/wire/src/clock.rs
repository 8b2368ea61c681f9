//! Dates of HTTP, and how far the host's clock is from the service's.

use std::time::UNIX_EPOCH;

/// Reads an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT`: milliseconds since the Unix epoch.
///
/// The two obsolete forms are read, too. Anything else, and dates before 1970, are `None`.
pub fn http_date_millis(text: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(text).ok()?;
    u64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// The milliseconds to add to the host's clock to get the service's.
///
/// `server_millis` comes from [`super::RetryClass::ClockSkew`], `now_nanos` is the host's clock when the answer came in.
pub fn skew_ms(server_millis: u64, now_nanos: u64) -> i64 {
    let local = i64::try_from(now_nanos / 1_000_000).unwrap_or(i64::MAX);
    i64::try_from(server_millis).unwrap_or(i64::MAX).saturating_sub(local)
}

/// As [`skew_ms`], from the value of a `date` header. `None` when that is not an HTTP date.
pub fn skew_from_date(date: &str, now_nanos: u64) -> Option<i64> {
    http_date_millis(date).map(|server| skew_ms(server, now_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates() {
        assert_eq!(http_date_millis("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(http_date_millis("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date_millis("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(http_date_millis("Sun Nov  6 08:49:37 1994"), Some(784_111_777_000));
        for bad in [
            "",
            "yesterday",
            "Sun, 06 Nov 1994 08:49:37 +0100",
            "Sün, 06 Nov 1994 08:49:37 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT (((((((((((((((((((((((((",
        ] {
            assert_eq!(http_date_millis(bad), None, "{bad}");
        }
    }

    #[test]
    fn skew_has_a_sign() {
        let now = 784_111_777_000 * 1_000_000;
        assert_eq!(skew_from_date("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(60_000));
        assert_eq!(skew_from_date("Sun, 06 Nov 1994 08:48:37 GMT", now), Some(-60_000));
        assert_eq!(skew_from_date("now", now), None);
        assert_eq!(skew_ms(u64::MAX, 0), i64::MAX);
        assert!(skew_ms(0, u64::MAX) < 0);
    }
}
