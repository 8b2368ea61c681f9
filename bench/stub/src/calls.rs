//! The measured operations as call documents, for what measures the core itself.

use serde_json::{Value, json};

use crate::canned::body;
use crate::items::{OWNER, Shape};
use crate::request::request;
use crate::verify::verify;

/// One call, and how many items its result has.
pub struct Call {
    /// As in the measurements: operation and shape, or operation and number of items.
    pub name: String,
    /// The call document.
    pub document: String,
    /// Items that the result has to bring.
    pub items: usize,
}

/// All calls, over the models of `bench.dms.yml`.
pub fn all() -> Vec<Call> {
    let mut calls = Vec::new();
    let mut add = |name: String, document: Value, items: usize| {
        calls.push(Call { name, document: document.to_string(), items });
    };
    for (name, model, shape) in
        [("twelve", "Order", Shape::Twelve), ("tiny", "Counter", Shape::Tiny), ("large", "Document", Shape::Large)]
    {
        let key = key(shape, 1);
        add(format!("put.{name}"), json!({ "op": "put", "model": model, "item": item(shape, 1) }), 0);
        add(format!("get.{name}"), json!({ "op": "get", "model": model, "key": key }), 1);
        add(format!("delete.{name}"), json!({ "op": "delete", "model": model, "key": key }), 0);
    }
    let update = json!({ "op": "update", "model": "Order", "key": key(Shape::Twelve, 1), "set": { "status": "paid" },
        "add": { "items": 1 }, "condition": { "amount": { "gt": 1 } }, "return_values": "NONE" });
    add("update.twelve".to_owned(), update, 0);
    for count in [1, 100, 1000] {
        let query = json!({ "op": "query", "model": format!("Order{count}"), "key": [OWNER],
            "where": { "sk": { "begins_with": "order#" } } });
        add(format!("query.{count}"), query, count);
    }
    for count in [5, 25] {
        let writes = json!([{ "model": "Order", "put": items(count) }]);
        add(format!("batch_write.{count}"), json!({ "op": "batch_write", "writes": writes }), 0);
    }
    for count in [10, 100] {
        let keys = (0..count).map(|index| key(Shape::Twelve, index)).collect::<Vec<_>>();
        let gets = json!([{ "model": "Order", "keys": keys }]);
        add(format!("batch_get.{count}"), json!({ "op": "batch_get", "gets": gets }), count);
        let puts = items(count).into_iter().map(|item| json!({ "put": { "model": "Order", "item": item } }));
        add(format!("transact.{count}"), json!({ "op": "transact", "actions": puts.collect::<Vec<_>>() }), 0);
    }
    calls
}

impl Call {
    /// The body that answers a request of this call. Fails unless the request is what it ought to be.
    pub fn answer(&self, action: &str, content: &[u8]) -> Result<Vec<u8>, String> {
        let found = request(action, content);
        // `verify` knows batches and transactions in the sizes that the libraries do.
        if !matches!(&*self.name, "batch_write.5" | "transact.100") {
            verify(&found, content)?;
        }
        body(&found)
    }

    /// Fails unless a result document brings what the call is to bring.
    pub fn check(&self, result: &str) -> Result<(), String> {
        let found: Value = serde_json::from_str(result).map_err(|error| error.to_string())?;
        let many = found["items"].as_array().or_else(|| found["results"][0].as_array());
        let count = match many {
            Some(items) => items.iter().filter(|item| item.is_object()).count(),
            None => usize::from(found["item"].is_object()),
        };
        if count == self.items { Ok(()) } else { Err(format!("{count} items instead of {}", self.items)) }
    }
}

fn key(shape: Shape, index: usize) -> Value {
    json!([OWNER, shape.sort_key(index)])
}

fn items(count: usize) -> Vec<Value> {
    (0..count).map(|index| item(Shape::Twelve, index)).collect()
}

/// An item as call documents have it.
fn item(shape: Shape, index: usize) -> Value {
    plain(&json!({ "M": shape.item(index) }))
}

/// An AttributeValue as plain JSON. The schema says what is a set and what is binary.
fn plain(value: &Value) -> Value {
    let (tag, value) = value.as_object().and_then(|value| value.iter().next()).expect("an AttributeValue");
    match (tag.as_str(), value) {
        ("N", Value::String(digits)) => serde_json::from_str(digits).expect("a number"),
        ("L", Value::Array(elements)) => elements.iter().map(plain).collect(),
        ("M", Value::Object(members)) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted() {
        let call = |items| Call { name: String::new(), document: String::new(), items };
        call(0).check(r#"{"stats":{}}"#).unwrap();
        call(1).check(r#"{"item":{"pk":"a"}}"#).unwrap();
        call(2).check(r#"{"items":[{},{}]}"#).unwrap();
        call(1).check(r#"{"results":[[{},null]]}"#).unwrap();
        assert!(call(1).check(r#"{"item":null}"#).is_err());
    }

    #[test]
    fn requests_are_compared() {
        let put = all().into_iter().find(|call| call.name == "put.tiny").unwrap();
        let request = |item: Value| json!({ "TableName": "counters", "Item": item }).to_string();
        put.answer("PutItem", request(Shape::Tiny.item(1).into()).as_bytes()).unwrap();
        assert!(put.answer("PutItem", request(json!({})).as_bytes()).is_err());
    }
}
