//! Signs the SDK's requests as its own signer does, to the letter, but with the signing key of the day kept.
//!
//! The SDK derives the key and builds several maps of headers for each request, which is a fifth of what a small call costs. Requests that
//! differ in any way from those of DynamoDB (another path, a body that is not in memory, options of signing) go to the SDK's signer.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
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
}

impl Scheme {
    pub(super) fn new(skew: Skew) -> Scheme {
        Scheme { signer: Signer { skew, ..Signer::default() } }
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
        resolvers.identity_resolver(SCHEME_ID)
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
    theirs: SigV4Signer,
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
        let terms = Terms::new(&self.skew, identity, &endpoint, components, config);
        let Some(signed) = terms.and_then(|terms| self.sign(request, &terms)) else {
            return self.theirs.sign_http_request(request, identity, endpoint, components, config);
        };
        for (name, value) in signed {
            request.headers_mut().try_insert(name, value)?;
        }
        Ok(())
    }
}

impl Signer {
    /// The headers that sign a request as they all are; `None` for any other.
    fn sign(&self, request: &HttpRequest, terms: &Terms<'_>) -> Option<Vec<(&'static str, String)>> {
        let Terms { credentials, region, service, ref time } = *terms;
        let time = str::from_utf8(time).ok()?;
        let token = credentials.session_token();
        let body = request.body().bytes()?;
        let uri_host = host(request.uri()).filter(|_| request.method() == "POST")?;
        // The SDK's signer takes tokens and tabs as they are; to `canonical` they are white space.
        if token.is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return None;
        }
        let mut headers = Vec::with_capacity(16);
        for (name, value) in request.headers() {
            if value.contains('\t') {
                return None;
            }
            // The last two of these, and the token, are set with the signature.
            let left_out = ["user-agent", "x-amzn-trace-id", "transfer-encoding", "authorization", "x-amz-date"];
            if !left_out.contains(&name) && (token.is_none() || name != "x-amz-security-token") {
                headers.push((name, value));
            }
        }
        headers.push(("x-amz-date", time));
        headers.extend(token.map(|token| ("x-amz-security-token", token)));
        if !headers.iter().any(|(name, _)| *name == "host") {
            headers.push(("host", uri_host));
        }
        let canonical = canonical("POST", "/", "", &headers, body);
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = key.sign(credentials.secret_access_key(), time, region, service, &canonical.digest());
        drop(key);

        let mut authorization = String::with_capacity(320);
        let parts = ["AWS4-HMAC-SHA256 Credential=", credentials.access_key_id(), "/", &time[..8], "/", region, "/"];
        let rest = [service, "/aws4_request, SignedHeaders=", &canonical.signed_headers, ", Signature="];
        authorization.extend(parts.into_iter().chain(rest));
        push_hex(&mut authorization, &signature);
        let mut signed = vec![("x-amz-date", time.to_owned()), ("authorization", authorization)];
        signed.extend(token.map(|token| ("x-amz-security-token", token.to_owned())));
        Some(signed)
    }
}

/// What a request is signed with.
struct Terms<'a> {
    credentials: &'a Credentials,
    region: &'a str,
    service: &'a str,
    time: [u8; 16],
}

impl<'a> Terms<'a> {
    /// `None`: something about the signature is out of the ordinary.
    fn new(
        skew: &Skew,
        identity: &'a Identity,
        endpoint: &AuthSchemeEndpointConfig<'a>,
        components: &RuntimeComponents,
        config: &'a ConfigBag,
    ) -> Option<Terms<'a>> {
        let credentials = identity.data::<Credentials>()?;
        let operation = config.load::<SigV4OperationSigningConfig>()?;
        if !is_plain(operation, endpoint, config) {
            return None;
        }
        let known = config.load::<SigningRegion>().or(operation.region.as_ref()).map(AsRef::as_ref);
        let region = text(endpoint, "signingRegion").ok()?.or(known)?;
        let known = config.load::<SigningName>().or(operation.name.as_ref()).map(AsRef::as_ref);
        let service = text(endpoint, "signingName").ok()?.or(known)?;
        let corrected = !config.load::<DisableClockSkewCorrection>().is_some_and(|off| off.is_disabled());
        let skew = if corrected { skew.load(Ordering::Relaxed) } else { 0 };
        let time = stamp(nanos(components.time_source().unwrap_or_default().now()), skew);
        Some(Terms { credentials, region, service, time })
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const URIS: [&str; 10] = [
        "https://dynamodb.eu-west-1.amazonaws.com/",
        "https://dynamodb.eu-west-1.amazonaws.com",
        "https://h:443/",
        "https://h:80/",
        "https://h:0443/",
        "http://h:80",
        "http://H:443/",
        "http://127.0.0.1:8000/",
        "http://[::1]:80/",
        "https://[::443]",
    ];

