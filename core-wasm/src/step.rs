//! What passes between an operation and its host.

pub use crate::wire::FailureKind;

/// One instant and its randomness, supplied by the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds since the Unix epoch.
    pub nanos: u64,
    /// 128 fresh random bits.
    pub seed: u128,
}

impl Moment {
    /// Milliseconds since the Unix epoch.
    pub fn millis(&self) -> u64 {
        self.nanos / 1_000_000
    }
}

/// One request for the transport. See `request` in `wit/tabletheory.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Names this request in `resume`; unique within its operation.
    pub id: u32,
    /// AWS service, `dynamodb`.
    pub service: &'static str,
    /// API action, for instance `PutItem`.
    pub action: &'static str,
    /// Absolute URL; empty for transport `sdk`.
    pub url: String,
    /// Header lines, each ended by CR LF, signed; for transport `http` only.
    pub head: String,
    /// The body, JSON; for transport `socket` the whole HTTP/1.1 message.
    pub body: String,
    /// To be sent over a new connection (transport `socket`).
    pub fresh: bool,
}

/// What the host is to do next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send `requests` (perhaps none) and, when `wait` is set, resume with [`Reply::Elapsed`] after so many milliseconds.
    Run {
        /// Requests to send now.
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
    Failed(crate::error::Error),
}

/// What the host hands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// A whole HTTP response, whatever its status.
    Response {
        /// HTTP status.
        status: u16,
        /// Header lines `name: value`, each ended by LF or CR LF.
        head: &'a [u8],
        /// The whole body.
        body: &'a [u8],
    },
    /// The transport could not get a response.
    Failure {
        /// How far it got.
        kind: FailureKind,
        /// What the language's library said.
        message: &'a str,
    },
    /// Bytes from the connection of a request (transport `socket`).
    Received(Vec<u8>),
    /// The other side closed that connection after at least one byte of the reply.
    Ended,
    /// The timer of the last step ran out.
    Elapsed,
    /// Credentials JSON.
    Credentials(&'a [u8]),
    /// There are none; the text says where the host looked.
    NoCredentials(&'a str),
    /// The host ends the operation.
    Stop(Stop),
}

/// Why a host ends an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The caller cancelled it.
    Cancelled,
    /// The caller's time for the whole call ran out.
    Deadline,
}

/// What is to become of the connection that bytes came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It can serve the next request.
    Keep,
    /// Close it.
    Close,
    /// Read on: at least so many bytes are missing; 0 when that is not known.
    More(u32),
}
