//! Connections that wait for their next request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};

use super::stream::Stream;

/// A server keeps idle connections longer than this, so one that is younger is likely to be there still.
const LONGEST_IDLE: Duration = Duration::from_secs(20);
/// The most idle connections to one endpoint.
const MOST_IDLE: usize = 100;

/// An idle connection.
pub(super) struct Idle {
    stream: Stream,
    since: Instant,
    /// A stream is driven by the runtime that it was opened in; in another one it may never wake.
    runtime: Option<Id>,
}

impl Idle {
    pub fn new(stream: Stream) -> Self {
        Idle { stream, since: Instant::now(), runtime: runtime() }
    }
}

fn runtime() -> Option<Id> {
    Handle::try_current().ok().map(|handle| handle.id())
}

/// Idle connections by URL, the oldest first.
#[derive(Default)]
pub(super) struct Pool(Mutex<HashMap<String, Vec<Idle>>>);

impl Pool {
    fn idle(&self) -> MutexGuard<'_, HashMap<String, Vec<Idle>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The youngest connection that the other side has not closed, as far as can be seen.
    pub fn take(&self, url: &str) -> Option<Stream> {
        let runtime = runtime();
        loop {
            let mut idle = self.idle();
            let list = idle.get_mut(url)?;
            drop_old(list);
            let at = list.iter().rposition(|idle| idle.runtime == runtime)?;
            let mut found = list.remove(at);
            drop(idle);
            if found.stream.is_quiet() {
                return Some(found.stream);
            }
        }
    }

    /// Keeps a connection for the next request.
    pub fn put(&self, url: String, stream: Idle) {
        let mut idle = self.idle();
        let list = idle.entry(url).or_default();
        drop_old(list);
        if list.len() < MOST_IDLE {
            list.push(stream);
        }
    }

    /// Drops all connections to an endpoint.
    pub fn clear(&self, url: &str) {
        self.idle().remove(url);
    }
}

fn drop_old(list: &mut Vec<Idle>) {
    let old = list.iter().take_while(|idle| idle.since.elapsed() > LONGEST_IDLE).count();
    list.drain(..old);
}
