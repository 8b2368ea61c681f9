//! JSON objects whose members keep their order.

use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::call::Gap;

/// The members of an object, in order; taken one by one.
#[derive(Debug, Default)]
pub struct Members(pub Vec<(String, Box<RawValue>)>);

impl Members {
    pub fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("not an object: {error}"))
    }

    pub fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    pub fn parse<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, String> {
        let raw = self.take(name);
        raw.map(|raw| serde_json::from_str(raw.get()).map_err(|error| format!("`{name}`: {error}"))).transpose()
    }

    /// An option whose type may rule out what stands there.
    pub fn option<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Gap> {
        let raw = self.take(name);
        raw.map(|raw| serde_json::from_str(raw.get()).map_err(|_| Gap::Untypable)).transpose()
    }

    /// Whether a switch is on.
    pub fn flag(&mut self, name: &str) -> Result<bool, String> {
        Ok(self.parse(name)?.unwrap_or(false))
    }

    /// What nobody asked for is a gap.
    pub fn finish(self) -> Result<(), String> {
        match self.0.first() {
            Some((name, _)) => Err(format!("the library has no place for `{name}`")),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// A text as JSON.
pub fn text(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}
