//! `delete_table`: removes a model's table with all its items; an absent one is no error.

use std::borrow::Cow;

use super::body::Body;
use super::table::Poll;
use super::{Context, Machine, Next, Outgoing};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::json::members;
use crate::step::Moment;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "delete_table", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "delete_table", deny_unknown_fields))]
    pub struct DeleteTable<'a> {
        /// `delete_table`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["delete_table"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Whether to wait until it is gone; true when left out.
        wait: Option<bool>,
        /// How long to wait, in milliseconds; 300000 when left out.
        timeout_ms: Option<u64>,
    }
}

pub(super) fn begin(client: &Client, call: DeleteTable<'_>, now: Moment) -> Result<impl Machine + use<>, Error> {
    let (model, _) = client.model(&call.model)?;
    Ok(Machinery {
        model,
        body: Body::new(client, model).end(),
        wait: call.wait.unwrap_or(true),
        poll: Poll::until(now.nanos, call.timeout_ms),
        deleted: false,
    })
}

struct Machinery {
    model: usize,
    body: String,
    wait: bool,
    poll: Poll,
    deleted: bool,
}

impl Machinery {
    fn send(&self, action: &'static str) -> Next {
        Next::Send(Outgoing { tag: 0, action, body: self.body.clone(), repeat: Repeat::Always })
    }

    fn done(&self) -> Next {
        Next::Done(format!("\"deleted\":{}", self.deleted))
    }
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        self.send("DeleteTable")
    }

    fn received(&mut self, context: &mut Context<'_>, _: &str) -> Result<Next, Error> {
        if !self.deleted {
            self.deleted = true;
            return Ok(if self.wait { self.send("DescribeTable") } else { self.done() });
        }
        self.poll.again(context.now.nanos, context.client.table(self.model), "gone")
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        if refusal.error.is(Code::TableNotFound) {
            self.deleted |= context.maybe_applied;
            return Ok(self.done());
        }
        Err(refusal.error)
    }

    fn elapsed(&mut self, _: &mut Context<'_>) -> Result<Next, Error> {
        Ok(self.send("DescribeTable"))
    }
}
