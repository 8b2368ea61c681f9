//! Requests and responses in a file that people can read.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::lock;
use crate::transport::{BoxFuture, Failure, FailureKind, Request, Response, Transport};

/// One line of a recording, with `status`, `head` and `body`, or with `failure` and `message`: the same in all languages.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub action: String,
    pub request: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Header lines, but for those of the bytes as they came, which are written down in another form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Vec<String>>,
    /// JSON; text, where the body is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Sends requests by another transport and writes each, with its response or failure, as a line of JSON into a file. Neither signatures
/// nor credentials are written, but the items are.
///
/// A [`ReplayTransport`](super::ReplayTransport) answers from such a file, also from one that was made in another language. A
/// [`Socket`](crate::transport::Socket) within goes through its HTTP client.
#[derive(Clone)]
pub struct RecordingTransport {
    inner: Arc<dyn Transport>,
    file: Arc<Mutex<File>>,
}

impl RecordingTransport {
    /// Begins the file anew.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(inner: impl Transport + 'static, file: impl AsRef<Path>) -> io::Result<Self> {
        Ok(RecordingTransport { inner: Arc::new(inner), file: Arc::new(Mutex::new(File::create(file)?)) })
    }

    async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let mut line = Line {
            action: request.action.to_string(),
            request: readable(request.body.as_bytes()),
            status: None,
            head: None,
            body: None,
            failure: None,
            message: None,
        };
        let result = self.inner.send(request).await;
        match &result {
            Ok(response) => {
                line.status = Some(response.status);
                line.head = Some(head_lines(&response.head));
                line.body = Some(readable(&response.body));
            }
            Err(failure) => {
                line.failure = Some(name(failure.kind).to_owned());
                line.message = Some(failure.to_string());
            }
        }
        self.write(&line).map_err(|error| {
            Failure::new(FailureKind::Broken, io::Error::new(error.kind(), format!("the recording: {error}")))
        })?;
        result
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        lock(&self.file).write_all(&text)
    }
}

impl Transport for RecordingTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(self.exchange(request))
    }

    fn signed(&self) -> bool {
        self.inner.signed()
    }
}

impl fmt::Debug for RecordingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTransport").field("file", &self.file).finish_non_exhaustive()
    }
}

/// A body in one line: JSON with all its digits, else a JSON string of the text.
fn readable(body: &[u8]) -> Box<RawValue> {
    // A line break that JSON allows stands between its tokens.
    let text = String::from_utf8_lossy(body);
    let line = text.trim().replace(['\n', '\r'], " ");
    match serde_json::from_str::<Box<RawValue>>(&line) {
        Ok(json) if !json.get().starts_with('"') => json,
        _ => serde_json::value::to_raw_value(&text).expect("a text is JSON"),
    }
}

const LEFT_OUT: [&str; 4] = ["x-amz-crc32", "content-length", "transfer-encoding", "content-encoding"];

fn head_lines(head: &[u8]) -> Vec<String> {
    let head = String::from_utf8_lossy(head);
    let lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    let of_bytes = |line: &str| {
        let name = line.split(':').next().unwrap_or_default();
        LEFT_OUT.iter().any(|left_out| name.eq_ignore_ascii_case(left_out))
    };
    lines.filter(|line| !of_bytes(line)).map(str::to_owned).collect()
}

const KINDS: [(FailureKind, &str); 6] = [
    (FailureKind::Connect, "connect"),
    (FailureKind::Timeout, "timeout"),
    (FailureKind::Broken, "broken"),
    (FailureKind::Stale, "stale"),
    (FailureKind::Refused, "refused"),
    (FailureKind::Credentials, "credentials"),
];

fn name(kind: FailureKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("broken", |(_, name)| name)
}

pub(super) fn kind(name: &str) -> Option<FailureKind> {
    KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}
