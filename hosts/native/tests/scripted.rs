//! Calls of the library over a scripted transport: what is sent, what comes back, what happens in between.

mod support;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::{Note, builder, note, scripted, still_clock};
use tabletheory::testing::{Reply, ScriptedTransport};
use tabletheory::transport::{BoxFuture, Failure, FailureKind, Request, Response, Transport};
use tabletheory::{Code, Item, Retry, ReturnValues, Set, TableTheory, WriteOutcome, attr};

const STORED: &str = r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"hi"},"views":{"N":"3"},"tags":{"SS":["a"]},"version":{"N":"2"}}}"#;
const AFTER: &str =
    r#"{"Attributes":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"ho"},"views":{"N":"4"},"version":{"N":"3"}}}"#;
const FAILED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"the secret condition",
    "Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"version":{"N":"7"}}}"#;

/// The body of the only request.
fn body(script: &ScriptedTransport) -> serde_json::Value {
    let [body] = <[_; 1]>::try_from(script.bodies()).expect("one request");
    body
}

#[tokio::test]
async fn create_stamps_the_note() {
    let (db, script) = scripted([Reply::answer(200, "{}")]);
    let given = note("n#1", "hi");
    let outcome = db.model::<Note>("Note").unwrap().create(&given).outcome().await.unwrap();
    assert_eq!(script.requests()[0].action, "PutItem");
    let sent = body(&script);
    assert_eq!(sent["Item"]["tags"], serde_json::json!({"SS": ["a"]}));
    assert_eq!(sent["Item"]["version"], serde_json::json!({"N": "0"}));
    let stamped = outcome.value.stamp(&given).unwrap();
    assert_eq!((stamped.title.as_str(), stamped.version), ("hi", 0));
    assert_eq!(stamped.created_at, "2026-01-02T03:04:05.678901234Z");
    assert_eq!(outcome.value.stamped["createdAt"].as_str(), Some("2026-01-02T03:04:05.678901234Z"));
    assert_eq!((outcome.stats.attempts, outcome.stats.retries), (1, 0));
    assert!(outcome.value.old.is_none());
}

#[tokio::test]
async fn get_and_find_read_typed_items() {
    let (db, script) = scripted([Reply::answer(200, STORED), Reply::answer(200, "{}"), Reply::answer(200, "{}")]);
    let notes = db.model::<Note>("Note").unwrap();
    let found = notes.get(("u#1", "n#1")).consistent().projection(["pk", "title"]).await.unwrap();
    assert_eq!((found.title.as_str(), found.views, found.version), ("hi", 3, 2));
    let sent = &script.bodies()[0];
    assert_eq!(sent["Key"], serde_json::json!({"pk": {"S": "u#1"}, "sk": {"S": "n#1"}}));
    assert_eq!(sent["ConsistentRead"], true);
    assert!(notes.find(("u#1", "n#2")).await.unwrap().is_none());
    let error = notes.get(&found).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Code::ItemNotFound, WriteOutcome::Rejected));
}

