//! A clock that does what a test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use crate::clock::{BoxFuture, Clock, Moment};
use crate::error::Error;

/// A clock that stands still until a wait, or the test, moves it on: waits take no time, and are noted. Every draw of randomness gives
/// the same 128 bits, so requests are the same bytes in each run.
///
/// ```
/// use std::time::Duration;
/// use tabletheory::clock::Clock;
/// use tabletheory::testing::ScriptedClock;
///
/// let clock = ScriptedClock::new(1_767_323_045_678_901_234, 7);
/// clock.advance(Duration::from_secs(1));
/// let moment = clock.moment()?;
/// assert_eq!((moment.nanos, moment.seed), (1_767_323_046_678_901_234, 7));
/// # Ok::<(), tabletheory::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScriptedClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    nanos: u64,
    seed: u128,
    waits: Vec<Duration>,
}

impl Default for ScriptedClock {
    /// At the beginning of the year 2026.
    fn default() -> Self {
        ScriptedClock::new(1_767_225_600_000_000_000, 0)
    }
}

impl ScriptedClock {
    /// Stands at `nanos`, nanoseconds since the Unix epoch. `seed`: what every draw of 128 bits gives.
    pub fn new(nanos: u64, seed: u128) -> Self {
        ScriptedClock(Arc::new(Mutex::new(State { nanos, seed, waits: Vec::new() })))
    }

    /// Where it stands, in nanoseconds since the Unix epoch.
    pub fn nanos(&self) -> u64 {
        lock(&self.0).nanos
    }

    /// Puts it to another time.
    pub fn set_nanos(&self, nanos: u64) {
        lock(&self.0).nanos = nanos;
    }

    /// Draws other bits from now on.
    pub fn set_seed(&self, seed: u128) {
        lock(&self.0).seed = seed;
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        lock(&self.0).advance(by);
    }

    /// The waits so far.
    pub fn waits(&self) -> Vec<Duration> {
        lock(&self.0).waits.clone()
    }
}

impl State {
    fn advance(&mut self, by: Duration) {
        self.nanos = self.nanos.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX));
    }
}

impl Clock for ScriptedClock {
    fn moment(&self) -> Result<Moment, Error> {
        let state = lock(&self.0);
        Ok(Moment { nanos: state.nanos, seed: state.seed })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.0.clone();
        // Only when it is waited for: a reply that is there already comes before the timer, which is then dropped.
        Box::pin(async move {
            let mut state = lock(&clock);
            state.advance(duration);
            state.waits.push(duration);
        })
    }
}
