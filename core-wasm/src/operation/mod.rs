//! Operations: one file each.

use crate::step::{Moment, Reply, Step};

/// A running operation.
#[derive(Debug)]
pub struct Operation;

impl Operation {
    /// Hands in a reply.
    pub fn resume(&mut self, _request: u32, _reply: Reply<'_>, _moment: Moment) -> Step {
        Step::Run { requests: Vec::new(), wait: None }
    }

    /// Whether the last step was `Done` or `Failed`.
    pub fn is_over(&self) -> bool {
        true
    }
}
