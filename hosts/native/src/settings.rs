//! Options of a client, and the conventions that fill them in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How often and how long the core retries. What is left out keeps its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Attempts in total, the first included (default 4; 1: no retries).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// Longest first back-off, milliseconds (default 25); it doubles with each attempt, and the wait is a random part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ms: Option<u32>,
    /// Longest back-off, milliseconds (default 20,000).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_backoff_ms: Option<u32>,
    /// Retry tokens of the client (default 500): retries stop when too many calls fail at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
}

/// How numbers stand in result documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Numbers {
    /// With all digits: the default, and what typed reading wants.
    Exact,
    /// Only numbers that a 64-bit float holds; others are `ErrNumberPrecisionLoss`.
    Double,
    /// As `Double`, with larger integers marked as such.
    Bigint,
    /// As texts.
    String,
}

/// How much the service tells about consumed capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CapacityDetail {
    /// Nothing.
    None,
    /// The total: the default.
    Total,
    /// By table and index.
    Indexes,
}

/// The settings document of `wit/README.md`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Settings {
    pub transport: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    pub tables: Tables,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<CapacityDetail>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    pub user_agent: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<CursorKeys>,
}

/// Keys of signed cursors. `Debug` shows none of them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CursorKeys {
    /// Base64 of at least 32 random bytes each. The first one signs, all of them verify: so keys can be changed one by one.
    pub keys: Vec<String>,
    /// Whether cursors without a signature are refused (default: if there are keys).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

impl std::fmt::Debug for CursorKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let required = self.required;
        f.debug_struct("CursorKeys").field("keys", &self.keys.len()).field("required", &required).finish()
    }
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Tables {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

impl Settings {
    /// Region and endpoint as AWS users expect: explicit options first, then the environment.
    pub fn resolve(&mut self, env: impl Fn(&str) -> Option<String>) {
        let first = |names: &[&str]| names.iter().find_map(|name| env(name));
        if self.region.is_none() {
            self.region = first(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
        }
        let ignored = env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if self.endpoint.is_none() && !ignored {
            self.endpoint = first(&["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"]);
        }
    }
}

/// A variable of the environment that is set and not empty.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(mut settings: Settings, variables: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        settings.resolve(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()));
        (settings.region, settings.endpoint)
    }

    #[test]
    fn options_come_before_the_environment() {
        let variables = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-2"),
            ("AWS_ENDPOINT_URL", "http://all"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://one"),
        ];
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(resolved(Settings::default(), &variables), (some("eu-west-1"), some("http://one")));
        assert_eq!(resolved(Settings::default(), &variables[1..3]), (some("eu-west-2"), some("http://all")));
        let given = Settings { region: some("us-east-1"), endpoint: some("http://mine"), ..Settings::default() };
        assert_eq!(resolved(given, &variables), (some("us-east-1"), some("http://mine")));
        let ignoring = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), variables[2], variables[3]];
        assert_eq!(resolved(Settings::default(), &ignoring), (None, None));
    }

    #[test]
    fn the_document_holds_what_was_set() {
        let mut settings = Settings { transport: "sdk", user_agent: "x/1", strict: true, ..Settings::default() };
        settings.retry = Some(Retry { max_attempts: Some(2), ..Retry::default() });
        settings.numbers = Some(Numbers::Bigint);
        settings.capacity = Some(CapacityDetail::Indexes);
        assert_eq!(
            serde_json::to_string(&settings).unwrap(),
            r#"{"transport":"sdk","tables":{},"numbers":"bigint","capacity":"indexes","strict":true,"retry":{"max_attempts":2},"user_agent":"x/1"}"#
        );
    }
}
