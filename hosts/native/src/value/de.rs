//! The reader of plain JSON.
//!
//! JSON itself is read by `serde_json`, one level at a time, with each value kept as its text: so every digit of a number is there
//! when a type asks for it, and no feature of `serde_json` has to be switched on for everyone.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::{MapAccessDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

use super::misfit::Misfit;
use super::number::Exact;
use super::types::{NUMBER, SET, TIME, VALUE};
use crate::error::{Code, Error};

/// Reads a value; `item`: its outermost object holds attributes, which are never taken for a mark.
pub(super) fn read<T: DeserializeOwned>(json: &str, item: bool) -> Result<T, Error> {
    let raw: &RawValue =
        serde_json::from_str(json).map_err(|_| Error::new(Code::InvalidValue, "the text is not JSON"))?;
    T::deserialize(Reader { text: raw.get(), item, exact: false }).map_err(|misfit| {
        let code = if misfit.loses_digits { Code::NumberPrecisionLoss } else { Code::InvalidValue };
        let error = Error::new(code, misfit.what.clone());
        let error = if misfit.path.is_empty() { error } else { error.at(misfit.path.clone()) };
        if misfit.detail.is_some() { error.with_source(misfit) } else { error }
    })
}

/// A JSON text of exactly one value.
#[derive(Clone, Copy)]
struct Reader<'de> {
    text: &'de str,
    item: bool,
    /// For [`super::Value`]: numbers and sets keep what they are.
    exact: bool,
}

