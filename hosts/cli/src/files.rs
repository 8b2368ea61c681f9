//! The documents that a command line names.

use crate::exit::{Exit, Failure};
use std::path::{Path, PathBuf};

/// Files of these kinds are documents when a folder is searched.
const EXTENSIONS: [&str; 3] = ["yml", "yaml", "json"];

/// Stands for standard input.
pub const STDIN: &str = "-";

/// Every document that `path` names: itself, or, for a folder, all documents in it and its folders, sorted.
/// Hidden folders and links to folders are not entered.
pub fn documents(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    walk(path, &mut found).map_err(|error| unreadable(path, &error))?;
    if found.is_empty() {
        let message = format!("the folder `{}` holds no documents", path.display());
        return Err(
            Failure::new(Exit::File, "no_documents", message).hint("documents are *.yml, *.yaml and *.json files")
        );
    }
    found.sort();
    Ok(found)
}

/// The bytes of a document.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == STDIN {
        let mut bytes = Vec::new();
        return match std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(unreadable(path, &error)),
        };
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            if !entry.file_name().to_string_lossy().starts_with('.') {
                walk(&path, found)?;
            }
        } else if path.extension().and_then(|extension| extension.to_str()).is_some_and(|e| EXTENSIONS.contains(&e)) {
            found.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::File, "unreadable", format!("cannot read `{}`: {error}", path.display()))
}
