//! Unique attributes: what can be kept unique by records beside the items.

use crate::dms::Type;
use crate::dms::problem::{ProblemCode, Problems};

use super::attribute::{Draft, Drafts};
use super::keys::Keys;
use super::roles::Kind;

/// Checks the attributes that are `unique`, and the table that is to hold the records of their values.
pub(super) fn check(drafts: &Drafts, keys: &Keys, problems: &mut Problems) {
    let mut table_reported = false;
    for (at, draft) in drafts.list.iter().enumerate().filter(|(_, draft)| draft.unique) {
        check_attribute(draft, keys.contains(at), problems);
        let place = || draft.view.get("unique").unwrap_or(draft.view).place();
        if !std::mem::replace(&mut table_reported, true) {
            if let Some(key) = key_of_other_type(drafts, keys) {
                let message = format!("unique values are kept in the table, so its key {} is of type S", key.shown());
                let hint = "make the keys of the table strings, or keep values unique by a table of their own";
                problems.add_hint(ProblemCode::UniqueTableKey, place(), message, hint);
            }
            if drafts.list.iter().any(|draft| draft.roles.iter().any(|role| role.kind == Kind::Ttl)) {
                let message = "an item that expires leaves its unique values taken".to_owned();
                let hint = "delete such items by a call, or do without `unique` or without `ttl`";
                problems.add_hint(ProblemCode::UniqueTtl, place(), message, hint);
            }
        }
    }
}

fn check_attribute(draft: &Draft, is_key: bool, problems: &mut Problems) {
    let shown = draft.shown();
    let mut report = |code, message: String| {
        let place = draft.view.get("unique").unwrap_or(draft.view).place();
        problems.add(code, place, message);
    };
    match draft.kind {
        Some(kind) if !matches!(kind, Type::S | Type::N | Type::B) => {
            report(
                ProblemCode::UniqueType,
                format!("{shown} is `unique`, so its type is S, N or B, not {}", kind.as_str()),
            );
        }
        _ if draft.json => report(ProblemCode::UniqueType, format!("{shown} is `unique`, so it cannot be `json`")),
        _ => {}
    }
    if is_key {
        report(ProblemCode::UniqueKey, format!("{shown} is a key of the table, so it cannot be `unique` by itself"));
    }
    if draft.encrypted {
        report(ProblemCode::UniqueEncrypted, format!("{shown} is encrypted, so it cannot be `unique`"));
    }
    if let Some(role) = draft.roles.iter().find(|role| role.kind.needs().is_some()) {
        report(ProblemCode::UniqueRole, format!("{shown} has the role `{}`, so it cannot be `unique`", role.text.text));
    }
}

/// A key of the table that is not of type S.
fn key_of_other_type<'d, 't>(drafts: &'d Drafts<'t>, keys: &Keys) -> Option<&'d Draft<'t>> {
    let keys = [&keys.partition, &keys.sort].into_iter().flatten();
    keys.filter_map(|key| key.at)
        .map(|at| &drafts.list[at])
        .find(|draft| draft.kind.is_some_and(|kind| kind != Type::S))
}
