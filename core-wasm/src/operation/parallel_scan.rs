//! A scan of all segments: some of them side by side, the others as soon as those are finished.

use super::page::Collected;
use super::read::{Read, push_summary};
use super::scan_progress::Progress;
use super::{Context, Machine, Next, Outgoing};
use crate::cursor::{Key, Place, Segments};
use crate::error::{Code, Error};
use crate::json::Reader;

/// A scan of all segments under way.
pub(super) struct ParallelScan {
    read: Read,
    total: u32,
    /// Most segments read at a time.
    parallel: u32,
    /// The first segment that has not been begun.
    next: u32,
    /// Segments that have been begun and not finished.
    open: Vec<Segment>,
    /// Pages asked for.
    asked: u32,
    collected: Collected,
    progress: bool,
}

/// A segment that has been begun.
struct Segment {
    number: u32,
    /// The key behind which its next page begins, DynamoDB JSON; its first page, if there is none.
    after: Option<String>,
    in_flight: bool,
}

impl ParallelScan {
    /// A scan that begins at the beginning, or where a cursor says.
    pub(super) fn new(read: Read, total: u32, parallel: u32, place: Option<Segments>, progress: bool) -> Self {
        let Segments { next, open, .. } = place.unwrap_or(Segments { total, next: 0, open: Vec::new() });
        let segment = |(number, key): (u32, Option<Key>)| Segment {
            number,
            after: key.map(|key| key.to_json()),
            in_flight: false,
        };
        let collected = Collected::new(read.wanted.count);
        ParallelScan {
            read,
            total,
            parallel,
            next,
            open: open.into_iter().map(segment).collect(),
            asked: 0,
            collected,
            progress,
        }
    }

    /// Requests for as many segments as may be read now, those that are open before new ones.
    fn send(&mut self) -> Vec<Outgoing> {
        let mut requests = Vec::new();
        let mut in_flight: u32 = self.open.iter().map(|segment| u32::from(segment.in_flight)).sum();
        while in_flight < self.parallel && self.read.wanted.pages.is_none_or(|pages| self.asked < pages) {
            let waiting = self.open.iter().position(|segment| !segment.in_flight);
            let at = match waiting {
                Some(at) => at,
                None if self.next < self.total => {
                    self.open.push(Segment { number: self.next, after: None, in_flight: false });
                    self.next += 1;
                    self.open.len() - 1
                }
                None => break,
            };
            let rounds = self.asked / self.parallel;
            let limit = self.read.page_limit(self.read.remaining(&self.collected), rounds);
            let segment = &mut self.open[at];
            segment.in_flight = true;
            requests.push(self.read.request(segment.number, segment.after.as_deref(), limit));
            self.asked += 1;
            in_flight += 1;
        }
        requests
    }

    fn done(&mut self, context: &Context<'_>) -> Result<Next, Error> {
        let cursor = if self.open.is_empty() && self.next == self.total {
            None
        } else {
            Some(self.read.cursor(context.client, Place::Segments(self.place()?)))
        };
        let remaining = self.read.remaining(&self.collected);
        let mut result = self.collected.take_items();
        push_summary(&mut result, cursor.as_deref(), remaining, &self.collected);
        result.push_str(",\"progress\":");
        result.push_str(&self.come_so_far(context).document());
        Ok(Next::Done(result))
    }

    fn place(&self) -> Result<Segments, Error> {
        let mut open = Vec::with_capacity(self.open.len());
        for segment in &self.open {
            let key = segment.after.as_deref().map(|key| Key::read(&mut Reader::new(key)));
            let key = key
                .transpose()
                .map_err(|_| Error::new(Code::InvalidResponse, "the response has a malformed `LastEvaluatedKey`"))?;
            let place = open.partition_point(|(number, _)| *number < segment.number);
            open.insert(place, (segment.number, key));
        }
        Ok(Segments { total: self.total, next: self.next, open })
    }

    fn come_so_far(&self, context: &Context<'_>) -> Progress<'_> {
        // Begun segments that are not open any more; there are never more open ones than begun ones.
        let segments_done = self.next.saturating_sub(u32::try_from(self.open.len()).unwrap_or(u32::MAX));
        Progress { collected: &self.collected, segments: self.total, segments_done, capacity: context.stats.capacity() }
    }
}

impl Machine for ParallelScan {
    fn begin(&mut self) -> Next {
        Next::SendAll(self.send())
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let tag = context.tag;
        let at = self.open.iter().position(|segment| segment.number == tag && segment.in_flight);
        let at = at.ok_or_else(|| Error::new(Code::Internal, "an answer for a segment that is not being read"))?;
        let most = self.read.remaining(&self.collected);
        match self.read.take(context, body, most, &mut self.collected)? {
            Some(after) => {
                self.open[at].after = Some(after);
                self.open[at].in_flight = false;
            }
            None => drop(self.open.remove(at)),
        }
        if self.progress {
            *context.progress = Some(self.come_so_far(context).document());
        }
        // What is still in flight then is read again by whoever goes on.
        if self.read.remaining(&self.collected) == Some(0) {
            return self.done(context);
        }
        let requests = self.send();
        if self.open.iter().any(|segment| segment.in_flight) {
            return Ok(Next::SendAll(requests));
        }
        self.done(context)
    }
}
