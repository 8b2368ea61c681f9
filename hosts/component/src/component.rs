//! The component: compiled once, checked, instantiated as often as needed.

use std::path::{Path, PathBuf};

use tabletheory::engine::Engine;
use tabletheory::{Code, Error};
use wasmtime::component::{Component as Compiled, Linker};
use wasmtime::{Config, Store, StoreLimits, StoreLimitsBuilder};

use crate::boundary::Core;
use crate::pool::Pool;

/// Version of the boundary that this host was built for.
const CONTRACT: u64 = 2;

/// Where the component is in this repository: `TABLETHEORY_WASM` names another file.
pub fn path() -> PathBuf {
    std::env::var_os("TABLETHEORY_WASM").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../go-shim/internal/engine/tabletheory.wasm"),
        PathBuf::from,
    )
}

/// How instances are run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most instances of one client (default 4). An operation stays on the instance that started it.
    pub instances: usize,
    /// Most bytes of memory of one instance (default 256 MiB). An instance that needs more traps and is replaced.
    pub memory: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { instances: 4, memory: 256 << 20 }
    }
}

/// The compiled component. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    compiled: Compiled,
    options: Options,
}

/// One instance with its memory.
pub struct Instance {
    /// The exported functions.
    pub core: Core,
    /// Where they run.
    pub store: Store<StoreLimits>,
}

impl Component {
    /// Compiles the component in a file.
    ///
    /// # Errors
    /// `ErrContractVersion` when it is a component of another contract version or no such component at all.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|error| unusable("the component cannot be read", error))?;
        Component::new(&bytes)
    }

    /// Compiles a component.
    ///
    /// # Errors
    /// As [`load`](Component::load).
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        Component::of_contract(bytes, CONTRACT)
    }

    /// Compiles a component, and refuses one of another contract version than this.
    ///
    /// # Errors
    /// As [`load`](Component::load).
    pub fn of_contract(bytes: &[u8], version: u64) -> Result<Self, Error> {
        let mut config = Config::new();
        config.wasm_component_model(true);
        let engine = wasmtime::Engine::new(&config)
            .map_err(|error| unusable("wasmtime does not run here", error.into_boxed_dyn_error()))?;
        let compiled = Compiled::new(&engine, bytes)
            .map_err(|error| unusable("the module is no component", error.into_boxed_dyn_error()))?;
        let component = Component { compiled, options: Options::default() };
        let info = component.info()?;
        let contract = serde_json::from_str::<serde_json::Value>(&info).ok().and_then(|info| info["contract"].as_u64());
        if contract == Some(version) {
            return Ok(component);
        }
        let found = contract.map_or("none".to_owned(), |found| found.to_string());
        let text = format!("the component has contract version {found}, this library is for version {version}");
        Err(Error::new(Code::ContractVersion, text).with_hint("use the component that came with the library"))
    }

    /// With other options.
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Info JSON: package version, contract version, digest of the sources, compiler.
    ///
    /// # Errors
    /// `ErrInternal` when the component traps.
    pub fn info(&self) -> Result<String, Error> {
        let mut instance = self.instantiate()?;
        instance.core.call_info(&mut instance.store).map_err(trapped)
    }

    /// Compiles a schema document with settings: for [`Builder::engine`](tabletheory::Builder::engine).
    ///
    /// # Errors
    /// `ErrInvalidDocument` with all problems, or `ErrConfiguration`.
    pub fn open(&self, document: &[u8], settings: &[u8]) -> Result<Box<dyn Engine>, Error> {
        Ok(Box::new(Pool::new(self.clone(), self.options.instances, document, settings)?))
    }

    /// A new instance with an empty memory. Nothing is linked to it: the component imports nothing.
    ///
    /// # Errors
    /// `ErrContractVersion` when the component imports something or lacks an export.
    pub fn instantiate(&self) -> Result<Instance, Error> {
        let limits = StoreLimitsBuilder::new().memory_size(self.options.memory).build();
        let mut store = Store::new(self.compiled.engine(), limits);
        store.limiter(|limits| limits);
        let linker = Linker::new(self.compiled.engine());
        let core = Core::instantiate(&mut store, &self.compiled, &linker)
            .map_err(|error| unusable("the component has another boundary", error.into_boxed_dyn_error()))?;
        Ok(Instance { core, store })
    }
}

fn unusable(text: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Code::ContractVersion, text).with_source(source)
}

/// A trap: a bug of ours, or too little memory. The instance must not be used again.
pub(crate) fn trapped(error: wasmtime::Error) -> Error {
    Error::new(Code::Internal, "the core stopped; its instance was discarded").with_source(error.into_boxed_dyn_error())
}
