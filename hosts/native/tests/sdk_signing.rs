//! Signatures of requests through the AWS SDK: those of its own signer, whoever made them.
#![cfg(feature = "aws-sdk")]

#[path = "support/aws.rs"]
mod aws;
#[path = "support/server.rs"]
mod server;
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws::{config, credentials, notes, signed_again, time};
use aws_runtime::auth::sigv4::SCHEME_ID;
use aws_runtime::service_clock_skew::DisableClockSkewCorrection;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{
    Builder, ConfigBag, Credentials, IdentityCache, Intercept, ProvideCredentials, RuntimeComponents,
    SharedCredentialsProvider,
};
use aws_smithy_async::time::{SharedTimeSource, StaticTimeSource, TimeSource};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::GetIdentityResolver;
use server::{Received, Server};
use tabletheory::{Code, Model};

const NOW: &str = "20260102T030405Z";
/// The service's time, an hour later.
const LATER: &str = "20260102T040405Z";
const STORED: &str = r#"{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"}}}"#;
const SKEWED: &str = r#"{"__type":"com.amazon.coral.service#RequestTimeTooSkewed","message":"no"}"#;
const DATE: &str = "date: Fri, 02 Jan 2026 04:04:05 GMT\r\n";

/// What a service receives that answers all calls.
async fn received(config: impl FnOnce(Builder) -> Builder, calls: usize) -> Vec<Received> {
    let server = Server::answering(200, "", STORED);
    let notes = notes(config(aws::config(&server.url())), 1);
    for _ in 0..calls {
        get(&notes).await;
    }
    server.received()
}

async fn get(notes: &Model<support::Note>) {
    notes.get(("u#1", "n#1")).await.unwrap();
}

/// Asserts that a request is signed with these credentials.
fn assert_signed(request: &Received, credentials: Credentials) {
    assert_eq!(request.header("authorization"), Some(&*signed_again(request, credentials)));
}

fn times(received: &[Received]) -> Vec<&str> {
    received.iter().map(|request| request.header("x-amz-date").unwrap()).collect()
}

fn temporary() -> Credentials {
    Credentials::new("ASIAEXAMPLE", "secret", Some("a+token/of=sorts".to_owned()), None, "test")
}

#[tokio::test]
async fn session_tokens_are_sent_and_signed() {
    for request in received(|config| config.credentials_provider(temporary()), 2).await {
        assert_eq!(request.header("x-amz-security-token"), Some("a+token/of=sorts"));
        assert!(request.header("authorization").unwrap().contains("x-amz-date;x-amz-security-token;x-amz-target"));
        assert_signed(&request, temporary());
    }
}

/// Does something to each request before it is signed.
#[derive(Debug)]
struct Before(fn(&mut HttpRequest, &mut ConfigBag));

impl Intercept for Before {
    fn name(&self) -> &'static str {
        "Before"
    }
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0(context.request_mut(), config);
        Ok(())
    }
}

#[tokio::test]
async fn headers_of_the_user_are_signed_as_the_sdk_does() {
    let odd = Before(|request, _| {
        let headers = request.headers_mut();
        headers.insert("x-odd", "  two  words \"and   quotes\" ");
        headers.append("x-more", "one,  two");
        headers.append("x-more", "three");
        headers.insert("x-amz-date", "an old one");
    });
    let tabs = Before(|request, _| {
        request.headers_mut().insert("x-odd", "one\ttwo");
    });
    for (added, sent) in [(odd, "two  words \"and   quotes\""), (tabs, "one\ttwo")] {
        let received = received(|config| config.interceptor(added), 1).await;
        assert_eq!(received[0].header("x-odd"), Some(sent));
        assert!(received[0].header("authorization").unwrap().contains(";x-odd,"));
        assert_signed(&received[0], credentials());
    }
}

/// The SDK's signer moves by each answer's date, ours by refusals alone: this tells which of them signed.
#[tokio::test]
async fn a_path_in_the_endpoint_is_left_to_the_sdk() {
    let server = Server::answering(200, DATE, STORED);
    for (path, second) in [("", NOW), ("/", NOW), ("/some/prefix", LATER)] {
        let notes = notes(config(&format!("{}{path}", server.url())).time_source(StaticTimeSource::new(time(NOW))), 1);
        let before = server.received().len();
        get(&notes).await;
        get(&notes).await;
        let received = &server.received()[before..];
        assert_eq!(times(received), [NOW, second], "{path}");
        received.iter().for_each(|request| assert_signed(request, credentials()));
    }
}

