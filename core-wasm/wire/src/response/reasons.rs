//! `CancellationReasons` of a transaction: what each of its items had to do with the cancellation.

use super::RetryClass;
use crate::error::Code;
use crate::errors;
use crate::json::{self, Raw, members};

/// What one item had to do with it: our code, whether trying again may help, our words.
pub type Meaning = (Code, RetryClass, &'static str);

/// One entry, in the order of the transaction's items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The service's code, for instance `ConditionalCheckFailed`; `None` (the text) for an item that was not at fault.
    pub code: String,
    /// The service's text; it may quote data.
    pub message: String,
    /// The item as it was, DynamoDB JSON, if the transaction asked for it.
    pub item: Option<&'a str>,
}

members! {
    /// The members of interest. Each is read for itself, so that an odd one does not spoil the rest.
    struct Members<'a> {
        code as "Code": Option<Raw<'a>>,
        message as "Message": Option<Raw<'a>>,
        item as "Item": Option<Raw<'a>>,
    }
    ..
}

/// Reads the array; nothing, if it is none.
pub fn read<'a>(reasons: Raw<'a>) -> Vec<Reason<'a>> {
    let members: Vec<Option<Members<'a>>> = json::read(reasons.get()).unwrap_or_default();
    let text =
        |value: Option<Raw<'a>>| value.and_then(|value| json::read::<String>(value.get()).ok()).unwrap_or_default();
    members
        .into_iter()
        .map(|members| match members {
            None => Reason::default(),
            Some(members) => Reason {
                code: text(members.code),
                message: text(members.message),
                item: members.item.map(Raw::get).filter(|item| item.starts_with('{') && item.len() > 2),
            },
        })
        .collect()
}

/// The meaning that decides what becomes of the transaction. A failed condition comes first: it is an answer. Then whatever
/// will not pass by itself, then what may.
pub fn decisive(reasons: &[Reason<'_>]) -> Option<Meaning> {
    reasons.iter().filter_map(Reason::meaning).min_by_key(|(code, retry, _)| match (code, retry) {
        (Code::ConditionFailed, _) => 0,
        (_, RetryClass::None) => 1,
        (_, RetryClass::Transient) => 2,
        _ => 3,
    })
}

impl Reason<'_> {
    /// What it means; nothing for an item that was not at fault.
    pub fn meaning(&self) -> Option<Meaning> {
        Some(match self.code.as_str() {
            "None" | "" => return None,
            "ConditionalCheckFailed" => {
                (Code::ConditionFailed, RetryClass::None, "a condition of the transaction was not met")
            }
            "TransactionConflict" => (
                Code::TransactionConflict,
                RetryClass::Transient,
                "another transaction is changing an item of this one",
            ),
            "ProvisionedThroughputExceeded" | "ThrottlingError" | "RequestLimitExceeded" => {
                (Code::Throttled, RetryClass::Throttle, "the transaction was throttled")
            }
            "InternalServerError" => {
                (Code::TransactionFailed, RetryClass::Transient, "the service failed inside the transaction")
            }
            "ItemCollectionSizeLimitExceeded" => (
                Code::TransactionFailed,
                RetryClass::None,
                "an item collection of the transaction has reached its size limit of 10 GB",
            ),
            "ValidationError" => {
                let (code, message) = errors::of_validation(&self.message)
                    .unwrap_or((Code::TransactionFailed, "the service finds an item of the transaction invalid"));
                (code, RetryClass::None, message)
            }
            "AccessDenied" => {
                (Code::AccessDenied, RetryClass::None, "the credentials do not allow an item of the transaction")
            }
            _ => (Code::TransactionFailed, RetryClass::None, "the transaction was cancelled"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_entries_do_not_spoil_the_others() {
        let json = Raw::known(
            r#"[{"Code":"None"},null,{"Code":7,"Message":"x","Item":{}},{"Code":"ConditionalCheckFailed","Item":{"pk":{"S":"a"}}}]"#,
        );
        let reasons = read(json);
        assert_eq!(reasons.len(), 4);
        assert_eq!(reasons[2], Reason { code: String::new(), message: "x".into(), item: None });
        assert_eq!(reasons[3].item, Some(r#"{"pk":{"S":"a"}}"#));
        assert_eq!(reasons.iter().filter(|reason| reason.meaning().is_some()).count(), 1);
        assert!(read(Raw::known("{}")).is_empty());
    }

    #[test]
    fn an_answer_decides_before_trouble() {
        let of = |codes: &[&str]| {
            let reasons: Vec<_> =
                codes.iter().map(|code| Reason { code: (*code).to_owned(), ..Reason::default() }).collect();
            decisive(&reasons).map(|(code, retry, _)| (code, retry))
        };
        assert_eq!(of(&["None", "None"]), None);
        assert_eq!(
            of(&["None", "TransactionConflict", "ConditionalCheckFailed"]),
            Some((Code::ConditionFailed, RetryClass::None))
        );
        assert_eq!(of(&["TransactionConflict", "AccessDenied"]), Some((Code::AccessDenied, RetryClass::None)));
        assert_eq!(
            of(&["ThrottlingError", "TransactionConflict"]),
            Some((Code::TransactionConflict, RetryClass::Transient))
        );
        assert_eq!(of(&["ThrottlingError", "None"]), Some((Code::Throttled, RetryClass::Throttle)));
        assert_eq!(of(&["InternalServerError"]), Some((Code::TransactionFailed, RetryClass::Transient)));
    }
}
