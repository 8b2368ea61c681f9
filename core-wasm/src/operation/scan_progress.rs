//! How far a scan has come: for progress bars.

use std::fmt::Write;

use super::millionths::Millionths;
use super::page::Collected;

/// Figures of this call, but for the segments, which are those of the whole scan.
pub(super) struct Progress<'c> {
    pub(super) collected: &'c Collected,
    pub(super) segments: u32,
    pub(super) segments_done: u32,
    /// Capacity units, when the service tells.
    pub(super) capacity: Option<Millionths>,
}

impl Progress<'_> {
    /// The `progress` document.
    pub(super) fn document(&self) -> String {
        let Collected { count, scanned, pages, .. } = self.collected;
        let mut out = format!(
            "{{\"items\":{count},\"pages\":{pages},\"scanned\":{scanned},\"segments\":{},\"segments_done\":{},\"capacity\":",
            self.segments, self.segments_done
        );
        match self.capacity {
            Some(units) => write!(out, "{units}}}").expect("writing to a string"),
            None => out.push_str("null}"),
        }
        out
    }
}
