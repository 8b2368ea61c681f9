//! How a client is made.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::client::TableTheory;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{CredentialsProvider, DefaultCredentials};
use crate::drive::Driver;
use crate::engine::{self, Engine, Open};
use crate::error::{Code, Error};
use crate::settings::{self, CapacityDetail, CursorKeys, Numbers, Retry, Settings};
use crate::transport::Transport;

/// Options of a client: [`TableTheory::builder`].
///
/// The way to the service is, in this order: [`transport`](Builder::transport); the SDK client or configuration that was given;
/// [`Socket`](crate::transport::Socket), or without the feature `socket` [`Http`](crate::transport::Http), for which region, endpoint and
/// credentials come from the options or the environment.
#[must_use]
pub struct Builder {
    document: Option<Vec<u8>>,
    settings: Settings,
    transport: Option<Arc<dyn Transport>>,
    credentials: Option<Arc<dyn CredentialsProvider>>,
    clock: Arc<dyn Clock>,
    open: Box<Open>,
    attempt_timeout: Duration,
    connect_timeout: Duration,
    call_timeout: Option<Duration>,
    #[cfg(feature = "aws-sdk")]
    config: Option<aws_types::SdkConfig>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            document: None,
            settings: Settings {
                user_agent: concat!("tabletheory-rust/", env!("CARGO_PKG_VERSION")),
                ..Settings::default()
            },
            transport: None,
            credentials: None,
            clock: Arc::new(SystemClock),
            open: Box::new(engine::native),
            attempt_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            call_timeout: None,
            #[cfg(feature = "aws-sdk")]
            config: None,
        }
    }

    /// Reads the schema document from a file, YAML or JSON.
    ///
    /// # Errors
    /// `ErrInvalidDocument` when the file cannot be read.
    pub fn schema_file(mut self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        self.document = Some(std::fs::read(path).map_err(|error| {
            Error::new(Code::InvalidDocument, format!("the schema document `{}` cannot be read", path.display()))
                .with_source(error)
        })?);
        Ok(self)
    }

    /// The schema document itself, YAML or JSON.
    pub fn schema_str(mut self, document: impl Into<String>) -> Self {
        self.document = Some(document.into().into_bytes());
        self
    }

    /// Sends through an AWS SDK client made of this configuration: its region, credentials, endpoint, HTTP client, telemetry.
    #[cfg(feature = "aws-sdk")]
    pub fn aws_config(mut self, config: &aws_types::SdkConfig) -> Self {
        self.config = Some(config.clone());
        self
    }

    /// Sends through this AWS SDK client of yours.
    #[cfg(feature = "aws-sdk")]
    pub fn dynamodb_client(self, client: aws_sdk_dynamodb::Client) -> Self {
        self.transport(crate::transport::Sdk::new(client))
    }

    /// Sends through this transport.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// The AWS region (else `AWS_REGION`, then `AWS_DEFAULT_REGION`). Not for a given SDK client, which has its own.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.settings.region = Some(region.into());
        self
    }

    /// The service's URL (else `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL`, AWS's own). Not for a given SDK client.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.settings.endpoint = Some(url.into());
        self
    }

    /// Where credentials come from (else [`DefaultCredentials`]), for requests that the core signs.
    pub fn credentials(mut self, provider: impl CredentialsProvider + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Put in front of every table name of the schema document.
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.tables.prefix = Some(prefix.into());
        self
    }

    /// Another table for a model, by its full name: no prefix is added.
    pub fn table_name(mut self, model: impl Into<String>, table: impl Into<String>) -> Self {
        self.settings.tables.names.insert(model.into(), table.into());
        self
    }

    /// How often and how long to retry.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.settings.retry = Some(retry);
        self
    }

    /// How numbers stand in result documents (default: with all digits).
    pub fn numbers(mut self, numbers: Numbers) -> Self {
        self.settings.numbers = Some(numbers);
        self
    }

    /// How much the service tells about consumed capacity (default: the total).
    pub fn capacity(mut self, detail: CapacityDetail) -> Self {
        self.settings.capacity = Some(detail);
        self
    }

    /// Signs cursors, and refuses those that are not signed, or changed, or of another read.
    pub fn cursor_keys(mut self, keys: CursorKeys) -> Self {
        self.settings.cursor = Some(keys);
        self
    }

    /// Makes warnings of the schema document errors.
    pub fn strict(mut self, strict: bool) -> Self {
        self.settings.strict = strict;
        self
    }

    /// Limit for one attempt of a request (default 10 s), response included.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// Limit until a connection stands (default 3 s). An SDK client or given transport has its own.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limit for a whole call, retries and waiting included (default none): then `ErrTimeout`.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = Some(limit);
        self
    }

    /// Another source of time and randomness, for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Runs the core another way than linked in: see [`engine`].
    pub fn engine<F>(mut self, open: F) -> Self
    where
        F: FnOnce(&[u8], &[u8]) -> Result<Box<dyn Engine>, Error> + 'static,
    {
        self.open = Box::new(open);
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// `ErrInvalidDocument` with all problems of the schema document; `ErrConfiguration` when something is missing: a schema document,
    /// a way to the service, or a region.
    pub fn build(mut self) -> Result<TableTheory, Error> {
        let document = self.document.take().ok_or_else(|| {
            Error::new(Code::Configuration, "no schema document").with_hint("call `schema_file` or `schema_str`")
        })?;
        let transport = self.way()?;
        let mut sockets = None;
        if transport.signed() {
            self.settings.resolve(settings::env);
            sockets = transport.sockets(self.settings.endpoint.as_deref());
            self.settings.transport = if sockets.is_some() { "socket" } else { "http" };
        } else {
            self.settings.transport = "sdk";
        }
        let text = serde_json::to_string(&self.settings).expect("settings are plain data");
        let engine = (self.open)(&document, text.as_bytes())?;
        let region = self.settings.region.clone();
        Ok(TableTheory::new(Driver {
            engine,
            transport,
            sockets,
            credentials: self.credentials.unwrap_or_else(|| Arc::new(DefaultCredentials::new(region))),
            clock: self.clock,
            attempt_timeout: self.attempt_timeout,
            call_timeout: self.call_timeout,
        }))
    }

    fn way(&mut self) -> Result<Arc<dyn Transport>, Error> {
        if let Some(transport) = self.transport.take() {
            return Ok(transport);
        }
        #[cfg(feature = "aws-sdk")]
        if let Some(config) = self.config.take() {
            let mut config = aws_sdk_dynamodb::config::Builder::from(&config);
            if let Some(region) = &self.settings.region {
                config = config.region(aws_sdk_dynamodb::config::Region::new(region.clone()));
            }
            if let Some(endpoint) = &self.settings.endpoint {
                config = config.endpoint_url(endpoint);
            }
            return Ok(Arc::new(crate::transport::Sdk::of(config)));
        }
        #[cfg(feature = "socket")]
        return Ok(Arc::new(crate::transport::Socket::new(self.connect_timeout)));
        #[cfg(all(feature = "http", not(feature = "socket")))]
        return Ok(Arc::new(crate::transport::Http::new(self.connect_timeout)));
        #[cfg(not(feature = "http"))]
        Err(Error::new(Code::Configuration, "no way to the service").with_hint(
            "call `aws_config`, `dynamodb_client` or `transport`, or switch on the feature `socket` or `http`",
        ))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
