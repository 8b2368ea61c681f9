//! The hostile server, its cases and the runner of them.

mod common;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use contract_tests::hostile::behaviour::TABLE;
use contract_tests::hostile::board::Counts;
use contract_tests::hostile::case::{self, Place};
use contract_tests::hostile::server::Server;

fn cases() -> Vec<(String, case::Case)> {
    case::read(&common::root().join("contract-tests/hostile")).unwrap()
}

#[test]
fn every_behaviour_and_every_place_is_used_by_a_case() {
    let cases = cases();
    let steps = cases.iter().flat_map(|(_, case)| &case.steps);
    let asked: BTreeSet<&str> =
        steps.flat_map(|step| &step.serve).map(|name| name.split(':').next().unwrap_or_default()).collect();
    let known: BTreeSet<&str> = TABLE.iter().map(|way| way.name).collect();
    assert_eq!(asked, known);
    let places: BTreeSet<String> = cases.iter().flat_map(|(_, case)| &case.servers).map(|place| place.name()).collect();
    let all = [Place::Plain, Place::Tls, Place::TlsAddress, Place::Tls12, Place::WrongName, Place::Expired]
        .into_iter()
        .chain([Place::UnknownAuthority, Place::Untold, Place::NoTls, Place::Mute, Place::Slammed, Place::Refused])
        .chain([Place::Proxied, Place::ProxiedTls]);
    assert_eq!(places, all.map(Place::name).collect());
}

#[test]
fn cases_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, part) in [
        ("- { case: a, steps: [] }", "no steps"),
        ("- { case: a, steps: [{ call: get, serve: [goood] }] }", "`goood` is no behaviour"),
        ("- { case: a, steps: [{ call: get, serve: [good], outcome: unknown }] }", "of errors"),
        ("- { case: a, steps: [{ call: get, serve: [good], requets: 1 }] }", "unknown field `requets`"),
        ("- { case: a, steps: [{ call: got, serve: [good] }] }", "unknown variant `got`"),
        ("- { case: a, servers: [here], steps: [{ call: get, serve: [good] }] }", "unknown variant `here`"),
        (
            "- { case: a, steps: [{ call: get, serve: [good] }] }\n- { case: a, steps: [{ call: get, serve: [good] }] }",
            "`a` comes twice",
        ),
    ] {
        std::fs::write(folder.path().join("case.yml"), text).unwrap();
        let error = case::read(folder.path()).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

/// Runs cases through the driver of the bare core, which sends by a client of its own.
fn run(cases: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cases.yml"), cases).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_contract-tests"))
        .current_dir(common::root())
        .args(["hostile", "--host", "core", "--transport", "http", "--driver", &common::core_driver(), "--cases"])
        .arg(folder.path())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned())
}

#[test]
fn what_holds_passes() {
    let (code, text) = run("
- case: one
  steps:
    - { call: get, serve: [good], connections: 1, within_ms: 10000 }
    - { call: put, size: 5000, serve: [good] }
    - { call: get, serve: ['good:5000'] }
- case: two
  open: { retry: { base_ms: 1, max_attempts: 2 } }
  steps:
    - { call: get, serve: [unavailable, good] }
    - { call: add, serve: [unavailable], error: ErrService, outcome: unknown }
");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("core on hostile: 2 passed, 0 failed, 0 later\n"), "{text}");
}

#[test]
fn what_does_not_hold_fails() {
    for (step, part) in [
        ("{ call: get, serve: [good], requests: 2 }", "/steps/0: 1 whole requests arrived, not 2"),
        ("{ call: get, serve: [unavailable, good], requests: 1 }", "/steps/0: 2 whole requests arrived, not 1"),
        ("{ call: get, serve: [good], connections: 2 }", "/steps/0: 1 connections were used so far, not 2"),
        ("{ call: get, serve: [good], error: ErrTransport }", "it succeeded instead of failing"),
        ("{ call: add, serve: [half_body], error: ErrTimeout }", "/steps/0: it failed"),
        ("{ call: add, serve: [half_body], error: ErrTransport, outcome: unknown }", "its outcome is \"not_sent\""),
        ("{ call: add, serve: [half_body], error: ErrTransport, kind: stale }", "its kind is `connect`"),
        ("{ call: add, serve: [half_body] }", "/steps/0: it failed"),
        ("{ call: get, serve: ['late:300'], within_ms: 100 }", "more than 100"),
        ("{ call: get, serve: [good], proxied: true }", "0 of 1 requests came by way of the proxy"),
    ] {
        let (code, text) = run(&format!("- {{ case: one, open: {{ retry: {{ base_ms: 1 }} }}, steps: [{step}] }}\n"));
        assert_eq!(code, Some(1), "{step}: {text}");
        assert!(text.contains("FAILED  one") && text.contains(part), "{step}: {text}");
    }
}

/// Sends bytes and reads until the server closes the connection or has nothing more to say.
fn talk(url: &str, message: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_millis(500))).unwrap();
    stream.write_all(message.as_bytes()).unwrap();
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    String::from_utf8_lossy(&reply).into_owned()
}

#[test]
fn the_server_counts() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).unwrap();
    let url = &server.places.plain;
    let body = r#"{"Key":{"pk":{"S":"hostile|x.1|connection_close_open|good"}}}"#;
    let head = "x-amz-target: DynamoDB_20120810.GetItem\r\nauthorization: a\r\n";
    let one = format!("POST / HTTP/1.1\r\nhost: h\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
    assert!(talk(url, &one).contains("Connection: close"));
    let counts = Counts { requests: 1, connections: 1, ..Counts::default() };
    assert_eq!(server.board.counts("x"), counts);
    // The second request comes by the same connection, where the first one should have been the last, and pipelined.
    let two = one.replace("x.1", "x.2");
    assert!(talk(url, &format!("{two}{two}")).contains("HTTP/1.1 200 OK"));
    let counts = Counts { requests: 3, connections: 2, misused: 1, proxied: 0, malformed: 1 };
    assert_eq!(server.board.counts("x"), counts);
    talk(url, &one.replace("host: h", "host: h\r\nhost: g"));
    talk(url, &one.replace("POST /", "POST http://dynamodb.hostile.test/"));
    assert_eq!(server.board.counts("x"), Counts { requests: 5, connections: 4, misused: 1, proxied: 1, malformed: 2 });
    let shown = talk(url, "GET / HTTP/1.1\r\nhost: h\r\n\r\n");
    assert!(
        shown.ends_with(r#"{"x":{"requests":5,"connections":4,"misused":1,"proxied":1,"malformed":2}}"#),
        "{shown}"
    );
    // A request that is cut off does not count.
    talk(url, &one[..one.len() - 1]);
    assert_eq!(server.board.counts("x").requests, 5);
}
