//! Creates the table of the demo from `examples/notes.dms.yml`, and one note in it.
//!
//! Region, endpoint and credentials come from the environment, as AWS users expect: `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, …
//! Run it with `cargo run -p tabletheory --example create`.

use serde::{Deserialize, Serialize};
use tabletheory::{Code, Set, TableTheory};

/// A note as this program sees it. Times and version are set by the library, so they are read, never written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    pk: String,
    sk: String,
    title: String,
    author: Option<String>,
    #[serde(default)]
    views: u64,
    #[serde(default)]
    tags: Set<String>,
    #[serde(default, skip_serializing)]
    created_at: String,
    #[serde(default, skip_serializing)]
    version: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notes.dms.yml");
    let db = TableTheory::builder().schema_file(schema)?.build()?;

    let ensured = db.ensure_table("Note").await?;
    let what = if ensured.created { "created the table" } else { "found the table" };
    println!("rust: {what} `{}`, status {}", ensured.table.name, ensured.table.status);

    let notes = db.model::<Note>("Note")?;
    let note = Note {
        pk: "u#1".into(),
        sk: "n#1".into(),
        title: "Made in Rust".into(),
        author: Some("u#1".into()),
        views: 0,
        tags: Set::from(["demo".to_owned()]),
        created_at: String::new(),
        version: 0,
    };
    match notes.create(&note).outcome().await {
        Ok(outcome) => {
            let note = outcome.value.stamp(&note)?;
            let units = outcome.stats.capacity.map_or("unknown".to_owned(), |capacity| capacity.total.to_string());
            println!(
                "rust: created the note `{}` at {}, version {} ({units} capacity units)",
                note.title, note.created_at, note.version
            );
        }
        Err(error) if error.code() == Code::ConditionFailed => {
            let note = notes.get(&note).consistent().await?;
            println!("rust: the note is there already, title `{}`, version {}", note.title, note.version);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
