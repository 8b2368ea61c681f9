//! The writer of plain JSON.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{self, Serializer};

use super::types::{NUMBER, PATH, SET, TIME};
use crate::error::{Code, Error};

/// What the names of operands begin with; the mark itself follows.
const OPERAND: &str = "$tabletheory::operand::";

/// What a written value is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    Array,
    Object,
}

/// Writes a value; `item`: its outermost map holds attributes, whose names are never escaped.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, item: bool) -> Result<(String, Shape), Error> {
    let mut writer = Writer { out: Vec::with_capacity(256), depth: usize::from(!item), shape: None };
    match value.serialize(&mut writer) {
        Ok(()) => {
            let text = String::from_utf8(writer.out).expect("only texts are written");
            Ok((text, writer.shape.unwrap_or(Shape::Scalar)))
        }
        Err(refused) => {
            let error = Error::new(Code::InvalidValue, "the value cannot be written as plain JSON");
            Err(error.with_source(refused))
        }
    }
}

/// Why a value could not be written: what its own `Serialize` said.
#[derive(Debug)]
struct Refused(String);

impl Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Refused(message.to_string())
    }
}

struct Writer {
    out: Vec<u8>,
    /// 0: the next map is an item.
    depth: usize,
    shape: Option<Shape>,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// JSON text of a string or finite float.
    fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        serde_json::to_writer(&mut self.out, value).map_err(|error| Refused(error.to_string()))
    }

    /// `{"$name":value}`: one value, not a map of the user's.
    fn marked<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refused> {
        self.shape.get_or_insert(Shape::Scalar);
        self.push(name);
        value.serialize(&mut *self)?;
        self.push("}");
        Ok(())
    }

    fn open(&mut self, shape: Shape) -> Compound<'_> {
        self.shape.get_or_insert(shape);
        let item = self.depth == 0 && shape == Shape::Object;
        self.depth += 1;
        self.push(if shape == Shape::Array { "[" } else { "{" });
        let start = self.out.len();
        Compound { writer: self, count: 0, start, item, variant: false, array: shape == Shape::Array }
    }

    /// `{"Variant":…`: a map of one member around another container.
    fn variant(&mut self, name: &str, shape: Shape) -> Result<Compound<'_>, Refused> {
        self.shape.get_or_insert(Shape::Object);
        self.push("{");
        self.json(&escaped(name))?;
        self.push(":");
        self.depth += 1;
        let inner = self.open(shape);
        Ok(Compound { variant: true, ..inner })
    }
}

fn is_number(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| matches!(byte, b'-' | b'0'..=b'9'))
        && text.last().is_some_and(u8::is_ascii_digit)
        && serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok()
}

/// The name of the only member of a map: one more `$` keeps it from being taken for a mark.
fn escaped(name: &str) -> String {
    if name.starts_with('$') { format!("${name}") } else { name.to_owned() }
}

/// A container that is being written.
struct Compound<'a> {
    writer: &'a mut Writer,
    count: usize,
    start: usize,
    item: bool,
    variant: bool,
    array: bool,
}

impl Compound<'_> {
    fn separate(&mut self) {
        if self.count > 0 {
            self.writer.push(",");
        }
        self.count += 1;
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.separate();
        value.serialize(&mut *self.writer)
    }

    /// Keys are texts; numbers and the like become texts, as JSON does.
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.separate();
        let at = self.writer.out.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.out[at] {
            b'"' => {}
            b'-' | b'0'..=b'9' | b't' | b'f' => {
                self.writer.out.insert(at, b'"');
                self.writer.push("\"");
            }
            _ => return Err(Refused("a map key must be a text".to_owned())),
        }
        self.writer.push(":");
        Ok(())
    }

    fn close(self) -> Result<(), Refused> {
        let writer = self.writer;
        if !self.array && !self.item && self.count == 1 && writer.out[self.start..].starts_with(b"\"$") {
            writer.out.insert(self.start + 1, b'$');
        }
        writer.depth -= 1;
        writer.push(if self.array { "]" } else { "}" });
        if self.variant {
            writer.depth -= 1;
            writer.push("}");
        }
        Ok(())
    }
}

macro_rules! plain {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<(), Refused> {
            self.push(&value.to_string());
            Ok(())
        })*
    };
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    plain!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128);
    plain!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128);

    fn serialize_f32(self, value: f32) -> Result<(), Refused> {
        if value.is_finite() { self.json(&value) } else { self.serialize_f64(f64::from(value)) }
    }
    fn serialize_f64(self, value: f64) -> Result<(), Refused> {
        // What is no number is written all the same: the core refuses it and says where it stands.
        if value.is_finite() { self.json(&value) } else { self.marked("{\"$number\":", &value.to_string()) }
    }
    fn serialize_char(self, value: char) -> Result<(), Refused> {
        self.json(&value)
    }
    fn serialize_str(self, value: &str) -> Result<(), Refused> {
        self.json(value)
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refused> {
        self.marked("{\"$binary\":", &STANDARD.encode(value))
    }
    fn serialize_none(self) -> Result<(), Refused> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Refused> {
        self.push("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refused> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Refused> {
        self.json(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Refused> {
        match name {
            NUMBER => {
                let start = self.out.len();
                self.marked("{\"$number\":", value)?;
                // A text that JSON takes for a number needs no mark.
                let digits =
                    self.out[start..].strip_prefix(b"{\"$number\":\"").and_then(|rest| rest.strip_suffix(b"\"}"));
                if let Some(digits) = digits.filter(|digits| is_number(digits)) {
                    let length = digits.len();
                    self.out.copy_within(start + 12..start + 12 + length, start);
                    self.out.truncate(start + length);
                }
                Ok(())
            }
            SET => self.marked("{\"$set\":", value),
            TIME => self.marked("{\"$time\":", value),
            PATH => self.marked("{\"$path\":", value),
            _ => match name.strip_prefix(OPERAND) {
                Some(operator) => self.marked(&format!("{{\"{operator}\":"), value),
                None => value.serialize(self),
            },
        }
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        let mut map = self.open(Shape::Object);
        map.key(variant)?;
        value.serialize(&mut *map.writer)?;
        map.close()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, Refused> {
        Ok(self.open(Shape::Array))
    }
    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>, Refused> {
        Ok(self.open(Shape::Array))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Refused> {
        Ok(self.open(Shape::Array))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Refused> {
        self.variant(variant, Shape::Array)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>, Refused> {
        Ok(self.open(Shape::Object))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Refused> {
        Ok(self.open(Shape::Object))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Refused> {
        self.variant(variant, Shape::Object)
    }
}

macro_rules! sequences {
    ($($trait:ident: $name:ident),*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Refused;
            fn $name<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.element(value)
            }
            fn end(self) -> Result<(), Refused> {
                self.close()
            }
        }
    )*};
}
sequences!(SerializeSeq: serialize_element, SerializeTuple: serialize_element);
sequences!(SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field);

macro_rules! structs {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Refused;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refused> {
                self.key(name)?;
                value.serialize(&mut *self.writer)
            }
            fn end(self) -> Result<(), Refused> {
                self.close()
            }
        }
    )*};
}
structs!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Refused;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.key(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        value.serialize(&mut *self.writer)
    }
    fn end(self) -> Result<(), Refused> {
        self.close()
    }
}
