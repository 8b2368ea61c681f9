//! Keys: of the table, and of an index.

use crate::dms::Type;
use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::View;
use crate::suggest::did_you_mean;

use super::attribute::Drafts;
use super::shape::{self, Text};
use super::{fields, naming};

const KEY_TYPES: &[&str] = &["S", "N", "B"];

/// A key as far as it could be read.
pub(super) struct Key<'t> {
    pub view: View<'t>,
    pub name: Option<Text<'t>>,
    /// Position of the attribute that it names.
    pub at: Option<usize>,
}

/// The keys of the table.
#[derive(Default)]
pub(super) struct Keys<'t> {
    pub partition: Option<Key<'t>>,
    pub sort: Option<Key<'t>>,
    /// `keys` is there and names no sort key. (When it names one that cannot be read, that is another problem.)
    pub no_sort: bool,
}

impl Keys<'_> {
    /// Whether the attribute at this position is a key.
    pub(super) fn contains(&self, at: usize) -> bool {
        [&self.partition, &self.sort].into_iter().flatten().any(|key| key.at == Some(at))
    }
}

/// Reads `keys` of a model.
pub(super) fn read_table<'t>(model: View<'t>, drafts: &Drafts<'t>, problems: &mut Problems) -> Keys<'t> {
    let mut keys = Keys::default();
    let Some(view) = shape::required(model, "keys", problems) else {
        return keys;
    };
    if !shape::object(view, "`keys`", fields::KEYS, problems) {
        return keys;
    }
    let partition = shape::required(view, "partition", problems);
    keys.partition = partition.and_then(|view| read(view, "`partition`", drafts, problems));
    let sort = shape::optional(view, "sort");
    keys.sort = sort.and_then(|view| read(view, "`sort`", drafts, problems));
    keys.no_sort = sort.is_none();
    check_distinct(keys.partition.as_slice(), keys.sort.as_slice(), problems);
    for key in [&keys.partition, &keys.sort].into_iter().flatten() {
        check_table_key(key, drafts, problems);
    }
    keys
}

/// Reads one `{attribute, type}`; none when it is not an object.
pub(super) fn read<'t>(view: View<'t>, label: &str, drafts: &Drafts<'t>, problems: &mut Problems) -> Option<Key<'t>> {
    if !shape::object(view, label, fields::KEY, problems) {
        return None;
    }
    let name = shape::text(view, "attribute", problems);
    let at = name.and_then(|name| drafts.by_name.get(name.text).copied());
    let kind = read_type(view, problems);
    if let (Some(name), None) = (name, at) {
        naming::check(name, "attribute name", problems);
        unknown_attribute(ProblemCode::UnknownKeyAttribute, name, drafts, problems);
    }
    if let (Some((text, kind)), Some(declared)) = (kind, at.and_then(|at| drafts.list[at].kind))
        && declared != kind
    {
        let shown = tick(name.map_or("", |name| name.text));
        let message =
            format!("{shown} has type {} here, but {} among the attributes", kind.as_str(), declared.as_str());
        problems.add(ProblemCode::KeyTypeMismatch, text.view.place(), message);
    }
    Some(Key { view, name, at })
}

fn read_type<'t>(view: View<'t>, problems: &mut Problems) -> Option<(Text<'t>, Type)> {
    let text = shape::text(view, "type", problems)?;
    match Type::parse(text.text).filter(|kind| matches!(kind, Type::S | Type::N | Type::B)) {
        Some(kind) => Some((text, kind)),
        None => {
            shape::unknown(ProblemCode::InvalidKeyType, text, "key type", KEY_TYPES, problems);
            None
        }
    }
}

/// Reports a name that no attribute has.
pub(super) fn unknown_attribute(code: ProblemCode, name: Text, drafts: &Drafts, problems: &mut Problems) {
    if !drafts.listed {
        return;
    }
    let hint = if problems.full() { None } else { did_you_mean(name.text, drafts.names()) };
    let hint = hint.unwrap_or_else(|| "list it in `attributes`".to_owned());
    problems.add_hint(code, name.view.place(), format!("there is no attribute {}", tick(name.text)), hint);
}

/// The attributes in the key of one table or index are all different.
pub(super) fn check_distinct(partition: &[Key], sort: &[Key], problems: &mut Problems) {
    let mut seen: Vec<&str> = Vec::new();
    for (at, key) in partition.iter().chain(sort).enumerate() {
        let Some(name) = key.name else { continue };
        if seen.contains(&name.text) {
            let first = partition.iter().any(|key| key.name.is_some_and(|other| other.text == name.text));
            let message = if first && at >= partition.len() {
                format!("{} cannot be both partition key and sort key", tick(name.text))
            } else {
                format!("{} is in the key twice", tick(name.text))
            };
            problems.add(ProblemCode::SameKeyAttribute, name.view.place(), message);
        }
        seen.push(name.text);
    }
}

/// What a key attribute of the table may not be.
fn check_table_key(key: &Key, drafts: &Drafts, problems: &mut Problems) {
    let Some(draft) = key.at.map(|at| &drafts.list[at]) else {
        return;
    };
    let shown = draft.shown();
    let place = |member: &str| draft.view.get(member).unwrap_or(key.view).place();
    if draft.optional {
        let message = format!("{shown} is a key: an item always has it");
        problems.add(ProblemCode::KeyOptional, place("optional"), message);
    }
    if draft.omit_empty {
        let message = format!("{shown} is a key: it is never left out");
        problems.add(ProblemCode::KeyOmitEmpty, place("omit_empty"), message);
    }
    if draft.json {
        problems.add(ProblemCode::JsonKey, place("json"), format!("{shown} is a key, so it cannot be `json`"));
    }
    if draft.encrypted {
        let message = format!("{shown} is a key, so it cannot be encrypted");
        problems.add(ProblemCode::EncryptedKey, place("encryption"), message);
    }
}

/// What a key attribute of an index may not be. Keys of the table have been checked already.
pub(super) fn check_index_key(key: &Key, drafts: &Drafts, table: &Keys, problems: &mut Problems) {
    let Some(at) = key.at.filter(|at| !table.contains(*at)) else {
        return;
    };
    let Some(name) = key.name else { return };
    let draft = &drafts.list[at];
    let shown = draft.shown();
    if draft.json {
        let message = format!("{shown} is a key of the index, so it cannot be `json`");
        problems.add(ProblemCode::JsonKey, name.view.place(), message);
    }
    if draft.encrypted {
        let message = format!("{shown} is a key of the index, so it cannot be encrypted");
        problems.add(ProblemCode::EncryptedIndexKey, name.view.place(), message);
    }
}
