//! `query`: reads items of one partition of a table or index, in the order of their sort key.

use std::borrow::Cow;

use super::Machine;
use super::read::{Plan, Wanted, projection};
use super::sequence::Sequence;
use crate::client::Client;
use crate::error::{Code, Error};
use crate::expression::{Draft, Filter, Keys, missing_key};
use crate::json::{Raw, members};

members! {
    /// `{"op": "query", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "query", deny_unknown_fields))]
    pub struct Query<'a> {
        /// `query`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["query"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Index to read; the table when left out.
        index: Option<Cow<'a, str>>,
        /// Values of the partition attributes, and conditions on sort attributes.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ReadKey"))]
        key: Option<Raw<'a>>,
        /// A condition tree; what it says of sort attributes becomes the key condition, the rest the filter.
        #[cfg_attr(feature = "schema", schemars(rename = "where"))]
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        conditions as "where": Option<Raw<'a>>,
        /// A condition tree; all of it is the filter.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        filter: Option<Raw<'a>>,
        /// `asc` (also when left out) or `desc`, by the sort key.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Order>"))]
        order: Option<Cow<'a, str>>,
        /// Paths to read; everything the table or index holds when left out.
        projection: Option<Vec<Cow<'a, str>>>,
        /// Strongly consistent; not on a global index.
        consistent: bool = default,
        /// Items wanted; all when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        limit: Option<Raw<'a>>,
        /// Items that DynamoDB looks at for one page.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        page_size: Option<Raw<'a>>,
        /// Where to go on.
        cursor: Option<Cow<'a, str>>,
        /// Most pages to read; as many as it takes when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        pages: Option<Raw<'a>>,
        /// Give the number of items only.
        count: bool = default,
        /// Also give attributes that the model does not know.
        raw: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Query<'_>) -> Result<impl Machine + use<>, Error> {
    let (at, model) = client.model(&call.model)?;
    let keys = Keys::of(model, call.index.as_deref())?;
    let wanted = Wanted::read(call.limit, call.page_size, call.pages, call.count)?;
    let descending = descending(call.order.as_deref())?;
    let mut draft = Draft::new(keys);
    match call.key {
        Some(key) => draft.read_key(key.get())?,
        None => return Err(missing_key(&model.attributes[keys.partition()[0]]).at("/key")),
    }
    let mut filter = Filter::of_query(keys);
    if let Some(tree) = call.conditions {
        filter.split(tree.get(), "/where", &mut draft)?;
    }
    if let Some(tree) = call.filter {
        filter.add(tree.get(), "/filter")?;
    }
    let plan = Plan {
        action: "Query",
        model: at,
        keys,
        condition: Some(draft.finish()?),
        filter,
        projection: projection(&keys, call.projection.as_deref())?,
        descending: Some(descending),
        consistent: call.consistent,
        raw: call.raw,
        wanted,
        segments: None,
    };
    let read = plan.ready(client)?;
    let after = read.open_key(client, call.cursor.as_deref())?;
    Ok(Sequence::new(read, after, false))
}

fn descending(order: Option<&str>) -> Result<bool, Error> {
    match order {
        None | Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            Err(Error::new(Code::InvalidOperator, format!("unknown order `{shown}`"))
                .at("/order")
                .hint("`asc` or `desc`"))
        }
    }
}
