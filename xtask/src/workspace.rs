//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folder of this repository.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that holds this tool (under `cargo run`), else the one around the working directory.
    pub fn find() -> Result<Self> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => std::env::current_dir()?,
        };
        let root = start.ancestors().find(|folder| folder.join("wit/tabletheory.wit").is_file());
        let root = root.with_context(|| format!("no workspace around `{}`", start.display()))?;
        Ok(Self { root: root.to_path_buf() })
    }

    /// The folder of the workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the workspace.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The canonical component: `go:embed` wants it inside the Go module, the other packages copy it from there.
    pub fn component(&self) -> PathBuf {
        self.path("go-shim/internal/engine/tabletheory.wasm")
    }

    /// Reads a text file of the workspace.
    pub fn read(&self, relative: &str) -> Result<String> {
        std::fs::read_to_string(self.path(relative)).with_context(|| format!("cannot read `{relative}`"))
    }
}
