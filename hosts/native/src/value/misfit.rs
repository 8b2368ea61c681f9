//! Why a value does not fit a type.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Why a value does not fit a type. What a type's own `Deserialize` said may quote the value, so it is kept apart as the source.
#[derive(Debug, Default)]
pub(super) struct Misfit {
    pub what: String,
    pub path: String,
    pub detail: Option<String>,
    pub loses_digits: bool,
}

impl Misfit {
    pub fn new(what: impl Into<String>) -> Self {
        Misfit { what: what.into(), ..Misfit::default() }
    }

    pub fn lossy(expected: impl Display) -> Self {
        Misfit { loses_digits: true, ..Misfit::new(format!("the number does not fit {expected} exactly")) }
    }

    pub fn within(mut self, segment: &str) -> Self {
        self.path = format!("/{}{}", segment.replace('~', "~0").replace('/', "~1"), self.path);
        self
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(&self.what))
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: Display>(message: T) -> Self {
        Misfit { detail: Some(message.to_string()), ..Misfit::new("the value does not fit its type") }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Misfit::new(format!("{} where {expected} was expected", kind(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Misfit::new(format!("a {} that is not {expected}", kind(found)))
    }

    fn missing_field(name: &'static str) -> Self {
        Misfit::new(format!("missing field `{name}`"))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Misfit::new(format!("duplicate field `{name}`"))
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Misfit::new(format!("unknown field `{name}`"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Misfit::new(format!("not one of `{}`", expected.join("`, `")))
    }
}

/// The kind of a value, without the value.
fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "number",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Bytes(_) => "binary",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "list",
        Unexpected::Map => "map",
        _ => "value of another kind",
    }
}
