//! TLS and proxies, which need a certificate and an environment of their own.

use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;
use server::{Peer, Server};

#[path = "../../tests/support/server.rs"]
mod server;

/// The proxy and the trusted certificate of the test that runs: tests take turns.
static TURN: Mutex<()> = Mutex::new(());
static PROXY: Mutex<String> = Mutex::new(String::new());
static TRUSTED: Mutex<Option<Vec<u8>>> = Mutex::new(None);

fn http() -> Http {
    let proxies = || Matcher::builder().all(PROXY.lock().unwrap().as_str()).build();
    let mut roots = RootCertStore::empty();
    let trusted = TRUSTED.lock().unwrap().clone();
    trusted.into_iter().for_each(|certificate| roots.add(certificate.into()).unwrap());
    Http { proxies, roots: Roots::Given(roots), ..Http::new(Duration::from_millis(300)) }
}

fn begin(proxy: &str, trusted: Option<Vec<u8>>) -> std::sync::MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *PROXY.lock().unwrap() = proxy.to_owned();
    *TRUSTED.lock().unwrap() = trusted;
    turn
}

fn request(url: &str) -> Request {
    let head = "content-type: application/x-amz-json-1.0\r\nx-test: yes\r\n".to_owned();
    Request {
        id: 1,
        service: "dynamodb".into(),
        action: "GetItem".into(),
        url: url.to_owned(),
        head,
        body: "{\"a\":1}".to_owned(),
        fresh: false,
    }
}

/// A TLS server and its certificate.
fn tls_server() -> (Server, Vec<u8>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = cert.der().to_vec();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
    let server = Server::start(move |peer| serve_tls(peer, config.clone()));
    (server, certificate)
}

fn serve_tls(peer: Peer<TcpStream>, config: Arc<ServerConfig>) {
    let mut peer = peer.within(|stream| StreamOwned::new(ServerConnection::new(config).unwrap(), stream));
    while peer.request().is_some() {
        peer.answer(200, "x-over: tls\r\n", "{}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock)]
async fn tls_connections_are_checked_and_kept() {
    let (server, certificate) = tls_server();
    let url = format!("https://localhost:{}/", server.port);
    let _turn = begin("", Some(certificate));
    let http = http();
    for _ in 0..3 {
        let response = http.send(request(&url)).await.unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, b"{}".as_slice()));
        assert!(String::from_utf8(response.head).unwrap().contains("x-over: tls\n"));
        // A connection goes back to the pool in a task of its own.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.received()[0].header("host"), Some(format!("localhost:{}", server.port).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock)]
async fn nothing_is_sent_to_a_server_that_is_not_trusted() {
    let (server, _) = tls_server();
    let plain = Server::answering(200, "", "{}");
    let silent = Server::start(|_peer| std::thread::sleep(Duration::from_secs(3)));
    let _turn = begin("", None);
    for port in [server.port, plain.port, silent.port] {
        let failure = http().send(request(&format!("https://localhost:{port}/"))).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Connect, "{failure}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock)]
async fn plain_requests_go_to_a_proxy_with_their_whole_url() {
    let proxy = Server::answering(200, "", "{}");
    let _turn = begin(&proxy.url(), None);
    http().send(request("http://dynamodb.example:8000/")).await.unwrap();
    let [seen] = &proxy.received()[..] else { panic!("one request") };
    assert_eq!(seen.line, "POST http://dynamodb.example:8000/ HTTP/1.1");
    assert_eq!((seen.header("host"), seen.header("x-test")), (Some("dynamodb.example:8000"), Some("yes")));
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock)]
async fn tls_goes_through_a_tunnel() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["dynamodb.example".to_owned()]).unwrap();
    let certificate = cert.der().to_vec();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(builder.with_single_cert(vec![cert.der().clone()], key).unwrap());
    let proxy = Server::start(move |mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
        serve_tls(peer, config.clone());
    });
    let _turn = begin(&format!("http://user:word@127.0.0.1:{}", proxy.port), Some(certificate));
    http().send(request("https://dynamodb.example/")).await.unwrap();
    let [connect, inner] = &proxy.received()[..] else { panic!("two requests: {:?}", proxy.received()) };
    assert_eq!(connect.line, "CONNECT dynamodb.example:443 HTTP/1.1");
    assert_eq!(connect.header("proxy-authorization"), Some("Basic dXNlcjp3b3Jk"));
    assert_eq!((inner.line.as_str(), inner.header("host")), ("POST / HTTP/1.1", Some("dynamodb.example")));
    assert_eq!(inner.header("proxy-authorization"), None);
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock)]
async fn a_proxy_that_refuses_or_is_not_there_means_nothing_was_sent() {
    let refusing = Server::answering(403, "", "no");
    let gone = format!("http://127.0.0.1:{}", server::closed_port());
    for proxy in [refusing.url(), gone, "socks5://127.0.0.1:1".to_owned()] {
        let _turn = begin(&proxy, None);
        let failure = http().send(request("https://dynamodb.example/")).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Connect, "{proxy}: {failure}");
    }
}

#[tokio::test]
async fn requests_that_are_none_are_refused() {
    let bad_url = Request { url: "http://a b/".to_owned(), ..request("") };
    let bad_head = Request { head: "no colon\r\n".to_owned(), ..request("http://localhost/") };
    let bad_value = Request { head: "a: \u{0}\r\n".to_owned(), ..request("http://localhost/") };
    for request in [bad_url, bad_head, bad_value] {
        let failure = Http::default().send(request).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    }
}
