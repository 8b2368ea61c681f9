//! The core behind the library: linked natively here, or run another way (the component under wasmtime) through the same trait.

use std::borrow::Cow;

pub use tabletheory_core::step::{Connection, FailureKind, Moment, Reply, Stop};

use crate::error::Error;

/// One request for a [transport](crate::transport).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Names this request in [`Operation::resume`].
    pub id: u32,
    /// AWS service, `dynamodb`.
    pub service: Cow<'static, str>,
    /// API action, for instance `PutItem`.
    pub action: Cow<'static, str>,
    /// Absolute URL of a POST; empty when the transport is not [signed](crate::transport::Transport::signed).
    pub url: String,
    /// Header lines `name: value`, each ended by CR LF, signed; empty when the transport is not signed, and for sockets.
    pub head: String,
    /// The request body, JSON; for sockets the whole HTTP/1.1 message.
    pub body: String,
    /// For sockets: to be sent over a new connection.
    pub fresh: bool,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send `requests` (perhaps none) and, when `wait` is set, resume with [`Reply::Elapsed`] after so many milliseconds.
    Run {
        /// Requests to send now, side by side.
        requests: Vec<Request>,
        /// Timer in milliseconds; replaces the one of the step before.
        wait: Option<u32>,
        /// How far the operation has come, JSON; only for calls that ask for it.
        progress: Option<String>,
    },
    /// Resume with [`Reply::Credentials`] or [`Reply::NoCredentials`].
    Credentials,
    /// Over, with the result document.
    Done(String),
    /// Over, with an error.
    Failed(Error),
}

/// A compiled schema document with its settings.
pub trait Engine: Send + Sync {
    /// Begins an operation from a call document. No operation when the step already is the last one.
    fn start(&self, call: &[u8], moment: Moment) -> (Option<Box<dyn Operation>>, Step);

    /// The compiled models as JSON.
    ///
    /// # Errors
    /// When the engine cannot run the core.
    fn describe(&self) -> Result<String, Error>;

    /// What a call would do, without doing it, as JSON (`wit/README.md`).
    ///
    /// # Errors
    /// What the call would be refused with before anything is sent.
    fn explain(&self, call: &[u8], moment: Moment) -> Result<String, Error>;
}

/// A running operation. Dropping it cancels it.
pub trait Operation: Send {
    /// Hands in the reply to one request, the end of a wait, or credentials.
    fn resume(&mut self, request: u32, reply: Reply<'_>, moment: Moment) -> Step;

    /// What is to become of the connection that the last [`Reply::Received`] or [`Reply::Ended`] came from.
    fn connection(&self) -> Connection;
}

/// Compiles a schema document with settings (both as `wit/README.md` says) into an engine.
pub type Open = dyn FnOnce(&[u8], &[u8]) -> Result<Box<dyn Engine>, Error>;

/// Opens the core that is linked into this library.
///
/// # Errors
/// `ErrInvalidDocument` with all problems, or `ErrConfiguration`.
pub fn native(document: &[u8], settings: &[u8]) -> Result<Box<dyn Engine>, Error> {
    Ok(Box::new(Native(tabletheory_core::client::Client::open(document, settings)?)))
}

struct Native(tabletheory_core::client::Client);

impl Engine for Native {
    fn start(&self, call: &[u8], moment: Moment) -> (Option<Box<dyn Operation>>, Step) {
        let (operation, step) = self.0.start(call, moment);
        (operation.map(|operation| Box::new(operation) as Box<dyn Operation>), step.into())
    }

    fn describe(&self) -> Result<String, Error> {
        Ok(self.0.describe())
    }

    fn explain(&self, call: &[u8], moment: Moment) -> Result<String, Error> {
        Ok(self.0.explain(call, moment)?)
    }
}

impl Operation for tabletheory_core::operation::Operation {
    fn resume(&mut self, request: u32, reply: Reply<'_>, moment: Moment) -> Step {
        tabletheory_core::operation::Operation::resume(self, request, reply, moment).into()
    }

    fn connection(&self) -> Connection {
        tabletheory_core::operation::Operation::connection(self)
    }
}

impl From<tabletheory_core::step::Step> for Step {
    fn from(step: tabletheory_core::step::Step) -> Self {
        use tabletheory_core::step::Step as Core;
        match step {
            Core::Run { requests, wait, progress } => {
                Step::Run { requests: requests.into_iter().map(Request::from).collect(), wait, progress }
            }
            Core::Credentials => Step::Credentials,
            Core::Done(result) => Step::Done(result),
            Core::Failed(error) => Step::Failed(error.into()),
        }
    }
}

impl From<tabletheory_core::step::Request> for Request {
    fn from(request: tabletheory_core::step::Request) -> Self {
        let tabletheory_core::step::Request { id, service, action, url, head, body, fresh } = request;
        Request { id, service: service.into(), action: action.into(), url, head, body, fresh }
    }
}
