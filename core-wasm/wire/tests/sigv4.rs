//! Signing against published and recorded values (`vectors/sigv4.json`; see `vectors/README.md`).

use proptest::prelude::*;
use serde::Deserialize;
use tabletheory_wire::canonical::{canonical, string_to_sign};
use tabletheory_wire::sigv4::{DYNAMODB, sign_string, signing_key};
use tabletheory_wire::{Credentials, Endpoint, Signer};

#[derive(Deserialize)]
struct Vectors {
    access_key_id: String,
    secret_access_key: String,
    suite_scope: String,
    signing_keys: Vec<Key>,
    suite: Vec<Request>,
    dynamodb: Vec<Post>,
}

#[derive(Deserialize)]
struct Key {
    date: String,
    region: String,
    service: String,
    key: String,
}

#[derive(Deserialize)]
struct Request {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    canonical: String,
    string_to_sign: String,
    signature: String,
}

#[derive(Deserialize)]
struct Post {
    name: String,
    action: String,
    region: String,
    endpoint: Option<String>,
    session_token: Option<String>,
    body: String,
    seconds: u64,
    authorization: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/sigv4.json")).unwrap()
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    let json = serde_json::json!({"access_key_id": id, "secret_access_key": secret, "session_token": token});
    Credentials::parse(json.to_string().as_bytes()).unwrap()
}

#[test]
fn documented_signing_keys() {
    let vectors = vectors();
    assert_eq!(vectors.signing_keys.len(), 2);
    for key in &vectors.signing_keys {
        let derived = signing_key(&vectors.secret_access_key, &key.date, &key.region, &key.service);
        let digits: String = derived.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, key.key);
    }
}

#[test]
fn published_suite() {
    let vectors = vectors();
    let key = signing_key(&vectors.secret_access_key, "20150830", "us-east-1", "service");
    assert_eq!(vectors.suite.len(), 34);
    for case in &vectors.suite {
        let headers: Vec<(&str, &str)> = case.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let request = canonical(&case.method, &case.path, &case.query, &headers, case.body.as_bytes());
        assert_eq!(request.text, case.canonical, "{}", case.name);
        let string = string_to_sign("20150830T123600Z", &vectors.suite_scope, &request.text);
        assert_eq!(string, case.string_to_sign, "{}", case.name);
        assert_eq!(sign_string(&key, &string), case.signature, "{}", case.name);
    }
}

#[test]
fn recorded_dynamodb_requests() {
    let vectors = vectors();
    assert_eq!(vectors.dynamodb.len(), 6);
    for case in &vectors.dynamodb {
        let endpoint = Endpoint::resolve(&case.region, case.endpoint.as_deref()).unwrap();
        let credentials =
            credentials(&vectors.access_key_id, &vectors.secret_access_key, case.session_token.as_deref());
        let mut signer = Signer::new(DYNAMODB, &endpoint, "tabletheory/0").unwrap();
        // Once to derive the key, once to use the kept one; with a slow clock that the skew makes up for.
        for (nanos, skew_ms) in [(case.seconds * 1_000_000_000, 0), ((case.seconds - 3600) * 1_000_000_000, 3_600_000)]
        {
            let head = signer.sign(&credentials, &case.action, case.body.as_bytes(), nanos, skew_ms);
            let line = head.lines().find_map(|line| line.strip_prefix("authorization: "));
            assert_eq!(line, Some(case.authorization.as_str()), "{}", case.name);
        }
    }
}

proptest! {
    /// The hot path signs exactly what the general rule says, and its lines are in the promised order.
    #[test]
    fn the_hot_path_is_the_general_rule_specialised(
        path in "(/[a-zA-Z0-9$%-]{0,8}){1,3}",
        token in proptest::option::of("[!-~]{1,40}"),
        action in "[A-Z][A-Za-z]{1,20}",
        body in ".{0,200}",
        secret in "[!-~]{1,50}",
        seconds in 0_u64..4_000_000_000,
    ) {
        let endpoint = Endpoint::resolve("eu-west-1", Some(&format!("http://localhost:8000{path}"))).unwrap();
        let credentials = credentials("AKID", &secret, token.as_deref());
        let mut signer = Signer::new(DYNAMODB, &endpoint, "tabletheory/0").unwrap();
        let head = signer.sign(&credentials, &action, body.as_bytes(), seconds * 1_000_000_000, 0);

        let time = head.lines().find_map(|line| line.strip_prefix("x-amz-date: ")).unwrap();
        let scope = format!("{}/eu-west-1/dynamodb/aws4_request", &time[..8]);
        let target = format!("DynamoDB_20120810.{action}");
        let mut headers = vec![
            ("X-Amz-Target", target.as_str()),
            ("X-Amz-Date", time),
            ("Host", "localhost:8000"),
            ("Content-Type", "application/x-amz-json-1.0"),
        ];
        headers.extend(token.as_deref().map(|token| ("X-Amz-Security-Token", token)));
        let request = canonical("POST", &path, "", &headers, body.as_bytes());
        let key = signing_key(&secret, &time[..8], "eu-west-1", "dynamodb");
        let signature = sign_string(&key, &string_to_sign(time, &scope, &request.text));
        let token_line = token.map_or(String::new(), |token| format!("x-amz-security-token: {token}\r\n"));
        let signed = request.signed_headers;
        let expected = format!(
            "content-type: application/x-amz-json-1.0\r\nx-amz-date: {time}\r\nx-amz-target: {target}\r\n{token_line}\
             user-agent: tabletheory/0\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKID/{scope}, \
             SignedHeaders={signed}, Signature={signature}\r\naccept-encoding: identity\r\n",
        );
        prop_assert_eq!(head, expected);
    }
}
