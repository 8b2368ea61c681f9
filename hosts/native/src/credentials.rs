//! Credentials for requests that the core signs.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

pub use futures_util::future::BoxFuture;

/// Hands out AWS credentials. It is asked on first use and again shortly before they expire.
pub trait CredentialsProvider: Send + Sync {
    /// Credentials that are valid now.
    ///
    /// # Errors
    /// When there are none: the text says where it looked. It becomes part of the `ErrCredentials` of the call.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, String>>;
}

/// An access key. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expires: Option<SystemTime>,
}

impl Credentials {
    /// A long-term access key.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        let (access_key_id, secret_access_key) = (access_key_id.into(), secret_access_key.into());
        Credentials { access_key_id, secret_access_key, session_token: None, expires: None }
    }

    /// With the token of a session.
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// With the time at which they expire.
    pub fn with_expiry(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    pub(crate) fn document(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            access_key_id: &'a str,
            secret_access_key: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            session_token: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            expires_ms: Option<u64>,
        }
        let since = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let document = Document {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            session_token: self.session_token.as_deref(),
            expires_ms: self.expires.map(|at| u64::try_from(since(at)).unwrap_or(u64::MAX)),
        };
        serde_json::to_string(&document).expect("credentials are texts")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl CredentialsProvider for Credentials {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, String>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; then, with the feature `aws-config`, the AWS default chain
/// (profiles, SSO, containers, instance metadata), which is set up when it is first needed.
#[derive(Debug, Default)]
pub struct DefaultCredentials {
    #[cfg(feature = "aws-config")]
    chain: tokio::sync::OnceCell<aws_config::default_provider::credentials::DefaultCredentialsChain>,
    region: Option<String>,
}

impl DefaultCredentials {
    /// The region is for providers that call AWS themselves (STS, SSO).
    pub fn new(region: Option<String>) -> Self {
        DefaultCredentials { region, ..DefaultCredentials::default() }
    }

    #[cfg(feature = "aws-config")]
    async fn chain(&self) -> Result<Credentials, String> {
        use aws_config::default_provider::credentials::DefaultCredentialsChain;
        use aws_config::provider_config::ProviderConfig;
        use aws_smithy_http_client::tls;

        let set_up = || async {
            let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
            let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
            let mut builder =
                DefaultCredentialsChain::builder().configure(ProviderConfig::default().with_http_client(http));
            if let Some(region) = &self.region {
                builder = builder.region(aws_config::Region::new(region.clone()));
            }
            builder.build().await
        };
        provided(self.chain.get_or_init(set_up).await).await
    }

    #[cfg(not(feature = "aws-config"))]
    async fn chain(&self) -> Result<Credentials, String> {
        let _ = &self.region;
        Err("looked at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment (the feature `aws-config` looks further)".to_owned())
    }
}

impl CredentialsProvider for DefaultCredentials {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, String>> {
        Box::pin(async {
            let (Some(key), Some(secret)) =
                (crate::settings::env("AWS_ACCESS_KEY_ID"), crate::settings::env("AWS_SECRET_ACCESS_KEY"))
            else {
                return self.chain().await;
            };
            let credentials = Credentials::new(key, secret);
            Ok(match crate::settings::env("AWS_SESSION_TOKEN") {
                Some(token) => credentials.with_session_token(token),
                None => credentials,
            })
        })
    }
}

/// What a provider of the AWS SDK hands out.
#[cfg(any(feature = "aws-sdk", feature = "aws-config"))]
pub(crate) async fn provided(
    provider: &impl aws_credential_types::provider::ProvideCredentials,
) -> Result<Credentials, String> {
    use std::error::Error as _;

    let provided = provider.provide_credentials().await.map_err(|error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })?;
    let mut credentials = Credentials::new(provided.access_key_id(), provided.secret_access_key());
    credentials.session_token = provided.session_token().map(str::to_owned);
    credentials.expires = provided.expiry();
    Ok(credentials)
}

/// The credentials of an `SdkConfig`.
#[cfg(feature = "aws-sdk")]
impl CredentialsProvider for aws_credential_types::provider::SharedCredentialsProvider {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, String>> {
        Box::pin(provided(self))
    }
}