#[tokio::test]
async fn keys_are_tuples_items_and_maps() {
    let (db, script) = scripted((0..4).map(|_| Reply::answer(200, "{}")));
    let notes = db.model::<Item>("Note").unwrap();
    notes.delete(("u#1", "n#1")).await.unwrap();
    notes.delete(note("n#1", "a whole item")).await.unwrap();
    notes.delete(BTreeMap::from([("sk", "n#1"), ("pk", "u#1")])).await.unwrap();
    notes.delete(["u#1".to_owned(), "n#1".to_owned()]).await.unwrap();
    let bodies: Vec<_> = script.requests().into_iter().map(|request| request.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    assert_eq!(notes.delete("u#1").await.unwrap_err().code(), Code::MissingPrimaryKey);
}

#[tokio::test]
async fn update_writes_every_clause() {
    let (db, script) = scripted([Reply::answer(200, AFTER)]);
    let updated = db
        .model::<Note>("Note")
        .unwrap()
        .update(("u#1", "n#1"))
        .set("title", "ho")
        .set_if_not_exists("status", "open")
        .add("views", 1)
        .delete("tags", Set::from(["a"]))
        .remove("body")
        .condition(attr("views").gt(2))
        .condition(!attr("author").exists() | attr("title").begins_with("h"))
        .expect_version(2)
        .if_exists()
        .await
        .unwrap();
    assert_eq!((updated.title.as_str(), updated.views, updated.version), ("ho", 4, 3));
    let sent = body(&script);
    let update = sent["UpdateExpression"].as_str().unwrap();
    for section in ["SET ", "if_not_exists(", " REMOVE ", " ADD ", " DELETE "] {
        assert!(update.contains(section), "{update}");
    }
    let condition = sent["ConditionExpression"].as_str().unwrap();
    for part in ["begins_with(", " OR ", " AND ", "attribute_exists("] {
        assert!(condition.contains(part), "{condition}");
    }
}

#[tokio::test]
async fn writes_give_back_what_was_asked_for() {
    let (db, script) = scripted([
        Reply::answer(200, AFTER),
        Reply::answer(200, r#"{"Attributes":{"title":{"S":"ho"}}}"#),
        Reply::answer(200, "{}"),
        Reply::answer(200, AFTER),
    ]);
    let notes = db.model::<Note>("Note").unwrap();
    let old = notes.put(&note("n#1", "hi")).return_values(ReturnValues::AllOld).await.unwrap().old.unwrap();
    assert_eq!(old.title, "ho");
    let part: Item =
        notes.update(("u#1", "n#1")).set("title", "ho").returning(ReturnValues::UpdatedNew).await.unwrap().unwrap();
    assert_eq!(part["title"].as_str(), Some("ho"));
    assert!(notes.upsert(&note("n#1", "hi")).returning::<Item>(ReturnValues::None).await.unwrap().is_none());
    assert_eq!(notes.delete(("u#1", "n#1")).return_values(ReturnValues::AllOld).await.unwrap().unwrap().title, "ho");
    let asked: Vec<_> = script.bodies().iter().map(|body| body["ReturnValues"].clone()).collect();
    assert_eq!(asked[..2], ["ALL_OLD", "UPDATED_NEW"]);
    assert_eq!(asked[3], "ALL_OLD");
}

#[tokio::test]
async fn a_conflict_carries_both_codes_and_the_old_item() {
    let (db, _) = scripted([Reply::answer(400, FAILED)]);
    let notes = db.model::<Note>("Note").unwrap();
    let error =
        notes.update(("u#1", "n#1")).set("title", "x").expect_version(2).return_old_on_failure().await.unwrap_err();
    assert_eq!(error.code(), Code::VersionConflict);
    assert!(error.is(Code::ConditionFailed) && !error.retryable());
    assert_eq!(error.outcome(), WriteOutcome::Rejected);
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.service_code(), Some("ConditionalCheckFailedException"));
    assert_eq!(error.service_message(), Some("the secret condition"));
    assert!(!format!("{error} {error:?}").contains("secret"));
    assert_eq!(error.old_item::<Note>().unwrap().unwrap().version, 7);
    assert_eq!(error.stats().unwrap().attempts, 1);
    assert!(error.to_json().contains(r#""code":"ErrVersionConflict""#));
}

#[tokio::test]
async fn throttles_are_retried_after_waits_of_the_core() {
    const THROTTLED: &str = r#"{"__type":"ThrottlingException"}"#;
    let script = ScriptedTransport::new([
        Reply::answer(400, THROTTLED),
        Reply::fails(FailureKind::Connect, "refused"),
        Reply::answer(200, "{}"),
    ]);
    let clock = still_clock();
    let db = builder().clock(clock.clone()).transport(script.clone()).build().unwrap();
    let outcome = db.model::<Note>("Note").unwrap().find(("u#1", "n#1")).outcome().await.unwrap();
    assert!(outcome.value.is_none());
    assert_eq!((outcome.stats.attempts, outcome.stats.retries), (3, 2));
    assert_eq!(clock.waits().len(), 2);
    assert_eq!(outcome.stats.waited(), clock.waits().iter().sum::<Duration>());
}

#[tokio::test]
async fn a_transport_failure_is_the_source() {
    let replies = (0..2).map(|_| Reply::fails(FailureKind::Connect, "connection refused by nobody"));
    let script = ScriptedTransport::new(replies);
    let retry = Retry { max_attempts: Some(2), ..Retry::default() };
    let db = builder().clock(still_clock()).retry(retry).transport(script).build().unwrap();
    let error = db.model::<Note>("Note").unwrap().get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!(error.code(), Code::Transport);
    assert!(error.retryable());
    assert_eq!(error.source().unwrap().to_string(), "connection refused by nobody");
}

#[tokio::test]
async fn a_lost_write_is_not_repeated_blindly() {
    let (db, script) = scripted([Reply::fails(FailureKind::Broken, "gone")]);
    let error = db.model::<Note>("Note").unwrap().update(("u#1", "n#1")).add("views", 1).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Code::Transport, WriteOutcome::Unknown));
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn bad_input_is_a_typed_error_before_anything_is_sent() {
    let (db, script) = scripted([]);
    let notes = db.model::<Item>("Note").unwrap();
    let key = || ("u#1", "n#1");
    let cases = [
        (notes.update(key()).set("views", f64::NAN).await.unwrap_err(), Code::InvalidValue, Some("/set/views")),
        (notes.update(key()).set("nosuch", 1).await.unwrap_err(), Code::InvalidModel, Some("/set/nosuch")),
        (
            notes.update(key()).set("title", BTreeMap::from([(vec![1], 1)])).await.unwrap_err(),
            Code::InvalidValue,
            Some("/set/title"),
        ),
        (notes.create(&BTreeMap::from([("pk", "u#1")])).await.unwrap_err(), Code::MissingPrimaryKey, Some("/item")),
        (
            notes.create(&BTreeMap::from([("pk", 1), ("sk", 2)])).await.unwrap_err(),
            Code::InvalidPrimaryKey,
            Some("/item/pk"),
        ),
        (notes.get(("u#1", "")).await.unwrap_err(), Code::InvalidPrimaryKey, Some("/key/1")),
        // A list of names that came out empty does not ask for all.
        (
            notes.get(key()).projection(Vec::<String>::new()).await.unwrap_err(),
            Code::InvalidOperator,
            Some("/projection"),
        ),
        (db.call("{").await.unwrap_err(), Code::InvalidCall, None),
    ];
    for (error, code, path) in cases {
        assert_eq!((error.code(), error.path(), error.outcome()), (code, path, WriteOutcome::NotSent), "{error}");
    }
    let error = db.model::<Item>("Nope").unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::InvalidModel, Some("/model")));
    assert!(error.hint().unwrap().contains("`Note`"));
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn an_item_that_does_not_fit_its_type_names_the_place() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Small {
        views: u8,
    }
    let stored = r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"views":{"N":"300"}}}"#;
    let (db, _) = scripted([Reply::answer(200, stored)]);
    let error = db.model::<Small>("Note").unwrap().get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::NumberPrecisionLoss, Some("/item/views")));
}

