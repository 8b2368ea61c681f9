//! CPU time that the core takes per operation, from call document to result document, with answers that are at hand at once.
//!
//! `cargo run --release --package bench` prints a table; `cargo run --release --package bench -- put.twelve 100000` does one operation
//! so many times and prints nothing, for tools that count instructions.

use std::time::Duration;

use bench::{client, rehearse, resume, run};
use bench_stub::calls::{self, Call};
use rustix::time::{ClockId, clock_gettime};
use tabletheory_core::client::Client;

/// CPU time of one round of one operation.
const ROUND: Duration = Duration::from_millis(40);

/// What this thread has used so far: others may want the processor, too.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CPU time of so many calls.
fn measure(client: &Client, call: &Call, body: &[u8], count: u32) -> Duration {
    let began = cpu_time();
    for _ in 0..count {
        run(client, call, |request, operation| resume(operation, request.id, body));
    }
    cpu_time() - began
}

/// The best of some rounds, in µs per call.
fn best(client: &Client, call: &Call, body: &[u8]) -> f64 {
    let first = measure(client, call, body, 20) / 20;
    let count = (ROUND.as_secs_f64() / first.as_secs_f64()).clamp(5.0, 1e6) as u32;
    let rounds = (0..5).map(|_| measure(client, call, body, count).as_secs_f64() * 1e6 / f64::from(count));
    rounds.fold(f64::INFINITY, f64::min)
}

fn main() {
    let client = client();
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    let count = arguments.next().map_or(20_000, |count| count.parse().expect("a number of operations"));
    let calls = calls::all();
    if let Some(only) = only {
        let call = calls.iter().find(|call| call.name == only).unwrap_or_else(|| panic!("there is no `{only}`"));
        measure(&client, call, &rehearse(&client, call), count);
        return;
    }
    println!("{:<16}{:>12}", "operation", "µs per call");
    for call in &calls {
        println!("{:<16}{:>12.2}", call.name, best(&client, call, &rehearse(&client, call)));
    }
}
