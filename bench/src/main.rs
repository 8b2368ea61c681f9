//! CPU time that the core takes per operation, from call document to result document, with answers that are at hand at once.
//!
//! `cargo run --release --package bench` prints a table; `cargo run --release --package bench -- put 100000` does one operation so
//! many times and prints nothing, for tools that count instructions.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tabletheory_core::client::Client;
use tabletheory_core::step::{Moment, Reply, Step};

const DOCUMENT: &[u8] = include_bytes!("item.dms.yml");
const SETTINGS: &[u8] = br#"{"region":"eu-west-1","endpoint":"http://127.0.0.1:8000"}"#;
const CREDENTIALS: &[u8] =
    br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 7 };

/// Twelve attributes: three numbers, a list, a map, a set, a binary value.
const ITEM: &str = concat!(
    r#"{"pk":"user#1001","sk":"order#2026-01-02","status":"shipped","note":"left at the door, second floor","amount":1299.95,"#,
    r#""items":3,"weight":12.5,"paid":true,"lines":["sku-1","sku-22","sku-333"],"address":{"city":"Basel","zip":"4051"},"#,
    r#""tags":["gift","express"],"label":"AQIDBAUGBwgJCgsMDQ4PEA=="}"#
);

/// What is measured: name, call document, body of the answer.
fn operations() -> Vec<(&'static str, String, String)> {
    let stored = concat!(
        r#"{"Item":{"pk":{"S":"user#1001"},"sk":{"S":"order#2026-01-02"},"status":{"S":"shipped"},"note":{"S":"left at the door, second floor"},"#,
        r#""amount":{"N":"1299.95"},"items":{"N":"3"},"weight":{"N":"12.5"},"paid":{"BOOL":true},"lines":{"L":[{"S":"sku-1"},{"S":"sku-22"},"#,
        r#"{"S":"sku-333"}]},"address":{"M":{"city":{"S":"Basel"},"zip":{"S":"4051"}}},"tags":{"SS":["express","gift"]},"#,
        r#""label":{"B":"AQIDBAUGBwgJCgsMDQ4PEA=="}},"ConsumedCapacity":{"TableName":"orders","CapacityUnits":0.5}}"#
    );
    let written = r#"{"ConsumedCapacity":{"TableName":"orders","CapacityUnits":1.0}}"#;
    let update = concat!(
        r#"{"op":"update","model":"Order","key":["user#1001","order#2026-01-02"],"set":{"status":"paid"},"add":{"items":1},"#,
        r#""condition":{"amount":{"gt":1}},"return_values":"NONE"}"#
    );
    vec![
        ("put", format!(r#"{{"op":"put","model":"Order","item":{ITEM}}}"#), written.to_owned()),
        ("get", r#"{"op":"get","model":"Order","key":["user#1001","order#2026-01-02"]}"#.to_owned(), stored.to_owned()),
        ("update", update.to_owned(), written.to_owned()),
    ]
}

fn run(client: &Client, call: &str, body: &str) -> usize {
    let (operation, mut step) = client.start(call.as_bytes(), NOW);
    let mut operation = operation.expect("the call is sound");
    loop {
        step = match step {
            Step::Credentials => operation.resume(0, Reply::Credentials(CREDENTIALS), NOW),
            Step::Run { requests, .. } => {
                let head = b"x-amzn-requestid: 4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n";
                let reply = Reply::Response { status: 200, head, body: body.as_bytes() };
                operation.resume(black_box(&requests)[0].id, reply, NOW)
            }
            Step::Done(result) => return black_box(result).len(),
            Step::Failed(error) => panic!("{error}"),
        };
    }
}

/// What this thread has used so far: others may want the processor, too.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn main() {
    let client = Client::open(DOCUMENT, SETTINGS).expect("the document is sound");
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    let count: u32 = arguments.next().map_or(20_000, |count| count.parse().expect("a number of operations"));
    if only.is_none() {
        println!("operation   µs per call");
    }
    for (name, call, body) in operations() {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let mut best = f64::INFINITY;
        let rounds = if only.is_some() { 1 } else { 5 };
        for _ in 0..rounds {
            let began = cpu_time();
            for _ in 0..count {
                run(&client, &call, &body);
            }
            best = best.min((cpu_time() - began).as_secs_f64() * 1e6 / f64::from(count));
        }
        if only.is_none() {
            println!("{name:<10}  {best:>10.2}");
        }
    }
}
