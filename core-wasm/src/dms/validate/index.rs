//! Secondary indexes.

use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::{Value, View};
use crate::dms::{Index, Projection, Version};
use crate::names::Names;

use super::attribute::Drafts;
use super::keys::{self, Key, Keys};
use super::shape::{self, Text};
use super::{fields, naming};

pub(super) const KINDS: &[&str] = &["GSI", "LSI"];
pub(super) const PROJECTIONS: &[&str] = &["ALL", "KEYS_ONLY", "INCLUDE"];

/// DynamoDB's limit of local indexes, and its default quota of global ones.
const MAX_LSIS: usize = 5;
const MAX_GSIS: usize = 20;
/// DynamoDB's limits of attributes projected by name, in one index and in all of a table.
pub(super) const MAX_PROJECTED: usize = 20;
const MAX_PROJECTED_IN_ALL: usize = 100;

/// DynamoDB's limit of partition attributes, and of sort attributes, in the key of one global index.
const MAX_KEY_ATTRIBUTES: usize = 4;

/// Reads the indexes of a model and marks their key attributes; none when one lacks something (and that is reported).
pub(super) fn read_all<'t>(
    model: View<'t>,
    drafts: &mut Drafts<'t>,
    table: &Keys,
    version: Option<Version>,
    problems: &mut Problems,
) -> Option<Vec<Index>> {
    let Some(list) = shape::optional_list(model, "indexes", problems) else {
        return Some(Vec::new());
    };
    let mut names: Names = Names::new();
    let mut indexes = Some(Vec::new());
    let (mut locals, mut globals) = (0, 0);
    for view in list.elements() {
        let read = read(view, drafts, table, version, problems);
        if let Some(name) = read.name {
            match names.get(name.text) {
                None => _ = names.insert(name.text.into(), view.at().line as usize),
                Some(line) => {
                    let message = format!("the index {} is here twice, first in line {line}", tick(name.text));
                    problems.add(ProblemCode::DuplicateIndex, name.view.place(), message);
                }
            }
        }
        match read.local {
            Some(true) => locals += 1,
            Some(false) => globals += 1,
            None => {}
        }
        let index = read.compile();
        indexes = indexes.zip(index).map(|(mut indexes, index)| {
            indexes.push(index);
            indexes
        });
    }
    for index in indexes.iter().flatten() {
        for at in index.keys() {
            drafts.list[at].index_key = true;
        }
    }
    check_counts(list, locals, globals, indexes.as_deref().unwrap_or_default(), problems);
    indexes
}

/// An index as far as it could be read.
struct Read<'t> {
    name: Option<Text<'t>>,
    local: Option<bool>,
    partition: Vec<Key<'t>>,
    sort: Vec<Key<'t>>,
    /// The index has no sort key. (When it has one that cannot be read, that is another problem.)
    no_sort: bool,
    projection: Projection,
}

impl Read<'_> {
    fn compile(&self) -> Option<Index> {
        let positions = |keys: &[Key]| keys.iter().map(|key| key.at).collect::<Option<Vec<_>>>();
        Some(Index {
            name: self.name?.text.to_owned(),
            local: self.local?,
            partition: positions(&self.partition).filter(|keys| !keys.is_empty())?,
            sort: positions(&self.sort)?,
            projection: self.projection.clone(),
        })
    }
}

