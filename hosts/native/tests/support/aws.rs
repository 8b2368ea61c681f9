//! Clients over the AWS SDK, and what its signer would have signed.
#![allow(dead_code)]

use std::time::SystemTime;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use tabletheory::{Model, Retry};

use crate::server::Received;
use crate::support::{Note, builder};

pub fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "secret", None, None, "test")
}

pub fn config(url: &str) -> Builder {
    let tls = Provider::Rustls(CryptoMode::Ring);
    Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
        .endpoint_url(url)
}

pub fn notes(config: Builder, attempts: u32) -> Model<Note> {
    let retry = Retry { max_attempts: Some(attempts), base_ms: Some(1), ..Retry::default() };
    builder().dynamodb_client(Client::from_conf(config.build())).retry(retry).build().unwrap().model("Note").unwrap()
}

/// The `authorization` that aws-sigv4 gives what arrived, with these credentials at the second that it names.
pub fn signed_again(request: &Received, credentials: Credentials) -> String {
    let signed = request.header("authorization").unwrap().split("SignedHeaders=").nth(1).unwrap();
    let signed: Vec<_> = signed.split(',').next().unwrap().split(';').collect();
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let identity = credentials.into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("dynamodb")
        .time(time(request.header("x-amz-date").unwrap()))
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let path = request.line.split(' ').nth(1).unwrap();
    let url = format!("http://{}{path}", request.header("host").unwrap());
    let body = SignableBody::Bytes(request.body.as_bytes());
    let headers = headers.filter(|(name, _)| signed.contains(name));
    let signable = SignableRequest::new("POST", url, headers, body).unwrap();
    let (instructions, _) = sign(signable, &parameters.into()).unwrap().into_parts();
    instructions.headers().find(|(name, _)| *name == "authorization").unwrap().1.to_owned()
}

/// The time in a stamp such as `20260102T030405Z`.
pub fn time(stamp: &str) -> SystemTime {
    let (date, clock) = stamp.split_at(8);
    let text = format!("{}-{}-{}{}:{}:{}", &date[..4], &date[4..6], &date[6..], &clock[..3], &clock[3..5], &clock[5..]);
    DateTime::from_str(&text, Format::DateTime).unwrap().try_into().unwrap()
}
