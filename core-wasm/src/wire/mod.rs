//! The wire: where requests go, how they are signed, what a response says, and whether to try again.
//!
//! Nothing here knows an operation. An operation names an API action and its body; [`sigv4::Signer`] makes the header
//! lines, [`response::accept`] checks what came back, and [`retry`] decides what follows a [`response::Refusal`].

pub mod canonical;
pub(crate) mod checksum;
pub mod clock;
pub mod credentials;
pub mod endpoint;
pub mod errors;
pub mod head;
pub mod http1;
pub mod response;
pub mod retry;
pub mod sigv4;

pub use credentials::Credentials;
pub use endpoint::Endpoint;
pub use response::reasons;
pub use response::{Accepted, Refusal, RetryClass, accept, lost, undecodable, writes};
pub use retry::{Attempt, Budget, Repeat, Retry, RetrySettings, decide, delay_ms};
pub use sigv4::Signer;
