//! The error document of a refused request.

use super::{Refusal, RetryClass, reasons};
use crate::error::{Code, Error, ServiceError};
use crate::errors;
use crate::head::Head;
use crate::json::{self, Raw, members};

members! {
    /// The members of interest; others are skipped unread. Each is read for itself, so that an odd one does not spoil the rest.
    #[derive(Default)]
    struct Members<'a> {
        kind as "__type": Option<Raw<'a>>,
        message as "message": Option<Raw<'a>>,
        message_too as "Message": Option<Raw<'a>>,
        item as "Item": Option<Raw<'a>>,
        reasons as "CancellationReasons": Option<Raw<'a>>,
    }
    ..
}

fn text(value: Option<Raw<'_>>) -> Option<String> {
    json::read(value?.get()).ok()
}

/// An error document that names its exception.
pub(super) struct Document<'a> {
    name: String,
    text: String,
    item: Option<Raw<'a>>,
    reasons: Option<Raw<'a>>,
}

/// What an exception means.
struct Meaning {
    error: Error,
    retry: RetryClass,
}

impl<'a> Document<'a> {
    /// Reads an error document; the exception's name may stand in `x-amzn-errortype` instead. `None` when neither names one.
    pub(super) fn read(body: &'a str, error_type: Option<&str>) -> Option<Document<'a>> {
        let members: Members<'a> = json::read(body).unwrap_or_default();
        let kind = text(members.kind);
        let named = kind.as_deref().and_then(errors::bare_name);
        let name = named.or_else(|| error_type.and_then(errors::bare_name))?.to_owned();
        let text = text(members.message).or_else(|| text(members.message_too)).unwrap_or_default();
        Some(Document { name, text, item: members.item, reasons: members.reasons })
    }

    pub(super) fn refusal(self, status: u16, head: &Head<'_>) -> Refusal<'a> {
        let Meaning { mut error, retry } = self.meaning(status, head);
        error.details_mut().service = Some(ServiceError { code: self.name, message: self.text });
        Refusal { error, retry, retry_after_ms: None, old_item: self.item, reasons: self.reasons }
    }

    fn meaning(&self, status: u16, head: &Head<'_>) -> Meaning {
        if errors::is_about_time(&self.name, &self.text) {
            let (message, hint) = errors::TIME;
            // Without the service's time there is nothing to correct by.
            let retry =
                head.date_millis().map_or(RetryClass::None, |server_millis| RetryClass::ClockSkew { server_millis });
            return Meaning { error: Error::new(Code::Credentials, message).hint(hint), retry };
        }
        let Some(row) = errors::find(&self.name) else {
            let (code, retry, _) = errors::of_status(status);
            let message = format!("the service answered with `{}`", self.name);
            return Meaning { error: Error::new(code, message), retry };
        };
        let of = |code, message: &str| Meaning { error: Error::new(code, message), retry: row.retry };
        match row.name {
            "TransactionCanceledException" => self.cancelled(row),
            "ValidationException" => {
                let (code, message) = errors::of_validation(&self.text).unwrap_or((row.code, row.message));
                of(code, message)
            }
            "ResourceNotFoundException" if errors::is_about_index(&self.text) => {
                of(Code::IndexNotFound, "the table does not have the index")
            }
            _ => {
                let mut meaning = of(row.code, row.message);
                meaning.error.details_mut().hint = row.hint.map(str::to_owned);
                meaning
            }
        }
    }

    /// A failed condition comes first: it is an answer. Then whatever will not pass by itself, then what may.
    fn cancelled(&self, row: &errors::Row) -> Meaning {
        let reasons = self.reasons.map(reasons::read).unwrap_or_default();
        let (code, retry, message) = reasons::decisive(&reasons).unwrap_or((row.code, row.retry, row.message));
        let mut error = Error::new(code, message);
        let codes = &mut error.details_mut().codes;
        if !codes.contains(&Code::TransactionFailed) {
            codes.insert(0, Code::TransactionFailed);
        }
        Meaning { error, retry }
    }
}
