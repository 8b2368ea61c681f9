//! `tabletheory local` as a process.
#![cfg(unix)]

mod common;

use common::{Server, post, run, stderr, stdout};
use std::io::Read;
use std::net::{TcpListener, TcpStream};

const TABLE: &str = r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST",
    "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
    "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
const ITEM: &str = r#"{"TableName":"notes","Item":{"pk":{"S":"u#1"},"title":{"S":"hi"}}}"#;
const KEY: &str = r#"{"TableName":"notes","Key":{"pk":{"S":"u#1"}}}"#;

#[test]
fn it_says_where_it_listens_and_serves_there() {
    let server = Server::start(&["--port", "0"]);
    assert_eq!(server.line, format!("tabletheory local: listening on http://127.0.0.1:{}\n", server.port));
    assert_ne!(server.port, 0);
    assert_eq!(server.call("CreateTable", TABLE).0, 200);
    assert_eq!(server.call("PutItem", ITEM).0, 200);
    let (status, body) = server.call("GetItem", KEY);
    assert_eq!(status, 200);
    assert!(body.contains(r#""title":{"S":"hi"}"#), "{body}");
}

#[test]
fn json_names_endpoint_and_port() {
    let server = Server::start(&["--port", "0", "--json"]);
    let line: serde_json::Value = serde_json::from_str(&server.line).unwrap();
    assert_eq!(line, serde_json::json!({"endpoint": format!("http://127.0.0.1:{}", server.port), "port": server.port}));
    assert_eq!(server.call("ListTables", "{}").0, 200);
}

#[test]
fn both_signals_end_it_with_success() {
    for name in ["TERM", "INT"] {
        let mut server = Server::start(&["--port", "0"]);
        server.signal(name);
        assert_eq!(server.end().code(), Some(0), "{name}");
    }
}

#[test]
fn open_connections_do_not_keep_it() {
    let mut server = Server::start(&["--port", "0"]);
    let mut idle = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    post(&mut idle, "ListTables", "{}", "keep-alive");
    let mut some = [0; 16];
    idle.read_exact(&mut some).unwrap();
    // And one that never finishes its request.
    let mut stuck = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    std::io::Write::write_all(&mut stuck, b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\n{").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    server.signal("TERM");
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn the_end_of_standard_input_ends_it_when_asked() {
    let mut server = Server::start(&["--port", "0", "--stop-with-stdin"]);
    assert_eq!(server.call("ListTables", "{}").0, 200);
    drop(server.child.stdin.take());
    assert_eq!(server.end().code(), Some(0));

    let mut server = Server::start(&["--port", "0"]);
    drop(server.child.stdin.take());
    assert_eq!(server.call("ListTables", "{}").0, 200);
}

#[test]
fn a_file_keeps_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.db");
    let file = file.to_str().unwrap();
    let mut first = Server::start(&["--port", "0", "--file", file]);
    assert_eq!(first.call("CreateTable", TABLE).0, 200);
    assert_eq!(first.call("PutItem", ITEM).0, 200);
    first.signal("TERM");
    assert_eq!(first.end().code(), Some(0));

    let second = Server::start(&["--port", "0", "--file", file]);
    let (status, body) = second.call("GetItem", KEY);
    assert_eq!(status, 200);
    assert!(body.contains(r#""title":{"S":"hi"}"#), "{body}");
}

#[test]
fn memory_starts_empty() {
    let server = Server::start(&["--port", "0"]);
    assert_eq!(server.call("ListTables", "{}"), (200, r#"{"TableNames":[]}"#.to_owned()));
}

#[test]
fn a_port_in_use_is_an_error_that_says_so() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["local", "--port", &port]);
    assert_eq!(output.status.code(), Some(4));
    let text = stderr(&output);
    assert!(text.contains("port_in_use") && text.contains(&port) && text.contains("--port 0"), "{text}");
    assert_eq!(stdout(&output), "");

    let output = run(&["local", "--port", &port, "--json"]);
    assert_eq!(output.status.code(), Some(4));
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["error"]["code"], "port_in_use");
    assert_eq!(stderr(&output), "");
}

#[test]
fn files_that_are_no_databases_are_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database, but something to keep").unwrap();
    for (file, said) in [
        (text.as_path(), "it is not a database"),
        (folder.path(), "it is a folder"),
        (&folder.path().join("absent/x.db"), "does not exist"),
    ] {
        let output = run(&["local", "--port", "0", "--file", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3), "{}", file.display());
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "not a database, but something to keep");
}

#[test]
fn a_senseless_command_line_is_a_usage_error() {
    for arguments in [&["local", "--port", "70000"][..], &["local", "--prot", "1"], &["locl"], &[]] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
