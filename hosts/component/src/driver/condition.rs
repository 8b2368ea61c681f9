//! Condition trees, built again with the library's own operators.

use serde_json::value::RawValue;
use tabletheory::value::from_plain;
use tabletheory::{Attr, Condition, Value, attr};

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
    // Operands that read the item, other than a path by itself, are handed over as they are.
    let reads =
        raw.get().contains("\"$size\"") || matches!(operator, "between" | "in") && raw.get().contains("\"$path\"");
    if reads {
        return None;
    }
    let other = Members::read(raw.get()).ok().and_then(|mut members| members.parse::<String>("$path").ok()?);
    macro_rules! operators {
        ($operator:expr, $($name:ident)*) => {
            match ($operator, &other) {
                $((stringify!($name), Some(path)) => return Some(subject.$name(attr(path))),)*
                $((stringify!($name), None) => return Some(subject.$name(value(raw)?)),)*
                _ => {}
            }
        };
    }
    operators!(operator, eq ne lt lte gt gte begins_with contains not_contains);
    match operator {
        "between" => {
            let [low, high] = <[Value; 2]>::try_from(from_plain::<Vec<Value>>(raw.get()).ok()?).ok()?;
            Some(subject.between(low, high))
        }
        "in" => Some(subject.is_in(from_plain::<Vec<Value>>(raw.get()).ok()?)),
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
    if raw.get().contains("\"$path\"") {
        return None;
    }
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
                let [low, high] = <[Value; 2]>::try_from(from_plain::<Vec<Value>>(raw.get()).ok()?).ok()?;
                Some(size.between(low, high))
            }
            "in" => Some(size.is_in(from_plain::<Vec<Value>>(raw.get()).ok()?)),
            _ => None,
        }),
        |a, b| a & b,
    )
}

fn value(raw: &RawValue) -> Option<Value> {
    from_plain(raw.get()).ok()
}
