//! What a call would do, without doing it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The explanation of a call. It changes nothing and sends nothing; advice is advice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Explanation(Value);

impl Explanation {
    /// All of it, as `wit/README.md` describes it.
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// One part of it by JSON pointer, for instance `/cost` or `/requests/0/body`; null where there is none.
    pub fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Codes of what is doubtful about the call, for instance `full_scan`.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.0["warnings"].as_array().into_iter().flatten().filter_map(|warning| warning["code"].as_str())
    }
}
