//! The lean HTTP transport against friendly and hostile servers.
#![cfg(feature = "http")]

#[path = "support/server.rs"]
mod server;
mod support;

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use server::{Server, closed_port};
use support::{Note, builder, note};
use tabletheory::credentials::{BoxFuture, Credentials, CredentialsProvider};
use tabletheory::transport::{Http, Socket, Transport};
use tabletheory::{Code, Error, Model, Retry, WriteOutcome};

const STORED: &str = r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"hi"}}}"#;

fn notes_at(url: &str) -> Model<Note> {
    notes_through(Arc::new(Socket::default()), url)
}

fn notes_through(transport: Arc<dyn Transport>, url: &str) -> Model<Note> {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_session_token("token");
    let once = Retry { max_attempts: Some(1), ..Retry::default() };
    builder()
        .region("eu-west-1")
        .endpoint(url)
        .credentials(credentials)
        .retry(once)
        .attempt_timeout(Duration::from_millis(400))
        .transport(transport)
        .build()
        .unwrap()
        .model("Note")
        .unwrap()
}

async fn put_error(server: &Server) -> Error {
    notes_at(&server.url()).put(&note("n#1", "hi")).await.unwrap_err()
}

#[tokio::test]
async fn requests_are_signed_and_whole() {
    let server = Server::answering(200, "x-amzn-requestid: R1\r\n", STORED);
    let outcome = notes_at(&server.url()).get(("u#1", "n#1")).outcome().await.unwrap();
    assert_eq!((outcome.value.title.as_str(), outcome.stats.request_id.as_deref()), ("hi", Some("R1")));
    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!(request.line, "POST / HTTP/1.1");
    assert_eq!(request.header("host"), Some(format!("127.0.0.1:{}", server.port).as_str()));
    assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(request.header("x-amz-target"), Some("DynamoDB_20120810.GetItem"));
    assert_eq!(request.header("x-amz-security-token"), Some("token"));
    let authorization = request.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/dynamodb/aws4_request"), "{authorization}");
    assert!(request.header("user-agent").unwrap().contains("tabletheory-rust/"));
    assert!(request.body.contains("tabletheory-demo-notes"));
}

#[tokio::test]
async fn connections_are_kept_and_shared() {
    let server = Server::answering(200, "", STORED);
    let notes = notes_at(&server.url());
    for _ in 0..5 {
        notes.get(("u#1", "n#1")).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(notes.get(("u#1", "n#1")).into_future())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(server.connections() <= 51);
    assert_eq!(server.received().len(), 55);
}

#[tokio::test]
async fn nobody_there_means_nothing_was_sent() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    let error = notes_at(&url).put(&note("n#1", "hi")).await.unwrap_err();
    assert_eq!(error.code(), Code::Transport);
    assert_ne!(error.outcome(), WriteOutcome::Unknown);
    assert!(error.source().is_some());
    let error = notes_at("http://no-such-host.invalid").put(&note("n#1", "hi")).await.unwrap_err();
    assert_eq!(error.code(), Code::Transport);
    assert_ne!(error.outcome(), WriteOutcome::Unknown);
}

#[tokio::test]
async fn broken_connections_leave_the_outcome_unknown() {
    let after_the_request = Server::start(|mut peer| drop(peer.request()));
    let in_the_head = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\nconte");
    });
    let in_the_body = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}");
    });
    let in_a_chunk = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{}");
    });
    let no_http = Server::start(|mut peer| {
        peer.request();
        peer.write("SSH-2.0-OpenSSH_9.2\r\n");
    });
    let endless_head = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\n");
        for _ in 0..2000 {
            peer.write(&format!("x-flood: {}\r\n", "x".repeat(1000)));
        }
    });
    for server in [after_the_request, in_the_head, in_the_body, in_a_chunk, no_http, endless_head] {
        let error = put_error(&server).await;
        assert_eq!((error.code(), error.outcome()), (Code::Transport, WriteOutcome::Unknown), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let server = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
        for _ in 0..64 {
            peer.write(&chunk);
        }
    });
    let notes = builder()
        .region("eu-west-1")
        .endpoint(server.url())
        .credentials(Credentials::new("k", "s"))
        .retry(Retry { max_attempts: Some(1), ..Retry::default() })
        .build()
        .unwrap()
        .model::<Note>("Note")
        .unwrap();
    let error = notes.get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!(error.code(), Code::Transport);
}

#[tokio::test]
async fn a_handshake_that_nobody_answers_means_nothing_was_sent() {
    let mute = Server::start(|_peer| std::thread::sleep(Duration::from_secs(5)));
    let once = Retry { max_attempts: Some(1), ..Retry::default() };
    for transport in [Arc::new(Http::default()) as Arc<dyn Transport>, Arc::new(Socket::default())] {
        let db = builder()
            .region("eu-west-1")
            .endpoint(format!("https://localhost:{}", mute.port))
            .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
            .retry(once.clone())
            // Shorter than the time that a connection may take.
            .attempt_timeout(Duration::from_millis(200))
            .transport(transport)
            .build()
            .unwrap();
        let error = db.model::<Note>("Note").unwrap().update(("u#1", "n#1")).add("views", 1).await.unwrap_err();
        assert_eq!((error.code(), error.outcome()), (Code::Transport, WriteOutcome::NotSent), "{error:?}");
    }
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let silent = Server::start(|mut peer| {
        peer.request();
        std::thread::sleep(Duration::from_secs(5));
    });
    let slow_body = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n");
        for _ in 0..50 {
            peer.write(" ");
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    for server in [silent, slow_body] {
        for transport in [Arc::new(Http::default()) as Arc<dyn Transport>, Arc::new(Socket::default())] {
            let began = Instant::now();
            let error = notes_through(transport, &server.url()).put(&note("n#1", "hi")).await.unwrap_err();
            assert_eq!((error.code(), error.outcome()), (Code::Timeout, WriteOutcome::Unknown), "{error:?}");
            assert!(began.elapsed() < Duration::from_secs(3));
        }
    }
}

#[tokio::test]
async fn pages_instead_of_json_are_told_apart_and_never_quoted() {
    let server = Server::answering(200, "content-type: text/html\r\n", "<html>Please log in, secret user</html>");
    let error = notes_at(&server.url()).get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidResponse);
    assert!(error.message().contains("text/html"), "{error}");
    assert!(!error.to_json().contains("secret"));
}

struct Nothing;

impl CredentialsProvider for Nothing {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, String>> {
        Box::pin(async { Err("looked under the mat".to_owned()) })
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let server = Server::answering(200, "", "{}");
    let db = builder().region("eu-west-1").endpoint(server.url()).credentials(Nothing).build().unwrap();
    let error = db.model::<Note>("Note").unwrap().get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Code::Credentials, WriteOutcome::NotSent));
    assert!(format!("{error} {:?}", error.hint()).contains("looked under the mat"));
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_endpoint_that_is_no_url_is_refused() {
    let error = builder().region("eu-west-1").endpoint("dynamodb").build().unwrap_err();
    assert_eq!(error.code(), Code::Configuration);
}

#[test]
fn credentials_do_not_show_their_secret() {
    let credentials = Credentials::new("AKID", "hush-hush").with_session_token("hush-too");
    assert!(!format!("{credentials:?}").contains("hush"));
}
