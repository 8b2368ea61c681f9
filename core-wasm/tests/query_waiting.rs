//! Scans of segments side by side, their progress, and reads that wait.

mod query_support;

use query_support::*;
use tabletheory_core::client::Client;
use tabletheory_core::error::{Code, Outcome};
use tabletheory_core::operation::Operation;
use tabletheory_core::step::{Moment, Reply, Step};

fn fact(id: u32) -> String {
    format!(r#"{{"id":{{"N":"{id}"}}}}"#)
}

fn facts(ids: &[u32], last: Option<u32>) -> String {
    let items: Vec<_> = ids.iter().map(|id| fact(*id)).collect();
    let last = last.map_or_else(String::new, |id| format!(r#","LastEvaluatedKey":{}"#, fact(id)));
    format!(
        r#"{{"Items":[{}],"Count":{},"ScannedCount":9,"ConsumedCapacity":{{"CapacityUnits":0.5}}{last}}}"#,
        items.join(","),
        ids.len()
    )
}

/// Start, wait and end of the segment members of a body.
fn tail(body: &str) -> &str {
    body.split_once(r#""TotalSegments":3,"#).unwrap().1
}

#[test]
fn segments_are_read_side_by_side_and_say_how_far_they_are() {
    let (operation, step) =
        client().start(br#"{"op":"scan","model":"Fact","segments":3,"parallel":2,"progress":true}"#, NOW);
    let mut operation = operation.unwrap();
    let (requests, _) = run(step);
    let bodies: Vec<_> = requests.iter().map(|request| tail(&request.body)).collect();
    assert_eq!(bodies, [r#""Segment":0}"#, r#""Segment":1}"#]);
    let progress = |step: &Step| match step {
        Step::Run { progress, .. } => progress.clone().unwrap(),
        other => panic!("{other:?}"),
    };
    // The second one is faster.
    let step = operation.resume(requests[1].id, answer(&facts(&[4], Some(4))), NOW);
    assert_eq!(progress(&step), r#"{"items":1,"pages":1,"scanned":9,"segments":3,"segments_done":0,"capacity":0.5}"#);
    let (next, _) = run(step);
    assert_eq!(tail(&next[0].body), r#""Segment":1,"ExclusiveStartKey":{"id":{"N":"4"}}}"#);
    let step = operation.resume(next[0].id, answer(&facts(&[5], None)), NOW);
    assert_eq!(progress(&step), r#"{"items":2,"pages":2,"scanned":18,"segments":3,"segments_done":1,"capacity":1}"#);
    let (third, _) = run(step);
    assert_eq!(tail(&third[0].body), r#""Segment":2}"#);
    let step = operation.resume(third[0].id, answer(&facts(&[], None)), NOW);
    let (none, wait) = run(step);
    assert!(none.is_empty() && wait.is_none());
    let step = operation.resume(requests[0].id, answer(&facts(&[1], None)), NOW);
    assert_eq!(
        result(step),
        concat!(
            r#"{"items":[{"id":4},{"id":5},{"id":1}],"cursor":null,"remaining":null,"count":3,"scanned":36,"pages":4,"#,
            r#""progress":{"items":3,"pages":4,"scanned":36,"segments":3,"segments_done":3,"capacity":2}}"#
        )
    );
}

#[test]
fn a_limit_ends_a_scan_of_segments_and_what_was_in_flight_is_read_again() {
    let call = r#"{"op":"scan","model":"Fact","segments":3,"limit":2,"projection":["text"]"#;
    let (operation, step) = client().start(format!("{call}}}").as_bytes(), NOW);
    let mut operation = operation.unwrap();
    let (requests, _) = run(step);
    assert_eq!(requests.len(), 3);
    assert!(requests[0].body.ends_with(r#""Segment":0,"Limit":2}"#), "{}", requests[0].body);
    assert!(requests[0].body.contains(r##""ProjectionExpression":"#n0, #n1""##), "{}", requests[0].body);
    let (more, _) = run(operation.resume(requests[2].id, answer(&facts(&[7], Some(7))), NOW));
    assert!(
        more[0].body.ends_with(r#""Segment":2,"Limit":1,"ExclusiveStartKey":{"id":{"N":"7"}}}"#),
        "{}",
        more[0].body
    );
    // This one was asked for two and has two, of which one is wanted.
    let step = operation.resume(requests[1].id, answer(&facts(&[3, 4], None)), NOW);
    let result = result(step);
    assert!(result.starts_with(r#"{"items":[{},{}],"cursor":""#), "{result}");
    let text = result.split('"').nth(5).unwrap();
    assert_eq!(
        tabletheory_core::cursor::inspect(text).unwrap(),
        concat!(
            r#"{"form":"segments","signed":false,"cursor":{"segments":3,"next":3,"open":[{"segment":0},"#,
            r#"{"segment":1,"lastKey":{"id":{"N":"3"}}},{"segment":2,"lastKey":{"id":{"N":"7"}}}]}}"#
        )
    );
    let (_, step) = client().start(format!(r#"{call},"parallel":3,"cursor":"{text}"}}"#).as_bytes(), NOW);
    let bodies: Vec<_> = run(step).0.into_iter().map(|request| request.body).collect();
    assert!(bodies[0].ends_with(r#""Segment":0,"Limit":2}"#), "{bodies:?}");
    assert!(bodies[1].ends_with(r#""Segment":1,"Limit":2,"ExclusiveStartKey":{"id":{"N":"3"}}}"#), "{bodies:?}");
}

#[test]
fn a_sequential_scan_says_how_far_it_is_too() {
    let call = r#"{"op":"scan","model":"Fact","progress":true}"#;
    let (mut operation, request) = send(call);
    let step = operation.resume(request.id, answer(&facts(&[1], Some(1))), NOW);
    let Step::Run { progress: Some(progress), requests, .. } = step else { panic!("{step:?}") };
    assert_eq!(progress, r#"{"items":1,"pages":1,"scanned":9,"segments":1,"segments_done":0,"capacity":0.5}"#);
    let result = result(operation.resume(requests[0].id, answer(&facts(&[], None)), NOW));
    assert!(
        result
            .ends_with(r#""progress":{"items":1,"pages":2,"scanned":18,"segments":1,"segments_done":1,"capacity":1}}"#),
        "{result}"
    );
}

#[test]
fn a_segment_that_fails_ends_the_scan() {
    let (operation, step) = client().start(br#"{"op":"scan","model":"Fact","segments":2}"#, NOW);
    let mut operation = operation.unwrap();
    let (requests, _) = run(step);
    let body = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#;
    let step = operation.resume(requests[1].id, Reply::Response { status: 400, head: b"", body }, NOW);
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!((error.code(), error.details().outcome), (Code::TableNotFound, Outcome::Rejected));
    assert!(operation.is_over());
}

/// Answers one request, and waits as long as is asked for after it.
fn look(operation: &mut Operation, step: Step, body: &str, now: &mut Moment) -> (Step, Option<u32>) {
    let (requests, _) = run(step);
    let step = operation.resume(requests[0].id, answer(body), *now);
    match step {
        Step::Run { ref requests, wait: Some(wait), .. } if requests.is_empty() => {
            now.nanos += u64::from(wait) * 1_000_000;
            (operation.resume(0, Reply::Elapsed, *now), Some(wait))
        }
        step => (step, None),
    }
}

fn wait_for(client: &Client, members: &str) -> (Operation, Step) {
    let call = format!(r#"{{"op":"wait_for","model":"Note",{members}}}"#);
    let (operation, step) = client.start(call.as_bytes(), NOW);
    (operation.unwrap_or_else(|| panic!("{step:?}")), step)
}

const ABSENT: &str = r#"{"Items":[],"Count":0,"ScannedCount":0}"#;

#[test]
fn an_item_is_waited_for_by_get() {
    let (mut operation, step) = wait_for(&client(), r#""key":["u","a"],"projection":["title"],"consistent":true"#);
    let mut now = NOW;
    let Step::Run { ref requests, .. } = step else { panic!("{step:?}") };
    assert_eq!(requests[0].action, "GetItem");
    assert_eq!(
        requests[0].body,
        concat!(
            r##"{"TableName":"notes","Key":{"pk":{"S":"u"},"sk":{"S":"a"}},"ConsistentRead":true,"ProjectionExpression":"#n0","##,
            r##""ExpressionAttributeNames":{"#n0":"title"}}"##
        )
    );
    // The seed is all ones: every wait is as long as it may be.
    let mut step = step;
    for expected in [100, 200, 400, 800, 1600, 3200] {
        let (next, wait) = look(&mut operation, step, "{}", &mut now);
        assert_eq!(wait, Some(expected));
        step = next;
    }
    let (step, _) = look(&mut operation, step, r#"{"Item":{"title":{"S":"x"}}}"#, &mut now);
    let Step::Done(result) = step else { panic!("{step:?}") };
    assert!(
        result.starts_with(r#"{"item":{"title":"x"},"stats":{"attempts":7,"retries":0,"waited_ms":6300"#),
        "{result}"
    );
}

#[test]
fn the_last_look_is_at_the_deadline() {
    let members = r#""key":["u","a"],"timeout_ms":1000,"base_ms":300,"max_ms":500"#;
    let (mut operation, mut step) = wait_for(&client(), members);
    let mut now = NOW;
    for expected in [300, 500, 200] {
        let (next, wait) = look(&mut operation, step, "{}", &mut now);
        assert_eq!(wait, Some(expected));
        step = next;
    }
    let (step, _) = look(&mut operation, step, "{}", &mut now);
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!(said(&error), "ErrTimeout -: the item is not there yet, after 4 looks");
    assert!(error.details().retryable);
    assert_eq!(error.details().outcome, Outcome::Rejected);
    let (mut operation, step) = wait_for(&client(), r#""key":["u","a"],"timeout_ms":0"#);
    let (step, _) = look(&mut operation, step, "{}", &mut now);
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!(said(&error), "ErrTimeout -: the item is not there yet, after one look");
}

#[test]
fn a_condition_is_waited_for_by_query() {
    let members =
        r#""key":{"pk":"u","sk":"a","title":"a whole item serves"},"until":{"views":{"gte":2}},"timeout_ms":150"#;
    let (mut operation, step) = wait_for(&client(), members);
    let Step::Run { ref requests, .. } = step else { panic!("{step:?}") };
    assert_eq!(
        requests[0].body,
        concat!(
            r##"{"TableName":"notes","KeyConditionExpression":"#n0 = :v0 AND #n1 = :v1","FilterExpression":"#n2 >= :v2","##,
            r##""ExpressionAttributeNames":{"#n0":"pk","#n1":"sk","#n2":"views"},"##,
            r#""ExpressionAttributeValues":{":v0":{"S":"u"},":v1":{"S":"a"},":v2":{"N":"2"}},"Limit":100}"#
        )
    );
    let mut now = NOW;
    let (step, wait) = look(&mut operation, step, ABSENT, &mut now);
    assert_eq!(wait, Some(100));
    let (step, wait) = look(&mut operation, step, r#"{"Items":[],"Count":0,"ScannedCount":1}"#, &mut now);
    assert_eq!(wait, Some(50));
    let (step, _) = look(&mut operation, step, r#"{"Items":[],"Count":0,"ScannedCount":1}"#, &mut now);
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!(said(&error), "ErrTimeout -: the item is there, but `until` does not hold yet, after 3 looks");
}

#[test]
fn an_index_is_waited_for_with_the_item_that_was_written() {
    let members = r#""index":"by-author","key":{"views":1,"pk":"u","sk":"a","author":"me","at":5},"raw":true"#;
    let (mut operation, step) = wait_for(&client(), members);
    let Step::Run { ref requests, .. } = step else { panic!("{step:?}") };
    assert_eq!(
        requests[0].body,
        concat!(
            r##"{"TableName":"notes","IndexName":"by-author","KeyConditionExpression":"#n0 = :v0 AND #n1 = :v1","##,
            r##""FilterExpression":"#n2 = :v2 AND #n3 = :v3","ExpressionAttributeNames":{"#n0":"author","#n1":"at","#n2":"pk","#n3":"sk"},"##,
            r#""ExpressionAttributeValues":{":v0":{"S":"me"},":v1":{"N":"5"},":v2":{"S":"u"},":v3":{"S":"a"}},"Limit":100}"#
        )
    );
    let mut now = NOW;
    // A look goes through all pages.
    let more = r#"{"Items":[],"Count":0,"ScannedCount":100,"LastEvaluatedKey":{"pk":{"S":"x"},"sk":{"S":"x"},"author":{"S":"me"},"at":{"N":"5"}}}"#;
    let (step, wait) = look(&mut operation, step, more, &mut now);
    assert_eq!(wait, None);
    let Step::Run { ref requests, .. } = step else { panic!("{step:?}") };
    assert!(requests[0].body.contains("ExclusiveStartKey"), "{}", requests[0].body);
    let (step, wait) = look(&mut operation, step, ABSENT, &mut now);
    assert_eq!(wait, Some(100));
    let Step::Run { ref requests, .. } = step else { panic!("{step:?}") };
    assert!(!requests[0].body.contains("ExclusiveStartKey"), "{}", requests[0].body);
    let found = r#"{"Items":[{"pk":{"S":"u"},"odd":{"N":"1"}}],"Count":1,"ScannedCount":1}"#;
    let (step, _) = look(&mut operation, step, found, &mut now);
    assert_eq!(result(step), r#"{"item":{"pk":"u","odd":1}}"#);
}

#[test]
fn bad_waits_are_refused_with_a_place() {
    let cases = [
        (r#""key":["u"]"#, "ErrMissingPrimaryKey /key: missing key attribute `sk`"),
        (r#""until":{"views":1}"#, "ErrMissingPrimaryKey /key: missing key attribute `pk`"),
        (r#""index":"by-author""#, "ErrMissingPrimaryKey /key: missing key attribute `author`"),
        (r#""index":"by-author","key":{"pk":"u"}"#, "ErrMissingPrimaryKey /key: missing key attribute `author`"),
        (r#""index":"by-x","key":["u"]"#, "ErrIndexNotFound /index: unknown index `by-x` of model `Note`"),
        (
            r#""index":"by-author","key":["me"],"consistent":true"#,
            "ErrInvalidOperator /consistent: `consistent` does not apply to `by-author`, a global index",
        ),
        (
            r#""key":["u","a"],"until":{"sk":{"gt":"a"}}"#,
            "ErrInvalidOperator /until/sk: key attribute `sk` of the table of model `Note` cannot be used in filters",
        ),
        (
            r#""key":["u","a"],"until":{"nope":1}"#,
            "ErrInvalidModel /until/nope: unknown attribute `nope` of model `Note`",
        ),
        (
            r#""key":["u","a"],"projection":["nope"]"#,
            "ErrInvalidModel /projection/0: unknown attribute `nope` of model `Note`",
        ),
        (
            r#""key":["u","a"],"timeout_ms":-1"#,
            "ErrInvalidOperator /timeout_ms: `timeout_ms` is a whole number, at least 0",
        ),
        (
            r#""key":["u","a"],"base_ms":0"#,
            "ErrInvalidOperator /base_ms: `base_ms` is a whole number from 1 to 2147483647",
        ),
    ];
    for (members, expected) in cases {
        let error = refuse(&format!(r#"{{"op":"wait_for","model":"Note",{members}}}"#));
        assert_eq!(said(&error), expected, "{members}");
    }
}
