//! `xtask schemas`: the JSON Schemas of the boundary documents, generated from the Rust types.

use std::fs;

use anyhow::{Result, ensure};

use crate::workspace::Workspace;

/// Writes `wit/*.schema.json` for every document, or checks that they are current.
pub fn run(workspace: &Workspace, check: bool) -> Result<()> {
    let folder = workspace.path("wit");
    let mut expected = Vec::new();
    let mut stale = Vec::new();
    for (file, schema) in tabletheory_core::schemas() {
        let text = serde_json::to_string_pretty(&schema)? + "\n";
        if fs::read_to_string(folder.join(file)).ok().as_deref() != Some(&text) {
            if !check {
                fs::write(folder.join(file), text)?;
            }
            stale.push(file.to_owned());
        }
        expected.push(file);
    }
    for entry in fs::read_dir(&folder)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if file.ends_with(".schema.json") && !expected.contains(&&*file) {
            if !check {
                fs::remove_file(folder.join(&file))?;
            }
            stale.push(file);
        }
    }
    ensure!(!check || stale.is_empty(), "not generated from these sources: {}: run `make schemas`", stale.join(", "));
    println!("{} schemas, {} {}", expected.len(), stale.len(), if check { "stale" } else { "written" });
    Ok(())
}
