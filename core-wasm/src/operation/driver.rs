//! Runs an operation: signs its requests, counts, retries, corrects the clock, renews credentials.

use serde_json::value::RawValue;

use super::stats::Stats;
use super::{Context, Machine, Next, Outgoing};
use crate::client::Client;
use crate::error::{Code, Error, Outcome};
use crate::step::{FailureKind, Moment, Reply, Request, Step};
use crate::wire::{Attempt, Credentials, Refusal, RetryClass, accept, clock, decide, lost, undecodable, writes};

/// A running operation.
pub struct Operation {
    client: Client,
    machine: Box<dyn Machine>,
    flight: Option<Flight>,
    /// When the wait that the machine asked for is over, in nanoseconds.
    timer: Option<u64>,
    next_id: u32,
    stats: Stats,
    /// Credentials were asked for since the last request was sent.
    asked: bool,
    over: bool,
}

/// A request on its way.
struct Flight {
    id: u32,
    request: Outgoing,
    state: State,
    /// Attempts that count, the present one included.
    attempt: u32,
    cost: Option<u32>,
    maybe_applied: bool,
    clock_corrected: bool,
    credentials_renewed: bool,
    /// What the last attempt was signed with.
    access_key_id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    Sent,
    /// To be sent again at this time, in nanoseconds.
    Backoff(u64),
}

impl Flight {
    /// Corrects what a new attempt at once is good for, once each: the clock, the credentials.
    fn mend(&mut self, client: &Client, class: RetryClass, now: Moment) -> bool {
        let Some(mut signing) = client.signing() else { return false };
        match class {
            RetryClass::ClockSkew { server_millis } if !self.clock_corrected => {
                self.clock_corrected = true;
                signing.skew_ms = clock::skew_ms(server_millis, now.nanos);
            }
            RetryClass::ExpiredCredentials if !self.credentials_renewed => {
                self.credentials_renewed = true;
                // Another operation may have renewed them already.
                let used = |known: &Credentials| Some(known.access_key_id()) == self.access_key_id.as_deref();
                if signing.credentials.as_ref().is_some_and(used) {
                    signing.credentials = None;
                }
            }
            _ => return false,
        }
        self.state = State::Ready;
        true
    }
}

impl Operation {
    /// Starts a prepared operation. It is `None` when the step is already the last one.
    pub(crate) fn start(client: Client, machine: Box<dyn Machine>, now: Moment) -> (Option<Self>, Step) {
        let mut operation = Operation {
            client,
            machine,
            flight: None,
            timer: None,
            next_id: 1,
            stats: Stats::default(),
            asked: false,
            over: false,
        };
        let next = operation.machine.begin();
        let step = operation.carry_on(Ok(next), now);
        ((!operation.over).then_some(operation), step)
    }

    /// Whether the last step was `Done` or `Failed`.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Hands in a reply; `request` is the id of the request that it answers.
    pub fn resume(&mut self, request: u32, reply: Reply<'_>, now: Moment) -> Step {
        if self.over {
            return self.fail(Error::new(Code::InvalidHandle, "the operation is over"));
        }
        match reply {
            Reply::Response { status, head, body } => self.response(request, status, head, body, now),
            Reply::Failure { kind, message } => self.failure(request, kind, message, now),
            Reply::Elapsed => self.elapsed(now),
            Reply::Credentials(json) => match Credentials::parse(json) {
                Ok(credentials) => {
                    if let Some(mut signing) = self.client.signing() {
                        signing.credentials = Some(credentials);
                    }
                    self.step(now)
                }
                Err(error) => self.fail(error),
            },
            Reply::NoCredentials(text) => self.no_credentials(text),
        }
    }

    fn response(&mut self, id: u32, status: u16, head: &[u8], body: &[u8], now: Moment) -> Step {
        let flight = match self.sent(id) {
            Ok(flight) => flight,
            Err(error) => return self.fail(error),
        };
        match accept(flight.request.action, status, head, body) {
            Ok(accepted) => {
                let (action, cost, maybe_applied) = (flight.request.action, flight.cost, flight.maybe_applied);
                self.stats.request_id = accepted.request_id.map(str::to_owned);
                let mut context = Context { client: &self.client, now, stats: &mut self.stats, maybe_applied };
                match self.machine.received(&mut context, accepted.body) {
                    Err(error) if error.code() == Code::InvalidResponse => {
                        let mut refusal = undecodable(action, &accepted);
                        refusal.error.details_mut().message.clone_from(&error.details().message);
                        refusal.error.details_mut().path.clone_from(&error.details().path);
                        self.refused(refusal, now)
                    }
                    next => {
                        self.flight = None;
                        self.client.budget().success(cost);
                        // The request went through; what fails now is what comes of it.
                        let next = next.map_err(|mut error| {
                            error.details_mut().outcome =
                                if writes(action) { Outcome::Unknown } else { Outcome::Rejected };
                            error
                        });
                        self.carry_on(next, now)
                    }
                }
            }
            Err(refusal) => self.refused(refusal, now),
        }
    }

