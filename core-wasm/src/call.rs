//! Call documents: which operation, and its members.

use serde::Deserialize;

use crate::error::{Code, Error};

/// The operation that a call document names.
pub fn operation_of(call: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Head {
        op: String,
    }
    // Hosts write `op` first; then the rest need not be looked at.
    if let Some(rest) = call.strip_prefix("{\"op\":\"")
        && let Some((op, _)) = rest.split_once('"')
        && op.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    {
        return Ok(op.to_owned());
    }
    let head: Head = serde_json::from_str(call).map_err(|error| refused(&error))?;
    Ok(head.op)
}

/// Reads the members of a call.
pub fn parse<'a, T: Deserialize<'a>>(call: &'a str) -> Result<T, Error> {
    serde_json::from_str(call).map_err(|error| refused(&error))
}

fn refused(error: &serde_json::Error) -> Error {
    Error::new(Code::InvalidCall, complaint(error))
}

/// What a parser says, without the values that it may quote.
pub fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let (what, place) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    let column = place.rsplit_once("column ").map_or("", |(_, column)| column);
    let named = ["unknown field", "missing field", "duplicate field", "unknown variant"];
    match error.classify() {
        serde_json::error::Category::Data if named.iter().any(|start| what.starts_with(start)) => {
            what.replace("field", "member").replace("variant", "value")
        }
        serde_json::error::Category::Data => format!("a member has the wrong type, at byte {column}"),
        _ => format!("not a JSON object: {what}, at byte {column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        op: String,
        count: Option<u32>,
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
        let said = |call: &str| parse::<Sample>(call).unwrap_err().details().message.clone();
        assert_eq!(said(r#"{"op":"x","cuont":1}"#), "unknown member `cuont`, expected `op` or `count`");
        assert_eq!(said(r#"{"count":1}"#), "missing member `op`");
        assert_eq!(said(r#"{"op":"x","count":"secret"}"#), "a member has the wrong type, at byte 26");
        assert!(said(r#"{"op":"x""#).starts_with("not a JSON object: EOF"));
    }
}
