//! Signature Version 4 for POST requests.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::canonical::canonical_path;
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use crate::error::{Code, Error};
use crate::json::push_hex;

/// What the requests to one AWS service have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Name in the credential scope.
    pub name: &'static str,
    /// What stands before the action in `x-amz-target`.
    pub target: &'static str,
    /// Media type of request bodies.
    pub content_type: &'static str,
}

/// Amazon DynamoDB.
pub const DYNAMODB: Service =
    Service { name: "dynamodb", target: "DynamoDB_20120810.", content_type: "application/x-amz-json-1.0" };

const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";
const SIGNED_WITH_TOKEN: &str = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";

/// Signs requests to one service at one endpoint. It keeps what does not change from request to request: the beginning of
/// the canonical request, and the signing key of the day.
pub struct Signer {
    service: Service,
    region: String,
    user_agent: String,
    /// State after everything of the canonical request that comes before the date.
    opening: Sha256,
    key: KeptKey,
}

/// The signing key in use: derived once, and again when the day, the secret, the region or the service is another.
#[derive(Default)]
pub struct KeptKey(Option<DayKey>);

/// The signing key of one day, as an HMAC that has taken it in. Its memory is wiped on drop.
struct DayKey {
    secret: Zeroizing<String>,
    date: [u8; 8],
    region: String,
    service: String,
    mac: Hmac<Sha256>,
}

impl Signer {
    /// A signer for `service` at `endpoint`.
    ///
    /// # Errors
    /// [`Code::Configuration`]: the user agent cannot stand in a header (visible ASCII and inner spaces can).
    pub fn new(service: Service, endpoint: &Endpoint, user_agent: &str) -> Result<Signer, Error> {
        let fits = user_agent.bytes().all(|c| c.is_ascii_graphic() || c == b' ');
        if !fits || user_agent.is_empty() || user_agent.trim() != user_agent {
            return Err(Error::new(Code::Configuration, "the user agent cannot stand in a header")
                .hint("it is written like `product/1.0`, in visible ASCII characters"));
        }
        let opening = Sha256::new()
            .chain_update("POST\n")
            .chain_update(canonical_path(endpoint.path()))
            .chain_update("\n\ncontent-type:")
            .chain_update(service.content_type)
            .chain_update("\nhost:")
            .chain_update(endpoint.host())
            .chain_update("\nx-amz-date:");
        Ok(Signer {
            service,
            region: endpoint.region().to_owned(),
            user_agent: user_agent.to_owned(),
            opening,
            key: KeptKey::default(),
        })
    }

    /// The header lines of one signed request, each ended by CR LF, in a fixed order. `host` and `content-length` are not
    /// among them.
    ///
    /// `action` is an API action, `body` the exact bytes to be sent. `now_nanos` is the host's clock (nanoseconds since the Unix epoch),
    /// `skew_ms` what has to be added to it ([`super::clock::skew_ms`]).
    pub fn sign(
        &mut self,
        credentials: &Credentials,
        action: &str,
        body: &[u8],
        now_nanos: u64,
        skew_ms: i64,
    ) -> String {
        let stamp = stamp(now_nanos, skew_ms);
        let time = str::from_utf8(&stamp).expect("a time stamp is ASCII");
        let token = credentials.session_token();
        let signed_headers = if token.is_some() { SIGNED_WITH_TOKEN } else { SIGNED };
        let request = self.canonical_digest(time, token, action, signed_headers, body);
        let secret = credentials.secret_access_key();
        let signature = self.key.sign(secret, time, &self.region, self.service.name, &request);

        let mut head = String::with_capacity(512 + token.map_or(0, str::len) + self.user_agent.len());
        let service = self.service;
        push_all(&mut head, &["content-type: ", service.content_type, "\r\nx-amz-date: ", time]);
        push_all(&mut head, &["\r\nx-amz-target: ", service.target, action]);
        if let Some(token) = token {
            push_all(&mut head, &["\r\nx-amz-security-token: ", token]);
        }
        push_all(&mut head, &["\r\nuser-agent: ", &self.user_agent]);
        push_all(&mut head, &["\r\nauthorization: AWS4-HMAC-SHA256 Credential=", credentials.access_key_id(), "/"]);
        push_all(&mut head, &[&time[..8], "/", &self.region, "/", service.name]);
        push_all(&mut head, &["/aws4_request, SignedHeaders=", signed_headers, ", Signature="]);
        push_hex(&mut head, &signature);
        // The checksum header covers the bytes before any compression, so none is asked for.
        head.push_str("\r\naccept-encoding: identity\r\n");
        head
    }

    /// Digest of the canonical request.
    fn canonical_digest(&self, time: &str, token: Option<&str>, action: &str, signed: &str, body: &[u8]) -> [u8; 32] {
        let mut rest = String::with_capacity(256 + token.map_or(0, str::len));
        rest.push_str(time);
        if let Some(token) = token {
            push_all(&mut rest, &["\nx-amz-security-token:", token]);
        }
        push_all(&mut rest, &["\nx-amz-target:", self.service.target, action, "\n\n", signed, "\n"]);
        push_hex(&mut rest, &Sha256::digest(body).into());
        self.opening.clone().chain_update(rest).finalize().into()
    }
}

