//! The wire: where requests go, how they are signed, what a response says, and whether to try again.
//!
//! Nothing here knows an operation. An operation names an API action and its body; [`sigv4::Signer`] makes the header
//! lines, [`response::accept`] checks what came back, and [`retry`] decides what follows a [`response::Refusal`].
//!
//! The error type is here too, since a service's refusals are most of what it says, with what it is made of: problems of schema documents,
//! the writing of documents. Every request passes through here, so this is built for speed, apart from the operations, which are many and
//! built to be small.

pub mod canonical;
pub mod checksum;
pub mod clock;
pub mod credentials;
pub mod document;
pub mod endpoint;
pub mod error;
pub mod errors;
mod failure;
pub mod head;
pub mod http1;
mod misfit;
pub mod problem;
pub mod response;
pub mod retry;
#[cfg(feature = "schema")]
pub mod schema;
pub mod sigv4;

pub use credentials::Credentials;
pub use endpoint::Endpoint;
pub use failure::FailureKind;
pub use response::reasons;
pub use response::{Accepted, Refusal, RetryClass, accept, lost, undecodable, writes};
pub use retry::{Attempt, Budget, Repeat, Retry, RetrySettings, decide, delay_ms};
pub use sigv4::Signer;
use tabletheory_json as json;
