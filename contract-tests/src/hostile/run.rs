//! Runs the cases through a driver.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::board::{Counts, MARK};
use super::case::{Call, Case, Place, Step};
use super::reply::note;
use super::server::Server;
use crate::driver::Driver;
use crate::results::{Line, Status};

/// What all cases of a run have in common.
pub struct Runner {
    /// The host under test.
    pub host: String,
    /// Command that starts its driver, if not the usual one.
    pub command: Option<String>,
    /// The repository's root.
    pub root: PathBuf,
    /// `socket`, or another transport for comparison.
    pub transport: String,
    /// Text of the schema document with the model `Account`.
    pub document: String,
    server: Server,
    driver: Option<Driver>,
    runs: usize,
}

impl Runner {
    /// Starts the server.
    ///
    /// # Errors
    /// It does not start.
    pub fn new(
        host: &str,
        command: Option<String>,
        root: PathBuf,
        transport: &str,
        document: String,
    ) -> Result<Self, String> {
        let server = Server::start(&std::env::temp_dir())?;
        let (host, transport) = (host.to_owned(), transport.to_owned());
        Ok(Runner { host, command, root, transport, document, server, driver: None, runs: 0 })
    }

    /// Runs a case once for each of its servers.
    pub fn case(&mut self, file: &str, case: &Case) -> Vec<Line> {
        let one = |place: &Place| {
            let name = match (place, case.servers.len()) {
                (_, 1) => case.case.clone(),
                (place, _) => format!("{} ({})", case.case, place.name()),
            };
            self.runs += 1;
            let error = self.once(case, *place, self.runs).err();
            if error.is_some() {
                self.driver = None;
            }
            let status = if error.is_some() { Status::Failed } else { Status::Passed };
            Line { name, tier: "hostile".into(), file: file.into(), status, capability: None, error }
        };
        case.servers.iter().map(one).collect()
    }

    fn once(&mut self, case: &Case, place: Place, run: usize) -> Result<(), String> {
        let mut own = None;
        if !case.env.is_empty() {
            own = Some(self.start(&case.env)?);
        } else if self.driver.is_none() {
            self.driver = Some(self.start(&BTreeMap::new())?);
        }
        let driver = own.as_mut().or(self.driver.as_mut()).ok_or("no driver")?;
        let endpoint = place.endpoint(&self.server.places, &case.path);
        let secure = endpoint.starts_with("https:");
        let mut open = json!({
            "dms": self.document,
            "region": "us-east-1",
            "endpoint": endpoint,
            "transport": self.transport,
            "credentials": [{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "hostile-secret"}],
        });
        if secure && place != Place::Untold {
            open["ca_file"] = self.server.places.ca_file.clone().into();
        }
        for (name, value) in &case.open {
            open[name] = value.clone();
        }
        let opened = ask(driver, &json!({"open": open}))?;
        if opened.get("opened").is_none() {
            return Err(format!("the driver answered `open` with {opened}"));
        }
        let mut before = Counts::default();
        for (at, step) in case.steps.iter().enumerate() {
            before = self
                .server
                .step(driver, step, &run.to_string(), at, &before)
                .map_err(|error| format!("/steps/{at}: {error}"))?;
        }
        let closed = ask(driver, &json!({"close": true}))?;
        if closed.get("closed").is_none() {
            return Err(format!("the driver answered `close` with {closed}"));
        }
        Ok(())
    }

    fn start(&self, env: &BTreeMap<String, String>) -> Result<Driver, String> {
        let known = crate::hosts::find(&self.host);
        let command = match (&self.command, known) {
            (Some(command), _) => command.as_str(),
            (None, Some(host)) => host.command,
            (None, None) => return Err(format!("`{}` is no host, and no command is given for it", self.host)),
        };
        let folder = match (&self.command, known) {
            (None, Some(host)) => self.root.join(host.folder),
            _ => self.root.clone(),
        };
        // What the caller's own way to the network is has no place here.
        let mut shell =
            String::from("unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy; ");
        for (name, value) in env {
            let places = &self.server.places;
            let value = value.replace("{proxy}", &places.plain).replace("{refused}", &places.refused);
            shell += &format!("export {name}='{value}'; ");
        }
        Driver::start(&self.host, &(shell + command), &folder)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.server.places.ca_file);
    }
}

