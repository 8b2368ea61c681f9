//! CPU time that the core takes per operation, from call document to result document, with answers that are at hand at once.
//!
//! `cargo run --release --package bench` prints a table; `cargo run --release --package bench -- put.twelve 100000` does one operation
//! so many times and prints nothing, for tools that count instructions.

use std::hint::black_box;
use std::time::Duration;

use bench_stub::calls::{self, Call};
use rustix::time::{ClockId, clock_gettime};
use tabletheory_core::client::Client;
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{Moment, Reply, Request, Step};

const DOCUMENT: &[u8] = include_bytes!("../bench.dms.yml");
const SETTINGS: &[u8] = br#"{"region":"eu-west-1","endpoint":"http://127.0.0.1:8000"}"#;
const CREDENTIALS: &[u8] =
    br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;
const HEAD: &[u8] = b"x-amzn-requestid: 4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n";
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 7 };
/// CPU time of one round of one operation.
const ROUND: Duration = Duration::from_millis(40);

/// Runs a call to its end; gives what it sent and the result document.
fn run(client: &Client, call: &Call, mut answer: impl FnMut(&Request, &mut Operation) -> Step) -> String {
    let (operation, mut step) = client.start(call.document.as_bytes(), NOW);
    let mut operation = operation.expect("the call is sound");
    loop {
        step = match step {
            Step::Credentials => operation.resume(0, Reply::Credentials(CREDENTIALS), NOW),
            Step::Run { requests, .. } => answer(&black_box(requests)[0], &mut operation),
            Step::Done(result) => return black_box(result),
            Step::Failed(error) => panic!("{}: {error}", call.name),
        };
    }
}

fn resume(operation: &mut Operation, request: u32, body: &[u8]) -> Step {
    operation.resume(request, Reply::Response { status: 200, head: HEAD, body }, NOW)
}

/// The answer to the one request of a call. Fails unless request and result are what they ought to be.
fn rehearse(client: &Client, call: &Call) -> Vec<u8> {
    let mut body = Vec::new();
    let result = run(client, call, |request, operation| {
        body = call.answer(request.action, request.body.as_bytes()).expect("the request is sound");
        resume(operation, request.id, &body)
    });
    call.check(&result).expect("the result is sound");
    body
}

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
    let client = Client::open(DOCUMENT, SETTINGS).expect("the document is sound");
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
