//! Runs an operation: signs its requests, counts, retries, corrects the clock, renews credentials.

use super::flight::{Flight, NeedsCredentials, State};
use super::stats::Stats;
use super::{Context, Machine, Next};
use crate::client::Client;
use crate::document::Json;
use crate::error::{Code, Error, Outcome};
use crate::step::{Connection, FailureKind, Moment, Reply, Step, Stop};
use crate::wire::http1::{Answer, Fault, Progress};
use crate::wire::{Attempt, Credentials, Refusal, accept, decide, lost, undecodable, writes};

/// A running operation.
pub struct Operation {
    client: Client,
    machine: Box<dyn Machine>,
    /// Requests in flight or to be sent; one, for most operations.
    flights: Vec<Flight>,
    /// When the wait that the machine asked for is over, in nanoseconds.
    timer: Option<u64>,
    /// What the last step told the host to wake us for: what is due by then is due when it does.
    alarm: u64,
    next_id: u32,
    stats: Stats,
    progress: Option<String>,
    /// Credentials were given since the last request was sent.
    asked: bool,
    over: bool,
    connection: Connection,
}

impl Operation {
    /// Starts a prepared operation. It is `None` when the step is already the last one.
    pub(crate) fn start(client: Client, machine: Box<dyn Machine>, now: Moment) -> (Option<Self>, Step) {
        let mut operation = Operation {
            client,
            machine,
            flights: Vec::new(),
            timer: None,
            alarm: 0,
            next_id: 1,
            stats: Stats::default(),
            progress: None,
            asked: false,
            over: false,
            connection: Connection::Keep,
        };
        let next = operation.machine.begin();
        let step = operation.carry_on(Ok(next), now);
        ((!operation.over).then_some(operation), step)
    }

    /// Whether the last step was `Done` or `Failed`.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// What is to become of the connection that the last [`Reply::Received`] or [`Reply::Ended`] came from.
    pub fn connection(&self) -> Connection {
        self.connection
    }

    /// Hands in a reply; `request` is the id of the request that it answers.
    pub fn resume(&mut self, request: u32, reply: Reply<'_>, now: Moment) -> Step {
        self.connection = Connection::Keep;
        if self.over {
            return self.fail(Error::new(Code::InvalidHandle, "the operation is over"));
        }
        match reply {
            Reply::Response { status, head, body } => match self.sent(request) {
                Ok(at) => self.response(at, status, head, body, now),
                Err(error) => self.fail(error),
            },
            Reply::Failure { kind, message } => match self.sent(request) {
                Ok(at) => self.lost(at, kind, message, now),
                Err(error) => self.fail(error),
            },
            Reply::Received(bytes) => self.read(request, Some(bytes), now),
            Reply::Ended => self.read(request, None, now),
            Reply::Elapsed => self.elapsed(now),
            Reply::Credentials(json) => match Credentials::parse(json) {
                Ok(credentials) => {
                    if let Some(mut signing) = self.client.signing() {
                        signing.credentials = Some(credentials);
                    }
                    self.asked = true;
                    self.step(now)
                }
                Err(error) => self.end(error, now),
            },
            Reply::NoCredentials(text) => self.no_credentials(text, now),
            Reply::Stop(stop) => self.stop(stop, now),
        }
    }

    /// Takes in bytes of a connection, or its end (`None`).
    fn read(&mut self, id: u32, bytes: Option<Vec<u8>>, now: Moment) -> Step {
        let at = match self.sent(id) {
            Ok(at) => at,
            Err(error) => {
                self.connection = Connection::Close;
                return self.fail(error);
            }
        };
        let reading = &mut self.flights[at].reading;
        let progress = match bytes {
            Some(bytes) => reading.received(bytes),
            None if reading.started() => reading.ended(),
            None => Err(Fault("the connection was closed before an answer came")),
        };
        match progress {
            Ok(Progress::More(bytes)) => {
                self.connection = Connection::More(bytes);
                self.step(now)
            }
            Ok(Progress::Whole(answer)) => {
                self.connection = if answer.keep { Connection::Keep } else { Connection::Close };
                self.answer(at, &answer, now)
            }
            Err(Fault(what)) => {
                self.connection = Connection::Close;
                self.lost(at, FailureKind::Broken, what, now)
            }
        }
    }

