//! Scripted time, randomness and replies, through the library's clock and transport.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tabletheory::Error;
use tabletheory::clock::{Clock, Moment, SystemClock};
use tabletheory::transport::{
    BoxFuture, Exchange, Failure, FailureKind, Instant, Request, Response, Sockets, Transport,
};

use super::wire::text;

/// One reply of a script.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    status: u16,
    head: String,
    body: String,
    body_base64: Option<String>,
    failure: Option<String>,
    message: String,
    delay_ms: u64,
}

/// What is scripted and noted during one call.
#[derive(Default)]
pub struct Stage(Mutex<State>);

#[derive(Default)]
struct State {
    moment: Option<Moment>,
    replies: VecDeque<Script>,
    waits: Vec<u64>,
    requests: Vec<Request>,
    in_flight: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedMoment {
    nanos: String,
    seed: String,
}

impl Stage {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn begin(&self, moment: Option<&str>, replies: Vec<Script>) -> Result<(), String> {
        let moment = match moment {
            None => None,
            Some(json) => {
                let moment: ScriptedMoment =
                    serde_json::from_str(json).map_err(|error| format!("`moment`: {error}"))?;
                let nanos = moment.nanos.parse().map_err(|_| "`nanos` is no number")?;
                let seed = u128::from_str_radix(&moment.seed, 16).map_err(|_| "`seed` is no hex number")?;
                Some(Moment { nanos, seed })
            }
        };
        *self.state() = State { moment, replies: replies.into(), ..State::default() };
        Ok(())
    }

    /// Ends a call: what was noted, as members of its answer.
    pub fn end(&self, timed: bool, scripted: bool) -> String {
        let state = std::mem::take(&mut *self.state());
        let mut noted = String::new();
        if timed || scripted {
            let waits: Vec<_> = state.waits.iter().map(u64::to_string).collect();
            noted += &format!(",\"waits\":[{}]", waits.join(","));
        }
        if scripted {
            let request = |request: &Request| {
                let (action, url) = (text(&request.action), text(&request.url));
                format!(
                    "{{\"action\":{action},\"url\":{url},\"head\":{},\"body\":{}}}",
                    text(&request.head),
                    text(&request.body)
                )
            };
            let requests: Vec<_> = state.requests.iter().map(request).collect();
            noted += &format!(",\"requests\":[{}]", requests.join(","));
        }
        noted
    }

    fn next_reply(&self, request: Request) -> Result<Response, Failure> {
        let mut state = self.state();
        state.requests.push(request);
        let Some(reply) = state.replies.pop_front() else {
            return Err(Failure::new(FailureKind::Refused, "script used up"));
        };
        if let Some(moment) = &mut state.moment {
            moment.nanos += reply.delay_ms * 1_000_000;
        }
        if let Some(kind) = reply.failure {
            let kind = match kind.as_str() {
                "connect" => FailureKind::Connect,
                "timeout" => FailureKind::Timeout,
                "broken" => FailureKind::Broken,
                _ => FailureKind::Refused,
            };
            return Err(Failure::new(kind, reply.message));
        }
        let body = match reply.body_base64 {
            None => reply.body.into_bytes(),
            Some(encoded) => STANDARD
                .decode(encoded)
                .map_err(|error| Failure::new(FailureKind::Refused, format!("the script: {error}")))?,
        };
        Ok(Response { status: reply.status, head: reply.head.into_bytes(), body })
    }
}

/// The clock of the stage.
pub struct StageClock(pub Arc<Stage>);

impl Clock for StageClock {
    fn moment(&self) -> Result<Moment, Error> {
        self.0.state().moment.map_or_else(|| SystemClock.moment(), Ok)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if self.0.state().moment.is_none() {
            return SystemClock.sleep(duration);
        }
        let stage = self.0.clone();
        Box::pin(poll_fn(move |_| {
            let mut state = stage.state();
            // A reply in flight comes first; it wakes this task, and ends this wait.
            if state.in_flight > 0 {
                return Poll::Pending;
            }
            let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            state.waits.push(millis);
            if let Some(moment) = &mut state.moment {
                moment.nanos += millis * 1_000_000;
            }
            Poll::Ready(())
        }))
    }
}

/// A transport of the stage: one of the library's, or the script when there is none.
pub struct StageTransport(pub Arc<Stage>, pub Option<Box<dyn Transport>>);

/// Counts a request in flight until it is dropped.
struct Flight(Arc<Stage>);

impl Flight {
    fn begin(stage: &Arc<Stage>) -> Self {
        stage.state().in_flight += 1;
        Flight(stage.clone())
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight = state.in_flight.saturating_sub(1);
    }
}

impl Transport for StageTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(async move {
            let _flight = Flight::begin(&self.0);
            match &self.1 {
                Some(transport) => transport.send(request).await,
                None => self.0.next_reply(request),
            }
        })
    }

    fn send_until(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(async move {
            let _flight = Flight::begin(&self.0);
            match &self.1 {
                Some(transport) => transport.send_until(request, until).await,
                None => self.0.next_reply(request),
            }
        })
    }

    fn signed(&self) -> bool {
        self.1.as_ref().is_none_or(|transport| transport.signed())
    }

    fn sockets(&self, endpoint: Option<&str>) -> Option<Arc<dyn Sockets>> {
        let sockets = self.1.as_ref()?.sockets(endpoint)?;
        Some(Arc::new(StageSockets(self.0.clone(), sockets)))
    }
}

/// Sockets of the library, whose requests the stage counts.
struct StageSockets(Arc<Stage>, Arc<dyn Sockets>);

impl Sockets for StageSockets {
    fn send(&self, request: Request, until: Instant) -> BoxFuture<'_, Result<Box<dyn Exchange>, Failure>> {
        Box::pin(async move {
            let flight = Flight::begin(&self.0);
            let exchange = self.1.send(request, until).await?;
            Ok(Box::new(StageExchange(exchange, flight)) as Box<dyn Exchange>)
        })
    }
}

struct StageExchange(Box<dyn Exchange>, #[allow(dead_code)] Flight);

impl Exchange for StageExchange {
    fn receive(&mut self, missing: u32) -> BoxFuture<'_, Result<Vec<u8>, Failure>> {
        self.0.receive(missing)
    }

    fn keep(self: Box<Self>) {
        self.0.keep();
    }
}
