//! One component in every package: where its copies are, and whether they are equal.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use crate::{component, digest, wasm};

/// The folders where packages keep their copy. They exist once a package has been built.
const COPIES: [(&str, &str); 3] = [("Go", "go-shim/internal"), ("Node", "ts-shim/dist"), ("Python", "py-shim/src")];

/// Prints the facts of the canonical component.
pub fn sizes(workspace: &Workspace) -> Result<()> {
    let bytes = fs::read(workspace.component()).context("there is no component: run `make wasm`")?;
    component::check(&bytes)?;
    wasm::report(&bytes)?;
    wasm::limits(&bytes)
}

/// Prints the digest of each copy; fails unless all are equal.
pub fn digests(workspace: &Workspace) -> Result<()> {
    let canonical = digest::sha256(&fs::read(workspace.component()).context("there is no component: run `make wasm`")?);
    let mut different = 0;
    for (package, folder) in COPIES {
        let mut files = Vec::new();
        wasm_files(&workspace.path(folder), &mut files);
        if files.is_empty() {
            println!("{package:<8} not built");
        }
        for file in files {
            let found = digest::sha256(&fs::read(&file)?);
            different += usize::from(found != canonical);
            println!("{package:<8} {found}  {}", file.strip_prefix(workspace.root()).unwrap_or(&file).display());
        }
    }
    ensure!(different == 0, "{different} packages carry another component: build them again");
    Ok(())
}

fn wasm_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            wasm_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
}
