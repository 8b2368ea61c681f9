//! Runs scenarios through the drivers.

use crate::capabilities;
use crate::driver::Driver;
use crate::engine::Engine;
use crate::models::Library;
use crate::results::{Line, Status};
use crate::scenario::{Course, Scenario};
use crate::session::Session;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where and through whom scenarios are run.
pub struct Runner {
    /// The host under test.
    pub host: String,
    /// The engine; scripted scenarios need none.
    pub engine: Engine,
    /// `http` or `sdk`: the transport of scenarios that are not scripted.
    pub transport: String,
    /// The schema documents.
    pub library: Library,
    /// The repository's root.
    pub root: PathBuf,
    /// Commands that replace the usual ones, by host.
    pub commands: HashMap<String, String>,
    drivers: HashMap<String, Driver>,
}

impl Runner {
    /// A runner that has not started any driver yet.
    pub fn new(host: &str, engine: Engine, transport: &str, library: Library, root: &Path) -> Runner {
        Runner {
            host: host.to_owned(),
            engine,
            transport: transport.to_owned(),
            library,
            root: root.to_owned(),
            commands: HashMap::new(),
            drivers: HashMap::new(),
        }
    }

    /// Runs one file. Interop scenarios with several seeding hosts give one line for each of them.
    pub fn file(&mut self, folder: &Path, path: &Path) -> Vec<Line> {
        let file = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let tier = tier(folder, path);
        let line = |name: &str, status: Status, capability: Option<String>, error: Option<String>| Line {
            name: name.to_owned(),
            tier: tier.clone(),
            file: file.clone(),
            status,
            capability,
            error,
        };
        let scenario = match Scenario::read(path) {
            Ok(scenario) => scenario,
            Err(error) => return vec![line(&file, Status::Failed, None, Some(format!("not understood: {error}")))],
        };
        match capabilities::needed(&scenario) {
            Ok(None) => {}
            Ok(Some(capability)) => {
                return vec![line(&scenario.name, Status::Later, Some(capability.to_owned()), None)];
            }
            Err(error) => return vec![line(&scenario.name, Status::Failed, None, Some(error))],
        }
        let turns: Vec<(String, Option<String>)> = match &scenario.course {
            Course::Alone(_) => vec![(scenario.name.clone(), None)],
            Course::Interop { seeders, .. } if seeders.len() == 1 => {
                vec![(scenario.name.clone(), Some(seeders[0].clone()))]
            }
            Course::Interop { seeders, .. } => seeders
                .iter()
                .map(|seeder| (format!("{}.seeded_by_{seeder}", scenario.name), Some(seeder.clone())))
                .collect(),
        };
        turns
            .into_iter()
            .map(|(name, seeder)| match self.turn(&scenario, seeder.as_deref()) {
                Ok(()) => line(&name, Status::Passed, None, None),
                Err(error) => line(&name, Status::Failed, None, Some(error)),
            })
            .collect()
    }

    fn turn(&mut self, scenario: &Scenario, seeder: Option<&str>) -> Result<(), String> {
        let host = self.host.clone();
        let plan = Session::prepare(scenario, &self.library)?;
        if !scenario.scripted {
            plan.fresh_tables(&self.engine, scenario.create_table)?;
        }
        match (&scenario.course, seeder) {
            (Course::Alone(steps), _) => self.steps(&plan, &host, steps),
            (Course::Interop { seed, read, .. }, Some(seeder)) => {
                self.steps(&plan, seeder, seed).map_err(|error| format!("seeding by {seeder}: {error}"))?;
                self.steps(&plan, &host, read)
            }
            (Course::Interop { .. }, None) => Err("no host seeds".into()),
        }
    }

    fn steps(&mut self, plan: &Session, host: &str, steps: &[crate::scenario::Step]) -> Result<(), String> {
        if !self.drivers.contains_key(host) {
            let driver = self.start(host)?;
            self.drivers.insert(host.to_owned(), driver);
        }
        let driver = self.drivers.get_mut(host).expect("it was just started");
        let ended = plan.run(driver, &self.engine, &self.transport, steps);
        if ended.is_err() {
            // It may hang, or be gone, or hold a broken client: the next scenario gets a new one.
            self.drivers.remove(host);
        }
        ended
    }

    fn start(&self, host: &str) -> Result<Driver, String> {
        let known = crate::hosts::find(host);
        let folder = self.root.join(known.map_or(".", |host| host.folder));
        match (self.commands.get(host), known) {
            (Some(command), _) => Driver::start(host, command, &self.root),
            (None, Some(known)) => Driver::start(host, known.command, &folder),
            (None, None) => Err(format!("`{host}` is no host, and no command is given for it")),
        }
    }
}

/// The folder that a scenario is in; one that is in no folder has the tier `own`.
fn tier(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    match below.parent().and_then(Path::file_name) {
        Some(parent) => parent.to_string_lossy().into_owned(),
        None => String::from("own"),
    }
}
