//! How a scenario wants its client opened.

use super::fields::Fields;
use crate::value::Value;

/// Members that are handed to the driver as they are.
const PASSED_ON: [&str; 7] = ["tables", "numbers", "capacity", "strict", "retry", "call_timeout_ms", "cursor"];

/// The `client` of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// `None`: the runner's region. `Some(None)`: none at all.
    pub region: Option<Option<String>>,
    /// `None`: the engine's endpoint. `Some(None)`: none at all.
    pub endpoint: Option<Option<String>>,
    /// `None`: the runner's. `Some(None)`: the library looks for itself.
    pub credentials: Option<Option<Value>>,
    /// The other members, as they are.
    pub settings: Vec<(String, Value)>,
}

impl Client {
    /// Takes the member `client` of a scenario.
    pub fn load(fields: &mut Fields) -> Result<Client, String> {
        let Some(client) = fields.object("client")? else { return Ok(Client::default()) };
        let mut fields = Fields::new("/client", client)?;
        let mut settings = Vec::new();
        for name in PASSED_ON {
            if let Some(value) = fields.take(name) {
                settings.push((name.to_owned(), value));
            }
        }
        let client = Client {
            region: text_or_null(&mut fields, "region")?,
            endpoint: text_or_null(&mut fields, "endpoint")?,
            credentials: match fields.take("credentials") {
                None => None,
                Some(Value::Null) => Some(None),
                Some(list @ Value::Array(_)) => Some(Some(list)),
                Some(other) => {
                    return Err(format!("/client/credentials: an array or null is needed, not {}", other.kind()));
                }
            },
            settings,
        };
        fields.end()?;
        Ok(client)
    }
}

fn text_or_null(fields: &mut Fields, name: &str) -> Result<Option<Option<String>>, String> {
    match fields.take(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) => Ok(Some(Some(text))),
        Some(other) => Err(format!("/client/{name}: a string or null is needed, not {}", other.kind())),
    }
}
