//! The requests of the floor: what the measured programs ask for, as bytes that only have to be sent.

use serde_json::{Value, json};

use crate::items::{OWNER, Shape};

/// One whole HTTP message per operation. The signature has the right form and length, no more.
pub fn requests(port: u16) -> Value {
    let item = |shape: Shape, index| Value::from(shape.item(index));
    let key = || json!({ "pk": { "S": OWNER }, "sk": { "S": Shape::Twelve.sort_key(1) } });
    let key_of = |shape: Shape| json!({ "pk": { "S": OWNER }, "sk": { "S": shape.sort_key(1) } });
    let shapes =
        [("twelve", "orders", Shape::Twelve), ("tiny", "counters", Shape::Tiny), ("large", "documents", Shape::Large)];
    let mut all = serde_json::Map::new();
    let mut add = |name: String, action: &str, mut body: Value| {
        body["ReturnConsumedCapacity"] = "TOTAL".into();
        all.insert(name, message(port, action, &body.to_string()).into());
    };
    for (name, table, shape) in shapes {
        add(format!("put.{name}"), "PutItem", json!({ "TableName": table, "Item": item(shape, 1) }));
        add(format!("get.{name}"), "GetItem", json!({ "TableName": table, "Key": key_of(shape) }));
    }
    let update = json!({
        "TableName": "orders", "Key": key(), "UpdateExpression": "SET #n0 = :v0 ADD #n1 :v1", "ConditionExpression": "#n2 > :v2",
        "ExpressionAttributeNames": { "#n0": "status", "#n1": "items", "#n2": "amount" },
        "ExpressionAttributeValues": { ":v0": { "S": "paid" }, ":v1": { "N": "1" }, ":v2": { "N": "1" } },
    });
    add("update.twelve".to_owned(), "UpdateItem", update);
    for count in [1, 100, 1000] {
        let query = json!({
            "TableName": format!("orders-{count}"), "KeyConditionExpression": "#n0 = :v0 AND begins_with(#n1, :v1)",
            "ExpressionAttributeNames": { "#n0": "pk", "#n1": "sk" },
            "ExpressionAttributeValues": { ":v0": { "S": OWNER }, ":v1": { "S": "order#" } },
        });
        add(format!("query.{count}"), "Query", query);
    }
    let writes =
        (0..25).map(|index| json!({ "PutRequest": { "Item": item(Shape::Twelve, index) } })).collect::<Vec<_>>();
    add("batch_write.25".to_owned(), "BatchWriteItem", json!({ "RequestItems": { "orders": writes } }));
    let puts = (0..10)
        .map(|index| json!({ "Put": { "TableName": "orders", "Item": item(Shape::Twelve, index) } }))
        .collect::<Vec<_>>();
    let transact = json!({ "TransactItems": puts, "ClientRequestToken": "0b9f5c1e-5d4e-4c5b-8d5e-2f3a4b5c6d7e" });
    add("transact.10".to_owned(), "TransactWriteItems", transact);
    all.into()
}

fn message(port: u16, action: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.{action}\r\nX-Amz-Date: 20260102T030405Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIDEXAMPLE/20260102/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
         Signature={}\r\nContent-Length: {}\r\n\r\n{body}",
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        body.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{head, request};
    use crate::verify::verify;

    #[test]
    fn the_floor_asks_for_the_same_work() {
        let requests = requests(8000);
        assert_eq!(requests.as_object().unwrap().len(), 12);
        for (name, message) in requests.as_object().unwrap() {
            let message = message.as_str().unwrap().as_bytes();
            let head = head(message).unwrap().unwrap();
            assert_eq!(message.len(), head.head + head.body);
            let body = &message[head.head..];
            verify(&request(head.action, body), body).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        }
    }
}
