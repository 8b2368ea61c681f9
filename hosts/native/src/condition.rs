//! Conditions on attributes, as trees. The core makes DynamoDB's expressions of them.

use std::ops::{BitAnd, BitOr, Not};

use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::value::{Path, to_plain};

/// An attribute, by name or path (`address.city`, `lines[0].price`; names with `.`, `[` or `]` in back-ticks), to be compared.
///
/// ```
/// use tabletheory::attr;
///
/// let condition = attr("views").gt(3) & !attr("archived").exists() | attr("owner").eq(attr("editor"));
/// ```
pub fn attr(path: impl Into<String>) -> Attr {
    Attr { path: path.into() }
}

/// An attribute path: the left side of a comparison, or its right side as an operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attr {
    path: String,
}

impl Attr {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl Serialize for Attr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Path(&self.path).serialize(serializer)
    }
}

/// A condition: one comparison, or several joined by `&`, `|` and `!`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Condition(Result<Tree, String>);

#[derive(Clone, Debug)]
enum Tree {
    Leaf(String),
    And(Vec<String>),
    Or(Vec<String>),
}

impl Tree {
    fn text(self) -> String {
        match self {
            Tree::Leaf(text) => text,
            Tree::And(parts) => format!("{{\"$and\":[{}]}}", parts.join(",")),
            Tree::Or(parts) => format!("{{\"$or\":[{}]}}", parts.join(",")),
        }
    }
}

impl Condition {
    /// A condition tree as JSON text, in the form of `wit/README.md`, as it stands in call documents.
    pub fn from_json(tree: impl Into<String>) -> Self {
        Condition(Ok(Tree::Leaf(tree.into())))
    }

    /// The condition tree as JSON text.
    ///
    /// # Errors
    /// `ErrInvalidValue` when an operand could not be written.
    pub fn to_json(self) -> Result<String, Error> {
        self.0.map(Tree::text).map_err(|error| Error::from_document(&error))
    }

    fn comparison<T: Serialize + ?Sized>(path: &str, inner: impl Fn(String) -> String, operand: &T) -> Self {
        Condition(to_plain(operand).map(|text| leaf(path, &inner(text))).map_err(|error| error.to_json()))
    }
}

fn leaf(path: &str, operators: &str) -> Tree {
    let path = serde_json::to_string(path).expect("a text is JSON");
    Tree::Leaf(format!("{{{path}:{operators}}}"))
}

macro_rules! join {
    ($trait:ident $method:ident $variant:ident) => {
        impl $trait for Condition {
            type Output = Condition;
            fn $method(self, other: Condition) -> Condition {
                Condition(self.0.and_then(|left| {
                    let right = other.0?.text();
                    Ok(match left {
                        Tree::$variant(mut parts) => {
                            parts.push(right);
                            Tree::$variant(parts)
                        }
                        left => Tree::$variant(vec![left.text(), right]),
                    })
                }))
            }
        }
    };
}
join!(BitAnd bitand And);
join!(BitOr bitor Or);

impl Not for Condition {
    type Output = Condition;
    fn not(self) -> Condition {
        Condition(self.0.map(|tree| Tree::Leaf(format!("{{\"$not\":{}}}", tree.text()))))
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident)*) => {
        impl Attr {
            $($(#[$doc])* pub fn $method(&self, operand: impl Serialize) -> Condition {
                Condition::comparison(&self.path, |text| format!(concat!("{{\"", stringify!($method), "\":{}}}"), text), &operand)
            })*
        }
    };
}
comparisons! {
    /// Equal to a value, or to another attribute.
    eq
    /// Not equal.
    ne
    /// Less than.
    lt
    /// Less than or equal.
    lte
    /// Greater than.
    gt
    /// Greater than or equal.
    gte
    /// A text or binary that begins so.
    begins_with
    /// A text with this part, a set with this element, a list with this element.
    contains
    /// The opposite of `contains`.
    not_contains
}

impl Attr {
    /// Between two values, both included.
    pub fn between(&self, low: impl Serialize, high: impl Serialize) -> Condition {
        Condition::comparison(&self.path, |text| format!("{{\"between\":{text}}}"), &(low, high))
    }

    /// One of 1 to 100 values.
    pub fn is_in<T: Serialize>(&self, values: impl IntoIterator<Item = T>) -> Condition {
        let values: Vec<T> = values.into_iter().collect();
        Condition::comparison(&self.path, |text| format!("{{\"in\":{text}}}"), &values)
    }

