//! A stand-in for DynamoDB that costs next to nothing: HTTP/1.1 with keep-alive, one thread, replies that are ready as bytes.
//!
//! The program `bench-stub` serves them; what measures the core without a network takes them from here.

pub mod calls;
pub mod canned;
pub mod floor;
pub mod items;
pub mod request;
pub mod server;
pub mod verify;
