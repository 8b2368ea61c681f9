//! Time and randomness, which the core is told at every step.

use std::time::{Duration, SystemTime};

pub use futures_util::future::BoxFuture;
pub use tabletheory_core::step::Moment;

use crate::error::{Code, Error};

/// Where time and randomness come from. Tests bring their own; everyone else has [`SystemClock`].
pub trait Clock: Send + Sync {
    /// The time now, and 128 fresh random bits.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    fn moment(&self) -> Result<Moment, Error>;

    /// Resolves after so long: a back-off that the core asked for.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The system's clock and randomness, and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn moment(&self) -> Result<Moment, Error> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).map_err(|error| {
            Error::new(Code::Internal, "the system has no randomness").with_source(error.to_string())
        })?;
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Ok(Moment { nanos: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX), seed: u128::from_be_bytes(seed) })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
