//! One attribute.

use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::{Value, View};
use crate::dms::{Attribute, Format, Type, Version};
use crate::json::{Padded, push_quoted};
use crate::names::Names;

use super::roles::{self, Role};
use super::shape::{self, Text};
use super::{fields, naming};

pub(super) const TYPES: &[&str] = &["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];
pub(super) const FORMATS: &[&str] = &["rfc3339nano", "unix_seconds", "int", "decimal_string"];

/// An attribute as far as it could be read.
pub(super) struct Draft<'t> {
    pub view: View<'t>,
    pub name: Option<Text<'t>>,
    pub kind: Option<Type>,
    pub required: bool,
    pub optional: bool,
    pub omit_empty: bool,
    pub json: bool,
    pub binary: bool,
    pub encrypted: bool,
    pub protected: bool,
    pub unique: bool,
    pub index_key: bool,
    pub format: Option<Format>,
    pub roles: Vec<Role<'t>>,
}

impl Draft<'_> {
    /// Its name in back-ticks, for messages.
    pub(super) fn shown(&self) -> String {
        tick(self.name.map_or("", |name| name.text))
    }

    /// The compiled attribute, when nothing is missing.
    pub(super) fn compile(&self) -> Option<Attribute> {
        let name = self.name?.text;
        let mut quoted = String::new();
        push_quoted(&mut quoted, name);
        Some(Attribute {
            name: name.to_owned(),
            lead: Padded::new(&[",", &quoted, ":"]),
            kind: self.kind?,
            required: self.required,
            optional: self.optional,
            omit_empty: self.omit_empty,
            json: self.json,
            binary: self.binary,
            encrypted: self.encrypted,
            protected: self.protected,
            unique: self.unique,
            format: self.format,
            index_key: self.index_key,
            roles: self.roles.iter().map(|role| role.text.text.to_owned()).collect(),
        })
    }
}

/// The attributes of a model, and the position of each by its name.
pub(super) struct Drafts<'t> {
    pub list: Vec<Draft<'t>>,
    pub by_name: Names<'t>,
    /// There is a list of attributes. Without one, a name that is not in it is no problem of its own.
    pub listed: bool,
}

impl<'t> Drafts<'t> {
    /// The names, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }
}

/// Reads the attributes of a model.
pub(super) fn read_all<'t>(
    model: View<'t>,
    version: Option<Version>,
    convention: &str,
    problems: &mut Problems,
) -> Drafts<'t> {
    let mut drafts = Drafts { list: Vec::new(), by_name: Names::new(), listed: false };
    let Some(list) = shape::list(model, "attributes", problems) else {
        return drafts;
    };
    drafts.listed = true;
    for view in list.elements() {
        if !shape::object(view, "the attribute", fields::ATTRIBUTE, problems) {
            continue;
        }
        let draft = read(view, version, convention, problems);
        if let Some(name) = draft.name {
            let at = drafts.list.len();
            let first = *drafts.by_name.entry(name.text.into()).or_insert(at);
            if first != at {
                let line = drafts.list[first].view.at().line;
                let message = format!("the attribute {} is here twice, first in line {line}", tick(name.text));
                problems.add(ProblemCode::DuplicateAttribute, name.view.place(), message);
            }
        }
        drafts.list.push(draft);
    }
    drafts
}

fn read<'t>(view: View<'t>, version: Option<Version>, convention: &str, problems: &mut Problems) -> Draft<'t> {
    let name = shape::text(view, "attribute", problems);
    if let Some(name) = name
        && naming::check(name, "attribute name", problems)
    {
        naming::check_convention(name, convention, problems);
    }
    let kind_text = shape::text(view, "type", problems);
    let kind = kind_text.and_then(|text| Type::parse(text.text));
    if let (Some(text), None) = (kind_text, kind) {
        shape::unknown(ProblemCode::UnknownType, text, "type", TYPES, problems);
    }
    let draft = Draft {
        view,
        name,
        kind,
        required: shape::flag(view, "required", problems),
        optional: shape::flag(view, "optional", problems),
        omit_empty: shape::flag(view, "omit_empty", problems),
        json: shape::flag(view, "json", problems),
        binary: shape::flag(view, "binary", problems),
        encrypted: encrypted(view, problems),
        protected: false,
        unique: unique(view, version, problems),
        index_key: false,
        format: read_format(view, kind, problems),
        roles: roles::read(view, problems),
    };
    if let Some(tags) = shape::optional(view, "tags")
        && !matches!(tags.value(), Value::Map(_))
    {
        shape::wrong_type(tags, "`tags`", "an object", problems);
    }
    check_flags(&draft, version, problems);
    draft
}

