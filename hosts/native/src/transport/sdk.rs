//! The transport over the user's own AWS SDK client, by its public interface only.
//!
//! Each request is one call of the SDK's operation of that name, so that telemetry, interceptors, endpoints, credentials and the
//! HTTP client are the user's. An interceptor puts the core's bytes in place of the (empty) input before signing, and takes the bytes
//! of a successful answer away before the SDK would parse them. Answers with an error status are left to the SDK as well, so that
//! what the user has hooked in sees them. Retries are off for these calls: they are the core's. So is the watch over stalled streams:
//! bodies are short, and read within the time that an attempt has.
//!
//! All this is configured once, on a client of its own with everything of the user's: to configure single calls costs more than to sign them.
//! A call's bytes are handed to the interceptor by the task that they are sent in. That client also signs in a cheaper manner (`signing`).

mod signing;

use std::borrow::Cow;
use std::cell::RefCell;
use std::pin::{Pin, pin};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{self, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use serde::Deserialize;

use self::signing::{Scheme, Skew, learn};
use super::{BoxFuture, Failure, FailureKind, Request, Response, Transport, is_connect};

/// Sends requests through an `aws_sdk_dynamodb::Client`, with everything that is configured on it but its retries.
///
/// Requests are signed as the SDK would sign them, at less cost. Exceptions are left to the SDK's signer, and all of them to an auth
/// scheme `sigv4` that you have registered. When the service refuses a request for its time, the clock is set by the service's.
#[derive(Clone, Debug)]
pub struct Sdk {
    client: Client,
}

impl Sdk {
    /// Over a client of yours.
    pub fn new(client: Client) -> Self {
        let replaced = Scheme::is_replaced(client.config());
        Sdk::configured(client.config().to_builder(), replaced)
    }

    /// Over a client of this configuration, in which nobody has registered an auth scheme.
    pub(crate) fn of(config: config::Builder) -> Self {
        Sdk::configured(config, false)
    }

    fn configured(config: config::Builder, signs_in_its_own_way: bool) -> Self {
        let skew = Skew::default();
        let mut config = config
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        // One that cannot be disabled: else each of the twenty hooks looks whether it is.
        config.push_interceptor(SharedInterceptor::permanent(Swap { skew: skew.clone() }));
        if !signs_in_its_own_way {
            config = config.push_auth_scheme(Scheme::new(skew));
        }
        Sdk { client: Client::from_conf(config.build()) }
    }
}

impl From<Client> for Sdk {
    fn from(client: Client) -> Self {
        Sdk::new(client)
    }
}

/// The table of a request: the SDK's endpoint rules and telemetry look at it. None: there is no one table.
fn table(body: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Target<'a> {
        #[serde(borrow, rename = "TableName")]
        table_name: Option<Cow<'a, str>>,
    }
    // Where the core writes it.
    let first = body.strip_prefix(r#"{"TableName":""#).and_then(|rest| rest.split_once('"'));
    match first {
        Some((table, _)) if !table.contains('\\') => Some(Cow::Borrowed(table)),
        _ => serde_json::from_str::<Target<'_>>(body).ok()?.table_name,
    }
}

macro_rules! send {
    ($client:expr, $request:expr, one table: $($single:literal $one:ident,)* several: $($multiple:literal $many:ident,)*) => {{
        let client = $client;
        match $request.action.as_ref() {
            $($single => {
                let table = table(&$request.body).map(Cow::into_owned);
                Exchange::new($request.body).send(Box::pin(client.$one().set_table_name(table).send())).await
            })*
            $($multiple => Exchange::new($request.body).send(Box::pin(client.$many().send())).await,)*
            // An operation that is not known here: any one will do, ours is put in its place.
            action => {
                let target = format!("DynamoDB_20120810.{action}");
                let exchange = Exchange { target: Some(target), ..Exchange::new($request.body) };
                exchange.send(Box::pin(client.list_tables().send())).await
            }
        }
    }};
}

impl Transport for Sdk {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(async move {
            if request.service != "dynamodb" {
                let text = format!("this transport has no client for the service `{}`", request.service);
                return Err(Failure::new(FailureKind::Refused, text));
            }
            let Answer { status, head, length, body } = send!(
                &self.client, request,
                one table:
                "GetItem" get_item,
                "PutItem" put_item,
                "UpdateItem" update_item,
                "DeleteItem" delete_item,
                "Query" query,
                "Scan" scan,
                "CreateTable" create_table,
                "DescribeTable" describe_table,
                "UpdateTable" update_table,
                "DeleteTable" delete_table,
                "DescribeTimeToLive" describe_time_to_live,
                "UpdateTimeToLive" update_time_to_live,
                several:
                "BatchGetItem" batch_get_item,
                "BatchWriteItem" batch_write_item,
                "TransactGetItems" transact_get_items,
                "TransactWriteItems" transact_write_items,
            )?;
            let mut stream = ByteStream::new(body);
            let mut body = Vec::with_capacity(length);
            while let Some(bytes) = stream.next().await {
                body.extend_from_slice(&bytes.map_err(|error| Failure::new(FailureKind::Broken, error))?);
            }
            Ok(Response { status, head, body })
        })
    }
}

