//! From a response to a body that can be trusted, or to a typed refusal.

use super::checksum::crc32;
use super::errors;
use super::head::{Checksum, Head};
use crate::FailureKind;
use crate::error::{Code, Error, Outcome, ServiceError};
use crate::json::Raw;

mod document;
pub mod reasons;

use document::Document;

/// A successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted<'a> {
    /// The body: UTF-8, checksum right, and in the outer shape of a JSON object. Its inside has not been looked at.
    pub body: &'a str,
    /// The service's request id.
    pub request_id: Option<&'a str>,
}

/// Whether, and how, a refused request may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryClass {
    /// Trying again will not help.
    None,
    /// It may pass: try again soon.
    Transient,
    /// Too much was asked for: try again later.
    Throttle,
    /// The request's time is too far from the service's: correct the clock and try again, once.
    ClockSkew {
        /// The service's clock, in milliseconds since the Unix epoch.
        server_millis: u64,
    },
    /// The credentials have expired: get new ones and try again, once.
    ExpiredCredentials,
    /// A connection that had been idle was closed by the service: try again at once over a new one, if that does no harm.
    Stale,
}

/// A request that did not succeed.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The typed error, complete but for what only the operation knows.
    pub error: Error,
    /// Whether, and how, to try again.
    pub retry: RetryClass,
    /// The least time to wait, when the service says so.
    pub retry_after_ms: Option<u64>,
    /// The item that failed the condition, DynamoDB JSON.
    pub old_item: Option<Raw<'a>>,
    /// `CancellationReasons` of a transaction: a JSON array, one reason for each of its items.
    pub reasons: Option<Raw<'a>>,
}

impl Refusal<'_> {
    fn of(error: Error, retry: RetryClass) -> Self {
        Refusal { error, retry, retry_after_ms: None, old_item: None, reasons: None }
    }
}

/// Checks a response to `action` (an API action such as `PutItem`).
///
/// `head` holds header lines ended by LF or CR LF, `body` the whole body as it came: the checksum does not
/// fit one that was decompressed.
///
/// # Errors
/// A [`Refusal`]: whatever the status or the body says, or [`Code::InvalidResponse`] when the body is not what the service would send.
/// Its error's `outcome` is `unknown` where a write may have happened.
pub fn accept<'a>(action: &str, status: u16, head: &'a [u8], body: &'a [u8]) -> Result<Accepted<'a>, Refusal<'a>> {
    let head = Head::parse(head);
    let sound = sound_text(&head, body);
    if (200..300).contains(&status)
        && let Ok(text) = sound
    {
        return Ok(Accepted { body: text, request_id: head.request_id() });
    }
    let text = match sound {
        Err(Unsound::Empty) => Some(""),
        other => other.ok(),
    };
    let mut refusal = match text.and_then(|text| Document::read(text, head.error_type())) {
        Some(document) => document.refusal(status, &head),
        None => unnamed(status, &head, sound.err().unwrap_or(Unsound::NoError)),
    };
    complete(&mut refusal, action, status, &head);
    Err(refusal)
}

/// A request whose response never came. `message` is what the language's library said; it stands in `service`, never in the
/// error's message.
pub fn lost(action: &str, kind: FailureKind, message: &str) -> Refusal<'static> {
    let (code, retry, name, text) = match kind {
        FailureKind::Connect => (Code::Transport, RetryClass::Transient, "connect", "the service could not be reached"),
        FailureKind::Timeout => (Code::Timeout, RetryClass::Transient, "timeout", "the service did not answer in time"),
        FailureKind::Broken => {
            (Code::Transport, RetryClass::Transient, "broken", "the connection broke before the answer was complete")
        }
        FailureKind::Refused => {
            (Code::Transport, RetryClass::None, "refused", "the transport did not send the request")
        }
        FailureKind::Credentials => (Code::Credentials, RetryClass::None, "credentials", "no credentials"),
        FailureKind::Stale => {
            (Code::Transport, RetryClass::Stale, "stale", "the connection was closed before the answer came")
        }
    };
    let mut error = Error::new(code, text);
    if kind == FailureKind::Connect {
        error = error.hint("check endpoint, region and network");
    }
    let details = error.details_mut();
    details.retryable = retry != RetryClass::None;
    details.service = Some(ServiceError { code: name.to_owned(), message: message.to_owned() });
    if matches!(kind, FailureKind::Timeout | FailureKind::Broken | FailureKind::Stale) {
        details.outcome = outcome(action, true);
    }
    Refusal::of(error, retry)
}

