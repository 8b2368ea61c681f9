//! The driver with a machine that sends two requests side by side.

use super::{Context, Machine, Next, Operation, Outgoing};
use crate::client::Client;
use crate::error::{Code, Error, Outcome};
use crate::step::{FailureKind, Moment, Reply, Request, Step, Stop};
use crate::wire::{Refusal, Repeat};

const NOW: Moment = Moment { nanos: 1_700_000_000_000_000_000, seed: u64::MAX as u128 };

struct Pair {
    repeat: Repeat,
    seen: String,
}

impl Pair {
    fn next(&mut self) -> Next {
        if self.seen.len() == 2 { Next::Done(format!("\"seen\":\"{}\"", self.seen)) } else { Next::SendAll(Vec::new()) }
    }
}

impl Machine for Pair {
    fn begin(&mut self) -> Next {
        let request =
            |tag| Outgoing { tag, action: "UpdateItem", body: format!("{{\"n\":{tag}}}"), repeat: self.repeat };
        Next::SendAll(vec![request(1), request(2)])
    }

    fn received(&mut self, context: &mut Context<'_>, _: &str) -> Result<Next, Error> {
        self.seen.push_str(&context.tag.to_string());
        *context.progress = Some(format!("{{\"done\":{}}}", self.seen.len()));
        Ok(self.next())
    }

    fn refused(&mut self, _: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        Err(refusal.error)
    }

    fn stopped(&mut self, _: &mut Context<'_>, error: Error) -> Error {
        error.hint(format!("seen {}", self.seen))
    }
}

fn start(repeat: Repeat, transport: &str) -> (Operation, Vec<Request>) {
    let document = "dms_version: '0.2'\nmodels:\n- {name: M, table: {name: tab}, keys: {partition: {attribute: pk, type: S}}, \
                    attributes: [{attribute: pk, type: S, required: true, roles: [pk]}]}\n";
    let settings = format!(r#"{{"transport":"{transport}","region":"eu-west-1"}}"#);
    let client = Client::open(document.as_bytes(), settings.as_bytes()).unwrap();
    if let Some(mut signing) = client.signing() {
        let keys = br#"{"access_key_id":"A","secret_access_key":"s"}"#;
        signing.credentials = Some(crate::wire::Credentials::parse(keys).unwrap());
    }
    let (operation, step) = Operation::start(client, Box::new(Pair { repeat, seen: String::new() }), NOW);
    (operation.unwrap(), requests(step).0)
}

fn requests(step: Step) -> (Vec<Request>, Option<u32>, Option<String>) {
    match step {
        Step::Run { requests, wait, progress } => (requests, wait, progress),
        other => panic!("{other:?}"),
    }
}

fn ok(body: &str) -> Reply<'_> {
    Reply::Response { status: 200, head: b"", body: body.as_bytes() }
}

