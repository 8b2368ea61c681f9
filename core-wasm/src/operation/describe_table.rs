//! `describe_table`: what the service says of a model's table.

use std::borrow::Cow;

use super::body::Body;
use super::table::{Described, read_ttl};
use super::{Context, Machine, Next, Outgoing};
use crate::client::Client;
use crate::error::Error;
use crate::json::members;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "describe_table", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "describe_table", deny_unknown_fields))]
    pub struct DescribeTable<'a> {
        /// `describe_table`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["describe_table"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
    }
}

pub(super) fn begin(client: &Client, call: DescribeTable<'_>) -> Result<impl Machine + use<>, Error> {
    let (model, _) = client.model(&call.model)?;
    Ok(Machinery { body: Body::new(client, model).end(), table: None })
}

struct Machinery {
    body: String,
    table: Option<Described>,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        Next::Send(Outgoing { tag: 0, action: "DescribeTable", body: self.body.clone(), repeat: Repeat::Always })
    }

    fn received(&mut self, _: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        match &self.table {
            None => {
                self.table = Some(Described::read(body, "Table")?);
                let body = self.body.clone();
                Ok(Next::Send(Outgoing { tag: 0, action: "DescribeTimeToLive", body, repeat: Repeat::Always }))
            }
            Some(table) => Ok(Next::Done(format!("\"table\":{}", table.document(read_ttl(body).as_deref())))),
        }
    }

    fn refused(&mut self, _: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        match &self.table {
            // Not everyone may ask for the TTL; the rest is known.
            Some(table) => Ok(Next::Done(format!("\"table\":{}", table.document(None)))),
            None => Err(refusal.error),
        }
    }
}
