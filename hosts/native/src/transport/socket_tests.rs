//! What the contract tests' hostile server does not ask: several runtimes, fresh connections, proxies, certificates.

use std::net::TcpStream;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use server::{Peer, Server};

#[path = "../../tests/support/server.rs"]
#[allow(clippy::duplicate_mod)]
mod server;

const REPLY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

fn request(url: &str, fresh: bool) -> Request {
    let body = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}".to_owned();
    let (service, action, head) = ("dynamodb".into(), "GetItem".into(), String::new());
    Request { id: 1, service, action, url: url.to_owned(), head, body, fresh }
}

fn sockets(socket: &Socket, url: &str) -> Arc<dyn Sockets> {
    socket.sockets(Some(url)).expect("there is no proxy")
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

/// Sends a request and reads its reply; keeps the connection.
async fn exchange(sockets: &dyn Sockets, url: &str, fresh: bool) -> Result<String, Failure> {
    let mut exchange = sockets.send(request(url, fresh), soon()).await?;
    let mut reply = Vec::new();
    while reply.len() < REPLY.len() {
        let bytes = exchange.receive(0).await?;
        assert!(!bytes.is_empty(), "the connection was closed");
        reply.extend(bytes);
    }
    exchange.keep();
    Ok(String::from_utf8(reply).unwrap())
}

fn answering() -> Server {
    Server::start(|mut peer| {
        while peer.request().is_some() {
            peer.write(REPLY);
        }
    })
}

#[test]
fn a_connection_belongs_to_the_runtime_that_opened_it() {
    let server = answering();
    let socket = Socket { proxies: || Matcher::builder().build(), ..Socket::default() };
    let lines = sockets(&socket, &server.url());
    for connections in 1..=3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for _ in 0..2 {
            let reply = runtime.block_on(exchange(&*lines, &server.url(), false)).unwrap();
            assert_eq!(reply, REPLY);
        }
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_fresh_connection_is_a_new_one_and_the_idle_ones_are_gone() {
    let server = answering();
    let socket = Socket { proxies: || Matcher::builder().build(), ..Socket::default() };
    let lines = sockets(&socket, &server.url());
    for (fresh, connections) in [(false, 1), (false, 1), (true, 2), (false, 2), (true, 3)] {
        exchange(&*lines, &server.url(), fresh).await.unwrap();
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn side_by_side_each_has_its_own_connection() {
    let server = answering();
    let socket = Socket { proxies: || Matcher::builder().build(), ..Socket::default() };
    let (url, lines) = (server.url(), sockets(&socket, &server.url()));
    for _ in 0..3 {
        let all = futures_util::future::join_all((0..5).map(|_| exchange(&*lines, &url, false))).await;
        assert!(all.into_iter().all(|reply| reply.unwrap() == REPLY));
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn a_dropped_exchange_closes_its_connection() {
    let server = Server::start(|mut peer| while peer.request().is_some() {});
    let socket = Socket { proxies: || Matcher::builder().build(), ..Socket::default() };
    let lines = sockets(&socket, &server.url());
    for connections in 1..=2 {
        let mut exchange = lines.send(request(&server.url(), false), soon()).await.unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(30), exchange.receive(0)).await;
        assert!(waited.is_err());
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_proxy_leads_to_the_http_client() {
    let behind = |proxies: fn() -> Matcher, endpoint| {
        let socket = Socket { proxies, ..Socket::default() };
        socket.sockets(endpoint).is_none()
    };
    let none = || Matcher::builder().build();
    let both = || Matcher::builder().all("http://127.0.0.1:1").no("localhost,.amazonaws.com").build();
    let plain = || Matcher::builder().http("http://127.0.0.1:1").build();
    let never = || Matcher::builder().all("http://127.0.0.1:1").no("*").build();
    for (proxies, endpoint, expected) in [
        (none as fn() -> Matcher, None, false),
        (none, Some("https://x.test"), false),
        (both, None, true),
        (both, Some("https://x.test"), true),
        (both, Some("http://localhost:8000"), false),
        (both, Some("https://dynamodb.eu-west-1.amazonaws.com"), false),
        (plain, None, false),
        (plain, Some("http://x.test:8000"), true),
        (plain, Some("https://x.test"), false),
        (never, None, false),
        (never, Some("http://x.test"), false),
        (both, Some("no url"), false),
    ] {
        assert_eq!(behind(proxies, endpoint), expected, "{endpoint:?}");
    }
}

#[tokio::test]
async fn root_certificates_are_the_only_ones() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(builder.with_single_cert(vec![cert.der().clone()], key).unwrap());
    let server = Server::start(move |peer: Peer<TcpStream>| {
        let config = config.clone();
        let mut peer = peer.within(|stream| StreamOwned::new(ServerConnection::new(config).unwrap(), stream));
        while peer.request().is_some() {
            peer.write(REPLY);
        }
    });
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(cert.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
    let socket = || Socket { proxies: || Matcher::builder().build(), ..Socket::default() };
    let trusting = socket().root_certificates(pem.as_bytes()).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/", server.port);
        let lines = sockets(&trusting, &url);
        for _ in 0..2 {
            assert_eq!(exchange(&*lines, &url, false).await.unwrap(), REPLY);
        }
        let failure = exchange(&*sockets(&socket(), &url), &url, false).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Connect, "{failure}");
    }
    for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(socket().root_certificates(bad.as_bytes()).is_err(), "{bad}");
    }
}
