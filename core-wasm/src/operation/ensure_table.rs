//! `ensure_table`: makes sure that a model's table is there, active, with its indexes and its TTL.

use std::borrow::Cow;

use super::body::Body;
use super::table::{Billing, Described, Poll, create_body, read_ttl, sharing, ttl_attribute};
use super::{Context, Machine, Next, Outgoing};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::json::{members, push_quoted};
use crate::step::Moment;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "ensure_table", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "ensure_table", deny_unknown_fields))]
    pub struct EnsureTable<'a> {
        /// `ensure_table`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["ensure_table"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Whether to wait until the table is active; true when left out. Without waiting, TTL is not switched on for a new table.
        wait: Option<bool>,
        /// How long to wait, in milliseconds; 300000 when left out.
        timeout_ms: Option<u64>,
        /// `PAY_PER_REQUEST`, or `{"read": units, "write": units}`.
        billing: Option<Billing>,
        /// Whether a new table is protected against deletion.
        deletion_protection: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: EnsureTable<'_>, now: Moment) -> Result<impl Machine + use<>, Error> {
    let (model, _) = client.model(&call.model)?;
    let billing = call.billing.unwrap_or_default();
    Ok(Machinery {
        model,
        named: Body::new(client, model).end(),
        create: create_body(client, model, &billing, call.deletion_protection),
        wait: call.wait.unwrap_or(true),
        poll: Poll::until(now.nanos, call.timeout_ms),
        state: State::Looking,
        created: false,
    })
}

struct Machinery {
    model: usize,
    /// A body that holds only the table's name.
    named: String,
    create: String,
    wait: bool,
    poll: Poll,
    state: State,
    created: bool,
}

enum State {
    /// `DescribeTable` is under way, or the wait before it.
    Looking,
    /// `CreateTable` is under way.
    Creating,
    /// `DescribeTimeToLive` is under way.
    LookingAtTtl(Described),
    /// `UpdateTimeToLive` is under way.
    SwitchingTtl(Described),
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        self.look()
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        match std::mem::replace(&mut self.state, State::Looking) {
            State::Looking => self.described(context, Described::read(body, "Table")?),
            State::Creating => {
                self.created = true;
                let table = Described::read(body, "TableDescription")?;
                if self.wait { self.described(context, table) } else { Ok(self.done(&table, None)) }
            }
            State::LookingAtTtl(table) => self.ttl(context, table, read_ttl(body)),
            State::SwitchingTtl(table) => {
                let ttl = ttl_attribute(context.client, self.model);
                Ok(self.done(&table, ttl))
            }
        }
    }

    fn refused(&mut self, context: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        let service = refusal.error.details().service.as_ref().map_or("", |service| service.code.as_str());
        match std::mem::replace(&mut self.state, State::Looking) {
            State::Looking if refusal.error.is(Code::TableNotFound) && !self.created => {
                self.state = State::Creating;
                let body = self.create.clone();
                Ok(Next::Send(Outgoing { tag: 0, action: "CreateTable", body, repeat: Repeat::Always }))
            }
            // A table that was just created is not always seen at once.
            State::Looking if refusal.error.is(Code::TableNotFound) => {
                self.poll.again(context.now.nanos, context.client.table(self.model), "active")
            }
            // Somebody else, or an attempt of ours whose answer was lost, was first.
            State::Creating if service == "ResourceInUseException" => {
                self.created = context.maybe_applied;
                Ok(self.look())
            }
            // Somebody else was switching it on.
            State::SwitchingTtl(table) if service == "ValidationException" => Ok(self.look_at_ttl(table)),
            _ => Err(refusal.error),
        }
    }

    fn elapsed(&mut self, _: &mut Context<'_>) -> Result<Next, Error> {
        Ok(self.look())
    }
}

impl Machinery {
    fn look(&mut self) -> Next {
        self.state = State::Looking;
        Next::Send(Outgoing { tag: 0, action: "DescribeTable", body: self.named.clone(), repeat: Repeat::Always })
    }

    fn look_at_ttl(&mut self, table: Described) -> Next {
        self.state = State::LookingAtTtl(table);
        Next::Send(Outgoing { tag: 0, action: "DescribeTimeToLive", body: self.named.clone(), repeat: Repeat::Always })
    }

    fn described(&mut self, context: &mut Context<'_>, table: Described) -> Result<Next, Error> {
        table.serves(&sharing(context.client, self.model))?;
        if !table.is_active() && self.wait {
            return self.poll.again(context.now.nanos, context.client.table(self.model), "active");
        }
        match ttl_attribute(context.client, self.model) {
            Some(_) if table.is_active() => Ok(self.look_at_ttl(table)),
            _ => Ok(self.done(&table, None)),
        }
    }

    fn ttl(&mut self, context: &mut Context<'_>, table: Described, enabled: Option<String>) -> Result<Next, Error> {
        let wanted = ttl_attribute(context.client, self.model).unwrap_or_default();
        match enabled {
            Some(enabled) if enabled == wanted => Ok(self.done(&table, Some(wanted))),
            Some(enabled) => Err(Error::new(
                Code::InvalidModel,
                format!("table `{}` expires items by `{enabled}`, the model by `{wanted}`", table.table_name),
            )
            .hint("switch the table's TTL off first, or give the role `ttl` to that attribute")),
            None => {
                let mut specification = String::from("{\"Enabled\":true,\"AttributeName\":");
                push_quoted(&mut specification, wanted);
                specification.push('}');
                let mut body = Body::new(context.client, self.model);
                body.raw("TimeToLiveSpecification", &specification);
                self.state = State::SwitchingTtl(table);
                Ok(Next::Send(Outgoing {
                    tag: 0,
                    action: "UpdateTimeToLive",
                    body: body.end(),
                    repeat: Repeat::Always,
                }))
            }
        }
    }

    fn done(&self, table: &Described, ttl: Option<&str>) -> Next {
        Next::Done(format!("\"table\":{},\"created\":{}", table.document(ttl), self.created))
    }
}
