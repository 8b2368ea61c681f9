//! `xtask wasm`: builds the component, or proves that the one in the repository was built from these sources.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::component::{self, Stamp};
use crate::digest;
use crate::toolchain::{Kind, Toolchain};
use crate::workspace::Workspace;

/// Largest component, in bytes: what Node parses, Go embeds and Python loads at each start.
const LARGEST: usize = 900_000;
/// Largest component after gzip: what a package download carries.
const LARGEST_GZIP: usize = 320_000;

/// Builds the component, unless the one there is current.
pub fn build(workspace: &Workspace, rebuild: bool, kind: Option<Kind>) -> Result<()> {
    let source = digest::sources(workspace)?;
    let path = workspace.component();
    if !rebuild && let Ok(present) = fs::read(&path) {
        match component::stamp(&present) {
            Ok(stamp) if stamp.source == source => {
                println!("the component is current: sources {}, {}", &source[..12], stamp.compiler);
                return Ok(());
            }
            Ok(stamp) => {
                println!("the component is of sources {}, the sources are {}", short(&stamp.source), short(&source))
            }
            Err(error) => println!("the component has to be built: {error}"),
        }
    }
    let built = compile(workspace, source, kind, false)?;
    let folder = path.parent().context("the component has no folder")?;
    fs::create_dir_all(folder)?;
    // A half-written file must never be embedded by a build that runs meanwhile.
    let temporary = path.with_extension("wasm.tmp");
    fs::write(&temporary, &built)?;
    fs::rename(&temporary, &path)?;
    report(&built)?;
    println!("  next      `make instructions` says whether bench/instructions.json still holds");
    // Too large is for `--verify` to refuse: who works on the core wants to test it meanwhile.
    if let Err(error) = limits(&built) {
        println!("  warning   {error}");
    }
    Ok(())
}

/// Builds the component anew and compares it with the one in the repository.
pub fn verify(workspace: &Workspace, kind: Option<Kind>) -> Result<()> {
    let source = digest::sources(workspace)?;
    let present = fs::read(workspace.component()).context("there is no component: run `make wasm`")?;
    let stamp = component::stamp(&present)?;
    ensure!(
        stamp.source == source,
        "the component is of sources {}, the sources are {}: run `make wasm` and commit the result",
        short(&stamp.source),
        short(&source)
    );
    component::check(&present)?;
    limits(&present)?;

    let built = compile(workspace, source, kind, true)?;
    let compiler = component::stamp(&built)?.compiler;
    report(&built)?;
    if compiler != stamp.compiler {
        println!("sources equal; bytes not compared: built by {}, here is {compiler}", stamp.compiler);
    } else if built == present {
        println!("sources and bytes equal: sha256 {}", digest::sha256(&present));
    } else {
        bail!(
            "{compiler} gives other bytes for the same sources: {} here, {} there",
            digest::sha256(&built),
            digest::sha256(&present)
        );
    }
    Ok(())
}

fn compile(workspace: &Workspace, source: String, kind: Option<Kind>, locked: bool) -> Result<Vec<u8>> {
    let toolchain = match Toolchain::find(kind) {
        Some(toolchain) => toolchain,
        None => {
            let set_up = Command::new(workspace.path("scripts/setup")).arg("wasm").status();
            ensure!(
                set_up.context("cannot run `scripts/setup wasm`")?.success(),
                "there is no compiler for wasm32-unknown-unknown"
            );
            Toolchain::find(kind).context("`scripts/setup wasm` gave no compiler for wasm32-unknown-unknown")?
        }
    };
    println!("building the component of sources {} with {}", short(&source), toolchain.version);
    let stamp = Stamp { contract: contract(workspace)?, source, compiler: toolchain.version.clone() };
    let variables = [("TABLETHEORY_SOURCE_DIGEST", &*stamp.source), ("TABLETHEORY_COMPILER", &*stamp.compiler)];
    let module = fs::read(toolchain.build(workspace, &variables, locked)?).context("cannot read the core module")?;
    let built = component::encode(&module, &stamp)?;
    component::check(&built)?;
    Ok(built)
}

/// The contract version, as the core declares it.
fn contract(workspace: &Workspace) -> Result<u32> {
    let library = workspace.read("core-wasm/src/lib.rs")?;
    let value = library.lines().find_map(|line| line.strip_prefix("pub const CONTRACT: u32 = ")?.strip_suffix(';'));
    value.context("core-wasm/src/lib.rs declares no `CONTRACT`")?.parse().context("`CONTRACT` is not a number")
}

/// Prints the facts of a component.
pub fn report(bytes: &[u8]) -> Result<()> {
    let stamp = component::stamp(bytes)?;
    let shape = component::shape(bytes)?;
    println!("  sha256    {}", digest::sha256(bytes));
    println!("  sources   {}", stamp.source);
    println!("  compiler  {}", stamp.compiler);
    println!("  contract  {}", stamp.contract);
    println!("  size      {} bytes of {LARGEST}, gzip {} of {LARGEST_GZIP}", bytes.len(), gzip(bytes)?);
    println!("  imports   {}", if shape.imports.is_empty() { "none".to_owned() } else { shape.imports.join(" ") });
    println!("  exports   {}", shape.exports.join(" "));
    Ok(())
}

/// Fails when a component is too large.
pub fn limits(bytes: &[u8]) -> Result<()> {
    let compressed = gzip(bytes)?;
    ensure!(bytes.len() <= LARGEST, "the component has {} bytes, more than {LARGEST}", bytes.len());
    ensure!(compressed <= LARGEST_GZIP, "the component has {compressed} bytes after gzip, more than {LARGEST_GZIP}");
    Ok(())
}

fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
