//! Items and keys whose attributes keep their order, as those of a struct do.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use tabletheory::value::{from_plain, item_from_plain};
use tabletheory::{Error, Value};

use super::wire::Members;

/// What stands for an item or key in a call document.
pub enum Attributes {
    /// Attributes by name.
    Named(Vec<(String, Value)>),
    /// Anything else: a list of key values, one value, null.
    Other(Value),
}

impl Attributes {
    pub fn read(raw: &RawValue) -> Result<Self, Error> {
        let Ok(Members(members)) = Members::read(raw.get()) else {
            return item_from_plain(raw.get()).map(Attributes::Other);
        };
        let read = |(name, raw): (String, Box<RawValue>)| Ok((name, from_plain(raw.get())?));
        members.into_iter().map(read).collect::<Result<_, _>>().map(Attributes::Named)
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Attributes::Named(attributes) => {
                serializer.collect_map(attributes.iter().map(|(name, value)| (name, value)))
            }
            Attributes::Other(value) => value.serialize(serializer),
        }
    }
}