    /// The attribute is there, whatever its value (NULL too).
    pub fn exists(&self) -> Condition {
        Condition(Ok(leaf(&self.path, "{\"exists\":true}")))
    }

    /// The attribute is absent.
    pub fn not_exists(&self) -> Condition {
        Condition(Ok(leaf(&self.path, "{\"exists\":false}")))
    }

    /// The attribute has this DynamoDB type, by DynamoDB's own name for it (`S`, `SS`, `NULL`, …).
    pub fn is_type(&self, name: impl Into<String>) -> Condition {
        Condition::comparison(&self.path, |text| format!("{{\"type\":{text}}}"), &name.into())
    }

    /// The size: length of a text or binary, elements of a collection. To be compared, or compared with.
    pub fn size(&self) -> Size {
        Size { path: self.path.clone() }
    }
}

/// The size of an attribute: the left side of a comparison, or its right side, where numbers are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    path: String,
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("$tabletheory::operand::$size", &self.path)
    }
}

macro_rules! sizes {
    ($($method:ident)*) => {
        #[allow(missing_docs)]
        impl Size {
            $(pub fn $method(&self, operand: impl Serialize) -> Condition {
                self.compare(stringify!($method), &operand)
            })*
        }
    };
}
sizes!(eq ne lt lte gt gte);

impl Size {
    fn compare<T: Serialize + ?Sized>(&self, operator: &str, operand: &T) -> Condition {
        Condition::comparison(&self.path, |text| format!("{{\"size\":{{\"{operator}\":{text}}}}}"), operand)
    }

    /// Between two sizes, both included.
    pub fn between(&self, low: impl Serialize, high: impl Serialize) -> Condition {
        self.compare("between", &(low, high))
    }

    /// One of 1 to 100 sizes.
    pub fn is_in<T: Serialize>(&self, sizes: impl IntoIterator<Item = T>) -> Condition {
        self.compare("in", &sizes.into_iter().collect::<Vec<T>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_become_trees() {
        let cases = [
            (attr("views").gt(3), r#"{"views":{"gt":3}}"#),
            (attr("a.b").eq(attr("c[0]")), r#"{"a.b":{"eq":{"$path":"c[0]"}}}"#),
            (attr("n").between(1, 2), r#"{"n":{"between":[1,2]}}"#),
            (attr("s").is_in(["x", "y"]), r#"{"s":{"in":["x","y"]}}"#),
            (attr("s").is_type("SS"), r#"{"s":{"type":"SS"}}"#),
            (attr("s").size().lte(4), r#"{"s":{"size":{"lte":4}}}"#),
            (attr("s").size().between(1, 4), r#"{"s":{"size":{"between":[1,4]}}}"#),
            (!attr("x").exists(), r#"{"$not":{"x":{"exists":true}}}"#),
            (attr("quo\"te").not_exists(), r#"{"quo\"te":{"exists":false}}"#),
        ];
        for (condition, tree) in cases {
            assert_eq!(condition.to_json().unwrap(), tree);
        }
    }

    #[test]
    fn joined_conditions_keep_their_grouping() {
        let (a, b, c) = (|| attr("a").eq(1), || attr("b").eq(2), || attr("c").eq(3));
        let text = |condition: Condition| condition.to_json().unwrap();
        assert_eq!(text(a() & b() & c()), r#"{"$and":[{"a":{"eq":1}},{"b":{"eq":2}},{"c":{"eq":3}}]}"#);
        assert_eq!(text(a() | b() & c()), r#"{"$or":[{"a":{"eq":1}},{"$and":[{"b":{"eq":2}},{"c":{"eq":3}}]}]}"#);
        assert_eq!(
            text((a() | b()) & !c()),
            r#"{"$and":[{"$or":[{"a":{"eq":1}},{"b":{"eq":2}}]},{"$not":{"c":{"eq":3}}}]}"#
        );
    }

    #[test]
    fn an_operand_that_cannot_be_written_is_an_error_of_the_whole() {
        let odd = std::collections::BTreeMap::from([(vec![1], 1)]);
        let error = (attr("a").eq(1) | attr("b").eq(odd)).to_json().unwrap_err();
        assert_eq!(error.code(), crate::Code::InvalidValue);
    }
}
