//! Schema documents (DMS): text to compiled [`Schema`], with every problem reported at once.

mod build;
mod describe;
#[cfg(any(test, feature = "schema"))]
pub mod document;
mod json;
mod migrate;
mod model;
mod problem;
mod report;
mod scalar;
mod source;
#[cfg(test)]
mod tests;
mod validate;
mod yaml;

pub use crate::json::value::{Format, Type};
pub use describe::{Models, describe};
pub use migrate::{Migration, Note, migrate};
pub use model::{Attribute, Index, Model, Projection, Schema, Version};
pub use problem::ProblemCode;
pub use report::Report;

pub use crate::wire::problem::{Problem, Severity};

/// How to check a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Warnings are errors.
    pub strict: bool,
}

/// Compiles a document, YAML or JSON. Any bytes are taken; what is wrong with them is all in the problems.
///
/// # Errors
/// All problems of the document, warnings too, when at least one is an error.
pub fn compile(document: &[u8], options: Options) -> Result<Schema, Vec<Problem>> {
    let (outcome, problems) = examine(document, options);
    match outcome.schema {
        Some(schema) if !has_errors(&problems) => Ok(Schema { warnings: problems, ..schema }),
        _ => Err(problems),
    }
}

/// Checks a document and reports on it. Any bytes are taken.
pub fn check(document: &[u8], options: Options) -> Report {
    let (outcome, problems) = examine(document, options);
    Report {
        ok: !has_errors(&problems),
        dms_version: outcome.version.map(|version| version.as_str().to_owned()),
        models: outcome.models,
        problems,
    }
}

fn examine(document: &[u8], options: Options) -> (validate::Outcome, Vec<Problem>) {
    let mut problems = problem::Problems::new(options.strict);
    let outcome = match source::read(document, &mut problems) {
        Some(tree) => validate::document(&tree, &mut problems),
        None => validate::Outcome::default(),
    };
    (outcome, problems.finish())
}

fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}
