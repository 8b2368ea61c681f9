//! From the service's exceptions, statuses and texts to our codes. The data is in `errors/table.rs`.

use super::response::RetryClass;
use crate::error::Code;

mod table;

pub use table::{TABLE, VALIDATION};

/// One exception of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The exception's name, without namespace.
    pub name: &'static str,
    /// Our code for it.
    pub code: Code,
    /// Whether, and how, to try again.
    pub retry: RetryClass,
    /// Our message.
    pub message: &'static str,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// The row of an exception.
pub fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// The meaning of a status that comes without an exception's name, or with one that is not known.
pub fn of_status(status: u16) -> (Code, RetryClass, &'static str) {
    match status {
        408 => (Code::Timeout, RetryClass::Transient, table::TOO_SLOW),
        429 => (Code::Throttled, RetryClass::Throttle, table::SLOW_DOWN),
        500 | 502 | 503 | 504 => (Code::Service, RetryClass::Transient, "the service failed"),
        501 | 505.. => (Code::Service, RetryClass::None, "the service failed"),
        _ => (Code::Service, RetryClass::None, "the service refused the request"),
    }
}

/// The bare name in `namespace#Name` or `Name:url`; `None` unless it is made of letters, digits, `_` and `.`.
pub fn bare_name(text: &str) -> Option<&str> {
    let name = text.split(':').next().unwrap_or(text);
    let name = name.rsplit('#').next().unwrap_or(name).trim();
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'.';
    ((1..=80).contains(&name.len()) && name.bytes().all(plain)).then_some(name)
}

/// Whether this refusal is about the request's time.
pub fn is_about_time(name: &str, text: &str) -> bool {
    match name {
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => true,
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "AuthFailure" => {
            contains(text, "signature expired") || contains(text, "signature not yet current")
        }
        _ => false,
    }
}

/// Message and hint of refusals that are about the request's time.
pub const TIME: (&str, &str) = (table::CLOCK, table::SET_CLOCK);

/// Code and message for the text of a `ValidationException`, where it says something more exact.
pub fn of_validation(text: &str) -> Option<(Code, &'static str)> {
    VALIDATION.iter().find(|(part, ..)| contains(text, part)).map(|(_, code, message)| (*code, *message))
}

/// Whether the text of a `ResourceNotFoundException` is about an index.
pub fn is_about_index(text: &str) -> bool {
    contains(text, "index:") || contains(text, "specified index") || contains(text, "index not found")
}

/// Whether `part`, which is in lower case, is in the beginning of the text. ASCII case is ignored.
fn contains(text: &str, part: &str) -> bool {
    // No real text is longer; the limit keeps hostile ones cheap.
    let text = &text.as_bytes()[..text.len().min(1024)];
    text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
