//! The lean transport: hyper, rustls, a pool of kept-alive connections.

use std::sync::OnceLock;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::proxy::{Connector, Within};
use super::tls::Roots;
use super::{BoxFuture, Failure, FailureKind, Instant, Request, Response, Transport, is_connect};
use crate::error::Error;

/// No answer of the service is larger than 16 MB: what is, comes from someone else.
const LARGEST_BODY: usize = 32 << 20;

/// Connections of one kind.
type Pool<C> = Client<Within<C>, Full<Bytes>>;

/// Sends requests that the core has signed, over HTTP/1.1 connections that are kept alive.
///
/// Certificates are checked against the system's roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others). Proxies come from
/// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. Connections are pooled for the life of this value.
pub struct Http {
    connect_timeout: Duration,
    proxies: fn() -> Matcher,
    roots: Roots,
    plain: OnceLock<Pool<Connector>>,
    tls: OnceLock<Result<Pool<HttpsConnector<Connector>>, String>>,
}

impl Default for Http {
    fn default() -> Self {
        Http::new(Duration::from_secs(3))
    }
}

impl Http {
    /// With a limit on the time until a connection stands, TLS included (default 3 s).
    pub fn new(connect_timeout: Duration) -> Self {
        let (plain, tls) = (OnceLock::new(), OnceLock::new());
        Http { connect_timeout, proxies: Matcher::from_env, roots: Roots::System, plain, tls }
    }

    /// Trusts the certificates of a PEM text, and no others.
    ///
    /// # Errors
    /// `ErrConfiguration` when there are none in it.
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.roots = Roots::pem(pem)?;
        self.tls = OnceLock::new();
        Ok(self)
    }

    fn plain(&self) -> &Pool<Connector> {
        self.plain.get_or_init(|| pool(Within(Connector::new((self.proxies)()), self.connect_timeout)))
    }

    fn tls(&self) -> Result<&Pool<HttpsConnector<Connector>>, Failure> {
        let client = self.tls.get_or_init(|| {
            let config = self.roots.config().map_err(|error| format!("no root certificates: {error}"))?;
            let builder = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1();
            Ok(pool(Within(builder.wrap_connector(Connector::new((self.proxies)())), self.connect_timeout)))
        });
        client.as_ref().map_err(|text| Failure::new(FailureKind::Refused, text.clone()))
    }

    async fn exchange(&self, request: Request, until: Option<Instant>) -> Result<Response, Failure> {
        let mut message = message(request)?;
        let connection = capture_connection(&mut message);
        let pending = match message.uri().scheme_str() {
            Some("https") => self.tls()?.request(message),
            _ => self.plain().request(message),
        };
        let response = match until {
            None => pending.await,
            Some(until) => match tokio::time::timeout_at(until, pending).await {
                Ok(response) => response,
                Err(late) => {
                    let stands = connection.connection_metadata().is_some();
                    let kind = if stands { FailureKind::Timeout } else { FailureKind::Connect };
                    return Err(Failure::new(kind, late));
                }
            },
        };
        let response = response.map_err(|error| {
            let kind = if is_connect(&error) { FailureKind::Connect } else { FailureKind::Broken };
            Failure::new(kind, error)
        })?;
        let (parts, body) = response.into_parts();
        let mut head = Vec::with_capacity(512);
        for (name, value) in &parts.headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.push(b'\n');
        }
        let body = Limited::new(body, LARGEST_BODY)
            .collect()
            .await
            .map_err(|error| Failure::new(FailureKind::Broken, error))?;
        Ok(Response { status: parts.status.as_u16(), head, body: Vec::from(body.to_bytes()) })
    }
}

impl Transport for Http {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(self.exchange(request, None))
    }

    fn send_until(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(self.exchange(request, Some(until)))
    }

    fn signed(&self) -> bool {
        true
    }
}

fn message(request: Request) -> Result<http::Request<Full<Bytes>>, Failure> {
    let refused = |error: http::Error| Failure::new(FailureKind::Refused, error);
    let mut message = http::Request::builder().method(Method::POST).uri(request.url);
    for line in request.head.split_terminator("\r\n") {
        let Some((name, value)) = line.split_once(": ") else {
            return Err(Failure::new(FailureKind::Refused, "a header line without a name"));
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| refused(error.into()))?;
        let value = HeaderValue::from_str(value).map_err(|error| refused(error.into()))?;
        message = message.header(name, value);
    }
    message.body(Full::from(Bytes::from(request.body))).map_err(refused)
}

fn pool<C>(connector: C) -> Client<C, Full<Bytes>>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_timer(TokioTimer::new())
        .build(connector)
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
