//! A driver (`DRIVER.md`) of the bare core: no host, no native values. Scenarios are written against it, and the interpreter
//! is tested with it; hosts that differ from it are wrong.

use base64::Engine as _;
use contract_tests::json;
use contract_tests::value::Value;
use std::collections::VecDeque;
use std::io::{BufRead, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tabletheory_core::client::Client;
use tabletheory_core::step::{FailureKind, Moment, Reply, Request, Step};

fn main() {
    let mut driver = Driver::default();
    for line in std::io::stdin().lock().lines() {
        let answer = line.map_err(|error| error.to_string()).and_then(|line| driver.answer(&json::parse(&line)?));
        let answer = answer.unwrap_or_else(|error| Value::object([("driver_error", Value::text(error))]));
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{answer}").and_then(|()| stdout.flush()).expect("the runner reads");
    }
}

#[derive(Default)]
struct Driver {
    client: Option<Client>,
    scripted: bool,
    sdk: Option<String>,
    credentials: VecDeque<Value>,
}

/// What a response was, before it is handed in.
enum Got {
    Response { status: u16, head: Vec<u8>, body: Vec<u8> },
    Failure { kind: FailureKind, message: String },
}

/// One call: its clock, its script and what happened.
struct Call {
    clock: Option<(u64, u128)>,
    script: VecDeque<Value>,
    waits: Vec<Value>,
    requests: Vec<Value>,
}

impl Driver {
    fn answer(&mut self, request: &Value) -> Result<Value, String> {
        match request.members().and_then(|members| members.first()) {
            Some((name, content)) => match name.as_str() {
                "hello" => json::parse(r#"{"hello":{"protocol":1,"host":"core","version":"0"}}"#),
                "open" => self.open(content),
                "call" => self.call(&content.to_string(), request),
                "explain" => self.explain(content),
                "raw" => self.call(content.as_str().ok_or("`raw` is no text")?, request),
                "close" => {
                    self.client = None;
                    json::parse(r#"{"closed":true}"#)
                }
                other => Err(format!("unknown request `{other}`")),
            },
            None => Err("an object with a request is needed".into()),
        }
    }

    fn open(&mut self, open: &Value) -> Result<Value, String> {
        let mut settings = Value::Object(Vec::new());
        for name in ["region", "endpoint", "tables", "numbers", "capacity", "strict", "retry", "cursor"] {
            if let Some(value) = open.get(name) {
                settings.set(name, value.clone());
            }
        }
        let transport = open.get("transport").and_then(Value::as_str).ok_or("`transport` is missing")?;
        self.scripted = transport == "scripted";
        self.sdk =
            (transport == "sdk").then(|| open.get("endpoint").and_then(Value::as_str).unwrap_or_default().to_owned());
        if self.sdk.is_some() {
            settings.set("transport", "sdk".into());
        }
        self.credentials = open.get("credentials").and_then(Value::elements).unwrap_or_default().to_vec().into();
        let document = open.get("dms").and_then(Value::as_str).ok_or("`dms` is missing")?;
        match Client::open(document.as_bytes(), settings.to_string().as_bytes()) {
            Ok(client) => {
                self.client = Some(client);
                json::parse(r#"{"opened":true}"#)
            }
            Err(error) => Ok(Value::object([("error", json::parse(&error.to_json())?)])),
        }
    }

    fn explain(&self, call: &Value) -> Result<Value, String> {
        let client = self.client.as_ref().ok_or("no client is open")?;
        let now = Moment { nanos: 1_767_323_045_678_901_234, seed: 1 << 127 };
        Ok(match client.explain(call.to_string().as_bytes(), now) {
            Ok(explanation) => Value::object([("result", json::parse(&explanation)?)]),
            Err(error) => Value::object([("error", json::parse(&error.to_json())?)]),
        })
    }

    fn call(&mut self, document: &str, request: &Value) -> Result<Value, String> {
        let client = self.client.clone().ok_or("no client is open")?;
        let mut call = Call {
            clock: match request.get("moment") {
                None => None,
                Some(moment) => Some(read_moment(moment).ok_or("`moment` is malformed")?),
            },
            script: request.get("script").and_then(Value::elements).unwrap_or_default().to_vec().into(),
            waits: Vec::new(),
            requests: Vec::new(),
        };
        let mut answer = self.drive(&client, document, &mut call)?;
        answer.set("waits", Value::Array(call.waits));
        answer.set("requests", Value::Array(call.requests));
        Ok(answer)
    }

    fn drive(&mut self, client: &Client, document: &str, call: &mut Call) -> Result<Value, String> {
        let (mut operation, mut step) = client.start(document.as_bytes(), call.now());
        let mut flying: VecDeque<Request> = VecDeque::new();
        loop {
            let wait = match step {
                Step::Done(result) => return Ok(Value::object([("result", json::parse(&result)?)])),
                Step::Failed(error) => return Ok(Value::object([("error", json::parse(&error.to_json())?)])),
                Step::Credentials => {
                    let operation = operation.as_mut().ok_or("credentials for no operation")?;
                    step = self.hand_in_credentials(operation, call.now());
                    continue;
                }
                Step::Run { requests, wait, .. } => {
                    flying.extend(requests);
                    wait
                }
            };
            let operation = operation.as_mut().ok_or("a step of no operation")?;
            if let Some(request) = flying.pop_front() {
                let id = request.id;
                let got = if self.scripted { call.scripted(request)? } else { self.send(&request) };
                let reply = match &got {
                    Got::Response { status, head, body } => Reply::Response { status: *status, head, body },
                    Got::Failure { kind, message } => Reply::Failure { kind: *kind, message },
                };
                step = operation.resume(id, reply, call.now());
            } else {
                call.sleep(wait.ok_or("nothing is in flight, and nothing is waited for")?);
                step = operation.resume(0, Reply::Elapsed, call.now());
            }
        }
    }

    fn hand_in_credentials(&mut self, operation: &mut tabletheory_core::operation::Operation, now: Moment) -> Step {
        let Some(credentials) = self.credentials.front().cloned() else {
            return operation.resume(0, Reply::NoCredentials("the driver has none"), now);
        };
        if self.credentials.len() > 1 {
            self.credentials.pop_front();
        }
        operation.resume(0, Reply::Credentials(credentials.to_string().as_bytes()), now)
    }

    fn send(&self, request: &Request) -> Got {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let mut post = agent.post(self.sdk.as_ref().unwrap_or(&request.url));
        if self.sdk.is_some() {
            let credential = "contract/20260102/us-east-1/dynamodb/aws4_request";
            let signature = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00");
            post = post.header("authorization", signature).header("x-amz-date", "20260102T030405Z");
            post = post.header("x-amz-target", format!("DynamoDB_20120810.{}", request.action));
            post = post.header("content-type", "application/x-amz-json-1.0");
        }
        for (name, value) in request.head.lines().filter_map(|line| line.split_once(": ")) {
            post = post.header(name, value);
        }
        let failure = |error: ureq::Error| Got::Failure { kind: FailureKind::Connect, message: error.to_string() };
        match post.send(request.body.as_str()) {
            Err(error) => failure(error),
            Ok(mut response) => {
                let head: String = response
                    .headers()
                    .iter()
                    .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()))
                    .collect();
                let status = response.status().as_u16();
                match response.body_mut().with_config().limit(32 << 20).read_to_vec() {
                    Ok(body) => Got::Response { status, head: head.into_bytes(), body },
                    Err(error) => failure(error),
                }
            }
        }
    }
}

impl Call {
    fn now(&self) -> Moment {
        match self.clock {
            Some((nanos, seed)) => Moment { nanos, seed },
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
                Moment { nanos: u64::try_from(since.as_nanos()).expect("it is before 2554"), seed: since.as_nanos() }
            }
        }
    }

    fn sleep(&mut self, ms: u32) {
        match &mut self.clock {
            Some((nanos, _)) => {
                *nanos += u64::from(ms) * 1_000_000;
                self.waits.push(u64::from(ms).into());
            }
            None => std::thread::sleep(Duration::from_millis(u64::from(ms))),
        }
    }

    fn scripted(&mut self, request: Request) -> Result<Got, String> {
        self.requests.push(Value::object([
            ("action", Value::text(request.action)),
            ("url", Value::text(request.url)),
            ("head", Value::text(request.head)),
            ("body", Value::text(request.body)),
        ]));
        let Some(entry) = self.script.pop_front() else {
            return Ok(Got::Failure { kind: FailureKind::Refused, message: "script used up".into() });
        };
        if let (Some((nanos, _)), Some(delay)) = (&mut self.clock, entry.get("delay_ms").and_then(Value::as_u64)) {
            *nanos += delay * 1_000_000;
        }
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(match text("failure") {
            "" => Got::Response {
                status: entry.get("status").and_then(Value::as_u64).and_then(|s| u16::try_from(s).ok()).unwrap_or(200),
                head: text("head").as_bytes().to_vec(),
                body: match entry.get("body_base64").and_then(Value::as_str) {
                    Some(base64) => {
                        base64::engine::general_purpose::STANDARD.decode(base64).map_err(|e| e.to_string())?
                    }
                    None => text("body").as_bytes().to_vec(),
                },
            },
            kind => Got::Failure {
                kind: match kind {
                    "connect" => FailureKind::Connect,
                    "timeout" => FailureKind::Timeout,
                    "broken" => FailureKind::Broken,
                    _ => FailureKind::Refused,
                },
                message: text("message").to_owned(),
            },
        })
    }
}

fn read_moment(moment: &Value) -> Option<(u64, u128)> {
    let nanos = moment.get("nanos")?.as_str()?.parse().ok()?;
    Some((nanos, u128::from_str_radix(moment.get("seed")?.as_str()?, 16).ok()?))
}
