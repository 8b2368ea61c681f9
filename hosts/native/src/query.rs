//! Reads of many items: queries, scans, counts, waits.

use std::time::Duration;

use futures_util::stream::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::condition::Condition;
use crate::error::Error;
use crate::model::Model;
use crate::options::{operation, option};
use crate::outcome::{Members, Stats};
use crate::page::{self, Page, Progress};

/// How many items there are: [`Query::count`], [`Scan::count`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Counted {
    /// Items that were counted.
    pub count: u64,
    /// Items that the service looked at.
    pub scanned: u64,
    /// Requests whose answers were counted.
    pub pages: u32,
    /// Where to go on counting, when [`pages`](Query::pages_per_call) or [`limit`](Query::limit) ended it early.
    pub cursor: Option<String>,
    /// What `limit` still lacks; `None` without a limit.
    pub remaining: Option<u64>,
    /// How far a scan has come.
    pub progress: Option<Progress>,
    /// Statistics of the requests.
    pub stats: Stats,
}

impl Counted {
    fn read(members: Members<'_>) -> Self {
        Counted {
            count: members.count,
            scanned: members.scanned,
            pages: members.pages,
            cursor: members.cursor.as_deref().map(str::to_owned),
            remaining: members.remaining,
            progress: members.progress,
            stats: members.stats,
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> Model<T> {
    /// Reads the items of one partition, in the order of the sort key. `key` is the partition value, or whatever `get` takes; of an
    /// [`index`](Query::index) its attributes by name.
    ///
    /// ```no_run
    /// # use futures_util::TryStreamExt;
    /// # use tabletheory::{Item, Model, attr};
    /// # async fn example(notes: Model<Item>) -> Result<(), tabletheory::Error> {
    /// let mut found = notes.query("u#1").where_(attr("sk").begins_with("n#") & attr("views").gt(3)).limit(20).items();
    /// while let Some(note) = found.try_next().await? {
    ///     println!("{note:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn query(&self, key: impl Serialize) -> Query<T> {
        Query::new(self.with_key("query", &key))
    }

    /// Reads the whole table, or a whole index.
    pub fn scan(&self) -> Scan<T> {
        Scan::new(self.call("scan"))
    }

    /// Reads an item until it is there, or until it meets [`until`](WaitFor::until): for indexes and eventually consistent reads that
    /// do not show a write at once.
    pub fn wait_for(&self, key: impl Serialize) -> WaitFor<T> {
        WaitFor::new(self.with_key("wait_for", &key))
    }
}

macro_rules! read {
    ($name:ident) => {
        impl<T: DeserializeOwned + Send + 'static> $name<T> {
            option!(consistent);
            option!(projection);
            option!(raw);

            /// The index to read. Nothing else chooses one.
            pub fn index(mut self, name: &str) -> Self {
                self.call.set("index", name);
                self
            }

            /// What items must meet to be given, after they were looked at and paid for. Several filters must all be met.
            pub fn filter(mut self, filter: Condition) -> Self {
                self.call.tree("filter", filter);
                self
            }

            /// How many items are wanted; pages are read until there are so many, or the end is reached.
            pub fn limit(mut self, items: u64) -> Self {
                self.call.set("limit", &items);
                self
            }

            /// How many items the service looks at for one page: DynamoDB's own `Limit`.
            pub fn page_size(mut self, items: u32) -> Self {
                self.call.set("page_size", &items);
                self
            }

            /// How many pages one call reads at most: [`pages`](Self::pages), [`items`](Self::items) and, without a limit, [`page`](Self::page)
            /// take 1
            /// by default, or one of each segment that is being read; the others all.
            /// With [`segments`](Scan::segments): the pages that may be in memory.
            pub fn pages_per_call(mut self, pages: u32) -> Self {
                self.call.set("pages", &pages);
                self
            }

            /// Goes on where another read ended: [`Page::cursor`].
            pub fn cursor(mut self, cursor: impl Into<Option<String>>) -> Self {
                if let Some(cursor) = cursor.into() {
                    self.call.set("cursor", &cursor);
                }
                self
            }

            /// Items one by one, read page by page as they are asked for. Dropping the stream ends the read.
            pub fn items(self) -> impl Stream<Item = Result<T, Error>> + Send + Unpin {
                page::items(self.call)
            }

            /// Pages one by one.
            pub fn pages(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin {
                page::pages(self.call)
            }

            /// One page: as many items as [`limit`](Self::limit) wants, in as many requests as that takes, or without a limit one page of the
            /// service.
            pub async fn page(mut self) -> Result<Page<T>, Error> {
                if !self.call.has("pages") && !self.call.has("limit") {
                    self.call.set("pages", &page::turn(&self.call));
                }
                Page::read(&mut self.call.run().await?.read()?)
            }

            /// All items, or as many as [`limit`](Self::limit) says.
            pub async fn all(self) -> Result<Vec<T>, Error> {
                Ok(Page::read(&mut self.call.run().await?.read()?)?.items)
            }

            /// The first item, if there is one.
            pub async fn first(mut self) -> Result<Option<T>, Error> {
                self.call.set("limit", &1);
                Ok(self.all().await?.into_iter().next())
            }

            /// Only the number of items, counted by the service over all pages.
            pub async fn count(mut self) -> Result<Counted, Error> {
                self.call.set("count", &true);
                Ok(Counted::read(self.call.run().await?.members()?))
            }
        }
    };
}

operation! {
    /// A query: [`Model::query`]. Awaited, it gives all items as one page.
    Query[T] -> Page<T>, |members| Page::read(members),
    {}
}
read!(Query);

impl<T: DeserializeOwned + Send + 'static> Query<T> {
    /// Conditions: what they say of sort attributes becomes the key condition, the rest the filter.
    pub fn where_(mut self, condition: Condition) -> Self {
        self.call.tree("where", condition);
        self
    }

    /// From the highest sort key to the lowest.
    pub fn descending(mut self) -> Self {
        self.call.set("order", "desc");
        self
    }
}

operation! {
    /// A scan: [`Model::scan`]. Awaited, it gives all items as one page.
    Scan[T] -> Page<T>, |members| Page::read(members),
    {}
}
read!(Scan);

impl<T: DeserializeOwned + Send + 'static> Scan<T> {
    /// Divides the scan into segments (1 to 1,000,000), which are read side by side.
    pub fn segments(mut self, segments: u32) -> Self {
        self.call.set("segments", &segments);
        self
    }

