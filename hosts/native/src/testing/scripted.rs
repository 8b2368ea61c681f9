//! A transport that answers from a script.

use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::future::pending;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::diff::{RequestMismatch, differences, readable};
use super::lock;
use crate::transport::{BoxFuture, Failure, FailureKind, Request, Response, Transport};

/// One reply of a [`ScriptedTransport`], and the request that it is for: any, if it does not say.
///
/// ```
/// use serde_json::json;
/// use tabletheory::testing::Reply;
/// use tabletheory::transport::FailureKind;
///
/// let script = [
///     Reply::fails(FailureKind::Connect, "nobody there"),
///     Reply::answer(200, json!({"Item": {"pk": {"S": "u#1"}}})).head("x-amzn-requestid: R1\r\n").to("GetItem"),
///     Reply::answer(200, "{}").to("DeleteItem").with(json!({"TableName": "notes", "Key": {"pk": {"S": "u#1"}}})),
/// ];
/// # assert_eq!(script.len(), 3);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Reply {
    action: Option<String>,
    body: Option<Value>,
    answer: Answer,
}

#[derive(Clone, Debug)]
enum Answer {
    Response(Response),
    Failure(FailureKind, String),
    Never,
}

impl Reply {
    /// A response. `body`: its text, or a JSON value.
    pub fn answer(status: u16, body: impl Display) -> Self {
        Reply::bytes(status, body.to_string())
    }

    /// A response whose body may be no text at all.
    pub fn bytes(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Reply::new(Answer::Response(Response { status, head: Vec::new(), body: body.into() }))
    }

    /// No response, but a failure.
    pub fn fails(kind: FailureKind, message: impl Into<String>) -> Self {
        Reply::new(Answer::Failure(kind, message.into()))
    }

    /// Nothing comes, until the request is given up.
    pub fn never() -> Self {
        Reply::new(Answer::Never)
    }

    fn new(answer: Answer) -> Self {
        Reply { action: None, body: None, answer }
    }

    /// Header lines of the response, each ended by CR LF.
    pub fn head(mut self, lines: &str) -> Self {
        if let Answer::Response(response) = &mut self.answer {
            response.head = lines.as_bytes().to_vec();
        }
        self
    }

    /// Only for a request of this action, for instance `PutItem`.
    pub fn to(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Only for a request with this body: JSON, in which the order of members and white space do not count.
    pub fn with(mut self, body: impl Display) -> Self {
        self.body = Some(readable(&body.to_string()));
        self
    }

    fn differences(&self, request: &Request) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(action) = self.action.as_ref().filter(|action| **action != request.action) {
            lines.push(format!("the action: expected `{action}`, was `{}`", request.action));
        }
        if let Some(body) = &self.body {
            lines.extend(differences(body, &readable(&request.body)));
        }
        lines
    }
}

/// Answers requests from a list, in order, and keeps them. When the list is used up, or a request is another one than its reply is for,
/// the request fails with [`FailureKind::Refused`], and [`done`](ScriptedTransport::done) says why.
#[derive(Clone, Default)]
pub struct ScriptedTransport {
    state: Arc<Mutex<State>>,
    signed: bool,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    requests: Vec<Request>,
    mismatch: Option<RequestMismatch>,
}

impl ScriptedTransport {
    /// Requests come as action and body.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let transport = ScriptedTransport::default();
        transport.push(replies);
        transport
    }

    /// Requests come with URL and head, signed; so the client needs a region and credentials.
    pub fn signed(replies: impl IntoIterator<Item = Reply>) -> Self {
        ScriptedTransport { signed: true, ..ScriptedTransport::new(replies) }
    }

    /// Adds replies at the end of the list.
    pub fn push(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.state).replies.extend(replies);
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// The bodies of the requests so far.
    pub fn bodies(&self) -> Vec<Value> {
        lock(&self.state).requests.iter().map(|request| readable(&request.body)).collect()
    }

    /// For the end of a test: whether every request was as expected and every reply was used.
    ///
    /// # Errors
    /// What was different.
    pub fn done(&self) -> Result<(), RequestMismatch> {
        let state = lock(&self.state);
        if let Some(mismatch) = &state.mismatch {
            return Err(mismatch.clone());
        }
        let left = &state.replies;
        if left.is_empty() {
            return Ok(());
        }
        let names = left.iter().map(|reply| reply.action.clone().unwrap_or_else(|| "for any request".to_owned()));
        Err(RequestMismatch::new(format!("{} replies of the script were not used", left.len()), names.collect()))
    }
}

impl State {
    fn reply(&mut self, request: Request) -> Answer {
        let reply = self.replies.pop_front();
        let mismatch = match &reply {
            Some(reply) => {
                let lines = reply.differences(&request);
                let what = format!("request {} is not the expected one", self.requests.len() + 1);
                (!lines.is_empty()).then(|| RequestMismatch::new(what, lines))
            }
            None => {
                Some(RequestMismatch::new(format!("script used up: `{}` was not expected", request.action), vec![]))
            }
        };
        self.requests.push(request);
        match (mismatch, reply) {
            (None, Some(reply)) => reply.answer,
            (mismatch, _) => {
                let message = mismatch.as_ref().map(RequestMismatch::to_string).unwrap_or_default();
                self.mismatch = self.mismatch.take().or(mismatch);
                Answer::Failure(FailureKind::Refused, message)
            }
        }
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        let answer = lock(&self.state).reply(request);
        Box::pin(async {
            match answer {
                Answer::Response(response) => Ok(response),
                Answer::Failure(kind, message) => Err(Failure::new(kind, message)),
                Answer::Never => pending().await,
            }
        })
    }

    fn signed(&self) -> bool {
        self.signed
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        let (left, requests) = (state.replies.len(), state.requests.len());
        f.debug_struct("ScriptedTransport").field("left", &left).field("requests", &requests).finish_non_exhaustive()
    }
}
