//! Engines and drivers for tests of the interpreter.
#![allow(dead_code)] // Each test file uses a part of this.

use contract_tests::engine::Engine;
use contract_tests::hosts::HOSTS;
use contract_tests::models::Library;
use contract_tests::run::Runner;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A shell command that starts the driver of the bare core.
pub fn core_driver() -> String {
    format!("exec '{}'", env!("CARGO_BIN_EXE_driver-core"))
}

/// Starts an engine within this process and gives its URL.
pub fn engine() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
            dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()).await;
        });
    });
    receiver.recv().unwrap()
}

/// A runner of the bare core, which also stands in for all hosts that seed.
pub fn runner(endpoint: &str) -> Runner {
    let library = Library::read(&root().join("contract-tests/dms")).unwrap();
    let mut runner = Runner::new("core", Engine::new(endpoint, "us-east-1", "contractcore"), "http", library, &root());
    for host in HOSTS {
        runner.commands.insert(host.name.to_owned(), core_driver());
    }
    runner
}

/// A runner whose host is driven by this shell command.
pub fn runner_of(command: &str) -> Runner {
    let mut runner = runner("http://127.0.0.1:9");
    runner.commands.insert("core".to_owned(), command.to_owned());
    runner
}