    /// Reads one segment only, from 0.
    pub fn segment(mut self, segment: u32) -> Self {
        self.call.set("segment", &segment);
        self
    }

    /// How many segments are read side by side (default 4).
    pub fn parallel(mut self, requests: u32) -> Self {
        self.call.set("parallel", &requests);
        self
    }

    /// Is told how far the scan has come, after each page, the last one included; a stream tells it of all its pages.
    pub fn on_progress(mut self, tell: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.call.on_progress(tell);
        self
    }
}

operation! {
    /// A read that waits: [`Model::wait_for`]. `ErrTimeout` when its time is over.
    WaitFor[T] -> T, |members| members.item()?.ok_or_else(|| crate::model::absent("item")),
    { consistent projection raw }
}

impl<T: DeserializeOwned + Send + 'static> WaitFor<T> {
    /// The index that is to show the item.
    pub fn index(mut self, name: &str) -> Self {
        self.call.set("index", name);
        self
    }

    /// What the item must meet.
    pub fn until(mut self, condition: Condition) -> Self {
        self.call.tree("until", condition);
        self
    }

    /// How long to wait at most (default 10 seconds).
    pub fn wait_at_most(mut self, limit: Duration) -> Self {
        self.call.set("timeout_ms", &millis(limit));
        self
    }

    /// Bounds of the time between two looks: the first (default 100 ms) doubles up to the second (default 5 s).
    pub fn between_looks(mut self, first: Duration, most: Duration) -> Self {
        self.call.set("base_ms", &millis(first));
        self.call.set("max_ms", &millis(most));
        self
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
