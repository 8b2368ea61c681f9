//! Numbers: exact decimal text, and whether a machine number holds one exactly.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::types::NUMBER;

/// A number as decimal text, with every digit that DynamoDB keeps (38).
///
/// ```
/// use tabletheory::Number;
///
/// let price: Number = "12.50".parse()?;
/// assert_eq!(price.to_string(), "12.50");
/// assert_eq!(Number::from(7).get::<u8>(), Some(7));
/// assert_eq!(Number::from(700).get::<u8>(), None);
/// # Ok::<(), tabletheory::value::NotANumber>(())
/// ```
///
/// Comparison is by text: `1.0` and `1` are different texts of one number. What is read from a table is always the shortest text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

/// A text that is no decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number")
    }
}

impl std::error::Error for NotANumber {}

impl Number {
    /// The decimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as an integer or float type, if that type holds it exactly.
    pub fn get<T: Exact>(&self) -> Option<T> {
        T::exactly(&self.0)
    }

    /// Without a check: the text is a JSON number.
    pub(super) fn unchecked(text: String) -> Self {
        Number(text)
    }
}

impl FromStr for Number {
    type Err = NotANumber;
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        Decimal::parse(text).map(|_| Number(text.to_owned())).ok_or(NotANumber)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NUMBER, &self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        macro_rules! visit {
            ($($name:ident: $type:ty),*) => {
                $(fn $name<E>(self, number: $type) -> Result<Number, E> { Ok(number.into()) })*
            };
        }
        impl<'de> Visitor<'de> for Text {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("number")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Number, D::Error> {
                inner.deserialize_any(self)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Number, E> {
                format!("{number}").parse().map_err(E::custom)
            }
            visit!(visit_u64: u64, visit_i64: i64, visit_u128: u128, visit_i128: i128);
        }
        deserializer.deserialize_newtype_struct(NUMBER, Text)
    }
}

/// A machine number that can say whether it holds a decimal text exactly.
pub trait Exact: Sized + sealed::Sealed {
    /// The number, if this type holds it exactly.
    fn exactly(text: &str) -> Option<Self>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl From<$type> for Number {
            fn from(number: $type) -> Self {
                Number(number.to_string())
            }
        }

        impl sealed::Sealed for $type {}
        impl Exact for $type {
            fn exactly(text: &str) -> Option<Self> {
                text.parse().ok().or_else(|| Decimal::parse(text)?.integer()?.parse().ok())
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

macro_rules! floats {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Exact for $type {
            fn exactly(text: &str) -> Option<Self> {
                let number: $type = text.parse().ok()?;
                // So many digits survive the way there and back, whatever they are.
                const SURE: usize = <$type>::DIGITS as usize;
                if text.len() <= SURE && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-')) {
                    return Some(number);
                }
                if !number.is_finite() {
                    return None;
                }
                // The shortest text that reads as this float is the number itself: nothing is lost on the way back. Where two are
                // equally near, one is that of Rust's formatting, the other that of JSON writers.
                let text = Decimal::parse(text)?;
                let is_back = |back: &str| Decimal::parse(back).is_some_and(|back| back == text);
                let found = is_back(&format!("{number:e}")) || is_back(zmij::Buffer::new().format_finite(number));
                found.then_some(number)
            }
        }
    )*};
}
floats!(f32, f64);

/// Sign, digits without leading and trailing zeros, and the power of ten of the last digit.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i64>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let shortened = all.trim_end_matches('0');
        let digits = shortened.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Decimal { negative: false, digits, exponent: 0 });
        }
        let dropped = all.len() as i64 - shortened.len() as i64 - fraction.len() as i64;
        Some(Decimal { negative, digits, exponent: exponent.checked_add(dropped)? })
    }

    /// Plain digits, if it is an integer of a size that a machine integer could have.
    fn integer(&self) -> Option<String> {
        let zeros = usize::try_from(self.exponent).ok().filter(|zeros| *zeros <= 40)?;
        let sign = if self.negative { "-" } else { "" };
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        Some(format!("{sign}{digits}{}", "0".repeat(zeros)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_from_every_text_of_the_same_number() {
        for text in ["1200", "1200.0", "1.2e3", "12E+2", "0.12e4", "+1200"] {
            assert_eq!(u16::exactly(text), Some(1200), "{text}");
        }
        assert_eq!(i8::exactly("-128"), Some(-128));
        assert_eq!(i128::exactly("-170141183460469231731687303715884105728"), Some(i128::MIN));
        assert_eq!(u64::exactly("0e99"), Some(0));
        for text in ["1.5", "1e-1", "256", "-1", "1e9999999999", "", "-", ".", "1e", "NaN", "1_0"] {
            assert_eq!(u8::exactly(text), None, "{text}");
        }
    }

    #[test]
    fn floats_are_read_only_when_nothing_is_lost() {
        assert_eq!(f64::exactly("0.1"), Some(0.1));
        assert_eq!(f64::exactly("9007199254740993"), None);
        assert_eq!(f64::exactly("9007199254740992"), Some(9_007_199_254_740_992.0));
        assert_eq!(f64::exactly("1e125"), Some(1e125));
        assert_eq!(f64::exactly("1e999"), None);
        for halfway in ["563153925762621.2", "563153925762621.3"] {
            assert_eq!(f64::exactly(halfway), Some(563_153_925_762_621.3), "{halfway}");
        }
        assert_eq!(f64::exactly("563153925762621.24"), None);
        assert_eq!(f64::exactly("-0"), Some(0.0));
        assert_eq!(f32::exactly("0.1"), Some(0.1));
        assert_eq!(f32::exactly("16777217"), None);
    }
}