impl KeptKey {
    /// The signature of a request with this digest. `time` is `YYYYMMDDTHHMMSSZ`, as of [`stamp`].
    pub fn sign(&mut self, secret: &str, time: &str, region: &str, service: &str, request: &[u8; 32]) -> [u8; 32] {
        if !self.0.as_ref().is_some_and(|key| key.is_of(secret, &time[..8], region, service)) {
            self.0 = None;
        }
        let key = self.0.get_or_insert_with(|| DayKey::new(secret, &time[..8], region, service));
        let mut text = String::with_capacity(192);
        push_all(&mut text, &["AWS4-HMAC-SHA256\n", time, "\n", &time[..8], "/", region, "/"]);
        push_all(&mut text, &[service, "/aws4_request\n"]);
        push_hex(&mut text, request);
        key.mac.clone().chain_update(text).finalize().into_bytes().into()
    }
}

impl DayKey {
    fn new(secret: &str, day: &str, region: &str, service: &str) -> DayKey {
        let mut date = [0; 8];
        date.copy_from_slice(day.as_bytes());
        let mac = keyed(&*signing_key(secret, day, region, service));
        DayKey {
            secret: Zeroizing::new(secret.to_owned()),
            date,
            region: region.to_owned(),
            service: service.to_owned(),
            mac,
        }
    }

    fn is_of(&self, secret: &str, day: &str, region: &str, service: &str) -> bool {
        self.date == day.as_bytes() && *self.secret == *secret && self.region == region && self.service == service
    }
}

/// The signing key of one day (`YYYYMMDD`), region and service.
pub fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> Zeroizing<[u8; 32]> {
    let first = Zeroizing::new([b"AWS4", secret.as_bytes()].concat());
    let mut key = hmac(&first, date);
    for part in [region, service, "aws4_request"] {
        key = hmac(&*key, part);
    }
    key
}

/// The signature of a string to sign, in hexadecimal digits.
pub fn sign_string(key: &[u8; 32], string_to_sign: &str) -> String {
    let mut text = String::with_capacity(64);
    push_hex(&mut text, &hmac(key, string_to_sign));
    text
}

fn hmac(key: &[u8], data: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(keyed(key).chain_update(data).finalize().into_bytes().into())
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// The time of a request, `YYYYMMDDTHHMMSSZ` in ASCII: `now_nanos` (since the Unix epoch) with `skew_ms` added.
pub fn stamp(now_nanos: u64, skew_ms: i64) -> [u8; 16] {
    let millis = i128::from(now_nanos / 1_000_000) + i128::from(skew_ms);
    let at = OffsetDateTime::from_unix_timestamp_nanos(millis.max(0) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut out = *b"00000000T000000Z";
    let year = u32::try_from(at.year()).unwrap_or(0);
    digits(&mut out[0..4], year);
    digits(&mut out[4..6], u32::from(u8::from(at.month())));
    digits(&mut out[6..8], u32::from(at.day()));
    digits(&mut out[9..11], u32::from(at.hour()));
    digits(&mut out[11..13], u32::from(at.minute()));
    digits(&mut out[13..15], u32::from(at.second()));
    out
}

fn digits(out: &mut [u8], mut number: u32) {
    for place in out.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

fn push_all(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("service", &self.service).field("region", &self.region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_440_938_160_000_000_000;

    fn credentials() -> Credentials {
        Credentials::parse(br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"one"}"#).unwrap()
    }

    fn signer(endpoint: &str) -> Signer {
        Signer::new(DYNAMODB, &Endpoint::resolve("us-east-1", Some(endpoint)).unwrap(), "tabletheory/0").unwrap()
    }

    #[test]
    fn stamps() {
        for (nanos, skew, text) in [
            (0, 0, "19700101T000000Z"),
            (NOW, 0, "20150830T123600Z"),
            (NOW, -60_001, "20150830T123459Z"),
            (NOW, 86_400_000, "20150831T123600Z"),
            (1_709_164_800_000_000_000, 0, "20240229T000000Z"),
            (5, i64::MIN, "19700101T000000Z"),
            (u64::MAX, 0, "25540721T233433Z"),
            (u64::MAX, i64::MAX, "19700101T000000Z"),
        ] {
            assert_eq!(str::from_utf8(&stamp(nanos, skew)).unwrap(), text);
        }
    }

    #[test]
    fn the_kept_key_follows_date_and_credentials() {
        let other = Credentials::parse(br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"other"}"#).unwrap();
        let tomorrow = NOW + 86_400_000_000_000;
        let mut kept = signer("http://localhost");
        for (credentials, now) in [
            (credentials(), NOW),
            (credentials(), NOW),
            (credentials(), tomorrow),
            (other, tomorrow),
            (credentials(), NOW),
        ] {
            let fresh = signer("http://localhost").sign(&credentials, "GetItem", b"{}", now, 0);
            assert_eq!(kept.sign(&credentials, "GetItem", b"{}", now, 0), fresh);
        }
    }

    #[test]
    fn keys_are_wiped() {
        // `Hmac` is made of these: they carry the mark only with the feature `zeroize` of their crates.
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<Sha256>();
        wiped::<Zeroizing<String>>();
    }

    #[test]
    fn user_agents_cannot_smuggle_lines() {
        let endpoint = Endpoint::resolve("us-east-1", None).unwrap();
        for bad in ["", " a", "a ", "a\r\nx: y", "a\tb", "ä"] {
            assert_eq!(Signer::new(DYNAMODB, &endpoint, bad).unwrap_err().code(), Code::Configuration, "{bad:?}");
        }
        assert!(Signer::new(DYNAMODB, &endpoint, "tabletheory-node/0.1.0 (linux; x64)").is_ok());
    }
}