impl Server {
    /// Does one call; answers the counts behind it.
    fn step(&self, driver: &mut Driver, step: &Step, case: &str, at: usize, before: &Counts) -> Result<Counts, String> {
        std::thread::sleep(Duration::from_millis(step.pause_ms));
        let serve = if step.serve.is_empty() { "good".to_owned() } else { step.serve.join("|") };
        let call = step.call.document(&format!("{MARK}{case}.{at}|{serve}"), step.size);
        let began = Instant::now();
        let answer = ask(driver, &json!({"call": call}))?;
        let took = began.elapsed();
        outcome(step, &answer)?;
        if let Some(limit) = step.within_ms.filter(|limit| took > Duration::from_millis(*limit)) {
            return Err(format!("it took {} ms, more than {limit}", took.as_millis()));
        }
        let now = self.settled(case);
        counts(step, before, &now).map_err(|error| format!("{error}; the answer: {}", cut(&answer)))?;
        Ok(now)
    }

    /// The counts, when nothing more arrives: a request may be on its way when the client has given up on it.
    fn settled(&self, case: &str) -> Counts {
        let mut counts = self.board.counts(case);
        loop {
            std::thread::sleep(Duration::from_millis(10));
            let now = self.board.counts(case);
            if now == counts {
                return now;
            }
            counts = now;
        }
    }
}

fn ask(driver: &mut Driver, request: &Json) -> Result<Json, String> {
    let answer = driver.ask(&crate::json::parse(&request.to_string())?)?;
    serde_json::from_str(&answer.to_string()).map_err(|error| error.to_string())
}

/// Whether the call ended as it should.
fn outcome(step: &Step, answer: &Json) -> Result<(), String> {
    let (expected, kinds) = (step.error.all(), step.kind.all());
    let Some(error) = answer.get("error") else {
        if !expected.is_empty() {
            return Err(format!("it succeeded instead of failing with {expected:?}: {}", cut(answer)));
        }
        return content(step, answer);
    };
    let code = error["code"].as_str().unwrap_or_default();
    if !expected.iter().any(|expected| expected == code) {
        return Err(format!("it failed: {}", cut(answer)));
    }
    let kind = error["service"]["code"].as_str().unwrap_or_default();
    if !kinds.is_empty() && !kinds.iter().any(|expected| expected == kind) {
        return Err(format!("its kind is `{kind}`, not one of {kinds:?}: {}", cut(answer)));
    }
    match step.outcome.as_deref() {
        Some(expected) if error["outcome"] != expected => {
            Err(format!("its outcome is {}, not `{expected}`: {}", error["outcome"], cut(answer)))
        }
        _ => Ok(()),
    }
}

/// Whether the item is the one that the server sent, to its last character.
fn content(step: &Step, answer: &Json) -> Result<(), String> {
    if step.call != Call::Get {
        return if answer.get("result").is_some() { Ok(()) } else { Err(format!("no result: {}", cut(answer))) };
    }
    let last = step.serve.last().map(String::as_str).unwrap_or_default();
    let (name, number) = last.split_once(':').unwrap_or((last, ""));
    let expected = note(super::behaviour::note_size(name, number.parse().ok()));
    if answer["result"]["item"]["motto"] == expected.as_str() {
        return Ok(());
    }
    Err(format!("the item is not the one that the server sent: {}", cut(answer)))
}

/// Whether as much arrived as should.
fn counts(step: &Step, before: &Counts, now: &Counts) -> Result<(), String> {
    let expected = step.requests.unwrap_or(step.serve.len());
    let arrived = now.requests - before.requests;
    if arrived != expected {
        return Err(format!("{arrived} whole requests arrived, not {expected}"));
    }
    if let Some(expected) = step.connections.filter(|expected| *expected != now.connections) {
        return Err(format!("{} connections were used so far, not {expected}", now.connections));
    }
    if now.misused > 0 {
        return Err("a connection was used that serves no more".into());
    }
    if now.malformed > 0 {
        return Err("a request was malformed".into());
    }
    if step.proxied && now.proxied != now.requests || !step.proxied && now.proxied > 0 {
        return Err(format!("{} of {} requests came by way of the proxy", now.proxied, now.requests));
    }
    Ok(())
}

fn cut(answer: &Json) -> String {
    answer.to_string().chars().take(600).collect()
}
