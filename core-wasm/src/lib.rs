//! The core of TableTheory: what every operation on DynamoDB means, as pure state machines.
//!
//! Nothing here does I/O, reads a clock or draws randomness: those come in as arguments ([`step::Moment`], [`step::Reply`])
//! and go out as [`step::Step`]s. Hosts drive; they decide nothing.

pub mod dms;
pub mod error;
pub mod step;
