//! `tabletheory check`: every problem of every document.

use crate::arguments::Check;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{DIM, ERROR, Output, WARNING};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::Path;

/// What the core says about a document.
#[derive(Debug, Deserialize)]
struct Diagnostics {
    ok: bool,
    dms_version: Option<String>,
    models: usize,
    problems: Vec<Problem>,
}

/// One problem, with its source line.
#[derive(Debug, Deserialize, Serialize)]
struct Problem {
    code: String,
    severity: Severity,
    message: String,
    pointer: String,
    line: usize,
    column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The line of the document, without its end.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Severity {
    Error,
    Warning,
}

/// One document in the output of `--json`.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    ok: bool,
    dms_version: Option<String>,
    models: usize,
    problems: Vec<Problem>,
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    errors: usize,
    warnings: usize,
    files: Vec<Checked>,
}

/// Checks all documents and prints what was found. Unreadable files end the command before anything is printed.
pub fn run(options: &Check, output: &Output) -> Result<Exit, Failure> {
    let mut checked = Vec::new();
    for path in &options.files {
        for document in files::documents(path)? {
            checked.push(check(&document, options.strict)?);
        }
    }
    let count = |severity| {
        checked.iter().flat_map(|file| &file.problems).filter(|problem| problem.severity == severity).count()
    };
    let report = Report {
        ok: checked.iter().all(|file| file.ok),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        files: checked,
    };
    output.print(&report.text(), &report);
    Ok(if report.ok { Exit::Success } else { Exit::Problems })
}

fn check(path: &Path, strict: bool) -> Result<Checked, Failure> {
    let bytes = files::read(path)?;
    let options = serde_json::json!({"strict": strict}).to_string();
    let found: Diagnostics = serde_json::from_str(&tabletheory_core::check(&bytes, options.as_bytes()))
        .expect("the core's diagnostics document is JSON");
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let mut problems = found.problems;
    for problem in &mut problems {
        problem.source = problem.line.checked_sub(1).and_then(|at| lines.get(at)).map(|line| (*line).to_owned());
    }
    Ok(Checked {
        file: if path.as_os_str() == files::STDIN { "<stdin>".into() } else { path.display().to_string() },
        ok: found.ok,
        dms_version: found.dms_version,
        models: found.models,
        problems,
    })
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            for problem in &file.problems {
                problem.render(&file.file, &mut text);
            }
        }
        let documents = plural(self.files.len(), "document");
        let models = plural(self.files.iter().map(|file| file.models).sum(), "model");
        let _ = match (self.errors, self.warnings) {
            (0, 0) => writeln!(text, "{documents}, {models}: no problems"),
            (errors, warnings) => {
                writeln!(text, "{documents}, {models}: {}, {}", plural(errors, "error"), plural(warnings, "warning"))
            }
        };
        text
    }
}

impl Problem {
    fn render(&self, file: &str, text: &mut String) {
        let (style, word) = match self.severity {
            Severity::Error => (ERROR, "error"),
            Severity::Warning => (WARNING, "warning"),
        };
        let _ = writeln!(
            text,
            "{file}:{}:{}: {style}{word}[{}]{style:#}: {}",
            self.line, self.column, self.code, self.message
        );
        let gutter = " ".repeat(self.line.to_string().len());
        if let Some(source) = self.source.as_deref().filter(|source| !source.trim().is_empty()) {
            let shown = Excerpt::around(source, self.column);
            let _ = writeln!(text, " {DIM}{gutter} |{DIM:#}");
            let _ = writeln!(text, " {DIM}{} |{DIM:#} {}", self.line, shown.line);
            let _ = writeln!(text, " {DIM}{gutter} |{DIM:#} {}{style}^{style:#}", shown.indent);
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, " {DIM}{gutter} = hint{DIM:#}: {hint}");
        }
        text.push('\n');
    }
}

/// A source line fit for a terminal, and what stands before the marked column.
struct Excerpt {
    line: String,
    indent: String,
}

impl Excerpt {
    /// Longest part of a line that is shown.
    const WIDTH: usize = 120;

    fn around(source: &str, column: usize) -> Self {
        let at = column.saturating_sub(1);
        let first = if at < Self::WIDTH { 0 } else { at - Self::WIDTH / 2 };
        // Tabs stay, so that both lines are indented alike; nothing else may move the terminal's cursor.
        let clean = |c: char| {
            if c.is_control() && c != '\t' { '\u{fffd}' } else { c }
        };
        let line: String = source.chars().skip(first).take(Self::WIDTH).map(clean).collect();
        let indent = line.chars().take(at - first).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        Excerpt { line, indent }
    }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_stands_below_its_column() {
        let shown = Excerpt::around("\t- name: x", 4);
        assert_eq!((shown.line.as_str(), shown.indent.as_str()), ("\t- name: x", "\t  "));
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let source: String = ('a'..='z').cycle().take(100_000).collect();
        let shown = Excerpt::around(&source, 50_000);
        assert_eq!(shown.line.chars().count(), Excerpt::WIDTH);
        let marked = shown.line.chars().nth(shown.indent.chars().count());
        assert_eq!(marked, source.chars().nth(49_999));
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert!(!Excerpt::around("a\u{1b}[31mb", 1).line.contains('\u{1b}'));
    }
}
