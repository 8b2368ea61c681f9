//! The contract driver over the component under wasmtime.

use tabletheory_component::{Component, driver, path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    driver::run("component", Some(&Component::load(&path())?))
}
