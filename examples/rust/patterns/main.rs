//! Patterns of access, one to a file. `cargo run -p tabletheory --example patterns put-get` runs one of them.
//!
//! Region, endpoint and credentials come from the environment, as AWS users expect: `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`,
//! `AWS_ACCESS_KEY_ID`, …

use serde::{Deserialize, Serialize};
use tabletheory::{Set, TableTheory};

/// Declares the patterns: `name` is in `name.rs`.
macro_rules! patterns {
    ($($name:literal $module:ident $document:literal $model:literal;)*) => {
        $(#[path = $name] mod $module;)*

        /// The schema document of a pattern, and the model whose table it needs.
        fn needs(file: &str) -> Option<(&'static str, &'static str)> {
            match file {
                $($name => Some(($document, $model)),)*
                _ => None,
            }
        }

        async fn run(file: &str, db: &TableTheory) -> Result<(), tabletheory::Error> {
            match file {
                $($name => $module::run(db).await,)*
                _ => Ok(()),
            }
        }
    };
}

patterns! {
    "batch-get.rs" batch_get "notes.dms.yml" "Note";
    "batch-write.rs" batch_write "notes.dms.yml" "Note";
    "count.rs" count "notes.dms.yml" "Note";
    "filter.rs" filter "notes.dms.yml" "Note";
    "gsi-query.rs" gsi_query "notes.dms.yml" "Note";
    "optimistic-locking.rs" optimistic_locking "notes.dms.yml" "Note";
    "paging-cursor.rs" paging_cursor "notes.dms.yml" "Note";
    "put-get.rs" put_get "notes.dms.yml" "Note";
    "query-sort-key-prefix.rs" query_sort_key_prefix "notes.dms.yml" "Note";
    "scan-parallel.rs" scan_parallel "notes.dms.yml" "Note";
    "transaction.rs" transaction "notes.dms.yml" "Note";
    "unique-constraint.rs" unique_constraint "users.dms.yml" "User";
    "update-expressions.rs" update_expressions "notes.dms.yml" "Note";
    "wait-for.rs" wait_for "notes.dms.yml" "Note";
}

/// The model of `notes.dms.yml`. Times and version are set by the library, so they are read, never written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Note {
    pk: String,
    sk: String,
    title: String,
    body: Option<String>,
    author: Option<String>,
    status: Option<String>,
    views: u64,
    tags: Set<String>,
    #[serde(skip_serializing)]
    created_at: String,
    #[serde(skip_serializing)]
    version: u64,
}

impl Note {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Note { pk: pk.into(), sk: sk.into(), ..Note::default() }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let file = format!("{name}.rs");
    let (document, model) = needs(&file).ok_or("name one of the files, for instance `put-get`")?;

    let schema = format!("{}/../../examples/{document}", env!("CARGO_MANIFEST_DIR"));
    let db = TableTheory::builder().schema_file(schema)?.table_prefix(format!("{name}-")).build()?;
    db.ensure_table(model).await?;
    run(&file, &db).await?;
    Ok(())
}
