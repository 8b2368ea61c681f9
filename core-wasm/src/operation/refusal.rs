//! What a failed condition means.

use serde_json::value::RawValue;

use super::Context;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::json::Reader;
use crate::value::Decoder;
use crate::value::number::Decimal;
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
        let old = refusal.old_item.map(crate::json::Raw::get);
        if let Some(expected) = self.expected
            && (!self.others || old.is_none_or(|old| version(model, old) != Some(expected)))
        {
            let details = error.details_mut();
            details.code = Code::VersionConflict;
            details.codes = vec![Code::ConditionFailed, Code::VersionConflict];
            details.message = "the stored version is not the expected one".to_owned();
            details.hint = Some("read the item again and repeat the change on it".to_owned());
        }
        if self.wants_old
            && let Some(old) = old
        {
            let decoder = Decoder { model, numbers: context.client.settings().numbers, raw: false };
            let mut plain = String::new();
            if decoder.item(&mut Reader::new(old), &mut plain).is_ok() {
                error.details_mut().item = RawValue::from_string(plain).ok();
            }
        }
        error
    }
}

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
