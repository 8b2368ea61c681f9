//! Models that share a table must describe the same table.

use std::collections::BTreeMap;

use crate::dms::problem::{ProblemCode, Problems, tick};
use crate::dms::source::View;
use crate::dms::{Index, Model, Projection};

/// Compares each model with the first one of its table. Warnings only: a client may give them different tables.
pub(super) fn check(views: &[View], models: &[Option<Model>], problems: &mut Problems) {
    let mut first: BTreeMap<&str, &Model> = BTreeMap::new();
    let mut ttls: BTreeMap<&str, (&Model, &str)> = BTreeMap::new();
    let mut indexes: BTreeMap<(&str, &str), (&Model, &Index)> = BTreeMap::new();
    for (view, model) in views.iter().zip(models) {
        let Some(model) = model else { continue };
        let table = model.table.as_str();
        let mut report = |code, member: &str, what: &str, other: &Model| {
            let place = view.get(member).unwrap_or(*view).place();
            let message = format!("{what} than in the model {} of the same table", tick(&other.name));
            problems.add(code, place, message);
        };
        match first.get(table) {
            None => _ = first.insert(table, model),
            Some(other) if keys(other) != keys(model) => {
                report(ProblemCode::TableKeysDiffer, "keys", "other keys", other)
            }
            Some(_) => {}
        }
        if let Some(ttl) = model.ttl.map(|at| model.attributes[at].name.as_str()) {
            match ttls.get(table) {
                None => _ = ttls.insert(table, (model, ttl)),
                Some((other, name)) if *name != ttl => {
                    let what = format!("another `ttl` attribute ({})", tick(ttl));
                    report(ProblemCode::TableTtlDiffers, "attributes", &what, other);
                }
                Some(_) => {}
            }
        }
        for index in &model.indexes {
            match indexes.get(&(table, index.name.as_str())) {
                None => _ = indexes.insert((table, &index.name), (model, index)),
                Some((other, same)) if !std::ptr::eq(*other, model) && shape(other, same) != shape(model, index) => {
                    let what = format!("the index {} is different", tick(&index.name));
                    report(ProblemCode::TableIndexesDiffer, "indexes", &what, other);
                }
                Some(_) => {}
            }
        }
    }
}

type Key<'m> = (&'m str, &'static str);

fn key(model: &Model, at: usize) -> Key<'_> {
    (model.attributes[at].name.as_str(), model.attributes[at].kind.as_str())
}

fn keys(model: &Model) -> (Key<'_>, Option<Key<'_>>) {
    (key(model, model.partition), model.sort.map(|at| key(model, at)))
}

/// What must be equal in two descriptions of one index.
fn shape<'m>(model: &'m Model, index: &'m Index) -> (bool, Key<'m>, Option<Key<'m>>, u8, Vec<&'m str>) {
    let (kind, mut fields) = match &index.projection {
        Projection::All => (0, Vec::new()),
        Projection::KeysOnly => (1, Vec::new()),
        Projection::Include(fields) => (2, fields.iter().map(String::as_str).collect()),
    };
    fields.sort_unstable();
    (index.local, key(model, index.partition), index.sort.map(|at| key(model, at)), kind, fields)
}
