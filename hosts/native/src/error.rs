//! The error of every call.

use std::error::Error as StdError;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

pub use tabletheory_core::error::{Code, Outcome};

use crate::outcome::Stats;

/// What went wrong, and all that is known about it.
///
/// The text holds no item value and no secret. What the service or a library said is kept apart:
/// [`service_message`](Error::service_message) and [`source`](std::error::Error::source).
///
/// ```
/// # use tabletheory::{Code, Error};
/// fn seen(error: &Error) -> &'static str {
///     match error.code() {
///         Code::ItemNotFound => "no such item",
///         Code::VersionConflict => "someone else was faster",
///         _ if error.retryable() => "try again later",
///         _ => "something else",
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    document: Document,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The error document of `wit/README.md`.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    #[serde(deserialize_with = "code")]
    code: Code,
    #[serde(deserialize_with = "codes")]
    codes: Vec<Code>,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    retryable: bool,
    #[serde(deserialize_with = "outcome")]
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Service>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<Batch>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stats: Option<Box<RawValue>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Service {
    code: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    message: String,
}

/// Where a part of a batch stands in its call: number of the group, number within the group.
pub type Position = (u32, u32);

/// What became of the parts of a batch that did not end well. Every position of the call is in exactly one of the lists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Batch {
    /// Writes: stored, or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Vec<Position>>,
    /// Writes: surely neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwritten: Option<Vec<Position>>,
    /// Writes: sent, and it is not known whether they were carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Vec<Position>>,
    /// Reads: looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Vec<Position>>,
    /// Reads: not looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Vec<Position>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    results: Option<Vec<Vec<Option<Box<RawValue>>>>>,
}

impl Batch {
    /// What is left to do: writes that were not carried out, or may not have been, and reads that were not.
    pub fn left(&self) -> Vec<Position> {
        let lists = [&self.unwritten, &self.unknown, &self.unread];
        let mut left: Vec<Position> = lists.into_iter().flatten().flatten().copied().collect();
        left.sort_unstable();
        left
    }

    /// Of the items or keys of one group, those that are left to do.
    ///
    /// ```no_run
    /// # use tabletheory::{Item, Model};
    /// # async fn example(notes: Model<Item>, items: Vec<Item>) -> Result<(), tabletheory::Error> {
    /// if let Err(error) = notes.put_many(&items).await
    ///     && let Some(batch) = error.batch()
    /// {
    ///     notes.put_many(batch.left_of(0, &items)).await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn left_of<I>(&self, group: u32, items: impl IntoIterator<Item = I>) -> Vec<I> {
        let left: std::collections::BTreeSet<u32> =
            self.left().into_iter().filter(|(of, _)| *of == group).map(|(_, at)| at).collect();
        (0..).zip(items).filter(|(at, _)| left.contains(at)).map(|(_, item)| item).collect()
    }

    /// Reads: an item that was got, if it was looked up and there is one.
    pub fn item<T: DeserializeOwned>(&self, (group, at): Position) -> Option<Result<T, Error>> {
        let item = self.results.as_ref()?.get(group as usize)?.get(at as usize)?.as_ref()?;
        Some(crate::value::item_from_plain(item.get()))
    }
}

/// Why a transaction was cancelled: what one of its actions had to do with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// Position of the action in the transaction.
    pub index: usize,
    /// The most specific code.
    #[serde(deserialize_with = "code")]
    pub code: Code,
    /// All codes that apply, the general before the specific.
    #[serde(deserialize_with = "codes")]
    pub codes: Vec<Code>,
    /// Lower case, without values.
    pub message: String,
    /// JSON pointer into the call document.
    #[serde(default)]
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Service>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<Box<RawValue>>,
}

impl Reason {
    /// The item as it was, when the action asked for it.
    ///
    /// # Errors
    /// When it does not fit `T`.
    pub fn old_item<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        self.item.as_ref().map(|item| crate::value::item_from_plain(item.get())).transpose()
    }
}

