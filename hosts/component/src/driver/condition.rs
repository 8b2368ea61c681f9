//! Condition trees, built again with the library's own operators.

use serde_json::value::RawValue;
use tabletheory::{Attr, Condition, attr};

use super::operand::{Given, given, several};
use super::wire::{Members, text};

/// The condition of a call document. What the library cannot even say (an unknown operator) is handed over as it is.
pub fn condition(tree: &RawValue) -> Condition {
    built(tree.get()).unwrap_or_else(|| Condition::from_json(tree.get()))
}

fn built(tree: &str) -> Option<Condition> {
    let members = Members::read(tree).ok()?;
    joined(
        members.0.iter().map(|(name, inner)| match name.as_str() {
            "$and" => joined(list(inner)?.iter().map(|tree| built(tree.get())), |a, b| a & b),
            "$or" => joined(list(inner)?.iter().map(|tree| built(tree.get())), |a, b| a | b),
            "$not" => Some(!built(inner.get())?),
            path => comparison(path, inner),
        }),
        |a, b| a & b,
    )
}

fn list(raw: &RawValue) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(raw.get()).ok()
}

fn joined(
    parts: impl Iterator<Item = Option<Condition>>,
    join: fn(Condition, Condition) -> Condition,
) -> Option<Condition> {
    let mut parts: Vec<_> = parts.collect::<Option<_>>()?;
    // A list of one keeps its brackets: there is nothing to join.
    let first = if parts.is_empty() { return None } else { parts.remove(0) };
    Some(parts.into_iter().fold(first, join))
}

/// `{path: {operator: operand, …}}` or `{path: scalar}`.
fn comparison(path: &str, inner: &RawValue) -> Option<Condition> {
    let Ok(operators) = Members::read(inner.get()) else {
        let scalar = !inner.get().starts_with('[');
        return scalar.then(|| Condition::from_json(format!("{{{}:{}}}", text(path), inner.get())));
    };
    let subject = attr(path);
    joined(operators.0.iter().map(|(operator, operand)| compared(&subject, operator, operand)), |a, b| a & b)
}

fn compared(subject: &Attr, operator: &str, raw: &RawValue) -> Option<Condition> {
    match operator {
        "eq" => Some(subject.eq(value(raw)?)),
        "ne" => Some(subject.ne(value(raw)?)),
        "lt" => Some(subject.lt(value(raw)?)),
        "lte" => Some(subject.lte(value(raw)?)),
        "gt" => Some(subject.gt(value(raw)?)),
        "gte" => Some(subject.gte(value(raw)?)),
        "begins_with" => Some(subject.begins_with(value(raw)?)),
        "contains" => Some(subject.contains(value(raw)?)),
        "not_contains" => Some(subject.not_contains(value(raw)?)),
        "between" => {
            let (low, high) = pair(raw)?;
            Some(subject.between(low, high))
        }
        "in" => Some(subject.is_in(several(raw)?.ok()?)),
        "exists" => match raw.get() {
            "true" => Some(subject.exists()),
            "false" => Some(subject.not_exists()),
            _ => None,
        },
        "type" => Some(subject.is_type(serde_json::from_str::<String>(raw.get()).ok()?)),
        "size" => sized(subject, raw),
        _ => None,
    }
}

fn sized(subject: &Attr, raw: &RawValue) -> Option<Condition> {
    let size = subject.size();
    let operators = Members::read(raw.get()).ok()?;
    joined(
        operators.0.iter().map(|(operator, raw)| match operator.as_str() {
            "eq" => Some(size.eq(value(raw)?)),
            "ne" => Some(size.ne(value(raw)?)),
            "lt" => Some(size.lt(value(raw)?)),
            "lte" => Some(size.lte(value(raw)?)),
            "gt" => Some(size.gt(value(raw)?)),
            "gte" => Some(size.gte(value(raw)?)),
            "between" => {
                let (low, high) = pair(raw)?;
                Some(size.between(low, high))
            }
            "in" => Some(size.is_in(several(raw)?.ok()?)),
            _ => None,
        }),
        |a, b| a & b,
    )
}

fn value(raw: &RawValue) -> Option<Given> {
    given(raw).ok()
}

fn pair(raw: &RawValue) -> Option<(Given, Given)> {
    let [low, high] = <[Given; 2]>::try_from(several(raw)?.ok()?).ok()?;
    Some((low, high))
}
