//! What a plain scalar of YAML 1.2 (core schema) stands for.

use super::build::Builder;
use super::problem::{ProblemCode, tick};
use super::source::{Position, Value};
use crate::value::Decimal;

/// The value of a plain (not quoted) scalar.
pub(super) fn plain(text: &str, at: Position, build: &mut Builder) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return non_finite(text, at, build);
    }
    if is_decimal(unsigned) {
        if ambiguous_number(unsigned) {
            ambiguous(text, at, build);
        }
        return number(text, at, build);
    }
    if is_prefixed(text, "0o", |digit| matches!(digit, b'0'..=b'7'))
        || is_prefixed(text, "0x", |digit| digit.is_ascii_hexdigit())
    {
        return Value::Number(text.to_owned());
    }
    if ambiguous_word(text) || looks_like_date(text) {
        ambiguous(text, at, build);
    }
    Value::String(text.to_owned())
}

/// A number as written; reported when a 64-bit float has no such value.
pub(super) fn number(text: &str, at: Position, build: &mut Builder) -> Value {
    match Decimal::parse(text) {
        Ok(value) if value.is_finite_float() => Value::Number(text.to_owned()),
        _ => non_finite(text, at, build),
    }
}

fn non_finite(text: &str, at: Position, build: &mut Builder) -> Value {
    let place = build.here(at);
    let message = format!("{} is not a finite number", tick(text));
    build.problems.add_hint(ProblemCode::NonFiniteNumber, place, message, "put it in quotes if it is meant as text");
    Value::Unusable
}

fn ambiguous(text: &str, at: Position, build: &mut Builder) {
    let place = build.here(at);
    let message = format!("{} means something else to older YAML readers", tick(text));
    build.problems.add_hint(
        ProblemCode::AmbiguousScalar,
        place,
        message,
        format!("write \"{text}\" if it is meant as text"),
    );
}

/// Digits with an optional fraction and exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa && exponent
}

fn is_prefixed(text: &str, prefix: &str, digit: fn(&u8) -> bool) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.as_bytes().iter().all(digit))
}

/// YAML 1.1 read a leading zero as octal.
fn ambiguous_number(unsigned: &str) -> bool {
    unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.bytes().all(|byte| byte.is_ascii_digit())
}

/// YAML 1.1 read these as booleans. `y` and `n` are left out: so do nearly all of its readers, and `N` is a type.
fn ambiguous_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "yes" | "no" | "on" | "off")
        && (text == lower || text[1..] == lower[1..] || text == lower.to_ascii_uppercase())
}

/// `2024-01-01`, alone or before a time.
fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(
            |(at, byte)| {
                if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() }
            },
        )
        && bytes.get(10).is_none_or(|byte| matches!(byte, b'T' | b't' | b' '))
}

#[cfg(test)]
mod tests {
    use super::super::problem::Problems;
    use super::*;

    fn kind(text: &str) -> (&'static str, Vec<String>) {
        let mut problems = Problems::new(false);
        let mut build = Builder::new(&mut problems);
        let kind = match plain(text, Position::START, &mut build) {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Unusable => "unusable",
            Value::List(_) | Value::Map(_) => "container",
        };
        (kind, problems.finish().into_iter().map(|problem| problem.code).collect())
    }

    #[test]
    fn resolves_as_the_core_schema_says() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(kind(text).0, "null", "{text}");
        }
        for text in ["true", "True", "TRUE", "false", "False", "FALSE"] {
            assert_eq!(kind(text).0, "bool", "{text}");
        }
        for text in
            ["0", "-1", "+1", "0.1", ".5", "1.", "1e3", "1.5E-3", "-.5e+2", "0o17", "0xFf", "12345678901234567890"]
        {
            assert_eq!(kind(text), ("number", vec![]), "{text}");
        }
        for text in [
            "nUll", "tRue", "y", "N", "1_000", "1e", "e1", ".", "-", "+", "--1", "0o8", "0x", "0b1", "1:30", "a",
            "0.1.2", "-0x1",
        ] {
            assert_eq!(kind(text), ("string", vec![]), "{text}");
        }
        for text in [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999", "-1e400"] {
            assert_eq!(kind(text), ("unusable", vec!["non_finite_number".to_owned()]), "{text}");
        }
    }

    #[test]
    fn warns_of_what_older_readers_take_otherwise() {
        for text in ["yes", "No", "ON", "off", "2024-01-01", "2024-01-01T00:00:00Z"] {
            assert_eq!(kind(text), ("string", vec!["ambiguous_scalar".to_owned()]), "{text}");
        }
        assert_eq!(kind("0777"), ("number", vec!["ambiguous_scalar".to_owned()]));
        for text in ["oN", "yEs", "2024-01-012", "2024-1-1"] {
            assert_eq!(kind(text), ("string", vec![]), "{text}");
        }
    }
}
