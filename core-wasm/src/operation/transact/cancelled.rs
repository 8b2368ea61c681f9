//! What it means that a transaction was cancelled.

use super::action::Ready;
use super::plan::{Plan, Row, Stored, taken, unchanged};
use crate::client::Client;
use crate::document::Json;
use crate::error::{Code, Error, Reason, ServiceError};
use crate::operation::prepared::Unchanged;
use crate::operation::refusal::{READ_AGAIN, VERSION_CONFLICT};
use crate::operation::unique::stored_value;
use crate::wire::Refusal;
use crate::wire::reasons::{self, Reason as Cancelled};

/// What is to be done.
pub(super) enum Verdict {
    /// Read the items again and plan anew: they have changed in between, or these sentinels belong to other items.
    Again(Vec<String>),
    /// It has failed; the reasons are by action.
    Failed(Vec<Reason>),
}

/// Looks at what each entry of a plan had to do with the cancellation.
pub(super) fn judge(
    client: &Client,
    actions: &[Ready],
    stored: &[Stored],
    plan: &Plan,
    with_version: bool,
    refusal: &Refusal<'_>,
) -> Verdict {
    let cancelled = refusal.reasons.map(reasons::read).unwrap_or_default();
    let (mut failed, mut foreign, mut stale) = (Vec::new(), Vec::new(), false);
    for (row, reason) in plan.rows.iter().zip(&cancelled) {
        let Some((code, _, message)) = reason.meaning() else { continue };
        let conditional = code == Code::ConditionFailed;
        match row {
            Row::Action(at) => {
                let action = &actions[*at];
                let model = client.model_at(action.prepared.model);
                let changed = |unchanged: &Unchanged<'_>| {
                    let name = &model.attributes[unchanged.attribute].name;
                    !unchanged.holds(reason.item.and_then(|item| stored_value(item, name)))
                };
                if conditional && unchanged(model, action, &stored[*at], with_version).iter().any(changed) {
                    stale = true;
                } else {
                    failed.push(of_action(client, *at, action, reason, Error::new(code, message)));
                }
            }
            Row::Sentinel(held) => match held.claim {
                Some((at, change)) => {
                    let action = &actions[at];
                    let model = client.model_at(action.prepared.model);
                    let change = &action.prepared.changes[change];
                    let path = format!("{}{}", action.members, change.path);
                    let error = if conditional {
                        taken(model, &model.attributes[change.attribute].name)
                    } else {
                        Error::new(code, message)
                    };
                    failed.push(entry(at, reason, error.at(path), None));
                }
                None if conditional => foreign.push(held.name()),
                None => {
                    let at = held.release.unwrap_or_default();
                    failed.push(entry(at, reason, Error::new(code, message).at(&actions[at].at), None));
                }
            },
        }
    }
    match (stale, foreign.is_empty()) {
        // What an item has lost meanwhile, its sentinel has lost as well: that says nothing about whose it will be.
        (true, _) => Verdict::Again(Vec::new()),
        (false, false) => Verdict::Again(foreign),
        (false, true) => Verdict::Failed(failed),
    }
}

fn of_action(client: &Client, at: usize, action: &Ready, reason: &Cancelled<'_>, mut error: Error) -> Reason {
    let model = client.model_at(action.prepared.model);
    let guard = action.prepared.guard;
    let mut path = action.at.clone();
    if error.code() == Code::ConditionFailed {
        error.details_mut().message = "the condition was not met".to_owned();
        if guard.is_version_conflict(model, reason.item) {
            error = Error::new(Code::VersionConflict, VERSION_CONFLICT);
            path = format!("{}/expect_version", action.members);
        }
    }
    entry(at, reason, error.at(path), guard.old(client, model, reason.item))
}

fn entry(index: usize, reason: &Cancelled<'_>, mut error: Error, item: Option<Json>) -> Reason {
    let details = error.details_mut();
    Reason {
        index,
        code: details.code,
        codes: std::mem::take(&mut details.codes),
        message: std::mem::take(&mut details.message),
        path: details.path.take().unwrap_or_default(),
        service: Some(ServiceError { code: reason.code.clone(), message: reason.message.clone() }),
        item,
    }
}

/// Reasons of a transaction of reads.
pub(in crate::operation) fn of_reads(refusal: &Refusal<'_>, at: &str) -> Vec<Reason> {
    let cancelled = refusal.reasons.map(reasons::read).unwrap_or_default();
    let reason = |(index, reason): (usize, &Cancelled<'_>)| {
        let (code, _, message) = reason.meaning()?;
        Some(entry(index, reason, Error::new(code, message).at(format!("{at}/{index}")), None))
    };
    cancelled.iter().enumerate().filter_map(reason).collect()
}

/// The error of a transaction of many actions.
pub(super) fn of_many(mut error: Error, reasons: Vec<Reason>) -> Error {
    let details = error.details_mut();
    let failed: Vec<&Reason> = reasons.iter().filter(|reason| reason.codes.contains(&Code::ConditionFailed)).collect();
    if let Some(first) = failed.first() {
        details.codes = vec![Code::TransactionFailed, Code::ConditionFailed];
        for code in [Code::VersionConflict, Code::UniqueConstraint] {
            if failed.iter().any(|reason| reason.code == code) {
                details.codes.push(code);
            }
        }
        // Several kinds of failed conditions have only that in common.
        let alike = failed.iter().all(|reason| reason.code == first.code);
        details.code = if alike { first.code } else { Code::ConditionFailed };
        if details.code != Code::ConditionFailed {
            details.message.clone_from(&first.message);
        }
        if details.code == Code::VersionConflict {
            details.hint = Some(READ_AGAIN.to_owned());
        }
        details.path = Some(first.path.clone());
    } else if let Some(reason) = reasons.iter().find(|reason| reason.code == details.code) {
        details.path = Some(reason.path.clone());
    }
    details.reasons = reasons;
    error
}

/// The error of a single write that was sent as a transaction: what the write would have said by itself.
pub(super) fn of_one(mut error: Error, mut reasons: Vec<Reason>) -> Error {
    let of_item =
        |reason: &Reason| reason.codes.contains(&Code::ConditionFailed) && reason.code != Code::UniqueConstraint;
    // That the item is there, or not as it should be, comes before what it would have claimed.
    let at = reasons.iter().position(of_item).unwrap_or(0);
    let details = error.details_mut();
    if at < reasons.len() && reasons[at].codes.contains(&Code::ConditionFailed) {
        let reason = reasons.swap_remove(at);
        details.path = (reason.code == Code::UniqueConstraint).then_some(reason.path);
        details.hint = (reason.code == Code::VersionConflict).then(|| READ_AGAIN.to_owned());
        details.code = reason.code;
        details.codes = reason.codes;
        details.message = reason.message;
        details.item = reason.item;
    }
    error
}
