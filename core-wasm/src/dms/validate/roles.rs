//! Roles: what an attribute is to the library, and whether it can be that.

use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::{Place, View};
use crate::dms::{Format, Type};

use super::attribute::{Draft, Drafts};
use super::keys::Keys;
use super::shape::{self, Text};

pub(super) const ROLES: &[&str] = &["pk", "sk", "created_at", "updated_at", "version", "ttl"];

/// A role of an attribute.
pub(super) struct Role<'t> {
    pub text: Text<'t>,
    pub kind: Kind,
}

/// What the role is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pk,
    Sk,
    CreatedAt,
    UpdatedAt,
    Version,
    Ttl,
    /// `index_pk:…`, `index_sk:…`: nobody reads them.
    Unused,
    Unknown,
}

impl Kind {
    fn parse(text: &str) -> Kind {
        match text {
            "pk" => Kind::Pk,
            "sk" => Kind::Sk,
            "created_at" => Kind::CreatedAt,
            "updated_at" => Kind::UpdatedAt,
            "version" => Kind::Version,
            "ttl" => Kind::Ttl,
            _ if text.starts_with("index_pk:") || text.starts_with("index_sk:") => Kind::Unused,
            _ => Kind::Unknown,
        }
    }

    /// Attributes of this role are written by the library alone.
    pub(super) fn is_lifecycle(self) -> bool {
        matches!(self, Kind::CreatedAt | Kind::UpdatedAt | Kind::Version)
    }

    pub(super) fn needs(self) -> Option<(Type, Format)> {
        match self {
            Kind::CreatedAt | Kind::UpdatedAt => Some((Type::S, Format::Rfc3339Nano)),
            Kind::Version => Some((Type::N, Format::Int)),
            Kind::Ttl => Some((Type::N, Format::UnixSeconds)),
            _ => None,
        }
    }
}

/// Reads the roles of one attribute.
pub(super) fn read<'t>(attribute: View<'t>, problems: &mut Problems) -> Vec<Role<'t>> {
    let mut roles: Vec<Role> = Vec::new();
    let Some(list) = shape::optional_list(attribute, "roles", problems) else {
        return roles;
    };
    for view in list.elements() {
        let Some(text) = shape::as_text(view, "the role", problems) else {
            continue;
        };
        let kind = Kind::parse(text.text);
        match kind {
            Kind::Unknown => shape::unknown(ProblemCode::UnknownRole, text, "role", ROLES, problems),
            Kind::Unused => {
                let message = format!("the role {} has no effect", tick(text.text));
                problems.add_hint(
                    ProblemCode::UnusedRole,
                    view.place(),
                    message,
                    "`indexes` names the keys of an index",
                );
            }
            // Few roles are different from one another, so this stays short.
            _ if roles.iter().any(|role| role.kind == kind) => {
                let message = format!("the role {} is here twice", tick(text.text));
                problems.add(ProblemCode::RepeatedRole, view.place(), message);
                continue;
            }
            _ => {}
        }
        roles.push(Role { text, kind });
    }
    roles
}

/// Attributes by role.
#[derive(Default)]
pub(super) struct Roles {
    pub created_at: Option<usize>,
    pub updated_at: Option<usize>,
    pub version: Option<usize>,
    pub ttl: Option<usize>,
    pk: Option<usize>,
    sk: Option<usize>,
}

impl Roles {
    fn slot(&mut self, kind: Kind) -> Option<&mut Option<usize>> {
        match kind {
            Kind::Pk => Some(&mut self.pk),
            Kind::Sk => Some(&mut self.sk),
            Kind::CreatedAt => Some(&mut self.created_at),
            Kind::UpdatedAt => Some(&mut self.updated_at),
            Kind::Version => Some(&mut self.version),
            Kind::Ttl => Some(&mut self.ttl),
            Kind::Unused | Kind::Unknown => None,
        }
    }
}

