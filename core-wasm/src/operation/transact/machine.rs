//! The course of a transaction: what has to be read, the transaction itself, and what comes of it.

use super::action::Ready;
use super::body;
use super::cancelled::{self, Verdict};
use super::plan::{Plan, Row, Stored, plan, unchanged};
use crate::client::Client;
use crate::error::{Code, Error, Outcome};
use crate::json::{Fault, Kind as Json, Reader};
use crate::operation::prepared::Kind;
use crate::operation::unique::stored_value;
use crate::operation::write::{ReturnValues, push_stamped};
use crate::operation::{Context, Machine, Next, Outgoing, delete, put, reply, update};
use crate::step::Moment;
use crate::value::Decoder;
use crate::wire::{Attempt, Refusal, Repeat, Retry, RetryClass, decide};

/// What the result looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::operation) enum Shape {
    /// That of a transaction.
    Many,
    /// That of a single write.
    One(ReturnValues),
}

/// A transaction and how far it has come.
pub(super) struct Machinery {
    actions: Vec<Ready>,
    shape: Shape,
    /// The caller's.
    token: Option<String>,
    stored: Vec<Stored>,
    /// Sentinels that turned out to belong to other items.
    foreign: Vec<String>,
    /// Plans made so far.
    plans: u32,
    /// What the last repetition took from the retry budget.
    cost: Option<u32>,
    state: State,
    first: Option<Outgoing>,
}

enum State {
    /// Reads the items of these actions.
    Reading(Vec<usize>),
    /// The transaction is on its way.
    Writing(Plan),
    /// A single write that needs no transaction is on its way.
    Alone(Box<dyn Machine>),
    /// Reads what a single write has made of its item.
    ReadingBack,
    Waiting,
}

impl Machinery {
    pub(super) fn new(
        client: &Client,
        actions: Vec<Ready>,
        token: Option<&str>,
        shape: Shape,
        now: Moment,
    ) -> Result<Self, Error> {
        let mut machinery = Machinery {
            stored: vec![Stored::Unread; actions.len()],
            actions,
            shape,
            token: token.map(str::to_owned),
            foreign: Vec::new(),
            plans: 0,
            cost: None,
            state: State::Waiting,
            first: None,
        };
        machinery.first = Some(machinery.read_or_write(client, now)?);
        Ok(machinery)
    }

    /// The items have to be read whose unique attributes change: what they lose is not in the call.
    fn read_or_write(&mut self, client: &Client, now: Moment) -> Result<Outgoing, Error> {
        let reads = |action: &Ready| !action.prepared.creates && !action.prepared.changes.is_empty();
        let of: Vec<usize> = (0..self.actions.len()).filter(|at| reads(&self.actions[*at])).collect();
        if of.is_empty() {
            return self.write(client, now);
        }
        let whole = self.shape == Shape::One(ReturnValues::AllOld);
        let parts = |at: usize| {
            let prepared = &self.actions[at].prepared;
            let attributes: Vec<usize> = prepared.changes.iter().map(|change| change.attribute).collect();
            let key = prepared.key(client.model_at(prepared.model));
            (prepared.model, key, (!whole).then_some(attributes))
        };
        let (action, body) = if let (Shape::One(_), [only]) = (self.shape, of.as_slice()) {
            let (model, key, attributes) = parts(*only);
            ("GetItem", body::get_item(client, model, &key, attributes.as_deref()))
        } else {
            let get = |at: &usize| {
                let (model, key, attributes) = parts(*at);
                body::get(client, model, &key, attributes.as_deref())
            };
            let entries: Vec<String> = of.iter().map(get).collect();
            ("TransactGetItems", body::request(client, &entries, None))
        };
        self.state = State::Reading(of);
        Ok(Outgoing { tag: 0, action, body, repeat: Repeat::Always })
    }

    /// The transaction, or the write by itself where no sentinel changes hands.
    fn write(&mut self, client: &Client, now: Moment) -> Result<Outgoing, Error> {
        self.plans += 1;
        let plan = plan(client, &self.actions, &self.stored, &self.foreign, self.wants_version())?;
        if let (Shape::One(returns), [Row::Action(_)]) = (self.shape, plan.rows.as_slice()) {
            return self.write_alone(client, returns);
        }
        let own;
        let token = match &self.token {
            Some(token) => token,
            None => {
                own = body::uuid(now.seed);
                &own
            }
        };
        let body = body::request(client, &plan.entries, Some(token));
        self.state = State::Writing(plan);
        // The token makes the service do it once.
        Ok(Outgoing { tag: 0, action: "TransactWriteItems", body, repeat: Repeat::Always })
    }

