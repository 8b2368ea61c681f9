//! Pages of queries and scans, and iterators over them.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::error::Error;
use crate::outcome::{Members, Stats};

/// What one call of a query or scan gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the order of the service.
    pub items: Vec<T>,
    /// Where to go on, to be given to `cursor` as it is; `None`: there is no more.
    pub cursor: Option<String>,
    /// Items that the service looked at; a filter may have passed over some.
    pub scanned: u64,
    /// Requests whose answers make up the page.
    pub pages: u32,
    /// How far a scan has come.
    pub progress: Option<Progress>,
    /// What [`limit`](crate::Query::limit) still lacks; `None` without a limit.
    pub remaining: Option<u64>,
    /// Statistics of the requests.
    pub stats: Stats,
}

/// How far a scan or batch has come.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Progress {
    /// Scans: items given or counted.
    pub items: u64,
    /// Scans: pages read.
    pub pages: u64,
    /// Scans: items that the service looked at.
    pub scanned: u64,
    /// Scans: segments; 1 when it is not divided.
    pub segments: u32,
    /// Scans: segments that are finished.
    pub segments_done: u32,
    /// Scans: capacity units, when the service tells them.
    pub capacity: Option<f64>,
    /// Batches: items or keys that are done.
    pub done: u64,
    /// Batches: items or keys in total.
    pub total: u64,
    /// Batches: what the service has sent back, and is sent again.
    pub unprocessed: u64,
}

impl<T: DeserializeOwned> Page<T> {
    pub(crate) fn read(members: &mut Members<'_, T>) -> Result<Self, Error> {
        Ok(Page {
            items: members.items(),
            cursor: members.cursor.as_deref().map(str::to_owned),
            scanned: members.scanned,
            pages: members.pages,
            progress: members.progress.take(),
            stats: members.stats.clone(),
            remaining: members.remaining,
        })
    }
}

/// How many pages one call of a stream reads: of a scan in segments side by side, one of each that is being read.
pub(crate) fn turn(call: &Call) -> u32 {
    match call.number("segments") {
        Some(segments) if !call.has("segment") => call.number("parallel").unwrap_or(segments.min(4)),
        _ => 1,
    }
}

/// Pages of a call until there are no more. Dropping it ends the read; nothing is left open.
pub(crate) fn pages<T: DeserializeOwned + Send + 'static>(
    mut call: Call,
) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin {
    if !call.has("pages") {
        call.set("pages", &turn(&call));
    }
    let so_far = Arc::new(Mutex::new(Progress::default()));
    call.tell_after(&so_far);
    let stream = stream::try_unfold(Some(call), move |state| {
        let so_far = so_far.clone();
        async move {
            let Some(mut call) = state else { return Ok(None) };
            let document = call.clone().run().await?;
            let page = Page::read(&mut document.read()?)?;
            if let Some(progress) = &page.progress {
                let mut so_far = so_far.lock().unwrap_or_else(PoisonError::into_inner);
                *so_far = so_far.with(progress);
            }
            let wants_more = page.remaining != Some(0);
            let next = page.cursor.as_ref().filter(|_| wants_more).map(|cursor| {
                call.set("cursor", cursor);
                if let Some(remaining) = page.remaining {
                    call.set("limit", &remaining);
                }
                call
            });
            Ok(Some((page, next)))
        }
    });
    Box::pin(stream)
}

impl Progress {
    /// What came before and what a further call tells, which counts from 0.
    pub(crate) fn with(&self, further: &Progress) -> Progress {
        let capacity = match (self.capacity, further.capacity) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Progress {
            items: self.items + further.items,
            pages: self.pages + further.pages,
            scanned: self.scanned + further.scanned,
            capacity,
            ..further.clone()
        }
    }
}

/// The items of pages, one by one.
pub(crate) fn items<T: DeserializeOwned + Send + 'static>(
    call: Call,
) -> impl Stream<Item = Result<T, Error>> + Send + Unpin {
    pages(call).map_ok(|page| stream::iter(page.items.into_iter().map(Ok))).try_flatten().boxed()
}
