//! Reads page after page, one request at a time: queries, and scans of a table or of one segment.

use super::page::Collected;
use super::read::{Read, push_summary};
use super::scan_progress::Progress;
use super::{Context, Machine, Next};
use crate::error::Error;

/// A read under way.
pub(super) struct Sequence {
    read: Read,
    /// The key behind which the next page begins.
    after: Option<String>,
    collected: Collected,
    /// Whether the caller wants to know how far it has come.
    progress: bool,
}

impl Sequence {
    /// A read that begins behind this key, or with the first page.
    pub(super) fn new(read: Read, after: Option<String>, progress: bool) -> Self {
        let collected = Collected::new(read.wanted.count);
        Sequence { read, after, collected, progress }
    }

    fn send(&self) -> Next {
        let limit = self.read.page_limit(self.read.remaining(&self.collected), self.collected.pages);
        Next::Send(self.read.request(0, self.after.as_deref(), limit))
    }

    fn done(&mut self, context: &Context<'_>) -> Result<Next, Error> {
        let cursor = self.after.as_deref().map(|key| self.read.cursor_after(context.client, key)).transpose()?;
        let remaining = self.read.remaining(&self.collected);
        let mut result = self.collected.take_items();
        push_summary(&mut result, cursor.as_deref(), remaining, &self.collected);
        if self.progress {
            result.push_str(",\"progress\":");
            result.push_str(&self.come_so_far(context).document());
        }
        Ok(Next::Done(result))
    }

    fn come_so_far(&self, context: &Context<'_>) -> Progress<'_> {
        let segments_done = u32::from(self.after.is_none() && self.collected.pages > 0);
        Progress { collected: &self.collected, segments: 1, segments_done, capacity: context.stats.capacity() }
    }
}

impl Machine for Sequence {
    fn begin(&mut self) -> Next {
        self.send()
    }

    fn received(&mut self, context: &mut Context<'_>, body: &str) -> Result<Next, Error> {
        let most = self.read.remaining(&self.collected);
        self.after = self.read.take(context, body, most, &mut self.collected)?;
        if self.progress {
            *context.progress = Some(self.come_so_far(context).document());
        }
        let met = self.read.remaining(&self.collected) == Some(0);
        let enough = self.read.wanted.pages.is_some_and(|pages| self.collected.pages >= pages);
        if met || enough || self.after.is_none() { self.done(context) } else { Ok(self.send()) }
    }
}
