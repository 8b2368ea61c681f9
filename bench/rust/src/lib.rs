//! The libraries that are measured, each as operations by name.

pub mod allocations;
pub mod floor;
pub mod items;
pub mod ours;
pub mod sdk;

use std::collections::HashMap;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

/// Whatever went wrong.
pub type Failure = Box<dyn Error + Send + Sync>;

/// One operation, done once per call.
pub type Operation = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>> + Send + Sync>;

/// The operations of one library.
#[derive(Default)]
pub struct Operations(pub HashMap<String, Operation>);

impl Operations {
    /// Adds an operation.
    pub fn add<F>(&mut self, name: impl Into<String>, operation: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.0.insert(name.into(), Arc::new(move || Box::pin(operation())));
    }
}

/// The SDK's default configuration, with the TLS library that does not need a C compiler (TLS is not used here).
pub async fn config() -> aws_config::SdkConfig {
    use aws_smithy_http_client::{Builder, tls};
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let http = Builder::new().tls_provider(provider).build_https();
    aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(http).load().await
}

/// The schema document of the measurements.
pub const SCHEMA: &str = include_str!("../../bench.dms.yml");

/// The same with nothing but orders, for cold starts.
pub const ONE_MODEL: &str = include_str!("../../src/item.dms.yml");
