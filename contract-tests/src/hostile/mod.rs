//! A server that answers like DynamoDB and misbehaves on request, and the cases that are run against it.
//!
//! What it does with a request stands in the request itself, in a key value that any host can send through its usual calls:
//! `hostile|<case>.<step>|<behaviour>|<behaviour>|…`. The first request with that value is answered with the first behaviour, the second
//! with the second, all further ones with the last. [`behaviour::TABLE`] lists them. It counts whole requests and their connections by
//! case, so that a test can say how often a write arrived.

pub mod behaviour;
pub mod board;
pub mod case;
pub mod certificates;
pub mod exchange;
pub mod peer;
pub mod reply;
pub mod run;
pub mod server;
