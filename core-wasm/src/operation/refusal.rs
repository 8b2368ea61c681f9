//! What a failed condition means.

use super::Context;
use crate::client::Client;
use crate::dms::Model;
use crate::document::Json;
use crate::error::{Code, Error};
use crate::json::{Raw, Reader};
use crate::value::Decimal;
use crate::value::Decoder;
use crate::wire::Refusal;

/// What a write was guarded by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Guard {
    /// The version that was expected.
    pub(super) expected: Option<i64>,
    /// There were other conditions too.
    pub(super) others: bool,
    /// The caller wants to see the item that failed the condition.
    pub(super) wants_old: bool,
}

impl Guard {
    /// The error of a refused write.
    pub(super) fn explain(&self, context: &Context<'_>, model: &Model, refusal: Refusal<'_>) -> Error {
        let mut error = refusal.error;
        if error.code() != Code::ConditionFailed {
            return error;
        }
        let old = refusal.old_item.map(Raw::get);
        if self.is_version_conflict(model, old) {
            let details = error.details_mut();
            details.code = Code::VersionConflict;
            details.codes = vec![Code::ConditionFailed, Code::VersionConflict];
            details.message = VERSION_CONFLICT.to_owned();
            details.hint = Some(READ_AGAIN.to_owned());
        }
        error.details_mut().item = self.old(context.client, model, old);
        error
    }

    /// Whether it was the expected version that made the condition fail.
    pub(super) fn is_version_conflict(&self, model: &Model, old: Option<&str>) -> bool {
        self.expected
            .is_some_and(|expected| !self.others || old.is_none_or(|old| version(model, old) != Some(expected)))
    }

    /// The old item, plain, if the caller wants to see it.
    pub(super) fn old(&self, client: &Client, model: &Model, old: Option<&str>) -> Option<Json> {
        let old = old.filter(|_| self.wants_old)?;
        let decoder = Decoder { model, numbers: client.settings().numbers, raw: false };
        let mut plain = String::new();
        decoder.item(&mut Reader::new(old), &mut plain).ok()?;
        Some(Json::known(plain))
    }
}

/// What is said of a version conflict.
pub(super) const VERSION_CONFLICT: &str = "the stored version is not the expected one";
/// What helps against it.
pub(super) const READ_AGAIN: &str = "read the item again and repeat the change on it";

/// The version in a stored item.
pub(super) fn version(model: &Model, item: &str) -> Option<i64> {
    let text = text_of(&model.attributes[model.version?].name, "N", item)?;
    Decimal::parse(&text).ok()?.plain().parse().ok()
}

/// The text of one attribute of a stored item, if it has this type.
pub(super) fn text_of(attribute: &str, kind: &str, item: &str) -> Option<String> {
    let mut reader = Reader::new(item);
    let mut members = reader.object().ok()?;
    while let Some(name) = members.next(&mut reader).ok()? {
        if name.decode() != attribute {
            reader.skip().ok()?;
            continue;
        }
        let mut value = reader.object().ok()?;
        let tag = value.next(&mut reader).ok()??;
        return if tag.raw() == kind { Some(reader.string().ok()?.decode().into_owned()) } else { None };
    }
    None
}
