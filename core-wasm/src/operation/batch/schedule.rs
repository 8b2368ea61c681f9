//! Which parts of a batch are sent with which request, and when.

use std::collections::VecDeque;

use super::load::Load;

/// What has become of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    /// Carried out.
    done: bool,
    /// A request with it may have been carried out whose answer did not come.
    doubtful: bool,
}

/// A request on its way.
struct Flight {
    tag: u32,
    parts: Vec<u32>,
}

/// The parts of a batch: not sent yet, on their way, come back unprocessed, done.
pub(super) struct Schedule {
    parts: Vec<Part>,
    done: usize,
    /// Waiting to be sent: those that came back stand before those that were never sent.
    waiting: VecDeque<u32>,
    /// What came back, in the order of the call.
    unprocessed: Vec<u32>,
    flights: Vec<Flight>,
    next_tag: u32,
}

impl Schedule {
    /// All parts are waiting.
    pub(super) fn new(count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Schedule {
            parts: vec![Part::default(); count as usize],
            done: 0,
            waiting: (0..count).collect(),
            unprocessed: Vec::new(),
            flights: Vec::new(),
            next_tag: 1,
        }
    }

    /// Takes as many waiting parts as go into one request, and names the request. `None`: no part is waiting.
    pub(super) fn take(&mut self, load: &impl Load) -> Option<(u32, Vec<u32>)> {
        let mut chunk = vec![self.waiting.pop_front()?];
        while let Some(next) = self.waiting.front().filter(|next| load.fits(&chunk, **next)) {
            chunk.push(*next);
            self.waiting.pop_front();
        }
        let tag = self.next_tag;
        self.next_tag += 1;
        self.flights.push(Flight { tag, parts: chunk.clone() });
        Some((tag, chunk))
    }

    /// Requests on their way.
    pub(super) fn flying(&self) -> usize {
        self.flights.len()
    }

    /// The parts of a request.
    pub(super) fn parts_of(&self, tag: u32) -> Vec<u32> {
        self.flights.iter().find(|flight| flight.tag == tag).map(|flight| flight.parts.clone()).unwrap_or_default()
    }

    /// A request was carried out but for these parts; gives those that were. `doubtful`: an earlier attempt of it
    /// may have been carried out, too.
    pub(super) fn landed(&mut self, tag: u32, unprocessed: Vec<u32>, doubtful: bool) -> Vec<u32> {
        let mut parts = self.remove(tag);
        parts.retain(|part| !unprocessed.contains(part));
        for part in &parts {
            self.parts[*part as usize].done = true;
        }
        self.done += parts.len();
        for part in unprocessed {
            self.came_back(part, doubtful);
        }
        parts
    }

    /// A request was refused for good; `doubtful`: an attempt of it may have been carried out.
    pub(super) fn failed(&mut self, tag: u32, doubtful: bool) {
        for part in self.remove(tag) {
            self.came_back(part, doubtful);
        }
    }

    /// A part was not carried out, so far as is known.
    fn came_back(&mut self, part: u32, doubtful: bool) {
        self.parts[part as usize].doubtful |= doubtful;
        if let Err(place) = self.unprocessed.binary_search(&part) {
            self.unprocessed.insert(place, part);
        }
    }

    /// These requests may have been carried out, or may still be.
    pub(super) fn unsettled(&mut self, tags: &[u32]) {
        for flight in self.flights.iter().filter(|flight| tags.contains(&flight.tag)) {
            for part in &flight.parts {
                self.parts[*part as usize].doubtful = true;
            }
        }
    }

    /// Lets what came back wait to be sent again, in the order of the call.
    pub(super) fn renew(&mut self) {
        for part in self.unprocessed.drain(..).rev() {
            self.waiting.push_front(part);
        }
    }

    /// Parts that were carried out.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Parts that came back and wait for the end of a pause.
    pub(super) fn unprocessed(&self) -> usize {
        self.unprocessed.len()
    }

    /// All parts.
    pub(super) fn count(&self) -> usize {
        self.parts.len()
    }

    /// Whether a part was carried out.
    pub(super) fn is_done(&self, part: u32) -> bool {
        self.parts[part as usize].done
    }

    /// Whether a part may have been carried out.
    pub(super) fn is_doubtful(&self, part: u32) -> bool {
        self.parts[part as usize].doubtful
    }

    /// Whether anything was, or may have been, carried out.
    pub(super) fn left_traces(&self) -> bool {
        self.parts.iter().any(|part| part.done || part.doubtful)
    }

    fn remove(&mut self, tag: u32) -> Vec<u32> {
        let at = self.flights.iter().position(|flight| flight.tag == tag);
        at.map(|at| self.flights.swap_remove(at).parts).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;
    use crate::error::{Batch, Error};
    use crate::operation::Context;

    /// Five parts, two to a request.
    struct Pairs;

    impl Load for Pairs {
        const ACTION: &'static str = "BatchGetItem";

        fn count(&self) -> usize {
            5
        }

        fn fits(&self, chunk: &[u32], _: u32) -> bool {
            chunk.len() < 2
        }

        fn body(&self, _: &Client, _: &[u32]) -> String {
            String::new()
        }

        fn received(&mut self, _: &mut Context<'_>, _: &[u32], _: &str) -> Result<Vec<u32>, Error> {
            Ok(Vec::new())
        }

        fn settle(&mut self, _: u32) {}

        fn result(&mut self) -> String {
            String::new()
        }

        fn account(&mut self, _: &dyn Fn(u32) -> bool, _: &dyn Fn(u32) -> bool) -> Batch {
            Batch::Write { written: Vec::new(), unwritten: Vec::new(), unknown: Vec::new() }
        }
    }

    #[test]
    fn what_comes_back_goes_first_in_the_order_of_the_call() {
        let mut schedule = Schedule::new(5);
        let (first, chunk) = schedule.take(&Pairs).unwrap();
        assert_eq!(chunk, [0, 1]);
        let (second, chunk) = schedule.take(&Pairs).unwrap();
        assert_eq!((chunk, schedule.flying()), (vec![2, 3], 2));
        assert_eq!(schedule.landed(second, vec![3], false), [2]);
        assert_eq!(schedule.landed(first, vec![1, 1], true), [0]);
        assert_eq!((schedule.done(), schedule.unprocessed(), schedule.flying()), (2, 2, 0));
        schedule.renew();
        assert_eq!(schedule.take(&Pairs).unwrap().1, [1, 3]);
        assert_eq!(schedule.take(&Pairs).unwrap().1, [4]);
        assert!(schedule.take(&Pairs).is_none());
        assert!(schedule.is_doubtful(1) && !schedule.is_doubtful(3));
    }

    #[test]
    fn doubt_stays_where_no_answer_came() {
        let mut schedule = Schedule::new(5);
        let (first, _) = schedule.take(&Pairs).unwrap();
        let (second, _) = schedule.take(&Pairs).unwrap();
        schedule.failed(first, false);
        assert!(!schedule.left_traces());
        schedule.unsettled(&[second]);
        assert!(schedule.left_traces());
        let doubtful: Vec<u32> = (0..5).filter(|part| schedule.is_doubtful(*part)).collect();
        assert_eq!(doubtful, [2, 3]);
        schedule.failed(second, true);
        assert_eq!((schedule.unprocessed(), schedule.done()), (4, 0));
    }
}
