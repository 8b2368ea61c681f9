//! Every refusal of the service becomes the right typed error (`vectors/errors.json`; see `vectors/README.md`).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tabletheory_wire::error::{Code, Outcome};
use tabletheory_wire::errors::{TABLE, VALIDATION, bare_name};
use tabletheory_wire::{Refusal, RetryClass, accept};

/// Stands in every text of the service, where data might.
const QUOTED: &str = "QUOTED-ITEM-VALUE";
const DATE: &str = "Fri, 02 Jan 2026 03:04:05 GMT";
const DATE_MILLIS: u64 = 1_767_323_045_000;

type Case = (u16, String, Value, String, Option<Vec<String>>, String, String);

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("vectors/errors.json")).unwrap()
}

/// Appends the marker to all texts of the service in a document.
fn quote(document: &mut Value) {
    if let Some(members) = document.as_object_mut() {
        for name in ["message", "Message"] {
            if let Some(Value::String(text)) = members.get_mut(name) {
                text.push_str(QUOTED);
            }
        }
        members.values_mut().for_each(quote);
    } else if let Some(elements) = document.as_array_mut() {
        elements.iter_mut().for_each(quote);
    }
}

fn class(retry: RetryClass) -> &'static str {
    match retry {
        RetryClass::None => "none",
        RetryClass::Transient => "transient",
        RetryClass::Throttle => "throttle",
        RetryClass::ClockSkew { server_millis } => {
            assert_eq!(server_millis, DATE_MILLIS);
            "skew"
        }
        RetryClass::ExpiredCredentials => "expired",
        RetryClass::Stale => "stale",
    }
}

fn refused<'a>(action: &str, status: u16, head: &'a str, body: &'a str) -> Refusal<'a> {
    accept(action, status, head.as_bytes(), body.as_bytes()).unwrap_err()
}

#[test]
fn every_case() {
    for (status, action, mut document, code, codes, retry, outcome) in cases() {
        let name = document["__type"].as_str().and_then(bare_name).map(str::to_owned);
        quote(&mut document);
        let body = document.to_string();
        let head = format!(
            "Date: {DATE}\r\nx-amzn-RequestId: R1\r\nx-amz-crc32: {}\r\nretry-after: 2\r\n",
            crc32fast::hash(body.as_bytes())
        );
        let refusal = refused(&action, status, &head, &body);
        let details = refusal.error.details();
        let all = json!(codes.unwrap_or_else(|| vec![code.clone()]));
        assert_eq!(
            (details.code.as_str(), json!(details.codes.iter().map(|code| code.as_str()).collect::<Vec<_>>())),
            (code.as_str(), all),
            "{status} {body}"
        );
        assert_eq!(
            (class(refusal.retry), json!(details.outcome.as_str())),
            (retry.as_str(), json!(outcome)),
            "{status} {body}"
        );
        assert_eq!(details.retryable, retry != "none", "{status} {body}");
        assert_eq!((details.status, details.request_id.as_deref()), (Some(status), Some("R1")));
        assert_eq!(refusal.retry_after_ms, Some(2000));
        assert_eq!(details.service.as_ref().map(|service| service.code.clone()), name, "{body}");
        assert_eq!(
            refusal.reasons.map(|reasons| serde_json::from_str(reasons.get()).unwrap()),
            document.get("CancellationReasons").cloned()
        );
        let shown = format!("{}{:?}", refusal.error, details.hint);
        assert!(!shown.contains(QUOTED), "{shown}");
        assert!(shown.chars().all(|c| !c.is_control()), "{shown}");
    }
}

#[test]
fn the_cases_cover_every_row_and_text() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().filter_map(|case| case.2["__type"].as_str().and_then(bare_name)).collect();
    for row in TABLE {
        assert!(names.contains(row.name), "no case for {}", row.name);
    }
    let texts: Vec<String> = cases.iter().map(|case| case.2.to_string().to_ascii_lowercase()).collect();
    for (part, ..) in VALIDATION {
        assert!(texts.iter().any(|text| text.contains(part)), "no case for {part:?}");
    }
}

#[test]
fn rows_are_unique_and_their_texts_in_style() {
    let names: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), TABLE.len());
    let messages = TABLE.iter().map(|row| row.message).chain(VALIDATION.iter().map(|(.., message)| *message));
    for text in messages.chain(TABLE.iter().filter_map(|row| row.hint)) {
        assert!(text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('.'), "{text}");
    }
    for (part, ..) in VALIDATION {
        assert_eq!(*part, part.to_ascii_lowercase());
    }
}

#[test]
fn names_come_with_namespace_or_url_or_in_the_head() {
    for (text, name) in [
        ("FooException", Some("FooException")),
        ("com.amazonaws.dynamodb.v20120810#FooException", Some("FooException")),
        ("FooException:http://internal.amazon.com/coral/com.amazon.coral.service/", Some("FooException")),
        ("a.b#FooException:http://x/#y", Some("FooException")),
        ("", None),
        ("#", None),
        (":", None),
        ("Foo Exception", None),
        ("Foo\r\nException", None),
    ] {
        assert_eq!(bare_name(text), name, "{text}");
    }
    assert_eq!(bare_name(&"x".repeat(81)), None);
    let head = "X-Amzn-ErrorType: ThrottlingException:http://internal.amazon.com/\r\n";
    for body in ["", "{}", r#"{"message":"slow"}"#, r#"{"__type":7}"#, r#"{"__type":null,"x":}"#] {
        assert_eq!(refused("PutItem", 400, head, body).error.code(), Code::Throttled, "{body}");
    }
    // The document's own word counts before the head's.
    let body = r#"{"__type":"ValidationException"}"#;
    assert_eq!(
        refused("PutItem", 400, head, body).error.details().service.as_ref().unwrap().code,
        "ValidationException"
    );
}

#[test]
fn the_old_item_and_the_reasons_stay_as_they_came() {
    let body =
        r#"{"Item": {"pk":{"S":"a"}, "n":{"N":"1.0"}} ,"__type":"x#ConditionalCheckFailedException","message":"no"}"#;
    let refusal = refused("PutItem", 400, "", body);
    assert_eq!(refusal.old_item.map(|item| item.get()), Some(r#"{"pk":{"S":"a"}, "n":{"N":"1.0"}}"#));
    let service = refusal.error.details().service.as_ref().unwrap();
    assert_eq!((service.code.as_str(), service.message.as_str()), ("ConditionalCheckFailedException", "no"));
    let body = r#"{"__type":"TransactionCanceledException","CancellationReasons":[{"Code":"None"} ]}"#;
    assert_eq!(
        refused("TransactWriteItems", 400, "", body).reasons.map(|reasons| reasons.get()),
        Some(r#"[{"Code":"None"} ]"#)
    );
    let body = r#"{"__type":"ConditionalCheckFailedException","message":{"odd":1},"Message":"text","Item":null}"#;
    let refusal = refused("PutItem", 400, "", body);
    assert!(refusal.old_item.is_none());
    assert_eq!(refusal.error.details().service.as_ref().unwrap().message, "text");
}

#[test]
fn without_the_service_s_time_a_clock_cannot_be_corrected() {
    let refusal = refused("GetItem", 403, "", r#"{"__type":"RequestTimeTooSkewed"}"#);
    assert_eq!((refusal.retry, refusal.error.code()), (RetryClass::None, Code::Credentials));
    assert_eq!(refusal.error.details().outcome, Outcome::Rejected);
}
