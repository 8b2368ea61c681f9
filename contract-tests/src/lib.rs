//! The contract tests: scenarios as data, one interpreter, a thin driver per host.
//!
//! `FORMAT.md` describes the scenario documents, `DRIVER.md` the protocol between this runner and a driver. The way of a
//! scenario: [`scenario`] reads it, [`session`] opens a client and runs its steps ([`plan`] makes their call documents,
//! [`driver`] hands them to the host, [`engine`] reads and writes the database beside it), [`verify`] compares.

pub mod capabilities;
pub mod compare;
pub mod condition;
pub mod driver;
pub mod engine;
pub mod files;
pub mod hostile;
pub mod hosts;
pub mod json;
pub mod models;
pub mod moment;
pub mod parity;
pub mod plain;
pub mod plan;
pub mod reads;
pub mod results;
pub mod run;
pub mod scenario;
pub mod session;
pub mod several;
pub mod value;
pub mod verify;
pub mod yaml;
