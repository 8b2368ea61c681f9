//! The items of the measurements, as DynamoDB JSON. Every program builds the same ones in its own language; `verify` compares.

use serde_json::{Map, Value, json};

/// The partition key of every item.
pub const OWNER: &str = "user#1001";

/// What the tables hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Twelve attributes: three numbers, a list, a map, a set, a binary value, a boolean and text.
    Twelve,
    /// Two key attributes and a number.
    Tiny,
    /// About 100 KB: text of 40 KB and 300 small maps.
    Large,
}

impl Shape {
    /// The shape of a table: `orders…` twelve, `counters…` tiny, `documents…` large.
    pub fn of_table(table: &str) -> Option<Shape> {
        let shapes = [("orders", Shape::Twelve), ("counters", Shape::Tiny), ("documents", Shape::Large)];
        shapes.into_iter().find(|(name, _)| table.starts_with(name)).map(|(_, shape)| shape)
    }

    /// The sort key of item `index`.
    pub fn sort_key(self, index: usize) -> String {
        match self {
            Shape::Twelve => format!("order#2026-01-02#{index:04}"),
            Shape::Tiny => format!("counter#{index:04}"),
            Shape::Large => format!("document#{index:04}"),
        }
    }

    /// Item `index`: the same for every index but for its sort key.
    pub fn item(self, index: usize) -> Map<String, Value> {
        let mut item = Map::new();
        item.insert("pk".to_owned(), json!({ "S": OWNER }));
        item.insert("sk".to_owned(), json!({ "S": self.sort_key(index) }));
        let Value::Object(rest) = (match self {
            Shape::Twelve => twelve(),
            Shape::Tiny => json!({ "count": { "N": "42" } }),
            Shape::Large => large(),
        }) else {
            unreachable!("items are objects")
        };
        item.extend(rest);
        item
    }
}

fn twelve() -> Value {
    json!({
        "status": { "S": "shipped" },
        "note": { "S": "left at the door, second floor" },
        "amount": { "N": "1299.95" },
        "items": { "N": "3" },
        "weight": { "N": "12.5" },
        "paid": { "BOOL": true },
        "lines": { "L": [{ "S": "sku-1" }, { "S": "sku-22" }, { "S": "sku-333" }] },
        "address": { "M": { "city": { "S": "Basel" }, "zip": { "S": "4051" } } },
        "tags": { "SS": ["express", "gift"] },
        "label": { "B": "AQIDBAUGBwgJCgsMDQ4PEA==" },
    })
}

fn large() -> Value {
    const SENTENCE: &str = "The courier said \"left at the door\", second floor.\nNext to the plants, für später. ";
    let line = |index: usize| {
        json!({ "M": {
            "sku": { "S": format!("sku-{index:05}") },
            "title": { "S": format!("A thing of some use, number {index:05}, in its usual box") },
            "quantity": { "N": index.to_string() },
            "price": { "N": format!("{index}.5") },
            "marks": { "L": [{ "S": "fragile" }, { "S": "blue" }] },
        } })
    };
    json!({ "body": { "S": SENTENCE.repeat(480) }, "lines": { "L": (0..300).map(line).collect::<Vec<_>>() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_sizes_that_their_names_promise() {
        assert_eq!(Shape::Twelve.item(1).len(), 12);
        let large = serde_json::to_vec(&Shape::Large.item(1)).unwrap().len();
        assert!((95_000..110_000).contains(&large), "{large}");
    }

    #[test]
    fn sort_keys_have_one_length() {
        assert_eq!(Shape::Twelve.sort_key(0).len(), Shape::Twelve.sort_key(999).len());
        assert_eq!(Shape::of_table("orders-100"), Some(Shape::Twelve));
        assert_eq!(Shape::of_table("other"), None);
    }
}
