//! `get`: reads one item, which must be there.

use std::borrow::Cow;

use super::body::Body;
use super::{Context, Machine, Next, Outgoing, key, reply};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::expression::{Placeholders, projection};
use crate::json::{Raw, members};
use crate::lifecycle;
use crate::wire::Repeat;

members! {
    /// `{"op": "get", …}` and `{"op": "find", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "get", deny_unknown_fields))]
    pub struct Get<'a> {
        /// `get` or `find`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["get", "find"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Which item.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Key"))]
        key: Option<Raw<'a>>,
        /// Strongly consistent.
        consistent: bool = default,
        /// Paths to read; all attributes when left out.
        projection: Option<Vec<Cow<'a, str>>>,
        /// Also give attributes that the model does not know.
        raw: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Get<'_>) -> Result<impl Machine + use<>, Error> {
    prepare(client, call, true)
}

/// A read of one item; an absent one is an error if it is `required`.
pub(super) fn prepare(client: &Client, call: Get<'_>, required: bool) -> Result<impl Machine + use<>, Error> {
    let (at, _) = client.model(&call.model)?;
    let body = body(client, at, call.key, call.projection.as_deref(), call.consistent)?;
    Ok(Machinery { model: at, body, raw: call.raw, required })
}

/// The body of a `GetItem` request for the model at this position.
pub(super) fn body(
    client: &Client,
    model: usize,
    key: Option<Raw<'_>>,
    paths: Option<&[Cow<'_, str>]>,
    consistent: bool,
) -> Result<String, Error> {
    let (at, model) = (model, client.model_at(model));
    lifecycle::refuse_if_encrypted(model)?;
    let key = key::read(model, key)?;
    let mut placeholders = Placeholders::default();
    let projection = match paths {
        Some(paths) => Some(projection(model, paths, &mut placeholders).map_err(|error| error.within("projection"))?),
        None => None,
    };
    let mut body = Body::new(client, at);
    body.raw("Key", &key);
    if consistent {
        body.raw("ConsistentRead", "true");
    }
    if let Some(projection) = &projection {
        body.text("ProjectionExpression", projection);
    }
    body.placeholders(&placeholders);
    Ok(body.finish(client))
}

struct Machinery {
    model: usize,
    body: String,
    raw: bool,
    required: bool,
}

impl Machine for Machinery {
    fn begin(&mut self) -> Next {
        let body = std::mem::take(&mut self.body);
        Next::Send(Outgoing { tag: 0, action: "GetItem", body, repeat: Repeat::Always })
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let model = context.client.model_at(self.model);
        let item = reply::item(context, body, "Item", model, self.raw)?;
        if item.is_none() && self.required {
            return Err(Error::new(Code::ItemNotFound, format!("no item of model `{}` has this key", model.name)));
        }
        let mut result = String::from("\"item\":");
        result.push_str(item.as_deref().unwrap_or("null"));
        Ok(Next::Done(result))
    }
}
