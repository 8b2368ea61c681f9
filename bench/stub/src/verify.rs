//! Compares requests with what they ought to be. On while a program is being set up, off while it is measured.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::items::{OWNER, Shape};
use crate::request::Request;

/// Whether the request asks for the work that its action stands for; else what is wrong.
pub fn verify(request: &Request<'_>, body: &[u8]) -> Result<(), String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let shape = Shape::of_table(request.table).ok_or_else(|| format!("there is no table `{}`", request.table))?;
    match request.action {
        "PutItem" => item(&body["Item"], shape, None).map(drop),
        "GetItem" | "DeleteItem" => key(&body["Key"], shape),
        "UpdateItem" => {
            key(&body["Key"], shape)?;
            uses(&body, "UpdateExpression", &["paid", "1"])?;
            uses(&body, "ConditionExpression", &["1"])
        }
        "Query" => {
            let prefix = &shape.sort_key(0)[..6];
            // The form from before there were expressions.
            let (partition, sort) = (&body["KeyConditions"]["pk"], &body["KeyConditions"]["sk"]);
            if partition["AttributeValueList"][0]["S"] == OWNER && sort["AttributeValueList"][0]["S"] == prefix {
                return Ok(());
            }
            uses(&body, "KeyConditionExpression", &[OWNER, prefix])
        }
        "BatchWriteItem" => {
            let writes = body["RequestItems"][request.table].as_array().ok_or("there are no writes")?;
            distinct(writes.iter().map(|write| &write["PutRequest"]["Item"]), shape, 25)
        }
        "BatchGetItem" => {
            let keys = body["RequestItems"][request.table]["Keys"].as_array().ok_or("there are no keys")?;
            let wanted = |index| serde_json::json!({ "pk": { "S": OWNER }, "sk": { "S": shape.sort_key(index) } });
            match keys.iter().enumerate().find(|(index, key)| **key != wanted(*index)) {
                Some((index, other)) => Err(format!("key {index} is {}", start(other))),
                None => Ok(()),
            }
        }
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array().ok_or("there are no actions")?;
            distinct(actions.iter().map(|action| &action["Put"]["Item"]), shape, 10)
        }
        other => Err(format!("`{other}` is not measured")),
    }
}

fn distinct<'a>(items: impl Iterator<Item = &'a Value>, shape: Shape, wanted: usize) -> Result<(), String> {
    let keys =
        items.enumerate().map(|(index, found)| item(found, shape, Some(index))).collect::<Result<BTreeSet<_>, _>>()?;
    if keys.len() == wanted { Ok(()) } else { Err(format!("{} different items instead of {wanted}", keys.len())) }
}

/// Compares an item, at any position but `index` if that is given; returns its sort key.
fn item(found: &Value, shape: Shape, index: Option<usize>) -> Result<String, String> {
    let found = found.as_object().ok_or("there is no item")?;
    let wanted = shape.item(index.unwrap_or(1));
    for (name, value) in &wanted {
        match found.get(name) {
            Some(other) if same(value, other) => {}
            Some(other) => return Err(format!("`{name}` is {}, not {}", start(other), start(value))),
            None => return Err(format!("`{name}` is missing")),
        }
    }
    match found.keys().find(|name| !wanted.contains_key(*name) && !name.starts_with("__edb")) {
        Some(name) => Err(format!("`{name}` does not belong to the item")),
        None => Ok(found["sk"]["S"].as_str().unwrap_or_default().to_owned()),
    }
}

fn key(found: &Value, shape: Shape) -> Result<(), String> {
    let wanted = serde_json::json!({ "pk": { "S": OWNER }, "sk": { "S": shape.sort_key(1) } });
    if *found == wanted { Ok(()) } else { Err(format!("the key is {}", start(found))) }
}

/// Whether an expression is there and all `values` are bound.
fn uses(body: &Value, expression: &str, values: &[&str]) -> Result<(), String> {
    if body[expression].as_str().is_none_or(str::is_empty) {
        return Err(format!("there is no {expression}"));
    }
    let none = Map::new();
    let bound = body["ExpressionAttributeValues"].as_object().unwrap_or(&none);
    for value in values {
        let found = bound.values().any(|bound| bound["S"] == *value || bound["N"] == *value);
        if !found {
            return Err(format!("no value `{value}` is bound"));
        }
    }
    Ok(())
}

/// Equality as DynamoDB sees it: numbers by value, sets without order.
fn same(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return one == other };
    one.len() == other.len()
        && one.iter().all(|(tag, value)| match (tag.as_str(), value, other.get(tag)) {
            (_, _, None) => false,
            ("N", Value::String(one), Some(Value::String(other))) => {
                one.parse::<f64>().ok() == other.parse::<f64>().ok()
            }
            ("SS", Value::Array(one), Some(Value::Array(other))) => {
                let sorted =
                    |set: &[Value]| set.iter().map(|value| value.as_str().map(str::to_owned)).collect::<BTreeSet<_>>();
                sorted(one) == sorted(other)
            }
            ("L", Value::Array(one), Some(Value::Array(other))) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
            }
            (_, one, Some(other)) => same(one, other),
        })
}

fn start(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(action: &str, table: &str, body: Value) -> Result<(), String> {
        verify(
            &Request { action, table, return_values: "", wants_capacity: false, keys: 0 },
            body.to_string().as_bytes(),
        )
    }

    #[test]
    fn items_are_compared_by_value() {
        let mut item = Shape::Twelve.item(1);
        item["amount"] = json!({ "N": "1299.950" });
        item["tags"] = json!({ "SS": ["gift", "express"] });
        check("PutItem", "orders", json!({ "Item": item })).unwrap();
        item["tags"] = json!({ "SS": ["gift"] });
        assert!(check("PutItem", "orders", json!({ "Item": item })).unwrap_err().contains("`tags`"));
        assert!(
            check("PutItem", "orders", json!({ "Item": { "pk": { "S": OWNER } } })).unwrap_err().contains("missing")
        );
    }

    #[test]
    fn fewer_writes_than_promised_are_refused() {
        let writes = |count| {
            (0..count).map(|index| json!({ "PutRequest": { "Item": Shape::Twelve.item(index) } })).collect::<Vec<_>>()
        };
        check("BatchWriteItem", "orders", json!({ "RequestItems": { "orders": writes(25) } })).unwrap();
        assert!(check("BatchWriteItem", "orders", json!({ "RequestItems": { "orders": writes(24) } })).is_err());
    }

    #[test]
    fn expressions_need_their_values() {
        let update = json!({ "Key": { "pk": { "S": OWNER }, "sk": { "S": Shape::Twelve.sort_key(1) } }, "UpdateExpression": "SET #a = :a ADD #b :b",
            "ConditionExpression": "#c > :c", "ExpressionAttributeValues": { ":a": { "S": "paid" }, ":b": { "N": "1" }, ":c": { "N": "1" } } });
        check("UpdateItem", "orders", update.clone()).unwrap();
        let mut without = update;
        without.as_object_mut().unwrap().remove("ConditionExpression");
        assert!(check("UpdateItem", "orders", without).is_err());
    }
}