/// Something wrong or doubtful in a schema document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem, `snake_case`.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// Lower case, user input in back-ticks.
    pub message: String,
    /// JSON pointer into the document.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Error {
    /// An error of this library itself, before anything was sent.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error::from(tabletheory_core::error::Error::new(code, message))
    }

    /// Reads an error document, as an [engine](crate::engine) gives it.
    pub fn from_document(json: &str) -> Self {
        match serde_json::from_str(json) {
            Ok(document) => Error(Box::new(Inner { document, source: None })),
            Err(error) => {
                Error::new(Code::Internal, "the core gave an error that is no error document").with_source(error)
            }
        }
    }

    /// Adds the error of the library underneath.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds what to do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.document.hint = Some(hint.into());
        self
    }

    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.0.document.path = Some(path.into());
        self
    }

    /// Puts a pointer in front of the path.
    pub(crate) fn under(self, pointer: &str) -> Self {
        let path = format!("{pointer}{}", self.path().unwrap_or_default());
        self.at(path)
    }

    /// Says whether a write may have happened.
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.document.outcome = outcome;
        self
    }

    /// What became of the parts of a batch, when some of it failed.
    pub fn batch(&self) -> Option<&Batch> {
        self.0.document.batch.as_ref()
    }

    /// Why a transaction was cancelled, by action; those that had no part in it are left out.
    pub fn reasons(&self) -> &[Reason] {
        &self.0.document.reasons
    }

    /// The most specific code.
    pub fn code(&self) -> Code {
        self.0.document.code
    }

    /// All codes that apply, the general before the specific.
    pub fn codes(&self) -> &[Code] {
        &self.0.document.codes
    }

    /// Whether `code` is among the codes: a version conflict is also a failed condition.
    pub fn is(&self, code: Code) -> bool {
        self.0.document.codes.contains(&code)
    }

    /// The message without the code: lower case, user input in back-ticks, never an item value.
    pub fn message(&self) -> &str {
        &self.0.document.message
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        self.0.document.retryable
    }

    /// Whether a write may have happened.
    pub fn outcome(&self) -> Outcome {
        self.0.document.outcome
    }

    /// JSON pointer to what is wrong, into the call document (`/item/title`) or into the result that does not fit its type.
    pub fn path(&self) -> Option<&str> {
        self.0.document.path.as_deref()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.document.hint.as_deref()
    }

    /// The service's request id.
    pub fn request_id(&self) -> Option<&str> {
        self.0.document.request_id.as_deref()
    }

    /// The HTTP status of the service's answer.
    pub fn status(&self) -> Option<u16> {
        self.0.document.status
    }

    /// The service's own name for the error, for instance `ValidationException`.
    pub fn service_code(&self) -> Option<&str> {
        self.0.document.service.as_ref().map(|service| service.code.as_str())
    }

    /// The service's own text. It may quote data: think before you log it.
    pub fn service_message(&self) -> Option<&str> {
        self.0.document.service.as_ref().map(|service| service.message.as_str())
    }

    /// The item that failed the condition, when `return_old_on_failure` asked for it; else `None`.
    ///
    /// # Errors
    /// As [`from_plain`](crate::value::from_plain), when the item does not fit `T`.
    pub fn old_item<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        self.0.document.item.as_ref().map(|item| crate::value::item_from_plain(item.get())).transpose()
    }

    /// All problems of the schema document, when the code is `ErrInvalidDocument`.
    pub fn problems(&self) -> &[Problem] {
        &self.0.document.problems
    }

    /// Attempts, retries and waiting time, when something was sent.
    pub fn stats(&self) -> Option<Stats> {
        self.0.document.stats.as_ref().and_then(|stats| serde_json::from_str(stats.get()).ok())
    }

    /// The whole error document as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0.document).expect("an error document is plain data")
    }
}

impl From<tabletheory_core::error::Error> for Error {
    fn from(error: tabletheory_core::error::Error) -> Self {
        Error::from_document(&error.to_json())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code().as_str(), self.message())?;
        self.path().map_or(Ok(()), |path| write!(f, " (at {path})"))
    }
}

impl fmt::Debug for Error {
    /// Without the service's text and the old item: both hold data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("codes", &self.codes())
            .field("message", &self.message())
            .field("path", &self.path())
            .field("hint", &self.hint())
            .field("retryable", &self.retryable())
            .field("outcome", &self.outcome())
            .field("request_id", &self.request_id())
            .field("service_code", &self.service_code())
            .field("problems", &self.problems())
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    let text = String::deserialize(deserializer)?;
    Code::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| D::Error::custom("an unknown code"))
}

fn codes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Code>, D::Error> {
    #[derive(Deserialize)]
    struct Known(#[serde(deserialize_with = "code")] Code);
    Ok(Vec::<Known>::deserialize(deserializer)?.into_iter().map(|known| known.0).collect())
}

fn outcome<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "not_sent" => Ok(Outcome::NotSent),
        "rejected" => Ok(Outcome::Rejected),
        "unknown" => Ok(Outcome::Unknown),
        _ => Err(D::Error::custom("an unknown outcome")),
    }
}
