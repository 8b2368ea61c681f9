//! Exact decimal numbers as text: DynamoDB keeps 38 significant digits between 10⁻¹³⁰ and 10¹²⁶ − 10⁸⁸.

use std::borrow::Cow;
use std::cmp::Ordering;

/// Most significant digits DynamoDB keeps.
const MAX_DIGITS: usize = 38;
/// Exponents of the first digit that DynamoDB takes.
const EXPONENTS: std::ops::RangeInclusive<i64> = -130..=125;
/// Every decimal of so many significant digits survives a 64-bit float.
const FLOAT_DIGITS: usize = 15;
/// No 64-bit float prints with more significant digits.
const MOST_FLOAT_DIGITS: usize = 17;
/// Digits from which a number with the exponent 308 is beyond all 64-bit floats.
const LARGEST_FLOAT: &str = "17976931348623158079";

/// A decimal number taken apart: sign, significant digits without leading or trailing zeros, and the exponent of the first digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    text: &'a str,
    negative: bool,
    /// Significant digits, at most one dot among them to be passed over.
    digits: &'a str,
    count: usize,
    exponent: i64,
}

/// Why a text is not a number that DynamoDB keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Not a decimal number.
    Syntax,
    /// More than 38 significant digits.
    Digits,
    /// Too large or too small.
    Range,
}

impl NumberFault {
    /// The message, to follow the name of the place.
    pub fn message(self) -> &'static str {
        match self {
            NumberFault::Syntax => "not a decimal number",
            NumberFault::Digits => "number has more than 38 significant digits",
            NumberFault::Range => "number is outside DynamoDB's range",
        }
    }
}

impl<'a> Decimal<'a> {
    /// Reads a number: sign, digits with or without a dot, exponent. Zeros in front and behind are allowed.
    pub fn parse(text: &'a str) -> Result<Self, NumberFault> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mut dot, mut end, mut shift) = (None, rest.len(), 0);
        let (mut first, mut last, mut zeros_between) = (None, 0, 0);
        let mut count = 0;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'0' => zeros_between += 1,
                b'1'..=b'9' => {
                    if first.is_none() {
                        first = Some(at);
                        zeros_between = 0;
                    }
                    count += zeros_between + 1;
                    zeros_between = 0;
                    last = at + 1;
                }
                b'.' if dot.is_none() => dot = Some(at),
                b'e' | b'E' => {
                    shift = exponent(&rest[at + 1..])?;
                    end = at;
                    break;
                }
                _ => return Err(NumberFault::Syntax),
            }
        }
        let whole = dot.unwrap_or(end);
        let Some(first) = first else {
            if end == usize::from(dot.is_some()) {
                return Err(NumberFault::Syntax);
            }
            return Ok(Decimal { text, negative: false, digits: "", count: 0, exponent: 0 });
        };
        let place = if first < whole { whole as i64 - first as i64 - 1 } else { whole as i64 - first as i64 };
        Ok(Decimal { text, negative, digits: &rest[first..last], count, exponent: shift.saturating_add(place) })
    }

    /// Refuses what DynamoDB does not keep.
    pub fn in_range(self) -> Result<Self, NumberFault> {
        if self.count > MAX_DIGITS {
            Err(NumberFault::Digits)
        } else if self.count > 0 && !EXPONENTS.contains(&self.exponent) {
            Err(NumberFault::Range)
        } else {
            Ok(self)
        }
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        self.count == 0
    }

    /// Whether the number is whole.
    pub fn is_integer(&self) -> bool {
        self.count == 0 || self.exponent >= self.count as i64 - 1
    }

    /// Bytes DynamoDB counts for it.
    pub fn size(&self) -> usize {
        self.count.div_ceil(2) + 1 + usize::from(self.negative)
    }

    /// The text to send and to show: as it was written when that is a plain JSON number, else rewritten without a needless
    /// sign, zeros in front or exponent.
    pub fn plain(&self) -> Cow<'a, str> {
        if self.is_zero() {
            return Cow::Borrowed("0");
        }
        if is_plain(self.text) { Cow::Borrowed(self.text) } else { Cow::Owned(self.canonical()) }
    }

    /// One text per value: no zeros to spare, an exponent only where the digits would not fit in 38 places.
    pub fn canonical(&self) -> String {
        if self.is_zero() {
            return "0".to_owned();
        }
        let digits: String = self.digits.chars().filter(|c| *c != '.').collect();
        let sign = if self.negative { "-" } else { "" };
        let (count, exponent) = (self.count as i64, self.exponent);
        if exponent >= MAX_DIGITS as i64 || exponent < -(MAX_DIGITS as i64) {
            let (head, tail) = digits.split_at(1);
            let dot = if tail.is_empty() { "" } else { "." };
            let plus = if exponent < 0 { "" } else { "+" };
            return format!("{sign}{head}{dot}{tail}E{plus}{exponent}");
        }
        if exponent < 0 {
            let zeros = "0".repeat((-exponent - 1) as usize);
            return format!("{sign}0.{zeros}{digits}");
        }
        if exponent >= count - 1 {
            let zeros = "0".repeat((exponent - count + 1) as usize);
            return format!("{sign}{digits}{zeros}");
        }
        let (head, tail) = digits.split_at(exponent as usize + 1);
        format!("{sign}{head}.{tail}")
    }

    /// Its significant digits.
    fn significant(&self) -> impl Iterator<Item = u8> {
        self.digits.bytes().filter(|byte| *byte != b'.')
    }

    /// Order by value.
    pub fn cmp_value(&self, other: &Decimal<'_>) -> Ordering {
        let sign = |number: &Decimal<'_>| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = || self.exponent.cmp(&other.exponent).then_with(|| self.significant().cmp(other.significant()));
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => magnitude(),
            _ => magnitude().reverse(),
        })
    }

    /// Whether a 64-bit float prints back as this number.
    pub fn fits_float(&self) -> bool {
        if self.count <= FLOAT_DIGITS {
            return true;
        }
        if self.count > MOST_FLOAT_DIGITS || !EXPONENTS.contains(&self.exponent) {
            return false;
        }
        // Floats print in their order: walk from one nearby towards this number, until it is met or passed.
        let (mut float, mut passed) = (self.near_float(), Ordering::Equal);
        loop {
            let mut buffer = zmij::Buffer::new();
            let Ok(printed) = Decimal::parse(buffer.format_finite(float)) else { return false };
            let order = printed.cmp_value(self);
            if order == Ordering::Equal || order == passed.reverse() {
                return order == Ordering::Equal;
            }
            passed = order;
            let up = (order == Ordering::Less) != self.negative;
            float = f64::from_bits(if up { float.to_bits() + 1 } else { float.to_bits() - 1 });
        }
    }

    /// A float that is at most some steps away. Reading it exactly would take a table larger than all else here.
    fn near_float(&self) -> f64 {
        let digits = self.significant().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0')) as f64;
        let places = self.exponent + 1 - self.count as i64;
        let power = 10_f64.powi(places.unsigned_abs() as i32);
        let float = if places < 0 { digits / power } else { digits * power };
        if self.negative { -float } else { float }
    }

    /// Whether a 64-bit float has a value near this one: none is that large from halfway between the largest and what would follow.
    pub fn is_finite_float(&self) -> bool {
        let largest =
            Decimal { text: "", negative: false, digits: LARGEST_FLOAT, count: LARGEST_FLOAT.len(), exponent: 308 };
        Decimal { negative: false, ..self.clone() }.cmp_value(&largest) == Ordering::Less
    }
}

