//! The contract driver over the native core.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tabletheory_component::driver::run("native", None)
}
