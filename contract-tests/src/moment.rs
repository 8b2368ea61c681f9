//! Scripted instants.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Nanoseconds since the Unix epoch of an RFC 3339 instant, as decimal text.
pub fn nanos(instant: &str) -> Result<String, String> {
    let parsed = OffsetDateTime::parse(instant, &Rfc3339).map_err(|_| format!("`{instant}` is no RFC 3339 instant"))?;
    match u64::try_from(parsed.unix_timestamp_nanos()) {
        Ok(nanos) => Ok(nanos.to_string()),
        Err(_) => Err(format!("`{instant}` is before 1970 or after 2554")),
    }
}

#[cfg(test)]
mod tests {
    use super::nanos;

    #[test]
    fn instants_keep_nine_digits() {
        assert_eq!(nanos("2026-01-02T03:04:05.678901234Z").unwrap(), "1767323045678901234");
        assert_eq!(nanos("1970-01-01T01:00:00+01:00").unwrap(), "0");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "now", "2026-01-02", "1969-12-31T23:59:59Z", "2026-13-02T03:04:05Z"] {
            assert!(nanos(text).is_err(), "{text}");
        }
    }
}
