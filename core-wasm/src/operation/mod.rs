//! Operations: one file each, each a state machine that asks for requests and is given their answers.
//!
//! [`driver::Operation`] runs them: it signs, counts, retries and renews credentials, so that an operation sees only answers
//! and final refusals.

mod batch;
mod body;
#[cfg(feature = "schema")]
pub(crate) mod calls;
mod changes;
mod create;
mod delete;
mod delete_table;
mod describe_table;
mod driver;
#[cfg(test)]
mod driver_tests;
mod ensure_table;
mod find;
mod flight;
mod get;
mod item;
mod key;
mod millionths;
mod numbers;
mod page;
mod parallel_scan;
mod prepared;
mod provenance;
mod put;
mod query;
mod read;
mod refusal;
mod reply;
mod scan;
mod scan_progress;
mod sequence;
mod stats;
mod table;
mod transact;
mod transact_get;
mod transition;
mod unique;
mod update;
mod upsert;
mod wait_for;
mod write;

pub use driver::Operation;
#[cfg(feature = "schema")]
pub(crate) use table::Table;

use crate::call;
use crate::client::Client;
use crate::error::{Code, Error};
use crate::step::{Moment, Step};
use crate::wire::{Refusal, Repeat};
use stats::Stats;

/// What one operation is, between its requests.
pub(crate) trait Machine: Send {
    /// The first thing to do.
    fn begin(&mut self) -> Next;

    /// A request was carried out; `body` is its response, `context.tag` says which request it was.
    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error>;

    /// A request was refused for good.
    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        let _ = context;
        Err(refusal.error)
    }

    /// The wait that was asked for is over.
    fn elapsed(&mut self, context: &mut Context<'_>) -> Result<Next, Error> {
        let _ = context;
        Err(Error::new(Code::Internal, "nothing was waited for"))
    }

    /// The operation is ended with this error, by the host or for want of credentials: adds what the machine knows of its
    /// writes.
    fn stopped(&mut self, context: &mut Context<'_>, error: Error) -> Error {
        let _ = context;
        error
    }
}

/// What an operation wants next.
pub(crate) enum Next {
    /// A request.
    Send(Outgoing),
    /// Requests side by side; none: keep waiting for those in flight.
    SendAll(Vec<Outgoing>),
    /// A wait of so many milliseconds. Requests in flight stay there.
    Wait(u32),
    /// It is over: members of the result document, without braces and `stats`.
    Done(String),
}

/// A request that an operation asks for.
pub(crate) struct Outgoing {
    /// Comes back in [`Context::tag`].
    pub(crate) tag: u32,
    pub(crate) action: &'static str,
    pub(crate) body: String,
    pub(crate) repeat: Repeat,
}

/// What an operation may look at when it is given an answer.
pub(crate) struct Context<'c> {
    pub(crate) client: &'c Client,
    pub(crate) now: Moment,
    pub(crate) stats: &'c mut Stats,
    /// An earlier attempt of the request may have been applied.
    pub(crate) maybe_applied: bool,
    /// Which of its requests the machine is told about.
    pub(crate) tag: u32,
    /// What to tell the caller with the next step: how far the operation has come, a JSON object.
    pub(crate) progress: &'c mut Option<String>,
    /// When the operation is ended: the tags of requests that may have been carried out, or may still be.
    pub(crate) unsettled: Vec<u32>,
}

impl Client {
    /// Begins an operation from a call document. The operation is `None` when the step is already the last one.
    pub fn start(&self, call: &[u8], moment: Moment) -> (Option<Operation>, Step) {
        match begin(self, call, moment) {
            Ok(machine) => Operation::start(self.clone(), machine, moment),
            Err(error) => (None, Step::Failed(error)),
        }
    }
}

/// What an operation sends before it has any answer; [`begin`] prepares it.
pub(crate) fn first_requests(client: &Client, call: &[u8], now: Moment) -> Result<Vec<Outgoing>, Error> {
    Ok(match begin(client, call, now)?.begin() {
        Next::Send(request) => vec![request],
        Next::SendAll(requests) => requests,
        Next::Wait(_) | Next::Done(_) => Vec::new(),
    })
}

/// Reads a call document and prepares its operation. Everything that can be refused without the service is refused here.
pub(crate) fn begin(client: &Client, call: &[u8], now: Moment) -> Result<Box<dyn Machine>, Error> {
    let call = str::from_utf8(call).map_err(|_| Error::new(Code::InvalidCall, "the call is not UTF-8"))?;
    Ok(match &*call::operation_of(call)? {
        "create" => create::begin(client, call::parse(call)?, now)?,
        "put" => put::begin(client, call::parse(call)?, now)?,
        "upsert" => upsert::begin(client, call::parse(call)?, now)?,
        "get" => Box::new(get::begin(client, call::parse(call)?)?),
        "find" => Box::new(find::begin(client, call::parse(call)?)?),
        "update" => update::begin(client, call::parse(call)?, now)?,
        "delete" => delete::begin(client, call::parse(call)?, now)?,
        "batch_get" => Box::new(batch::get::begin(client, call::parse(call)?)?),
        "batch_write" => Box::new(batch::write::begin(client, call::parse(call)?, now)?),
        "transact" => transact::begin(client, call::parse(call)?, now)?,
        "transact_get" => Box::new(transact_get::begin(client, call::parse(call)?)?),
        "transition_append_event" => transition::begin(client, call::parse(call)?, now)?,
        "validate_provenance" => Box::new(provenance::begin(call::parse(call)?)?),
        "query" => Box::new(query::begin(client, call::parse(call)?)?),
        "scan" => scan::begin(client, call::parse(call)?)?,
        "wait_for" => wait_for::begin(client, call::parse(call)?, now)?,
        "ensure_table" => Box::new(ensure_table::begin(client, call::parse(call)?, now)?),
        "describe_table" => Box::new(describe_table::begin(client, call::parse(call)?)?),
        "delete_table" => Box::new(delete_table::begin(client, call::parse(call)?, now)?),
        other => {
            return Err(Error::new(Code::InvalidCall, format!("unknown operation `{other}`")).at("/op"));
        }
    })
}
