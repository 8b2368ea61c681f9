//! What each of the service's exceptions means here, as data.

use super::Row;
use crate::error::Code;
use crate::response::RetryClass::{ExpiredCredentials, None as Never, Throttle, Transient};

/// `"name" => code, class, message[, hint text];`
macro_rules! table {
    ($($name:literal => $code:ident, $retry:ident, $message:expr $(, hint $hint:expr)?;)*) => {
        &[$(Row { name: $name, code: Code::$code, retry: $retry, message: $message, hint: table!(@ $($hint)?) }),*]
    };
    (@) => { None };
    (@ $hint:expr) => { Some($hint) };
}

pub(super) const CLOCK: &str = "the service finds the request's time too far from its own";
pub(super) const SET_CLOCK: &str = "set the clock of this machine";
pub(super) const TOO_SLOW: &str = "the service did not get the whole request in time";
pub(super) const SLOW_DOWN: &str = "the service throttled the request";
const NO_TABLE: &str = "the table does not exist";
const CREATE_IT: &str = "check table name, region and account; `ensure_table` creates it";
const UNSIGNED: &str = "the request carried no signature";
const DENIED: &str = "the credentials do not allow the action";
const ALLOW: &str = "allow it in the IAM policy of the user or role, or in the table's own";
const FAILED: &str = "the service failed inside";
const AWAY: &str = "the service is not available";
const EXPIRED: &str = "the credentials have expired";
const UNKNOWN_KEY: &str = "the service does not know the access key";
const CHECK_KEYS: &str =
    "check access key, session token and region; keys of another partition or of a deleted user look like this";
const BAD_SIGNATURE: &str = "the service does not accept the request's signature";
const CHECK_SECRET: &str = "check the secret access key and whether something on the way changes requests";

/// The exceptions that are known. `ValidationException`, `ResourceNotFoundException` and `TransactionCanceledException` are made
/// more exact from their texts and reasons; signature errors that speak of time become `RetryClass::ClockSkew`.
pub const TABLE: &[Row] = table! {
    "ConditionalCheckFailedException" => ConditionFailed, Never, "the condition was not met";
    "ResourceNotFoundException" => TableNotFound, Never, NO_TABLE, hint CREATE_IT;
    "ResourceInUseException" => Service, Never, "the table exists already, or is being changed";
    "TableNotFoundException" => TableNotFound, Never, NO_TABLE, hint CREATE_IT;
    "IndexNotFoundException" => IndexNotFound, Never, "the index does not exist";
    "TransactionCanceledException" => TransactionFailed, Never, "the transaction was cancelled";
    "TransactionConflictException" => TransactionConflict, Transient, "a transaction is changing the item";
    "TransactionInProgressException" => TransactionConflict, Throttle, "the same transaction is still being carried out";
    "IdempotentParameterMismatchException" => IdempotentParameterMismatch, Never, "the transaction's token was used for another transaction",
        hint "a token is good for ten minutes; take a new one for new contents";
    "ReplicatedWriteConflictException" => Service, Transient, "the item is being changed in another region";
    "DuplicateItemException" => Service, Never, "an item with this key exists already";
    "ItemCollectionSizeLimitExceededException" => Service, Never, "the item collection has reached its size limit of 10 GB";
    // Throttling.
    "ProvisionedThroughputExceededException" => Throttled, Throttle, "the table's or index's throughput is exceeded",
        hint "raise the capacity, or spread the load over more partition keys";
    "RequestLimitExceeded" => Throttled, Throttle, "the account's throughput is exceeded";
    "LimitExceededException" => Throttled, Throttle, "too many table operations at once, or too many tables";
    "ThrottlingException" => Throttled, Throttle, SLOW_DOWN;
    "ThrottledException" => Throttled, Throttle, SLOW_DOWN;
    "Throttling" => Throttled, Throttle, SLOW_DOWN;
    "ThrottlingError" => Throttled, Throttle, SLOW_DOWN;
    "RequestThrottled" => Throttled, Throttle, SLOW_DOWN;
    "RequestThrottledException" => Throttled, Throttle, SLOW_DOWN;
    "TooManyRequestsException" => Throttled, Throttle, SLOW_DOWN;
    "BandwidthLimitExceeded" => Throttled, Throttle, SLOW_DOWN;
    "SlowDown" => Throttled, Throttle, SLOW_DOWN;
    "PriorRequestNotComplete" => Throttled, Throttle, SLOW_DOWN;
    // The request is not one that the service takes.
    "ValidationException" => Service, Never, "the service finds the request invalid";
    "SerializationException" => Service, Never, "the service cannot read the request";
    "UnknownOperationException" => Service, Never, "the service does not know the action";
    // Credentials.
    "UnrecognizedClientException" => Credentials, Never, UNKNOWN_KEY, hint CHECK_KEYS;
    "InvalidClientTokenId" => Credentials, Never, UNKNOWN_KEY, hint CHECK_KEYS;
    "InvalidSignatureException" => Credentials, Never, BAD_SIGNATURE, hint CHECK_SECRET;
    "SignatureDoesNotMatch" => Credentials, Never, BAD_SIGNATURE, hint CHECK_SECRET;
    "IncompleteSignature" => Credentials, Never, BAD_SIGNATURE, hint CHECK_SECRET;
    "IncompleteSignatureException" => Credentials, Never, BAD_SIGNATURE, hint CHECK_SECRET;
    "MissingAuthenticationToken" => Credentials, Never, UNSIGNED, hint CHECK_SECRET;
    "MissingAuthenticationTokenException" => Credentials, Never, UNSIGNED, hint CHECK_SECRET;
    "AuthFailure" => Credentials, Never, BAD_SIGNATURE, hint CHECK_SECRET;
    "ExpiredTokenException" => Credentials, ExpiredCredentials, EXPIRED;
    "ExpiredToken" => Credentials, ExpiredCredentials, EXPIRED;
    "RequestTimeTooSkewed" => Credentials, Never, CLOCK, hint SET_CLOCK;
    "RequestExpired" => Credentials, Never, CLOCK, hint SET_CLOCK;
    "RequestInTheFuture" => Credentials, Never, CLOCK, hint SET_CLOCK;
    "OptInRequired" => AccessDenied, Never, "the account is not signed up for the service or region",
        hint "enable the region in the account";
    "AccessDeniedException" => AccessDenied, Never, DENIED, hint ALLOW;
    "AccessDenied" => AccessDenied, Never, DENIED, hint ALLOW;
    // The service's own trouble.
    "InternalServerError" => Service, Transient, FAILED;
    "InternalServerErrorException" => Service, Transient, FAILED;
    "InternalFailure" => Service, Transient, FAILED;
    "InternalError" => Service, Transient, FAILED;
    "ServiceUnavailable" => Service, Transient, AWAY;
    "ServiceUnavailableException" => Service, Transient, AWAY;
    "RequestTimeout" => Timeout, Transient, TOO_SLOW;
    "RequestTimeoutException" => Timeout, Transient, TOO_SLOW;
};