/// An answer whose body is still to be read.
struct Answer {
    status: u16,
    head: Vec<u8>,
    /// How long the body is likely to be.
    length: usize,
    body: SdkBody,
}

impl Answer {
    /// Takes the body of a response.
    fn take(response: &mut HttpResponse) -> Answer {
        /// What is believed at most of an announced length.
        const MOST: usize = 1024 * 1024;
        let length = response.body().content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let body = std::mem::replace(response.body_mut(), SdkBody::from("{}"));
        Answer { status: response.status().as_u16(), head: head(response), length: length.min(MOST), body }
    }
}

/// One request and its answer, handed to the interceptor and back.
struct Exchange {
    /// For a request that takes the place of another action's.
    target: Option<String>,
    body: Option<String>,
    sent: bool,
    answer: Option<Answer>,
}

tokio::task_local! {
    static EXCHANGE: RefCell<Exchange>;
}

impl Exchange {
    fn new(body: String) -> Self {
        Exchange { target: None, body: Some(body), sent: false, answer: None }
    }

    /// Carries out a call of the SDK with these bytes. Gives the raw answer, whatever the SDK made of it.
    ///
    /// The call is a box, because it is large: it would be copied on its way here.
    async fn send<O, E, F>(self, call: Pin<Box<F>>) -> Result<Answer, Failure>
    where
        E: std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        let mut call = pin!(EXCHANGE.scope(RefCell::new(self), call));
        let result = call.as_mut().await;
        let (sent, answer) = match call.take_value().map(RefCell::into_inner) {
            Some(exchange) => (exchange.sent, exchange.answer),
            None => (true, None),
        };
        match (answer, result) {
            (Some(answer), _) => Ok(answer),
            (None, Err(SdkError::ServiceError(refused))) => Ok(Answer::take(&mut refused.into_raw())),
            (None, Err(error)) => Err(Failure::new(kind(&error, sent), error)),
            (None, Ok(_)) => Err(Failure::new(FailureKind::Broken, "the SDK gave a result without an HTTP response")),
        }
    }
}

/// How far a request got, as far as the SDK tells.
fn kind<E>(error: &SdkError<E, HttpResponse>, sent: bool) -> FailureKind
where
    E: std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::TimeoutError(_) if sent => FailureKind::Timeout,
        SdkError::TimeoutError(_) => FailureKind::Connect,
        _ if !sent => FailureKind::Refused,
        SdkError::DispatchFailure(_) if is_connect(error) => FailureKind::Connect,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => FailureKind::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_user() => FailureKind::Refused,
        _ => FailureKind::Broken,
    }
}

fn head(response: &HttpResponse) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    for (name, value) in response.headers() {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.push(b'\n');
    }
    head
}

/// Puts the bytes of [`EXCHANGE`] in place of the SDK's.
#[derive(Debug)]
struct Swap {
    skew: Skew,
}

impl Swap {
    fn exchange<R>(&self, swap: impl FnOnce(&mut Exchange) -> R) -> Result<R, BoxError> {
        Ok(EXCHANGE.try_with(|exchange| swap(&mut exchange.borrow_mut()))?)
    }
}

impl Intercept for Swap {
    fn name(&self) -> &'static str {
        "TableTheory"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (target, body) = self.exchange(|exchange| (exchange.target.take(), exchange.body.take()))?;
        let body = body.ok_or("the request was already sent once")?;
        let request = context.request_mut();
        if let Some(target) = target {
            request.headers_mut().insert("x-amz-target", target);
        }
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.exchange(|exchange| exchange.sent = true)
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let answer = Answer::take(response);
            self.exchange(|exchange| exchange.answer = Some(answer))?;
        } else {
            learn(&self.skew, response, components);
        }
        Ok(())
    }
}
