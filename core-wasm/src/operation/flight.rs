//! One request of an operation, from its first attempt to its last.

use super::Outgoing;
use crate::client::Client;
use crate::settings::Transport;
use crate::step::{Moment, Request};
use crate::wire::http1::{self, Reading};
use crate::wire::{Credentials, Repeat, RetryClass, clock, writes};

/// A request on its way, or waiting to be sent again.
pub(super) struct Flight {
    /// Id of the present attempt.
    pub(super) id: u32,
    pub(super) request: Outgoing,
    pub(super) state: State,
    /// Attempts that count, the present one included.
    pub(super) attempt: u32,
    /// What the last retry took from the budget.
    pub(super) cost: Option<u32>,
    /// An earlier attempt may have been applied.
    pub(super) maybe_applied: bool,
    /// What has come of the reply (transport `socket`).
    pub(super) reading: Reading,
    mended: Mended,
    fresh: bool,
    /// What the last attempt was signed with.
    access_key_id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    Sent,
    /// To be sent again at this time, in nanoseconds.
    Backoff(u64),
}

/// What has been put right, each once.
#[derive(Default)]
struct Mended {
    clock: bool,
    credentials: bool,
    connection: bool,
}

/// Why an attempt cannot be sent yet.
pub(super) struct NeedsCredentials;

impl Flight {
    pub(super) fn new(request: Outgoing) -> Self {
        Flight {
            id: 0,
            request,
            state: State::Ready,
            attempt: 1,
            cost: None,
            maybe_applied: false,
            reading: Reading::default(),
            mended: Mended::default(),
            fresh: false,
            access_key_id: None,
        }
    }

    /// Whether the service may be carrying out a write of it, or has done so.
    pub(super) fn may_have_written(&self) -> bool {
        writes(self.request.action) && (self.maybe_applied || self.state == State::Sent)
    }

    /// Corrects what a new attempt at once is good for, once each: the clock, the credentials, the connection.
    ///
    /// A transport that signs by itself has seen the refusal, too, and corrects its own clock by it. If it does not, the same refusal
    /// comes again and is final.
    pub(super) fn mend(&mut self, client: &Client, class: RetryClass, now: Moment) -> bool {
        match (class, client.signing()) {
            (RetryClass::ClockSkew { server_millis }, signing) if !self.mended.clock => {
                self.mended.clock = true;
                if let Some(mut signing) = signing {
                    signing.skew_ms = clock::skew_ms(server_millis, now.nanos);
                }
            }
            (RetryClass::ExpiredCredentials, Some(mut signing)) if !self.mended.credentials => {
                self.mended.credentials = true;
                // Another operation may have renewed them already.
                let used = |known: &Credentials| Some(known.access_key_id()) == self.access_key_id.as_deref();
                if signing.credentials.as_ref().is_some_and(used) {
                    signing.credentials = None;
                }
            }
            (RetryClass::Stale, Some(_)) if !self.mended.connection && self.may_be_repeated() => {
                self.mended.connection = true;
                self.fresh = true;
            }
            _ => return false,
        }
        self.state = State::Ready;
        true
    }

    fn may_be_repeated(&self) -> bool {
        self.request.repeat == Repeat::Always || !writes(self.request.action)
    }

    /// The next attempt, signed, as request `id`. `asked`: credentials have just been given, so they are taken as they are.
    pub(super) fn send(
        &mut self,
        client: &Client,
        id: u32,
        asked: bool,
        now: Moment,
    ) -> Result<Request, NeedsCredentials> {
        let action = self.request.action;
        let mut sent = Request {
            id,
            service: "dynamodb",
            action,
            url: String::new(),
            head: String::new(),
            body: String::new(),
            fresh: std::mem::take(&mut self.fresh),
        };
        match client.signing() {
            None => sent.body.clone_from(&self.request.body),
            Some(mut signing) => {
                let signing = &mut *signing;
                let time = now.millis().saturating_add_signed(signing.skew_ms);
                let usable = signing.credentials.as_ref().filter(|known| asked || !known.expires_soon(time));
                let Some(credentials) = usable else {
                    self.fresh = sent.fresh;
                    return Err(NeedsCredentials);
                };
                let body = &self.request.body;
                let head = signing.signer.sign(credentials, action, body.as_bytes(), now.nanos, signing.skew_ms);
                if self.access_key_id.as_deref() != Some(credentials.access_key_id()) {
                    self.access_key_id = Some(credentials.access_key_id().to_owned());
                }
                sent.url.push_str(signing.endpoint.url());
                if client.settings().transport == Transport::Socket {
                    sent.body = http1::message(&signing.endpoint, &head, body);
                } else {
                    sent.head = head;
                    sent.body.clone_from(body);
                }
            }
        }
        self.state = State::Sent;
        self.id = id;
        self.reading = Reading::default();
        Ok(sent)
    }
}
