//! What is stored under a path, as far as the model says.

use super::path::Path;
use crate::dms::Type;

/// What is stored under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Something within a document, or any JSON value.
    Unknown,
    /// A JSON value as text.
    JsonText,
    /// A value of this type (or NULL).
    Plain(Type),
}

impl Carrier {
    /// What is stored under this path.
    pub(super) fn of(path: &Path<'_>) -> Self {
        match (path.segments.is_empty(), path.root.json, path.root.kind) {
            (true, false, kind) => Carrier::Plain(kind),
            (true, true, Type::S) => Carrier::JsonText,
            _ => Carrier::Unknown,
        }
    }

    /// The type on the wire, when it is known.
    pub(super) fn kind(self) -> Option<Type> {
        match self {
            Carrier::Unknown => None,
            Carrier::JsonText => Some(Type::S),
            Carrier::Plain(kind) => Some(kind),
        }
    }

    /// For messages.
    pub(super) fn shown(self) -> String {
        match self {
            Carrier::Unknown => "of no known type".to_owned(),
            Carrier::JsonText => "JSON text".to_owned(),
            Carrier::Plain(kind) => format!("of type {}", kind.as_str()),
        }
    }
}
