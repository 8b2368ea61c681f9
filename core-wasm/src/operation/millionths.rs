//! Decimal amounts with up to six places, added up exactly.

use std::fmt;
use std::ops::AddAssign;

use crate::json::{Kind, Reader, Value, Wrong, expect};
use crate::value::Decimal;

/// An amount that is not negative, in millionths: capacity units, or seconds since the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Millionths(pub(crate) u64);

const ONE: u64 = 1_000_000;
const PLACES: usize = 6;

impl Millionths {
    /// Reads a JSON number. Places behind the sixth are cut off; what is no amount, or larger than any, counts as none.
    pub(crate) fn parse(text: &str) -> Self {
        let number = Decimal::parse(text).and_then(Decimal::in_range);
        number.ok().and_then(|number| Self::of_plain(&number.plain())).unwrap_or_default()
    }

    fn of_plain(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole: u64 = whole.parse().ok()?;
        let mut millionths = whole.checked_mul(ONE)?;
        let mut place = ONE;
        for digit in fraction.bytes().take(PLACES) {
            place /= 10;
            millionths += place * u64::from(digit - b'0');
        }
        Some(Millionths(millionths))
    }
}

impl AddAssign for Millionths {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl<'a> Value<'a> for Millionths {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        expect(reader, Kind::Number, "a number")?;
        Ok(Self::parse(reader.number()?))
    }
}

impl fmt::Display for Millionths {
    /// As a JSON number, without a fraction where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / ONE, self.0 % ONE);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let places = format!("{fraction:06}");
        write!(f, "{whole}.{}", places.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written() {
        for (text, written) in [
            ("0.5", "0.5"),
            ("2.0", "2"),
            ("128", "128"),
            ("1.4218669520620000E9", "1421866952.062"),
            ("5E-1", "0.5"),
            ("0.1234567", "0.123456"),
            ("-1", "0"),
            ("1e40", "0"),
            ("18446744073709551615", "0"),
        ] {
            assert_eq!(Millionths::parse(text).to_string(), written, "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        let mut sum = Millionths::default();
        (0..10).for_each(|_| sum += Millionths::parse("0.1"));
        assert_eq!(sum.to_string(), "1");
        sum += Millionths(u64::MAX);
        assert_eq!(sum, Millionths(u64::MAX));
    }
}
