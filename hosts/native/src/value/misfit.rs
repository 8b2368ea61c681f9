//! Why a value does not fit a type.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};
use tabletheory_core::json::{Fault, pointer};

/// Why a value does not fit a type. Small, since every value that is read may have one.
#[derive(Debug)]
pub(super) struct Misfit(Box<Reason>);

/// What a type's own `Deserialize` said may quote the value, so it is kept apart as the source.
#[derive(Debug, Default)]
pub(super) struct Reason {
    pub what: String,
    pub path: String,
    pub detail: Option<String>,
    pub loses_digits: bool,
    /// The text is at fault, not the type.
    pub not_json: Option<Fault>,
}

impl Misfit {
    pub fn new(what: impl Into<String>) -> Self {
        Misfit(Box::new(Reason { what: what.into(), ..Reason::default() }))
    }

    pub fn lossy(expected: impl Display) -> Self {
        let what = format!("the number does not fit {expected} exactly");
        Misfit(Box::new(Reason { loses_digits: true, what, ..Reason::default() }))
    }

    /// Says where it is: within a member or element.
    pub fn within(mut self, segment: impl Display) -> Self {
        self.0.path.insert_str(0, &pointer("", &segment.to_string()));
        self
    }

    pub fn reason(&self) -> &Reason {
        &self.0
    }
}

impl From<Fault> for Misfit {
    #[cold]
    fn from(fault: Fault) -> Self {
        let what = "the text is not JSON".to_owned();
        Misfit(Box::new(Reason { what, not_json: Some(fault), ..Reason::default() }))
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail.as_deref().unwrap_or(&self.0.what))
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: Display>(message: T) -> Self {
        let mut misfit = Misfit::new("the value does not fit its type");
        misfit.0.detail = Some(message.to_string());
        misfit
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
