//! Lists and maps that are being read.

use std::borrow::Cow;

use serde::de::value::CowStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use tabletheory_core::json::{self, Reader, Text};

use super::de::Next;
use super::misfit::Misfit;
use super::number::Exact;

/// The elements of a list or set.
pub(super) struct Elements<'r, 'de> {
    reader: &'r mut Reader<'de>,
    elements: json::Elements,
    exact: bool,
    index: usize,
    over: bool,
}

impl<'r, 'de> Elements<'r, 'de> {
    pub fn enter(reader: &'r mut Reader<'de>, exact: bool) -> Result<Self, Misfit> {
        let elements = reader.array()?;
        Ok(Elements { reader, elements, exact, index: 0, over: false })
    }

    /// Fails when the type has not taken them all.
    pub fn leave(mut self) -> Result<(), Misfit> {
        if self.over || !self.elements.next(self.reader)? {
            return Ok(());
        }
        Err(Misfit::new(format!("a list of more than {} elements", self.index)))
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        if self.over || !self.elements.next(self.reader)? {
            self.over = true;
            return Ok(None);
        }
        let index = self.index;
        self.index += 1;
        let element = seed.deserialize(Next { reader: self.reader, item: false, exact: self.exact });
        element.map(Some).map_err(|misfit| misfit.within(index))
    }
}

/// The members of a map.
pub(super) struct Entries<'r, 'de> {
    reader: &'r mut Reader<'de>,
    members: json::Members,
    /// Whether a `$` is to be taken off the only name.
    escaped: bool,
    exact: bool,
    /// The name whose value is next.
    name: Option<Text<'de>>,
    over: bool,
}

impl<'r, 'de> Entries<'r, 'de> {
    pub fn enter(reader: &'r mut Reader<'de>, escaped: bool, exact: bool) -> Result<Self, Misfit> {
        let members = reader.object()?;
        Ok(Entries { reader, members, escaped, exact, name: None, over: false })
    }

    /// Passes over what the type has not taken, and counts it.
    pub fn leave(mut self) -> Result<usize, Misfit> {
        let mut left = 0;
        if self.name.take().is_some() {
            self.reader.skip()?;
            left += 1;
        }
        while !self.over && self.members.next(self.reader)?.is_some() {
            self.reader.skip()?;
            left += 1;
        }
        Ok(left)
    }

    fn named(&self, text: Text<'de>) -> Cow<'de, str> {
        match text.decode() {
            name if !self.escaped => name,
            Cow::Borrowed(name) => Cow::Borrowed(name.strip_prefix('$').unwrap_or(name)),
            Cow::Owned(name) => Cow::Owned(name.strip_prefix('$').map(str::to_owned).unwrap_or(name)),
        }
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        if self.over {
            return Ok(None);
        }
        let Some(name) = self.members.next(self.reader)? else {
            self.over = true;
            return Ok(None);
        };
        self.name = Some(name);
        seed.deserialize(Key(self.named(name))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        let name = self.name.take().expect("a value follows its key");
        let value = seed.deserialize(Next { reader: self.reader, item: false, exact: self.exact });
        value.map_err(|misfit| misfit.within(self.named(name)))
    }
}

/// The name of a member: a text, or a number written as one.
pub(super) struct Key<'de>(pub Cow<'de, str>);

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
        visitor.visit_enum(CowStrDeserializer::new(self.0))
    }
    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
