//! What the tests of this crate share.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::future::{pending, ready};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tabletheory::clock::{Clock, Moment};
use tabletheory::transport::{BoxFuture, Failure, FailureKind, Request, Response, Transport};
use tabletheory::{Builder, Error, Set, TableTheory};

pub const SCHEMA: &str = include_str!("../../../../examples/notes.dms.yml");

/// The note of `examples/notes.dms.yml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Note {
    pub pk: String,
    pub sk: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    pub views: u64,
    pub tags: Set<String>,
    #[serde(skip_serializing)]
    pub created_at: String,
    #[serde(skip_serializing)]
    pub updated_at: String,
    #[serde(skip_serializing)]
    pub version: i64,
}

pub fn note(sk: &str, title: &str) -> Note {
    Note { pk: "u#1".into(), sk: sk.into(), title: title.into(), tags: Set::from(["a".to_owned()]), ..Note::default() }
}

/// One scripted answer.
pub enum Reply {
    Answer(u16, &'static str),
    Fails(FailureKind, &'static str),
    Never,
}

/// Answers requests from a script and keeps them.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<(VecDeque<Reply>, Vec<Request>)>>);

impl Script {
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Script(Arc::new(Mutex::new((replies.into_iter().collect(), Vec::new()))))
    }

    pub fn sent(&self) -> Vec<Request> {
        self.0.lock().unwrap().1.clone()
    }

    /// Action and body of the only request.
    pub fn only(&self) -> (String, String) {
        let sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        (sent[0].action.to_string(), sent[0].body.clone())
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        let mut script = self.0.lock().unwrap();
        script.1.push(request);
        let answer = |status, body: &str| Response { status, head: Vec::new(), body: body.as_bytes().to_vec() };
        match script.0.pop_front().expect("the script is long enough") {
            Reply::Answer(status, body) => Box::pin(ready(Ok(answer(status, body)))),
            Reply::Fails(kind, text) => Box::pin(ready(Err(Failure::new(kind, text)))),
            Reply::Never => Box::pin(pending()),
        }
    }
}

/// A clock that stands still but for the waits that it notes.
#[derive(Clone)]
pub struct StillClock(pub Arc<Mutex<(u64, Vec<Duration>)>>);

impl StillClock {
    pub fn new() -> Self {
        StillClock(Arc::new(Mutex::new((1_767_323_045_678_901_234, Vec::new()))))
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Clock for StillClock {
    fn moment(&self) -> Result<Moment, Error> {
        Ok(Moment { nanos: self.0.lock().unwrap().0, seed: u128::MAX / 3 })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut clock = self.0.lock().unwrap();
        clock.0 += duration.as_nanos() as u64;
        clock.1.push(duration);
        Box::pin(ready(()))
    }
}

pub fn builder() -> Builder {
    TableTheory::builder().schema_str(SCHEMA)
}

/// A client over a script, and the script.
pub fn scripted(replies: impl IntoIterator<Item = Reply>) -> (TableTheory, Script) {
    let script = Script::new(replies);
    (builder().clock(StillClock::new()).transport(script.clone()).build().unwrap(), script)
}

/// `tabletheory local` on a free port; ends with the value.
pub struct Local {
    child: Child,
    pub endpoint: String,
}

impl Local {
    pub fn start() -> Self {
        let binary = std::env::var_os("TABLETHEORY_LOCAL").map_or_else(built, PathBuf::from);
        let mut child = Command::new(&binary)
            .args(["local", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("`{}`: {error}; build it: cargo build -p tabletheory-cli", binary.display())
            });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let endpoint =
            line.split_whitespace().find(|word| word.starts_with("http://")).expect("an endpoint").to_owned();
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        Local { child, endpoint }
    }
}

/// Beside the folder of the test binaries.
fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(|deps| deps.parent()).unwrap().join("tabletheory")
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
