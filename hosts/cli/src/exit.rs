//! How the command ends.

use std::process::ExitCode;

/// Exit codes. They are an interface: scripts rely on them. (2, a senseless command line, is given by `clap` itself.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success = 0,
    /// `check` found errors, or a command was given an invalid document, a malformed cursor or a call that would be refused.
    Problems = 1,
    /// A file cannot be read or written.
    File = 3,
    /// The address cannot be listened on.
    Address = 4,
    /// The service refused, or could not be asked.
    Service = 5,
}

/// The exit codes, for the help text.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  problems were found (check), the document is invalid, the call would be refused (explain),
     or the cursor is malformed (cursor)
  2  the command line makes no sense
  3  a file cannot be read or written
  4  the address cannot be listened on (local)
  5  the service refused, or could not be asked (table)";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What kind of failure: `snake_case`, or, from the library, one of its codes.
    pub code: String,
    /// Lower case, user input in back-ticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Failure { exit, code: code.into(), message: message.into(), hint: None }
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
