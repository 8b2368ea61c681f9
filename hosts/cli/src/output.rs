//! What the command prints: text for people, or one JSON document with `--json`.

use crate::exit::Failure;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::Write;

/// Errors and severities stand out in this style.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Warnings stand out in this style.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Line numbers, gutters and hints recede in this style.
pub const DIM: Style = AnsiColor::Cyan.on_default();

/// Where and how to print.
pub struct Output {
    json: bool,
}

impl Output {
    /// Text, or JSON documents on standard output.
    pub fn new(json: bool) -> Self {
        Output { json }
    }

    /// Prints `text`, or `document` as one line of JSON, and flushes.
    pub fn print(&self, text: &str, document: &impl Serialize) {
        if self.json {
            let mut line = serde_json::to_vec(document).expect("an output document is plain data");
            line.push(b'\n');
            write_stdout(&line);
        } else {
            let mut stdout = anstream::stdout().lock();
            // A reader that went away (`| head`) is no failure of ours.
            let _ = stdout.write_all(text.as_bytes());
            let _ = stdout.flush();
        }
    }

    /// Prints a note for people on standard error; nothing with `--json`.
    pub fn note(&self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{DIM}note{DIM:#}: {text}");
        }
    }

    /// Prints lines for people on standard error; nothing with `--json`.
    pub fn explain(&self, lines: &str) {
        if !self.json {
            let _ = anstream::stderr().write_all(lines.as_bytes());
        }
    }

    /// Prints why the command failed: text on standard error, or an error document on standard output.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            let document = serde_json::json!({"error": {
                "code": failure.code, "message": failure.message, "hint": failure.hint, "exit": failure.exit as u8,
            }});
            self.print("", &document);
            return;
        }
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(stderr, "{ERROR}error[{}]{ERROR:#}: {}", failure.code, failure.message);
        if let Some(hint) = &failure.hint {
            let _ = writeln!(stderr, "  {DIM}hint{DIM:#}: {hint}");
        }
    }
}

/// Writes bytes to standard output and flushes; a closed pipe is no failure.
pub fn write_stdout(bytes: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(bytes);
    let _ = stdout.flush();
}