    fn failure(&mut self, id: u32, kind: FailureKind, message: &str, now: Moment) -> Step {
        match self.sent(id) {
            Ok(flight) => {
                let refusal = lost(flight.request.action, kind, message);
                self.refused(refusal, now)
            }
            Err(error) => self.fail(error),
        }
    }

    fn refused(&mut self, refusal: Refusal<'_>, now: Moment) -> Step {
        let Some(flight) = &mut self.flight else {
            return self.fail(refusal.error);
        };
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
        self.flight = None;
        let mut context = Context { client: &self.client, now, stats: &mut self.stats, maybe_applied };
        let next = self.machine.refused(&mut context, refusal).map_err(|mut error| {
            if maybe_applied {
                error.details_mut().outcome = Outcome::Unknown;
            }
            error
        });
        self.carry_on(next, now)
    }

    fn elapsed(&mut self, now: Moment) -> Step {
        if let Some(Flight { state: state @ State::Backoff(_), .. }) = &mut self.flight {
            *state = State::Ready;
        } else if self.timer.take().is_some() {
            let mut context = Context { client: &self.client, now, stats: &mut self.stats, maybe_applied: false };
            let next = self.machine.elapsed(&mut context);
            return self.carry_on(next, now);
        }
        self.step(now)
    }

    /// Takes up what the machine wants next.
    fn carry_on(&mut self, next: Result<Next, Error>, now: Moment) -> Step {
        match next {
            Ok(Next::Send(request)) => {
                self.flight = Some(Flight {
                    id: 0,
                    request,
                    state: State::Ready,
                    attempt: 1,
                    cost: None,
                    maybe_applied: false,
                    clock_corrected: false,
                    credentials_renewed: false,
                    access_key_id: None,
                });
                self.step(now)
            }
            Ok(Next::Wait(milliseconds)) => {
                self.timer = Some(now.nanos + u64::from(milliseconds) * 1_000_000);
                self.stats.waited_ms += u64::from(milliseconds);
                self.step(now)
            }
            Ok(Next::Done(mut result)) => {
                self.over = true;
                let comma = if result.is_empty() { "" } else { "," };
                result.insert(0, '{');
                result.push_str(comma);
                result.push_str("\"stats\":");
                result.push_str(&self.stats.document());
                result.push('}');
                Step::Done(result)
            }
            Err(error) => self.fail(error),
        }
    }

    /// Sends what is ready, and says how long to wait for what is not.
    fn step(&mut self, now: Moment) -> Step {
        let Some(flight) = &mut self.flight else {
            let wait = self.timer.map(|due| milliseconds_until(due, now));
            return Step::Run { requests: Vec::new(), wait };
        };
        match flight.state {
            State::Sent => return Step::Run { requests: Vec::new(), wait: None },
            State::Backoff(due) => return Step::Run { requests: Vec::new(), wait: Some(milliseconds_until(due, now)) },
            State::Ready => {}
        }
        let (action, body) = (flight.request.action, flight.request.body.clone());
        let (mut url, mut head) = (String::new(), String::new());
        if let Some(mut signing) = self.client.signing() {
            let signing = &mut *signing;
            let credentials = match &signing.credentials {
                Some(credentials)
                    if self.asked || !credentials.expires_soon(now.millis().saturating_add_signed(signing.skew_ms)) =>
                {
                    credentials
                }
                _ => {
                    self.asked = true;
                    return Step::Credentials;
                }
            };
            flight.access_key_id = Some(credentials.access_key_id().to_owned());
            url = signing.endpoint.url().to_owned();
            head = signing.signer.sign(credentials, action, body.as_bytes(), now.nanos, signing.skew_ms);
        }
        self.asked = false;
        flight.state = State::Sent;
        flight.id = self.next_id;
        self.next_id += 1;
        self.stats.attempts += 1;
        let request = Request { id: flight.id, service: "dynamodb", action, url, head, body };
        Step::Run { requests: vec![request], wait: None }
    }

    fn no_credentials(&mut self, text: &str) -> Step {
        let shown: String = text.chars().take(400).collect();
        let mut error = Error::new(Code::Credentials, "no credentials");
        if !shown.is_empty() {
            error = error.hint(shown);
        }
        self.fail(error)
    }

    fn sent(&mut self, id: u32) -> Result<&mut Flight, Error> {
        let in_flight = self.flight.as_mut().filter(|flight| flight.state == State::Sent);
        let mut error = Error::new(Code::InvalidHandle, format!("no request {id} is in flight"))
            .hint("each request is answered once, by its own id");
        match in_flight {
            Some(flight) if flight.id == id => Ok(flight),
            Some(_) => {
                error.details_mut().outcome = Outcome::Unknown;
                Err(error)
            }
            None => Err(error),
        }
    }

    fn fail(&mut self, mut error: Error) -> Step {
        self.over = true;
        self.flight = None;
        if self.stats.attempts > 0 {
            error.details_mut().stats = RawValue::from_string(self.stats.document()).ok();
        }
        Step::Failed(error)
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let action = self.flight.as_ref().map(|flight| flight.request.action);
        f.debug_struct("Operation").field("action", &action).field("over", &self.over).finish_non_exhaustive()
    }
}

fn milliseconds_until(due: u64, now: Moment) -> u32 {
    u32::try_from(due.saturating_sub(now.nanos).div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
