//! `xtask licenses`: the part of cargo-deny that needs no installation. Same rules: `deny.toml`.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use spdx::{Expression, Licensee};

use crate::workspace::Workspace;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

/// Checks licence and origin of every package that any build of the workspace can take in.
pub fn run(workspace: &Workspace) -> Result<()> {
    let rules: Rules = toml::from_str(&workspace.read("deny.toml")?).context("deny.toml")?;
    let allowed =
        rules.licenses.allow.iter().map(|name| Licensee::parse(name).with_context(|| format!("deny.toml: `{name}`")));
    let allowed = allowed.collect::<Result<Vec<_>>>()?;

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace.root()).args(["metadata", "--format-version", "1", "--all-features", "--locked"]);
    let output = command.output().context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;

    let mut refused = 0;
    for package in &metadata.packages {
        if let Some(reason) = objection(package, &allowed) {
            println!("{} {}: {reason}", package.name, package.version);
            refused += 1;
        }
    }
    ensure!(refused == 0, "{refused} packages are not allowed by deny.toml");
    println!("{} packages, all with licences from deny.toml", metadata.packages.len());
    Ok(())
}

fn objection(package: &Package, allowed: &[Licensee]) -> Option<String> {
    if let Some(source) = &package.source
        && !source.starts_with("registry+https://github.com/rust-lang/crates.io-index")
    {
        return Some("comes from another place than crates.io".into());
    }
    let Some(license) = &package.license else { return Some("declares no licence".into()) };
    // Older manifests write `MIT/Apache-2.0`.
    let Ok(expression) = Expression::parse(&license.replace('/', " OR ")) else {
        return Some(format!("licence `{license}` is not an SPDX expression"));
    };
    let fine = expression.evaluate(|requirement| allowed.iter().any(|licensee| licensee.satisfies(requirement)));
    (!fine).then(|| format!("licence `{license}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(license: Option<&str>, source: Option<&str>) -> bool {
        let allowed = ["MIT", "Apache-2.0"].map(|name| Licensee::parse(name).unwrap());
        let text = |text: &str| text.to_owned();
        let package =
            Package { name: "a".into(), version: "1".into(), license: license.map(text), source: source.map(text) };
        objection(&package, &allowed).is_some()
    }

    #[test]
    fn licences_are_expressions() {
        assert!(!refused(Some("MIT OR GPL-3.0-only"), None));
        assert!(!refused(Some("MIT/Apache-2.0"), None));
        assert!(refused(Some("MIT AND GPL-3.0-only"), None));
        assert!(refused(Some("GPL-3.0-only"), None));
        assert!(refused(Some("my own"), None));
        assert!(refused(None, None));
    }

    #[test]
    fn packages_come_from_the_registry() {
        assert!(!refused(Some("MIT"), Some("registry+https://github.com/rust-lang/crates.io-index")));
        assert!(refused(Some("MIT"), Some("git+https://example.com/a")));
    }
}
