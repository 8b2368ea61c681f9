//! Why a value cannot be stored.

use std::borrow::Cow;

use crate::{Fault, Kind, pointer};

/// Why a value cannot be stored as it is given, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit(Box<Reason>);

/// The content of a [`Misfit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Lower case, without values.
    pub message: Cow<'static, str>,
    /// What to do about it.
    pub hint: Option<&'static str>,
    /// JSON pointer into the value; empty: the value itself.
    pub path: String,
    /// It is not even JSON.
    pub garbled: bool,
}

impl Misfit {
    /// A value that does not fit.
    #[cold]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Misfit(Box::new(Reason { message: message.into(), hint: None, path: String::new(), garbled: false }))
    }

    /// Something else than what is wanted here.
    #[cold]
    pub fn mistyped(expected: &str, got: Kind) -> Self {
        Misfit::new(format!("expected {expected}, got {}", got.as_str()))
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// Says that it is about a member or an element.
    #[cold]
    pub fn within(mut self, segment: &str) -> Self {
        self.0.path.insert_str(0, &pointer("", segment));
        self
    }

    /// What is known.
    pub fn into_reason(self) -> Reason {
        *self.0
    }
}

impl From<Fault> for Misfit {
    #[cold]
    fn from(fault: Fault) -> Self {
        let mut misfit = Misfit::new(format!("not a JSON value: {}", fault.what));
        misfit.0.garbled = true;
        misfit
    }
}

#[cfg(test)]
pub(super) fn shown(misfit: Misfit) -> String {
    let Reason { message, path, .. } = misfit.into_reason();
    format!("{} {message}", if path.is_empty() { "-" } else { &path })
}
