//! Signs the SDK's requests as its own signer does, to the letter, but with the signing key of the day kept.
//!
//! The SDK derives the key and builds several maps of headers for each request, which is a fifth of what a small call costs. Requests that
//! differ in any way from those of DynamoDB (another path, a body that is not in memory, options of signing) go to the SDK's signer.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{
    PayloadSigningOverride, SigV4OperationSigningConfig, SigV4SessionTokenNameOverride, SigningOptions,
};
use aws_runtime::content_encoding::DeferredSignerSender;
use aws_runtime::service_clock_skew::DisableClockSkewCorrection;
use aws_sdk_dynamodb::Config;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::Document;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use http::HeaderValue;
use tabletheory_core::json::push_hex;
use tabletheory_core::wire::canonical::canonical;
use tabletheory_core::wire::clock::skew_from_date;
use tabletheory_core::wire::sigv4::{KeptKey, stamp};

/// How far the service's clock is from ours, in milliseconds, as of the last refusal.
pub(super) type Skew = Arc<AtomicI64>;

/// A skew below this many milliseconds does not make a signature expire.
const TOLERATED: u64 = 4 * 60 * 1000;

/// Signature Version 4 for one client.
#[derive(Debug)]
pub(super) struct Scheme {
    signer: Signer,
    theirs: SigV4AuthScheme,
}

impl Scheme {
    pub(super) fn new(skew: Skew) -> Scheme {
        Scheme { signer: Signer { skew, ..Signer::default() }, theirs: SigV4AuthScheme::new() }
    }

    /// Whether the user signs by a scheme of their own.
    pub(super) fn is_replaced(config: &Config) -> bool {
        config.auth_schemes().any(|scheme| scheme.scheme_id() == SCHEME_ID)
    }
}

impl AuthScheme for Scheme {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        self.theirs.identity_resolver(resolvers)
    }

    fn signer(&self) -> &dyn Sign {
        &self.signer
    }
}

/// Learns from a refused request how far the clocks are apart.
pub(super) fn learn(skew: &Skew, response: &HttpResponse, components: &RuntimeComponents) {
    let now = components.time_source().unwrap_or_default().now();
    let date = response.headers().get("date").filter(|_| response.headers().get("age").is_none());
    if let Some(found) = date.and_then(|date| skew_from_date(date, nanos(now))) {
        skew.store(if found.unsigned_abs() > TOLERATED { found } else { 0 }, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Signer {
    key: Mutex<KeptKey>,
    skew: Skew,
    theirs: aws_runtime::auth::sigv4::SigV4Signer,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Sign for Signer {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(signed) = self.sign(request, identity, &endpoint, components, config) else {
            return self.theirs.sign_http_request(request, identity, endpoint, components, config);
        };
        let sensitive = |text: &str| -> Result<HeaderValue, BoxError> {
            let mut value = HeaderValue::from_str(text)?;
            value.set_sensitive(true);
            Ok(value)
        };
        let headers = request.headers_mut();
        headers.insert("x-amz-date", signed.time);
        headers.insert("authorization", sensitive(&signed.authorization)?);
        if let Some(token) = signed.token {
            headers.insert("x-amz-security-token", sensitive(token)?);
        }
        Ok(())
    }
}

/// What a signature adds to a request.
struct Signed<'a> {
    time: String,
    authorization: String,
    token: Option<&'a str>,
}

impl Signer {
    /// Signs a request as they all are; `None` for any other.
    fn sign<'a>(
        &self,
        request: &HttpRequest,
        identity: &'a Identity,
        endpoint: &AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Option<Signed<'a>> {
        let credentials = identity.data::<Credentials>()?;
        let body = request.body().bytes()?;
        let uri_host = host(request.uri()).filter(|_| request.method() == "POST")?;
        let operation = config.load::<SigV4OperationSigningConfig>()?;
        if !is_plain(operation, endpoint, config) {
            return None;
        }
        let known = config.load::<SigningRegion>().or(operation.region.as_ref()).map(AsRef::as_ref);
        let region = text(endpoint, "signingRegion").ok()?.or(known)?;
        let known = config.load::<SigningName>().or(operation.name.as_ref()).map(AsRef::as_ref);
        let service = text(endpoint, "signingName").ok()?.or(known)?;

        let corrected = !config.load::<DisableClockSkewCorrection>().is_some_and(|off| off.is_disabled());
        let skew = if corrected { self.skew.load(Ordering::Relaxed) } else { 0 };
        let stamp = stamp(nanos(components.time_source().unwrap_or_default().now()), skew);
        let time = str::from_utf8(&stamp).ok()?;
        let token = credentials.session_token();

        let mut headers = Vec::with_capacity(16);
        // The last two of these, and what is added below, are set with the signature.
        let left_out = ["user-agent", "x-amzn-trace-id", "transfer-encoding", "authorization", "x-amz-date"];
        let replaced = |name: &str| left_out.contains(&name) || token.is_some() && name == "x-amz-security-token";
        headers.extend(request.headers().iter().filter(|(name, _)| !replaced(name)));
        headers.push(("x-amz-date", time));
        headers.extend(token.map(|token| ("x-amz-security-token", token)));
        if !headers.iter().any(|(name, _)| *name == "host") {
            headers.push(("host", uri_host));
        }
        let canonical = canonical("POST", "/", "", &headers, body);
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let secret = credentials.secret_access_key();
        let signature = key.sign(secret, time, region, service, &canonical.digest());
        drop(key);

        let mut authorization = String::with_capacity(320);
        let parts = ["AWS4-HMAC-SHA256 Credential=", credentials.access_key_id(), "/", &time[..8], "/", region, "/"];
        let rest = [service, "/aws4_request, SignedHeaders=", &canonical.signed_headers, ", Signature="];
        authorization.extend(parts.into_iter().chain(rest));
        push_hex(&mut authorization, &signature);
        Some(Signed { time: time.to_owned(), authorization, token })
    }
}

/// Whether nothing about the signature is out of the ordinary.
fn is_plain(
    operation: &SigV4OperationSigningConfig,
    endpoint: &AuthSchemeEndpointConfig<'_>,
    config: &ConfigBag,
) -> bool {
    operation.signing_options == SigningOptions::default()
        && endpoint.get("disableDoubleEncoding").is_none()
        && endpoint.get("disableNormalizePath").is_none()
        && config.load::<PayloadSigningOverride>().is_none()
        && config.load::<SigV4SessionTokenNameOverride>().is_none()
        && config.load::<DeferredSignerSender>().is_none()
}

/// A text that the endpoint's rules set. `Err`: it is not a text.
fn text<'a>(endpoint: &AuthSchemeEndpointConfig<'a>, name: &str) -> Result<Option<&'a str>, ()> {
    match endpoint.get(name) {
        None => Ok(None),
        Some(Document::String(text)) => Ok(Some(text)),
        Some(_) => Err(()),
    }
}

/// What a `host` header says of a URI without a path; `None` for other URIs.
fn host(uri: &str) -> Option<&str> {
    let (rest, port) = uri
        .strip_prefix("https://")
        .map(|rest| (rest, ":443"))
        .or(uri.strip_prefix("http://").map(|rest| (rest, ":80")))?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let plain = !authority.is_empty() && !authority.contains(['/', '?', '#', '@']);
    plain.then(|| authority.strip_suffix(port).unwrap_or(authority))
}

fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
