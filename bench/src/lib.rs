//! The core by itself: the measured calls with answers that are at hand at once.

use std::hint::black_box;

use bench_stub::calls::Call;
use tabletheory_core::client::Client;
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{Moment, Reply, Request, Step};

const DOCUMENT: &[u8] = include_bytes!("../bench.dms.yml");
const SETTINGS: &[u8] = br#"{"region":"eu-west-1","endpoint":"http://127.0.0.1:8000"}"#;
const CREDENTIALS: &[u8] =
    br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;
const HEAD: &[u8] = b"x-amzn-requestid: 4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n";
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed: 7 };

/// A client of the models that are measured.
pub fn client() -> Client {
    Client::open(DOCUMENT, SETTINGS).expect("the document is sound")
}

/// Runs a call to its end; gives what it sent and the result document.
pub fn run(client: &Client, call: &Call, mut answer: impl FnMut(&Request, &mut Operation) -> Step) -> String {
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

/// Hands in the body of a response.
pub fn resume(operation: &mut Operation, request: u32, body: &[u8]) -> Step {
    operation.resume(request, Reply::Response { status: 200, head: HEAD, body }, NOW)
}

/// The answer to the one request of a call. Fails unless request and result are what they ought to be.
pub fn rehearse(client: &Client, call: &Call) -> Vec<u8> {
    let mut body = Vec::new();
    let result = run(client, call, |request, operation| {
        body = call.answer(request.action, request.body.as_bytes()).expect("the request is sound");
        resume(operation, request.id, &body)
    });
    call.check(&result).expect("the result is sound");
    body
}
