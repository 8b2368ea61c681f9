//! The hosts and how their drivers are started.

/// A host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name in results.
    pub name: &'static str,
    /// Folder in which the command is run, from the repository's root.
    pub folder: &'static str,
    /// Command for a shell.
    pub command: &'static str,
}

/// All hosts.
pub const HOSTS: [Host; 5] = [
    Host { name: "native", folder: ".", command: "exec \"${CARGO_TARGET_DIR:-target}\"/debug/driver-native" },
    Host { name: "component", folder: ".", command: "exec \"${CARGO_TARGET_DIR:-target}\"/debug/driver-component" },
    Host { name: "node", folder: ".", command: "exec node ts-shim/contract/driver.mjs" },
    Host { name: "python", folder: ".", command: "exec \"${TABLETHEORY_PYTHON:-python3}\" py-shim/contract/driver.py" },
    Host { name: "go", folder: "go-shim", command: "exec go run ./contract/driver" },
];

/// The host of this name.
pub fn find(name: &str) -> Option<&'static Host> {
    HOSTS.iter().find(|host| host.name == name)
}

/// The name of a host as scenarios write it: some know `ts` and `py`.
pub fn runtime(name: &str) -> Result<&'static str, String> {
    let name = match name {
        "ts" | "typescript" | "js" => "node",
        "py" => "python",
        "rust" => "native",
        other => other,
    };
    let known = || HOSTS.map(|host| host.name).join(", ");
    find(name).map(|host| host.name).ok_or_else(|| format!("`{name}` is no host; known are {}", known()))
}
