//! TLS with rustls and ring.

use std::io;
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Code, Error};

/// Which certificates are trusted.
#[derive(Clone, Default)]
pub(super) enum Roots {
    /// The system's (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
    #[default]
    System,
    /// These alone.
    Given(RootCertStore),
}

impl Roots {
    /// The certificates of a PEM text alone.
    pub fn pem(text: &[u8]) -> Result<Roots, Error> {
        let bad = |what: String| Error::new(Code::Configuration, format!("the root certificates {what}"));
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text) {
            let certificate = certificate.map_err(|error| bad(format!("are no PEM: {error:?}")))?;
            store.add(certificate).map_err(|error| bad(format!("cannot be used: {error}")))?;
        }
        if store.is_empty() { Err(bad("have no certificate in them".to_owned())) } else { Ok(Roots::Given(store)) }
    }

    /// A client's configuration.
    pub fn config(&self) -> io::Result<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(io::Error::other)?;
        let builder = match self {
            Roots::System => builder.with_native_roots()?,
            Roots::Given(store) => builder.with_root_certificates(store.clone()),
        };
        Ok(builder.with_no_client_auth())
    }
}
