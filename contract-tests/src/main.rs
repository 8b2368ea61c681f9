//! The command of the contract tests.

use clap::{Args, Parser, Subcommand};
use contract_tests::engine::Engine;
use contract_tests::models::Library;
use contract_tests::parity::{self, Features};
use contract_tests::results::{Results, Status, table};
use contract_tests::run::Runner;
use contract_tests::scenario::Scenario;
use contract_tests::value::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run contract scenarios through the driver of a host, and print tables of results
#[derive(Debug, Parser)]
#[command(
    name = "contract-tests",
    after_help = "Exit codes: 0 nothing failed, 1 something failed, 2 the command line makes no sense"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run scenarios on one host and one engine
    Run(Box<Run>),
    /// Run the cases of the hostile server on one host
    Hostile(Box<Hostile>),
    /// Read scenario files and say what is wrong with them, without running them
    Check {
        /// Folder of scenarios
        #[arg(default_value = "contract-tests/scenarios", env = "CONTRACT_SCENARIOS")]
        scenarios: PathBuf,
    },
    /// Print one table of all result files below some folders
    Table {
        /// Folders of result files
        #[arg(required = true)]
        results: Vec<PathBuf>,
    },
    /// Write docs/parity.md from the result files of a whole run
    Parity {
        /// Folder of result files
        #[arg(default_value = "target/contract", env = "CONTRACT_RESULTS")]
        results: PathBuf,
        /// Write nothing: fail when the page says anything else, but for the date
        #[arg(long)]
        check: bool,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// native, component, node, python or go
    #[arg(long)]
    host: String,
    /// Label of the engine in the results, for instance embedded or dynamodb-local
    #[arg(long, env = "CONTRACT_ENGINE", default_value = "embedded")]
    engine: String,
    /// URL of the running engine
    #[arg(long, env = "CONTRACT_ENDPOINT")]
    endpoint: String,
    /// Folder of scenarios
    #[arg(long, env = "CONTRACT_SCENARIOS", default_value = "contract-tests/scenarios")]
    scenarios: PathBuf,
    /// Folder of schema documents
    #[arg(long, env = "CONTRACT_DMS", default_value = "contract-tests/dms")]
    dms: PathBuf,
    /// Folder for the result file `<host>-<engine>.json`
    #[arg(long, env = "CONTRACT_RESULTS")]
    results: Option<PathBuf>,
    /// Command that starts the host's driver, instead of the usual one
    #[arg(long)]
    driver: Option<String>,
    /// Command that starts the driver of another host, which seeds: HOST=COMMAND
    #[arg(long, value_name = "HOST=COMMAND")]
    seeder: Vec<String>,
    /// Transport of the library: its standard client (http), its sockets (socket) or the official SDK (sdk)
    #[arg(long, env = "CONTRACT_TRANSPORT", default_value = "http", value_parser = ["http", "socket", "sdk"])]
    transport: String,
    /// Run only files whose path holds this text
    #[arg(long)]
    only: Option<String>,
    /// Folder in which drivers are started
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

#[derive(Debug, Args)]
struct Hostile {
    /// native, component, node, python or go
    #[arg(long)]
    host: String,
    /// Folder of cases
    #[arg(long, default_value = "contract-tests/hostile")]
    cases: PathBuf,
    /// Folder of schema documents, one of them with the model `Account`
    #[arg(long, default_value = "contract-tests/dms")]
    dms: PathBuf,
    /// Folder for the result file `<host>-hostile.json`
    #[arg(long, env = "CONTRACT_RESULTS")]
    results: Option<PathBuf>,
    /// Command that starts the host's driver, instead of the usual one
    #[arg(long)]
    driver: Option<String>,
    /// Transport of the library: its sockets, or another one for comparison
    #[arg(long, default_value = "socket", value_parser = ["socket", "http", "sdk"])]
    transport: String,
    /// Run only cases whose name holds this text
    #[arg(long)]
    only: Option<String>,
    /// Folder in which drivers are started
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(options) => run(&options),
        Command::Hostile(options) => hostile(&options),
        Command::Check { scenarios } => check(&scenarios),
        Command::Table { results } => print_table(&results),
        Command::Parity { results, check } => write_parity(&results, check),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Run) -> Result<bool, String> {
    if options.driver.is_none() {
        contract_tests::hosts::runtime(&options.host)?;
    }
    let library = Library::read(&options.dms)?;
    for document in library.unreadable() {
        eprintln!("warning: {document}");
    }
    // Its own access key: engines that keep the tables of access keys apart can then serve several hosts at once.
    let engine = Engine::new(&options.endpoint, "us-east-1", &format!("contract{}", options.host));
    engine.call("ListTables", &Value::Object(Vec::new())).map_err(|error| format!("no engine: {error}"))?.ok();
    let mut runner = Runner::new(&options.host, engine, &options.transport, library, &options.root);
    if let Some(command) = &options.driver {
        runner.commands.insert(options.host.clone(), command.clone());
    }
    for seeder in &options.seeder {
        let (host, command) = seeder.split_once('=').ok_or("`--seeder` needs HOST=COMMAND")?;
        runner.commands.insert(host.to_owned(), command.to_owned());
    }
    let mut results = Results { host: options.host.clone(), engine: options.engine.clone(), ..Results::default() };
    for path in contract_tests::files::find(&options.scenarios)? {
        if options.only.as_ref().is_some_and(|only| !path.to_string_lossy().contains(only)) {
            continue;
        }
        for line in runner.file(&options.scenarios, &path) {
            say(&line);
            results.scenarios.push(line);
        }
    }
    if results.scenarios.is_empty() {
        return Err(format!("no scenarios in `{}`", options.scenarios.display()));
    }
    finish(&results, options.results.as_deref())
}

fn hostile(options: &Hostile) -> Result<bool, String> {
    if options.driver.is_none() {
        contract_tests::hosts::runtime(&options.host)?;
    }
    let cases = contract_tests::hostile::case::read(&options.cases)?;
    let document = Library::read(&options.dms)?.document("0.2", &["Account"])?;
    let mut runner = contract_tests::hostile::run::Runner::new(
        &options.host,
        options.driver.clone(),
        options.root.clone(),
        &options.transport,
        document,
    )?;
    let mut results = Results { host: options.host.clone(), engine: "hostile".into(), ..Results::default() };
    for (file, case) in &cases {
        if options.only.as_ref().is_some_and(|only| !case.case.contains(only)) {
            continue;
        }
        for line in runner.case(file, case) {
            say(&line);
            results.scenarios.push(line);
        }
    }
    finish(&results, options.results.as_deref())
}

/// Writes the result file and says how it went.
fn finish(results: &Results, folder: Option<&Path>) -> Result<bool, String> {
    if results.scenarios.is_empty() {
        return Err("nothing was run".into());
    }
    if let Some(folder) = folder {
        results.write(folder)?;
    }
    let (passed, failed) = (results.count(Status::Passed), results.count(Status::Failed));
    println!(
        "{} on {}: {passed} passed, {failed} failed, {} later",
        results.host,
        results.engine,
        results.count(Status::Later)
    );
    Ok(failed == 0)
}

fn say(line: &contract_tests::results::Line) {
    let (word, rest) = match line.status {
        Status::Passed => ("passed", String::new()),
        Status::Failed => ("FAILED", format!("\n        {}", line.error.as_deref().unwrap_or_default())),
        Status::Later => ("later ", format!(" ({})", line.capability.as_deref().unwrap_or_default())),
    };
    let _ = writeln!(std::io::stdout(), "{word}  {} [{}]{rest}", line.name, line.file);
}

fn check(folder: &Path) -> Result<bool, String> {
    let files = contract_tests::files::find(folder)?;
    let mut wrong = 0;
    for path in &files {
        if let Err(error) = Scenario::read(path) {
            wrong += 1;
            println!("{}: {error}", path.display());
        }
    }
    println!("{} scenarios, {wrong} not understood", files.len());
    Ok(wrong == 0 && !files.is_empty())
}

fn write_parity(folder: &Path, check: bool) -> Result<bool, String> {
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("cannot read `{path}`: {error}"));
    let features =
        Features::parse(&read(parity::FEATURES)?).map_err(|error| format!("`{}`: {error}", parity::FEATURES))?;
    let page = parity::page(&Results::read(folder)?, &features)?;
    if read(parity::PAGE).is_ok_and(|old| parity::same(&old, &page)) {
        return Ok(true);
    }
    if check {
        println!("`{}` is not what this run gave: run `make parity`", parity::PAGE);
        return Ok(false);
    }
    std::fs::write(parity::PAGE, page).map_err(|error| format!("cannot write `{}`: {error}", parity::PAGE))?;
    Ok(true)
}

fn print_table(folders: &[PathBuf]) -> Result<bool, String> {
    let mut all = Vec::new();
    for folder in folders {
        all.extend(Results::read(folder)?);
    }
    let (text, fine) = table(&all);
    print!("{text}");
    Ok(fine)
}
