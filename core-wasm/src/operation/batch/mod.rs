//! Batches: any number of reads or writes, sent in as many requests as it takes.
//!
//! [`machine::Machinery`] decides what is sent when; [`get`] and [`write`] say what the requests are made of.

pub(super) mod get;
mod load;
mod machine;
mod schedule;
pub(super) mod write;

use crate::error::{Code, Error};

/// Requests in flight when the call does not say.
const PARALLEL: u32 = 4;
/// Most requests in flight.
const MAX_PARALLEL: u32 = 64;

/// The bound of a call on requests in flight.
fn parallel(given: Option<u32>) -> Result<usize, Error> {
    match given.unwrap_or(PARALLEL) {
        bound @ 1..=MAX_PARALLEL => Ok(bound as usize),
        other => {
            let message = format!("`parallel` is 1 to {MAX_PARALLEL}, got {other}");
            Err(Error::new(Code::InvalidOperator, message).at("/parallel"))
        }
    }
}

/// Puts the place of a part instead of the `member` that its reader takes it for.
fn placed(mut error: Error, member: &str, place: &str) -> Error {
    let path = error.details().path.as_deref().unwrap_or_default();
    let path = format!("{place}{}", path.strip_prefix(member).unwrap_or(path));
    error.details_mut().path = Some(path);
    error
}
