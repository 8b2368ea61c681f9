//! Runs the TableTheory component under wasmtime, behind the same [`Engine`](tabletheory::engine::Engine) as the native core.
//!
//! This is the proof that the component and the native core are one, and the place where the boundary itself is put to the test.
//!
//! ```no_run
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let component = tabletheory_component::Component::load(&tabletheory_component::path())?;
//! let db = tabletheory::TableTheory::builder()
//!     .schema_file("notes.dms.yml")?
//!     .engine(move |document, settings| component.open(document, settings))
//!     .build()?;
//! # Ok(()) }
//! ```

pub mod boundary;
mod component;
#[doc(hidden)]
pub mod driver;
mod pool;

pub use component::{Component, Instance, Options, path};
