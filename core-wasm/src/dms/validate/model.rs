//! One model: the parts are read and checked in their own files, and put together here.

use crate::dms::model::ByName;
use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::View;
use crate::dms::{Model, Version};
use crate::names::Names;

use super::attribute::{self, Drafts};
use super::keys::{self, Keys};
use super::{fields, index, naming, roles, shape, unique};

pub(super) const MODES: &[&str] = &["mutable", "write_once"];

/// Reads a model; none when something it cannot do without is missing (and reported).
pub(super) fn read(view: View, version: Option<Version>, problems: &mut Problems) -> Option<Model> {
    if !shape::object(view, "the model", fields::MODEL, problems) {
        return None;
    }
    let name = shape::text(view, "name", problems);
    if let Some(name) = name {
        naming::check(name, "model name", problems);
    }
    let table = read_table_name(view, problems);
    let convention = read_convention(view, problems);
    let mut drafts = attribute::read_all(view, version, convention, problems);
    let keys = keys::read_table(view, &drafts, problems);
    let indexes = index::read_all(view, &mut drafts, &keys, version, problems);
    let found = roles::check(&mut drafts, &keys, problems);
    unique::check(&drafts, &keys, problems);
    let write_once = read_write_policy(view, &mut drafts, &keys, problems);

    let attributes = drafts.list.iter().map(attribute::Draft::compile).collect::<Option<Vec<_>>>()?;
    let by_name = ByName::of(&attributes);
    let sort = match keys.sort {
        Some(key) => Some(key.at?),
        None => None,
    };
    Some(Model {
        name: name?.text.to_owned(),
        table: table?.to_owned(),
        version_of_dms: version?,
        naming: convention.to_owned(),
        attributes,
        by_name,
        partition: keys.partition?.at?,
        sort,
        created_at: found.created_at,
        updated_at: found.updated_at,
        version: found.version,
        ttl: found.ttl,
        write_once,
        indexes: indexes?,
    })
}

fn read_table_name<'t>(model: View<'t>, problems: &mut Problems) -> Option<&'t str> {
    let table = shape::required(model, "table", problems)?;
    if !shape::object(table, "`table`", fields::TABLE, problems) {
        return None;
    }
    let name = shape::text(table, "name", problems)?;
    naming::check_resource(ProblemCode::InvalidTableName, name, "table", problems);
    Some(name.text)
}

/// The convention as written, or the default.
fn read_convention<'t>(model: View<'t>, problems: &mut Problems) -> &'t str {
    let default = naming::CONVENTIONS[0];
    let Some(view) = shape::optional(model, "naming") else {
        return default;
    };
    if !shape::object(view, "`naming`", fields::NAMING, problems) {
        return default;
    }
    let Some(text) = shape::optional_text(view, "convention", problems) else {
        return default;
    };
    if !naming::CONVENTIONS.contains(&text.text) {
        let known = naming::CONVENTIONS;
        shape::unknown(ProblemCode::UnknownConvention, text, "naming convention", known, problems);
        return default;
    }
    text.text
}

/// Whether the model is `write_once`; marks the protected attributes.
fn read_write_policy(model: View, drafts: &mut Drafts, keys: &Keys, problems: &mut Problems) -> bool {
    let Some(view) = shape::optional(model, "write_policy") else {
        return false;
    };
    if !shape::object(view, "`write_policy`", fields::WRITE_POLICY, problems) {
        return false;
    }
    read_protected(view, drafts, keys, problems);
    let Some(mode) = shape::optional_text(view, "mode", problems) else {
        return false;
    };
    if !MODES.contains(&mode.text) {
        shape::unknown(ProblemCode::UnknownMode, mode, "write policy mode", MODES, problems);
    }
    mode.text == "write_once"
}

fn read_protected(policy: View, drafts: &mut Drafts, keys: &Keys, problems: &mut Problems) {
    let Some(list) = shape::optional_list(policy, "protected_attributes", problems) else {
        return;
    };
    let mut seen: Names = Names::new();
    for view in list.elements() {
        let Some(name) = shape::as_text(view, "the protected attribute", problems) else {
            continue;
        };
        if seen.insert(name.text.into(), 0).is_some() {
            let message = format!("{} is protected twice", tick(name.text));
            problems.add(ProblemCode::RepeatedProtectedAttribute, view.place(), message);
            continue;
        }
        let Some(&at) = drafts.by_name.get(name.text) else {
            keys::unknown_attribute(ProblemCode::UnknownProtectedAttribute, name, drafts, problems);
            continue;
        };
        let draft = &mut drafts.list[at];
        draft.protected = true;
        if keys.contains(at) || draft.roles.iter().any(|role| role.kind.is_lifecycle()) {
            let message = format!("{} may not be named in an update anyway", tick(name.text));
            problems.add(ProblemCode::IneffectiveProtection, view.place(), message);
        }
    }
}
