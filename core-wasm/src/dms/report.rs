//! The Diagnostics document.

use serde::Serialize;

use super::{Problem, Severity};
use crate::document::{Document, documents};

/// What `check` found in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// No errors; there may be warnings.
    pub ok: bool,
    /// The version of the document; null when it has none that is known.
    pub dms_version: Option<String>,
    /// How many models it lists.
    pub models: usize,
    /// Everything wrong or doubtful, in the order of the text.
    pub problems: Vec<Problem>,
}

documents! {
    Report { ok, dms_version, models, problems }
}

impl Report {
    /// The number of problems of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// The Diagnostics document.
    pub fn to_json(&self) -> String {
        self.text()
    }
}
