//! Reads and writes of several items: queries, scans, batches, transactions, over a scripted transport.

mod support;

use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use support::{Note, note, scripted};
use tabletheory::testing::Reply;
use tabletheory::{Code, Item, Progress, attr};

fn page(names: &[&str], last: Option<&str>) -> Value {
    let key = |sk: &str| json!({"pk": {"S": "u#1"}, "sk": {"S": sk}});
    let items: Vec<Value> = names.iter().map(|sk| key(sk)).collect();
    let mut body = json!({"Items": items, "Count": names.len(), "ScannedCount": names.len() + 1});
    if let Some(last) = last {
        body["LastEvaluatedKey"] = key(last);
    }
    body
}

#[tokio::test]
async fn a_query_is_read_page_by_page_as_far_as_it_is_wanted() {
    let bodies = [page(&["n#1", "n#2"], Some("n#2")), page(&["n#3", "n#4"], Some("n#4"))];
    let (db, script) = scripted(bodies.map(|body| Reply::answer(200, body)));
    let notes = db.model::<Item>("Note").unwrap();
    let read = notes.query("u#1").where_(attr("sk").begins_with("n#") & attr("views").gt(3)).descending().limit(3);
    let found: Vec<Item> = read.items().try_collect().await.unwrap();
    let names: Vec<_> = found.iter().map(|item| item["sk"].as_str().unwrap()).collect();
    assert_eq!(names, ["n#1", "n#2", "n#3"]);
    let sent = script.bodies();
    assert_eq!(sent.len(), 2, "the third page is not asked for");
    assert_eq!(sent[0]["KeyConditionExpression"], "#n0 = :v0 AND begins_with(#n1, :v1)");
    assert_eq!(sent[0]["FilterExpression"], "#n2 > :v2");
    assert_eq!(sent[0]["ScanIndexForward"], false);
    assert_eq!(sent[1]["ExclusiveStartKey"]["sk"], json!({"S": "n#2"}));
}

#[tokio::test]
async fn a_page_has_a_cursor_that_goes_on() {
    let bodies = [page(&["n#1"], Some("n#1")), page(&[], None)];
    let (db, script) = scripted(bodies.map(|body| Reply::answer(200, body)));
    let notes = db.model::<Item>("Note").unwrap();
    let first = notes.query("u#1").page_size(1).page().await.unwrap();
    assert_eq!((first.items.len(), first.scanned, first.pages, first.stats.attempts), (1, 2, 1, 1));
    let second = notes.query("u#1").page_size(1).cursor(first.cursor).page().await.unwrap();
    assert!(second.items.is_empty() && second.cursor.is_none());
    assert_eq!(script.bodies()[1]["ExclusiveStartKey"]["sk"], json!({"S": "n#1"}));
    let error = notes.query("u#1").cursor("nonsense".to_owned()).page().await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidCursor);
}

#[tokio::test]
async fn a_page_with_a_limit_is_full() {
    let bodies = [page(&["n#1"], Some("n#1")), page(&["n#2", "n#3"], Some("n#3"))];
    let (db, script) = scripted(bodies.map(|body| Reply::answer(200, body)));
    let notes = db.model::<Item>("Note").unwrap();
    let found = notes.query("u#1").filter(attr("views").gt(3)).limit(3).page().await.unwrap();
    assert_eq!((found.items.len(), found.pages, found.remaining), (3, 2, Some(0)));
    assert!(found.cursor.is_some());
    script.done().unwrap();
}

#[tokio::test]
async fn counts_first_items_and_bad_input() {
    let bodies = [json!({"Count": 7, "ScannedCount": 9}), page(&["n#1"], Some("n#1"))];
    let (db, script) = scripted(bodies.map(|body| Reply::answer(200, body)));
    let notes = db.model::<Item>("Note").unwrap();
    let counted = notes.scan().filter(attr("views").gt(1)).count().await.unwrap();
    assert_eq!((counted.count, counted.scanned), (7, 9));
    assert_eq!(script.bodies()[0]["Select"], "COUNT");
    assert_eq!(notes.query("u#1").first().await.unwrap().unwrap()["sk"].as_str(), Some("n#1"));
    let refused = notes.query("u#1").filter(attr("views").is_in(Vec::<i64>::new())).all().await.unwrap_err();
    assert_eq!((refused.code(), refused.path()), (Code::InvalidOperator, Some("/filter/views/in")));
    assert_eq!(notes.query("u#1").index("nowhere").all().await.unwrap_err().code(), Code::IndexNotFound);
    assert_eq!(script.requests().len(), 2, "bad input is refused before anything is sent");
}