    fn answer(&mut self, at: usize, answer: &Answer, now: Moment) -> Step {
        self.response(at, answer.status, answer.head(), answer.body(), now)
    }

    fn response(&mut self, at: usize, status: u16, head: &[u8], body: &[u8], now: Moment) -> Step {
        let flight = &self.flights[at];
        let (action, cost) = (flight.request.action, flight.cost);
        let accepted = match accept(action, status, head, body) {
            Ok(accepted) => accepted,
            Err(refusal) => return self.refused(at, refusal, now),
        };
        self.stats.request_id = accepted.request_id.map(str::to_owned);
        let (machine, mut context) = self.context(Some(at), now);
        match machine.received(&mut context, accepted.body) {
            Err(error) if error.code() == Code::InvalidResponse => {
                let mut refusal = undecodable(action, &accepted);
                refusal.error.details_mut().message.clone_from(&error.details().message);
                refusal.error.details_mut().path.clone_from(&error.details().path);
                self.refused(at, refusal, now)
            }
            next => {
                self.flights.swap_remove(at);
                self.client.budget().success(cost);
                // The request went through; what fails now is what comes of it.
                let next = next.map_err(|mut error| {
                    let outcome = &mut error.details_mut().outcome;
                    if *outcome == Outcome::NotSent {
                        *outcome = if writes(action) { Outcome::Unknown } else { Outcome::Rejected };
                    }
                    error
                });
                self.carry_on(next, now)
            }
        }
    }

    fn lost(&mut self, at: usize, kind: FailureKind, message: &str, now: Moment) -> Step {
        let refusal = lost(self.flights[at].request.action, kind, message);
        self.refused(at, refusal, now)
    }

    fn refused(&mut self, at: usize, refusal: Refusal<'_>, now: Moment) -> Step {
        let flight = &mut self.flights[at];
        self.stats.request_id = refusal.error.details().request_id.clone();
        flight.maybe_applied |= refusal.error.details().outcome == Outcome::Unknown;
        if flight.mend(&self.client, refusal.retry, now) {
            self.stats.retries += 1;
            return self.step(now);
        }
        let attempt = Attempt::of(flight.attempt, &refusal);
        let settings = &self.client.settings().retry;
        let retry = decide(settings, &mut self.client.budget(), flight.request.repeat, &attempt, now.seed as u64);
        if let Some(retry) = retry {
            flight.attempt += 1;
            flight.cost = Some(retry.cost);
            flight.state = State::Backoff(now.nanos + u64::from(retry.delay_ms) * 1_000_000);
            self.stats.retries += 1;
            self.stats.waited_ms += u64::from(retry.delay_ms);
            return self.step(now);
        }
        let maybe_applied = flight.maybe_applied;
        let (machine, mut context) = self.context(Some(at), now);
        let next = machine.refused(&mut context, refusal).map_err(|mut error| {
            if maybe_applied {
                error.details_mut().outcome = Outcome::Unknown;
            }
            error
        });
        self.flights.swap_remove(at);
        self.carry_on(next, now)
    }

    fn elapsed(&mut self, now: Moment) -> Step {
        let alarm = self.alarm.max(now.nanos);
        for flight in &mut self.flights {
            if matches!(flight.state, State::Backoff(due) if due <= alarm) {
                flight.state = State::Ready;
            }
        }
        if self.timer.take_if(|due| *due <= alarm).is_some() {
            let (machine, mut context) = self.context(None, now);
            let next = machine.elapsed(&mut context);
            return self.carry_on(next, now);
        }
        self.step(now)
    }

    /// Takes up what the machine wants next.
    fn carry_on(&mut self, next: Result<Next, Error>, now: Moment) -> Step {
        match next {
            Ok(Next::Send(request)) => {
                self.flights.push(Flight::new(request));
                self.step(now)
            }
            Ok(Next::SendAll(requests)) => {
                self.flights.extend(requests.into_iter().map(Flight::new));
                self.step(now)
            }
            Ok(Next::Wait(milliseconds)) => {
                self.timer = Some(now.nanos + u64::from(milliseconds) * 1_000_000);
                self.stats.waited_ms += u64::from(milliseconds);
                self.step(now)
            }
            Ok(Next::Done(result)) => {
                self.over = true;
                self.flights.clear();
                let stats = self.stats.document();
                let comma = if result.is_empty() { "" } else { "," };
                Step::Done(["{", &result, comma, "\"stats\":", &stats, "}"].concat())
            }
            Err(error) => self.fail(error),
        }
    }

