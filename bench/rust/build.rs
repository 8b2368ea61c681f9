//! Tells the program which compiler built it.

use std::process::Command;

fn main() {
    let output =
        Command::new(std::env::var("RUSTC").expect("cargo sets it")).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8(output.stdout).expect("rustc writes UTF-8");
    println!("cargo::rustc-env=BENCH_RUSTC=Rust {}", version.split(' ').nth(1).unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
}
