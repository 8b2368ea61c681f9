//! One component in every package: where its copies are, and whether they are equal.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::workspace::Workspace;
use crate::{component, digest, wasm};

/// The folders where packages keep their copy. They exist once a package has been built.
const COPIES: [(&str, &str); 3] = [("Go", "go-shim/internal"), ("Node", "ts-shim/dist"), ("Python", "py-shim/src")];

/// How a component begins in base64.
const INLINED: &str = "AGFzbQ0AAQA";

/// Prints the facts of the canonical component.
pub fn sizes(workspace: &Workspace) -> Result<()> {
    let bytes = fs::read(workspace.component()).context("there is no component: run `make wasm`")?;
    component::check(&bytes)?;
    wasm::report(&bytes)?;
    wasm::limits(&bytes)
}

/// Prints the digest of each copy; fails unless all are equal.
pub fn digests(workspace: &Workspace) -> Result<()> {
    let canonical = fs::read(workspace.component()).context("there is no component: run `make wasm`")?;
    let canonical = digest::sha256(&canonical);
    let mut different = 0;
    for (package, folder) in COPIES {
        let mut files = Vec::new();
        walk(&workspace.path(folder), &mut files);
        let mut found = false;
        for file in files {
            let Some(bytes) = copy(&file)? else { continue };
            found = true;
            let digest = digest::sha256(&bytes);
            different += usize::from(digest != canonical);
            let name = file.strip_prefix(workspace.root()).unwrap_or(&file);
            println!("{package:<7} {digest}  {}", name.display());
        }
        if !found {
            println!("{package:<7} not built");
        }
    }
    ensure!(different == 0, "{different} copies are not the component of the repository: build the packages again");
    Ok(())
}

/// The component in a file: the whole file, or inlined in a script as base64. None when there is none.
fn copy(file: &Path) -> Result<Option<Vec<u8>>> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("wasm") => Ok(Some(fs::read(file)?)),
        Some("js" | "mjs" | "cjs") => inlined(&fs::read_to_string(file)?),
        _ => Ok(None),
    }
}

fn inlined(script: &str) -> Result<Option<Vec<u8>>> {
    let Some(at) = script.find(INLINED) else { return Ok(None) };
    let text = script[at..].split(['"', '\'', '`']).next().unwrap_or_default();
    Ok(Some(STANDARD.decode(text).ok().context("an inlined component is not base64")?))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inlined_component_is_read() {
        let component = b"\0asm\x0d\0\x01\0\x01\x02\x03";
        let script = format!("export default \"{}\";\n", STANDARD.encode(component));
        assert_eq!(inlined(&script).unwrap().unwrap(), component);
        assert!(inlined("export const x = 1;").unwrap().is_none());
        assert!(inlined("export default \"AGFzbQ0AAQA!\";").is_err());
    }
}
