//! Certificates, made at each start: a good authority, one that nobody trusts, and leaves of all kinds.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, SupportedProtocolVersion};

/// The names of the good leaf.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", super::server::PROXIED_HOST];

/// TLS as the listeners speak it.
pub struct Certificates {
    /// The authority to trust, PEM.
    pub authority: String,
    /// A good leaf.
    pub good: Arc<ServerConfig>,
    /// The same, TLS 1.2 only.
    pub good_1_2: Arc<ServerConfig>,
    /// Of the good authority, for another name.
    pub wrong_name: Arc<ServerConfig>,
    /// Of the good authority, for the right name, of another time.
    pub expired: Arc<ServerConfig>,
    /// Good, but of an authority that nobody knows.
    pub unknown_authority: Arc<ServerConfig>,
}

impl Certificates {
    /// Makes them all.
    ///
    /// # Errors
    /// Words about what could not be made.
    pub fn make() -> Result<Certificates, String> {
        let (pem, authority) = authority("TableTheory hostile tests")?;
        let (_, unknown) = authority_of_nobody()?;
        Ok(Certificates {
            authority: pem,
            good: leaf(&NAMES, (2000, 2090), &authority, rustls::ALL_VERSIONS)?,
            good_1_2: leaf(&NAMES, (2000, 2090), &authority, &[&rustls::version::TLS12])?,
            wrong_name: leaf(&["other.test"], (2000, 2090), &authority, rustls::ALL_VERSIONS)?,
            expired: leaf(&NAMES, (2000, 2001), &authority, rustls::ALL_VERSIONS)?,
            unknown_authority: leaf(&NAMES, (2000, 2090), &unknown, rustls::ALL_VERSIONS)?,
        })
    }
}

fn authority_of_nobody() -> Result<(String, Issuer<'static, KeyPair>), String> {
    authority("TableTheory hostile tests, unknown")
}

fn authority(name: &str) -> Result<(String, Issuer<'static, KeyPair>), String> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2090, 1, 1));
    let key = KeyPair::generate().map_err(text)?;
    let certificate = params.self_signed(&key).map_err(text)?;
    Ok((pem(certificate.der()), Issuer::new(params, key)))
}

fn leaf(
    names: &[&str],
    years: (i32, i32),
    authority: &Issuer<'static, KeyPair>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ServerConfig>, String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(text)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "hostile");
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().map_err(text)?;
    let certificate = params.signed_by(&key, authority).map_err(text)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).map_err(text)?;
    let config = builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).map_err(text)?;
    Ok(Arc::new(config))
}

fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<&str> = encoded.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn text(error: impl std::fmt::Display) -> String {
    format!("certificates: {error}")
}
