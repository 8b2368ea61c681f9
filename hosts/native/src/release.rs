//! The state of releases: changed together with the event that tells of it, on evidence.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::client::TableTheory;
use crate::error::Error;
use crate::explain::Explanation;
use crate::model::{Create, Update};
use crate::transact::Committed;
use crate::value::item_to_plain;

/// A state that is changed, and the event that tells of it: [`TableTheory::transition_append_event`].
#[must_use = "a call does nothing until it is sent"]
pub struct TransitionAppendEvent {
    call: Call,
}

impl TableTheory {
    /// Changes a state and appends the event that tells of it, in one transaction: both, or neither. `provenance` and `confidence`
    /// that they set are checked as by [`validate_provenance`](TableTheory::validate_provenance).
    ///
    /// ```no_run
    /// # use tabletheory::{Item, Model, TableTheory};
    /// # async fn example(db: TableTheory, states: Model<Item>, events: Model<Item>, event: Item) -> Result<(), tabletheory::Error> {
    /// let done = db
    ///     .transition_append_event(
    ///         states.update(("release#1", "state")).set("stage", "live").expect_version(4),
    ///         events.create(&event),
    ///     )
    ///     .send()
    ///     .await?;
    /// let event = done.stamp(1, &event)?; // 0: the state
    /// # Ok(()) }
    /// ```
    pub fn transition_append_event<S, E>(&self, actual: Update<S>, event: Create<E>) -> TransitionAppendEvent
    where
        S: DeserializeOwned + Send + 'static,
        E: DeserializeOwned + Send + 'static,
    {
        let mut call = Call::of_many(self, "transition_append_event");
        call.json("actual", actual.call.member());
        call.json("event", event.call.member());
        TransitionAppendEvent { call }
    }

    /// Checks that the evidence of a deployment is authoritative, by the rules of `wit/README.md`. Nothing is sent. What serde writes as
    /// null counts as not given.
    ///
    /// # Errors
    /// `ErrRejectedDeployAuthorityEvidence` when it is not.
    pub async fn validate_provenance<P, C>(&self, provenance: &P, confidence: &C) -> Result<(), Error>
    where
        P: Serialize + ?Sized,
        C: Serialize + ?Sized,
    {
        let mut call = Call::of_many(self, "validate_provenance");
        for (name, given) in [("provenance", item_to_plain(provenance)), ("confidence", item_to_plain(confidence))] {
            if !given.as_ref().is_ok_and(|text| text == "null") {
                call.json(name, given);
            }
        }
        call.run().await.map(drop)
    }
}

impl TransitionAppendEvent {
    /// The idempotency token: [`Transact::token`](crate::Transact::token).
    pub fn token(mut self, token: &str) -> Self {
        self.call.set("token", token);
        self
    }

    /// What the call would do, without doing it.
    ///
    /// # Errors
    /// What it would be refused with before anything is sent.
    pub fn explain(self) -> Result<Explanation, Error> {
        self.call.explain()
    }

    /// Sends the call. Of what it gives, 0 is the state and 1 the event.
    ///
    /// # Errors
    /// `ErrRejectedDeployAuthorityEvidence`, and those of a [`Transact`](crate::Transact).
    pub async fn send(self) -> Result<Committed, Error> {
        self.call.run().await.map(Committed::read)
    }
}
