//! The transport over the user's own AWS SDK client, by its public interface only.
//!
//! Each request is one call of the SDK's operation of that name, so that telemetry, interceptors, endpoints, credentials and the
//! HTTP client are the user's. An interceptor puts the core's bytes in place of the (empty) input before signing, and takes the bytes
//! of a successful answer away before the SDK would parse them. Answers with an error status are left to the SDK as well, so that
//! what the user has hooked in sees them. Retries are off for these calls: they are the core's.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder as Override;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use serde::Deserialize;

use super::{BoxFuture, Failure, FailureKind, Request, Response, Transport, is_connect};

/// Sends requests through an `aws_sdk_dynamodb::Client`, with everything that is configured on it.
#[derive(Clone, Debug)]
pub struct Sdk {
    client: Client,
}

impl Sdk {
    /// Over a client of yours.
    pub fn new(client: Client) -> Self {
        Sdk { client }
    }
}

impl From<Client> for Sdk {
    fn from(client: Client) -> Self {
        Sdk::new(client)
    }
}

/// What the SDK's endpoint rules and telemetry look at in an input.
#[derive(Deserialize)]
struct Target {
    #[serde(rename = "TableName")]
    table_name: Option<String>,
}

macro_rules! call {
    ($operation:expr, $exchange:expr) => {
        $exchange.finish(
            $operation
                .customize()
                .config_override(Override::default().retry_config(RetryConfig::disabled()))
                .interceptor($exchange.clone())
                .send()
                .await,
        )
    };
}

macro_rules! send {
    ($client:expr, $request:expr, $($action:literal $method:ident,)*) => {{
        let table = serde_json::from_str::<Target>(&$request.body).ok().and_then(|target| target.table_name);
        let exchange = Exchange::new(&$request.action, $request.body);
        match ($request.action.as_ref(), table) {
            $(($action, Some(table)) => call!($client.$method().table_name(table), exchange),)*
            // An operation without a table of its own: any one will do, ours is put in its place.
            _ => call!($client.list_tables(), exchange),
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
            let answer = send!(
                self.client, request,
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
            )?;
            let (status, head, body) = answer;
            let body =
                ByteStream::new(body).collect().await.map_err(|error| Failure::new(FailureKind::Broken, error))?;
            Ok(Response { status, head, body: body.to_vec() })
        })
    }
}

type Answer = (u16, Vec<u8>, SdkBody);

/// One request and its answer, shared with the interceptor that swaps the bytes.
#[derive(Clone, Debug)]
struct Exchange(Arc<Mutex<Content>>);

#[derive(Debug)]
struct Content {
    target: String,
    body: Option<String>,
    sent: bool,
    answer: Option<Answer>,
}

impl Exchange {
    fn new(action: &str, body: String) -> Self {
        let target = format!("DynamoDB_20120810.{action}");
        Exchange(Arc::new(Mutex::new(Content { target, body: Some(body), sent: false, answer: None })))
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The raw answer, whatever the SDK made of it.
    fn finish<O, E>(&self, result: Result<O, SdkError<E, HttpResponse>>) -> Result<Answer, Failure>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let mut content = self.content();
        if let Some(answer) = content.answer.take() {
            return Ok(answer);
        }
        match result {
            Err(SdkError::ServiceError(refused)) => {
                let mut raw = refused.into_raw();
                let head = head(&raw);
                Ok((raw.status().as_u16(), head, std::mem::replace(raw.body_mut(), SdkBody::taken())))
            }
            Err(error) => Err(Failure::new(kind(&error, content.sent), error)),
            Ok(_) => Err(Failure::new(FailureKind::Broken, "the SDK gave a result without an HTTP response")),
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

impl Intercept for Exchange {
    fn name(&self) -> &'static str {
        "TableTheory"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut content = self.content();
        let body = content.body.take().ok_or("the request was already sent once")?;
        let request = context.request_mut();
        request.headers_mut().insert("x-amz-target", content.target.clone());
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
        self.content().sent = true;
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let head = head(response);
            let body = std::mem::replace(response.body_mut(), SdkBody::from("{}"));
            self.content().answer = Some((response.status().as_u16(), head, body));
        }
        Ok(())
    }
}
