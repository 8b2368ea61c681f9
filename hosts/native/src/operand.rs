//! Values that come from the item itself: operands of conditions, and of an update's `set`.

use std::ops::{Add, Sub};

use serde::{Serialize, Serializer};

use crate::condition::Attr;

/// What our own writer knows operands by: a mark of its last part. Any other serde format gets the parts.
macro_rules! name {
    ($operator:literal) => {
        concat!("$tabletheory::operand::", $operator)
    };
}

/// A value that the service works out of the item: made by [`plus`], [`minus`], [`list_append`] and [`Attr::if_not_exists`], or with `+`
/// and `-` of an [`attr`](crate::attr).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand<P> {
    name: &'static str,
    parts: P,
}

impl<P: Serialize> Serialize for Operand<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.name, &self.parts)
    }
}

/// In `set`: the sum of two numbers. Each is a number, an attribute or an [`Attr::if_not_exists`].
///
/// ```
/// use tabletheory::{attr, plus};
///
/// assert_eq!(plus(attr("net"), 5), attr("net") + 5);
/// let counted = attr("views").if_not_exists(0) + 1;
/// # let _ = counted;
/// ```
pub fn plus<A: Serialize, B: Serialize>(first: A, second: B) -> Operand<(A, B)> {
    Operand { name: name!("$plus"), parts: (first, second) }
}

/// In `set`: the difference of two numbers, as [`plus`].
pub fn minus<A: Serialize, B: Serialize>(first: A, second: B) -> Operand<(A, B)> {
    Operand { name: name!("$minus"), parts: (first, second) }
}

/// In `set`: two lists as one. Each is a list, an attribute or an [`Attr::if_not_exists`].
pub fn list_append<A: Serialize, B: Serialize>(first: A, second: B) -> Operand<(A, B)> {
    Operand { name: name!("$list_append"), parts: (first, second) }
}

impl Attr {
    /// In `set`: this attribute, or a value (or another attribute) where there is none.
    pub fn if_not_exists<T: Serialize>(&self, otherwise: T) -> Operand<(String, T)> {
        Operand { name: name!("$if_not_exists"), parts: (self.path().to_owned(), otherwise) }
    }
}

macro_rules! operators {
    ($([$($generic:ident)?] $left:ty;)*) => {$(
        impl<T: Serialize $(, $generic: Serialize)?> Add<T> for $left {
            type Output = Operand<($left, T)>;
            fn add(self, other: T) -> Self::Output {
                plus(self, other)
            }
        }
        impl<T: Serialize $(, $generic: Serialize)?> Sub<T> for $left {
            type Output = Operand<($left, T)>;
            fn sub(self, other: T) -> Self::Output {
                minus(self, other)
            }
        }
    )*};
}
operators! {
    [] Attr;
    [P] Operand<P>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr;
    use crate::value::{Set, to_plain};

    #[test]
    fn operands_are_marked() {
        let text = |operand: &dyn erased::Plain| operand.plain();
        let cases: [(&dyn erased::Plain, &str); 7] = [
            (&(attr("a.b") + 1), r#"{"$plus":[{"$path":"a.b"},1]}"#),
            (&(attr("a") - attr("b")), r#"{"$minus":[{"$path":"a"},{"$path":"b"}]}"#),
            (&(attr("a").if_not_exists(0) - 2.5), r#"{"$minus":[{"$if_not_exists":["a",0]},2.5]}"#),
            (&attr("a").if_not_exists(attr("b")), r#"{"$if_not_exists":["a",{"$path":"b"}]}"#),
            (&attr("a").if_not_exists(Set::from(["x"])), r#"{"$if_not_exists":["a",{"$set":["x"]}]}"#),
            (&list_append(attr("log"), ["x"]), r#"{"$list_append":[{"$path":"log"},["x"]]}"#),
            (&attr("seats").size(), r#"{"$size":"seats"}"#),
        ];
        for (operand, json) in cases {
            assert_eq!(text(operand), json);
        }
    }

    /// Values of several types in one list.
    mod erased {
        pub trait Plain {
            fn plain(&self) -> String;
        }
        impl<T: serde::Serialize> Plain for T {
            fn plain(&self) -> String {
                super::to_plain(self).unwrap()
            }
        }
    }
}
