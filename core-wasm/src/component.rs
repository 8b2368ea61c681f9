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

    fn resume(operation: u32, request: u32, reply: Reply, moment: Moment) -> Step {
        let handle = operation;
        let Some(mut operation) = STATE.with_borrow_mut(|state| state.operations.take(handle)) else {
            return Step::Failed(unknown("operation").to_json());
        };
        let (text, bytes);
        let reply = match &reply {
            Reply::Response(response) => {
                step::Reply::Response { status: response.status, head: &response.head, body: &response.body }
            }
            Reply::Failure(failure) => {
                text = String::from_utf8_lossy(&failure.message);
                step::Reply::Failure { kind: failure.kind.into(), message: &text }
            }
            Reply::Elapsed => step::Reply::Elapsed,
            Reply::Credentials(json) => {
                bytes = json;
                step::Reply::Credentials(bytes)
            }
            Reply::NoCredentials(message) => {
                text = String::from_utf8_lossy(message);
                step::Reply::NoCredentials(&text)
            }
        };
        let step = operation.resume(request, reply, moment.into());
        STATE.with_borrow_mut(|state| {
            if operation.is_over() {
                state.operations.remove(handle);
            } else {
                state.operations.put_back(handle, operation);
            }
        });
        step.into()
    }

    fn abandon(operation: u32) {
        STATE.with_borrow_mut(|state| state.operations.remove(operation));
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
        }
    }
}

impl From<step::Step> for Step {
    fn from(step: step::Step) -> Self {
        match step {
            step::Step::Run { requests, wait } => {
                Step::Run(Run { requests: requests.into_iter().map(Request::from).collect(), wait })
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
        }
    }
}

export!(Component);