/// What a JSON text stands for.
enum Plain<'de> {
    Null,
    Bool(bool),
    Number(&'de str),
    Text(Cow<'de, str>),
    Time(Cow<'de, str>),
    Binary(Vec<u8>),
    List(Vec<&'de RawValue>),
    Set(Vec<&'de RawValue>),
    Map(Vec<(Cow<'de, str>, &'de RawValue)>),
}

impl<'de> Reader<'de> {
    fn plain(&self) -> Result<Plain<'de>, Misfit> {
        Ok(match self.text.as_bytes().first() {
            Some(b'n') => Plain::Null,
            Some(b't' | b'f') => Plain::Bool(self.text == "true"),
            Some(b'"') => Plain::Text(json::<Text<'de>>(self.text)?.0),
            Some(b'[') => Plain::List(json(self.text)?),
            Some(b'{') => marked(json::<Members<'de>>(self.text)?.0, self.item)?,
            _ => Plain::Number(self.text),
        })
    }

    fn nested(&self, raw: &'de RawValue) -> Reader<'de> {
        Reader { text: raw.get(), item: false, exact: self.exact }
    }

    fn number<T: Exact>(&self, name: &str) -> Result<T, Misfit> {
        match self.plain()? {
            Plain::Number(text) => T::exactly(text).ok_or_else(|| Misfit::lossy(format!("`{name}`"))),
            other => Err(Misfit::new(format!("{} where a number (`{name}`) was expected", other.kind()))),
        }
    }

    fn list<V: Visitor<'de>>(&self, elements: Vec<&'de RawValue>, visitor: V) -> Result<V::Value, Misfit> {
        let mut access = Elements { reader: *self, index: 0, rest: elements.into_iter() };
        let value = visitor.visit_seq(&mut access)?;
        match access.rest.len() {
            0 => Ok(value),
            _ => Err(Misfit::new(format!("a list of more than {} elements", access.index))),
        }
    }

    fn visit<V: Visitor<'de>>(&self, plain: Plain<'de>, visitor: V) -> Result<V::Value, Misfit> {
        match plain {
            Plain::Null => visitor.visit_unit(),
            Plain::Bool(value) => visitor.visit_bool(value),
            Plain::Time(_) if self.exact => visitor.visit_enum(Marked::access(TIME, *self)),
            Plain::Text(Cow::Borrowed(text)) | Plain::Time(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Plain::Text(Cow::Owned(text)) | Plain::Time(Cow::Owned(text)) => visitor.visit_string(text),
            Plain::Binary(bytes) => visitor.visit_byte_buf(bytes),
            Plain::List(elements) => self.list(elements, visitor),
            Plain::Map(members) => visitor.visit_map(Entries { reader: *self, rest: members.into_iter(), value: None }),
            Plain::Set(_) if self.exact => visitor.visit_enum(Marked::access(SET, *self)),
            Plain::Number(_) if self.exact => visitor.visit_enum(Marked::access(NUMBER, *self)),
            Plain::Set(elements) => self.list(elements, visitor),
            Plain::Number(text) => {
                if let Some(number) = u64::exactly(text) {
                    visitor.visit_u64(number)
                } else if let Some(number) = i64::exactly(text) {
                    visitor.visit_i64(number)
                } else {
                    visitor.visit_f64(f64::exactly(text).ok_or_else(|| Misfit::lossy("a machine number"))?)
                }
            }
        }
    }
}

impl Plain<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Plain::Null => "null",
            Plain::Bool(_) => "boolean",
            Plain::Number(_) => "number",
            Plain::Text(_) => "string",
            Plain::Time(_) => "time",
            Plain::Binary(_) => "binary",
            Plain::List(_) => "list",
            Plain::Set(_) => "set",
            Plain::Map(_) => "map",
        }
    }
}

/// An object: a marked value, or a map with the extra `$` of its only name taken off.
fn marked<'de>(mut members: Vec<(Cow<'de, str>, &'de RawValue)>, item: bool) -> Result<Plain<'de>, Misfit> {
    if item || members.len() != 1 || !members[0].0.starts_with('$') {
        return Ok(Plain::Map(members));
    }
    let (name, value) = members.remove(0);
    Ok(match name.as_ref() {
        "$set" => Plain::Set(json(value.get())?),
        "$binary" => {
            let text = json::<Text<'_>>(value.get())?.0;
            Plain::Binary(STANDARD.decode(text.as_bytes()).map_err(|_| Misfit::new("malformed base64"))?)
        }
        "$number" => match json::<Text<'de>>(value.get())?.0 {
            Cow::Borrowed(text) => Plain::Number(text),
            Cow::Owned(_) => return Err(Misfit::new("malformed number")),
        },
        "$time" => Plain::Time(json::<Text<'de>>(value.get())?.0),
        name => Plain::Map(vec![(
            Cow::Owned(name.strip_prefix("$$").map_or(name.to_owned(), |rest| format!("${rest}"))),
            value,
        )]),
    })
}

fn json<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Misfit> {
    serde_json::from_str(text).map_err(|_| Misfit::new("malformed JSON"))
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// An object in the order of its text.
struct Members<'de>(Vec<(Cow<'de, str>, &'de RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    members.push((name.0, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            visitor.$visit(self.number::<$type>(stringify!($type))?)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.visit(self.plain()?, visitor)
    }

    numbers!(deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64);
    numbers!(deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64);
    numbers!(deserialize_i128 visit_i128 i128, deserialize_u128 visit_u128 u128, deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.text == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A number is given to a text as its digits: the way to every decimal type.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.plain()? {
            Plain::Number(text) => visitor.visit_borrowed_str(text),
            other => self.visit(other, visitor),
        }
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.plain()? {
            Plain::Set(elements) => self.list(elements, visitor),
            Plain::Binary(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            other => self.visit(other, visitor),
        }
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        match name {
            NUMBER => match self.plain()? {
                Plain::Number(text) => visitor.visit_borrowed_str(text),
                other => self.visit(other, visitor),
            },
            VALUE => visitor.visit_newtype_struct(Reader { exact: true, ..self }),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.plain()? {
            Plain::Text(text) => visitor.visit_enum(de::value::CowStrDeserializer::new(text)),
            Plain::Map(members) if members.len() == 1 => {
                let entries = Entries { reader: self, rest: members.into_iter(), value: None };
                MapAccessDeserializer::new(entries).deserialize_enum(name, variants, visitor)
            }
            other => Err(Misfit::new(format!("{} where a variant of `{name}` was expected", other.kind()))),
        }
    }

    forward_to_deserialize_any! {
        bool char bytes byte_buf unit unit_struct map struct identifier ignored_any
    }
}

/// The elements of a list or set.
struct Elements<'de> {
    reader: Reader<'de>,
    index: usize,
    rest: std::vec::IntoIter<&'de RawValue>,
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(raw) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(self.reader.nested(raw)).map(Some).map_err(|misfit| misfit.within(&index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The members of a map.
struct Entries<'de> {
    reader: Reader<'de>,
    rest: std::vec::IntoIter<(Cow<'de, str>, &'de RawValue)>,
    value: Option<(Cow<'de, str>, &'de RawValue)>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((name, raw)) = self.rest.next() else { return Ok(None) };
        let key = seed.deserialize(Key(name.clone()))?;
        self.value = Some((name, raw));
        Ok(Some(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        let (name, raw) = self.value.take().expect("a value follows its key");
        seed.deserialize(self.reader.nested(raw)).map_err(|misfit| misfit.within(&name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The name of a member: a text, or a number written as one.
struct Key<'de>(Cow<'de, str>);

macro_rules! number_keys {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            visitor.$visit(<$type>::exactly(&self.0).ok_or_else(|| Misfit::lossy(concat!("`", stringify!($type), "`")))?)
        })*
    };
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }
    number_keys!(deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64);
    number_keys!(deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64);
    number_keys!(deserialize_i128 visit_i128 i128, deserialize_u128 visit_u128 u128);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0.as_ref() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_enum(de::value::CowStrDeserializer::new(self.0))
    }
    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant that tells [`super::Value`] what the value is: a set, a time, or the digits of a number. No data looks like this.
struct Marked<'de> {
    mark: Option<&'static str>,
    reader: Reader<'de>,
}

impl<'de> Marked<'de> {
    fn access(mark: &'static str, reader: Reader<'de>) -> MapAccessDeserializer<Self> {
        MapAccessDeserializer::new(Marked { mark: Some(mark), reader })
    }
}

impl<'de> de::MapAccess<'de> for Marked<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        self.mark.take().map(|mark| seed.deserialize(Key(Cow::Borrowed(mark)))).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        match self.reader.plain()? {
            Plain::Number(text) => seed.deserialize(de::value::BorrowedStrDeserializer::new(text)),
            Plain::Time(text) => seed.deserialize(de::value::CowStrDeserializer::new(text)),
            _ => seed.deserialize(self.reader),
        }
    }
}