/// Credentials that are others each time.
#[derive(Debug, Default)]
struct Rotating(AtomicUsize);

impl Rotating {
    fn nth(n: usize) -> Credentials {
        Credentials::new(format!("AKID{n}"), format!("secret{n}"), None, None, "test")
    }
}

impl ProvideCredentials for Rotating {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        aws_credential_types::provider::future::ProvideCredentials::ready(Ok(Rotating::nth(n)))
    }
}

#[tokio::test]
async fn the_key_follows_the_credentials() {
    let rotating = SharedCredentialsProvider::new(Rotating::default());
    let received =
        received(|config| config.credentials_provider(rotating).identity_cache(IdentityCache::no_cache()), 3).await;
    for (n, request) in received.iter().enumerate() {
        assert!(request.header("authorization").unwrap().contains(&format!("Credential=AKID{n}/")));
        assert_signed(request, Rotating::nth(n));
    }
}

/// A clock that is set by hand.
#[derive(Clone, Debug)]
struct Clock(Arc<Mutex<SystemTime>>);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn the_key_follows_the_day() {
    let clock = Clock(Arc::new(Mutex::new(SystemTime::UNIX_EPOCH)));
    let server = Server::answering(200, "", STORED);
    let notes = notes(config(&server.url()).time_source(SharedTimeSource::new(clock.clone())), 1);
    let stamps = ["20251231T235959Z", "20260101T000000Z", "20251231T235959Z"];
    for stamp in stamps {
        *clock.0.lock().unwrap() = time(stamp);
        get(&notes).await;
    }
    assert_eq!(times(&server.received()), stamps);
    server.received().iter().for_each(|request| assert_signed(request, credentials()));
}

/// A way of signing of the user's own.
#[derive(Debug)]
struct Own;

impl AuthScheme for Own {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }
    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }
    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl Sign for Own {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        _: &Identity,
        _: AuthSchemeEndpointConfig<'_>,
        _: &RuntimeComponents,
        _: &ConfigBag,
    ) -> Result<(), BoxError> {
        request.headers_mut().insert("authorization", "by the user");
        Ok(())
    }
}

#[tokio::test]
async fn an_auth_scheme_of_the_user_stays() {
    let received = received(|config| config.push_auth_scheme(Own), 1).await;
    assert_eq!((received[0].header("authorization"), received[0].header("x-amz-date")), (Some("by the user"), None));
}

/// Writes requests down as a log would.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<String>>);

impl Intercept for Log {
    fn name(&self) -> &'static str {
        "Log"
    }
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().unwrap().push_str(&format!("{:?}", context.request()));
        Ok(())
    }
}

#[tokio::test]
async fn logs_of_requests_show_neither_signature_nor_token() {
    let log = Log::default();
    received(|config| config.credentials_provider(temporary()).interceptor(log.clone()), 1).await;
    let log = log.0.lock().unwrap();
    assert!(log.contains("x-amz-target") && log.contains("authorization"), "{log}");
    assert!(!log.contains("Signature=") && !log.contains("a+token/of=sorts"), "{log}");
}

/// A service whose clock is an hour ahead: it refuses what is not signed at its time.
fn an_hour_ahead() -> Server {
    Server::start(|mut peer| {
        while let Some(request) = peer.request() {
            match request.header("x-amz-date") {
                Some(LATER) => peer.answer(200, DATE, STORED),
                _ => peer.answer(400, DATE, SKEWED),
            }
        }
    })
}

#[tokio::test]
async fn the_clock_is_set_by_a_refusal() {
    let server = an_hour_ahead();
    let notes = notes(config(&server.url()).time_source(StaticTimeSource::new(time(NOW))), 1);
    let outcome = notes.get(("u#1", "n#1")).outcome().await.unwrap();
    assert_eq!((outcome.stats.attempts, outcome.stats.retries), (2, 1));
    get(&notes).await;
    assert_eq!(times(&server.received()), [NOW, LATER, LATER]);
    server.received().iter().for_each(|request| assert_signed(request, credentials()));
}

#[tokio::test]
async fn the_clock_stays_where_the_user_wants_it_to() {
    let server = an_hour_ahead();
    let stay = Before(|_, config| {
        config.interceptor_state().store_put(DisableClockSkewCorrection::from(true));
    });
    let config = config(&server.url()).time_source(StaticTimeSource::new(time(NOW))).interceptor(stay);
    let error = notes(config, 4).get(("u#1", "n#1")).await.unwrap_err();
    assert_eq!(error.code(), Code::Credentials);
    assert_eq!(times(&server.received()), [NOW, NOW]);
}