#[tokio::test]
async fn batches_keep_the_order_and_tell_how_far_they_are() {
    let found =
        r#"{"Responses":{"tabletheory-demo-notes":[{"pk":{"S":"u#1"},"sk":{"S":"n#2"}}]},"UnprocessedKeys":{}}"#;
    let back = r#"{"UnprocessedItems":{"tabletheory-demo-notes":[{"DeleteRequest":{"Key":{"pk":{"S":"u#1"},"sk":{"S":"n#3"}}}}]}}"#;
    let (db, _) = scripted([found, back, r#"{"UnprocessedItems":{}}"#].map(|body| Reply::answer(200, body)));
    let notes = db.model::<Item>("Note").unwrap();
    let got = notes.get_many([("u#1", "n#1"), ("u#1", "n#2")]).await.unwrap();
    assert!(got[0].is_none());
    assert_eq!(got[1].as_ref().unwrap()["sk"].as_str(), Some("n#2"));

    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let batch = db.batch_write().put(&notes, [note("n#1", "a"), note("n#2", "b")]).delete(&notes, [("u#1", "n#3")]);
    let tell = move |now: &Progress| seen.lock().unwrap().push((now.done, now.total, now.unprocessed));
    let done = batch.on_progress(tell).send().await.unwrap();
    assert_eq!((done.written, done.stats.attempts), (3, 2));
    let [Some(set), None] = &done.stamped().unwrap()[..] else { panic!("puts, and deletes: {done:?}") };
    assert_eq!(set["createdAt"].as_str(), Some("2026-01-02T03:04:05.678901234Z"));
    assert_eq!(*told.lock().unwrap(), [(2, 3, 1), (3, 3, 0)]);

    let twice = notes.get_many([("u#1", "n#1"), ("u#1", "n#1")]).await.unwrap_err();
    assert_eq!(twice.path(), Some("/gets/0/keys/1"));
}

#[tokio::test]
async fn groups_of_a_batch_are_read_as_they_ask_for() {
    let found = json!({"Responses": {"tabletheory-demo-notes": [{"pk": {"S": "u#1"}, "sk": {"S": "n#1"}, "title": {"S": "hi"}}]}});
    let (db, script) = scripted([Reply::answer(200, found)]);
    let notes = db.model::<Item>("Note").unwrap();
    let begin = db.batch_get().gets(notes.gets([("u#1", "n#1")]).consistent().projection(["title"]));
    let found = begin.of(&notes, Vec::<(&str, &str)>::new()).send().await.unwrap();
    assert_eq!(found.group::<Item>(0).unwrap()[0].as_ref().unwrap()["title"].as_str(), Some("hi"));
    assert!(found.group::<Item>(1).unwrap().is_empty());
    let sent = &script.bodies()[0]["RequestItems"]["tabletheory-demo-notes"];
    assert_eq!((&sent["ConsistentRead"], &sent["ProjectionExpression"]), (&json!(true), &json!("#n0, #n1, #n2")));
    let empty =
        db.batch_write().put(&notes, Vec::<Item>::new()).delete(&notes, Vec::<Item>::new()).send().await.unwrap();
    assert_eq!((empty.written, empty.stats.attempts), (0, 0));
    assert_eq!(db.batch_write().send().await.unwrap().written, 0);
    assert!(db.batch_get().send().await.unwrap().group::<Item>(0).unwrap().is_empty());
    assert_eq!(db.transact().send().await.unwrap_err().path(), Some("/actions"));
    assert_eq!(db.transact_get().send().await.unwrap_err().path(), Some("/gets"));
}

#[tokio::test]
async fn a_scan_tells_of_its_last_page() {
    let (db, _) = scripted([page(&["n#1"], Some("n#1")), page(&[], None)].map(|body| Reply::answer(200, body)));
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let tell = move |now: &Progress| seen.lock().unwrap().push((now.pages, now.segments_done));
    let notes = db.model::<Item>("Note").unwrap();
    assert_eq!(notes.scan().on_progress(tell).all().await.unwrap().len(), 1);
    assert_eq!(*told.lock().unwrap(), [(1, 0), (2, 1)]);
}

#[tokio::test]
async fn a_stream_of_a_scan_reads_segments_side_by_side_and_tells_of_all_its_pages() {
    // Two segments of two pages each; the script does not say which segment a page is of.
    let first = page(&["n#1"], Some("n#1"));
    let bodies = [first.clone(), first, page(&[], None), page(&["n#2"], None)];
    let (db, script) = scripted(bodies.map(|body| Reply::answer(200, body)));
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let tell = move |now: &Progress| seen.lock().unwrap().push((now.pages, now.items, now.segments_done));
    let notes = db.model::<Item>("Note").unwrap();
    let scan = notes.scan().segments(2).on_progress(tell);
    let pages: Vec<_> = scan.pages().try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| (page.items.len(), page.pages)).collect::<Vec<_>>(), [(2, 2), (1, 2)]);
    assert_eq!(*told.lock().unwrap(), [(1, 1, 0), (2, 2, 0), (3, 2, 1), (4, 3, 2)]);
    script.done().unwrap();
}

