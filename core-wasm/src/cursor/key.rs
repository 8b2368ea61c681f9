//! The key in a cursor: names and values of key attributes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::invalid;
use crate::dms::Type;
use crate::error::Error;
use crate::json::{Kind, Reader, Text, push_quoted};
use crate::value::Decimal;

/// A key: its attributes sorted by the bytes of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key(Vec<Part>);

/// One attribute of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Attribute name.
    pub name: String,
    /// S, N or B.
    pub kind: Type,
    /// The string, the number's digits, or base64.
    pub text: String,
}

impl Key {
    /// Reads a key in DynamoDB JSON.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidCursor`]: anything but an object of S, N and B values.
    pub fn read(reader: &mut Reader<'_>) -> Result<Key, Error> {
        let wrong = || invalid("the key in the cursor is malformed");
        if reader.kind().map_err(|_| wrong())? != Kind::Object {
            return Err(wrong());
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut members = reader.object().map_err(|_| wrong())?;
        while let Some(name) = members.next(reader).map_err(|_| wrong())? {
            let name = name.decode().into_owned();
            if parts.iter().any(|part| part.name == name) {
                return Err(wrong());
            }
            let (kind, text) = value(reader).ok_or_else(wrong)?;
            let place = parts.partition_point(|part| part.name < name);
            parts.insert(place, Part { name, kind, text: text.decode().into_owned() });
        }
        Ok(Key(parts))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes, sorted by name.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The attribute of this name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    /// The key as DynamoDB JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_quoted(&mut out, &part.name);
            out.push(':');
            out.push_str(&part.value());
        }
        out.push('}');
        out
    }
}

impl Part {
    /// The value as DynamoDB JSON.
    pub fn value(&self) -> String {
        let mut out = String::from("{\"");
        out.push_str(self.kind.as_str());
        out.push_str("\":");
        push_quoted(&mut out, &self.text);
        out.push('}');
        out
    }
}

/// Reads one value of a type that keys have, and checks its form.
fn value<'a>(reader: &mut Reader<'a>) -> Option<(Type, Text<'a>)> {
    let mut members = reader.object().ok()?;
    let kind = Type::parse(members.next(reader).ok()??.raw())?;
    let text = matches!(kind, Type::S | Type::N | Type::B).then(|| reader.string().ok())??;
    let sound = match kind {
        Type::N => Decimal::parse(&text.decode()).and_then(Decimal::in_range).is_ok(),
        Type::B => STANDARD.decode(text.decode().as_bytes()).is_ok(),
        _ => true,
    };
    (sound && members.next(reader).ok()?.is_none()).then_some((kind, text))
}