    /// Sends what is ready, and says how long to wait for what is not.
    fn step(&mut self, now: Moment) -> Step {
        let mut requests = Vec::new();
        let mut alarm = self.timer;
        for flight in &mut self.flights {
            match flight.state {
                State::Sent => {}
                State::Backoff(due) => alarm = Some(alarm.map_or(due, |other| other.min(due))),
                State::Ready => match flight.send(&self.client, self.next_id, self.asked, now) {
                    Ok(request) => {
                        self.next_id += 1;
                        self.stats.attempts += 1;
                        requests.push(request);
                    }
                    // Nothing has been sent in this step: what one lacks, all lack.
                    Err(NeedsCredentials) => return Step::Credentials,
                },
            }
        }
        if !requests.is_empty() {
            self.asked = false;
        }
        self.alarm = alarm.unwrap_or(0);
        let wait = alarm.map(|due| milliseconds_until(due, now));
        Step::Run { requests, wait, progress: self.progress.take() }
    }

    fn no_credentials(&mut self, text: &str, now: Moment) -> Step {
        let shown: String = text.chars().take(400).collect();
        let mut error = Error::new(Code::Credentials, "no credentials");
        if !shown.is_empty() {
            error = error.hint(shown);
        }
        self.end(error, now)
    }

    fn stop(&mut self, stop: Stop, now: Moment) -> Step {
        let mut error = match stop {
            Stop::Cancelled => Error::new(Code::Canceled, "the call was cancelled"),
            Stop::Deadline => Error::new(Code::Timeout, "the call took longer than it may"),
        };
        error.details_mut().retryable = stop == Stop::Deadline;
        self.end(error, now)
    }

    /// Ends the operation for a reason that the machine does not know of.
    fn end(&mut self, mut error: Error, now: Moment) -> Step {
        error.details_mut().outcome = match self.stats.attempts {
            0 => Outcome::NotSent,
            _ => Outcome::Rejected,
        };
        let unsettled = self.flights.iter().filter(|flight| flight.may_have_written());
        let unsettled = unsettled.map(|flight| flight.request.tag).collect();
        let (machine, mut context) = self.context(None, now);
        context.unsettled = unsettled;
        let error = machine.stopped(&mut context, error);
        self.fail(error)
    }

    /// Where the flight of a sent request stands.
    fn sent(&mut self, id: u32) -> Result<usize, Error> {
        let found = self.flights.iter().position(|flight| flight.state == State::Sent && flight.id == id);
        found.ok_or_else(|| {
            Error::new(Code::InvalidHandle, format!("no request {id} is in flight"))
                .hint("each request is answered once, by its own id")
        })
    }

    /// The machine and what it may look at.
    fn context(&mut self, flight: Option<usize>, now: Moment) -> (&mut dyn Machine, Context<'_>) {
        let flight = flight.map(|at| &self.flights[at]);
        let context = Context {
            client: &self.client,
            now,
            stats: &mut self.stats,
            maybe_applied: flight.is_some_and(|flight| flight.maybe_applied),
            tag: flight.map_or(0, |flight| flight.request.tag),
            progress: &mut self.progress,
            unsettled: Vec::new(),
        };
        (&mut *self.machine, context)
    }

    fn fail(&mut self, mut error: Error) -> Step {
        self.over = true;
        if self.flights.iter().any(Flight::may_have_written) {
            error.details_mut().outcome = Outcome::Unknown;
        }
        self.flights.clear();
        if self.stats.attempts > 0 {
            error.details_mut().stats = Some(Json::known(self.stats.document()));
        }
        Step::Failed(error)
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let actions: Vec<_> = self.flights.iter().map(|flight| flight.request.action).collect();
        f.debug_struct("Operation").field("actions", &actions).field("over", &self.over).finish_non_exhaustive()
    }
}

fn milliseconds_until(due: u64, now: Moment) -> u32 {
    u32::try_from(due.saturating_sub(now.nanos).div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
