//! The WebAssembly boundary (`wit/`): the only file that knows WIT.
//!
//! Handles are looked up here and nowhere else. Whatever a host passes in, the answer is a typed error, not a trap.
#![allow(unsafe_code, missing_docs)]

use std::cell::RefCell;

use crate::client::Client;
use crate::error::{Code, Error};
use crate::handles::Handles;
use crate::operation::Operation;
use crate::step;

wit_bindgen::generate!({ path: "../wit", world: "core" });

struct Component;

#[derive(Default)]
struct State {
    clients: Handles<Client>,
    operations: Handles<Operation>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

impl Guest for Component {
    fn info() -> String {
        crate::info()
    }

    fn check(document: Vec<u8>, options: Vec<u8>) -> String {
        crate::check(&document, &options)
    }

    fn open(document: Vec<u8>, settings: Vec<u8>) -> Result<u32, String> {
        let client = Client::open(&document, &settings).map_err(|error| error.to_json())?;
        Ok(STATE.with_borrow_mut(|state| state.clients.insert(client)))
    }

    fn describe(client: u32) -> Result<String, String> {
        match STATE.with_borrow(|state| state.clients.get(client).cloned()) {
            Some(client) => Ok(client.describe()),
            None => Err(unknown("client").to_json()),
        }
    }

    fn close(client: u32) {
        STATE.with_borrow_mut(|state| state.clients.remove(client));
    }

    fn explain(client: u32, call: Vec<u8>, moment: Moment) -> Result<String, String> {
        let Some(client) = STATE.with_borrow(|state| state.clients.get(client).cloned()) else {
            return Err(unknown("client").to_json());
        };
        client.explain(&call, moment.into()).map_err(|error| error.to_json())
    }

    fn start(client: u32, call: Vec<u8>, moment: Moment) -> Started {
        let Some(client) = STATE.with_borrow(|state| state.clients.get(client).cloned()) else {
            return Started { operation: 0, step: Step::Failed(unknown("client").to_json()) };
        };
        match client.start(&call, moment.into()) {
            (Some(operation), step) => {
                let operation = STATE.with_borrow_mut(|state| state.operations.insert(operation));
                Started { operation, step: step.into() }
            }
            (None, step) => Started { operation: 0, step: step.into() },
        }
    }

    fn resume(operation: u32, request: u32, reply: Reply, moment: Moment) -> Turn {
        let handle = operation;
        let Some(mut operation) = STATE.with_borrow_mut(|state| state.operations.take(handle)) else {
            return Turn { connection: Connection::Close, step: Step::Failed(unknown("operation").to_json()) };
        };
        let step = hand_in(&mut operation, request, reply, moment.into());
        let connection = operation.connection().into();
        STATE.with_borrow_mut(|state| {
            if operation.is_over() {
                state.operations.remove(handle);
            } else {
                state.operations.put_back(handle, operation);
            }
        });
        Turn { connection, step: step.into() }
    }

    fn abandon(operation: u32) {
        STATE.with_borrow_mut(|state| state.operations.remove(operation));
    }
}

fn hand_in(operation: &mut Operation, request: u32, reply: Reply, now: step::Moment) -> step::Step {
    let mut resume = |reply: step::Reply<'_>| operation.resume(request, reply, now);
    match reply {
        Reply::Response(Response { status, head, body }) => {
            resume(step::Reply::Response { status, head: &head, body: &body })
        }
        Reply::Failure(Failure { kind, message }) => {
            resume(step::Reply::Failure { kind: kind.into(), message: &String::from_utf8_lossy(&message) })
        }
        Reply::Received(bytes) => resume(step::Reply::Received(bytes)),
        Reply::Ended => resume(step::Reply::Ended),
        Reply::Elapsed => resume(step::Reply::Elapsed),
        Reply::Credentials(json) => resume(step::Reply::Credentials(&json)),
        Reply::NoCredentials(message) => resume(step::Reply::NoCredentials(&String::from_utf8_lossy(&message))),
        Reply::Stop(Stop::Cancelled) => resume(step::Reply::Stop(step::Stop::Cancelled)),
        Reply::Stop(Stop::Deadline) => resume(step::Reply::Stop(step::Stop::Deadline)),
    }
}

fn unknown(what: &str) -> Error {
    Error::new(Code::InvalidHandle, format!("unknown {what} handle")).hint(
        "handles are valid until `close`, `abandon`, or the last step of an operation, in the instance that gave them",
    )
}

impl From<Moment> for step::Moment {
    fn from(moment: Moment) -> Self {
        let seed = u128::from(moment.seed_high) << 64 | u128::from(moment.seed_low);
        step::Moment { nanos: moment.nanos, seed }
    }
}

impl From<FailureKind> for step::FailureKind {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Connect => step::FailureKind::Connect,
            FailureKind::Timeout => step::FailureKind::Timeout,
            FailureKind::Broken => step::FailureKind::Broken,
            FailureKind::Refused => step::FailureKind::Refused,
            FailureKind::Credentials => step::FailureKind::Credentials,
            FailureKind::Stale => step::FailureKind::Stale,
        }
    }
}

impl From<step::Connection> for Connection {
    fn from(connection: step::Connection) -> Self {
        match connection {
            step::Connection::Keep => Connection::Keep,
            step::Connection::Close => Connection::Close,
            step::Connection::More(bytes) => Connection::More(bytes),
        }
    }
}

impl From<step::Step> for Step {
    fn from(step: step::Step) -> Self {
        match step {
            step::Step::Run { requests, wait, progress } => {
                Step::Run(Run { requests: requests.into_iter().map(Request::from).collect(), wait, progress })
            }
            step::Step::Credentials => Step::Credentials,
            step::Step::Done(result) => Step::Done(result),
            step::Step::Failed(error) => Step::Failed(error.to_json()),
        }
    }
}

impl From<step::Request> for Request {
    fn from(request: step::Request) -> Self {
        Request {
            id: request.id,
            service: request.service.to_owned(),
            action: request.action.to_owned(),
            url: request.url,
            head: request.head,
            body: request.body,
            fresh: request.fresh,
        }
    }
}

export!(Component);
