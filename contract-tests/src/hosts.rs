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
    /// How its library is asked for exact numbers (`numbers` of `open`), where it does not read them exactly anyway.
    pub exact_numbers: Option<&'static str>,
}

impl Host {
    const fn new(name: &'static str, folder: &'static str, command: &'static str) -> Host {
        Host { name, folder, command, exact_numbers: None }
    }
}

/// All hosts, and the bare core.
pub const HOSTS: [Host; 6] = [
    Host::new("native", ".", "exec \"${CARGO_TARGET_DIR:-target}\"/debug/driver-native"),
    Host::new("component", ".", "exec \"${CARGO_TARGET_DIR:-target}\"/debug/driver-component"),
    // Its number type is a 64-bit float.
    Host { exact_numbers: Some("bigint"), ..Host::new("node", ".", "exec node ts-shim/contract/driver.mjs") },
    Host::new("python", ".", "exec \"${TABLETHEORY_PYTHON:-python3}\" py-shim/contract/driver.py"),
    Host::new("go", "go-shim", "exec go run ./contract/driver"),
    Host::new("core", ".", "exec \"${CARGO_TARGET_DIR:-target}\"/debug/driver-core"),
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
