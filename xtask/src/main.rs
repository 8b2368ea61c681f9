//! `cargo run -p xtask -- …`: builds the WebAssembly component, and checks what is generated from the core.

use anyhow::Result;
use clap::{Parser, Subcommand};

mod component;
mod digest;
mod licenses;
mod packages;
#[cfg(any(test, feature = "core"))]
mod patterns;
#[cfg(feature = "core")]
mod schemas;
mod toolchain;
mod wasm;
mod workspace;

use workspace::Workspace;

/// Builds the WebAssembly component, and checks what is generated from the core.
#[derive(Parser)]
#[command(name = "xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the component into go-shim/internal/engine/tabletheory.wasm, unless the one there is current.
    Wasm {
        /// Build even when the component there carries the digest of these sources.
        #[arg(long, conflicts_with = "verify")]
        rebuild: bool,
        /// Write nothing: build anew and compare with the component there (sources; bytes, when the compiler is the same).
        #[arg(long)]
        verify: bool,
        /// Toolchain: `rustup` or `debian`. Left out: the first one that can build for wasm32-unknown-unknown.
        #[arg(long, env = "TABLETHEORY_WASM_TOOLCHAIN")]
        toolchain: Option<toolchain::Kind>,
    },
    /// Print the digest of the sources that make up the component.
    Source,
    /// Print the size of the component and what it exports.
    Sizes,
    /// Print the digest of the component in every package; fail unless they are equal.
    Digests,
    /// Check licence and origin of all Rust dependencies against deny.toml.
    Licenses,
    /// Write wit/*.schema.json from the Rust types (feature `core`).
    #[cfg(feature = "core")]
    Schemas {
        /// Write nothing: fail when a file differs.
        #[arg(long)]
        check: bool,
    },
    /// Write the code and the requests of docs/patterns from examples/*/patterns and the core (feature `core`).
    #[cfg(any(test, feature = "core"))]
    Patterns {
        /// Write nothing: fail when a page differs, or a pattern has no program in one of the languages.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let workspace = Workspace::find()?;
    match arguments.command {
        Command::Wasm { verify: true, toolchain, .. } => wasm::verify(&workspace, toolchain),
        Command::Wasm { rebuild, toolchain, .. } => wasm::build(&workspace, rebuild, toolchain),
        Command::Source => {
            println!("{}", digest::sources(&workspace)?);
            Ok(())
        }
        Command::Sizes => packages::sizes(&workspace),
        Command::Digests => packages::digests(&workspace),
        Command::Licenses => licenses::run(&workspace),
        #[cfg(feature = "core")]
        Command::Schemas { check } => schemas::run(&workspace, check),
        #[cfg(any(test, feature = "core"))]
        Command::Patterns { check } => patterns::run(&workspace, check),
    }
}
