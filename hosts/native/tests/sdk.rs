//! The adapter over a user's AWS SDK client.
#![cfg(feature = "aws-sdk")]

#[path = "support/aws.rs"]
mod aws;
#[path = "support/server.rs"]
mod server;
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::{config, credentials, notes, signed_again};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, ConfigBag, Intercept, Region, RuntimeComponents};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use server::{Server, closed_port};
use support::{Note, builder, note};
use tabletheory::{Code, WriteOutcome};

const STORED: &str = r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"hi"}}}"#;

#[tokio::test]
async fn the_bytes_of_the_core_travel_through_the_sdk() {
    let server = Server::answering(200, "x-amzn-requestid: R9\r\nx-extra: kept\r\n", STORED);
    let outcome = notes(config(&server.url()), 1).get(("u#1", "n#1")).outcome().await.unwrap();
    assert_eq!((outcome.value.title.as_str(), outcome.stats.request_id.as_deref()), ("hi", Some("R9")));
    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!(request.header("x-amz-target"), Some("DynamoDB_20120810.GetItem"));
    assert_eq!(
        request.headers.iter().filter(|(name, _)| name == "content-length" || name == "x-amz-target").count(),
        2
    );
    assert!(request.body.starts_with(r#"{"TableName":"tabletheory-demo-notes","Key":"#), "{}", request.body);
    assert!(request.header("user-agent").unwrap().contains("aws-sdk-rust"));
    assert_eq!(request.header("authorization"), Some(&*signed_again(request, credentials())));
}

#[tokio::test]
async fn every_action_has_its_own_target() {
    let server = Server::answering(200, "", r#"{"Attributes":{"pk":{"S":"p"},"sk":{"S":"s"}}}"#);
    let notes = notes(config(&server.url()), 1);
    notes.put(&note("n#1", "hi")).await.unwrap();
    notes.update(("u#1", "n#1")).set("title", "ho").await.unwrap();
    notes.delete(("u#1", "n#1")).await.unwrap();
    let targets: Vec<_> =
        server.received().iter().map(|request| request.header("x-amz-target").unwrap().to_owned()).collect();
    assert_eq!(targets, ["DynamoDB_20120810.PutItem", "DynamoDB_20120810.UpdateItem", "DynamoDB_20120810.DeleteItem"]);
}

#[tokio::test]
async fn batches_and_transactions_have_their_own_operations() {
    let server = Server::start(|mut peer| {
        while let Some(request) = peer.request() {
            let body = match request.header("x-amz-target").unwrap() {
                "DynamoDB_20120810.BatchGetItem" => r#"{"Responses":{"tabletheory-demo-notes":[]}}"#,
                "DynamoDB_20120810.TransactGetItems" => r#"{"Responses":[{}]}"#,
                _ => "{}",
            };
            peer.answer(200, "", body);
        }
    });
    let operations = Operations::default();
    let config = config(&server.url()).interceptor(operations.clone()).build();
    let db = builder().dynamodb_client(Client::from_conf(config)).build().unwrap();
    let notes = db.model::<Note>("Note").unwrap();
    assert_eq!(notes.get_many([("u#1", "n#1")]).await.unwrap(), [None]);
    assert_eq!(notes.put_many([note("n#1", "hi")]).await.unwrap(), 1);
    db.transact_get().get(&notes, ("u#1", "n#1")).send().await.unwrap();
    db.transact().put(notes.put(&note("n#1", "hi"))).send().await.unwrap();
    let expected = ["BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"];
    let received = server.received();
    let targets: Vec<_> = received.iter().map(|request| request.header("x-amz-target").unwrap()).collect();
    assert_eq!(targets, expected.map(|name| format!("DynamoDB_20120810.{name}")));
    assert_eq!(*operations.0.lock().unwrap(), expected);
}

/// What a user's telemetry takes operations for.
#[derive(Clone, Debug, Default)]
struct Operations(Arc<Mutex<Vec<String>>>);

impl Intercept for Operations {
    fn name(&self) -> &'static str {
        "Operations"
    }
    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = config.load::<Metadata>().map(|operation| operation.name().to_owned());
        self.0.lock().unwrap().extend(name);
        Ok(())
    }
}

#[tokio::test]
async fn errors_reach_the_core_as_they_came() {
    let body = r#"{"__type":"x#ConditionalCheckFailedException","Message":"no","Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"version":{"N":"4"}}}"#;
    let server = Server::answering(400, "x-amzn-requestid: R2\r\n", body);
    let call = notes(config(&server.url()), 3).create(&note("n#1", "hi")).return_old_on_failure();
    let error = call.await.unwrap_err();
    assert_eq!((error.code(), error.request_id(), error.status()), (Code::ConditionFailed, Some("R2"), Some(400)));
    assert_eq!(error.old_item::<Note>().unwrap().unwrap().version, 4);
    let server = Server::answering(400, "content-type: text/html\r\n", "<html>not an error document</html>");
    let error = notes(config(&server.url()), 1).get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidResponse, "{error}");
}

