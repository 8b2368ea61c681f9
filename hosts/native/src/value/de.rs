//! The reader of plain JSON.
//!
//! One pass over the text: a type takes its values as they come. Numbers are handed over as their digits, so that every one of them is
//! there when a type asks for it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer, MapAccessDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use tabletheory_core::json::{Kind, Reader};

use super::containers::{Elements, Entries, Key};
use super::misfit::Misfit;
use super::number::Exact;
use super::types::{ITEM, NUMBER, RAW, SET, TIME, VALUE};
use crate::error::{Code, Error};

/// Reads a value; `item`: its outermost object holds attributes, which are never taken for a mark.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de str, item: bool) -> Result<T, Error> {
    let mut reader = Reader::new(json);
    let value = T::deserialize(Next { reader: &mut reader, item, exact: false }).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    value.map_err(told)
}

#[cold]
fn told(misfit: Misfit) -> Error {
    let reason = misfit.reason();
    if let Some(fault) = reason.not_json {
        let hint = format!("{}, at byte {}", fault.what, fault.at);
        return Error::new(Code::InvalidValue, reason.what.clone()).with_hint(hint);
    }
    let code = if reason.loses_digits { Code::NumberPrecisionLoss } else { Code::InvalidValue };
    let error = Error::new(code, reason.what.clone());
    let error = if reason.path.is_empty() { error } else { error.at(reason.path.clone()) };
    if reason.detail.is_some() { error.with_source(misfit) } else { error }
}

/// The value that is next to be read.
pub(super) struct Next<'r, 'de> {
    pub reader: &'r mut Reader<'de>,
    pub item: bool,
    /// For [`super::Value`]: numbers and sets keep what they are.
    pub exact: bool,
}

/// What a value is. Scalars have been read; of a list, set or map, the reader stands before its bracket.
enum Plain<'de> {
    Null,
    Bool(bool),
    Number(&'de str),
    Text(Cow<'de, str>),
    Time(Cow<'de, str>),
    Binary(Vec<u8>),
    List,
    /// To go on behind its mark, when it is read.
    Set(Reader<'de>),
    /// Whether a `$` is to be taken off its only name.
    Map(bool),
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
            Plain::List => "list",
            Plain::Set(_) => "set",
            Plain::Map(_) => "map",
        }
    }
}

impl<'de> Next<'_, 'de> {
    #[inline]
    fn plain(&mut self) -> Result<Plain<'de>, Misfit> {
        Ok(match self.reader.kind()? {
            Kind::Null => {
                self.reader.null()?;
                Plain::Null
            }
            Kind::Bool => Plain::Bool(self.reader.boolean()?),
            Kind::Number => Plain::Number(self.reader.number()?),
            Kind::String => Plain::Text(self.reader.string()?.decode()),
            Kind::Array => Plain::List,
            Kind::Object if self.item => Plain::Map(false),
            Kind::Object => self.marked()?,
        })
    }

    /// An object: a marked value, or a map.
    fn marked(&mut self) -> Result<Plain<'de>, Misfit> {
        let mut ahead = *self.reader;
        let mut members = ahead.object()?;
        let name = match members.next(&mut ahead)? {
            Some(name) if name.raw().starts_with(['$', '\\']) => name.decode(),
            _ => return Ok(Plain::Map(false)),
        };
        let mut value = ahead;
        ahead.skip()?;
        if members.next(&mut ahead)?.is_some() {
            return Ok(Plain::Map(false));
        }
        let plain = match name.as_ref() {
            "$set" if value.kind()? == Kind::Array => {
                *self.reader = value;
                return Ok(Plain::Set(ahead));
            }
            "$set" => return Err(Misfit::new("malformed set")),
            "$binary" => {
                let bytes = STANDARD.decode(text(&mut value)?.as_bytes());
                Plain::Binary(bytes.map_err(|_| Misfit::new("malformed base64"))?)
            }
            "$number" => match text(&mut value)? {
                Cow::Borrowed(text) => Plain::Number(text),
                Cow::Owned(_) => return Err(Misfit::new("malformed number")),
            },
            "$time" => Plain::Time(text(&mut value)?),
            name => return Ok(Plain::Map(name.starts_with("$$"))),
        };
        *self.reader = ahead;
        Ok(plain)
    }

    #[inline]
    fn number<T: Exact>(&mut self, name: &str) -> Result<T, Misfit> {
        match self.plain()? {
            Plain::Number(text) => T::exactly(text).ok_or_else(|| Misfit::lossy(format!("`{name}`"))),
            other => Err(Misfit::new(format!("{} where a number (`{name}`) was expected", other.kind()))),
        }
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let mut elements = Elements::enter(self.reader, self.exact)?;
        let value = visitor.visit_seq(&mut elements)?;
        elements.leave()?;
        Ok(value)
    }

    fn set<V: Visitor<'de>>(self, behind: Reader<'de>, visitor: V) -> Result<V::Value, Misfit> {
        let Next { reader, item, exact } = self;
        let value = Next { reader: &mut *reader, item, exact }.list(visitor)?;
        *reader = behind;
        Ok(value)
    }

    fn visit<V: Visitor<'de>>(self, plain: Plain<'de>, visitor: V) -> Result<V::Value, Misfit> {
        match plain {
            Plain::Null => visitor.visit_unit(),
            Plain::Bool(value) => visitor.visit_bool(value),
            Plain::Number(_) | Plain::Time(_) | Plain::Set(_) if self.exact => {
                visitor.visit_enum(MapAccessDeserializer::new(Marked { plain: Some(plain), next: self }))
            }
            Plain::Text(Cow::Borrowed(text)) | Plain::Time(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Plain::Text(Cow::Owned(text)) | Plain::Time(Cow::Owned(text)) => visitor.visit_string(text),
            Plain::Binary(bytes) => visitor.visit_byte_buf(bytes),
            Plain::List => self.list(visitor),
            Plain::Set(behind) => self.set(behind, visitor),
            Plain::Map(escaped) => {
                let mut entries = Entries::enter(self.reader, escaped, self.exact)?;
                let value = visitor.visit_map(&mut entries)?;
                entries.leave()?;
                Ok(value)
            }
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

fn text<'de>(reader: &mut Reader<'de>) -> Result<Cow<'de, str>, Misfit> {
    if reader.kind()? == Kind::String {
        Ok(reader.string()?.decode())
    } else {
        Err(Misfit::new("a mark without a text"))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Misfit> {
            visitor.$visit(self.number::<$type>(stringify!($type))?)
        })*
    };
}

