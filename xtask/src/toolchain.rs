//! The compiler that builds for `wasm32-unknown-unknown`.
//!
//! Usually rustup's, with its target installed. Where rustup cannot download, Debian's packages carry a whole second
//! toolchain: it has the sources of the standard library, which is then built along.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";

/// Which toolchain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The toolchain that runs this tool.
    Rustup,
    /// The packages `cargo-web`, `rustc-web` and `rust-web-src`.
    Debian,
}

/// A toolchain that can build for the target.
#[derive(Debug)]
pub struct Toolchain {
    kind: Kind,
    cargo: PathBuf,
    rustc: PathBuf,
    /// `rustc --version`.
    pub version: String,
}

impl Toolchain {
    /// The wanted toolchain, or the first one there is.
    pub fn find(wanted: Option<Kind>) -> Option<Self> {
        let kinds = wanted.map_or(vec![Kind::Rustup, Kind::Debian], |kind| vec![kind]);
        kinds.iter().find_map(|kind| match kind {
            Kind::Rustup => rustup(),
            Kind::Debian => debian(),
        })
    }

    /// Builds the core module, and says where it is. `variables` are read by the core while it is compiled.
    pub fn build(&self, workspace: &Workspace, variables: &[(&str, &str)], locked: bool) -> Result<PathBuf> {
        // Two compilers in one target folder would rebuild everything at each turn.
        let folder = workspace.path(match self.kind {
            Kind::Rustup => "target/wasm/rustup",
            Kind::Debian => "target/wasm/debian",
        });
        let mut command = Command::new(&self.cargo);
        command.current_dir(workspace.root());
        for (name, _) in std::env::vars_os() {
            // Nothing but what is written here may change the bytes.
            let text = name.to_string_lossy();
            if text.starts_with("RUST") && text != "RUSTUP_HOME"
                || text.starts_with("CARGO_") && text != "CARGO_HOME" && text != "CARGO_NET_OFFLINE"
            {
                command.env_remove(&name);
            }
        }
        command.args(["build", "--lib", "--package", "tabletheory-core", "--features", "component"]);
        command.args(["--profile", "wasm", "--target", TARGET, "--target-dir"]).arg(&folder);
        if locked {
            command.arg("--locked");
        }
        if self.kind == Kind::Debian {
            command.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
        }
        command.env("RUSTC", &self.rustc).env("CARGO_ENCODED_RUSTFLAGS", self.flags(workspace)?.join("\u{1f}"));
        command.envs(variables.iter().copied());
        ensure!(command.status().context("cannot run cargo")?.success(), "the core does not build for {TARGET}");
        Ok(folder.join(TARGET).join("wasm/tabletheory_core.wasm"))
    }

    /// Every host's runtime has had vectors for years; hashing is faster with them. Panic texts name source files: the folders of this
    /// machine are kept out of the module.
    fn flags(&self, workspace: &Workspace) -> Result<Vec<String>> {
        let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
        let mut remap = |from: &Path, to: &str| flags.push(format!("--remap-path-prefix={}={to}", from.display()));
        remap(workspace.root(), "/tabletheory");
        let sysroot = PathBuf::from(output(Command::new(&self.rustc).args(["--print", "sysroot"]))?);
        let library = sysroot.join("lib/rustlib/src/rust/library");
        remap(&library, "/rust/library");
        if let Ok(real) = library.canonicalize() {
            remap(&real, "/rust/library");
        }
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
        let registry = home.context("neither CARGO_HOME nor HOME is set")?.join("registry/src");
        let mut indexes: Vec<_> = std::fs::read_dir(&registry)
            .with_context(|| format!("cannot read `{}`", registry.display()))?
            .collect::<Result<Vec<_>, _>>()?;
        indexes.sort_by_key(|entry| entry.path());
        for index in indexes {
            remap(&index.path(), "/crates");
        }
        Ok(flags)
    }
}

fn rustup() -> Option<Toolchain> {
    // Under `cargo run`, these are the toolchain's own programs, not rustup's proxies.
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let beside = cargo.with_file_name("rustc");
    let rustc = if beside.is_file() { beside } else { PathBuf::from("rustc") };
    let library = output(Command::new(&rustc).args(["--print", "target-libdir", "--target", TARGET])).ok()?;
    let mut files = std::fs::read_dir(library).ok()?.filter_map(Result::ok);
    if !files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-")) {
        return None;
    }
    Toolchain::new(Kind::Rustup, cargo, rustc)
}

fn debian() -> Option<Toolchain> {
    let listed = output(Command::new("dpkg").args(["-L", "cargo-web", "rustc-web", "rust-web-src"])).ok()?;
    let program = |name: &str| {
        let paths = listed.lines().map(Path::new);
        let mut paths = paths.filter(|path| path.file_name().is_some_and(|file| file == name) && path.is_file());
        paths.find(|path| path.parent().is_some_and(|folder| folder.ends_with("bin"))).map(Path::to_path_buf)
    };
    Toolchain::new(Kind::Debian, program("cargo")?, program("rustc")?)
}

impl Toolchain {
    fn new(kind: Kind, cargo: PathBuf, rustc: PathBuf) -> Option<Self> {
        let version = output(Command::new(&rustc).arg("--version")).ok()?;
        Some(Self { kind, cargo, rustc, version })
    }
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        bail!("{:?} failed", command.get_program());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
