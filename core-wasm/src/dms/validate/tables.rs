//! Models that share a table must describe the same table.

use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::View;
use crate::dms::{Index, Model, Projection};
use crate::names::Names;

use super::index::MAX_PROJECTED;

/// Compares each model with the first one of its table. Warnings only: a client may give them different tables.
pub(super) fn check(views: &[View], models: &[Option<Model>], problems: &mut Problems) {
    let mut tables: Names = Names::new();
    let mut ttls: Names = Names::new();
    let mut indexes: Names = Names::new();
    let mut first_indexes: Vec<(usize, &Index)> = Vec::new();
    for (at, (view, model)) in views.iter().zip(models).enumerate() {
        let Some(model) = model else { continue };
        let table = model.table.as_str();
        let other = |first: usize| models[first].as_ref().filter(|_| first != at);
        let mut report = |code, member: &str, what: &str, other: &Model| {
            let place = view.get(member).unwrap_or(*view).place();
            let other = tick(&other.name);
            let message = format!("{what} than in the model {other} of the same table");
            problems.add(code, place, message);
        };
        if let Some(other) = other(*tables.entry(table.into()).or_insert(at))
            && !same_keys(model, other)
        {
            report(ProblemCode::TableKeysDiffer, "keys", "other keys", other);
        }
        if let Some(ttl) = ttl(model)
            && let Some(other) = other(*ttls.entry(table.into()).or_insert(at))
            && self::ttl(other) != Some(ttl)
        {
            let what = format!("another `ttl` attribute ({})", tick(ttl));
            report(ProblemCode::TableTtlDiffers, "attributes", &what, other);
        }
        for index in &model.indexes {
            // Neither name has a space in it, or the document is invalid anyway.
            let name = format!("{table} {}", index.name);
            let first = *indexes.entry(name.into()).or_insert(first_indexes.len());
            if first == first_indexes.len() {
                first_indexes.push((at, index));
            }
            let (first, same) = first_indexes[first];
            if let Some(other) = other(first)
                && !same_index(model, index, other, same)
            {
                let what = format!("the index {} is different", tick(&index.name));
                report(ProblemCode::TableIndexesDiffer, "indexes", &what, other);
            }
        }
    }
}

fn ttl(model: &Model) -> Option<&str> {
    model.ttl.map(|at| model.attributes[at].name.as_str())
}

fn same_keys(one: &Model, two: &Model) -> bool {
    same_key(one, Some(one.partition), two, Some(two.partition)) && same_key(one, one.sort, two, two.sort)
}

/// Whether two positions name the same attribute and type, or both nothing.
fn same_key(one: &Model, at_one: Option<usize>, two: &Model, at_two: Option<usize>) -> bool {
    match (at_one, at_two) {
        (Some(at_one), Some(at_two)) => {
            let (one, two) = (&one.attributes[at_one], &two.attributes[at_two]);
            one.name == two.name && one.kind == two.kind
        }
        (None, None) => true,
        _ => false,
    }
}

fn same_parts(one: &Model, parts_one: &[usize], two: &Model, parts_two: &[usize]) -> bool {
    parts_one.len() == parts_two.len()
        && parts_one.iter().zip(parts_two).all(|(at_one, at_two)| same_key(one, Some(*at_one), two, Some(*at_two)))
}

fn same_index(one: &Model, index_one: &Index, two: &Model, index_two: &Index) -> bool {
    index_one.local == index_two.local
        && same_parts(one, &index_one.partition, two, &index_two.partition)
        && same_parts(one, &index_one.sort, two, &index_two.sort)
        && match (&index_one.projection, &index_two.projection) {
            // Too many are a problem of their own, and would take long to compare.
            (Projection::Include(one), Projection::Include(two)) => {
                one.len() == two.len() && (one.len() > MAX_PROJECTED || one.iter().all(|field| two.contains(field)))
            }
            (one, two) => one == two,
        }
}