/// `"part of the text" => code, message;`
macro_rules! texts {
    ($($part:literal => $code:ident, $message:literal;)*) => { &[$(($part, Code::$code, $message)),*] };
}

/// What the texts of `ValidationException` have in common, in lower case and in the order in which they are looked for. The texts
/// themselves may quote data; they choose a row and go no further.
pub const VALIDATION: &[(&str, Code, &str)] = texts! {
    "item size has exceeded" => ItemTooLarge, "the item is larger than 400 KB";
    "item size to update has exceeded" => ItemTooLarge, "the item would become larger than 400 KB";
    "does not have the specified index" => IndexNotFound, "the table does not have the index";
    "missing the key" => MissingPrimaryKey, "a key attribute is missing";
    "required keys was not given a value" => MissingPrimaryKey, "a key attribute is missing";
    "provided key element does not match" => InvalidPrimaryKey, "the key does not fit the table's key schema";
    "number of conditions on the keys is invalid" => InvalidPrimaryKey, "the key does not fit the table's key schema";
    "type mismatch for key" => InvalidPrimaryKey, "a key attribute has the wrong type";
    "type mismatch for index key" => InvalidPrimaryKey, "a key attribute of an index has the wrong type";
    "attributevalue for a key attribute" => InvalidPrimaryKey, "a key attribute is empty";
    "value provided for a key is not valid" => InvalidPrimaryKey, "a key attribute is empty";
    "size of hashkey has exceeded" => InvalidPrimaryKey, "the partition key is longer than 2048 bytes";
    "size of all range keys has exceeded" => InvalidPrimaryKey, "the sort key is longer than 1024 bytes";
    "data type should match its data type in table's schema" => InvalidPrimaryKey, "a key attribute has the wrong type";
    "missed key schema element" => MissingPrimaryKey, "a key attribute is missing from the key condition";
    "starting key is invalid" => InvalidCursor, "the cursor does not fit the query";
    "exclusive start key is invalid" => InvalidCursor, "the cursor does not fit the query";
    "this attribute is part of the key" => InvalidPrimaryKey, "a key attribute cannot be updated";
    "38 significant digits" => InvalidValue, "a number has more than 38 digits";
    "number overflow" => InvalidValue, "a number is out of range";
    "number underflow" => InvalidValue, "a number is out of range";
    "document path provided in the update expression" => InvalidOperator, "a path of the update does not fit the item";
    "operand in the update expression" => InvalidOperator, "an operand of the update does not fit the item";
    "attribute that does not exist in the item" => InvalidOperator, "the update reads an attribute that the item does not have";
    "invalid updateexpression" => InvalidOperator, "the service does not take the update";
    "invalid conditionexpression" => InvalidOperator, "the service does not take the condition";
    "invalid keyconditionexpression" => InvalidOperator, "the service does not take the key condition";
    "invalid filterexpression" => InvalidOperator, "the service does not take the filter";
    "invalid projectionexpression" => InvalidOperator, "the service does not take the projection";
    "consistent reads are not supported" => InvalidOperator, "the index does not support consistent reads";
};
