//! The cases, as they stand in `hostile/*.yml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::server::{PROXIED_HOST, Places};

/// One case: a client, and calls through it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What happens, in a few words; unique.
    pub case: String,
    /// Why it matters, where that is not plain.
    #[serde(default)]
    pub about: Option<String>,
    /// Where the client connects; the case is run once for each. Default: `plain`.
    #[serde(default)]
    pub servers: Vec<Place>,
    /// Path of the endpoint.
    #[serde(default)]
    pub path: String,
    /// Environment variables of the driver; `{proxy}` and `{refused}` stand for addresses.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Further members of the driver's `open`.
    #[serde(default)]
    pub open: BTreeMap<String, Json>,
    /// The calls, one after the other.
    pub steps: Vec<Step>,
}

/// A listener of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Plain HTTP.
    #[default]
    Plain,
    /// TLS with a good certificate.
    Tls,
    /// The same by address.
    TlsAddress,
    /// TLS 1.2.
    #[serde(rename = "tls_1_2")]
    Tls12,
    /// TLS with a certificate for another name.
    WrongName,
    /// TLS with an expired certificate.
    Expired,
    /// TLS with a certificate of an unknown authority.
    UnknownAuthority,
    /// TLS with a good certificate that the client is not told to trust.
    Untold,
    /// `https` where plain HTTP is spoken.
    NoTls,
    /// `https` where nobody answers the handshake.
    Mute,
    /// `https` where connections are closed at once.
    Slammed,
    /// Nobody listens.
    Refused,
    /// `http`, a host that only a proxy finds.
    Proxied,
    /// `https`, a host that only a proxy finds.
    ProxiedTls,
}

/// A call and what is expected of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which call.
    pub call: Call,
    /// What the server does with its requests, one after the other.
    pub serve: Vec<String>,
    /// A pause before it, in milliseconds.
    #[serde(default)]
    pub pause_ms: u64,
    /// Size of the item that is sent.
    #[serde(default)]
    pub size: usize,
    /// It fails with this code (one of these codes).
    #[serde(default)]
    pub error: OneOrMore,
    /// Outcome of the error.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Kind of the transport failure (one of these kinds).
    #[serde(default)]
    pub kind: OneOrMore,
    /// Whole requests that arrive. Default: as many as `serve` has entries.
    #[serde(default)]
    pub requests: Option<usize>,
    /// Connections that brought requests of the case so far.
    #[serde(default)]
    pub connections: Option<usize>,
    /// The longest time that the call may take.
    #[serde(default)]
    pub within_ms: Option<u64>,
    /// All requests of the case so far came by way of the proxy.
    #[serde(default)]
    pub proxied: bool,
}

/// A value or a list of values.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// None given.
    #[default]
    None,
    /// One.
    One(String),
    /// Any of these.
    More(Vec<String>),
}

impl OneOrMore {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            OneOrMore::None => &[],
            OneOrMore::One(one) => std::slice::from_ref(one),
            OneOrMore::More(more) => more,
        }
    }
}

/// The calls that cases make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Reads.
    Get,
    /// Writes a whole item: twice is as good as once.
    Put,
    /// Writes an item that is not there yet.
    Create,
    /// Sets an attribute: twice is as good as once.
    Set,
    /// Adds to a number: must never happen twice.
    Add,
    /// Deletes and gives back what was there: must never happen twice.
    Take,
}

impl Call {
    /// The call document for an item with this partition key; `size`: how large an item to send.
    pub fn document(self, key: &str, size: usize) -> Json {
        let item = json!({"pk": key, "sk": "1", "motto": super::reply::note(size)});
        match self {
            Call::Get => json!({"op": "get", "model": "Account", "key": [key, "1"]}),
            Call::Put => json!({"op": "put", "model": "Account", "item": item}),
            Call::Create => json!({"op": "create", "model": "Account", "item": item}),
            Call::Set => json!({"op": "update", "model": "Account", "key": [key, "1"], "set": {"motto": "new"}}),
            Call::Add => json!({"op": "update", "model": "Account", "key": [key, "1"], "add": {"visits": 1}}),
            Call::Take => {
                json!({"op": "delete", "model": "Account", "key": [key, "1"], "return_values": "ALL_OLD"})
            }
        }
    }
}

impl Place {
    /// Its name, as cases write it.
    pub fn name(self) -> String {
        json!(self).as_str().unwrap_or_default().to_owned()
    }

    /// The endpoint there.
    pub fn endpoint(self, places: &Places, path: &str) -> String {
        let base = match self {
            Place::Plain => places.plain.clone(),
            Place::Tls | Place::Untold => places.tls.clone(),
            Place::TlsAddress => places.tls.replace("localhost", "127.0.0.1"),
            Place::Tls12 => places.tls_1_2.clone(),
            Place::WrongName => places.wrong_name.clone(),
            Place::Expired => places.expired.clone(),
            Place::UnknownAuthority => places.unknown_authority.clone(),
            Place::NoTls => places.plain.replace("http://", "https://"),
            Place::Mute => places.mute.clone(),
            Place::Slammed => places.slammed.clone(),
            Place::Refused => places.refused.clone(),
            Place::Proxied => format!("http://{PROXIED_HOST}"),
            Place::ProxiedTls => format!("https://{PROXIED_HOST}"),
        };
        base + path
    }
}

/// Reads all cases of a folder.
///
/// # Errors
/// A file that cannot be read or understood, or a case whose name comes twice.
pub fn read(folder: &Path) -> Result<Vec<(String, Case)>, String> {
    let mut cases: Vec<(String, Case)> = Vec::new();
    for path in crate::files::find(folder)? {
        let file = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        let document = crate::yaml::parse(&text).map_err(|error| format!("{file}: {error}"))?;
        let list: Vec<Case> =
            serde_json::from_str(&document.to_string()).map_err(|error| format!("{file}: {error}"))?;
        for mut case in list {
            if cases.iter().any(|(_, other)| other.case == case.case) {
                return Err(format!("{file}: `{}` comes twice", case.case));
            }
            check(&case).map_err(|error| format!("{file}: `{}`: {error}", case.case))?;
            if case.servers.is_empty() {
                case.servers.push(Place::Plain);
            }
            cases.push((file.clone(), case));
        }
    }
    Ok(cases)
}

fn check(case: &Case) -> Result<(), String> {
    for step in &case.steps {
        for wanted in &step.serve {
            let name = wanted.split(':').next().unwrap_or_default();
            if !super::behaviour::TABLE.iter().any(|way| way.name == name) {
                return Err(format!("`{name}` is no behaviour"));
            }
        }
        if step.error.all().is_empty() && (step.outcome.is_some() || !step.kind.all().is_empty()) {
            return Err("`outcome` and `kind` are of errors".into());
        }
    }
    if case.steps.is_empty() { Err("no steps".into()) } else { Ok(()) }
}
