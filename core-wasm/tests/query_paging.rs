//! Pages, limits and cursors, against scripted answers.

mod query_support;

use query_support::*;
use tabletheory_core::cursor;
use tabletheory_core::error::{Code, Outcome};
use tabletheory_core::step::Step;

/// A page of notes of one partition, with these sort keys.
fn page(sort_keys: &[&str], last: Option<&str>) -> String {
    let items: Vec<_> = sort_keys
        .iter()
        .map(|sk| format!(r#"{{"sk":{{"S":"{sk}"}},"pk":{{"S":"u"}},"views":{{"N":"1"}},"alien":{{"S":"x"}}}}"#))
        .collect();
    let last = last.map_or_else(String::new, |sk| format!(r#","LastEvaluatedKey":{}"#, key(sk)));
    format!(r#"{{"Count":{0},"Items":[{1}],"ScannedCount":{0}{last}}}"#, sort_keys.len(), items.join(","))
}

fn key(sk: &str) -> String {
    format!(r#"{{"pk":{{"S":"u"}},"sk":{{"S":"{sk}"}}}}"#)
}

/// The cursor behind a note.
fn cursor_at(sk: &str, sort: &str) -> String {
    let json = format!(r#"{{"lastKey":{},"sort":"{sort}"}}"#, key(sk));
    cursor::encode(&cursor::from_json(&json).unwrap())
}

fn notes(sort_keys: &[&str]) -> String {
    let items: Vec<_> = sort_keys.iter().map(|sk| format!(r#"{{"sk":"{sk}","pk":"u","views":1}}"#)).collect();
    format!("[{}]", items.join(","))
}

const QUERY: &str = r#"{"op":"query","model":"Note","key":["u"]"#;

#[test]
fn pages_are_read_to_the_end() {
    let (bodies, step) = script(
        &client(),
        &format!("{QUERY}}}"),
        &[&page(&["a", "b"], Some("b")), &page(&[], Some("c")), &page(&["d"], None)],
    );
    let unpaged = bodies[0].strip_suffix('}').unwrap();
    let behind = |sk: &str| format!("{unpaged},\"ExclusiveStartKey\":{}}}", key(sk));
    assert_eq!(bodies[1..], [behind("b"), behind("c")]);
    assert_eq!(
        result(step),
        format!(
            r#"{{"items":{},"cursor":null,"remaining":null,"count":3,"scanned":3,"pages":3}}"#,
            notes(&["a", "b", "d"])
        )
    );
}

#[test]
fn without_a_filter_no_more_is_read_than_is_wanted() {
    let call = format!(r#"{QUERY},"limit":3}}"#);
    let (bodies, step) = script(&client(), &call, &[&page(&["a", "b"], Some("b")), &page(&["c"], Some("c"))]);
    assert!(bodies[0].ends_with(r#","Limit":3}"#), "{}", bodies[0]);
    assert!(bodies[1].ends_with(&format!(r#","Limit":1,"ExclusiveStartKey":{}}}"#, key("b"))), "{}", bodies[1]);
    assert_eq!(
        result(step),
        format!(
            r#"{{"items":{},"cursor":"{}","remaining":0,"count":3,"scanned":3,"pages":2}}"#,
            notes(&["a", "b", "c"]),
            cursor_at("c", "ASC")
        )
    );
    // `page_size` bounds the pages, the limit the last one.
    let call = format!(r#"{QUERY},"limit":3,"page_size":2,"order":"desc"}}"#);
    let (bodies, step) = script(&client(), &call, &[&page(&["c", "b"], Some("b")), &page(&["a"], None)]);
    assert!(bodies[0].ends_with(r#""ScanIndexForward":false,"Limit":2}"#), "{}", bodies[0]);
    assert!(bodies[1].contains(r#","Limit":1,"#), "{}", bodies[1]);
    assert!(result(step).ends_with(r#""cursor":null,"remaining":0,"count":3,"scanned":3,"pages":2}"#));
}

#[test]
fn a_page_that_is_cut_by_the_limit_goes_on_behind_the_last_item_given() {
    let call =
        r#"{"op":"query","model":"Note","key":["u"],"filter":{"views":{"gt":0}},"projection":["views"],"limit":2}"#;
    let answers = [&page(&["a"], Some("b")) as &str, &page(&["c", "d", "e"], Some("f"))];
    let (bodies, step) = script(&client(), call, &answers);
    // Key attributes are read for the cursor, and not given.
    assert!(bodies[0].contains(r##""ProjectionExpression":"#n1, #n0, #n2""##), "{}", bodies[0]);
    assert!(bodies[0].ends_with(r#","Limit":100}"#), "{}", bodies[0]);
    assert!(bodies[1].contains(r#","Limit":200,"ExclusiveStartKey""#), "{}", bodies[1]);
    assert_eq!(
        result(step),
        format!(
            r#"{{"items":[{{"views":1}},{{"views":1}}],"cursor":"{}","remaining":0,"count":2,"scanned":4,"pages":2}}"#,
            cursor_at("c", "ASC")
        )
    );
    // A limit that is met with the last item of a page goes on behind everything the page looked at.
    let (_, step) = script(&client(), call, &[&page(&["a", "b"], Some("z"))]);
    assert!(result(step).contains(&cursor_at("z", "ASC")));
    let (_, step) = script(&client(), call, &[&page(&["a", "b"], None)]);
    assert!(result(step).contains(r#""cursor":null,"remaining":0"#));
}

#[test]
fn a_cut_page_of_an_index_goes_on_behind_all_keys() {
    let item =
        |at: u32| format!(r#"{{"at":{{"N":"{at}"}},"sk":{{"S":"s{at}"}},"author":{{"S":"me"}},"pk":{{"S":"u"}}}}"#);
    let answer = format!(r#"{{"Items":[{},{}],"Count":2,"ScannedCount":9}}"#, item(1), item(2));
    let call = r#"{"op":"query","model":"Note","index":"by-author","key":["me"],"filter":{"title":"t"},"limit":1,"projection":["at"]}"#;
    let (bodies, step) = script(&client(), call, &[&answer]);
    assert!(bodies[0].contains(r##""ProjectionExpression":"#n2, #n3, #n4, #n0""##), "{}", bodies[0]);
    let result = result(step);
    assert!(result.starts_with(r#"{"items":[{"at":1}],"cursor":""#), "{result}");
    let text = result.split('"').nth(7).unwrap();
    assert_eq!(
        cursor::inspect(text).unwrap(),
        concat!(
            r#"{"form":"page","signed":false,"cursor":{"lastKey":{"at":{"N":"1"},"author":{"S":"me"},"pk":{"S":"u"},"sk":{"S":"s1"}},"#,
            r#""index":"by-author","sort":"ASC"}}"#
        )
    );
    // The next call begins there.
    let next = format!("{},\"cursor\":\"{text}\"}}", call.strip_suffix('}').unwrap());
    assert!(
        body(&next)
            .ends_with(r#""ExclusiveStartKey":{"at":{"N":"1"},"author":{"S":"me"},"pk":{"S":"u"},"sk":{"S":"s1"}}}"#),
        "{}",
        body(&next)
    );
}

#[test]
fn pages_are_bounded_also_empty_ones() {
    let call = format!(r#"{QUERY},"pages":2,"filter":{{"views":9}}}}"#);
    let empty = |last: &str| format!(r#"{{"Count":0,"Items":[],"ScannedCount":5,"LastEvaluatedKey":{}}}"#, key(last));
    let (_, step) = script(&client(), &call, &[&empty("a"), &empty("b")]);
    assert_eq!(
        result(step),
        format!(
            r#"{{"items":[],"cursor":"{}","remaining":null,"count":0,"scanned":10,"pages":2}}"#,
            cursor_at("b", "ASC")
        )
    );
}

#[test]
fn counts_follow_all_pages_and_give_no_items() {
    let call = format!(r#"{QUERY},"count":true,"page_size":4}}"#);
    let answers = [
        format!(r#"{{"Count":3,"ScannedCount":4,"LastEvaluatedKey":{}}}"#, key("a")),
        r#"{"ScannedCount":2,"Count":2,"LastEvaluatedKey":{}}"#.to_owned(),
    ];
    let answers: Vec<_> = answers.iter().map(String::as_str).collect();
    let (bodies, step) = script(&client(), &call, &answers);
    assert!(bodies.iter().all(|body| body.contains(r#""Select":"COUNT","Limit":4"#)), "{bodies:?}");
    assert_eq!(result(step), r#"{"cursor":null,"remaining":null,"count":5,"scanned":6,"pages":2}"#);
    let call = format!(r#"{QUERY},"count":true,"pages":1}}"#);
    let (_, step) = script(&client(), &call, &answers[..1]);
    assert!(result(step).starts_with(&format!(r#"{{"cursor":"{}""#, cursor_at("a", "ASC"))));
}

#[test]
fn items_are_read_by_the_schema_and_raw_on_request() {
    let answer = r#"{"Items":[{"pk":{"S":"u"},"tags":{"SS":["a"]},"blob":{"B":"AQ=="},"odd":{"N":"1.50"}},
        {"odd":{"NULL":true},"pk":{"S":"w"}}],"Count":2,"ScannedCount":2}"#;
    let items = |raw: bool| {
        let (_, step) = script(&client(), &format!(r#"{QUERY},"raw":{raw}}}"#), &[answer]);
        result(step).split_once(",\"cursor\"").unwrap().0.to_owned()
    };
    assert_eq!(items(false), r#"{"items":[{"pk":"u","tags":{"$set":["a"]},"blob":{"$binary":"AQ=="}},{"pk":"w"}]"#);
    assert_eq!(
        items(true),
        r#"{"items":[{"pk":"u","tags":{"$set":["a"]},"blob":{"$binary":"AQ=="},"odd":1.50},{"odd":null,"pk":"w"}]"#
    );
}

#[test]
fn items_that_do_not_fit_the_schema_end_the_read() {
    let answer = r#"{"Items":[{"pk":{"S":"u"}},{"views":{"S":"u"}}],"Count":2,"ScannedCount":2}"#;
    let (_, step) = script(&client(), &format!("{QUERY}}}"), &[answer]);
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!(said(&error), "ErrInvalidModel /items/1/views: attribute is declared N but stored as S");
    assert_eq!(error.details().outcome, Outcome::Rejected);
}

#[test]
fn an_answer_that_makes_no_sense_is_asked_for_again() {
    let client = client();
    let (mut operation, request) = send_by(&client, &format!(r#"{QUERY},"filter":{{"title":"x"}},"limit":1}}"#));
    let good = page(&["a"], None);
    let broken = [
        r#"{"Items":[{"pk":{"S":"u"}},{"#,
        r#"{"Items":[{"pk":{"S":1}}],"Count":1}"#,
        r#"{"Items":[],"Count":0,"LastEvaluatedKey":{"pk":7}}"#,
    ];
    let mut id = request.id;
    for body in broken {
        let body = format!("{}}}", body.trim_end_matches('}'));
        let (_, wait) = run(operation.resume(id, answer(&body), NOW));
        assert!(wait.is_some(), "{body}");
        let mut later = NOW;
        later.nanos += 30_000_000_000;
        let (requests, _) = run(operation.resume(0, tabletheory_core::step::Reply::Elapsed, later));
        id = requests[0].id;
    }
    let step = operation.resume(id, answer(&good), NOW);
    assert!(result(step).starts_with(&format!(r#"{{"items":{},"cursor":null"#, notes(&["a"]))));
}

#[test]
fn cursors_of_other_reads_are_refused() {
    let encoded = |json: &str| cursor::encode(&cursor::from_json(json).unwrap());
    let note = |more: &str| encoded(&format!(r#"{{"lastKey":{{"pk":{{"S":"u"}},"sk":{{"S":"n#3"}}}}{more}}}"#));
    let by_author = |more: &str| {
        encoded(&format!(
            r#"{{"lastKey":{{"at":{{"N":"5"}},"author":{{"S":"me"}},"pk":{{"S":"u"}},"sk":{{"S":"x"}}}}{more}}}"#
        ))
    };
    let query =
        |members: &str, cursor: &str| format!(r#"{{"op":"query","model":"Note",{members},"cursor":"{cursor}"}}"#);
    let index = r#""index":"by-author","key":["me"]"#;
    let fits = [
        query(r#""key":["u"]"#, &note(r#","sort":"ASC""#)),
        query(r#""key":["u"]"#, &note("")),
        query(r#""key":["u"],"order":"desc""#, &note(r#","sort":"DESC""#)),
        query(r##""key":["u",{"begins_with":"n#"}]"##, &note("")),
        query(r##""key":["u",{"gt":"n#2"}]"##, &note("")),
        query(r##""key":["u",{"between":["n#3","n#9"]}]"##, &note("")),
        query(r##""key":["u",{"lte":"n#3"}]"##, &note("")),
        query(index, &by_author(r#","index":"by-author","sort":"ASC""#)),
        query(r#""index":"by-author","key":["me",{"gte":"5.0"}]"#, &by_author(r#","index":"by-author""#)),
    ];
    for call in fits {
        assert!(body(&call).contains("ExclusiveStartKey"), "{call}");
    }
    let other_order = "cursor belongs to a query in the other order";
    let table = "the table of model `Note`";
    let cases = [
        (query(r#""key":["u"]"#, &note(r#","sort":"DESC""#)), other_order.to_owned()),
        (query(r#""key":["u"],"order":"desc""#, &note(r#","sort":"ASC""#)), other_order.to_owned()),
        (query(r#""key":["v"]"#, &note("")), "cursor belongs to another partition".to_owned()),
        (
            query(r#""key":["u",{"begins_with":"m#"}]"#, &note("")),
            "cursor belongs to another condition on the sort key".to_owned(),
        ),
        (
            query(r##""key":["u",{"gt":"n#3"}]"##, &note("")),
            "cursor belongs to another condition on the sort key".to_owned(),
        ),
        (
            query(r#""key":["u"]"#, &by_author(r#","index":"by-author""#)),
            format!("cursor belongs to index `by-author`, not to {table}"),
        ),
        (query(r#""key":["u"]"#, &by_author("")), format!("the key in the cursor is not one of {table}")),
        (query(index, &by_author("")), "cursor belongs to the table, not to index `by-author`".to_owned()),
        (
            query(index, &by_author(r#","index":"by-title""#)),
            "cursor belongs to index `by-title`, not to index `by-author`".to_owned(),
        ),
        (
            query(index, &note(r#","index":"by-author""#)),
            "the key in the cursor is not one of index `by-author`".to_owned(),
        ),
        (
            query(r#""key":["u"]"#, &encoded(r#"{"lastKey":{"pk":{"S":"u"},"sk":{"N":"1"}}}"#)),
            format!("the key in the cursor is not one of {table}"),
        ),
        (
            query(r#""key":["u"]"#, &encoded(r#"{"segments":2,"next":1,"open":[]}"#)),
            "cursor belongs to a scan of all segments".to_owned(),
        ),
        (
            format!(r#"{{"op":"scan","model":"Note","segments":2,"cursor":"{}"}}"#, note("")),
            "cursor does not belong to a scan of all segments".to_owned(),
        ),
        (
            format!(
                r#"{{"op":"scan","model":"Note","segments":3,"cursor":"{}"}}"#,
                encoded(r#"{"segments":2,"next":1,"open":[]}"#)
            ),
            "cursor belongs to a scan of 2 segments".to_owned(),
        ),
        (
            format!(
                r#"{{"op":"scan","model":"Note","segments":2,"cursor":"{}"}}"#,
                encoded(r#"{"segments":2,"next":2,"open":[{"segment":0,"lastKey":{"pk":{"S":"u"}}}]}"#)
            ),
            format!("the key in the cursor is not one of {table}"),
        ),
        (
            format!(r#"{{"op":"scan","model":"Fact","cursor":"{}"}}"#, note("")),
            "the key in the cursor is not one of the table of model `Fact`".to_owned(),
        ),
    ];
    for (call, message) in cases {
        let error = refuse(&call);
        assert_eq!(error.details().codes, [Code::InvalidOperator, Code::InvalidCursor], "{call}");
        assert_eq!(error.details().path.as_deref(), Some("/cursor"), "{call}");
        assert_eq!(error.details().message, message, "{call}");
    }
}

#[test]
fn a_cursor_is_taken_in_any_dress() {
    let plain = cursor_at("c", "ASC");
    assert!(plain.ends_with('='));
    let expected = body(&format!(r#"{QUERY},"cursor":"{plain}"}}"#));
    for text in
        [format!(" {plain}\\n"), plain.trim_end_matches('=').to_owned(), plain.replace('_', "/").replace('-', "+")]
    {
        assert_eq!(body(&format!(r#"{QUERY},"cursor":"{text}"}}"#)), expected, "{text}");
    }
    assert_eq!(body(&format!(r#"{QUERY},"cursor":null}}"#)), body(&format!("{QUERY}}}")));
}

const SIGNED: &str =
    r#"{"transport":"sdk","capacity":"none","cursor":{"keys":["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]}}"#;

#[test]
fn signed_cursors_belong_to_one_read() {
    let client = client_with(SIGNED);
    let call = |more: &str| format!(r#"{QUERY},"where":{{"views":{{"gt":0}}}}{more}}}"#);
    let (_, step) = script(&client, &call(r#","page_size":1,"pages":1"#), &[&page(&["a"], Some("a"))]);
    let result = result(step);
    let text = result.split_once(r#""cursor":""#).unwrap().1.split('"').next().unwrap().to_owned();
    assert!(text.starts_with("tt1.eyJsYXN0S2V5"), "{text}");
    let with = |call: String| format!("{},\"cursor\":\"{text}\"}}", call.strip_suffix('}').unwrap());
    // Page size, projection, consistency, the form of a number: none of that is bound.
    for more in ["", r#","page_size":50,"limit":3"#, r#","projection":["title"]"#, r#","consistent":true,"raw":true"#] {
        send_by(&client, &with(call(more)));
    }
    send_by(&client, &with(format!(r#"{QUERY},"filter":{{"views":{{"gt":"0.00"}}}}}}"#)));
    let others = [
        format!(r#"{QUERY},"where":{{"views":{{"gt":1}}}}}}"#),
        format!(r#"{QUERY},"where":{{"views":{{"gte":0}}}}}}"#),
        format!("{QUERY}}}"),
        call(r#","order":"desc""#),
        r#"{"op":"query","model":"Note","key":["w"],"where":{"views":{"gt":0}}}"#.to_owned(),
        r#"{"op":"query","model":"Note","key":["u","a"],"where":{"views":{"gt":0}}}"#.to_owned(),
        r#"{"op":"query","model":"Note","index":"by-title","key":["u"],"where":{"views":{"gt":0}}}"#.to_owned(),
        r#"{"op":"scan","model":"Note","filter":{"views":{"gt":0}}}"#.to_owned(),
    ];
    for other in others {
        let error = refuse_by(&client, &with(other));
        assert_eq!(said(&error), "ErrInvalidCursor /cursor: cursor was changed, or belongs to another read");
    }
    // Another table: the same call on a client with other table names.
    let renamed = client_with(&SIGNED.replace(r#""capacity""#, r#""tables":{"prefix":"p-"},"capacity""#));
    assert_eq!(refuse_by(&renamed, &with(call(""))).code(), Code::InvalidCursor);
    // One edited byte.
    let mut edited = text.clone().into_bytes();
    let middle = edited.len() / 2;
    edited[middle] = if edited[middle] == b'A' { b'B' } else { b'A' };
    let edited = String::from_utf8(edited).unwrap();
    let error = refuse_by(&client, &format!(r#"{QUERY},"where":{{"views":{{"gt":0}}}},"cursor":"{edited}"}}"#));
    assert_eq!(error.code(), Code::InvalidCursor);
    // Without a signature.
    let error = refuse_by(&client, &format!(r#"{QUERY},"cursor":"{}"}}"#, cursor_at("a", "ASC")));
    assert_eq!(error.details().message, "cursor is not signed");
    // A client without keys.
    let error = refuse(&with(call("")));
    assert_eq!(error.details().message, "cursor is signed and the client has no key for it");
}

#[test]
fn signed_cursors_of_segments_work_too() {
    let client = client_with(SIGNED);
    let call = r#"{"op":"scan","model":"Fact","segments":3,"parallel":1,"pages":1"#;
    let (_, step) = script(&client, &format!("{call}}}"), &[r#"{"Items":[],"Count":0,"ScannedCount":0}"#]);
    let result = result(step);
    let text = result.split('"').nth(5).unwrap();
    assert!(text.starts_with("tt1."), "{result}");
    let (_, request) = send_by(&client, &format!(r#"{call},"cursor":"{text}"}}"#));
    assert_eq!(request.body, r#"{"TableName":"facts","TotalSegments":3,"Segment":1}"#);
}

#[test]
fn cursor_settings_are_checked() {
    for (cursor, message) in [
        (r#"{"required":true}"#, "signed cursors are required and there is no key for them"),
        (r#"{"keys":["AAEC"]}"#, "key 0 of signed cursors is not base64 of at least 32 bytes"),
        (r#"{"keys":7}"#, "settings: `keys` is not an array"),
    ] {
        let settings = format!(r#"{{"transport":"sdk","cursor":{cursor}}}"#);
        let error = tabletheory_core::client::Client::open(NOTES.as_bytes(), settings.as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::Configuration);
        assert_eq!(error.details().message, message);
    }
}
