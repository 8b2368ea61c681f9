//! `transact_get`: reads up to 100 items as of one moment.

use std::borrow::Cow;

use super::body::Body;
use super::transact::{beneath, of_reads, request, within_count};
use super::{Context, Machine, Next, Outgoing, key, reply};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::expression::{Placeholders, projection};
use crate::json::{Kind, Raw, Reader, members};
use crate::lifecycle;
use crate::names::Names;
use crate::value::Decoder;
use crate::wire::{Refusal, Repeat};

members! {
    /// `{"op": "transact_get", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "transact_get", deny_unknown_fields))]
    pub struct TransactGet<'a> {
        /// `transact_get`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["transact_get"])))]
        op: Cow<'a, str>,
        /// 1 to 100 items, each once.
        gets: Vec<One<'a>>,
    }
}

members! {
    /// One item of a `transact_get`.
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "get_one", deny_unknown_fields))]
    pub struct One<'a> {
        /// Model name.
        model: Cow<'a, str>,
        /// Which item.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Key"))]
        key: Option<Raw<'a>>,
        /// Paths to read; all attributes when left out.
        projection: Option<Vec<Cow<'a, str>>>,
        /// Also give attributes that the model does not know.
        raw: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: TransactGet<'_>) -> Result<impl Machine + use<>, Error> {
    within_count(call.gets.len(), "gets", "/gets")?;
    let mut seen = Names::new();
    let mut entries = Vec::with_capacity(call.gets.len());
    let mut items = Vec::with_capacity(call.gets.len());
    for (index, get) in call.gets.iter().enumerate() {
        let at = format!("/gets/{index}");
        let (model, key, body) = get.prepare(client).map_err(|error| beneath(error, &at))?;
        let identity = key::identity_of(client.model_at(model), &key);
        let identity = format!("{} {}", client.table(model), identity.unwrap_or_default());
        if let Some(first) = seen.insert(identity.into(), index) {
            let message = format!("the item is that of `/gets/{first}` already");
            return Err(Error::new(Code::InvalidOperator, message).at(format!("{at}/key")));
        }
        entries.push(format!("{{\"Get\":{body}}}"));
        items.push((model, get.raw));
    }
    Ok(Machinery { body: request(client, &entries, None), items })
}

impl One<'_> {
    /// The model, the key and the request of the read.
    fn prepare(&self, client: &Client) -> Result<(usize, String, String), Error> {
        let (at, model) = client.model(&self.model)?;
        lifecycle::refuse_if_encrypted(model)?;
        let key = key::read(model, self.key)?;
        let mut body = Body::new(client, at);
        body.raw("Key", &key);
        let mut placeholders = Placeholders::default();
        if let Some(paths) = &self.projection {
            let text = projection(model, paths, &mut placeholders).map_err(|error| error.within("projection"))?;
            body.text("ProjectionExpression", &text);
        }
        body.placeholders(&placeholders);
        Ok((at, key, body.end()))
    }
}

struct Machinery {
    body: String,
    /// Model, and whether unknown attributes are wanted, by position.
    items: Vec<(usize, bool)>,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        let body = std::mem::take(&mut self.body);
        Next::Send(Outgoing { tag: 0, action: "TransactGetItems", body, repeat: Repeat::Always })
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let client = context.client;
        let numbers = client.settings().numbers;
        let mut result = String::with_capacity(body.len());
        let mut count = 0;
        result.push_str("\"items\":[");
        reply::members(context, body, |name, reader| {
            if name != "Responses" {
                return reader.skip().map(drop).map_err(reply::garbled);
            }
            let mut responses = reader.array().map_err(reply::garbled)?;
            while responses.next(reader).map_err(reply::garbled)? {
                let Some((model, raw)) = self.items.get(count) else { return Err(wrong_count()) };
                let decoder = Decoder { model: client.model_at(*model), numbers, raw: *raw };
                if count > 0 {
                    result.push(',');
                }
                item(&decoder, reader, &mut result)
                    .map_err(|error| error.within(&count.to_string()).within("items"))?;
                count += 1;
            }
            Ok(())
        })?;
        if count != self.items.len() {
            return Err(wrong_count());
        }
        result.push(']');
        Ok(Next::Done(result))
    }

    fn refused(&mut self, _: &mut Context<'_>, refusal: Refusal<'_>) -> Result<Next, Error> {
        let reasons = of_reads(&refusal, "/gets");
        let mut error = refusal.error;
        error.details_mut().reasons = reasons;
        Err(error)
    }
}

/// Reads `{"Item": …}` or `{}`.
fn item(decoder: &Decoder<'_>, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
    let mut found = false;
    let mut members = reader.object().map_err(reply::garbled)?;
    while let Some(name) = members.next(reader).map_err(reply::garbled)? {
        if name.raw() != "Item" || found || reader.kind().map_err(reply::garbled)? == Kind::Null {
            reader.skip().map_err(reply::garbled)?;
            continue;
        }
        found = true;
        decoder.item(reader, out)?;
    }
    if !found {
        out.push_str("null");
    }
    Ok(())
}

fn wrong_count() -> Error {
    Error::new(Code::InvalidResponse, "the response does not have one entry for each get")
}