fn failed(step: Step) -> Error {
    match step {
        Step::Failed(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn replies_may_come_in_any_order() {
    let (mut operation, sent) = start(Repeat::Always, "sdk");
    assert_eq!(sent.iter().map(|request| request.id).collect::<Vec<_>>(), [1, 2]);
    let (none, wait, progress) = requests(operation.resume(2, ok("{}"), NOW));
    assert!(none.is_empty() && wait.is_none());
    assert_eq!(progress.as_deref(), Some("{\"done\":1}"));
    match operation.resume(1, ok("{}"), NOW) {
        Step::Done(result) => assert!(result.starts_with("{\"seen\":\"21\",\"stats\":{\"attempts\":2,"), "{result}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_request_backs_off_by_itself_and_the_timer_is_the_earliest() {
    let (mut operation, _) = start(Repeat::Always, "sdk");
    let busy = Reply::Response { status: 500, head: b"", body: b"" };
    let (_, first, _) = requests(operation.resume(1, busy.clone(), NOW));
    let later = Moment { nanos: NOW.nanos + 5_000_000, ..NOW };
    let (_, second, _) = requests(operation.resume(2, busy, later));
    assert_eq!(second.unwrap(), first.unwrap() - 5, "the first is due earlier");
    let due = Moment { nanos: NOW.nanos + u64::from(first.unwrap()) * 1_000_000, ..NOW };
    let (again, wait, _) = requests(operation.resume(0, Reply::Elapsed, due));
    assert_eq!(again.iter().map(|request| request.body.as_str()).collect::<Vec<_>>(), ["{\"n\":1}"]);
    assert_eq!(wait, Some(5));
    let (again, wait, _) = requests(operation.resume(0, Reply::Elapsed, due));
    assert_eq!(again[0].body, "{\"n\":2}", "a timer that fires early counts");
    assert_eq!(wait, None);
}

#[test]
fn an_end_leaves_writes_in_flight_unknown() {
    let refused =
        Reply::Response { status: 400, head: b"", body: br#"{"__type":"ValidationException","message":"no"}"# };
    let (mut operation, _) = start(Repeat::Always, "sdk");
    let error = failed(operation.resume(1, refused, NOW));
    assert_eq!(error.details().outcome, Outcome::Unknown, "the other one may be carried out");
    let misuse = failed(operation.resume(2, ok("{}"), NOW));
    assert_eq!(misuse.code(), Code::InvalidHandle);

    let (mut operation, _) = start(Repeat::Always, "sdk");
    requests(operation.resume(1, ok("{}"), NOW));
    let error = failed(operation.resume(0, Reply::Stop(Stop::Cancelled), NOW));
    assert_eq!((error.code(), error.details().outcome), (Code::Canceled, Outcome::Unknown));
    assert_eq!(error.details().hint.as_deref(), Some("seen 1"));
}

#[test]
fn a_stale_connection_is_replaced_at_once_if_that_does_no_harm() {
    let stale = Reply::Failure { kind: FailureKind::Stale, message: "reset" };
    let (mut operation, sent) = start(Repeat::Always, "socket");
    assert!(!sent[0].fresh);
    assert!(sent[0].body.starts_with("POST / HTTP/1.1\r\n"), "{}", sent[0].body);
    let (again, wait, _) = requests(operation.resume(1, stale.clone(), NOW));
    assert!(again[0].fresh && again[0].id == 3 && wait.is_none());
    let (none, wait, _) = requests(operation.resume(3, stale.clone(), NOW));
    assert!(none.is_empty() && wait.is_some(), "the second time it is a failure as any other");

    let (mut operation, _) = start(Repeat::OnlyIfNotApplied, "socket");
    let error = failed(operation.resume(1, stale, NOW));
    assert_eq!((error.code(), error.details().outcome), (Code::Transport, Outcome::Unknown));
}

#[test]
fn a_wrong_clock_is_worth_one_more_attempt_whoever_signs() {
    let refused = Reply::Response {
        status: 400,
        head: b"date: Tue, 14 Nov 2023 23:13:20 GMT\n",
        body: br#"{"__type":"x#RequestTimeTooSkewed","message":"no"}"#,
    };
    for (transport, corrected) in [("sdk", ""), ("http", "x-amz-date: 20231114T231320Z\r\n")] {
        let (mut operation, sent) = start(Repeat::OnlyIfNotApplied, transport);
        let (again, wait, _) = requests(operation.resume(1, refused.clone(), NOW));
        assert_eq!((again.len(), wait), (1, None), "{transport}");
        assert_eq!((again[0].id, &again[0].body), (3, &sent[0].body), "{transport}");
        assert!(again[0].head.contains(corrected), "{}", again[0].head);
        let error = failed(operation.resume(3, refused.clone(), NOW));
        assert_eq!(error.code(), Code::Credentials, "{transport}: the second time it is final");
    }

    let dateless = Reply::Response { status: 400, head: b"", body: br#"{"__type":"RequestTimeTooSkewed"}"# };
    let (mut operation, _) = start(Repeat::Always, "sdk");
    assert_eq!(failed(operation.resume(1, dateless, NOW)).code(), Code::Credentials, "nothing to correct by");

    let expired = Reply::Response { status: 400, head: b"", body: br#"{"__type":"ExpiredTokenException"}"# };
    let (mut operation, _) = start(Repeat::Always, "sdk");
    assert_eq!(failed(operation.resume(1, expired, NOW)).code(), Code::Credentials, "the credentials are not ours");
}

#[test]
fn a_reply_is_read_from_the_bytes_of_a_connection() {
    use crate::step::Connection;
    let (mut operation, _) = start(Repeat::Always, "socket");
    let (none, _, _) = requests(operation.resume(1, Reply::Received(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()), NOW));
    assert!(none.is_empty());
    assert!(matches!(operation.connection(), Connection::More(_)));
    requests(operation.resume(1, Reply::Received(b"ngth: 2\r\n\r\n{".to_vec()), NOW));
    assert_eq!(operation.connection(), Connection::More(1));
    requests(operation.resume(1, Reply::Received(b"}".to_vec()), NOW));
    assert_eq!(operation.connection(), Connection::Keep);
    requests(operation.resume(2, Reply::Received(b"HTTP/1.1 2".to_vec()), NOW));
    let (none, wait, _) = requests(operation.resume(2, Reply::Ended, NOW));
    assert!(none.is_empty() && wait.is_some(), "broken, so tried again later");
    assert_eq!(operation.connection(), Connection::Close);
}
