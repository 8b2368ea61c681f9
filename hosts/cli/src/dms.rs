//! `tabletheory dms`: schema documents rewritten.

use crate::arguments::{Dms as Command, Migrate};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{DIM, Output, WARNING};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use tabletheory_core::dms::{self, Migration, Problem, Severity, Version};

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Report<'m> {
    file: String,
    /// Whether the file holds the new text now.
    written: bool,
    #[serde(flatten)]
    migration: &'m Migration,
}

/// Rewrites a document.
pub fn run(command: &Command, output: &Output) -> Result<Exit, Failure> {
    let Command::Migrate(options) = command;
    let bytes = files::read(&options.file)?;
    let migration = dms::migrate(&bytes, target(options)?).map_err(|problems| refused(&options.file, &problems))?;
    if let Some(problem) = migration.report.problems.iter().find(|problem| problem.severity == Severity::Error) {
        return Err(refused(&options.file, std::slice::from_ref(problem)));
    }
    let written = options.write && migration.document.as_bytes() != bytes;
    if written {
        std::fs::write(&options.file, &migration.document).map_err(|error| {
            Failure::new(Exit::File, "unwritable", format!("cannot write `{}`: {error}", options.file.display()))
        })?;
    }
    let report = Report { file: shown(&options.file), written, migration: &migration };
    output.explain(&report.remarks());
    output.print(&report.text(options.write), &report);
    Ok(Exit::Success)
}

fn target(options: &Migrate) -> Result<Option<Version>, Failure> {
    let Some(text) = &options.to else { return Ok(None) };
    match Version::parse(text) {
        Some(version) => Ok(Some(version)),
        None => {
            let known: Vec<_> = Version::ALL.iter().map(|version| version.as_str()).collect();
            let message = format!("`{text}` is not a version of the document language");
            Err(Failure::new(Exit::Problems, "unsupported_version", message)
                .hint(format!("one of {}", known.join(", "))))
        }
    }
}

fn refused(file: &Path, problems: &[Problem]) -> Failure {
    let Some(problem) = problems.iter().find(|problem| problem.severity == Severity::Error).or(problems.first()) else {
        return Failure::new(Exit::Problems, "unreadable", "the document cannot be read");
    };
    let place = format!("{}:{}:{}", shown(file), problem.line, problem.column);
    let failure = Failure::new(Exit::Problems, problem.code.clone(), format!("{place}: {}", problem.message));
    match &problem.hint {
        Some(hint) => failure.hint(hint.clone()),
        None => failure,
    }
}

fn shown(file: &Path) -> String {
    if file.as_os_str() == files::STDIN { "<stdin>".into() } else { file.display().to_string() }
}

impl Report<'_> {
    /// What is printed: the document, or, when it was to be written, what was done.
    fn text(&self, write: bool) -> String {
        let Migration { from, to, .. } = self.migration;
        if write { format!("{}: {from} to {to}\n", self.file) } else { self.migration.document.clone() }
    }

    /// What a person should look at.
    fn remarks(&self) -> String {
        let mut text = String::new();
        for note in &self.migration.notes {
            let place = format!("{}:{}:{}", self.file, note.line, note.column);
            let _ = writeln!(text, "{place}: {DIM}note{DIM:#}: {}", note.message);
        }
        for problem in &self.migration.report.problems {
            let place = format!("{}:{}:{}", self.file, problem.line, problem.column);
            let _ = writeln!(text, "{place}: {WARNING}warning[{}]{WARNING:#}: {}", problem.code, problem.message);
        }
        text
    }
}
