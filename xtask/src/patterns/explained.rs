//! What the core says about models and calls.

use std::fmt::Write;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tabletheory_core::client::Client;
use tabletheory_core::step::Moment;

use super::pretty::pretty;

/// The time of all that is explained: 2026-01-02T03:04:05.678901234Z, and its randomness.
const MOMENT: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 0x8000_0000_0000_0000_8000_0000_0000_0000 };

/// A schema document of `examples`, and the model of a page.
pub struct Model {
    file: String,
    name: String,
    client: Client,
}

impl Model {
    /// Compiles a document.
    pub fn open(file: &str, name: &str, document: &str) -> Result<Model> {
        let settings = json!({"transport": "sdk", "capacity": "none"}).to_string();
        let client =
            Client::open(document.as_bytes(), settings.as_bytes()).map_err(|error| anyhow!("`{file}`: {error:?}"))?;
        Ok(Model { file: file.into(), name: name.into(), client })
    }

    /// Table, keys and indexes, in words.
    pub fn described(&self) -> Result<String> {
        let described: Value = serde_json::from_str(&self.client.describe())?;
        let models = described["models"].as_array().context("no models")?;
        let model = models.iter().find(|model| model["name"] == *self.name);
        let model = model.with_context(|| format!("no model `{}` in `{}`", self.name, self.file))?;
        let mut text = format!(
            "Model `{}` of [{file}](../../examples/{file}): table `{}`, {}",
            self.name,
            model["table"].as_str().unwrap_or_default(),
            keys(model),
            file = self.file,
        );
        for index in model["indexes"].as_array().into_iter().flatten() {
            let _ = write!(text, "; index `{}`: {}", index["name"].as_str().unwrap_or_default(), keys(index));
        }
        let unique = unique(model);
        if !unique.is_empty() {
            let _ = write!(text, "; unique: {}", unique.join(", "));
        }
        Ok(text + ".")
    }

    /// What a call would do: requests, key, filter, cost, warnings.
    pub fn explained(&self, call: &str) -> Result<String> {
        serde_json::from_str::<Value>(call).context("the code block before it is no JSON")?;
        let explained = self.client.explain(call.as_bytes(), MOMENT).map_err(|error| anyhow!("{error:?}"))?;
        let explanation: Value = serde_json::from_str(&explained)?;
        let mut text = String::new();
        let requests = explanation["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
        if requests.is_empty() {
            bail!("it sends nothing");
        }
        for (at, request) in requests.iter().enumerate() {
            let action = request["action"].as_str().unwrap_or_default();
            let _ = writeln!(text, "{}`{action}`:\n", if at == 0 { "" } else { "\n" });
            let _ = writeln!(text, "```json\n{}\n```", pretty(&request["body"]));
        }
        let facts = facts(&explanation);
        if !facts.is_empty() {
            let _ = write!(text, "\n{}", facts.iter().map(|fact| format!("- {fact}")).collect::<Vec<_>>().join("\n"));
        }
        Ok(text.trim_end().to_owned())
    }
}

fn names(keys: &Value) -> Vec<String> {
    let all: Vec<&Value> = match keys {
        Value::Array(keys) => keys.iter().collect(),
        Value::Null => Vec::new(),
        key => vec![key],
    };
    all.into_iter().map(|key| format!("`{}`", key["attribute"].as_str().unwrap_or_default())).collect()
}

/// `partition key `a`, sort key `b``, of a model or an index.
fn keys(described: &Value) -> String {
    let of = if described["keys"].is_object() { &described["keys"] } else { described };
    let mut text = format!("partition key {}", names(&of["partition"]).join(" and "));
    let sort = names(&of["sort"]);
    if !sort.is_empty() {
        let _ = write!(text, ", sort key {}", sort.join(" and "));
    }
    text
}

fn unique(model: &Value) -> Vec<String> {
    let attributes = model["attributes"].as_array().into_iter().flatten();
    attributes.filter(|attribute| attribute["unique"] == true).flat_map(names).collect()
}

fn facts(explanation: &Value) -> Vec<String> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: &Value| {
        if let Some(text) = value.as_str() {
            facts.push(format!("{name}: {text}"));
        }
    };
    fact("Then", &explanation["follows"]);
    fact("Index", &explanation["index"]);
    for (name, what) in [("Key", "key_condition"), ("Filter", "filter")] {
        let shown = explanation[what].as_str().map(|text| format!("`{text}`"));
        fact(name, &shown.into());
    }
    fact("Cost", &cost(&explanation["cost"]).into());
    fact("Better", &explanation["index_advice"]["reason"]);
    for warning in explanation["warnings"].as_array().into_iter().flatten() {
        let (code, message) = (&warning["code"], &warning["message"]);
        let text = format!("`{}`, {}", code.as_str().unwrap_or_default(), message.as_str().unwrap_or_default());
        fact("Warning", &text.into());
    }
    facts
}

/// `one item; 0.5 read units for each 4096 bytes of …; the indexes `a` too`
fn cost(cost: &Value) -> String {
    let mut parts = vec![cost["shape"].as_str().unwrap_or_default().replace('_', " ")];
    for kind in ["read", "write"] {
        let units = &cost[kind];
        if let Some(of) = units["of"].as_str() {
            let number = units["units"].as_f64().unwrap_or_default();
            let plural = if number > 1.0 { "units" } else { "unit" };
            parts.push(format!("{number} {kind} {plural} for each {} bytes of {of}", units["per_bytes"]));
        }
    }
    let indexes: Vec<String> = cost["indexes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| format!("`{name}`"))
        .collect();
    if !indexes.is_empty() {
        parts.push(format!("as much again for each index that changes: {}", indexes.join(", ")));
    }
    parts.join("; ")
}
