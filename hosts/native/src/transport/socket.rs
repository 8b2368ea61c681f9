//! The fast transport: connections of our own, over which the core speaks HTTP/1.1.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::time::Instant;

use self::pool::{Idle, Pool};
use self::stream::Stream;
use super::tls::Roots;
use super::{BoxFuture, Exchange, Failure, FailureKind, Http, Request, Response, Sockets, Transport};
use crate::error::Error;

mod pool;
mod stream;

/// Sends requests over pooled connections for which the core writes and reads HTTP/1.1.
///
/// Certificates are checked against the system's roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others). Where `HTTPS_PROXY`,
/// `HTTP_PROXY` or `ALL_PROXY` names a proxy for the endpoint and `NO_PROXY` does not exempt it, requests go through [`Http`] instead.
/// Connections are pooled for the life of this value; one that was idle for 20 seconds is not used again.
pub struct Socket {
    http: Http,
    proxies: fn() -> Matcher,
    lines: Arc<Lines>,
}

impl Default for Socket {
    fn default() -> Self {
        Socket::new(Duration::from_secs(3))
    }
}

impl Socket {
    /// With a limit on the time until a connection stands, TLS included (default 3 s).
    pub fn new(connect_timeout: Duration) -> Self {
        let lines = Lines { connect_timeout, roots: Roots::System, tls: OnceLock::new(), pool: Arc::default() };
        Socket { http: Http::new(connect_timeout), proxies: Matcher::from_env, lines: Arc::new(lines) }
    }

    /// Trusts the certificates of a PEM text, and no others.
    ///
    /// # Errors
    /// `ErrConfiguration` when there are none in it.
    pub fn root_certificates(self, pem: &[u8]) -> Result<Self, Error> {
        let connect_timeout = self.lines.connect_timeout;
        let lines = Lines { connect_timeout, roots: Roots::pem(pem)?, tls: OnceLock::new(), pool: Arc::default() };
        Ok(Socket { http: self.http.root_certificates(pem)?, proxies: self.proxies, lines: Arc::new(lines) })
    }

    /// Whether the environment names a proxy for an endpoint, or, where that is AWS's own, for anything.
    fn proxied(&self, endpoint: Option<&str>) -> bool {
        let proxies = (self.proxies)();
        let uri = endpoint.unwrap_or("https://dynamodb.invalid/").parse();
        // What is no URL is refused by the core, without a proxy.
        uri.is_ok_and(|uri| proxies.intercept(&uri).is_some())
    }
}

impl Transport for Socket {
    /// Only for clients whose endpoint is behind a proxy.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        self.http.send(request)
    }

    fn send_until(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Response, Failure>> {
        self.http.send_until(request, until)
    }

    fn signed(&self) -> bool {
        true
    }

    fn sockets(&self, endpoint: Option<&str>) -> Option<Arc<dyn Sockets>> {
        if self.proxied(endpoint) { None } else { Some(self.lines.clone()) }
    }
}

/// Connections to all endpoints.
struct Lines {
    connect_timeout: Duration,
    roots: Roots,
    tls: OnceLock<Result<Arc<rustls::ClientConfig>, String>>,
    pool: Arc<Pool>,
}

impl Lines {
    fn tls(&self) -> Result<Arc<rustls::ClientConfig>, Failure> {
        let config = self.tls.get_or_init(|| match self.roots.config() {
            Ok(config) => Ok(Arc::new(config)),
            Err(error) => Err(format!("no root certificates: {error}")),
        });
        config.clone().map_err(|text| Failure::new(FailureKind::Refused, text))
    }

    async fn connect(&self, url: &str, until: Instant) -> Result<Stream, Failure> {
        let tls = if url.starts_with("https:") { Some(self.tls()?) } else { None };
        let until = until.min(Instant::now() + self.connect_timeout);
        match tokio::time::timeout_at(until, Stream::connect(url, tls)).await {
            Ok(connected) => connected.map_err(|error| Failure::new(FailureKind::Connect, error)),
            Err(_) => Err(Failure::new(FailureKind::Connect, "no connection in time")),
        }
    }
}

impl Sockets for Lines {
    fn send(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Box<dyn Exchange>, Failure>> {
        Box::pin(async move {
            if request.fresh {
                self.pool.clear(&request.url);
            }
            let pooled = self.pool.take(&request.url);
            let reused = pooled.is_some();
            let stream = match pooled {
                Some(stream) => stream,
                None => self.connect(&request.url, until).await?,
            };
            let mut line = Line { pool: self.pool.clone(), url: request.url, stream, reused, started: false };
            match line.stream.write(request.body.as_bytes()).await {
                Ok(()) => Ok(Box::new(line) as Box<dyn Exchange>),
                Err(error) => Err(line.lost(error)),
            }
        })
    }
}

/// One request on its connection.
struct Line {
    pool: Arc<Pool>,
    url: String,
    stream: Stream,
    /// The connection had served before.
    reused: bool,
    /// A byte of the reply has come.
    started: bool,
}

impl Line {
    fn lost(&self, error: std::io::Error) -> Failure {
        let kind =
            if self.reused && !self.started && is_gone(&error) { FailureKind::Stale } else { FailureKind::Broken };
        Failure::new(kind, error)
    }
}

impl Exchange for Line {
    fn receive(&mut self, missing: u32) -> BoxFuture<'_, Result<Vec<u8>, Failure>> {
        Box::pin(async move {
            let missing = usize::try_from(missing).unwrap_or(usize::MAX);
            match self.stream.read(missing).await {
                Ok(bytes) if bytes.is_empty() && !self.started => {
                    Err(self.lost(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "closed by the other side")))
                }
                Ok(bytes) => {
                    self.started = true;
                    Ok(bytes)
                }
                Err(error) => Err(self.lost(error)),
            }
        })
    }

    fn keep(self: Box<Self>) {
        let Line { pool, url, stream, .. } = *self;
        pool.put(url, Idle::new(stream));
    }
}

/// Whether the other side has closed or reset the connection.
fn is_gone(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