/// Checks the roles of a model together and settles the formats that they imply.
pub(super) fn check(drafts: &mut Drafts, keys: &Keys, problems: &mut Problems) -> Roles {
    let mut found = Roles::default();
    for at in 0..drafts.list.len() {
        let draft = &drafts.list[at];
        for role in &draft.roles {
            let Some(slot) = found.slot(role.kind) else {
                continue;
            };
            match *slot {
                None => *slot = Some(at),
                Some(first) => {
                    let message = format!(
                        "{} and {} both have the role `{}`",
                        drafts.list[first].shown(),
                        draft.shown(),
                        role.text.text
                    );
                    problems.add(ProblemCode::DuplicateRole, role.text.view.place(), message);
                }
            }
            check_key_role(draft, at, role, keys, problems);
            check_needs(draft, role, problems);
        }
        check_conflicts(draft, at, keys, problems);
        if let Some((_, format)) = draft.roles.iter().find_map(|role| role.kind.needs()) {
            imply_format(&mut drafts.list[at], format);
        }
    }
    found
}

/// Times and versions are what their role says; only the plain `int` of a version adds nothing.
fn imply_format(draft: &mut Draft, format: Format) {
    if format != Format::Int || draft.format.is_some() {
        draft.format = Some(format);
    }
}

fn check_key_role(draft: &Draft, at: usize, role: &Role, keys: &Keys, problems: &mut Problems) {
    let (key, member) = match role.kind {
        Kind::Pk => (&keys.partition, "keys.partition"),
        Kind::Sk => (&keys.sort, "keys.sort"),
        _ => return,
    };
    let message = match key {
        Some(key) if key.at == Some(at) || key.name.is_none() => return,
        Some(key) => {
            let named = tick(key.name.map_or("", |name| name.text));
            format!("{} has the role `{}`, but `{member}` names {named}", draft.shown(), role.text.text)
        }
        None if role.kind == Kind::Pk || !keys.no_sort => return,
        None => format!("{} has the role `{}`, but there is no `{member}`", draft.shown(), role.text.text),
    };
    problems.add(ProblemCode::RoleKeyMismatch, role.text.view.place(), message);
}

fn check_needs(draft: &Draft, role: &Role, problems: &mut Problems) {
    let Some((kind, format)) = role.kind.needs() else {
        return;
    };
    let shown = draft.shown();
    let text = role.text.text;
    let place = || -> Place { role.text.view.place() };
    if let Some(wrong) = draft.kind.filter(|found| *found != kind) {
        let message =
            format!("{shown} has the role `{text}`, so its type is {}, not {}", kind.as_str(), wrong.as_str());
        problems.add(ProblemCode::RoleType, place(), message);
    } else if let Some(wrong) = draft.format.filter(|found| *found != format) {
        let message =
            format!("{shown} has the role `{text}`, so its format is `{}`, not `{}`", format.as_str(), wrong.as_str());
        problems.add(ProblemCode::RoleFormat, place(), message);
    }
    if draft.encrypted {
        let message = format!("{shown} has the role `{text}`, so it cannot be encrypted");
        problems.add(ProblemCode::RoleEncrypted, place(), message);
    }
    if draft.json {
        problems.add(ProblemCode::RoleJson, place(), format!("{shown} has the role `{text}`, so it cannot be `json`"));
    }
}

fn check_conflicts(draft: &Draft, at: usize, keys: &Keys, problems: &mut Problems) {
    let mut report = |role: &Role, with: &str| {
        let message = format!("{} cannot have the role `{}` and be {with}", draft.shown(), role.text.text);
        problems.add(ProblemCode::ConflictingRoles, role.text.view.place(), message);
    };
    let mut first: Option<&Role> = None;
    for role in draft.roles.iter().filter(|role| role.kind.needs().is_some()) {
        match first {
            Some(first) => report(role, &format!("`{}` too", first.text.text)),
            None => first = Some(role),
        }
        // A key never changes, and the library would write these on its own.
        if role.kind.is_lifecycle() && keys.contains(at) {
            report(role, "a key");
        }
    }
    let is = |kind: Kind| draft.roles.iter().find(|role| role.kind == kind);
    if let (Some(_), Some(sk)) = (is(Kind::Pk), is(Kind::Sk)) {
        report(sk, "`pk` too");
    }
}
