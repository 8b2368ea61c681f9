//! `tabletheory local`, a DynamoDB on this machine, for as long as a test needs it.

use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::builder::Builder;
use crate::client::TableTheory;
use crate::credentials::Credentials;

/// A running `tabletheory local`: an embedded DynamoDB on a free port, in memory unless told otherwise. It stops when the value is
/// dropped, and at the latest with this process.
///
/// ```no_run
/// use tabletheory::testing::Local;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let local = Local::start()?;
/// let db = local.builder().schema_file("notes.dms.yml")?.build()?;
/// db.ensure_table("Note").await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Local {
    child: Child,
    endpoint: String,
}

/// How to start it: [`Local::options`].
#[derive(Clone, Debug)]
#[must_use]
pub struct LocalOptions {
    program: Option<PathBuf>,
    arguments: Vec<String>,
    start_timeout: Duration,
}

impl Local {
    /// Starts it: the program that the environment variable `TABLETHEORY_LOCAL` names, else `tabletheory` beside the program that
    /// runs (in the target folder of a workspace that has it), else the one on the path. Waits until it listens, which takes
    /// milliseconds.
    ///
    /// # Errors
    /// When there is no such program, or it does not say where it listens within ten seconds.
    pub fn start() -> io::Result<Self> {
        Local::options().start()
    }

    /// Begins to start it otherwise.
    pub fn options() -> LocalOptions {
        LocalOptions { program: None, arguments: Vec::new(), start_timeout: Duration::from_secs(10) }
    }

    /// Where it listens, for instance `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Begins a client for it: with its endpoint, a region, and credentials that mean nothing.
    pub fn builder(&self) -> Builder {
        let credentials = Credentials::new("local", "local");
        TableTheory::builder().endpoint(&self.endpoint).region("us-east-1").credentials(credentials)
    }
}

impl LocalOptions {
    /// The `tabletheory` program to start.
    pub fn program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = Some(path.into());
        self
    }

    /// More arguments, for instance `["--file", "notes.db"]`.
    pub fn arguments<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// How long it may take until it says where it listens (default 10 s).
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    /// As [`Local::start`].
    pub fn start(self) -> io::Result<Local> {
        let program = self.program.unwrap_or_else(found);
        let named = |error: io::Error| {
            let hint = "set TABLETHEORY_LOCAL to the path of the `tabletheory` program";
            io::Error::new(error.kind(), format!("cannot start `{}`: {error}; {hint}", program.display()))
        };
        let child = Command::new(&program)
            // It ends with its standard input, so that it never outlives this process.
            .args(["local", "--port", "0", "--stop-with-stdin"])
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(named)?;
        let mut local = Local { child, endpoint: String::new() };
        let (say, said) = mpsc::channel();
        let mut output = BufReader::new(local.child.stdout.take().expect("it was piped"));
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = output.read_line(&mut line);
            let _ = say.send(line);
            // What it says later must not fill the pipe.
            let _ = output.read_to_end(&mut Vec::new());
        });
        let line = said.recv_timeout(self.start_timeout).unwrap_or_default();
        let endpoint = line.split_whitespace().find(|word| word.starts_with("http"));
        let silent = || named(io::Error::new(io::ErrorKind::TimedOut, "it did not say where it listens"));
        local.endpoint = endpoint.ok_or_else(silent)?.to_owned();
        Ok(local)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn found() -> PathBuf {
    if let Some(named) = std::env::var_os("TABLETHEORY_LOCAL").filter(|name| !name.is_empty()) {
        return named.into();
    }
    let name = format!("tabletheory{}", std::env::consts::EXE_SUFFIX);
    let running = std::env::current_exe().unwrap_or_default();
    // Tests and examples stand one folder below the binaries of their workspace.
    let beside = running.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|program| program.is_file());
    beside.unwrap_or_else(|| name.into())
}
