//! The component and the native core are one: same calls, same moments, same replies, same bytes.

use std::sync::LazyLock;

use proptest::prelude::*;
use tabletheory::engine::{Engine, FailureKind, Moment, Reply, Step, native};
use tabletheory_component::{Component, path};

const SCHEMA: &[u8] = include_bytes!("../../../examples/notes.dms.yml");
const SETTINGS: [&[u8]; 2] = [
    br#"{"transport":"sdk","tables":{"prefix":"p-"},"retry":{"max_attempts":3}}"#,
    br#"{"region":"eu-west-1","numbers":"bigint","capacity":"indexes","user_agent":"equal/1"}"#,
];
const CREDENTIALS: &[u8] =
    br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;

static COMPONENT: LazyLock<Component> = LazyLock::new(|| Component::load(&path()).unwrap());

/// What one step says, in full.
fn shown(step: &Step) -> String {
    match step {
        Step::Run { requests, wait, progress } => format!("run {requests:?} {wait:?} {progress:?}"),
        Step::Credentials => "credentials".to_owned(),
        Step::Done(result) => format!("done {result}"),
        Step::Failed(error) => format!("failed {}", error.to_json()),
    }
}

/// Runs one call with scripted replies; tells every step.
fn told(engine: &dyn Engine, call: &[u8], replies: &[Reply<'_>], seed: u128) -> Vec<String> {
    let mut moment = Moment { nanos: 1_767_323_045_678_901_234, seed };
    let (mut operation, mut step) = engine.start(call, moment);
    let mut told = vec![shown(&step)];
    let mut replies = replies.iter();
    let mut asked = 0;
    while let Some(running) = &mut operation {
        moment.nanos += 1_000_000;
        moment.seed = moment.seed.rotate_left(7) ^ 0x9e37_79b9_7f4a_7c15;
        step = match &step {
            Step::Run { requests, .. } if !requests.is_empty() => match replies.next() {
                Some(reply) => {
                    asked = requests[0].id;
                    running.resume(asked, reply.clone(), moment)
                }
                None => break,
            },
            // Bytes came, and more are wanted.
            Step::Run { wait: None, .. } => match replies.next() {
                Some(reply) => running.resume(asked, reply.clone(), moment),
                None => break,
            },
            Step::Run { .. } => running.resume(0, Reply::Elapsed, moment),
            Step::Credentials => running.resume(0, Reply::Credentials(CREDENTIALS), moment),
            Step::Done(_) | Step::Failed(_) => break,
        };
        told.push(format!("{} {:?}", shown(&step), running.connection()));
    }
    told
}

fn assert_equal(calls: &[&[u8]], replies: &[Reply<'_>], seed: u128) {
    assert_equal_with(&SETTINGS, calls, replies, seed);
}

fn assert_equal_with(settings: &[&[u8]], calls: &[&[u8]], replies: &[Reply<'_>], seed: u128) {
    for settings in settings {
        let native = native(SCHEMA, settings).unwrap();
        let component = COMPONENT.open(SCHEMA, settings).unwrap();
        assert_eq!(native.describe().unwrap(), component.describe().unwrap());
        for call in calls {
            let (one, other) = (told(&*native, call, replies, seed), told(&*component, call, replies, seed));
            assert_eq!(one, other, "{}", String::from_utf8_lossy(call));
        }
    }
}

const CALLS: [&[u8]; 16] = [
    br#"{"op":"get","model":"Note","key":["u#1","n#1"]}"#,
    br#"{"op":"find","model":"Note","key":{"pk":"u#1","sk":"n#1","title":"x"},"consistent":true,"projection":["pk","title"],"raw":true}"#,
    br#"{"op":"create","model":"Note","item":{"pk":"u#1","sk":"n#1","title":"hi","views":1e3,"tags":["b","a"]}}"#,
    br#"{"op":"put","model":"Note","item":{"pk":"u#1","sk":"n#1","views":0.10,"status":""},"return_values":"ALL_OLD","expect_version":4}"#,
    br#"{"op":"upsert","model":"Note","item":{"pk":"u#1","sk":"n#1","title":"\u00e9\ud83d\ude00"},"return_old_on_failure":true}"#,
    br#"{"op":"update","model":"Note","key":["u#1","n#1"],"set":{"title":"ho"},"add":{"views":1,"tags":["c"]},"remove":["body"],"expect_version":2}"#,
    br#"{"op":"update","model":"Note","key":["u#1","n#1"],"delete":{"tags":{"$set":["c"]}},"set_if_not_exists":{"status":"open"},"if_exists":true}"#,
    br#"{"op":"delete","model":"Note","key":["u#1","n#1"],"condition":{"$or":[{"views":{"between":[1,2],"ne":9}},{"$not":{"status":{"exists":true}}}]}}"#,
    br#"{"op":"ensure_table","model":"Note","timeout_ms":5}"#,
    br#"{"op":"describe_table","model":"Note"}"#,
    br#"{"op":"delete_table","model":"Note","wait":false}"#,
    br#"{"op":"get","model":"Nope","key":["u#1","n#1"]}"#,
    br#"{"op":"put","model":"Note","item":{"pk":"u#1","sk":"n#1","views":"NaN"}}"#,
    br#"{"op":"put","model":"Note","item":{"pk":"u#1","sk":"n#1","ttl":{"$time":"2026-01-02T03:04:05Z"}}}"#,
    br#"{"op":"update","model":"Note","key":["u#1","n#1"]}"#,
    br#"{"op":"#,
];

fn answer(status: u16, body: &'static str) -> Reply<'static> {
    Reply::Response {
        status,
        head: b"x-amzn-requestid: R1\r\ncontent-type: application/x-amz-json-1.0\r\n",
        body: body.as_bytes(),
    }
}

#[test]
fn every_call_says_the_same_on_both() {
    let item = r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"views":{"N":"9007199254740993"},"tags":{"SS":["a"]},"odd":{"M":{"$x":{"B":"AA=="}}}},"ConsumedCapacity":{"TableName":"t","CapacityUnits":0.5}}"#;
    let after = r#"{"Attributes":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"version":{"N":"3"}}}"#;
    let table = r#"{"Table":{"TableName":"t","TableStatus":"ACTIVE","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}}"#;
    let failed = r#"{"__type":"x#ConditionalCheckFailedException","message":"m","Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"version":{"N":"7"}}}"#;
    let scripts: [&[Reply<'_>]; 7] = [
        &[answer(200, item), answer(200, table), answer(200, table)],
        &[answer(200, after), answer(200, "{}")],
        &[answer(400, failed)],
        &[
            answer(500, r#"{"__type":"InternalServerError"}"#),
            answer(400, r#"{"__type":"ThrottlingException"}"#),
            answer(200, "{}"),
        ],
        &[answer(200, "<html>"), answer(200, "{\"Item\":"), answer(503, "")],
        &[
            Reply::Failure { kind: FailureKind::Connect, message: "refused" },
            Reply::Failure { kind: FailureKind::Broken, message: "gone" },
        ],
        &[answer(400, r#"{"__type":"x#ResourceNotFoundException","message":"no"}"#), answer(200, table)],
    ];
    for replies in scripts {
        assert_equal(&CALLS, replies, 0x0123_4567_89ab_cdef_0011_2233_4455_6677);
    }
}

#[test]
fn sockets_make_no_difference() {
    let received = |text: &str| Reply::Received(text.as_bytes().to_vec());
    let sized = "HTTP/1.1 200 OK\r\nx-amzn-requestid: R1\r\ncontent-length: 2\r\n\r\n{}";
    let stale = Reply::Failure { kind: FailureKind::Stale, message: "closed" };
    let scripts: [&[Reply<'_>]; 6] = [
        &[received(sized), received(sized)],
        &[received(&sized[..30]), received(&sized[30..]), received(&format!("{sized}extra"))],
        &[received("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{"), received("\r\n1\r\n}\r\n0\r\n\r\n")],
        &[received("HTTP/1.1 200 OK\r\n\r\n{"), received("}"), Reply::Ended, Reply::Ended],
        &[received("SSH-2.0-no"), received(&sized.replace("200", "500")), received(&sized[..50]), Reply::Ended],
        &[stale.clone(), stale, received(sized)],
    ];
    let settings: &[u8] = br#"{"transport":"socket","endpoint":"http://localhost:8000","region":"eu-west-1"}"#;
    for replies in scripts {
        assert_equal_with(&[settings], &CALLS, replies, 0x0123_4567_89ab_cdef_0011_2233_4455_6677);
    }
}

#[test]
fn the_component_says_what_it_was_built_from() {
    let info: serde_json::Value = serde_json::from_str(&COMPONENT.info().unwrap()).unwrap();
    assert_eq!(info["contract"], tabletheory_core::CONTRACT);
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert!(info["source"].as_str().is_some_and(|digest| digest.len() >= 32), "{info}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn odd_items_and_seeds_make_no_difference(
        title in ".{0,12}", views in -1.0e20..1.0e20f64, sk in "[a-zé\u{1F600}]{0,4}", seed in any::<u128>(), status in any::<u16>()
    ) {
        let item = serde_json::json!({"pk": "u#1", "sk": sk, "title": title, "views": views});
        let put = serde_json::json!({"op": "put", "model": "Note", "item": item}).to_string();
        let body = serde_json::json!({"__type": title, "message": sk}).to_string();
        let odd = Reply::Response { status, head: title.as_bytes(), body: body.as_bytes() };
        assert_equal(&[put.as_bytes()], &[odd.clone(), odd.clone(), odd], seed);
    }
}
