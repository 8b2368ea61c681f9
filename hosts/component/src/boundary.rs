//! The boundary as wasmtime sees it, generated from `wit/tabletheory.wit`, and its translation.
#![allow(missing_docs)]

use tabletheory::engine;

wasmtime::component::bindgen!({ path: "../../wit", world: "core" });

impl From<engine::Moment> for Moment {
    fn from(moment: engine::Moment) -> Self {
        Moment { nanos: moment.nanos, seed_high: (moment.seed >> 64) as u64, seed_low: moment.seed as u64 }
    }
}

impl From<engine::FailureKind> for FailureKind {
    fn from(kind: engine::FailureKind) -> Self {
        match kind {
            engine::FailureKind::Connect => FailureKind::Connect,
            engine::FailureKind::Timeout => FailureKind::Timeout,
            engine::FailureKind::Broken => FailureKind::Broken,
            engine::FailureKind::Refused => FailureKind::Refused,
            engine::FailureKind::Credentials => FailureKind::Credentials,
            engine::FailureKind::Stale => FailureKind::Stale,
        }
    }
}

impl From<engine::Reply<'_>> for Reply {
    fn from(reply: engine::Reply<'_>) -> Self {
        match reply {
            engine::Reply::Response { status, head, body } => {
                Reply::Response(Response { status, head: head.to_vec(), body: body.to_vec() })
            }
            engine::Reply::Failure { kind, message } => {
                Reply::Failure(Failure { kind: kind.into(), message: message.as_bytes().to_vec() })
            }
            engine::Reply::Received(bytes) => Reply::Received(bytes),
            engine::Reply::Ended => Reply::Ended,
            engine::Reply::Elapsed => Reply::Elapsed,
            engine::Reply::Credentials(json) => Reply::Credentials(json.to_vec()),
            engine::Reply::NoCredentials(text) => Reply::NoCredentials(text.as_bytes().to_vec()),
            engine::Reply::Stop(engine::Stop::Cancelled) => Reply::Stop(Stop::Cancelled),
            engine::Reply::Stop(engine::Stop::Deadline) => Reply::Stop(Stop::Deadline),
        }
    }
}

impl From<Step> for engine::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Run(run) => engine::Step::Run {
                requests: run.requests.into_iter().map(engine::Request::from).collect(),
                wait: run.wait,
                progress: run.progress,
            },
            Step::Credentials => engine::Step::Credentials,
            Step::Done(result) => engine::Step::Done(result),
            Step::Failed(error) => engine::Step::Failed(tabletheory::Error::from_document(&error)),
        }
    }
}

impl From<Request> for engine::Request {
    fn from(request: Request) -> Self {
        let Request { id, service, action, url, head, body, fresh } = request;
        engine::Request { id, service: service.into(), action: action.into(), url, head, body, fresh }
    }
}

impl From<Connection> for engine::Connection {
    fn from(connection: Connection) -> Self {
        match connection {
            Connection::Keep => engine::Connection::Keep,
            Connection::Close => engine::Connection::Close,
            Connection::More(bytes) => engine::Connection::More(bytes),
        }
    }
}
