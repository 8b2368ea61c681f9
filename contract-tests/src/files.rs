//! Finds documents in folders.

use std::path::{Path, PathBuf};

/// All `*.yml`, `*.yaml` and `*.json` files of a folder and its folders, sorted.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    walk(folder, &mut found).map_err(|error| format!("cannot read the folder `{}`: {error}", folder.display()))?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| ["yml", "yaml", "json"].iter().any(|known| extension == *known))
        {
            found.push(path);
        }
    }
    Ok(())
}
