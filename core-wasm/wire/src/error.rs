//! The one error type, its codes and its document.

use serde::Serialize;

use crate::document::{Document, Json, documents, object};
use crate::json::pointer;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// Every error code there is. The text form is the interface; `wit/error.schema.json` lists it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Code {
            $($(#[doc = $doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// All codes, in the order of their documentation.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The code as it stands in error documents, for instance `ErrItemNotFound`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// No item has this key.
    ItemNotFound = "ErrItemNotFound",
    /// The call does not fit the model: unknown model or attribute, lifecycle attribute named, wrong shape.
    InvalidModel = "ErrInvalidModel",
    /// A value does not fit its attribute: wrong type, not a number, out of range, too deep. Also `ErrInvalidModel`.
    InvalidValue = "ErrInvalidValue",
    /// A number would lose digits in the type that the host asked for.
    NumberPrecisionLoss = "ErrNumberPrecisionLoss",
    /// The item is larger than DynamoDB's 400 KB.
    ItemTooLarge = "ErrItemTooLarge",
    /// A key attribute is missing.
    MissingPrimaryKey = "ErrMissingPrimaryKey",
    /// A key attribute is empty, too long or of the wrong type.
    InvalidPrimaryKey = "ErrInvalidPrimaryKey",
    /// A condition was not met.
    ConditionFailed = "ErrConditionFailed",
    /// The expected version was not the stored one. Also `ErrConditionFailed`.
    VersionConflict = "ErrVersionConflict",
    /// Another item of the model has this value of a unique attribute. Also `ErrConditionFailed`.
    UniqueConstraint = "ErrUniqueConstraint",
    /// An operator, operand, path or option that DynamoDB does not take.
    InvalidOperator = "ErrInvalidOperator",
    /// The table does not exist.
    TableNotFound = "ErrTableNotFound",
    /// The index does not exist.
    IndexNotFound = "ErrIndexNotFound",
    /// The model has encrypted attributes and the client has no encryption.
    EncryptionNotConfigured = "ErrEncryptionNotConfigured",
    /// A stored envelope is malformed or does not decrypt.
    InvalidEncryptedEnvelope = "ErrInvalidEncryptedEnvelope",
    /// An encrypted attribute in a condition, filter or key.
    EncryptedFieldNotQueryable = "ErrEncryptedFieldNotQueryable",
    /// The model is `write_once` and the operation would change an item.
    ImmutableModelMutation = "ErrImmutableModelMutation",
    /// The operation would change a protected attribute.
    ProtectedFieldMutation = "ErrProtectedFieldMutation",
    /// Deploy evidence that is not authoritative.
    RejectedDeployAuthorityEvidence = "ErrRejectedDeployAuthorityEvidence",
    /// Someone else holds the lease.
    LeaseHeld = "ErrLeaseHeld",
    /// The lease is not, or no longer, ours.
    LeaseNotOwned = "ErrLeaseNotOwned",
    /// A transaction was cancelled.
    TransactionFailed = "ErrTransactionFailed",
    /// A transaction met another one on the same item. Also `ErrTransactionFailed`.
    TransactionConflict = "ErrTransactionConflict",
    /// The token of a transaction was used for another one within ten minutes. Also `ErrTransactionFailed`.
    IdempotentParameterMismatch = "ErrIdempotentParameterMismatch",
    /// The service throttled the request until the retries were used up.
    Throttled = "ErrThrottled",
    /// Part of a batch was not carried out.
    BatchOperationFailed = "ErrBatchOperationFailed",
    /// A cursor that is malformed or belongs to another query.
    InvalidCursor = "ErrInvalidCursor",
    /// A DMS document that cannot be read or is invalid; `problems` lists why.
    InvalidDocument = "ErrInvalidDocument",
    /// A call document that is not well formed.
    InvalidCall = "ErrInvalidCall",
    /// A handle that is not known, or a reply that does not belong to it.
    InvalidHandle = "ErrInvalidHandle",
    /// Settings that do not work: no region, an endpoint that is no URL.
    Configuration = "ErrConfiguration",
    /// No credentials were found, or the service refused them.
    Credentials = "ErrCredentials",
    /// The credentials do not allow the action.
    AccessDenied = "ErrAccessDenied",
    /// The service could not be reached, or the connection broke.
    Transport = "ErrTransport",
    /// The service did not answer in time.
    Timeout = "ErrTimeout",
    /// The answer is not one of DynamoDB's: not JSON, truncated, wrong checksum.
    InvalidResponse = "ErrInvalidResponse",
    /// The service refused the request for another reason; `service` says which.
    Service = "ErrService",
    /// The caller cancelled. Set by hosts.
    Canceled = "ErrCanceled",
    /// The module has another contract version than the host was built for. Set by hosts.
    ContractVersion = "ErrContractVersion",
    /// A bug of ours; the instance was discarded. Set by hosts.
    Internal = "ErrInternal",
}

/// Whether a write may have happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Refused before anything was sent.
    #[default]
    NotSent,
    /// The service refused; nothing was written.
    Rejected,
    /// Something may have been written.
    Unknown,
}

impl Outcome {
    /// The outcome as it stands in error documents, for instance `not_sent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::NotSent => "not_sent",
            Outcome::Rejected => "rejected",
            Outcome::Unknown => "unknown",
        }
    }
}

