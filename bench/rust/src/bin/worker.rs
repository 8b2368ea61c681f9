//! Runs what `bench/run.py` asks for, one JSON line per command (see `bench/README.md`). Libraries are opened when first used.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bench_rust::{Failure, Operation, Operations, allocations, floor, ours, sdk};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

const CONTENDERS: [&str; 5] = ["floor", "sdk", "tabletheory-sdk", "tabletheory", "inside"];

#[derive(Deserialize)]
struct Command {
    contender: String,
    operation: String,
    calls: u32,
    #[serde(default = "one")]
    concurrency: usize,
    #[serde(default)]
    latencies: bool,
    #[serde(default)]
    allocations: bool,
}

fn one() -> usize {
    1
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let versions = json!({ "sdk": aws_sdk_dynamodb::meta::PKG_VERSION, "tabletheory": env!("CARGO_PKG_VERSION"),
        "tabletheory-sdk": env!("CARGO_PKG_VERSION") });
    println!("{}", json!({ "runtime": env!("BENCH_RUSTC"), "contenders": CONTENDERS, "versions": versions }));
    let mut opened = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let command: Command = serde_json::from_str(&line?)?;
        let answer = answer(&mut opened, &command).await;
        println!("{}", answer.unwrap_or_else(|error| json!({ "error": format!("{error}, {error:?}") })));
    }
    Ok(())
}

async fn answer(opened: &mut HashMap<String, Operations>, command: &Command) -> Result<Value, Failure> {
    if !opened.contains_key(&command.contender) {
        let operations = match command.contender.as_str() {
            "floor" => floor::open()?,
            "sdk" => sdk::open().await?,
            "tabletheory-sdk" => ours::through_sdk().await?,
            "tabletheory" => ours::own().await?,
            "inside" => ours::inside().await?,
            other => return Err(format!("there is no contender `{other}`").into()),
        };
        opened.insert(command.contender.clone(), operations);
    }
    let Some(operation) = opened[&command.contender].0.get(&command.operation) else {
        return Ok(json!({ "absent": true }));
    };
    if command.allocations {
        allocations::start();
    }
    let (began, cpu) = (Instant::now(), cpu_time());
    let latencies = run(operation, command).await;
    let (cpu, wall) = (cpu_time() - cpu, began.elapsed());
    let (count, bytes) = allocations::stop();
    let mut answer = json!({ "cpu_us": micros(cpu), "wall_us": micros(wall) });
    if command.allocations {
        answer["allocations"] = count.into();
        answer["allocated_bytes"] = bytes.into();
    }
    if command.latencies {
        answer["latencies_us"] = latencies?.into();
    } else {
        latencies?;
    }
    Ok(answer)
}

/// Does the calls in as many lanes as they are to run side by side, each a task as of a server's request.
async fn run(operation: &Operation, command: &Command) -> Result<Vec<u64>, Failure> {
    let left = Arc::new(AtomicI64::new(command.calls.into()));
    let mut lanes = Vec::new();
    for _ in 0..command.concurrency {
        let (operation, left, wanted) = (Arc::clone(operation), Arc::clone(&left), command.latencies);
        lanes.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            while left.fetch_sub(1, Relaxed) > 0 {
                let began = wanted.then(Instant::now);
                operation().await?;
                latencies.extend(began.map(|began| began.elapsed().as_micros() as u64));
            }
            Ok::<_, Failure>(latencies)
        }));
    }
    let mut all = Vec::new();
    for lane in lanes {
        all.extend(lane.await??);
    }
    Ok(all)
}

/// What this process has used so far, in user and system mode, in all threads.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
