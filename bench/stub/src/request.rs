//! What the stub looks at in a request: the head, and the few members of the body that choose the reply.

use memchr::memmem;

/// What chooses the reply.
#[derive(Debug)]
pub struct Request<'a> {
    /// `PutItem` and so on.
    pub action: &'a str,
    /// The first table named.
    pub table: &'a str,
    /// `ReturnValues`, empty when absent.
    pub return_values: &'a str,
    /// Whether consumed capacity is asked for.
    pub wants_capacity: bool,
    /// How many keys a `BatchGetItem` names.
    pub keys: usize,
}

/// The head of a message, read.
#[derive(Debug)]
pub struct Head<'a> {
    /// `POST`, or `GET` of a control connection.
    pub method: &'a str,
    /// Behind the host.
    pub path: &'a str,
    /// `x-amz-target` behind its dot.
    pub action: &'a str,
    /// Whether there is a signature.
    pub signed: bool,
    /// Length of the head with its blank line.
    pub head: usize,
    /// Length of the body.
    pub body: usize,
}

/// Reads the head at the start of `bytes`; `None` while it is incomplete.
pub fn head(bytes: &[u8]) -> Result<Option<Head<'_>>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut message = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = message.parse(bytes).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let mut head = Head {
        method: message.method.unwrap_or(""),
        path: message.path.unwrap_or(""),
        action: "",
        signed: false,
        head: length,
        body: 0,
    };
    for header in message.headers.iter() {
        let value = std::str::from_utf8(header.value).map_err(|error| error.to_string())?;
        if header.name.eq_ignore_ascii_case("content-length") {
            head.body = value.parse().map_err(|_| "content-length is no number".to_owned())?;
        } else if header.name.eq_ignore_ascii_case("x-amz-target") {
            head.action = value.rsplit('.').next().unwrap_or("");
        } else if header.name.eq_ignore_ascii_case("authorization") {
            head.signed = value.starts_with("AWS4-HMAC-SHA256 ") && value.contains("Signature=");
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") || header.name.eq_ignore_ascii_case("expect") {
            return Err(format!("the header `{}` is not served here", header.name));
        }
    }
    Ok(Some(head))
}

/// Reads what chooses the reply. Looks for members by their names, which is enough for bodies that the measured programs send.
pub fn request<'a>(action: &'a str, body: &'a [u8]) -> Request<'a> {
    let table = match action {
        "BatchWriteItem" | "BatchGetItem" => after(body, b"\"RequestItems\"").and_then(|rest| text(skip(rest, b'{'))),
        _ => after(body, b"\"TableName\"").and_then(text),
    };
    let member = |name: &[u8]| after(body, name).and_then(text).unwrap_or("");
    Request {
        action,
        table: table.unwrap_or(""),
        return_values: if action == "UpdateItem" { member(b"\"ReturnValues\"") } else { "" },
        wants_capacity: matches!(member(b"\"ReturnConsumedCapacity\""), "TOTAL" | "INDEXES"),
        keys: if action == "BatchGetItem" { memmem::find_iter(body, b"\"sk\"").count() } else { 0 },
    }
}

/// What follows `name` and its colon.
fn after<'a>(body: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let start = memmem::find(body, name)? + name.len();
    Some(skip(&body[start..], b':'))
}

/// Drops white space, `wanted`, and white space again.
fn skip(bytes: &[u8], wanted: u8) -> &[u8] {
    let bytes = bytes.trim_ascii_start();
    bytes.strip_prefix(&[wanted]).unwrap_or(bytes).trim_ascii_start()
}

/// The JSON string at the start, if it has no escapes.
fn text(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"\"")?;
    std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bodies_with_and_without_spaces() {
        let found = request("UpdateItem", br#"{"Key": {}, "TableName" : "orders", "ReturnValues":"ALL_NEW"}"#);
        assert_eq!((found.table, found.return_values, found.wants_capacity), ("orders", "ALL_NEW", false));
        let found = request("BatchWriteItem", br#"{"RequestItems": { "orders": []},"ReturnConsumedCapacity":"TOTAL"}"#);
        assert_eq!((found.table, found.wants_capacity), ("orders", true));
        let found = request("GetItem", br#"{"ReturnConsumedCapacity":"NONE","TableName":"orders"}"#);
        assert!(!found.wants_capacity);
        let keys = br#"{"RequestItems":{"orders":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"b"}},{"pk":{"S":"a"},"sk":{"S":"c"}}]}}}"#;
        assert_eq!(request("BatchGetItem", keys).keys, 2);
    }

    #[test]
    fn reads_heads_in_pieces() {
        let message = b"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Length: 7\r\n\
            authorization: AWS4-HMAC-SHA256 Credential=a, Signature=b\r\n\r\n{}";
        for end in 0..message.len() - 2 {
            assert!(head(&message[..end]).unwrap().is_none());
        }
        let found = head(message).unwrap().unwrap();
        assert_eq!((found.action, found.body, found.signed, found.head), ("GetItem", 7, true, message.len() - 2));
        assert!(head(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
