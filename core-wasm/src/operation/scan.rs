//! `scan`: reads a whole table or index, one segment of it, or all segments side by side.

use std::borrow::Cow;

use super::parallel_scan::ParallelScan;
use super::read::{Plan, Wanted, projection};
use super::sequence::Sequence;
use super::{Machine, numbers, unique};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::expression::{Filter, Keys};
use crate::json::{Raw, members};

/// Most segments that DynamoDB takes.
const MAX_SEGMENTS: u64 = 1_000_000;
/// Segments read side by side, unless the call says.
const PARALLEL: u32 = 4;

members! {
    /// `{"op": "scan", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "scan", deny_unknown_fields))]
    pub struct Scan<'a> {
        /// `scan`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["scan"])))]
        op: Cow<'a, str>,
        /// Model name.
        model: Cow<'a, str>,
        /// Index to read; the table when left out.
        index: Option<Cow<'a, str>>,
        /// A condition tree; key attributes may be named.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        filter: Option<Raw<'a>>,
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
        /// Most pages to read, over all segments; as many as it takes when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        pages: Option<Raw<'a>>,
        /// Give the number of items only.
        count: bool = default,
        /// Also give attributes that the model does not know.
        raw: bool = default,
        /// Into how many segments the table is divided, up to 1000000.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        segments: Option<Raw<'a>>,
        /// The only segment to read, from 0; all of them when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<u32>"))]
        segment: Option<Raw<'a>>,
        /// How many segments are read side by side; up to 4 when left out.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Positive>"))]
        parallel: Option<Raw<'a>>,
        /// Whether to say with every page how far the scan has come.
        progress: bool = default,
    }
}

pub(super) fn begin(client: &Client, call: Scan<'_>) -> Result<Box<dyn Machine>, Error> {
    let (at, model) = client.model(&call.model)?;
    let keys = Keys::of(model, call.index.as_deref())?;
    let wanted = Wanted::read(call.limit, call.page_size, call.pages, call.count)?;
    let segments = segments(&call)?;
    let parallel = parallel(&call, segments)?;
    let mut filter = Filter::of_scan(model);
    if let Some(tree) = call.filter {
        filter.add(tree.get(), "/filter")?;
    }
    if unique::may_be_among(client, at, &keys) {
        filter.without(model.partition, unique::PREFIX);
    }
    let plan = Plan {
        action: "Scan",
        model: at,
        keys,
        condition: None,
        filter,
        projection: projection(&keys, call.projection.as_deref())?,
        descending: None,
        consistent: call.consistent,
        raw: call.raw,
        wanted,
        segments,
    };
    let read = plan.ready(client)?;
    let cursor = call.cursor.as_deref();
    Ok(match segments {
        Some((total, None)) => {
            let place = read.open_segments(client, cursor)?;
            Box::new(ParallelScan::new(read, total, parallel, place, call.progress))
        }
        _ => {
            let after = read.open_key(client, cursor)?;
            Box::new(Sequence::new(read, after, call.progress))
        }
    })
}

/// How many segments there are, and the one that is read.
fn segments(call: &Scan<'_>) -> Result<Option<(u32, Option<u32>)>, Error> {
    let total = numbers::small("segments", call.segments, 1, MAX_SEGMENTS)?;
    let most = total.map_or(MAX_SEGMENTS, u64::from) - 1;
    let segment = numbers::small("segment", call.segment, 0, most)?;
    match (total, segment) {
        (None, Some(_)) => Err(Error::new(Code::InvalidOperator, "`segment` needs `segments`")
            .at("/segment")
            .hint("`segments` says into how many the table is divided")),
        (total, segment) => Ok(total.map(|total| (total, segment))),
    }
}

fn parallel(call: &Scan<'_>, segments: Option<(u32, Option<u32>)>) -> Result<u32, Error> {
    let given = numbers::small("parallel", call.parallel, 1, MAX_SEGMENTS)?;
    match (segments, given) {
        (Some((_, None)), given) => Ok(given.unwrap_or(PARALLEL)),
        (_, None) => Ok(1),
        (_, Some(_)) => Err(Error::new(Code::InvalidOperator, "`parallel` needs `segments` and no `segment`")
            .at("/parallel")
            .hint("segments are what is read side by side")),
    }
}