#[tokio::test]
async fn retries_are_the_cores_and_not_the_sdks() {
    let server = Server::answering(500, "", r#"{"__type":"InternalServerError"}"#);
    let config = config(&server.url()).retry_config(RetryConfig::standard().with_max_attempts(7));
    let error = notes(config, 3).get(("u#1", "n#1")).await.unwrap_err();
    assert!(error.retryable());
    assert_eq!(error.stats().unwrap().attempts, 3);
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn failures_tell_whether_something_was_sent() {
    let nobody = format!("http://127.0.0.1:{}", closed_port());
    let error = notes(config(&nobody), 1).put(&note("n#1", "hi")).await.unwrap_err();
    assert_eq!(error.code(), Code::Transport);
    assert_ne!(error.outcome(), WriteOutcome::Unknown);

    let closes = Server::start(|mut peer| drop(peer.request()));
    let half = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{");
    });
    let half_an_error = Server::start(|mut peer| {
        peer.request();
        peer.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\n{");
    });
    for server in [closes, half, half_an_error] {
        let error = notes(config(&server.url()), 1).put(&note("n#1", "hi")).await.unwrap_err();
        assert_eq!((error.code(), error.outcome()), (Code::Transport, WriteOutcome::Unknown), "{error:?}");
    }

    let silent = Server::start(|mut peer| {
        peer.request();
        std::thread::sleep(Duration::from_secs(5));
    });
    let impatient = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(200)).build();
    let error = notes(config(&silent.url()).timeout_config(impatient), 1).put(&note("n#1", "hi")).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Code::Timeout, WriteOutcome::Unknown));
}

#[tokio::test]
async fn an_unusable_configuration_is_not_retried() {
    let server = Server::answering(200, "", "{}");
    let without = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .http_client(
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
        )
        .endpoint_url(server.url());
    let error = notes(without, 4).put(&note("n#1", "hi")).await.unwrap_err();
    assert!(!error.retryable(), "{error:?}");
    assert_ne!(error.outcome(), WriteOutcome::Unknown);
    assert_eq!(error.stats().map_or(1, |stats| stats.attempts), 1);
    assert_eq!(server.connections(), 0);
}

/// What a user's own interceptor gets to see.
#[derive(Clone, Debug, Default)]
struct Watch(Arc<Mutex<Vec<String>>>);

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(target);
        Ok(())
    }
    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failed = context.output_or_error().is_none_or(|result| result.is_err());
        let status = context.response().map_or(0, |response| response.status().as_u16());
        self.0.lock().unwrap().push(format!("{status} {failed}"));
        Ok(())
    }
}

#[tokio::test]
async fn interceptors_of_the_user_see_requests_and_failures() {
    let (watch, good) = (Watch::default(), Server::answering(200, "", "{}"));
    notes(config(&good.url()).interceptor(watch.clone()), 1).put(&note("n#1", "hi")).await.unwrap();
    let bad = Server::answering(400, "", r#"{"__type":"ValidationException","message":"no"}"#);
    notes(config(&bad.url()).interceptor(watch.clone()), 1).put(&note("n#1", "hi")).await.unwrap_err();
    let put = "DynamoDB_20120810.PutItem";
    assert_eq!(*watch.0.lock().unwrap(), [put, "200 false", put, "400 true"]);
}
