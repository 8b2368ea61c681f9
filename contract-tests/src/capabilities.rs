//! Capabilities that scenarios ask for: those that there are, and those of later issues.

use crate::scenario::Scenario;

/// Numbers are read exactly: a library that does not do so anyway is asked to.
pub const EXACT_NUMBERS: &str = "number.precision.exact";

/// The evidence in items that are created or put is looked at before.
pub const PROVENANCE: &str = "release_state.provenance_confidence";

/// What hosts can do.
const HAVE: [&str; 27] = [
    "crud",
    "omitempty",
    "lifecycle.timestamps",
    "optimistic_lock.version",
    "error.version_conflict",
    "ttl.epoch_seconds",
    EXACT_NUMBERS,
    "type.matrix",
    "get.optional",
    "release_state.write_policy",
    "encryption.fail_closed",
    "update.operands",
    "update.changes",
    "explain",
    "query.basic",
    "scan.basic",
    "scan.parallel",
    "count.native",
    "read.wait",
    "cursor.signed",
    "batch.get",
    "batch.write",
    "transact_get",
    "transact.write",
    "unique",
    "release_state.transactional_transition",
    PROVENANCE,
];

/// What a later issue brings as a meaning of operations that are there: nothing of such a scenario is run.
const LATER_MEANING: [&str; 1] = ["encryption.deterministic_interop"];

/// What a scenario needs before any of it can be run. An unknown capability is an error: a scenario that is not understood
/// must not pass.
pub fn needed(scenario: &Scenario) -> Result<Option<&'static str>, String> {
    let mut needed = scenario.encryption.then_some("encryption.deterministic_interop");
    for name in &scenario.capabilities {
        let later = LATER_MEANING.iter().find(|known| *known == name);
        if let Some(capability) = later {
            needed = needed.or(Some(capability));
        } else if !HAVE.contains(&name.as_str()) {
            return Err(format!("unknown capability `{name}`"));
        }
    }
    Ok(needed)
}
