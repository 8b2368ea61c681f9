//! A transport that answers from a recording.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::diff::{RequestMismatch, differences, readable};
use super::lock;
use super::recording::{Line, kind};
use crate::transport::{BoxFuture, Failure, FailureKind, Request, Response, Transport};

/// Answers requests from a recording: each with the response of the first line, not used yet, that has the same action and body. Use a
/// [`ScriptedClock`](super::ScriptedClock) in both runs: timestamps and tokens are part of the requests.
///
/// ```
/// use tabletheory::testing::{RecordingTransport, ReplayTransport, Reply, ScriptedClock, ScriptedTransport};
/// use tabletheory::{Item, TableTheory};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notes.dms.yml"));
/// let file = std::env::temp_dir().join(format!("notes-{}.jsonl", std::process::id()));
/// let service = ScriptedTransport::new([Reply::answer(200, "{}")]); // or any transport, for instance `Socket`
/// let open = || TableTheory::builder().schema_str(schema).clock(ScriptedClock::default());
///
/// let recorded = open().transport(RecordingTransport::new(service, &file)?).build()?;
/// recorded.model::<Item>("Note")?.delete(("u#1", "n#1")).await?;
///
/// let replay = ReplayTransport::open(&file)?;
/// let replayed = open().transport(replay.clone()).build()?;
/// replayed.model::<Item>("Note")?.delete(("u#1", "n#1")).await?;
/// replay.done()?;
/// # std::fs::remove_file(file)?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ReplayTransport(Arc<Mutex<State>>);

struct State {
    lines: Vec<Recorded>,
    mismatch: Option<RequestMismatch>,
}

struct Recorded {
    request: Value,
    line: Line,
}

impl ReplayTransport {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is not one of a recording.
    pub fn open(file: impl AsRef<Path>) -> io::Result<Self> {
        ReplayTransport::read(&std::fs::read_to_string(file)?)
    }

    /// Reads the text of a recording.
    ///
    /// # Errors
    /// When a line of it is not one of a recording.
    pub fn read(text: &str) -> io::Result<Self> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let recorded = lines.map(|(at, text)| {
            let line = Line::read(text).map_err(|why| {
                let what = format!("line {} is not one of a recording: {why}", at + 1);
                io::Error::new(io::ErrorKind::InvalidData, what)
            })?;
            Ok(Recorded { request: readable(line.request.get()), line })
        });
        let lines = recorded.collect::<io::Result<_>>()?;
        Ok(ReplayTransport(Arc::new(Mutex::new(State { lines, mismatch: None }))))
    }

    /// For the end of a test: whether every request was in the recording, and every line of it was used.
    ///
    /// # Errors
    /// What was different.
    pub fn done(&self) -> Result<(), RequestMismatch> {
        let state = lock(&self.0);
        if let Some(mismatch) = &state.mismatch {
            return Err(mismatch.clone());
        }
        let left: Vec<_> = state.lines.iter().map(|recorded| recorded.line.action.clone()).collect();
        if left.is_empty() {
            return Ok(());
        }
        Err(RequestMismatch::new(format!("{} lines of the recording were not used", left.len()), left))
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let body = readable(&request.body);
        let same = |recorded: &Recorded| recorded.line.action == request.action && recorded.request == body;
        let Some(at) = self.lines.iter().position(same) else {
            let near = self.lines.iter().find(|recorded| recorded.line.action == request.action);
            let lines = match near {
                Some(near) => differences(&near.request, &body),
                None => vec!["no such action is left".to_owned()],
            };
            let what = format!("this {} is not in the recording", request.action);
            let mismatch = RequestMismatch::new(what, lines);
            self.mismatch.get_or_insert_with(|| mismatch.clone());
            return Err(Failure::new(FailureKind::Refused, mismatch));
        };
        self.lines.remove(at).line.answer()
    }
}

impl Line {
    fn read(text: &str) -> Result<Self, String> {
        let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match &line.failure {
            Some(name) if kind(name).is_none() => Err(format!("the failure `{name}` is not known")),
            None if line.status.is_none() || line.body.is_none() => {
                Err("it has neither `status` and `body` nor `failure`".to_owned())
            }
            _ => Ok(line),
        }
    }

    fn answer(self) -> Result<Response, Failure> {
        if let Some(kind) = self.failure.as_deref().and_then(kind) {
            return Err(Failure::new(kind, self.message.unwrap_or_default()));
        }
        let body = self.body.map(|body| body.get().to_owned()).unwrap_or_default();
        let body = serde_json::from_str::<String>(&body).unwrap_or(body);
        let head: String = self.head.unwrap_or_default().iter().map(|line| format!("{line}\n")).collect();
        Ok(Response { status: self.status.unwrap_or(200), head: head.into_bytes(), body: body.into_bytes() })
    }
}

impl Transport for ReplayTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        let answer = lock(&self.0).answer(&request);
        Box::pin(async { answer })
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayTransport").field("left", &lock(&self.0).lines.len()).finish_non_exhaustive()
    }
}