/// Digits without zeros in front, an optional fraction, no exponent, no `+`, not `-0`.
fn is_plain(text: &str) -> bool {
    let body = text.strip_prefix('-').unwrap_or(text);
    let bytes = body.as_bytes();
    let leading = match bytes {
        [b'0'] => return !text.starts_with('-'),
        [b'0', b'.', ..] => true,
        [b'1'..=b'9', ..] => true,
        _ => false,
    };
    leading && bytes.last().is_some_and(u8::is_ascii_digit) && bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

fn exponent(text: &str) -> Result<i64, NumberFault> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberFault::Syntax);
    }
    // An absurd exponent is out of range, not out of syntax.
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX / 2).min(i64::MAX / 2);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(text: &str) -> Result<String, NumberFault> {
        Decimal::parse(text)?.in_range().map(|number| number.plain().into_owned())
    }

    #[test]
    fn what_is_plain_is_kept_and_the_rest_is_rewritten() {
        for same in ["0", "1", "-1", "1.0", "0.10", "9007199254740993", "0.12345678901234567", "1234567890.125"] {
            assert_eq!(kept(same).as_deref(), Ok(same));
        }
        let rewritten = [
            ("-0", "0"),
            ("0.00", "0"),
            ("0e9", "0"),
            ("+5", "5"),
            ("007", "7"),
            ("5.", "5"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("1e21", "1000000000000000000000"),
            ("1E-7", "0.0000001"),
            ("1.5e3", "1500"),
            ("12.5e-1", "1.25"),
            ("-1.20e1", "-12"),
            ("1e125", "1E+125"),
            ("1e-130", "1E-130"),
            ("1.25e40", "1.25E+40"),
        ];
        for (text, plain) in rewritten {
            assert_eq!(kept(text).as_deref(), Ok(plain), "{text}");
        }
    }

    #[test]
    fn the_edges_of_the_range() {
        let nines = "9".repeat(38);
        assert_eq!(kept(&nines), Ok(nines.clone()));
        assert_eq!(kept(&format!("{nines}9")), Err(NumberFault::Digits));
        assert_eq!(kept(&format!("{nines}000")), Ok(format!("{nines}000")));
        assert_eq!(kept("9.9999999999999999999999999999999999999E125").map(|n| n.len()), Ok(44));
        for outside in ["1e126", "-1e126", "1e-131", "1e400", "1e99999999999999999999"] {
            assert_eq!(kept(outside), Err(NumberFault::Range), "{outside}");
        }
        assert_eq!(kept("0e99999999999999999999").as_deref(), Ok("0"));
        for junk in
            ["", "-", "+", ".", "e5", "1e", "1e+", "NaN", "Infinity", "0x10", "1_000", "1 ", "1.2.3", "--1", "१"]
        {
            assert_eq!(kept(junk), Err(NumberFault::Syntax), "{junk}");
        }
    }

    #[test]
    fn integers_and_sizes() {
        let of = |text| Decimal::parse(text).unwrap();
        for whole in ["0", "10", "1e3", "1.50e2", "12.0"] {
            assert!(of(whole).is_integer(), "{whole}");
        }
        for broken in ["0.5", "1e-1", "1.25e1"] {
            assert!(!of(broken).is_integer(), "{broken}");
        }
        assert_eq!((of("0").size(), of("7").size(), of("-123").size(), of("1000").size()), (1, 2, 4, 2));
    }

    #[test]
    fn floats_that_hold_and_that_do_not() {
        let of = |text| Decimal::parse(text).unwrap().fits_float();
        for holds in ["0.1", "9007199254740992", "123456789012345", "0.30000000000000004", "1e100", "5e-129"] {
            assert!(of(holds), "{holds}");
        }
        // Halfway between two of 17 digits: the even one is printed.
        assert!(of("1125899906842624.2") && !of("1125899906842624.3"));
        for (finite, not) in [("1.7976931348623157e308", "1.7976931348623159e308"), ("-1e308", "-1e309")] {
            let of = |text| Decimal::parse(text).unwrap().is_finite_float();
            assert!(of(finite) && !of(not));
        }
        for not in ["9007199254740993", "0.12345678901234567890", "99999999999999999999999999999999999999"] {
            assert!(!of(not), "{not}");
        }
    }

    /// As JavaScript, Python and Go print it. Rust's own way differs halfway between two of 17 digits.
    fn printed(float: f64) -> String {
        zmij::Buffer::new().format(float).to_owned()
    }

    proptest! {
        #[test]
        fn every_float_survives(float in proptest::num::f64::NORMAL) {
            let text = printed(float);
            let decimal = Decimal::parse(&text).unwrap();
            prop_assert_eq!(decimal.canonical().parse::<f64>().unwrap(), float);
            prop_assert!(decimal.fits_float() || decimal.in_range().is_err());
        }

        #[test]
        fn what_fits_a_float_is_what_it_prints_back(
            digits in "-?[1-9][0-9]{14}[0-9]{0,2}[1-9]",
            power in -145_i32..=108,
        ) {
            let text = format!("{digits}e{power}");
            let printed = printed(text.parse().unwrap());
            let decimal = Decimal::parse(&text).unwrap();
            let same = Decimal::parse(&printed).unwrap().canonical() == decimal.canonical();
            prop_assert_eq!(decimal.fits_float(), same, "{}", text);
        }

        #[test]
        fn what_is_finite_is_what_a_float_says(digits in "-?[0-9]{0,3}\\.?[0-9]{1,20}", power in 280_i32..330) {
            let text = format!("{digits}e{power}");
            if let Ok(decimal) = Decimal::parse(&text) {
                prop_assert_eq!(decimal.is_finite_float(), text.parse::<f64>().unwrap().is_finite(), "{}", text);
            }
        }

        #[test]
        fn plain_keeps_the_value(digits in "-?[0-9]{1,20}(\\.[0-9]{1,17})?(e-?[0-9]{1,2})?") {
            let decimal = Decimal::parse(&digits).unwrap();
            let plain = decimal.plain();
            prop_assert_eq!(Decimal::parse(&plain).unwrap().canonical(), decimal.canonical());
        }

        #[test]
        fn order_is_the_order_of_numbers(a in -1.0e6f64..1.0e6, b in -1.0e6f64..1.0e6) {
            let (left, right) = (a.to_string(), b.to_string());
            let order = Decimal::parse(&left).unwrap().cmp_value(&Decimal::parse(&right).unwrap());
            prop_assert_eq!(order, a.partial_cmp(&b).unwrap());
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            if let Ok(decimal) = Decimal::parse(&text) {
                let _ = (decimal.plain(), decimal.canonical(), decimal.fits_float(), decimal.is_integer());
            }
        }
    }
}
