//! `tabletheory info`: versions.

use crate::exit::{Exit, Failure};
use crate::output::Output;
use serde::{Deserialize, Serialize};

/// What `info` prints with `--json`.
#[derive(Debug, Deserialize, Serialize)]
struct Info {
    /// Version of the command.
    version: String,
    /// Version of the boundary between core and hosts.
    contract: u32,
}

/// Prints the versions.
pub fn run(output: &Output) -> Result<Exit, Failure> {
    let info: Info = serde_json::from_str(&tabletheory_core::info()).expect("the core's info document is JSON");
    output.print(&format!("tabletheory {}\ncontract    {}\n", info.version, info.contract), &info);
    Ok(Exit::Success)
}
