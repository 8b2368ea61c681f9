//! All scenarios of the repository, through the bare core.

mod common;

use contract_tests::results::{Line, Status};

fn all_hold(transport: &str) {
    let mut runner = common::runner(&common::engine());
    runner.transport = transport.to_owned();
    let folder = common::root().join("contract-tests/scenarios");
    let files = contract_tests::files::find(&folder).unwrap();
    let (passed, failed): (Vec<Line>, Vec<Line>) =
        files.iter().flat_map(|path| runner.file(&folder, path)).partition(|line| line.status == Status::Passed);
    let failures: Vec<String> =
        failed.iter().map(|line| format!("{}: {:?} {:?}", line.name, line.capability, line.error)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(passed.len() > 60, "{} passed", passed.len());
}

#[test]
fn they_hold_for_the_core() {
    all_hold("http");
}

#[test]
fn they_hold_when_an_sdk_sends() {
    all_hold("sdk");
}
