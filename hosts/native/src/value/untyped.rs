//! Values without a type of their own.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::types::{NUMBER, SET, TIME, VALUE};
use super::{Binary, Number, Set, Time};

/// An item, or a map inside one: values by name.
pub type Item = BTreeMap<String, Value>;

/// Any value that an item can hold.
///
/// ```
/// use tabletheory::{Item, Value};
///
/// let mut item = Item::new();
/// item.insert("pk".into(), "u#1".into());
/// item.insert("views".into(), 3.into());
/// assert_eq!(item["pk"].as_str(), Some("u#1"));
/// assert_eq!(item["views"].get::<u64>(), Some(3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// NULL.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, with all its digits.
    Number(Number),
    /// A text.
    String(String),
    /// An instant, to be written; times are read as the text or number that is stored.
    Time(Time),
    /// Bytes.
    Binary(Binary),
    /// A list.
    List(Vec<Value>),
    /// A set of texts, numbers or bytes.
    Set(Set<Value>),
    /// A map.
    Map(Item),
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number as a machine type, if this is a number which that type holds exactly.
    pub fn get<T: super::number::Exact>(&self) -> Option<T> {
        match self {
            Value::Number(number) => number.get(),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($variant:ident: $($type:ty),*;)*) => {
        $($(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        })*)*
    };
}
from! {
    Bool: bool;
    Number: Number, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize;
    String: &str, String;
    Time: Time;
    Binary: Binary;
    List: Vec<Value>;
    Set: Set<Value>;
    Map: Item;
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => value.serialize(serializer),
            Value::Number(value) => value.serialize(serializer),
            Value::String(value) => value.serialize(serializer),
            Value::Time(value) => value.serialize(serializer),
            Value::Binary(value) => value.serialize(serializer),
            Value::List(value) => value.serialize(serializer),
            Value::Set(value) => value.serialize(serializer),
            Value::Map(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(VALUE, Any)
    }
}

struct Any;

macro_rules! visit {
    ($($name:ident: $type:ty),*) => {
        $(fn $name<E>(self, value: $type) -> Result<Value, E> { Ok(value.into()) })*
    };
}

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_u128: u128, visit_i128: i128, visit_str: &str, visit_string: String);

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(Any)
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        Value::deserialize(inner)
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        value.to_string().parse().map(Value::Number).map_err(E::custom)
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Binary::from(bytes).into())
    }
    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Binary(bytes).into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1024));
        while let Some(element) = seq.next_element()? {
            list.push(element);
        }
        Ok(Value::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut item = Item::new();
        while let Some(name) = map.next_key::<String>()? {
            item.insert(name, map.next_value()?);
        }
        Ok(Value::Map(item))
    }
    /// What our own reader says of numbers, times and sets.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        match access.variant::<String>()? {
            (mark, variant) if mark == NUMBER => Ok(Number::unchecked(variant.newtype_variant()?).into()),
            (mark, variant) if mark == TIME => Ok(Time(variant.newtype_variant()?).into()),
            (mark, variant) if mark == SET => Ok(Set::from_iter(variant.newtype_variant::<Vec<Value>>()?).into()),
            _ => Err(A::Error::custom("an enum is no value")),
        }
    }
}
