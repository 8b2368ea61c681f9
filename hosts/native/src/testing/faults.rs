//! A transport that fails on purpose.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::transport::{BoxFuture, Failure, FailureKind, Request, Response, Transport};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No connection; it is not sent.
    DropBefore,
    /// It is sent, and the answer gets lost.
    DropAfter,
    /// The answer breaks off in the middle.
    Truncate,
    /// It is refused as too much; it is not sent.
    Throttle,
    /// This status, for instance 500, instead of an answer; it is not sent.
    Status(u16),
    /// The answer comes so much later.
    Delay(Duration),
    /// Of a batch, so many items are not carried out, but given back as unprocessed. Other requests go through.
    Unprocessed(usize),
}

type Choose = dyn Fn(&Request, usize) -> Option<Fault> + Send + Sync;

/// Sends requests by another transport, with faults. For local engines: a batch that is cut is not signed anew.
///
/// ```
/// # use serde_json::json;
/// use tabletheory::testing::{Fault, FaultyTransport, Reply, ScriptedClock, ScriptedTransport};
/// use tabletheory::{Item, TableTheory, WriteOutcome};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notes.dms.yml"));
/// let service = ScriptedTransport::new([Reply::answer(200, "{}")]); // or any transport, for instance `Socket`
/// let faulty = FaultyTransport::new(service.clone(), [Fault::DropBefore, Fault::DropAfter]);
/// let db = TableTheory::builder().schema_str(schema).transport(faulty.clone()).clock(ScriptedClock::default()).build()?;
///
/// // Not sent at all the first time, so it is tried again; then nobody knows whether it was carried out.
/// let error = db.model::<Item>("Note")?.update(("u#1", "n#1")).add("views", 1).await.unwrap_err();
/// assert_eq!((error.outcome(), faulty.attempts(), service.requests().len()), (WriteOutcome::Unknown, 2, 1));
/// # Ok(()) }
/// ```
///
/// A [`Socket`](crate::transport::Socket) within goes through its HTTP client.
#[derive(Clone)]
pub struct FaultyTransport {
    inner: Arc<dyn Transport>,
    choose: Arc<Choose>,
    attempts: Arc<AtomicUsize>,
}

impl FaultyTransport {
    /// `faults`: of each request in turn; `None`, and the end of the list: none.
    pub fn new<F: Into<Option<Fault>>>(inner: impl Transport + 'static, faults: impl IntoIterator<Item = F>) -> Self {
        let faults: Vec<Option<Fault>> = faults.into_iter().map(Into::into).collect();
        FaultyTransport::by(inner, move |_, n| faults.get(n).copied().flatten())
    }

    /// `choose` says what goes wrong with the n-th request, from 0.
    pub fn by(
        inner: impl Transport + 'static,
        choose: impl Fn(&Request, usize) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        FaultyTransport { inner: Arc::new(inner), choose: Arc::new(choose), attempts: Arc::default() }
    }

    /// Requests so far, those that were not sent included.
    pub fn attempts(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }

    async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let n = self.attempts.fetch_add(1, Ordering::Relaxed);
        match (self.choose)(&request, n) {
            None => self.inner.send(request).await,
            Some(Fault::DropBefore) => Err(Failure::new(FailureKind::Connect, "dropped before it was sent")),
            Some(Fault::Throttle) => Ok(refusal(400, "ThrottlingException")),
            Some(Fault::Status(status)) => Ok(refusal(status, "InternalServerError")),
            Some(Fault::Unprocessed(count)) => self.unprocessed(request, count).await,
            Some(Fault::Delay(by)) => {
                let response = self.inner.send(request).await;
                tokio::time::sleep(by).await;
                response
            }
            Some(Fault::DropAfter) => {
                self.inner.send(request).await?;
                Err(Failure::new(FailureKind::Broken, "the answer got lost"))
            }
            Some(Fault::Truncate) => {
                let mut response = self.inner.send(request).await?;
                response.body.truncate(response.body.len() / 2);
                Ok(response)
            }
        }
    }

    /// Takes the last items out of a batch and gives them back as unprocessed.
    async fn unprocessed(&self, mut request: Request, count: usize) -> Result<Response, Failure> {
        let rest = match &*request.action {
            "BatchGetItem" => "UnprocessedKeys",
            "BatchWriteItem" => "UnprocessedItems",
            _ => return self.inner.send(request).await,
        };
        let mut sent = parsed(request.body.as_bytes())?;
        let held = cut(&mut sent["RequestItems"], count);
        let mut answer = if rest == "UnprocessedKeys" { json!({"Responses": {}}) } else { json!({}) };
        let mut response = Response { status: 200, head: Vec::new(), body: Vec::new() };
        if sent["RequestItems"].as_object().is_some_and(|tables| !tables.is_empty()) {
            request.body = sent.to_string();
            response = self.inner.send(request).await?;
            if response.status != 200 {
                return Ok(response);
            }
            answer = parsed(&response.body)?;
            response.head = without_checksum(&response.head);
        }
        answer[rest] = Value::Object(held);
        response.body = answer.to_string().into_bytes();
        Ok(response)
    }
}

impl Transport for FaultyTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(self.exchange(request))
    }

    fn signed(&self) -> bool {
        self.inner.signed()
    }
}

impl fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyTransport").field("attempts", &self.attempts()).finish_non_exhaustive()
    }
}

fn refusal(status: u16, code: &str) -> Response {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "on purpose"});
    Response { status, head: Vec::new(), body: body.to_string().into_bytes() }
}

fn parsed(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::new(FailureKind::Broken, error))
}

/// Takes the last `count` items of a batch out of it: by table, a list of writes, or an object with a list of keys.
fn cut(tables: &mut Value, mut count: usize) -> Map<String, Value> {
    let mut held = Map::new();
    let Value::Object(tables) = tables else { return held };
    let names: Vec<String> = tables.keys().rev().cloned().collect();
    for name in names {
        let entries = &mut tables[&name];
        let keys = entries.get("Keys").is_some();
        let list = if keys { &mut entries["Keys"] } else { &mut *entries };
        let Value::Array(items) = list else { continue };
        let taken = items.split_off(items.len().saturating_sub(count));
        let none_left = items.is_empty();
        count -= taken.len();
        if !taken.is_empty() {
            let mut part = Value::Array(taken);
            if keys {
                let mut whole = entries.clone();
                whole["Keys"] = part;
                part = whole;
            }
            held.insert(name.clone(), part);
        }
        if none_left {
            tables.remove(&name);
        }
    }
    held
}

/// The checksum is that of another body now.
fn without_checksum(head: &[u8]) -> Vec<u8> {
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let named = |line: &[u8]| line.to_ascii_lowercase().starts_with(b"x-amz-crc32:");
    lines.filter(|line| !named(line)).flatten().copied().collect()
}
