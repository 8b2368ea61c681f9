//! Requests without a response.

/// How far a failed request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No connection was made; nothing was sent.
    Connect,
    /// The time-out ran out after something may have been sent.
    Timeout,
    /// The connection broke after something may have been sent.
    Broken,
    /// The transport refused to send.
    Refused,
    /// The transport found no credentials of its own.
    Credentials,
    /// A connection that had served before was closed before one byte of the reply came.
    Stale,
}
