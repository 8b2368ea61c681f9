use super::*;
use proptest::prelude::*;

fn message(action: &str, status: u16, head: &[u8], body: &[u8]) -> (Code, RetryClass, Outcome, String) {
    let refusal = accept(action, status, head, body).unwrap_err();
    let details = refusal.error.details();
    (details.code, refusal.retry, details.outcome, details.message.clone())
}

#[test]
fn a_whole_answer_is_accepted() {
    let body = b" {\"Item\":{\"pk\":{\"S\":\"\xc3\xa4\"}}}\n";
    let head = format!("x-amzn-requestid: R1\r\nx-amz-crc32: {}\r\n", crc32fast::hash(body));
    let accepted = accept("GetItem", 200, head.as_bytes(), body).unwrap();
    assert_eq!((accepted.body.as_bytes(), accepted.request_id), (&body[..], Some("R1")));
    assert_eq!(accept("PutItem", 200, b"", b"{}").unwrap().request_id, None);
}

#[test]
fn an_answer_that_is_not_dynamodb_s_says_so_without_quoting_it() {
    use Outcome::{Rejected, Unknown};
    use RetryClass::{None, Transient};
    let html = b"content-type: text/html; charset=utf-8\n";
    for (status, head, body, retry, outcome, text) in [
        (200, &b""[..], &b""[..], Transient, Unknown, "the response is empty (status 200)"),
        (200, b"", b" \r\n", Transient, Unknown, "the response is empty (status 200)"),
        (200, b"", b"{\"Item\":{", Transient, Unknown, "the response is cut off (status 200)"),
        (200, b"", b"{", Transient, Unknown, "the response is cut off (status 200)"),
        (200, b"", b"{\"a\":\"\xff\"}", Transient, Unknown, "the response is not UTF-8 (status 200)"),
        (200, b"", b"[]", None, Unknown, "the response is not JSON (status 200)"),
        (200, html, b"<html>QUOTED", None, Unknown, "the response is not JSON (status 200, content type `text/html`)"),
        (302, html, b"<html>QUOTED", None, Rejected, "the response is not JSON (status 302, content type `text/html`)"),
        (403, html, b"<html>QUOTED", None, Rejected, "the response is not JSON (status 403, content type `text/html`)"),
        (
            502,
            html,
            b"<html>QUOTED",
            Transient,
            Unknown,
            "the response is not JSON (status 502, content type `text/html`)",
        ),
        (400, b"", b"", None, Rejected, "the response is empty (status 400)"),
        (400, b"", b"{\"__type\":", Transient, Rejected, "the response is cut off (status 400)"),
        (400, b"", b"{\"__type\":\"\xff\"}", Transient, Rejected, "the response is not UTF-8 (status 400)"),
        (200, b"x-amz-crc32: 1", b"{}", Transient, Unknown, "the response does not match its checksum (status 200)"),
        (200, b"x-amz-crc32: one", b"{}", Transient, Unknown, "the response does not match its checksum (status 200)"),
        (
            400,
            b"x-amz-crc32: 1",
            b"{\"__type\":\"ValidationException\"}",
            Transient,
            Rejected,
            "the response does not match its checksum (status 400)",
        ),
        (0, b"", b"{}", None, Unknown, "the response names no error (status 0)"),
        (101, b"", b"{}", None, Unknown, "the response names no error (status 101)"),
    ] {
        assert_eq!(message("PutItem", status, head, body), (Code::InvalidResponse, retry, outcome, text.to_owned()));
    }
    let (.., outcome, _) = message("GetItem", 200, b"", b"");
    assert_eq!(outcome, Rejected, "a read changes nothing");
}

#[test]
fn a_throttle_or_failure_may_come_without_a_word() {
    use RetryClass::{None, Throttle, Transient};
    for (status, body, code, retry, text) in [
        (429, &b"<html>"[..], Code::Throttled, Throttle, "the service throttled the request (status 429)"),
        (429, b"", Code::Throttled, Throttle, "the service throttled the request (status 429)"),
        (503, b"", Code::Service, Transient, "the service failed (status 503)"),
        (501, b"", Code::Service, None, "the service failed (status 501)"),
        (408, b"", Code::Timeout, Transient, "the service did not get the whole request in time (status 408)"),
    ] {
        let found = message("GetItem", status, b"", body);
        assert_eq!(found, (code, retry, Outcome::Rejected, text.to_owned()));
    }
}

