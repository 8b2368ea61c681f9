//! The digest of the sources that make up the component.
//!
//! Two compilers give different bytes for the same sources, so bytes cannot say whether a component is current. This digest can.
//! It covers what goes into the build and nothing else: a new dependency of some host, or of the core's tests, leaves it as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};
use toml::{Table, Value};

use crate::workspace::Workspace;

/// SHA-256 of `bytes` in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of the core's sources, the boundary, the build settings and every locked dependency.
pub fn sources(workspace: &Workspace) -> Result<String> {
    let mut parts = BTreeMap::new();
    for folder in ["core-wasm/src", "core-wasm/codec/src", "core-wasm/wire/src"] {
        source_files(workspace.root(), &workspace.path(folder), &mut parts)?;
    }
    for manifest in ["core-wasm/codec/Cargo.toml", "core-wasm/wire/Cargo.toml"] {
        parts.insert(manifest.into(), workspace.read(manifest)?.into_bytes());
    }
    parts.insert("wit/tabletheory.wit".into(), workspace.read("wit/tabletheory.wit")?.into_bytes());

    let root: Table = workspace.read("Cargo.toml")?.parse().context("Cargo.toml")?;
    let core: Table = workspace.read("core-wasm/Cargo.toml")?.parse().context("core-wasm/Cargo.toml")?;
    let lock: Table = workspace.read("Cargo.lock")?.parse().context("Cargo.lock")?;
    parts.insert("settings".into(), settings(&root, &core)?.into_bytes());
    parts.insert("locked".into(), locked(&core, &lock)?.into_bytes());

    let mut hash = Sha256::new();
    for (name, content) in &parts {
        // Lengths keep two different sets of parts from reading as the same bytes.
        hash.update(format!("{} {}\n", name.len(), content.len()));
        hash.update(name);
        hash.update(content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn source_files(root: &Path, folder: &Path, parts: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            source_files(root, &path, parts)?;
        } else if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            parts.insert(name, fs::read(&path)?);
        }
    }
    Ok(())
}

/// What the manifests say about the build, in a form that comments and order do not change.
fn settings(root: &Table, core: &Table) -> Result<String> {
    let workspace = table(root, "workspace")?;
    let package = table(workspace, "package")?;
    let shared = table(workspace, "dependencies")?;
    let mut dependencies = Table::new();
    for name in table(core, "dependencies")?.keys() {
        dependencies.insert(name.clone(), shared.get(name).cloned().unwrap_or(Value::Boolean(false)));
    }
    Ok(serde_json::to_string(&serde_json::json!({
        "version": package.get("version"),
        "edition": package.get("edition"),
        "profile": table(root, "profile")?.get("wasm"),
        "package": core.get("package"),
        "lib": core.get("lib"),
        "features": core.get("features"),
        "dependencies": core.get("dependencies"),
        "workspace": dependencies,
    }))?)
}

fn table<'a>(parent: &'a Table, name: &str) -> Result<&'a Table> {
    parent.get(name).and_then(Value::as_table).with_context(|| format!("no table `{name}`"))
}

/// Name, version and checksum of every package that the core depends on, tests apart.
fn locked(core: &Table, lock: &Table) -> Result<String> {
    let packages: Vec<&Table> = lock
        .get("package")
        .and_then(Value::as_array)
        .context("Cargo.lock has no packages")?
        .iter()
        .filter_map(Value::as_table)
        .collect();
    let own = packages.iter().find(|package| text(package, "name") == "tabletheory-core");
    let own = own.context("Cargo.lock does not know `tabletheory-core`")?;
    let wanted = table(core, "dependencies")?;
    let first = names(own).filter(|name| wanted.contains_key(name.split(' ').next().unwrap_or(name)));

    let mut queue: Vec<&str> = first.collect();
    let mut lines = BTreeSet::new();
    while let Some(reference) = queue.pop() {
        // `name`, or `name version` where the lock file holds several versions of it.
        let (name, version) =
            reference.split_once(' ').map_or((reference, None), |(name, version)| (name, Some(version)));
        let found: Vec<_> = packages
            .iter()
            .filter(|package| {
                text(package, "name") == name && version.is_none_or(|version| text(package, "version") == version)
            })
            .collect();
        let [package] = found[..] else { bail!("Cargo.lock holds {} packages `{reference}`", found.len()) };
        if lines.insert(format!("{name} {} {}\n", text(package, "version"), text(package, "checksum"))) {
            queue.extend(names(package));
        }
    }
    Ok(lines.into_iter().collect())
}

fn names(package: &Table) -> impl Iterator<Item = &str> {
    package.get("dependencies").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn text<'a>(package: &'a Table, member: &str) -> &'a str {
    package.get(member).and_then(Value::as_str).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "[dependencies]\nserde.workspace = true\n[dev-dependencies]\nproptest.workspace = true\n";
    const LOCK: &str = r#"
        package = [
            { name = "tabletheory-core", version = "0.1.0", dependencies = ["proptest", "serde 1.0.1"] },
            { name = "serde", version = "1.0.1", checksum = "aa", dependencies = ["itoa"] },
            { name = "serde", version = "0.9.0", checksum = "bb" },
            { name = "itoa", version = "1.0.0", checksum = "cc", dependencies = ["serde 1.0.1"] },
            { name = "proptest", version = "1.0.0", checksum = "dd" },
        ]"#;

    #[test]
    fn the_lock_file_counts_as_far_as_the_core_reaches() {
        let core: Table = CORE.parse().unwrap();
        assert_eq!(locked(&core, &LOCK.parse().unwrap()).unwrap(), "itoa 1.0.0 cc\nserde 1.0.1 aa\n");
        let moved = LOCK.replace("1.0.0\", checksum = \"cc", "1.0.2\", checksum = \"ee");
        assert_eq!(locked(&core, &moved.parse().unwrap()).unwrap(), "itoa 1.0.2 ee\nserde 1.0.1 aa\n");
    }

    #[test]
    fn a_lock_file_without_the_package_is_refused() {
        let core: Table = CORE.parse().unwrap();
        let lock: Table = LOCK.replace("name = \"itoa\"", "name = \"other\"").parse().unwrap();
        assert!(locked(&core, &lock).unwrap_err().to_string().contains("`itoa`"));
    }

    #[test]
    fn settings_take_in_shared_dependencies_of_the_core_only() {
        let root = "[workspace.package]\nversion = \"1\"\nedition = \"2024\"\n[workspace.dependencies]\nserde = \"1\"\nclap = \"4\"\n[profile.wasm]\nlto = \"fat\"\n";
        let core: Table = CORE.parse().unwrap();
        let text = settings(&root.parse().unwrap(), &core).unwrap();
        assert_eq!(text, settings(&root.replace("clap = \"4\"", "clap = \"5\"").parse().unwrap(), &core).unwrap());
        assert_ne!(text, settings(&root.replace("serde = \"1\"", "serde = \"2\"").parse().unwrap(), &core).unwrap());
        assert_ne!(text, settings(&root.replace("fat", "thin").parse().unwrap(), &core).unwrap());
    }

    #[test]
    fn sha256_is_the_published_one() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
