//! Opening a client as the runner asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use tabletheory::credentials::{BoxFuture, Credentials, CredentialsProvider};
use tabletheory::transport::{Http, Sdk, Socket, Transport};
use tabletheory::{CapacityDetail, CursorKeys, Error, Numbers, Retry, TableTheory};

use super::script::{Stage, StageClock, StageTransport};
use crate::Component;

/// The `open` request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    dms: String,
    region: Option<String>,
    endpoint: Option<String>,
    pub transport: String,
    credentials: Option<Vec<Key>>,
    #[serde(default)]
    tables: Tables,
    numbers: Option<Numbers>,
    capacity: Option<CapacityDetail>,
    #[serde(default)]
    strict: bool,
    retry: Option<Retry>,
    cursor: Option<CursorKeys>,
    call_timeout_ms: Option<u64>,
    attempt_timeout_ms: Option<u64>,
    ca_file: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tables {
    prefix: Option<String>,
    names: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expires_ms: Option<u64>,
}

impl Options {
    pub fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("`open`: {error}"))
    }
}

pub fn open(
    options: Options,
    component: Option<&Component>,
    stage: &Arc<Stage>,
) -> Result<Result<TableTheory, Error>, String> {
    let pem = match &options.ca_file {
        None => None,
        Some(path) => Some(std::fs::read(path).map_err(|error| format!("{path}: {error}"))?),
    };
    let transport: Result<Option<Box<dyn Transport>>, Error> = match (options.transport.as_str(), pem) {
        ("scripted", _) => Ok(None),
        ("http", None) => Ok(Some(Box::new(Http::default()))),
        ("http", Some(pem)) => Http::default().root_certificates(&pem).map(|http| Some(Box::new(http) as _)),
        ("socket", None) => Ok(Some(Box::new(Socket::default()))),
        ("socket", Some(pem)) => Socket::default().root_certificates(&pem).map(|socket| Some(Box::new(socket) as _)),
        ("sdk", _) => Ok(Some(Box::new(sdk(&options)))),
        (other, _) => return Err(format!("unknown transport `{other}`")),
    };
    let transport = match transport {
        Ok(transport) => transport,
        Err(error) => return Ok(Err(error)),
    };
    let mut builder = TableTheory::builder()
        .schema_str(options.dms)
        .strict(options.strict)
        .clock(StageClock(stage.clone()))
        .transport(StageTransport(stage.clone(), transport));
    if let Some(component) = component.cloned() {
        builder = builder.engine(move |document, settings| component.open(document, settings));
    }
    macro_rules! pass {
        ($($option:expr => $method:ident,)*) => {
            $(if let Some(value) = $option { builder = builder.$method(value); })*
        };
    }
    pass! {
        options.region => region,
        options.endpoint => endpoint,
        options.tables.prefix => table_prefix,
        options.numbers => numbers,
        options.capacity => capacity,
        options.retry => retry,
        options.cursor => cursor_keys,
        options.call_timeout_ms.map(Duration::from_millis) => timeout,
        options.attempt_timeout_ms.map(Duration::from_millis) => attempt_timeout,
        options.credentials.map(|keys| Keys { keys, next: AtomicUsize::new(0) }) => credentials,
    }
    for (model, table) in options.tables.names {
        builder = builder.table_name(model, table);
    }
    Ok(builder.build())
}

/// Hands out one key after the other, the last one again and again.
struct Keys {
    keys: Vec<Key>,
    next: AtomicUsize,
}

impl CredentialsProvider for Keys {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, String>> {
        Box::pin(async {
            let turn = self.next.fetch_add(1, Ordering::Relaxed).min(self.keys.len().saturating_sub(1));
            let key = self.keys.get(turn).ok_or("the driver has none")?.clone();
            let mut credentials = Credentials::new(key.access_key_id, key.secret_access_key);
            if let Some(token) = key.session_token {
                credentials = credentials.with_session_token(token);
            }
            if let Some(millis) = key.expires_ms {
                credentials = credentials.with_expiry(SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
            }
            Ok(credentials)
        })
    }
}

/// The adapter over an SDK client for the same region, endpoint and credentials.
fn sdk(options: &Options) -> Sdk {
    use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

    let tls = Provider::Rustls(CryptoMode::Ring);
    let mut config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https());
    config.set_region(options.region.clone().map(Region::new));
    config.set_endpoint_url(options.endpoint.clone());
    if let Some(key) = options.credentials.as_ref().and_then(|keys| keys.first().cloned()) {
        let expires = key.expires_ms.map(|millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
        config = config.credentials_provider(Credentials::new(
            key.access_key_id,
            key.secret_access_key,
            key.session_token,
            expires,
            "contract tests",
        ));
    }
    Sdk::new(aws_sdk_dynamodb::Client::from_conf(config.build()))
}
