//! A better way to the same items: another index, or the table, whose key the conditions of the call fit better.

use super::call::{Call, positions};
use super::{Advice, Cost, Shape};
use crate::dms::{Index, Model, Projection};

/// How well the conditions of a call fit a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Sort attributes that narrow the read.
    sort: usize,
    /// The last of them is one value, not a range.
    exact: bool,
}

/// Advice for a query or scan; none for what finds its items by their key.
pub(super) fn of(call: &Call<'_>, cost: &Cost<'_>) -> Option<Advice> {
    let model = call.model?;
    let scan = match cost.shape {
        Shape::Table | Shape::Index => true,
        Shape::Partition | Shape::Range => false,
        _ => return None,
    };
    let current = if scan { None } else { fit(call, call.key_positions()) };
    let table = std::iter::once(None);
    let candidates = table.chain(model.indexes.iter().map(Some)).filter(|index| scan || !is(call.index, *index));
    let usable = candidates.filter(|index| !(call.consistent && index.is_some_and(|index| !index.local)));
    let mut best: Option<(Fit, u8, Option<&Index>)> = None;
    for index in usable {
        let Some(fit) =
            fit(call, positions(Some(model), index)).filter(|fit| current.is_none_or(|current| *fit > current))
        else {
            continue;
        };
        let rank = rank(index);
        if best.is_none_or(|(best, best_rank, _)| (fit, rank) > (best, best_rank)) {
            best = Some((fit, rank, index));
        }
    }
    let (fit, _, index) = best?;
    Some(advice(call, model, index, fit, scan))
}

fn is(one: Option<&Index>, two: Option<&Index>) -> bool {
    one.map(|index| &index.name) == two.map(|index| &index.name)
}

/// Of equal fits, what holds most and lags least.
fn rank(index: Option<&Index>) -> u8 {
    match index {
        None => 3,
        Some(index) if index.local => 2,
        Some(Index { projection: Projection::All, .. }) => 1,
        Some(_) => 0,
    }
}

/// How well a key fits; none when not all of its partition attributes have one value.
fn fit(call: &Call<'_>, (partition, sort): (Vec<usize>, Vec<usize>)) -> Option<Fit> {
    let equal = |at: &usize| call.constraints.iter().any(|constraint| constraint.at == *at && constraint.equal);
    let any = |at: &usize| call.constraints.iter().any(|constraint| constraint.at == *at);
    if partition.is_empty() || !partition.iter().all(equal) {
        return None;
    }
    let exact = sort.iter().take_while(|at| equal(at)).count();
    let range = sort.get(exact).is_some_and(any);
    Some(Fit { sort: exact + usize::from(range), exact: !range && exact > 0 })
}

fn advice(call: &Call<'_>, model: &Model, index: Option<&Index>, fit: Fit, scan: bool) -> Advice {
    let (partition, sort) = positions(Some(model), index);
    let name = |at: &usize| model.attributes[*at].name.clone();
    let used: Vec<usize> = partition.iter().chain(sort.iter().take(fit.sort)).copied().collect();
    let what = index.map_or("the table".to_owned(), |index| format!("index `{}`", index.name));
    let reason = match scan {
        true if fit.sort > 0 => format!("a query of {what} reads part of one partition instead of everything"),
        true => format!("a query of {what} reads one partition instead of everything"),
        false => format!("its key takes up more of the conditions, so {what} reads less that is dropped again"),
    };
    let mut differs = Vec::new();
    if let Some(index) = index {
        let constrained = |at: &usize| call.constraints.iter().any(|constraint| constraint.at == *at);
        let sparse: Vec<String> = index
            .keys()
            .filter(|at| !constrained(at) && !model.is_key(*at))
            .map(|at| format!("`{}`", model.attributes[at].name))
            .collect();
        if !sparse.is_empty() {
            differs.push(format!("items without {} are not in it", sparse.join(", ")));
        }
        if let Some(missing) = missing(call, model, index) {
            differs.push(missing);
        }
        if !index.local {
            differs.push("it lags behind writes".to_owned());
        }
    }
    Advice { index: index.map(|index| index.name.clone()), uses: used.iter().map(name).collect(), reason, differs }
}

/// What of the wanted attributes an index does not hold.
pub(super) fn missing(call: &Call<'_>, model: &Model, index: &Index) -> Option<String> {
    let held = |name: &str| match &index.projection {
        Projection::All => true,
        Projection::KeysOnly => false,
        Projection::Include(fields) => fields.iter().any(|field| field == name),
    };
    let key =
        |name: &str| model.attribute(name).is_some_and(|(at, _)| model.is_key(at) || index.keys().any(|key| key == at));
    if index.projection == Projection::All || (call.count && call.constraints.is_empty()) {
        return None;
    }
    let conditions = call.constraints.iter().map(|constraint| model.attributes[constraint.at].name.as_str());
    let wanted: Vec<&str> = match &call.projection {
        Some(paths) => paths.iter().map(|path| root(model, path)).collect(),
        None if call.count => Vec::new(),
        None => return Some("it does not hold all attributes".to_owned()),
    };
    let mut absent: Vec<&str> = Vec::new();
    for name in wanted.into_iter().chain(conditions) {
        if !held(name) && !key(name) && !absent.contains(&name) {
            absent.push(name);
        }
    }
    let names: Vec<String> = absent.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("it does not hold {}", names.join(", ")))
}

/// The attribute that a path begins with.
fn root<'p>(model: &Model, path: &'p str) -> &'p str {
    if model.attribute(path).is_some() {
        return path;
    }
    match path.strip_prefix('`') {
        Some(quoted) => quoted.split('`').next().unwrap_or(quoted),
        None => path.split(['.', '[']).next().unwrap_or(path),
    }
}
