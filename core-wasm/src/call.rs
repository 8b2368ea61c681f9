//! Call documents: which operation, and its members.

use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::json::{self, What, Wrong, members};

/// The operation that a call document names.
pub fn operation_of(call: &str) -> Result<Cow<'_, str>, Error> {
    members! {
        struct Head<'a> {
            op: Cow<'a, str>,
        }
        ..
    }
    // Hosts write `op` first; then the rest need not be looked at.
    if let Some(rest) = call.strip_prefix("{\"op\":\"")
        && let Some((op, _)) = rest.split_once('"')
        && op.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    {
        return Ok(op.into());
    }
    let head: Head<'_> = parse(call)?;
    Ok(head.op)
}

/// Reads the members of a call.
pub fn parse<'a, T: json::Value<'a>>(call: &'a str) -> Result<T, Error> {
    json::read(call).map_err(refused)
}

/// What is wrong with a call.
pub fn refused(wrong: Wrong) -> Error {
    let message = match &wrong.what {
        What::NotJson(_) => format!("the call is {wrong}"),
        What::Expected("an object") if wrong.path.is_empty() => "the call is not a JSON object".to_owned(),
        _ => wrong.to_string(),
    };
    let error = Error::new(Code::InvalidCall, message);
    if wrong.path.is_empty() { error } else { error.at(wrong.path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    members! {
        #[derive(Debug)]
        #[allow(dead_code)]
        struct Sample<'a> {
            op: Cow<'a, str>,
            count: Option<u32>,
        }
    }

    #[test]
    fn the_operation_is_found_wherever_it_stands() {
        assert_eq!(operation_of(r#"{"op":"get","model":"#).unwrap(), "get");
        assert_eq!(operation_of(r#" {"model":"M", "op" : "get"}"#).unwrap(), "get");
        for bad in ["", "[]", "{}", r#"{"op":1}"#, r#"{"op":"#] {
            assert_eq!(operation_of(bad).unwrap_err().code(), Code::InvalidCall, "{bad}");
        }
    }

    #[test]
    fn complaints_name_members_but_no_values() {
        let said = |call: &str| {
            let error = parse::<Sample<'_>>(call).unwrap_err();
            (error.details().message.clone(), error.details().path.clone())
        };
        let at = |path: &str| Some(path.to_owned());
        assert_eq!(
            said(r#"{"op":"x","cuont":1}"#),
            ("unknown member `cuont`, expected one of `op`, `count`".to_owned(), None)
        );
        assert_eq!(said(r#"{"count":1}"#).0, "missing member `op`");
        assert_eq!(
            said(r#"{"op":"x","count":"secret"}"#),
            ("`count` is not a whole number from 0".to_owned(), at("/count"))
        );
        assert_eq!(said(r#"{"op":"x""#).0, "the call is not JSON: unexpected end, at byte 9");
        assert_eq!(said("[]").0, "the call is not a JSON object");
    }
}