fn read<'t>(
    view: View<'t>,
    drafts: &Drafts<'t>,
    table: &Keys,
    version: Option<Version>,
    problems: &mut Problems,
) -> Read<'t> {
    let mut read = Read {
        name: None,
        local: None,
        partition: Vec::new(),
        sort: Vec::new(),
        no_sort: false,
        projection: Projection::All,
    };
    if !shape::object(view, "the index", fields::INDEX, problems) {
        return read;
    }
    read.name = shape::text(view, "name", problems);
    if let Some(name) = read.name {
        naming::check_resource(ProblemCode::InvalidIndexName, name, "index", problems);
    }
    if let Some(kind) = shape::text(view, "type", problems) {
        match kind.text {
            "GSI" => read.local = Some(false),
            "LSI" => read.local = Some(true),
            _ => shape::unknown(ProblemCode::UnknownIndexType, kind, "index type", KINDS, problems),
        }
    }
    if let Some(view) = shape::required(view, "partition", problems) {
        read.partition = read_parts(view, "partition", drafts, version, problems);
        if matches!(view.value(), Value::List(_)) && read.partition.is_empty() {
            problems.add(ProblemCode::EmptyValue, view.place(), "`partition` is empty".to_owned());
        }
    }
    let sort = shape::optional(view, "sort");
    read.sort = sort.map_or_else(Vec::new, |view| read_parts(view, "sort", drafts, version, problems));
    read.no_sort = read.sort.is_empty();
    keys::check_distinct(&read.partition, &read.sort, problems);
    for key in read.partition.iter().chain(&read.sort) {
        keys::check_index_key(key, drafts, table, problems);
    }
    if read.local == Some(true) {
        check_local(view, &read, table, problems);
    }
    let own: Vec<usize> = read.partition.iter().chain(&read.sort).filter_map(|key| key.at).collect();
    read.projection = read_projection(view, drafts, |at| own.contains(&at) || table.contains(at), problems);
    read
}

/// Reads one key attribute, or since 0.3 a list of them. What cannot be read is in the result all the same, without a name.
fn read_parts<'t>(
    view: View<'t>,
    member: &str,
    drafts: &Drafts<'t>,
    version: Option<Version>,
    problems: &mut Problems,
) -> Vec<Key<'t>> {
    let read = |view: View<'t>, label: &str, problems: &mut Problems| {
        keys::read(view, label, drafts, problems).unwrap_or(Key { view, name: None, at: None })
    };
    if !matches!(view.value(), Value::List(_)) {
        return vec![read(view, &format!("`{member}`"), problems)];
    }
    shape::since(Version::V0_3, version, view, "a list of key attributes", problems);
    let parts: Vec<_> = view.elements().map(|view| read(view, "the key attribute", problems)).collect();
    if parts.len() > MAX_KEY_ATTRIBUTES {
        let message = format!("`{member}` has {} attributes, {MAX_KEY_ATTRIBUTES} are allowed", parts.len());
        problems.add(ProblemCode::TooManyKeyAttributes, view.place(), message);
    }
    parts
}

fn check_local(view: View, read: &Read, table: &Keys, problems: &mut Problems) {
    if let Some(more) = read.partition.get(1).or(read.sort.get(1)) {
        let message = "a local secondary index has one partition and one sort attribute".to_owned();
        let hint = "use a `GSI` for several attributes in a key";
        problems.add_hint(ProblemCode::LsiSeveralAttributes, more.view.place(), message, hint);
    }
    let first = read.partition.first();
    let names = (first.and_then(|key| key.name), table.partition.as_ref().and_then(|key| key.name));
    if let (Some(own), Some(of_table)) = names
        && own.text != of_table.text
    {
        let message = format!(
            "a local secondary index has the partition key of the table, {}, not {}",
            tick(of_table.text),
            tick(own.text)
        );
        problems.add_hint(
            ProblemCode::LsiPartition,
            own.view.place(),
            message,
            "use a `GSI` for another partition key",
        );
    }
    if read.no_sort {
        let message = "a local secondary index has a sort key".to_owned();
        problems.add_hint(ProblemCode::LsiWithoutSort, view.place(), message, "add `sort`");
    }
    if table.no_sort {
        let message = "a local secondary index needs a table with a sort key".to_owned();
        problems.add_hint(ProblemCode::LsiOnSimpleKey, view.place(), message, "add `keys.sort`, or use a `GSI`");
    }
}

