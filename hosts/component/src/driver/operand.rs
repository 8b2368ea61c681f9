//! Operands of conditions and updates, built again by the library's own functions.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use tabletheory::value::from_plain;
use tabletheory::{Attr, Error, Operand, Size, Value, attr, list_append, minus, plus};

use super::wire::Members;

/// A value, or where it comes from.
pub enum Given {
    Value(Value),
    Path(Attr),
    Size(Size),
    Default(Box<Operand<(String, Given)>>),
    Pair(Box<Operand<(Given, Given)>>),
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Given::Value(value) => value.serialize(serializer),
            Given::Path(attr) => attr.serialize(serializer),
            Given::Size(size) => size.serialize(serializer),
            Given::Default(operand) => operand.serialize(serializer),
            Given::Pair(operand) => operand.serialize(serializer),
        }
    }
}

/// Reads a value or operand of a call document.
pub fn given(raw: &RawValue) -> Result<Given, Error> {
    match marked(raw) {
        Some(operand) => operand,
        None => from_plain(raw.get()).map(Given::Value),
    }
}

/// Reads a list of them.
pub fn several(raw: &RawValue) -> Option<Result<Vec<Given>, Error>> {
    let list: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).ok()?;
    Some(list.iter().map(|raw| given(raw)).collect())
}

/// The operand, if it is one: an object whose only member is the mark of one, with what belongs to it.
fn marked(raw: &RawValue) -> Option<Result<Given, Error>> {
    let mut members = Members::read(raw.get()).ok()?;
    let [(mark, content)] = &members.0[..] else { return None };
    let (mark, content) = (mark.clone(), content.clone());
    if matches!(mark.as_str(), "$path" | "$size") {
        let name: String = members.parse(&mark).ok()??;
        return Some(Ok(if mark == "$path" { Given::Path(attr(name)) } else { Given::Size(attr(name).size()) }));
    }
    let parts: Vec<Box<RawValue>> = serde_json::from_str(content.get()).ok()?;
    let [first, second] = &parts[..] else { return None };
    let join = match mark.as_str() {
        "$plus" => plus,
        "$minus" => minus,
        "$list_append" => list_append,
        "$if_not_exists" => {
            let name: String = serde_json::from_str(first.get()).ok()?;
            return Some(given(second).map(|otherwise| Given::Default(Box::new(attr(name).if_not_exists(otherwise)))));
        }
        _ => return None,
    };
    let both = given(first).and_then(|first| Ok(join(first, given(second)?)));
    Some(both.map(|operand| Given::Pair(Box::new(operand))))
}
