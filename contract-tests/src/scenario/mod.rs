//! The scenario document (`FORMAT.md`), read strictly.

mod client;
mod expect;
mod fields;
mod generate;
mod read;
mod script;
mod several;
mod step;

pub use client::Client;
pub use expect::{Expect, ExpectedRequest, Outcome};
pub use read::{Read, Request, Shared, Test};
pub use script::Entry;
pub use several::{Action as SeveralAction, Condition, Request as SeveralRequest, Several};
pub use step::{Action, Operation, Step};

use crate::value::Value;
use crate::{json, yaml};
use fields::Fields;
use std::path::Path;

/// Where the clock stands when a scripted scenario does not say.
pub const DEFAULT_CLOCK: &str = "2026-01-02T03:04:05.678901234Z";
/// The randomness when a scenario does not say.
pub const DEFAULT_SEED: &str = "80000000000000008000000000000000";

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, for instance `p0.crud.basic`.
    pub name: String,
    /// Version of the schema documents that its models come from.
    pub dms_version: String,
    /// What a host must be capable of.
    pub capabilities: Vec<String>,
    /// Model of the steps that name none.
    pub model: String,
    /// Table of that model, when it is not the one of the document.
    pub table: Option<String>,
    /// Whether the tables are created before the first step; they are dropped in any case.
    pub create_table: bool,
    /// A schema document of its own, instead of those in the folder.
    pub dms: Option<String>,
    /// Whether a scripted transport stands in for the database.
    pub scripted: bool,
    /// Where the clock stands at each call, if it is scripted.
    pub clock: Option<String>,
    /// 32 hex digits.
    pub seed: String,
    /// How the client is opened.
    pub client: Client,
    /// Whether it needs an encryption provider.
    pub encryption: bool,
    /// What happens.
    pub course: Course,
}

/// The steps of a scenario.
#[derive(Clone, Debug)]
pub enum Course {
    /// One host does everything.
    Alone(Vec<Step>),
    /// Each of the seeding hosts in turn does `seed` on fresh tables, and the host under test then does `read`.
    Interop {
        /// Hosts that seed, one after the other.
        seeders: Vec<String>,
        /// Steps of the seeding host.
        seed: Vec<Step>,
        /// Steps of the host under test.
        read: Vec<Step>,
    },
}

impl Scenario {
    /// Reads a file; the error names what is wrong and where.
    pub fn read(path: &Path) -> Result<Scenario, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read the file: {error}"))?;
        let value = if path.extension().is_some_and(|extension| extension == "json") {
            json::parse(&text)
        } else {
            yaml::parse(&text)
        };
        Scenario::load(value?)
    }

    /// Reads a document.
    pub fn load(document: Value) -> Result<Scenario, String> {
        let mut fields = Fields::new("", document)?;
        fields.text("about")?;
        let scripted = match fields.text("transport")?.as_deref() {
            None | Some("http") => false,
            Some("scripted") => true,
            Some(other) => return Err(format!("/transport: `http` or `scripted` is needed, not `{other}`")),
        };
        let (table, create_table) = load_table(&mut fields)?;
        let clock = fields.text("clock")?.or_else(|| scripted.then(|| DEFAULT_CLOCK.to_owned()));
        clock.as_deref().map(crate::moment::nanos).transpose().map_err(|error| format!("/clock: {error}"))?;
        let scenario = Scenario {
            name: fields.need_text("name")?,
            dms_version: fields.need_text("dms_version")?,
            capabilities: fields.texts("requires_capabilities")?.unwrap_or_default(),
            model: fields.need_text("model")?,
            table,
            create_table,
            dms: fields.take("dms").map(|value| match value {
                Value::String(text) => text,
                document => document.to_string(),
            }),
            scripted,
            clock,
            seed: load_seed(&mut fields)?.unwrap_or_else(|| DEFAULT_SEED.to_owned()),
            client: Client::load(&mut fields)?,
            encryption: load_encryption(&mut fields)?,
            course: load_course(&mut fields, scripted)?,
        };
        fields.end()?;
        Ok(scenario)
    }

    /// The names of all models that its steps use, its own first.
    pub fn models(&self) -> Vec<&str> {
        let mut models = vec![self.model.as_str()];
        for step in self.steps() {
            for model in step.models() {
                if !models.contains(&model) {
                    models.push(model);
                }
            }
        }
        models
    }

    /// All steps, those that seed first.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let (first, second): (&[Step], &[Step]) = match &self.course {
            Course::Alone(steps) => (steps, &[]),
            Course::Interop { seed, read, .. } => (seed, read),
        };
        first.iter().chain(second)
    }
}

fn load_table(fields: &mut Fields) -> Result<(Option<String>, bool), String> {
    let Some(table) = fields.object("table")? else { return Ok((None, true)) };
    let mut table = Fields::new("/table", table)?;
    let loaded = (table.text("name")?, table.bool("create")?.unwrap_or(true));
    table.end()?;
    Ok(loaded)
}

/// 32 hex digits, when given.
fn load_seed(fields: &mut Fields) -> Result<Option<String>, String> {
    let seed = fields.text("seed")?;
    match &seed {
        Some(seed) if seed.len() != 32 || !seed.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            Err(format!("{}: 32 hex digits are needed", fields.pointer("seed")))
        }
        _ => Ok(seed),
    }
}

fn load_encryption(fields: &mut Fields) -> Result<bool, String> {
    let Some(encryption) = fields.object("encryption")? else { return Ok(false) };
    let mut encryption = Fields::new("/encryption", encryption)?;
    encryption.need_text("provider")?;
    encryption.text("seed")?;
    encryption.end()?;
    Ok(true)
}

fn load_course(fields: &mut Fields, scripted: bool) -> Result<Course, String> {
    let steps = |fields: &mut Fields, name: &str| -> Result<Option<Vec<Step>>, String> {
        let Some(values) = fields.array(name)? else { return Ok(None) };
        if values.is_empty() {
            return Err(format!("/{name}: at least one step is needed"));
        }
        let load = |(at, value)| Step::load(&format!("/{name}/{at}"), value, scripted);
        values.into_iter().enumerate().map(load).collect::<Result<_, _>>().map(Some)
    };
    let alone = steps(fields, "steps")?;
    let seed = steps(fields, "seed_steps")?;
    let read = steps(fields, "read_steps")?;
    let one = fields.text("seed_runtime")?;
    let many = fields.texts("seed_runtimes")?;
    let seeders = match (one, many) {
        (Some(one), None) => Some(vec![one]),
        (None, many) => many,
        _ => return Err("`seed_runtime` and `seed_runtimes` exclude each other".into()),
    };
    match (alone, seeders, seed, read) {
        (Some(steps), None, None, None) => Ok(Course::Alone(steps)),
        (None, Some(seeders), Some(seed), Some(read)) if !seeders.is_empty() => {
            let seeders = seeders.iter().map(|name| crate::hosts::runtime(name).map(str::to_owned));
            let seeders = seeders.collect::<Result<_, _>>().map_err(|error| format!("/seed_runtime: {error}"))?;
            Ok(Course::Interop { seeders, seed, read })
        }
        _ => {
            Err("either `steps`, or `seed_runtime` (or `seed_runtimes`) with `seed_steps` and `read_steps`, is needed"
                .into())
        }
    }
}