#[tokio::test]
async fn a_failed_batch_says_what_became_of_each_write() {
    let refused = r#"{"__type":"ValidationException","message":"no"}"#;
    let (db, _) = scripted([Reply::answer(400, refused)]);
    let notes = db.model::<Note>("Note").unwrap();
    let error = notes.put_many([note("n#1", "a")]).await.unwrap_err();
    let batch = error.batch().expect("what became of it");
    assert_eq!(batch.unwritten.as_deref(), Some(&[(0, 0)][..]), "{error:?}");
    assert_eq!(batch.written.as_deref(), Some(&[][..]));
}

#[tokio::test]
async fn transactions_take_the_builders_of_single_writes() {
    let cancelled = r#"{"__type":"TransactionCanceledException","message":"x","CancellationReasons":[{"Code":"None"},
        {"Code":"ConditionalCheckFailed","Message":"m","Item":{"pk":{"S":"u#1"},"sk":{"S":"n#2"},"version":{"N":"7"}}},{"Code":"None"}]}"#;
    let (db, script) = scripted([Reply::answer(200, "{}"), Reply::answer(400, cancelled)]);
    let notes = db.model::<Note>("Note").unwrap();
    let begin = || {
        db.transact()
            .create(notes.create(&note("n#1", "hi")))
            .update(notes.update(("u#1", "n#2")).add("views", 1).expect_version(3).return_old_on_failure())
            .check(notes.check(("u#1", "n#3"), attr("title").exists()))
            .token("once")
    };
    assert_eq!(begin().explain().unwrap().at("/operation"), "transact");
    let done = begin().send().await.unwrap();
    assert_eq!(done.stats.attempts, 1);
    assert_eq!(done.stamp(0, &note("n#1", "hi")).unwrap().created_at, "2026-01-02T03:04:05.678901234Z");
    assert!(done.stamped().unwrap()[1..].iter().all(Option::is_none), "{done:?}");
    let body = &script.bodies()[0];
    assert_eq!(body["ClientRequestToken"], "once");
    let kinds: Vec<_> = body["TransactItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    assert_eq!(kinds, ["Put", "Update", "ConditionCheck"]);
    let error = begin().send().await.unwrap_err();
    assert!(error.is(Code::ConditionFailed), "{error:?}");
    let reason = &error.reasons()[0];
    assert_eq!((reason.index, reason.code), (1, Code::VersionConflict));
    assert_eq!(reason.old_item::<Item>().unwrap().unwrap()["version"], tabletheory::Value::from(7));
}

#[tokio::test]
async fn transactions_read_at_one_moment() {
    let answer = r#"{"Responses":[{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}}},{}]}"#;
    let (db, script) = scripted([Reply::answer(200, answer)]);
    let notes = db.model::<Item>("Note").unwrap();
    let other = notes.find(("u#1", "n#2")).projection(["title"]);
    let begin = db.transact_get().get(&notes, ("u#1", "n#1")).find(other);
    let seen = begin.send().await.unwrap();
    assert_eq!(script.bodies()[0]["TransactItems"][1]["Get"]["ProjectionExpression"], "#n0");
    assert_eq!(seen.item::<Item>(0).unwrap().unwrap()["sk"].as_str(), Some("n#1"));
    assert!(seen.item::<Item>(1).unwrap().is_none());
}

#[tokio::test]
async fn explanations_send_nothing() {
    let (db, script) = scripted([]);
    let notes = db.model::<Item>("Note").unwrap();
    let explained = notes.scan().filter(attr("views").gt(1)).explain().unwrap();
    assert_eq!(explained.at("/requests/0/action"), "Scan");
    assert!(explained.warnings().count() > 0, "{explained:?}");
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn what_a_batch_has_left_can_be_sent_again() {
    let once = tabletheory::Retry { max_attempts: Some(1), ..Default::default() };
    let answers =
        [Reply::answer(200, r#"{"UnprocessedItems":{}}"#), Reply::answer(400, r#"{"__type":"ValidationException"}"#)];
    let script = tabletheory::testing::ScriptedTransport::new(answers);
    let db = support::builder().retry(once).clock(support::still_clock()).transport(script).build().unwrap();
    let notes = db.model::<Item>("Note").unwrap();
    let many: Vec<_> = (0..30).map(|n| note(&format!("n#{n}"), "hi")).collect();
    let error = db.batch_write().put(&notes, &many).parallel(1).send().await.unwrap_err();
    let batch = error.batch().unwrap();
    let left: Vec<_> = batch.left_of(0, &many).into_iter().map(|note| note.sk.as_str()).collect();
    assert_eq!(left, ["n#25", "n#26", "n#27", "n#28", "n#29"]);
    assert_eq!(batch.left(), [(0, 25), (0, 26), (0, 27), (0, 28), (0, 29)]);
    assert!(batch.left_of(1, &many).is_empty());
}
