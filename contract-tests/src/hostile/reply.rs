//! What DynamoDB would answer, as far as the tests ask for it.

use serde_json::{Value, json};

/// A reply before anything is done to it.
pub struct Reply {
    /// The status line, with its end.
    pub status: &'static str,
    /// Header lines but for those on length and connection, each with its end.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Reply {
    /// The answer to `action`, with a note of `size` characters in every item.
    pub fn to(action: &str, body: &[u8], size: usize) -> Reply {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let answer = answer(action, &request, size);
        Reply::of("HTTP/1.1 200 OK\r\n", answer.to_string())
    }

    /// That the service is not available.
    pub fn unavailable() -> Reply {
        let body = json!({"__type": "com.amazon.coral.availability#ServiceUnavailableException", "message": "not now"});
        Reply::of("HTTP/1.1 503 Service Unavailable\r\n", body.to_string())
    }

    fn of(status: &'static str, body: String) -> Reply {
        let head = format!(
            "Server: Server\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: HOSTILE\r\nx-amz-crc32: {}\r\n",
            crc32fast::hash(body.as_bytes())
        );
        Reply { status, head, body }
    }

    /// The whole reply with a content length and further header lines.
    pub fn sized(&self, more: &str) -> String {
        format!("{}{}{more}Content-Length: {}\r\n\r\n{}", self.status, self.head, self.body.len(), self.body)
    }

    /// Status and header lines, and `more` of the latter, with the empty line that ends them.
    pub fn opening(&self, more: &str) -> String {
        format!("{}{}{more}\r\n", self.status, self.head)
    }
}

/// The note of a stored item: `size` characters that depend on their place.
pub fn note(size: usize) -> String {
    (0..size).map(|at| char::from(b'a' + (at % 25) as u8)).collect()
}

/// The key value of a request that says what to do with it: the first text that is marked so.
pub fn key(body: &[u8]) -> Option<String> {
    fn find(value: &Value) -> Option<&str> {
        match value {
            Value::String(text) => text.starts_with(super::board::MARK).then_some(text),
            Value::Array(elements) => elements.iter().find_map(find),
            Value::Object(members) => members.values().find_map(find),
            _ => None,
        }
    }
    find(&serde_json::from_slice(body).ok()?).map(str::to_owned)
}

fn answer(action: &str, request: &Value, size: usize) -> Value {
    let mut item = request["Key"].clone();
    item["motto"] = json!({"S": note(size)});
    item["visits"] = json!({"N": "1"});
    match action {
        "GetItem" => json!({"Item": item}),
        "UpdateItem" if request["ReturnValues"] != "NONE" => json!({"Attributes": item}),
        "BatchWriteItem" => json!({"UnprocessedItems": {}}),
        _ => json!({}),
    }
}