/// Whether the attribute is encrypted. Anything but an object is refused: to take `encryption:` with nothing behind it
/// for "no" would store in clear what someone meant to be encrypted.
fn encrypted(view: View, problems: &mut Problems) -> bool {
    let Some(encryption) = view.get("encryption") else {
        return false;
    };
    if !matches!(encryption.value(), Value::Map(_) | Value::Unusable) {
        let message = "`encryption` must be an object".to_owned();
        let hint = "write `encryption: { v: 1 }`, or leave it out";
        problems.add_hint(ProblemCode::WrongType, encryption.place(), message, hint);
    }
    true
}

/// Whether no two items may have the same value of it. In a version that has no such thing it would silently not be so.
fn unique(view: View, version: Option<Version>, problems: &mut Problems) -> bool {
    let Some(member) = shape::optional(view, "unique") else {
        return false;
    };
    let flag = shape::flag(view, "unique", problems);
    shape::since(Version::V0_3, version, member, "`unique`", problems) && flag
}

fn read_format(view: View, kind: Option<Type>, problems: &mut Problems) -> Option<Format> {
    let text = shape::optional_text(view, "format", problems)?;
    let Some(format) = Format::parse(text.text) else {
        shape::unknown(ProblemCode::UnknownFormat, text, "format", FORMATS, problems);
        return None;
    };
    let (fits, wanted) = match format {
        Format::Rfc3339Nano => (kind == Some(Type::S), "S"),
        Format::UnixSeconds => (kind == Some(Type::N), "N"),
        Format::Int | Format::DecimalString => (matches!(kind, Some(Type::N | Type::Ns)), "N or NS"),
    };
    if let Some(kind) = kind.filter(|_| !fits) {
        let message = format!("format `{}` goes with type {wanted}, not {}", format.as_str(), kind.as_str());
        problems.add(ProblemCode::FormatType, text.view.place(), message);
    }
    Some(format)
}

fn check_flags(draft: &Draft, version: Option<Version>, problems: &mut Problems) {
    let mut report = |code, member: &str, message: String| {
        let place = draft.view.get(member).unwrap_or(draft.view).place();
        problems.add(code, place, message);
    };
    let shown = draft.shown();
    if draft.required && draft.optional {
        report(
            ProblemCode::RequiredAndOptional,
            "optional",
            format!("{shown} cannot be both `required` and `optional`"),
        );
    }
    if draft.required && draft.omit_empty {
        let message = format!("{shown} is `required`, but an empty value is left out");
        report(ProblemCode::RequiredOmitEmpty, "omit_empty", message);
    }
    if draft.json && draft.binary {
        report(ProblemCode::JsonAndBinary, "binary", format!("{shown} cannot be both `json` and `binary`"));
    }
    let Some(kind) = draft.kind else { return };
    if draft.binary && kind != Type::B {
        report(
            ProblemCode::BinaryType,
            "binary",
            format!("{shown} is `binary`, so its type is B, not {}", kind.as_str()),
        );
    }
    if draft.json && !carries_json(kind, version) {
        let wanted = if version == Some(Version::V0_1) { "S" } else { "S, N, BOOL, NULL, L or M" };
        report(
            ProblemCode::JsonType,
            "json",
            format!("{shown} is `json`, so its type is {wanted}, not {}", kind.as_str()),
        );
    }
}

/// 0.1 keeps JSON as text; since 0.2 it may be stored as it is.
fn carries_json(kind: Type, version: Option<Version>) -> bool {
    match version {
        Some(Version::V0_1) => kind == Type::S,
        _ => matches!(kind, Type::S | Type::N | Type::Bool | Type::Null | Type::L | Type::M),
    }
}