/// A response that [`accept`] let through and whose inside is not what `action` answers.
pub fn undecodable(action: &str, accepted: &Accepted<'_>) -> Refusal<'static> {
    let message = format!("the response is not one to {action}");
    let mut error = Error::new(Code::InvalidResponse, message);
    let details = error.details_mut();
    details.request_id = accepted.request_id.map(str::to_owned);
    details.outcome = outcome(action, true);
    details.retryable = true;
    Refusal::of(error, RetryClass::Transient)
}

/// What is known of the effect of a request that was sent; `perhaps`: it may have been carried out.
fn outcome(action: &str, perhaps: bool) -> Outcome {
    if perhaps && writes(action) { Outcome::Unknown } else { Outcome::Rejected }
}

/// Whether an action changes anything.
pub fn writes(action: &str) -> bool {
    const READS: [&str; 7] = ["Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List"];
    !READS.iter().any(|prefix| action.starts_with(prefix))
}

/// Why a body cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unsound {
    Checksum,
    Utf8,
    Empty,
    Truncated,
    NotJson,
    /// A JSON object, but none that names an exception.
    NoError,
}

/// The body as text, if it is whole: a look at both ends, never at the inside.
fn sound_text<'a>(head: &Head<'_>, body: &'a [u8]) -> Result<&'a str, Unsound> {
    match head.checksum() {
        Checksum::Crc32(expected) if crc32(body) != expected => {
            return Err(Unsound::Checksum);
        }
        Checksum::Unreadable => return Err(Unsound::Checksum),
        _ => {}
    }
    let trimmed = body.trim_ascii();
    match (trimmed.first(), trimmed.last()) {
        (None, _) => Err(Unsound::Empty),
        (Some(b'{'), Some(b'}')) if trimmed.len() > 1 => str::from_utf8(body).map_err(|_| Unsound::Utf8),
        (Some(b'{'), _) => Err(Unsound::Truncated),
        _ => Err(Unsound::NotJson),
    }
}

/// A refusal from status and head alone. The content of the body is not quoted: it may be anything.
fn unnamed(status: u16, head: &Head<'_>, unsound: Unsound) -> Refusal<'static> {
    let (code, retry, text) = errors::of_status(status);
    // A throttle or failure may well come without a word; a success or refusal of DynamoDB's never does.
    let wordless = matches!(unsound, Unsound::Empty | Unsound::NoError) && (retry != RetryClass::None || status >= 500);
    if wordless || code == Code::Throttled {
        return Refusal::of(Error::new(code, format!("{text} (status {status})")), retry);
    }
    let kind = head.media_type().map_or(String::new(), |kind| format!(", content type `{kind}`"));
    let what = match unsound {
        Unsound::Checksum => "does not match its checksum",
        Unsound::Utf8 => "is not UTF-8",
        Unsound::Empty => "is empty",
        Unsound::Truncated => "is cut off",
        Unsound::NotJson => "is not JSON",
        Unsound::NoError => "names no error",
    };
    let mut error = Error::new(Code::InvalidResponse, format!("the response {what} (status {status}{kind})"));
    if matches!(unsound, Unsound::NotJson | Unsound::NoError) {
        error = error.hint("check the endpoint; a proxy, a login page or another service may have answered");
    }
    let retry = match unsound {
        // Damaged on the way: even a final status may carry an error that is worth another try.
        Unsound::Checksum | Unsound::Utf8 | Unsound::Truncated => RetryClass::Transient,
        Unsound::Empty if status < 400 => RetryClass::Transient,
        _ => retry,
    };
    Refusal::of(error, retry)
}

/// Adds what every refusal has.
fn complete(refusal: &mut Refusal<'_>, action: &str, status: u16, head: &Head<'_>) {
    refusal.retry_after_ms = head.retry_after_ms();
    let in_progress =
        refusal.error.details().service.as_ref().is_some_and(|s| s.code == "TransactionInProgressException");
    let throttled = refusal.retry == RetryClass::Throttle;
    // A redirect or 4xx means not applied. A throttle is a refusal whatever its status; a transaction that is still
    // being carried out may yet be applied.
    let refused = (300..500).contains(&status) || throttled;
    let details = refusal.error.details_mut();
    details.status = Some(status);
    details.request_id = head.request_id().map(str::to_owned);
    details.outcome = outcome(action, !refused || in_progress);
    details.retryable |= refusal.retry != RetryClass::None;
}

#[cfg(test)]
mod tests;
