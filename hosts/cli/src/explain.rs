//! `tabletheory explain`: what a call would do, without doing it.

use crate::arguments::Explain;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{DIM, Output, WARNING};
use serde_json::Value;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};
use tabletheory_core::client::Client;
use tabletheory_core::error::{Code, Error};
use tabletheory_core::step::Moment;

/// Explains a call document.
pub fn run(options: &Explain, output: &Output) -> Result<Exit, Failure> {
    let document = files::read(&options.file)?;
    let call = files::read(&options.call)?;
    let mut settings = serde_json::json!({"transport": "sdk"});
    if let Some(prefix) = &options.prefix {
        settings["tables"] = serde_json::json!({ "prefix": prefix });
    }
    let client = Client::open(&document, settings.to_string().as_bytes()).map_err(|error| {
        let failure = failed(&error);
        if error.is(Code::InvalidDocument) {
            return failure.hint(format!("`tabletheory check {}` shows all problems", options.file.display()));
        }
        failure
    })?;
    let text = client.explain(&call, moment()).map_err(|error| failed(&error))?;
    let explanation: Value = serde_json::from_str(&text).expect("the core's explanation is JSON");
    output.print(&shown(&explanation), &explanation);
    Ok(Exit::Success)
}

/// The time as it is; nothing that is explained depends on the randomness.
fn moment() -> Moment {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    Moment { nanos: u64::try_from(nanos).unwrap_or(u64::MAX), seed: nanos }
}

fn failed(error: &Error) -> Failure {
    let details = error.details();
    let place = details.path.as_deref().map(|path| format!(" (at {path})")).unwrap_or_default();
    let failure = Failure::new(Exit::Problems, error.code().as_str(), format!("{}{place}", details.message));
    match &details.hint {
        Some(hint) => failure.hint(hint.clone()),
        None => failure,
    }
}

fn text<'e>(value: &'e Value, name: &str) -> &'e str {
    value[name].as_str().unwrap_or_default()
}

fn list<'e>(value: &'e Value, name: &str) -> impl Iterator<Item = &'e Value> {
    value[name].as_array().into_iter().flatten()
}

/// The explanation for people.
fn shown(explanation: &Value) -> String {
    let mut out = String::new();
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "{DIM}{name:<10}{DIM:#}{text}");
        }
    };
    line("reads", if explanation["index"].is_string() { text(explanation, "index") } else { "" });
    line("key", text(explanation, "key_condition"));
    line("filter", text(explanation, "filter"));
    line("cost", &cost(&explanation["cost"]));
    let indexes: Vec<&str> = list(&explanation["cost"], "indexes").filter_map(Value::as_str).collect();
    line("indexes", &indexes.join(", "));
    let advice = &explanation["index_advice"];
    if advice.is_object() {
        line("advice", text(advice, "reason"));
        list(advice, "differs").filter_map(Value::as_str).for_each(|what| line("", &format!("but {what}")));
    }
    line("then", text(explanation, "follows"));
    for warning in list(explanation, "warnings") {
        let at = match text(warning, "path") {
            "" => String::new(),
            path => format!(" {DIM}(at {path}){DIM:#}"),
        };
        let _ =
            writeln!(out, "{WARNING}warning[{}]{WARNING:#}: {}{at}", text(warning, "code"), text(warning, "message"));
    }
    for request in list(explanation, "requests") {
        let body = serde_json::to_string_pretty(&request["body"]).unwrap_or_default();
        let _ = writeln!(out, "\n{DIM}{}{DIM:#} {body}", text(request, "action"));
    }
    out
}

/// `one_item: 0.5 read units for each 4096 bytes of …`
fn cost(cost: &Value) -> String {
    let mut parts = Vec::new();
    for kind in ["read", "write"] {
        let units = &cost[kind];
        if units.is_object() {
            let (number, bytes) = (&units["units"], &units["per_bytes"]);
            parts.push(format!("{number} {kind} units for each {bytes} bytes of {}", text(units, "of")));
        }
    }
    let shape = text(cost, "shape").replace('_', " ");
    if parts.is_empty() { shape } else { format!("{shape}: {}", parts.join("; ")) }
}