#[test]
fn lost_requests() {
    for (action, kind, code, retry, outcome) in [
        ("PutItem", FailureKind::Connect, Code::Transport, RetryClass::Transient, Outcome::NotSent),
        ("PutItem", FailureKind::Timeout, Code::Timeout, RetryClass::Transient, Outcome::Unknown),
        ("PutItem", FailureKind::Broken, Code::Transport, RetryClass::Transient, Outcome::Unknown),
        ("PutItem", FailureKind::Refused, Code::Transport, RetryClass::None, Outcome::NotSent),
        ("GetItem", FailureKind::Timeout, Code::Timeout, RetryClass::Transient, Outcome::Rejected),
        ("GetItem", FailureKind::Broken, Code::Transport, RetryClass::Transient, Outcome::Rejected),
    ] {
        let refusal = lost(action, kind, "ECONNREFUSED secret");
        let details = refusal.error.details();
        assert_eq!((details.code, refusal.retry, details.outcome), (code, retry, outcome), "{action} {kind:?}");
        assert_eq!(details.retryable, retry != RetryClass::None);
        assert_eq!(details.service.as_ref().unwrap().message, "ECONNREFUSED secret");
        assert!(!refusal.error.to_string().contains("secret"));
    }
}

#[test]
fn an_inside_that_cannot_be_read_leaves_a_write_unknown() {
    let accepted = Accepted { body: "{}}", request_id: Some("R") };
    for (action, outcome) in [("UpdateItem", Outcome::Unknown), ("GetItem", Outcome::Rejected)] {
        let refusal = undecodable(action, &accepted);
        let details = refusal.error.details();
        assert_eq!((details.code, details.outcome), (Code::InvalidResponse, outcome));
        assert_eq!((refusal.retry, details.request_id.as_deref()), (RetryClass::Transient, Some("R")));
    }
}

#[test]
fn which_actions_write() {
    for action in ["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "DescribeTable", "ListTables"] {
        assert!(!writes(action), "{action}");
    }
    for action in [
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
        "CreateTable",
        "ExecuteStatement",
        "UpdateTimeToLive",
    ] {
        assert!(writes(action), "{action}");
    }
}

/// Bytes that look like a response here and there.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "\n",
            "\r\n",
            " ",
            "\\",
            "\\ud800",
            "null",
            "1e999",
            "{}",
            "\"__type\":\"",
            "TransactionCanceledException\"",
            "ValidationException\"",
            "\"message\":",
            "\"CancellationReasons\":[",
            "{\"Code\":\"ConditionalCheckFailed\"}",
            "\"Item\":{",
            "x-amz-crc32:",
            "date: ",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "retry-after:",
            "x-amzn-errortype: a#b:c",
            "x-amzn-requestid: R",
            "content-type: text/html;",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(
        action in "[A-Za-z]{0,12}",
        status: u16,
        head in fragments(),
        body in fragments(),
        successful: bool,
    ) {
        let status = if successful { 200 } else { status };
        match accept(&action, status, &head, &body) {
            Ok(accepted) => {
                prop_assert!((200..300).contains(&status));
                let body = accepted.body.trim_ascii();
                let (first, last) = (body.chars().next(), body.chars().last());
                prop_assert_eq!((first, last), (Some('{'), Some('}')));
            }
            Err(refusal) => {
                let details = refusal.error.details();
                prop_assert_eq!(details.status, Some(status));
                prop_assert!(details.outcome != Outcome::NotSent);
                prop_assert!(!details.message.is_empty() && details.message.chars().all(|c| !c.is_control()));
                prop_assert!(details.outcome != Outcome::Unknown || writes(&action));
            }
        }
    }

    #[test]
    fn a_whole_document_is_accepted_and_a_damaged_one_is_not(text in "\\PC{0,40}", at: prop::sample::Index, flip in 1_u8..) {
        let mut body = serde_json::json!({ "Item": { "a": { "S": text } } }).to_string().into_bytes();
        let head = format!("x-amz-crc32: {}", crc32fast::hash(&body));
        prop_assert!(accept("GetItem", 200, head.as_bytes(), &body).is_ok());
        let at = at.index(body.len());
        body[at] ^= flip;
        prop_assert!(accept("GetItem", 200, head.as_bytes(), &body).is_err());
        body.truncate(at);
        prop_assert!(accept("GetItem", 200, head.as_bytes(), &body).is_err());
    }

    #[test]
    fn hostile_heads_never_panic(lines in fragments()) {
        let head = Head::parse(&lines);
        for text in [head.request_id(), head.error_type(), head.media_type()].into_iter().flatten() {
            prop_assert!(!text.is_empty() && text.bytes().all(|c| c.is_ascii_graphic() || c == b' '));
        }
        let _ = (head.retry_after_ms(), head.date_millis());
    }

    #[test]
    fn hostile_nesting_is_refused(depth in 1_usize..50_000) {
        let open = "[".repeat(depth);
        let body = format!("{{\"__type\":{open}}}");
        prop_assert!(accept("GetItem", 400, b"", body.as_bytes()).is_err());
        let close = "]".repeat(depth);
        let body = format!("{{\"__type\":\"TransactionCanceledException\",\"CancellationReasons\":{open}{close},\"x\":{open}{close}}}");
        prop_assert!(accept("GetItem", 400, b"", body.as_bytes()).is_err());
    }
}
