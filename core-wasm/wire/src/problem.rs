//! What is wrong with a schema document, as errors and reports tell it.

use serde::Serialize;

use crate::document::{Document, documents};

/// Something wrong or doubtful in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// What kind of problem, `snake_case`; listed in `dms/`.
    pub code: String,
    /// Errors make a document unusable, warnings do not.
    pub severity: Severity,
    /// Lower case, user input in back-ticks.
    pub message: String,
    /// JSON pointer into the document.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

documents! {
    Problem { code, severity, message, pointer, line, column, hint: optional }
}

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// Allowed, but doubtful; an error when checking strictly.
    Warning,
}

impl Document for Severity {
    fn write(&self, out: &mut String) {
        let word = match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        word.write(out);
    }
}
