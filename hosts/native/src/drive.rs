//! The one loop that carries an operation from its call document to its result.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::clock::Clock;
use crate::credentials::{Credentials, CredentialsProvider};
use crate::engine::{Connection, Engine, Operation, Reply, Step, Stop};
use crate::error::{Code, Error};
use crate::flight::{Flight, Landing};
use crate::outcome::Document;
use crate::page::Progress;
use crate::transport::{Failure, Response, Sockets, Transport};

/// Is told how far a call has come.
pub(crate) type Tell = dyn Fn(&Progress) + Send + Sync;

/// All that a call needs.
pub(crate) struct Driver {
    pub engine: Box<dyn Engine>,
    pub transport: Arc<dyn Transport>,
    /// The transport's connections, when the core speaks HTTP/1.1 itself.
    pub sockets: Option<Arc<dyn Sockets>>,
    pub credentials: Arc<dyn CredentialsProvider>,
    pub clock: Arc<dyn Clock>,
    pub attempt_timeout: Duration,
    pub call_timeout: Option<Duration>,
}

/// What happened while an operation waited.
enum Event {
    Landed(Landing),
    Elapsed,
    Credentials(Result<Credentials, String>),
    Deadline,
    Stuck,
}

impl Driver {
    /// Carries out a call. Dropping the future cancels it.
    pub async fn call(&self, call: &[u8]) -> Result<Document, Error> {
        self.call_and_tell(call, None).await
    }

    /// As [`Driver::call`]; `tell` is told how far it has come, if the call asks for that.
    pub async fn call_and_tell(&self, call: &[u8], tell: Option<&Tell>) -> Result<Document, Error> {
        let (operation, mut step) = self.engine.start(call, self.clock.moment()?);
        let mut operation = operation.unwrap_or_else(|| Box::new(Over));
        let mut deadline = self.call_timeout.map(|limit| Box::pin(tokio::time::sleep(limit)));
        // Nearly every call has one request at a time. Others, sent side by side, are looked after by what is made for many.
        let mut flight = pin!(None);
        let mut others: Option<FuturesUnordered<_>> = None;
        let mut failure: Option<Failure> = None;
        loop {
            let mut timer: Option<BoxFuture<'_, Event>> = match step {
                Step::Done(result) => return Ok(Document::new(result)),
                Step::Failed(error) => {
                    return Err(match failure {
                        Some(failure) => error.with_source(failure),
                        None => error,
                    });
                }
                Step::Run { requests, wait, progress } => {
                    if let (Some(tell), Some(progress)) = (tell, progress) {
                        tell(&serde_json::from_str(&progress).unwrap_or_default());
                    }
                    for request in requests {
                        add(self.fly(Flight::Departing(request)), flight.as_mut(), &mut others);
                    }
                    wait.map(|millis| {
                        let sleep = self.clock.sleep(Duration::from_millis(millis.into()));
                        Box::pin(sleep.map(|()| Event::Elapsed)) as BoxFuture<'_, Event>
                    })
                }
                Step::Credentials => Some(Box::pin(self.credentials.credentials().map(Event::Credentials))),
            };
            let event = poll_fn(|context| {
                if let Some(deadline) = &mut deadline
                    && deadline.as_mut().poll(context).is_ready()
                {
                    return Poll::Ready(Event::Deadline);
                }
                if let Some(flying) = flight.as_mut().as_pin_mut()
                    && let Poll::Ready(landing) = flying.poll(context)
                {
                    flight.set(None);
                    return Poll::Ready(Event::Landed(landing));
                }
                if let Some(others) = &mut others
                    && let Poll::Ready(Some(landing)) = others.poll_next_unpin(context)
                {
                    return Poll::Ready(Event::Landed(landing));
                }
                match &mut timer {
                    Some(timer) => timer.as_mut().poll(context),
                    None if flight.is_none() && others.as_ref().is_none_or(FuturesUnordered::is_empty) => {
                        Poll::Ready(Event::Stuck)
                    }
                    None => Poll::Pending,
                }
            });
            let event = pin!(event).await;
            let moment = self.clock.moment()?;
            step = match event {
                Event::Landed(Landing::Response(id, Response { status, head, body })) => {
                    failure = None;
                    operation.resume(id, Reply::Response { status, head: &head, body: &body }, moment)
                }
                Event::Landed(Landing::Failure(id, error)) => {
                    let message = error.to_string();
                    let reply = Reply::Failure { kind: error.kind, message: &message };
                    let step = operation.resume(id, reply, moment);
                    failure = Some(error);
                    step
                }
                Event::Landed(Landing::Bytes { id, exchange, until, bytes }) => {
                    let ended = bytes.is_empty();
                    let reply = if ended { Reply::Ended } else { Reply::Received(bytes) };
                    let step = operation.resume(id, reply, moment);
                    match operation.connection() {
                        Connection::More(missing) if !ended => {
                            let receiving = self.fly(Flight::Receiving { id, exchange, until, missing });
                            add(receiving, flight.as_mut(), &mut others);
                        }
                        Connection::Keep if !ended => {
                            failure = None;
                            exchange.keep();
                        }
                        _ => failure = None,
                    }
                    step
                }
                Event::Elapsed => operation.resume(0, Reply::Elapsed, moment),
                Event::Credentials(Ok(found)) => {
                    operation.resume(0, Reply::Credentials(found.document().as_bytes()), moment)
                }
                Event::Credentials(Err(text)) => operation.resume(0, Reply::NoCredentials(&text), moment),
                Event::Deadline => {
                    deadline = None;
                    operation.resume(0, Reply::Stop(Stop::Deadline), moment)
                }
                Event::Stuck => return Err(Error::new(Code::Internal, "the core waits for nothing")),
            };
        }
    }
}

/// Adds a flight in the first place, or, when that is taken, to the others.
fn add<F>(flying: F, mut flight: Pin<&mut Option<F>>, others: &mut Option<FuturesUnordered<F>>) {
    if flight.is_none() { flight.set(Some(flying)) } else { others.get_or_insert_default().push(flying) }
}

/// Stands for an operation that was over with its first step.
struct Over;

impl Operation for Over {
    fn resume(&mut self, _: u32, _: Reply<'_>, _: crate::engine::Moment) -> Step {
        Step::Failed(Error::new(Code::Internal, "the core waits on an operation that it did not start"))
    }

    fn connection(&self) -> Connection {
        Connection::Keep
    }
}