impl<'de> Deserializer<'de> for Next<'_, 'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Misfit> {
        let plain = self.plain()?;
        self.visit(plain, visitor)
    }

    numbers!(deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64);
    numbers!(deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64);
    numbers!(deserialize_i128 visit_i128 i128, deserialize_u128 visit_u128 u128, deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.reader.kind()? != Kind::Null {
            return visitor.visit_some(self);
        }
        self.reader.null()?;
        visitor.visit_none()
    }

    /// A number is given to a text as its digits: the way to every decimal type.
    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Misfit> {
        match self.reader.kind()? {
            Kind::String => match self.reader.string()?.decode() {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            _ => match self.plain()? {
                Plain::Number(text) => visitor.visit_borrowed_str(text),
                other => self.visit(other, visitor),
            },
        }
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Misfit> {
        match self.plain()? {
            Plain::Set(behind) => self.set(behind, visitor),
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

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match name {
            NUMBER => match self.plain()? {
                Plain::Number(text) => visitor.visit_borrowed_str(text),
                other => self.visit(other, visitor),
            },
            ITEM => visitor.visit_newtype_struct(Next { item: true, ..self }),
            RAW => visitor.visit_borrowed_str(self.reader.skip()?),
            VALUE => visitor.visit_newtype_struct(Next { exact: true, ..self }),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let misfit = |kind| Misfit::new(format!("{kind} where a variant of `{name}` was expected"));
        match self.plain()? {
            Plain::Text(text) => visitor.visit_enum(CowStrDeserializer::new(text)),
            Plain::Map(escaped) => {
                let mut ahead = *self.reader;
                if ahead.object()?.next(&mut ahead)?.is_none() {
                    return Err(misfit("map"));
                }
                let mut entries = Entries::enter(self.reader, escaped, self.exact)?;
                let value = MapAccessDeserializer::new(&mut entries).deserialize_enum(name, variants, visitor)?;
                if entries.leave()? == 0 { Ok(value) } else { Err(misfit("map")) }
            }
            other => Err(misfit(other.kind())),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.reader.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool char bytes byte_buf unit unit_struct map struct identifier
    }
}

/// A variant that tells [`super::Value`] what the value is: a set, a time, or the digits of a number. No data looks like this.
struct Marked<'r, 'de> {
    plain: Option<Plain<'de>>,
    next: Next<'r, 'de>,
}

impl<'de> de::MapAccess<'de> for Marked<'_, 'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let mark = match &self.plain {
            Some(Plain::Number(_)) => NUMBER,
            Some(Plain::Time(_)) => TIME,
            Some(_) => SET,
            None => return Ok(None),
        };
        seed.deserialize(Key(Cow::Borrowed(mark))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        match self.plain.take() {
            Some(Plain::Number(text)) => seed.deserialize(BorrowedStrDeserializer::new(text)),
            Some(Plain::Time(text)) => seed.deserialize(CowStrDeserializer::new(text)),
            Some(Plain::Set(behind)) => {
                let Next { reader, exact, .. } = &mut self.next;
                let value = seed.deserialize(Next { reader, item: false, exact: *exact })?;
                **reader = behind;
                Ok(value)
            }
            _ => Err(Misfit::new("a mark without a value")),
        }
    }
}
