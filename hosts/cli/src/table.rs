//! `tabletheory table`: the tables of a schema document, through the Rust library.

use crate::arguments::{Table as Command, Target};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::Output;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt::Write;
use tabletheory::table::Table;
use tabletheory::{Code, Error, TableTheory};

/// What was done to one table.
#[derive(Debug, Serialize)]
struct Done {
    /// The model.
    model: String,
    /// `created`, `unchanged`, `described`, `deleted`, `absent`.
    done: &'static str,
    /// What the service says about the table, when it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Table>,
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    tables: Vec<Done>,
}

/// Does it to every table in turn; the first failure ends the command.
pub fn run(command: &Command, output: &Output) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Service, "no_runtime", format!("cannot start: {error}")))?;
    let (Command::Create { target, .. } | Command::Describe { target } | Command::Delete { target, .. }) = command;
    let db = open(target)?;
    let mut report = Report { tables: Vec::new() };
    for model in models(&db, target)? {
        let done = runtime.block_on(one(&db, &model, command));
        report.tables.push(done.map_err(|error| failed(&error, Some(&model)))?);
    }
    output.print(&report.text(), &report);
    Ok(Exit::Success)
}

fn open(target: &Target) -> Result<TableTheory, Failure> {
    let document = String::from_utf8(files::read(&target.file)?).map_err(|_| {
        Failure::new(Exit::Problems, "ErrInvalidDocument", format!("`{}` is not UTF-8", target.file.display()))
    })?;
    let mut builder = TableTheory::builder().schema_str(document);
    if let Some(region) = &target.region {
        builder = builder.region(region);
    }
    if let Some(endpoint) = &target.endpoint {
        builder = builder.endpoint(endpoint);
    }
    if let Some(prefix) = &target.prefix {
        builder = builder.table_prefix(prefix);
    }
    builder.build().map_err(|error| {
        let failure = failed(&error, None);
        if error.code() == Code::InvalidDocument {
            return failure.hint(format!("`tabletheory check {}` shows all problems", target.file.display()));
        }
        failure
    })
}

/// The models to go through: the one that was asked for, or, of those that share a table, the first.
fn models(db: &TableTheory, target: &Target) -> Result<Vec<String>, Failure> {
    #[derive(Deserialize)]
    struct Described {
        models: Vec<Model>,
    }
    #[derive(Deserialize)]
    struct Model {
        name: String,
        table: String,
    }
    let text = db.describe().map_err(|error| failed(&error, None))?;
    let described: Described = serde_json::from_str(&text).expect("the core's models document is JSON");
    if let Some(model) = &target.model {
        return Ok(vec![model.clone()]);
    }
    let mut seen = HashSet::new();
    Ok(described.models.into_iter().filter(|model| seen.insert(model.table.clone())).map(|model| model.name).collect())
}

async fn one(db: &TableTheory, model: &str, command: &Command) -> Result<Done, Error> {
    let (done, table) = match command {
        Command::Create { deletion_protection, .. } => {
            let ensured = db.ensure_table(model).deletion_protection(*deletion_protection).await?;
            (if ensured.created { "created" } else { "unchanged" }, Some(ensured.table))
        }
        Command::Describe { .. } => ("described", Some(db.describe_table(model).await?)),
        Command::Delete { .. } => {
            let deleted = db.delete_table(model).await?;
            (if deleted.deleted { "deleted" } else { "absent" }, deleted.table)
        }
    };
    Ok(Done { model: model.to_owned(), done, table })
}

fn failed(error: &Error, model: Option<&str>) -> Failure {
    let exit = if error.code() == Code::InvalidDocument { Exit::Problems } else { Exit::Service };
    let about = model.map(|model| format!("model `{model}`: ")).unwrap_or_default();
    let failure = Failure::new(exit, error.code().as_str(), format!("{about}{}", error.message()));
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::new();
        for Done { model, done, table } in &self.tables {
            let Some(table) = table else {
                let _ = writeln!(text, "{model}: {done}");
                continue;
            };
            let _ = writeln!(text, "{model}: table {} {done}, {}", table.name, table.status);
            if *done != "described" {
                continue;
            }
            let _ = writeln!(text, "  key    {}", [&table.keys.partition[..], &table.keys.sort].concat().join(", "));
            for index in &table.indexes {
                let key = [&index.keys.partition[..], &index.keys.sort].concat().join(", ");
                let _ = writeln!(text, "  {}    {} ({key})", index.r#type, index.name);
            }
            if let Some(ttl) = &table.ttl {
                let _ = writeln!(text, "  ttl    {ttl}");
            }
            if let (Some(items), Some(bytes)) = (table.items, table.bytes) {
                let _ = writeln!(text, "  holds  about {items} items, {bytes} bytes");
            }
        }
        text
    }
}
