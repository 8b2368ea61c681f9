//! The items of the measurements as a Rust user has them. The stub compares them with its own.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// The partition key of every item.
pub const OWNER: &str = "user#1001";
/// What the sort keys of orders begin with.
pub const PREFIX: &str = "order#";
/// How many items the queries give.
pub const QUERIES: [usize; 3] = [1, 100, 1000];

/// What an item shows of itself.
pub trait Item {
    /// Fails unless the item was read to its last attribute.
    fn check(&self) -> Result<(), Failure>;
}

/// Makes the type with twelve attributes; the libraries differ in how a set is declared.
macro_rules! order {
    ($(#[$tags:meta])*) => {
        /// Twelve attributes.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct Order {
            pub pk: String,
            pub sk: String,
            pub status: String,
            pub note: String,
            pub amount: f64,
            pub items: u32,
            pub weight: f64,
            pub paid: bool,
            pub lines: Vec<String>,
            pub address: HashMap<String, String>,
            $(#[$tags])*
            pub tags: Vec<String>,
            #[serde(with = "serde_bytes")]
            pub label: Vec<u8>,
        }

        impl Order {
            /// Order number `index`.
            pub fn new(index: usize) -> Self {
                let text = |text: &str| text.to_owned();
                Self {
                    pk: text(OWNER),
                    sk: format!("order#2026-01-02#{index:04}"),
                    status: text("shipped"),
                    note: text("left at the door, second floor"),
                    amount: 1299.95,
                    items: 3,
                    weight: 12.5,
                    paid: true,
                    lines: vec![text("sku-1"), text("sku-22"), text("sku-333")],
                    address: HashMap::from([(text("city"), text("Basel")), (text("zip"), text("4051"))]),
                    tags: vec![text("gift"), text("express")],
                    label: (1..=16).collect(),
                }
            }
        }

        impl Item for Order {
            fn check(&self) -> Result<(), Failure> {
                if self.amount == 1299.95 && self.label.len() == 16 { Ok(()) } else { Err(format!("not the order: {self:?}").into()) }
            }
        }
    };
}

/// Orders as serde_dynamo wants them.
pub mod native {
    use super::*;
    order!(#[serde(with = "serde_dynamo::string_set")]);
}

/// Orders as TableTheory wants them: the schema says what is a set.
pub mod plain {
    use super::*;
    order!();
}

/// Tiny.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counter {
    pub pk: String,
    pub sk: String,
    pub count: u32,
}

impl Counter {
    pub fn one() -> Self {
        Self { pk: OWNER.to_owned(), sk: "counter#0001".to_owned(), count: 42 }
    }
}

impl Item for Counter {
    fn check(&self) -> Result<(), Failure> {
        if self.count == 42 { Ok(()) } else { Err("not the counter".into()) }
    }
}

/// A part of a [`Document`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    pub sku: String,
    pub title: String,
    pub quantity: u32,
    pub price: f64,
    pub marks: Vec<String>,
}

/// About 100 KB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    pub pk: String,
    pub sk: String,
    pub body: String,
    pub lines: Vec<Line>,
}

impl Document {
    pub fn one() -> Self {
        let line = |index: u32| Line {
            sku: format!("sku-{index:05}"),
            title: format!("A thing of some use, number {index:05}, in its usual box"),
            quantity: index,
            price: f64::from(index) + 0.5,
            marks: vec!["fragile".to_owned(), "blue".to_owned()],
        };
        let sentence = "The courier said \"left at the door\", second floor.\nNext to the plants, für später. ";
        Self {
            pk: OWNER.to_owned(),
            sk: "document#0001".to_owned(),
            body: sentence.repeat(480),
            lines: (0..300).map(line).collect(),
        }
    }
}

impl Item for Document {
    fn check(&self) -> Result<(), Failure> {
        match self.lines.last() {
            Some(line) if self.lines.len() == 300 && line.price == 299.5 => Ok(()),
            _ => Err("not the document".into()),
        }
    }
}

/// Fails unless so many items were read.
pub fn check_all<T: Item>(items: &[T], count: usize) -> Result<(), Failure> {
    if items.len() != count {
        return Err(format!("{} items instead of {count}", items.len()).into());
    }
    items[count - 1].check()
}