fn read_projection(
    index: View,
    drafts: &Drafts,
    is_key: impl Fn(usize) -> bool,
    problems: &mut Problems,
) -> Projection {
    let Some(view) = shape::optional(index, "projection") else {
        return Projection::All;
    };
    if !shape::object(view, "`projection`", fields::PROJECTION, problems) {
        return Projection::All;
    }
    let kind = shape::optional_text(view, "type", problems);
    let kind_text = kind.map_or("ALL", |kind| kind.text);
    if let Some(kind) = kind.filter(|kind| !PROJECTIONS.contains(&kind.text)) {
        shape::unknown(ProblemCode::UnknownProjection, kind, "projection type", PROJECTIONS, problems);
    }
    let list = shape::optional_list(view, "fields", problems);
    let written = list.is_some_and(|list| list.elements().next().is_some());
    let fields = list.map_or_else(Vec::new, |list| {
        let is_key = |at| kind_text == "INCLUDE" && is_key(at);
        read_fields(list, drafts, is_key, problems)
    });
    match kind_text {
        "INCLUDE" => {
            if fields.is_empty() {
                let message = "the projection `INCLUDE` has no fields besides keys".to_owned();
                let hint = "list attributes in `fields`, or write `KEYS_ONLY`";
                problems.add_hint(ProblemCode::IncludeWithoutFields, view.place(), message, hint);
            }
            Projection::Include(fields)
        }
        kind if written && PROJECTIONS.contains(&kind) => {
            let place = list.unwrap_or(view).place();
            let message = format!("`fields` has no effect with projection `{kind}`");
            problems.add_hint(
                ProblemCode::FieldsWithoutInclude,
                place,
                message,
                "write `INCLUDE`, or leave `fields` out",
            );
            if kind == "ALL" { Projection::All } else { Projection::KeysOnly }
        }
        "KEYS_ONLY" => Projection::KeysOnly,
        _ => Projection::All,
    }
}

/// The projected attributes besides keys, each once.
fn read_fields(list: View, drafts: &Drafts, is_key: impl Fn(usize) -> bool, problems: &mut Problems) -> Vec<String> {
    let mut fields = Vec::new();
    let mut seen: Names = Names::new();
    for view in list.elements() {
        let Some(name) = shape::as_text(view, "the field", problems) else {
            continue;
        };
        match drafts.by_name.get(name.text) {
            None => {
                naming::check(name, "field name", problems);
                keys::unknown_attribute(ProblemCode::UnknownProjectionField, name, drafts, problems);
            }
            Some(at) if is_key(*at) => {
                let message = format!("{} is a key: it is in the index anyway", tick(name.text));
                problems.add(ProblemCode::ProjectedKey, view.place(), message);
                continue;
            }
            Some(_) => {}
        }
        if seen.insert(name.text.into(), 0).is_some() {
            let message = format!("the field {} is here twice", tick(name.text));
            problems.add(ProblemCode::RepeatedProjectionField, view.place(), message);
            continue;
        }
        fields.push(name.text.to_owned());
    }
    if fields.len() > MAX_PROJECTED {
        let message = format!("{} fields are projected, {MAX_PROJECTED} are allowed in one index", fields.len());
        problems.add_hint(ProblemCode::TooManyProjected, list.place(), message, "write `ALL`");
    }
    fields
}

fn check_counts(list: View, locals: usize, globals: usize, indexes: &[Index], problems: &mut Problems) {
    if locals > MAX_LSIS {
        let message = format!("the table has {locals} local secondary indexes, {MAX_LSIS} are allowed");
        problems.add(ProblemCode::TooManyLsis, list.place(), message);
    }
    if globals > MAX_GSIS {
        let message = format!("the table has {globals} global secondary indexes, the default quota is {MAX_GSIS}");
        problems.add_hint(ProblemCode::TooManyGsis, list.place(), message, "ask for a higher quota of the account");
    }
    let projected: usize = indexes
        .iter()
        .map(|index| match &index.projection {
            Projection::Include(fields) => fields.len(),
            _ => 0,
        })
        .sum();
    if projected > MAX_PROJECTED_IN_ALL {
        let message = format!("{projected} fields are projected in all indexes, {MAX_PROJECTED_IN_ALL} are allowed");
        problems.add_hint(ProblemCode::TooManyProjected, list.place(), message, "write `ALL`");
    }
}
