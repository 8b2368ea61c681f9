//! What each of the service's exceptions means here, as data.

use super::response::RetryClass;
use crate::error::Code;
use RetryClass::{ExpiredCredentials, None as Never, Throttle, Transient};

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

const fn row(name: &'static str, code: Code, retry: RetryClass, message: &'static str) -> Row {
    Row { name, code, retry, message, hint: None }
}

const fn hinted(name: &'static str, code: Code, retry: RetryClass, message: &'static str, hint: &'static str) -> Row {
    Row { name, code, retry, message, hint: Some(hint) }
}

const CLOCK: &str = "the service finds the request's time too far from its own";
const SET_CLOCK: &str = "set the clock of this machine";
const SLOW_DOWN: &str = "the service throttled the request";
const EXPIRED: &str = "the credentials have expired";
const UNKNOWN_KEY: &str = "the service does not know the access key";
const CHECK_KEYS: &str =
    "check access key, session token and region; keys of another partition or of a deleted user look like this";
const BAD_SIGNATURE: &str = "the service does not accept the request's signature";
const CHECK_SECRET: &str = "check the secret access key and whether something on the way changes requests";

/// The exceptions that are known. `ValidationException`, `ResourceNotFoundException` and `TransactionCanceledException` are made
/// more exact from their texts and reasons; signature errors that speak of time become [`RetryClass::ClockSkew`].
pub const TABLE: &[Row] = &[
    row("ConditionalCheckFailedException", Code::ConditionFailed, Never, "the condition was not met"),
    hinted(
        "ResourceNotFoundException",
        Code::TableNotFound,
        Never,
        "the table does not exist",
        "check table name, region and account; `ensure_table` creates it",
    ),
    row("ResourceInUseException", Code::Service, Never, "the table exists already, or is being changed"),
    row("TableNotFoundException", Code::TableNotFound, Never, "the table does not exist"),
    row("IndexNotFoundException", Code::IndexNotFound, Never, "the index does not exist"),
    row("TransactionCanceledException", Code::TransactionFailed, Never, "the transaction was cancelled"),
    row("TransactionConflictException", Code::TransactionConflict, Transient, "a transaction is changing the item"),
    row(
        "TransactionInProgressException",
        Code::TransactionConflict,
        Throttle,
        "the same transaction is still being carried out",
    ),
    hinted(
        "IdempotentParameterMismatchException",
        Code::TransactionFailed,
        Never,
        "the transaction's token was used for another transaction",
        "a token is good for ten minutes; take a new one for new contents",
    ),
    row("ReplicatedWriteConflictException", Code::Service, Transient, "the item is being changed in another region"),
    row("DuplicateItemException", Code::Service, Never, "an item with this key exists already"),
    row(
        "ItemCollectionSizeLimitExceededException",
        Code::Service,
        Never,
        "the item collection has reached its size limit of 10 GB",
    ),
    // Throttling.
    hinted(
        "ProvisionedThroughputExceededException",
        Code::Throttled,
        Throttle,
        "the table's or index's throughput is exceeded",
        "raise the capacity, or spread the load over more partition keys",
    ),
    row("RequestLimitExceeded", Code::Throttled, Throttle, "the account's throughput is exceeded"),
    row("LimitExceededException", Code::Throttled, Throttle, "too many table operations at once, or too many tables"),
    row("ThrottlingException", Code::Throttled, Throttle, SLOW_DOWN),
    row("ThrottledException", Code::Throttled, Throttle, SLOW_DOWN),
    row("Throttling", Code::Throttled, Throttle, SLOW_DOWN),
    row("ThrottlingError", Code::Throttled, Throttle, SLOW_DOWN),
    row("RequestThrottled", Code::Throttled, Throttle, SLOW_DOWN),
    row("RequestThrottledException", Code::Throttled, Throttle, SLOW_DOWN),
    row("TooManyRequestsException", Code::Throttled, Throttle, SLOW_DOWN),
    row("BandwidthLimitExceeded", Code::Throttled, Throttle, SLOW_DOWN),
    row("SlowDown", Code::Throttled, Throttle, SLOW_DOWN),
    row("PriorRequestNotComplete", Code::Throttled, Throttle, SLOW_DOWN),
    // The request is not one that the service takes.
    row("ValidationException", Code::Service, Never, "the service finds the request invalid"),
    row("SerializationException", Code::Service, Never, "the service cannot read the request"),
    row("UnknownOperationException", Code::Service, Never, "the service does not know the action"),
    // Credentials.
    hinted("UnrecognizedClientException", Code::Credentials, Never, UNKNOWN_KEY, CHECK_KEYS),
    hinted("InvalidClientTokenId", Code::Credentials, Never, UNKNOWN_KEY, CHECK_KEYS),
    hinted("InvalidSignatureException", Code::Credentials, Never, BAD_SIGNATURE, CHECK_SECRET),
    hinted("SignatureDoesNotMatch", Code::Credentials, Never, BAD_SIGNATURE, CHECK_SECRET),
    hinted("IncompleteSignature", Code::Credentials, Never, BAD_SIGNATURE, CHECK_SECRET),
    hinted("IncompleteSignatureException", Code::Credentials, Never, BAD_SIGNATURE, CHECK_SECRET),
    hinted("MissingAuthenticationToken", Code::Credentials, Never, "the request carried no signature", CHECK_SECRET),
    hinted(
        "MissingAuthenticationTokenException",
        Code::Credentials,
        Never,
        "the request carried no signature",
        CHECK_SECRET,
    ),
    hinted("AuthFailure", Code::Credentials, Never, BAD_SIGNATURE, CHECK_SECRET),
    row("ExpiredTokenException", Code::Credentials, ExpiredCredentials, EXPIRED),
    row("ExpiredToken", Code::Credentials, ExpiredCredentials, EXPIRED),
    hinted("RequestTimeTooSkewed", Code::Credentials, Never, CLOCK, SET_CLOCK),
    hinted("RequestExpired", Code::Credentials, Never, CLOCK, SET_CLOCK),
    hinted("RequestInTheFuture", Code::Credentials, Never, CLOCK, SET_CLOCK),
    hinted(
        "OptInRequired",
        Code::AccessDenied,
        Never,
        "the account is not signed up for the service or region",
        "enable the region in the account",
    ),
    hinted(
        "AccessDeniedException",
        Code::AccessDenied,
        Never,
        "the credentials do not allow the action on this table",
        "allow it in the IAM policy of the user or role",
    ),
    hinted(
        "AccessDenied",
        Code::AccessDenied,
        Never,
        "the credentials do not allow the action on this table",
        "allow it in the IAM policy of the user or role",
    ),
    // The service's own trouble.
    row("InternalServerError", Code::Service, Transient, "the service failed inside"),
    row("InternalServerErrorException", Code::Service, Transient, "the service failed inside"),
    row("InternalFailure", Code::Service, Transient, "the service failed inside"),
    row("InternalError", Code::Service, Transient, "the service failed inside"),
    row("ServiceUnavailable", Code::Service, Transient, "the service is not available"),
    row("ServiceUnavailableException", Code::Service, Transient, "the service is not available"),
    row("RequestTimeout", Code::Timeout, Transient, "the service did not get the whole request in time"),
    row("RequestTimeoutException", Code::Timeout, Transient, "the service did not get the whole request in time"),
];