    fn write_alone(&mut self, client: &Client, returns: ReturnValues) -> Result<Outgoing, Error> {
        let action = &self.actions[0];
        let prepared = &action.prepared;
        let model = client.model_at(prepared.model);
        let unchanged = unchanged(model, action, &self.stored[0], false);
        let mut machine = match prepared.kind {
            Kind::Put => put::machine(client, prepared, returns, &unchanged)?,
            Kind::Delete => delete::machine(client, prepared, returns, &unchanged)?,
            Kind::Update | Kind::Check => update::machine(client, prepared, returns, &unchanged)?,
        };
        let Next::Send(outgoing) = machine.begin() else {
            return Err(Error::new(Code::Internal, "a write that sends nothing"));
        };
        self.state = State::Alone(machine);
        Ok(outgoing)
    }

    /// The old item is given back as it was read: the version shows that it was still so.
    fn wants_version(&self) -> bool {
        self.shape == Shape::One(ReturnValues::AllOld)
    }

    /// The items have changed in between: reads and plans again, after a wait.
    fn again(&mut self, context: &mut Context<'_>, foreign: Vec<String>) -> Result<Next, Error> {
        // Known for the items as they were read: once they have changed, it has to be found out anew.
        if foreign.is_empty() {
            self.foreign.clear();
        }
        self.foreign.extend(foreign);
        let attempt = Attempt {
            number: self.plans,
            class: RetryClass::Transient,
            retry_after_ms: None,
            may_be_applied: false,
            timed_out: false,
        };
        let settings = &context.client.settings().retry;
        let seed = context.now.seed as u64;
        let Some(Retry { delay_ms, cost }) =
            decide(settings, &mut context.client.budget(), Repeat::Always, &attempt, seed)
        else {
            let mut error =
                Error::new(Code::TransactionConflict, "an item kept changing while its unique attributes were written");
            error.details_mut().retryable = true;
            error.details_mut().outcome = Outcome::Rejected;
            return Err(error);
        };
        self.cost = Some(cost);
        context.stats.retries += 1;
        self.state = State::Waiting;
        Ok(Next::Wait(delay_ms))
    }

    fn written(&mut self, context: &mut Context<'_>) -> Result<Next, Error> {
        if let Some(cost) = self.cost.take() {
            context.client.budget().success(Some(cost));
        }
        match self.shape {
            Shape::Many => Ok(Next::Done(self.stamps())),
            Shape::One(ReturnValues::AllNew) => {
                let prepared = &self.actions[0].prepared;
                let body = body::get_item(context.client, prepared.model, &prepared.subject, None);
                self.state = State::ReadingBack;
                Ok(Next::Send(Outgoing { tag: 0, action: "GetItem", body, repeat: Repeat::Always }))
            }
            Shape::One(returns) => self.one(context, returns).map_err(done_already),
        }
    }

    /// The result of a transaction.
    fn stamps(&self) -> String {
        let stamps: Vec<&str> =
            self.actions.iter().map(|action| action.prepared.stamped.as_deref().unwrap_or("null")).collect();
        format!("\"stamped\":[{}]", stamps.join(","))
    }

    /// The result of a single write.
    fn one(&self, context: &Context<'_>, returns: ReturnValues) -> Result<Next, Error> {
        let prepared = &self.actions[0].prepared;
        let mut result = String::new();
        if returns == ReturnValues::AllOld {
            result.push_str("\"item\":");
            match self.stored[0].item() {
                None => result.push_str("null"),
                Some(item) => {
                    let model = context.client.model_at(prepared.model);
                    let decoder = Decoder { model, numbers: context.client.settings().numbers, raw: false };
                    decoder.item(&mut Reader::new(item), &mut result)?;
                }
            }
        }
        push_stamped(&mut result, prepared.stamped.as_deref());
        Ok(Next::Done(result))
    }

