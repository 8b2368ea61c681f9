//! Replies as bytes, made once per kind of request: head and body in one piece, as DynamoDB sends them.

use std::time::SystemTime;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::items::{OWNER, Shape};
use crate::request::Request;

const BEFORE_DATE: &str = "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: ";
const REQUEST_ID: &str = "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG";

/// One whole reply. Its date is renewed in place, at most once a second: SDKs correct their clocks by it.
pub struct Reply {
    /// Head and body.
    pub bytes: Vec<u8>,
    second: u64,
}

impl Reply {
    /// A reply with a status line of this code and reason, for instance `200 OK`.
    pub fn new(status: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\nServer: Server\r\nDate: {}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\
             Connection: keep-alive\r\nx-amzn-RequestId: {REQUEST_ID}\r\nx-amz-crc32: {}\r\n\r\n",
            http_date(0),
            body.len(),
            crc32fast::hash(body),
        );
        Self { bytes: [head.as_bytes(), body].concat(), second: 0 }
    }

    /// Sets the date. Only replies with the status line of `BEFORE_DATE` carry a current one.
    pub fn stamp(&mut self, second: u64) {
        if self.second != second && self.bytes.starts_with(BEFORE_DATE.as_bytes()) {
            let date = http_date(second);
            self.bytes[BEFORE_DATE.len()..BEFORE_DATE.len() + date.len()].copy_from_slice(date.as_bytes());
            self.second = second;
        }
    }
}

/// An error as DynamoDB sends it.
pub fn refusal(message: &str) -> Reply {
    let body = json!({ "__type": "com.amazon.coral.validate#ValidationException", "message": message });
    Reply::new("400 Bad Request", body.to_string().as_bytes())
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn http_date(second: u64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(second as i64).expect("a second of this age");
    let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
    let (hour, minute, second) = at.to_hms();
    format!("{}, {:02} {} {} {hour:02}:{minute:02}:{second:02} GMT", &weekday[..3], at.day(), &month[..3], at.year())
}

/// The body that answers a request, or why there is none.
pub fn body(request: &Request<'_>) -> Result<Vec<u8>, String> {
    let shape = Shape::of_table(request.table).ok_or_else(|| format!("there is no table `{}`", request.table))?;
    let mut reply = Map::new();
    let mut units = 1.0;
    match request.action {
        "PutItem" | "DeleteItem" => {}
        "GetItem" => {
            units = 0.5;
            reply.insert("Item".to_owned(), owned(shape.item(1), request.table));
        }
        "UpdateItem" => {
            if request.return_values == "ALL_NEW" {
                reply.insert("Attributes".to_owned(), owned(shape.item(1), request.table));
            }
        }
        "Query" => {
            let count = count_of(request.table)?;
            let items = (0..count).map(|index| owned(shape.item(index), request.table)).collect::<Vec<_>>();
            units = (count as f64 * 0.05).ceil() * 0.5;
            reply.extend([("Count".to_owned(), count.into()), ("Items".to_owned(), items.into())]);
            reply.insert("ScannedCount".to_owned(), count.into());
        }
        "BatchWriteItem" => {
            units = 25.0;
            reply.insert("UnprocessedItems".to_owned(), json!({}));
        }
        "BatchGetItem" => {
            let items = (0..request.keys).map(|index| owned(shape.item(index), request.table)).collect::<Vec<_>>();
            units = request.keys as f64 * 0.5;
            reply.insert("Responses".to_owned(), json!({ request.table: items }));
            reply.insert("UnprocessedKeys".to_owned(), json!({}));
        }
        "TransactWriteItems" => units = 20.0,
        other => return Err(format!("there is no answer to `{other}`")),
    }
    if request.wants_capacity {
        let capacity = json!({ "CapacityUnits": units, "TableName": request.table });
        let several = matches!(request.action, "BatchWriteItem" | "BatchGetItem" | "TransactWriteItems");
        reply.insert("ConsumedCapacity".to_owned(), if several { json!([capacity]) } else { capacity });
    }
    Ok(serde_json::to_vec(&reply).expect("JSON values can be written"))
}

/// How many items a query of this table gives: `orders-100` has a hundred.
fn count_of(table: &str) -> Result<usize, String> {
    let count = table.split('-').nth(1).and_then(|count| count.parse().ok());
    count.ok_or_else(|| format!("the table `{table}` does not say how many items a query gives"))
}

/// ElectroDB knows its items by two attributes of its own, and reads no others. Its tables end in `-edb`.
fn owned(mut item: Map<String, Value>, table: &str) -> Value {
    if table.ends_with("-edb") {
        let entity = table.split('-').next().unwrap_or_default();
        item.insert("__edb_e__".to_owned(), json!({ "S": entity }));
        item.insert("__edb_v__".to_owned(), json!({ "S": "1" }));
    }
    debug_assert_eq!(item["pk"]["S"], OWNER);
    item.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(action: &'a str, table: &'a str) -> Request<'a> {
        Request { action, table, return_values: "", wants_capacity: true, keys: 0 }
    }

    #[test]
    fn dates_are_renewed_in_place() {
        let mut reply = Reply::new("200 OK", b"{}");
        let before = reply.bytes.clone();
        reply.stamp(1_767_323_045);
        let text = String::from_utf8(reply.bytes.clone()).unwrap();
        assert!(text.contains("\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nContent-Type"), "{text}");
        assert!(text.contains("\r\nx-amz-crc32: 2745614147\r\n\r\n{}"), "{text}");
        reply.stamp(0);
        assert_eq!(reply.bytes, before);
    }

    #[test]
    fn queries_give_as_many_items_as_the_table_says() {
        let body: Value = serde_json::from_slice(&body(&request("Query", "orders-100-edb")).unwrap()).unwrap();
        assert_eq!(body["Count"], 100);
        assert_eq!(body["Items"].as_array().unwrap().len(), 100);
        assert_eq!(body["Items"][99]["sk"]["S"], "order#2026-01-02#0099");
        assert_eq!(body["Items"][99]["__edb_e__"]["S"], "orders");
    }

    #[test]
    fn unknown_requests_are_refused() {
        assert!(body(&request("Query", "orders")).is_err());
        assert!(body(&request("Scan", "orders")).is_err());
        assert!(body(&request("PutItem", "elsewhere")).is_err());
    }
}