/// The service's own words. They may quote data, so they are never part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceError {
    /// The exception's name, without namespace.
    pub code: String,
    /// The exception's text.
    #[cfg_attr(feature = "schema", schemars(skip_serializing_if = "String::is_empty"))]
    pub message: String,
}

/// Where a part of a batch stands in its call: number of the group, number within the group.
pub type Position = (u32, u32);

/// What became of the parts of a batch that did not end well.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
pub enum Batch {
    /// Of `batch_write`. Every position of the call is in exactly one of the lists.
    Write {
        /// Stored, or deleted.
        written: Vec<Position>,
        /// Surely neither.
        unwritten: Vec<Position>,
        /// Sent, and it is not known whether they were carried out.
        unknown: Vec<Position>,
    },
    /// Of `batch_get`. Every position of the call is in exactly one of the lists.
    Get {
        /// Looked up; the item, or null for an absent one, is in `results`.
        read: Vec<Position>,
        /// Not looked up; null in `results`.
        unread: Vec<Position>,
        /// As in the result document, a JSON text.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<Vec<Option<crate::schema::Object>>>"))]
        results: Json,
    },
}

/// Why a transaction was cancelled: what one of its actions had to do with it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// Position of the action in the call.
    pub index: usize,
    /// The most specific code.
    pub code: Code,
    /// All codes that apply, the general before the specific.
    pub codes: Vec<Code>,
    /// Lower case, without values.
    pub message: String,
    /// JSON pointer into the call document.
    pub path: String,
    /// The service's own words.
    #[cfg_attr(feature = "schema", schemars(skip_serializing_if = "Option::is_none"))]
    pub service: Option<ServiceError>,
    /// The item as it was, when the action asked for it; a JSON text.
    #[cfg_attr(feature = "schema", schemars(skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
    pub item: Option<Json>,
}

/// An error, and all that is known about it. Its document is described in `wit/README.md`.
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

/// The content of an [`Error`], in the order of its document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Details {
    /// The most specific code.
    pub code: Code,
    /// All codes that apply, the general before the specific.
    pub codes: Vec<Code>,
    /// Lower case, no values, user input in back-ticks.
    pub message: String,
    /// JSON pointer into the call document.
    pub path: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Whether a write may have happened.
    pub outcome: Outcome,
    /// The service's request id.
    pub request_id: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// The service's own words.
    pub service: Option<ServiceError>,
    /// The item that failed the condition, a JSON text.
    pub item: Option<Json>,
    /// What became of the parts of a batch.
    pub batch: Option<Box<Batch>>,
    /// Why a transaction was cancelled, by action; those that had no part in it are left out.
    pub reasons: Vec<Reason>,
    /// Problems of a DMS document.
    pub problems: Vec<crate::problem::Problem>,
    /// Statistics of the requests made, a JSON text.
    pub stats: Option<Json>,
}

documents! {
    Details {
        code,
        codes,
        message,
        path: optional,
        hint: optional,
        retryable,
        outcome,
        request_id: optional,
        status: optional,
        service: optional,
        item: optional,
        batch: optional,
        reasons: optional,
        problems: optional,
        stats: optional,
    }
    ServiceError { code, message: optional }
    Reason { index, code, codes, message, path, service: optional, item: optional }
}

impl Document for Code {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

impl Document for Outcome {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

impl Document for Position {
    fn write(&self, out: &mut String) {
        [self.0, self.1].write(out);
    }
}

impl Document for Batch {
    fn write(&self, out: &mut String) {
        match self {
            Batch::Write { written, unwritten, unknown } => object(
                out,
                &[("written", written, false), ("unwritten", unwritten, false), ("unknown", unknown, false)],
            ),
            Batch::Get { read, unread, results } => {
                object(out, &[("read", read, false), ("unread", unread, false), ("results", results, false)]);
            }
        }
    }
}

impl Error {
    /// An error before anything was sent.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let codes = match code {
            Code::VersionConflict | Code::UniqueConstraint => vec![Code::ConditionFailed, code],
            Code::InvalidValue | Code::ItemTooLarge => vec![Code::InvalidModel, code],
            Code::TransactionConflict | Code::IdempotentParameterMismatch => vec![Code::TransactionFailed, code],
            Code::InvalidCursor => vec![Code::InvalidOperator, code],
            _ => vec![code],
        };
        Error(Box::new(Details {
            code,
            codes,
            message: message.into(),
            path: None,
            hint: None,
            retryable: false,
            outcome: Outcome::NotSent,
            request_id: None,
            status: None,
            service: None,
            item: None,
            batch: None,
            reasons: Vec::new(),
            problems: Vec::new(),
            stats: None,
        }))
    }

    /// Adds a JSON pointer into the call document.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// Puts `/segment` in front of the path: called on the way out of nested values.
    pub fn within(mut self, segment: &str) -> Self {
        self.0.path.get_or_insert_default().insert_str(0, &pointer("", segment));
        self
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// What is known, to read.
    pub fn details(&self) -> &Details {
        &self.0
    }

    /// What is known, to add to.
    pub fn details_mut(&mut self) -> &mut Details {
        &mut self.0
    }

    /// The most specific code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whether `code` is among the codes.
    pub fn is(&self, code: Code) -> bool {
        self.0.codes.contains(&code)
    }

    /// The error document.
    pub fn to_json(&self) -> String {
        self.0.text()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.message)?;
        if let Some(path) = &self.0.path {
            write!(f, " (at {path})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