    /// Whether the write by itself was refused because the item has changed since it was read.
    fn is_stale(&self, context: &Context<'_>, refusal: &Refusal<'_>) -> bool {
        if !matches!(self.state, State::Alone(_)) || !refusal.error.is(Code::ConditionFailed) {
            return false;
        }
        let action = &self.actions[0];
        let model = context.client.model_at(action.prepared.model);
        let old = refusal.old_item.map(|item| item.get());
        let value = |attribute: usize| old.and_then(|item| stored_value(item, &model.attributes[attribute].name));
        unchanged(model, action, &self.stored[0], false)
            .iter()
            .any(|unchanged| !unchanged.holds(value(unchanged.attribute)))
    }
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        self.first.take().map_or_else(|| Next::SendAll(Vec::new()), Next::Send)
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        match &mut self.state {
            State::Reading(of) => {
                let items = items(context, body, of.len())?;
                for (at, item) in of.iter().zip(items) {
                    self.stored[*at] = item.map_or(Stored::Absent, Stored::Item);
                }
                self.write(context.client, context.now).map(Next::Send)
            }
            State::Writing(_) => {
                reply::nothing(context, body)?;
                self.written(context)
            }
            State::Alone(machine) => machine.received(context, body),
            State::ReadingBack => {
                let prepared = &self.actions[0].prepared;
                let model = context.client.model_at(prepared.model);
                let item = reply::item(context, body, "Item", model, false).map_err(done_already)?;
                let mut result = String::from("\"item\":");
                result.push_str(item.as_deref().unwrap_or("null"));
                push_stamped(&mut result, prepared.stamped.as_deref());
                Ok(Next::Done(result))
            }
            State::Waiting => Err(Error::new(Code::Internal, "nothing was asked for")),
        }
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        // Whatever may have been carried out after all is not done again.
        let once = context.maybe_applied;
        if !once && self.is_stale(context, &refusal) {
            return self.again(context, Vec::new());
        }
        match &mut self.state {
            State::Writing(planned) => match cancelled::judge(
                context.client,
                &self.actions,
                &self.stored,
                planned,
                self.shape == Shape::One(ReturnValues::AllOld),
                &refusal,
            ) {
                Verdict::Again(foreign) if !once => self.again(context, foreign),
                Verdict::Again(_) => Err(refusal.error),
                Verdict::Failed(reasons) if self.shape == Shape::Many => {
                    Err(cancelled::of_many(refusal.error, reasons))
                }
                Verdict::Failed(reasons) => Err(cancelled::of_one(refusal.error, reasons)),
            },
            State::Alone(machine) => machine.refused(context, refusal),
            State::ReadingBack => Err(done_already(refusal.error)),
            State::Reading(_) | State::Waiting => Err(refusal.error),
        }
    }

    fn elapsed(&mut self, context: &mut Context<'_>) -> Result<Next, Error> {
        self.read_or_write(context.client, context.now).map(Next::Send)
    }

    fn stopped(&mut self, _: &mut Context<'_>, error: Error) -> Error {
        if matches!(self.state, State::ReadingBack) { done_already(error) } else { error }
    }
}

/// An error that comes when the write has been carried out.
fn done_already(mut error: Error) -> Error {
    let details = error.details_mut();
    details.outcome = Outcome::Unknown;
    details.message.insert_str(0, "the item was written, but it could not be read back: ");
    error
}

/// The items of a response to `GetItem` or `TransactGetItems`, DynamoDB JSON.
fn items(context: &mut Context<'_>, body: &str, count: usize) -> Result<Vec<Option<String>>, Error> {
    let mut items = Vec::with_capacity(count);
    reply::members(context, body, |name, reader| {
        match name {
            "Item" => items.push(one(reader).map_err(reply::garbled)?),
            "Responses" => {
                let mut elements = reader.array().map_err(reply::garbled)?;
                while elements.next(reader).map_err(reply::garbled)? {
                    items.push(wrapped(reader).map_err(reply::garbled)?);
                }
            }
            _ => drop(reader.skip().map_err(reply::garbled)?),
        }
        Ok(())
    })?;
    if items.is_empty() && count == 1 {
        items.push(None);
    }
    if items.len() == count {
        Ok(items)
    } else {
        Err(Error::new(Code::InvalidResponse, format!("the response has {} items for {count} gets", items.len())))
    }
}

fn one(reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    let kind = reader.kind()?;
    let text = reader.skip()?;
    Ok((kind == Json::Object && text.len() > 2).then(|| text.to_owned()))
}

fn wrapped(reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    let mut item = None;
    let mut members = reader.object()?;
    while let Some(name) = members.next(reader)? {
        if name.raw() == "Item" {
            item = one(reader)?;
        } else {
            reader.skip()?;
        }
    }
    Ok(item)
}
