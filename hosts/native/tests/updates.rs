//! Updates beyond plain values: operands, changes, and the operations on releases.

mod support;

use serde_json::{Value, json};
use support::{Note, note, scripted, still_clock};
use tabletheory::testing::{Reply, ScriptedTransport};
use tabletheory::{Code, Error, Item, Set, TableTheory, Update, attr, list_append, minus, plus};

const AFTER: &str =
    r#"{"Attributes":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"ho"},"views":{"N":"4"},"version":{"N":"3"}}}"#;
const DOCUMENT: &str = r#"{"dms_version":"0.2","namespace":"tests","models":[{"name":"Log","table":{"name":"logs"},
    "keys":{"partition":{"attribute":"id","type":"S"}},"attributes":[
    {"attribute":"id","type":"S","required":true,"roles":["pk"]},{"attribute":"lines","type":"L","optional":true},
    {"attribute":"a","type":"N","optional":true},{"attribute":"b","type":"N","optional":true},
    {"attribute":"data","type":"M","optional":true}]}]}"#;

/// What an update of a log sends.
async fn sent(update: impl FnOnce(Update<Item>) -> Update<Item>) -> Result<Value, Error> {
    let script = ScriptedTransport::new([Reply::answer(200, r#"{"Attributes":{"id":{"S":"1"}}}"#)]);
    let db = TableTheory::builder().schema_str(DOCUMENT).clock(still_clock()).transport(script.clone()).build()?;
    update(db.model::<Item>("Log")?.update("1")).await?;
    let [body] = <[_; 1]>::try_from(script.bodies()).expect("one request");
    Ok(body)
}

#[tokio::test]
async fn operands_are_worked_out_by_the_service() {
    let cases = [
        (sent(|log| log.set("a", attr("b"))).await, "SET #n0 = #n1"),
        (sent(|log| log.set("a", attr("b") + 1)).await, "SET #n0 = #n1 + :v0"),
        (sent(|log| log.set("a", minus(10, attr("b")))).await, "SET #n0 = :v0 - #n1"),
        (sent(|log| log.set("a", attr("a").if_not_exists(5) - 1)).await, "SET #n0 = if_not_exists(#n0, :v0) - :v1"),
        (sent(|log| log.set("a", plus(attr("a"), attr("b")))).await, "SET #n0 = #n0 + #n1"),
        (sent(|log| log.set("a", attr("b").if_not_exists(attr("a")))).await, "SET #n0 = if_not_exists(#n1, #n0)"),
        (sent(|log| log.set("lines", list_append(["first"], attr("lines")))).await, "SET #n0 = list_append(:v0, #n0)"),
        (sent(|log| log.set("lines[2]", "third")).await, "SET #n0[2] = :v0"),
        (sent(|log| log.set("data.`x.y`[0]", attr("data.z"))).await, "SET #n0.#n1[0] = #n0.#n2"),
        (sent(|log| log.set_if_not_exists("a", attr("b"))).await, "SET #n0 = if_not_exists(#n0, #n1)"),
        (sent(|log| log.append("lines", ["x"])).await, "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)"),
    ];
    for (body, expression) in cases {
        let body = body.unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!(body["UpdateExpression"].as_str(), Some(expression), "{body}");
    }
}

#[tokio::test]
async fn operands_that_do_not_fit_are_refused_with_their_path() {
    let error = sent(|log| log.set("a", attr("lines") + 1)).await.unwrap_err();
    assert!(error.path().is_some_and(|path| path.starts_with("/set/a")), "{error:?}");
    let error = sent(|log| log.set("a", attr("nosuch") + 1)).await.unwrap_err();
    assert!(error.path().is_some_and(|path| path.starts_with("/set/a")), "{error:?}");
}

#[tokio::test]
async fn sizes_are_compared_with() {
    let body = sent(|log| log.condition(attr("a").lt(attr("lines").size())).remove("b")).await.unwrap();
    assert_eq!(body["ConditionExpression"].as_str(), Some("#n1 < size(#n2)"), "{body}");
}

#[tokio::test]
async fn changes_are_what_is_different() {
    let (db, script) = scripted([Reply::answer(200, AFTER), Reply::answer(200, AFTER)]);
    let notes = db.model::<Note>("Note").unwrap();
    let before = Note { status: Some("open".into()), views: 3, version: 2, ..note("n#1", "hi") };
    let after = Note { title: "ho".into(), status: None, tags: Set::from(["b".to_owned()]), ..before.clone() };
    let updated = notes.update(&after).changes(&before, &after).expect_version(before.version).await.unwrap();
    assert_eq!(updated.version, 3);
    let body = &script.bodies()[0];
    let names = body["ExpressionAttributeNames"].as_object().unwrap();
    let named = |name: &str| names.values().any(|known| known == name);
    assert!(named("title") && named("tags") && named("status") && !named("views"), "{body}");
    assert!(body["UpdateExpression"].as_str().unwrap().contains(" REMOVE "), "{body}");
    assert_eq!(
        body["ExpressionAttributeValues"].as_object().unwrap().values().filter(|v| **v == json!({"S": "ho"})).count(),
        1
    );

    notes.update(&after).changes(&(), &after).await.unwrap();
    let body = &script.bodies()[1];
    assert!(body["ExpressionAttributeNames"].as_object().unwrap().values().any(|known| known == "views"), "{body}");
    assert!(body["ConditionExpression"].is_null(), "{body}");
}

#[tokio::test]
async fn changes_that_cannot_be_written_name_their_side() {
    let (db, script) = scripted([]);
    let notes = db.model::<Item>("Note").unwrap();
    let odd = std::collections::BTreeMap::from([(vec![1], 1)]);
    let error = notes.update(("u#1", "n#1")).changes(&(), &odd).await.unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::InvalidValue, Some("/changes/to")));
    assert!(script.requests().is_empty());
}

const RELEASES: &str = include_str!("../../../contract-tests/dms/releases.dms.yml");

fn releases() -> (TableTheory, ScriptedTransport) {
    let script = ScriptedTransport::new([Reply::answer(200, "{}").to("TransactWriteItems")]);
    let db = TableTheory::builder().schema_str(RELEASES).clock(still_clock()).transport(script.clone()).build();
    (db.unwrap(), script)
}

#[tokio::test]
async fn a_state_and_its_event_are_written_together() {
    let (db, script) = releases();
    let (states, events) = (db.model::<Item>("Release").unwrap(), db.model::<Item>("ReleaseEvent").unwrap());
    let event = json!({"pk": "r#1", "sk": "event#1", "kind": "promoted"});
    let begin = || {
        let state = states.update(("r#1", "state")).set("stage", "live").expect_version(4);
        db.transition_append_event(state, events.create(&event)).token("once")
    };
    assert_eq!(begin().explain().unwrap().at("/operation"), "transition_append_event");
    let done = begin().send().await.unwrap();
    assert_eq!(done.stamped().unwrap().len(), 2);
    let stored = done.stamp(1, &event).unwrap();
    assert_eq!(stored["kind"], "promoted");
    script.done().unwrap();
    let body = &script.bodies()[0];
    assert_eq!(body["ClientRequestToken"], "once");
    assert!(body["TransactItems"][0]["Update"].is_object() && body["TransactItems"][1]["Put"].is_object(), "{body}");

    let odd = states.update(("r#1", "state")).set("stage", f64::NAN);
    let error = db.transition_append_event(odd, events.create(&event)).send().await.unwrap_err();
    assert_eq!(error.path(), Some("/actual/set/stage"));
}

#[tokio::test]
async fn provenance_is_checked_before_anything_is_sent() {
    let (db, script) = releases();
    let at = "2026-01-02T03:04:05Z";
    let evidence = json!({"kind": "operator_command", "source": "release-control-plane", "ref": "cmd#1"});
    let provenance = json!({"mode": "native", "system": "release-control-plane", "kind": "operator_command", "ref": "cmd#1",
        "observed_at": at, "recorded_at": at, "evidence": [evidence]});
    let confidence = json!({"level": "high", "reasons": ["operator_command_authority"]});
    db.validate_provenance(&provenance, &confidence).await.unwrap();
    let low = json!({"level": "low", "reasons": ["operator_command_authority"]});
    for (provenance, confidence) in
        [(&provenance, &low), (&provenance, &Value::Null), (&Value::Null, &confidence), (&Value::Null, &Value::Null)]
    {
        let error = db.validate_provenance(provenance, confidence).await.unwrap_err();
        assert_eq!(error.code(), Code::RejectedDeployAuthorityEvidence);
    }
    assert!(script.requests().is_empty());
}
