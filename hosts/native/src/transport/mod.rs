//! The port to the network: a request in, a response or a failure out.
//!
//! Three transports are built in: [`Sdk`] over your own `aws_sdk_dynamodb::Client`; [`Socket`], connections over which the core speaks
//! HTTP/1.1 itself; and [`Http`], a lean HTTP client for requests that the core has signed. Anything else (a recorder, a scripted
//! fake) implements [`Transport`].

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod proxy;
#[cfg(feature = "aws-sdk")]
mod sdk;
#[cfg(feature = "socket")]
mod socket;
#[cfg(feature = "http")]
mod tls;

#[cfg(feature = "http")]
pub use self::http::Http;
#[cfg(feature = "aws-sdk")]
pub use sdk::Sdk;
#[cfg(feature = "socket")]
pub use socket::Socket;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub use futures_util::future::BoxFuture;

pub use crate::engine::{FailureKind, Request};
pub use tokio::time::Instant;

/// A way to the service.
///
/// ```
/// use tabletheory::transport::{BoxFuture, Failure, Request, Response, Transport};
///
/// /// Answers every request with an empty object.
/// struct Empty;
///
/// impl Transport for Empty {
///     fn send(&self, _request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
///         Box::pin(async { Ok(Response { status: 200, head: Vec::new(), body: b"{}".to_vec() }) })
///     }
/// }
/// ```
pub trait Transport: Send + Sync {
    /// Sends one request, once. Every HTTP status is a response. A dropped future gives up on the request.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>>;

    /// As [`send`](Transport::send), for an attempt that is given up at the time `until`: a transport that knows whether its connection stands by
    /// then fails with `Connect` by itself, when nothing was sent. Otherwise, and by default, the attempt counts as timed out.
    fn send_until(&self, request: Request, _until: Instant) -> BoxFuture<'_, Result<Response, Failure>> {
        self.send(request)
    }

    /// Whether requests are to come with URL and head, signed by the core. Else they are an action and a body.
    fn signed(&self) -> bool {
        false
    }

    /// Connections over which the core speaks HTTP/1.1 itself, in place of [`send`](Transport::send). Asked once for each client, with the
    /// endpoint that it was told (none: AWS's own). `None`: requests go through `send`.
    fn sockets(&self, _endpoint: Option<&str>) -> Option<Arc<dyn Sockets>> {
        None
    }
}

/// Connections to wherever requests go. A request is a whole HTTP/1.1 message here ([`Request::body`]).
pub trait Sockets: Send + Sync {
    /// Sends one message to the host of its URL: over a connection that was kept, unless there is none or [`Request::fresh`] asks for a
    /// new one, which must stand at the time `until`. Resolves when the message is written. A dropped future gives up on the request.
    ///
    /// # Errors
    /// `Connect` when no connection came about in time, `Stale` when a kept one was found closed, else `Broken`.
    fn send(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Box<dyn Exchange>, Failure>>;
}

/// A message that was sent, and the connection that its reply comes from. Dropping it closes the connection.
pub trait Exchange: Send {
    /// The next bytes that come; at least `missing` are to come yet (0: not known). None at all: the other side has closed the connection.
    ///
    /// # Errors
    /// `Stale` when a kept connection was closed or reset before the first byte; else `Broken` when it was reset, or closed before the
    /// first byte.
    fn receive(&mut self, missing: u32) -> BoxFuture<'_, Result<Vec<u8>, Failure>>;

    /// The reply is complete: keeps the connection for another request.
    fn keep(self: Box<Self>);
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        (**self).send(request)
    }

    fn send_until(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Response, Failure>> {
        (**self).send_until(request, until)
    }

    fn signed(&self) -> bool {
        (**self).signed()
    }

    fn sockets(&self, endpoint: Option<&str>) -> Option<Arc<dyn Sockets>> {
        (**self).sockets(endpoint)
    }
}

/// An HTTP response as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header lines `name: value`, each ended by LF or CR LF.
    pub head: Vec<u8>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// No response was got.
#[derive(Debug)]
pub struct Failure {
    /// How far the request got: this decides whether it may be sent again.
    pub kind: FailureKind,
    source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// A failure with the error of the library underneath, which becomes the source of the call's error.
    pub fn new(kind: FailureKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Failure { kind, source: source.into() }
    }
}

impl fmt::Display for Failure {
    /// The error underneath, with its causes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// Whether an error, or one of its causes, is a failure to connect: then nothing was sent.
#[cfg(any(feature = "http", feature = "aws-sdk"))]
fn is_connect(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect()) {
            return true;
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return true;
        }
        cause = error.source();
    }
    false
}