#[tokio::test]
async fn an_attempt_has_a_limit() {
    let script = ScriptedTransport::new([Reply::never(), Reply::answer(200, STORED)]);
    let db = builder().attempt_timeout(Duration::from_millis(60)).transport(script.clone()).build().unwrap();
    let outcome = db.model::<Note>("Note").unwrap().get(("u#1", "n#1")).outcome().await.unwrap();
    assert_eq!(outcome.stats.attempts, 2);
}

#[tokio::test]
async fn a_call_has_a_limit_when_asked_for() {
    let script = ScriptedTransport::new([Reply::never()]);
    let db = builder().timeout(Duration::from_millis(60)).transport(script).build().unwrap();
    let error = db.model::<Note>("Note").unwrap().put(&note("n#1", "hi")).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Code::Timeout, WriteOutcome::Unknown));
    assert_eq!(error.message(), "the call took longer than it may");
}

/// Counts requests that were given up.
#[derive(Clone, Default)]
struct Stuck(Arc<AtomicUsize>);

impl Drop for Stuck {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Stalls(Arc<AtomicUsize>);

impl Transport for Stalls {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        let stuck = Stuck(self.0.clone());
        Box::pin(async move {
            let _stuck = stuck;
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn a_dropped_call_gives_up_its_request() {
    let given_up = Arc::new(AtomicUsize::new(0));
    let db = builder().transport(Stalls(given_up.clone())).build().unwrap();
    let notes = db.model::<Note>("Note").unwrap();
    let call = tokio::time::timeout(Duration::from_millis(20), notes.get(("u#1", "n#1")).into_future());
    assert!(call.await.is_err());
    assert_eq!(given_up.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_run_side_by_side_on_one_client() {
    let (db, script) = scripted((0..100).map(|_| Reply::answer(200, STORED)));
    let notes = db.model::<Note>("Note").unwrap();
    let calls: Vec<_> = (0..100).map(|n| tokio::spawn(notes.get(("u#1", format!("n#{n}"))).into_future())).collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().title, "hi");
    }
    assert_eq!(script.requests().len(), 100);
}

#[tokio::test]
async fn tables_are_made_described_and_deleted() {
    const TABLE: &str = r#"{"Table":{"TableName":"dev-tabletheory-demo-notes","TableStatus":"ACTIVE","ItemCount":5,
        "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
        "GlobalSecondaryIndexes":[{"IndexName":"by-author","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"author","KeyType":"HASH"}]}]}}"#;
    const TTL: &str = r#"{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"ttl"}}"#;
    let script = ScriptedTransport::new([Reply::answer(200, TABLE), Reply::answer(200, TTL)]);
    let db = builder().clock(still_clock()).table_prefix("dev-").transport(script.clone()).build().unwrap();
    let table = db.describe_table("Note").await.unwrap();
    assert_eq!(
        (table.name.as_str(), table.status.as_str(), table.items),
        ("dev-tabletheory-demo-notes", "ACTIVE", Some(5))
    );
    assert_eq!((table.keys.partition, table.keys.sort), (vec!["pk".to_owned()], vec!["sk".to_owned()]));
    assert_eq!((table.indexes[0].name.as_str(), table.indexes[0].r#type.as_str()), ("by-author", "GSI"));
    assert!(script.requests()[0].body.contains("dev-tabletheory-demo-notes"));
}

#[tokio::test]
async fn raw_calls_give_the_result_document() {
    let (db, _) = scripted([Reply::answer(200, STORED)]);
    let document = db.call(r#"{"op":"get","model":"Note","key":["u#1","n#1"]}"#).await.unwrap();
    assert_eq!(document.item::<Note>().unwrap().unwrap().views, 3);
    assert_eq!(document.stats().attempts, 1);
    assert!(document.as_str().starts_with(r#"{"item":{"#));
}

#[test]
fn what_is_missing_is_said_when_building() {
    let error = TableTheory::builder().build().unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Configuration, "no schema document"));
    let error = TableTheory::builder().schema_file("/no/such/file.yml").unwrap_err();
    assert_eq!(error.code(), Code::InvalidDocument);
    let error =
        TableTheory::builder().schema_str("models: 1").transport(ScriptedTransport::default()).build().unwrap_err();
    assert_eq!(error.code(), Code::InvalidDocument);
    assert!(error.problems().iter().all(|problem| problem.line > 0 && !problem.message.is_empty()));
    assert!(!error.problems().is_empty());
}