/// The row of an exception.
pub fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// The meaning of a status that comes without an exception's name: code, class, message.
pub fn of_status(status: u16) -> (Code, RetryClass, &'static str) {
    match status {
        408 => (Code::Timeout, Transient, "the service did not get the whole request in time"),
        429 => (Code::Throttled, Throttle, SLOW_DOWN),
        500 | 502 | 503 | 504 => (Code::Service, Transient, "the service failed"),
        501 | 505.. => (Code::Service, Never, "the service failed"),
        _ => (Code::Service, Never, "the service refused the request"),
    }
}

/// The bare name in `namespace#Name` or `Name:url`; `None` unless it is made of letters, digits, `_` and `.`.
pub fn bare_name(text: &str) -> Option<&str> {
    let name = text.rsplit('#').next().unwrap_or(text);
    let name = name.split(':').next().unwrap_or(name).trim();
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
pub const TIME: (&str, &str) = (CLOCK, SET_CLOCK);

/// What the texts of `ValidationException` have in common, in the order in which they are looked for. The texts themselves may quote
/// data; they choose a row and go no further.
pub const VALIDATION: &[(&str, Code, &str)] = &[
    ("item size has exceeded", Code::ItemTooLarge, "the item is larger than 400 KB"),
    ("item size to update has exceeded", Code::ItemTooLarge, "the item would become larger than 400 KB"),
    ("does not have the specified index", Code::IndexNotFound, "the table does not have the index"),
    ("missing the key", Code::MissingPrimaryKey, "a key attribute is missing"),
    ("required keys was not given a value", Code::MissingPrimaryKey, "a key attribute is missing"),
    ("provided key element does not match", Code::InvalidPrimaryKey, "the key does not fit the table's key schema"),
    (
        "number of conditions on the keys is invalid",
        Code::InvalidPrimaryKey,
        "the key does not fit the table's key schema",
    ),
    ("type mismatch for key", Code::InvalidPrimaryKey, "a key attribute has the wrong type"),
    ("type mismatch for index key", Code::InvalidPrimaryKey, "a key attribute of an index has the wrong type"),
    ("attributevalue for a key attribute", Code::InvalidPrimaryKey, "a key attribute is empty"),
    ("value provided for a key is not valid", Code::InvalidPrimaryKey, "a key attribute is empty"),
    ("size of hashkey has exceeded", Code::InvalidPrimaryKey, "the partition key is longer than 2048 bytes"),
    ("size of all range keys has exceeded", Code::InvalidPrimaryKey, "the sort key is longer than 1024 bytes"),
    ("this attribute is part of the key", Code::InvalidPrimaryKey, "a key attribute cannot be updated"),
    ("38 significant digits", Code::InvalidValue, "a number has more than 38 digits"),
    ("number overflow", Code::InvalidValue, "a number is out of range"),
    ("number underflow", Code::InvalidValue, "a number is out of range"),
    (
        "document path provided in the update expression",
        Code::InvalidOperator,
        "a path of the update does not fit the item",
    ),
    ("operand in the update expression", Code::InvalidOperator, "an operand of the update does not fit the item"),
    ("invalid updateexpression", Code::InvalidOperator, "the service does not take the update"),
    ("invalid conditionexpression", Code::InvalidOperator, "the service does not take the condition"),
    ("invalid keyconditionexpression", Code::InvalidOperator, "the service does not take the key condition"),
    ("invalid filterexpression", Code::InvalidOperator, "the service does not take the filter"),
    ("invalid projectionexpression", Code::InvalidOperator, "the service does not take the projection"),
    ("consistent reads are not supported", Code::InvalidOperator, "the index does not support consistent reads"),
];

/// Code and message for the text of a `ValidationException`, where it says something more exact.
pub fn of_validation(text: &str) -> Option<(Code, &'static str)> {
    VALIDATION.iter().find(|(part, ..)| contains(text, part)).map(|(_, code, message)| (*code, *message))
}

/// Whether the text of a `ResourceNotFoundException` is about an index.
pub fn is_about_index(text: &str) -> bool {
    contains(text, "index:") || contains(text, "specified index") || contains(text, "index not found")
}

/// ASCII case is ignored; `part` is in lower case.
fn contains(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
