//! How many instructions the component takes for each operation, held against `bench/instructions.json`: a gate that no clock and no
//! neighbour disturbs. `make instructions-record` writes that file anew.

mod counting;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bench_stub::calls;
use counting::{Counts, Program};
use serde_json::{Map, Value, json};

/// How far a count may be from the recorded one, either way: what became cheaper is to be recorded, too, or it could be lost unseen.
const TOLERANCE: f64 = 0.02;
/// How far memory may be from the recorded one. It grows by pages of 64 KiB, one of which is no finding.
const PAGE_KIB: u64 = 64;

static COUNTS: LazyLock<BTreeMap<String, Counts>> = LazyLock::new(|| {
    let program = Program::new();
    calls::all().iter().map(|call| (call.name.clone(), program.count(call))).collect()
});

fn recorded_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/instructions.json")
}

fn record() {
    let operations: Map<String, Value> = COUNTS
        .iter()
        .map(|(name, counts)| {
            (name.clone(), json!({ "instructions": counts.instructions, "memory_kib": counts.memory_kib }))
        })
        .collect();
    let about = "WebAssembly instructions (a bulk copy counts as one) that the component takes for an operation, from call document to result \
        document, and the memory of an instance that does nothing else. Written by `make instructions-record`, checked by `make test-rust`.";
    let text = serde_json::to_string_pretty(&json!({ "about": about, "operations": operations })).unwrap();
    std::fs::write(recorded_in(), text + "\n").unwrap();
}

/// What differs from the record, one line each.
fn differences(recorded: &Value) -> String {
    let none = Map::new();
    let recorded = recorded["operations"].as_object().unwrap_or(&none);
    let mut told = String::new();
    for (name, counts) in &*COUNTS {
        let Some(before) = recorded.get(name) else {
            let _ = writeln!(told, "  {name}: {} instructions, not recorded", counts.instructions);
            continue;
        };
        let (instructions, memory) =
            (before["instructions"].as_u64().unwrap_or(0), before["memory_kib"].as_u64().unwrap_or(0));
        let change = counts.instructions as f64 / instructions as f64 - 1.0;
        if change.is_nan() || change.abs() > TOLERANCE {
            let _ = writeln!(
                told,
                "  {name}: {} instructions, recorded {instructions}: {:+.1} %",
                counts.instructions,
                change * 100.0
            );
        }
        if counts.memory_kib.abs_diff(memory) > PAGE_KIB {
            let _ = writeln!(told, "  {name}: {} KiB of memory, recorded {memory}", counts.memory_kib);
        }
    }
    for name in recorded.keys().filter(|name| !COUNTS.contains_key(*name)) {
        let _ = writeln!(told, "  {name}: recorded, and no longer counted");
    }
    told
}

#[test]
fn counts_are_the_recorded_ones() {
    if std::env::var_os("TABLETHEORY_RECORD_INSTRUCTIONS").is_some() {
        record();
    }
    let text = std::fs::read_to_string(recorded_in()).expect("`make instructions-record` writes the file");
    let told = differences(&serde_json::from_str(&text).expect("the record is JSON"));
    assert!(
        told.is_empty(),
        "operations differ by more than 2 % from bench/instructions.json:\n{told}\
         If that is meant, or good news: `make instructions-record`, and commit the file with the component."
    );
}

#[test]
fn a_request_takes_two_entries_into_the_core() {
    // One with the call, one with the reply, however many attributes or items there are.
    for (name, counts) in &*COUNTS {
        assert_eq!(counts.entries, 2, "{name}");
    }
}

#[test]
fn costs_grow_no_faster_than_items() {
    for (more, fewer, at_most) in [
        ("query.100", "query.1", 100.0),
        ("query.1000", "query.100", 10.5),
        ("batch_write.25", "batch_write.5", 5.25),
        // To come down to 10.5: each key's projection is compared with those of all keys before it.
        ("batch_get.100", "batch_get.10", 10.5),
        ("transact.100", "transact.10", 10.5),
    ] {
        let grown = COUNTS[more].instructions as f64 / COUNTS[fewer].instructions as f64;
        assert!(grown <= at_most, "{more} takes {grown:.2} times as much as {fewer}, more than {at_most}");
    }
}

#[test]
fn a_difference_is_told_whichever_way_it_goes() {
    let (name, counts) = COUNTS.iter().next().unwrap();
    for (factor, differs) in [(0.97, true), (0.99, false), (1.0, false), (1.01, false), (1.03, true)] {
        let mut operations = Map::new();
        for (name, counts) in &*COUNTS {
            operations
                .insert(name.clone(), json!({ "instructions": counts.instructions, "memory_kib": counts.memory_kib }));
        }
        operations[name]["instructions"] = json!((counts.instructions as f64 * factor) as u64);
        let told = differences(&json!({ "operations": operations }));
        assert_eq!(told.contains(name.as_str()), differs, "{factor}: {told}");
    }
    assert_eq!(differences(&json!({})).lines().count(), COUNTS.len());
}