    fn credentials(token: Option<&str>) -> Credentials {
        Credentials::new("AKIDEXAMPLE", "secret", token.map(str::to_owned), None, "test")
    }

    fn request(method: &str, uri: &str, headers: &[(String, String)], body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(body.into());
        request.set_method(method).unwrap();
        request.set_uri(uri).unwrap();
        for (name, value) in headers {
            request.headers_mut().try_append(name.clone(), value.clone()).unwrap();
        }
        request
    }

    fn ours(
        signer: &Signer,
        request: &HttpRequest,
        token: Option<&str>,
        at: u64,
    ) -> Option<Vec<(&'static str, String)>> {
        let (credentials, time) = (credentials(token), stamp(at * 1_000_000_000, 0));
        signer.sign(request, &Terms { credentials: &credentials, region: "eu-west-1", service: "dynamodb", time })
    }

    fn theirs(request: &HttpRequest, token: Option<&str>, at: u64) -> Vec<(&'static str, String)> {
        let identity = credentials(token).into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("dynamodb")
            .time(UNIX_EPOCH + Duration::from_secs(at))
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let body = SignableBody::Bytes(request.body().bytes().unwrap());
        let signable = SignableRequest::new(request.method(), request.uri(), request.headers().iter(), body).unwrap();
        let (instructions, _) = sign(signable, &parameters.into()).unwrap().into_parts();
        instructions.into_parts().0.iter().map(|header| (header.name(), header.value().to_owned())).collect()
    }

    fn a_header() -> impl Strategy<Value = (String, String)> {
        let special = "host|user-agent|authorization|x-amz-date|x-amz-security-token|x-amzn-trace-id|transfer-encoding";
        // Few names of one letter, so that some come twice.
        let name = prop_oneof!["[a-c]", "[a-z0-9!#$%&'*+.^_`|~-]{1,9}", special];
        (name, prop_oneof!["[ -~\u{80}-\u{2FF}]{0,12}", "[ \"a]{0,9}"])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn signatures_are_those_of_the_sdk(
            uri in proptest::sample::select(&URIS[..]),
            headers in vec(a_header(), 0..7),
            body in ".{0,40}",
            token in proptest::option::of("[!-~]{1,20}"),
            at in 0..4_000_000_000_u64,
        ) {
            let signer = Signer::default();
            let (request, token) = (request("POST", uri, &headers, &body), token.as_deref());
            // Twice: with a key that is made, and with one that was kept.
            for _ in 0..2 {
                prop_assert_eq!(ours(&signer, &request, token, at), Some(theirs(&request, token, at)));
            }
        }
    }

    #[test]
    fn requests_out_of_the_ordinary_are_left_to_the_sdk() {
        let left = |method: &str, uri: &str, value: &str, token: Option<&str>| {
            let request = request(method, uri, &[("x-a".to_owned(), value.to_owned())], "{}");
            ours(&Signer::default(), &request, token, 1).is_none()
        };
        assert!(!left("POST", "http://h/", "a  b", Some("token")));
        assert!(left("GET", "http://h/", "a", None));
        for uri in ["http://h/prefix", "http://h//", "http://h/?a=b", "http://h?a", "http://me@h/", "HTTP://h/", "/"] {
            assert!(left("POST", uri, "a", None), "{uri}");
        }
        assert!(left("POST", "http://h/", "a\tb", None));
        for token in ["a b", " a", "a\nb", "ä"] {
            assert!(left("POST", "http://h/", "a", Some(token)), "{token:?}");
        }
        let mut streamed = request("POST", "http://h/", &[], "");
        *streamed.body_mut() = aws_smithy_types::body::SdkBody::taken();
        assert!(ours(&Signer::default(), &streamed, None, 1).is_none());
    }
}
