//! JSON text to a tree. `serde_json` finds the pieces; where a piece begins in the text tells line and column.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::build::Builder;
use super::problem::{ProblemCode, Problems};
use super::scalar;
use super::source::{Position, Scan, Tree, Value};

/// The text as one JSON value, if it is JSON throughout.
pub(super) fn parse(text: &str) -> Result<&RawValue, serde_json::Error> {
    serde_json::from_str(text)
}

/// Reads a text that [`parse`] took.
pub(super) fn read(text: &str, value: &RawValue, problems: &mut Problems) -> Option<Tree> {
    let mut reader = Reader { text, scan: Scan::default(), build: Builder::new(problems) };
    reader.value(value).then(|| reader.build.finish()).flatten()
}

struct Reader<'t, 'p> {
    text: &'t str,
    scan: Scan,
    build: Builder<'p>,
}

impl Reader<'_, '_> {
    /// Adds a value; false when the document is too deep to go on.
    fn value(&mut self, raw: &RawValue) -> bool {
        let at = self.go_to(raw);
        let source = raw.get();
        match source.as_bytes().first() {
            Some(b'{') => {
                let Ok(Members(members)) = serde_json::from_str(source) else {
                    return false;
                };
                if !self.build.begin(Value::Map(Vec::new()), at) {
                    return false;
                }
                for (key, value) in members {
                    let at = self.go_to(key);
                    let key = self.string(key.get());
                    self.build.key(key, at);
                    if !self.value(value) {
                        return false;
                    }
                }
                self.build.end();
            }
            Some(b'[') => {
                let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(source) else {
                    return false;
                };
                if !self.build.begin(Value::List(Vec::new()), at) {
                    return false;
                }
                for element in elements {
                    if !self.value(element) {
                        return false;
                    }
                }
                self.build.end();
            }
            Some(b'"') => {
                let value = self.string(source).map_or(Value::Unusable, Value::String);
                self.build.scalar(value, at);
            }
            _ => {
                let value = match source {
                    "null" => Value::Null,
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    number => scalar::number(number, at, &mut self.build),
                };
                self.build.scalar(value, at);
            }
        }
        true
    }

    /// The content of a string; none (and reported) when an escape in it is half a surrogate pair.
    fn string(&mut self, source: &str) -> Option<String> {
        let content = serde_json::from_str(source).ok();
        if content.is_none() {
            let place = self.build.here(self.scan.position());
            let message = "the text has an escape that is no character".to_owned();
            self.build.problems.add(ProblemCode::Syntax, place, message);
        }
        content
    }

    fn go_to(&mut self, raw: &RawValue) -> Position {
        let offset = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        self.scan.advance(self.text, offset);
        self.scan.position()
    }
}

/// The members of an object in the order of the text, repeated ones too.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
