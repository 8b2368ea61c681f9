//! The core of TableTheory: what every operation on DynamoDB means, as pure state machines.
//!
//! Nothing here does I/O, reads a clock or draws randomness: those come in as arguments ([`step::Moment`], [`step::Reply`])
//! and go out as [`step::Step`]s. Hosts drive; they decide nothing.

mod call;
pub mod client;
#[cfg(feature = "component")]
mod component;
pub mod cursor;
pub mod dms;
pub mod explain;
pub mod expression;
#[cfg_attr(not(feature = "component"), allow(dead_code))]
mod handles;
mod lifecycle;
pub mod names;
pub mod operation;
#[cfg(feature = "schema")]
mod schema;
pub mod settings;
pub mod step;
mod suggest;
pub mod value;

#[cfg(feature = "schema")]
pub use schema::schemas;
pub use tabletheory_json as json;
use tabletheory_wire::document;
pub use tabletheory_wire::document::Json;
pub use tabletheory_wire::{self as wire, error};

/// Version of the boundary. A host refuses a module with another one.
pub const CONTRACT: u32 = 2;

/// Info JSON: `{"version", "contract", "source", "compiler"}`; `source` is the digest of the sources it was built from.
pub fn info() -> String {
    format!(
        r#"{{"version":"{}","contract":{CONTRACT},"source":"{}","compiler":"{}"}}"#,
        env!("CARGO_PKG_VERSION"),
        option_env!("TABLETHEORY_SOURCE_DIGEST").unwrap_or("unstamped"),
        option_env!("TABLETHEORY_COMPILER").unwrap_or("unknown"),
    )
}

/// Checks a DMS document; answers the diagnostics document. `options` is `{"strict": bool}`, or empty.
pub fn check(document: &[u8], options: &[u8]) -> String {
    json::members! {
        struct Options {
            strict: bool,
        }
    }
    let options = str::from_utf8(options).ok().and_then(|options| json::read::<Options>(options).ok());
    let strict = options.is_some_and(|options| options.strict);
    dms::check(document, dms::Options { strict }).to_json()
}
