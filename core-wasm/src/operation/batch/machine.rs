//! The course of a batch: several requests in flight, a pause when the service does not keep up, an account in the end.

use super::load::Load;
use super::schedule::Schedule;
use crate::client::Client;
use crate::error::{Code, Error, Outcome};
use crate::operation::{Context, Machine, Next, Outgoing};
use crate::wire::{Attempt, Refusal, Repeat, RetryClass, decide, delay_ms, writes};

/// A batch and how far it has come.
pub(super) struct Machinery<L> {
    load: L,
    schedule: Schedule,
    parallel: usize,
    /// Whether the caller wants to be told how far it has come.
    tells: bool,
    first: Vec<Outgoing>,
    pace: Pace,
    /// Why nothing more is sent; what is in flight is waited for.
    failure: Option<Error>,
}

/// What is known of how the service keeps up.
#[derive(Default)]
struct Pace {
    /// Nothing is sent until the timer runs out.
    pausing: bool,
    /// Something was carried out since the last pause began.
    progress: bool,
    /// Pauses in a row between which nothing was carried out.
    stalled: u32,
    /// Pauses in a row without a request between them that was carried out whole.
    pauses: u32,
    /// What the last pause took from the retry budget.
    cost: Option<u32>,
}

impl<L: Load> Machinery<L> {
    pub(super) fn new(client: &Client, load: L, parallel: usize, tells: bool) -> Self {
        let schedule = Schedule::new(load.count());
        let mut machinery =
            Machinery { load, schedule, parallel, tells, first: Vec::new(), pace: Pace::default(), failure: None };
        machinery.first = machinery.fill(client);
        machinery
    }

    /// As many requests as may be in flight.
    fn fill(&mut self, client: &Client) -> Vec<Outgoing> {
        let mut requests = Vec::new();
        while self.schedule.flying() < self.parallel {
            let Some((tag, chunk)) = self.schedule.take(&self.load) else { break };
            let body = self.load.body(client, &chunk);
            requests.push(Outgoing { tag, action: L::ACTION, body, repeat: Repeat::Always });
        }
        requests
    }

    fn next(&mut self, context: &mut Context<'_>) -> Result<Next, Error> {
        if let Some(failure) = self.failure.take_if(|_| self.schedule.flying() == 0) {
            return Err(self.accounted(failure));
        }
        if self.pace.pausing || self.failure.is_some() {
            return Ok(Next::SendAll(Vec::new()));
        }
        let requests = self.fill(context.client);
        if requests.is_empty() && self.schedule.flying() == 0 {
            return Ok(Next::Done(self.result()));
        }
        Ok(Next::SendAll(requests))
    }

    /// The members of the result document. There is no step after it that could tell of the last answer: it does.
    fn result(&mut self) -> String {
        let mut result = self.load.result();
        if self.tells {
            result.push_str(",\"progress\":");
            result.push_str(&self.come_so_far());
        }
        result
    }

    /// Some parts came back: waits before they are sent again, or gives up.
    fn pause(&mut self, context: &mut Context<'_>) -> Option<u32> {
        let pace = &mut self.pace;
        let progress = std::mem::take(&mut pace.progress);
        pace.stalled = if progress { 1 } else { pace.stalled + 1 };
        pace.pauses += 1;
        // What comes back while others went through was too much at once; when nothing goes through, the table has no more to give.
        let class = if progress { RetryClass::Transient } else { RetryClass::Throttle };
        let attempt = |number| Attempt { number, class, retry_after_ms: None, may_be_applied: false, timed_out: false };
        let settings = &context.client.settings().retry;
        let seed = context.now.seed as u64;
        let granted = decide(settings, &mut context.client.budget(), Repeat::Always, &attempt(pace.stalled), seed)?;
        pace.cost = Some(granted.cost);
        pace.pausing = true;
        context.stats.retries += 1;
        Some(delay_ms(settings, &attempt(pace.pauses), seed))
    }

    fn tell(&self, context: &mut Context<'_>) {
        if self.tells {
            *context.progress = Some(self.come_so_far());
        }
    }

    /// The `progress` document.
    fn come_so_far(&self) -> String {
        let schedule = &self.schedule;
        let (done, total, unprocessed) = (schedule.done(), schedule.count(), schedule.unprocessed());
        format!("{{\"done\":{done},\"total\":{total},\"unprocessed\":{unprocessed}}}")
    }

    /// Adds what has become of every part.
    fn accounted(&mut self, mut error: Error) -> Error {
        let schedule = &self.schedule;
        let account = self.load.account(&|part| schedule.is_done(part), &|part| schedule.is_doubtful(part));
        let details = error.details_mut();
        if !details.codes.contains(&Code::BatchOperationFailed) {
            details.codes.insert(0, Code::BatchOperationFailed);
        }
        if writes(L::ACTION) && self.schedule.left_traces() {
            details.outcome = Outcome::Unknown;
        } else if details.outcome == Outcome::Unknown {
            details.outcome = Outcome::Rejected;
        }
        details.batch = Some(Box::new(account));
        error
    }
}

impl<L: Load> Machine for Machinery<L> {
    fn begin(&mut self) -> Next {
        if self.schedule.count() == 0 {
            return Next::Done(self.result());
        }
        Next::SendAll(std::mem::take(&mut self.first))
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let chunk = self.schedule.parts_of(context.tag);
        let unprocessed = self.load.received(context, &chunk, body)?;
        let whole = unprocessed.is_empty();
        let done = self.schedule.landed(context.tag, unprocessed, context.maybe_applied);
        done.iter().for_each(|part| self.load.settle(*part));
        if !done.is_empty() {
            self.pace.progress = true;
            if let Some(cost) = self.pace.cost.take() {
                context.client.budget().success(Some(cost));
            }
        }
        if whole {
            self.pace.pauses = 0;
        }
        self.tell(context);
        if whole || self.pace.pausing || self.failure.is_some() {
            return self.next(context);
        }
        match self.pause(context) {
            Some(milliseconds) => Ok(Next::Wait(milliseconds)),
            None => {
                self.failure = Some(unprocessed_left());
                self.next(context)
            }
        }
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        self.schedule.failed(context.tag, context.maybe_applied);
        // While others go through, one that had bad luck in all its attempts does not end a long load.
        let passing = refusal.error.details().retryable && (self.pace.pausing || self.pace.progress);
        if self.failure.is_some() || (passing && self.pace.pausing) {
            return self.next(context);
        }
        if passing && let Some(milliseconds) = self.pause(context) {
            self.tell(context);
            return Ok(Next::Wait(milliseconds));
        }
        self.failure = Some(refusal.error);
        self.next(context)
    }

    fn elapsed(&mut self, context: &mut Context<'_>) -> Result<Next, Error> {
        self.pace.pausing = false;
        self.schedule.renew();
        self.next(context)
    }

    fn stopped(&mut self, context: &mut Context<'_>, error: Error) -> Error {
        self.schedule.unsettled(&context.unsettled);
        // What went wrong before is the better reason to know.
        self.accounted(error)
    }
}

fn unprocessed_left() -> Error {
    let mut error = Error::new(Code::BatchOperationFailed, "the service left part of the batch unprocessed")
        .hint("it does not keep up: send the rest later, or raise the capacity");
    error.details_mut().retryable = true;
    error.details_mut().outcome = Outcome::Rejected;
    error
}
