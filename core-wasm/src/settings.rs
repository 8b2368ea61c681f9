//! Settings of a client.

use crate::cursor::Keyring;
use crate::error::{Code, Error};
use crate::json::{Reader, Value, Wrong, each_member, members, words};
use crate::value::Numbers;
use crate::wire::RetrySettings;

members! {
    /// The settings document of `open` (`wit/README.md`). Everything has a default.
    #[derive(Clone, Debug, Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(default, deny_unknown_fields))]
    pub struct Settings {
        /// Who writes HTTP heads.
        pub transport: Transport,
        /// AWS region; needed for transport `http`.
        pub region: Option<String>,
        /// Endpoint URL instead of the region's own.
        pub endpoint: Option<String>,
        /// Physical table names.
        pub tables: Tables,
        /// How numbers are given to the host.
        pub numbers: Numbers,
        /// What consumed capacity is asked for.
        pub capacity: Capacity,
        /// Whether warnings of the document are errors.
        pub strict: bool,
        /// Retry policy.
        pub retry: RetrySettings,
        /// `user-agent` header of requests.
        pub user_agent: Option<String>,
        /// Signed cursors.
        pub cursor: Keyring,
    }
    default
}

/// Who writes HTTP heads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "snake_case"))]
pub enum Transport {
    /// The core: requests come with URL and signed head.
    #[default]
    Http,
    /// The core, whole HTTP/1.1 messages: the host opens, pools and closes connections.
    Socket,
    /// The host's AWS SDK: requests are an action and a body.
    Sdk,
}
words!(Transport { "http" => Http, "socket" => Socket, "sdk" => Sdk });

members! {
    /// How table names of the document become physical ones.
    #[derive(Clone, Debug, Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(default, deny_unknown_fields))]
    pub struct Tables {
        /// Put in front of every name of the document.
        pub prefix: String,
        /// Table names by model name; used as they are.
        #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
        pub names: Overrides,
    }
    default
}

/// Table names by model name.
#[derive(Clone, Debug, Default)]
pub struct Overrides(Vec<(String, String)>);

impl Overrides {
    /// The table of this model; the last one that was named for it.
    fn get(&self, model: &str) -> Option<&str> {
        self.0.iter().rfind(|(name, _)| name == model).map(|(_, table)| table.as_str())
    }
}

// The schema shows what is there by default.
#[cfg(feature = "schema")]
impl serde::Serialize for Overrides {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(model, table)| (model, table)))
    }
}

impl<'a> Value<'a> for Overrides {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        let mut names = Vec::new();
        each_member(reader, &mut |model, reader| {
            names.push((model.to_owned(), String::read(reader)?));
            Ok(())
        })?;
        Ok(Overrides(names))
    }
}

/// What consumed capacity is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "snake_case"))]
pub enum Capacity {
    /// Nothing.
    None,
    /// The total.
    #[default]
    Total,
    /// Also per index.
    Indexes,
}
words!(Capacity { "none" => None, "total" => Total, "indexes" => Indexes });

impl Capacity {
    /// The value of `ReturnConsumedCapacity`.
    pub fn as_str(self) -> &'static str {
        match self {
            Capacity::None => "NONE",
            Capacity::Total => "TOTAL",
            Capacity::Indexes => "INDEXES",
        }
    }
}

impl Settings {
    /// Reads the settings document; an empty text is all defaults.
    pub fn parse(json: &[u8]) -> Result<Settings, Error> {
        if json.is_empty() {
            return Ok(Settings::default());
        }
        let text = str::from_utf8(json).map_err(|_| Error::new(Code::Configuration, "the settings are not UTF-8"))?;
        let settings: Settings = crate::json::read(text).map_err(|wrong| {
            let error = Error::new(Code::Configuration, format!("settings: {wrong}"));
            if wrong.path.is_empty() { error } else { error.at(wrong.path) }
        })?;
        settings.retry.check()?;
        settings.cursor.check()?;
        Ok(settings)
    }

    /// The table of a model.
    pub fn table(&self, model: &str, table: &str) -> Result<String, Error> {
        let name = match self.tables.names.get(model) {
            Some(name) => name.to_owned(),
            None => format!("{}{table}", self.tables.prefix),
        };
        let fits = (3..=255).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if fits {
            Ok(name)
        } else {
            Err(Error::new(Code::Configuration, format!("`{name}` is not a table name"))
                .hint("3 to 255 letters, digits, `_`, `-` and `.`"))
        }
    }
}
