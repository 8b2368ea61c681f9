//! The right-hand sides of conditions: values, other attributes, sizes; bounds and lists of them.

use super::carrier::Carrier;
use super::compare::order;
use super::condition::Renderer;
use super::operators::Operator;
use super::path::Path;
use super::{BOUNDS, refused, two};
use crate::dms::{Format, Type};
use crate::error::Error;
use crate::json::{Kind, Reader};
use crate::value::{attribute, not_json, operand};

/// Most operands of `in`.
const MAX_IN: usize = 100;

/// What an operand is compared with.
#[derive(Clone, Copy)]
pub(super) struct Left<'l, 'm> {
    /// The path; none for a size.
    path: Option<&'l Path<'m>>,
    kind: Option<Type>,
    format: Option<Format>,
}

impl<'l, 'm> Left<'l, 'm> {
    /// Something stored.
    pub(super) fn path(path: &'l Path<'m>) -> Self {
        let (kind, format) = path.leaf();
        Left { path: Some(path), kind, format }
    }

    /// The size of something stored.
    pub(super) fn size() -> Self {
        Left { path: None, kind: Some(Type::N), format: Some(Format::Int) }
    }

    fn carrier(self) -> Carrier {
        self.path.map_or(Carrier::Plain(Type::N), Carrier::of)
    }

    /// Writes the next value as it would be stored there, and moves past it.
    fn value(self, reader: &mut Reader<'_>) -> Result<String, Error> {
        let mut value = String::new();
        match self.path {
            Some(path) if self.carrier() == Carrier::JsonText => {
                attribute(reader, path.root, path.version(), &mut value)?;
            }
            _ => operand(reader, self.kind, self.format, &mut value)?,
        }
        Ok(value)
    }
}

/// An operand, not yet with placeholders.
enum Operand<'m> {
    Value(String),
    Path(Path<'m>),
    Size(Path<'m>),
}

impl Operand<'_> {
    /// The functions in it.
    fn operators(&self) -> usize {
        usize::from(matches!(self, Operand::Size(_)))
    }
}

impl<'m> Renderer<'_, 'm> {
    /// The right side of a comparison, and how many functions it has.
    pub(super) fn compared(
        &mut self,
        left: Left<'_, 'm>,
        operator: Operator,
        reader: &mut Reader<'_>,
    ) -> Result<(String, usize), Error> {
        let operand = self.operand(left, reader)?;
        if !operator.takes_any() {
            ordered(&operand)?;
        }
        let operators = operand.operators();
        Ok((self.written(operand), operators))
    }

    /// `low AND high`, and how many functions are in it.
    pub(super) fn bounds(&mut self, left: Left<'_, 'm>, reader: &mut Reader<'_>) -> Result<(String, usize), Error> {
        let [low, high] = two(reader, BOUNDS, |reader| self.operand(left, reader))?;
        match (&low, &high) {
            (Operand::Value(low), Operand::Value(high)) => match order(low, high) {
                Some(std::cmp::Ordering::Greater) => {
                    return Err(refused("the low bound of `between` is above the high one"));
                }
                Some(_) => {}
                None => return Err(refused("the bounds of `between` are two strings, numbers or binary values")),
            },
            (low, high) => {
                for (place, bound) in [("0", low), ("1", high)] {
                    ordered(bound).map_err(|error| error.within(place))?;
                }
            }
        }
        let operators = low.operators() + high.operators();
        Ok((format!("{} AND {}", self.written(low), self.written(high)), operators))
    }

    /// `(first, second, …)`, and how many functions are in it.
    pub(super) fn one_of(&mut self, left: Left<'_, 'm>, reader: &mut Reader<'_>) -> Result<(String, usize), Error> {
        if reader.kind().map_err(not_json)? != Kind::Array {
            return Err(refused("`in` takes an array"));
        }
        let mut text = String::from("(");
        let (mut count, mut operators) = (0, 0);
        let mut elements = reader.array().map_err(not_json)?;
        while elements.next(reader).map_err(not_json)? {
            if count > 0 {
                text.push_str(", ");
            }
            let operand = self.operand(left, reader).map_err(|error| error.within(&count.to_string()))?;
            operators += operand.operators();
            text.push_str(&self.written(operand));
            count += 1;
        }
        if count == 0 || count > MAX_IN {
            return Err(refused(format!("`in` takes 1 to {MAX_IN} values, got {count}")));
        }
        text.push(')');
        Ok((text, operators))
    }

    /// What a value begins with.
    pub(super) fn prefix(&mut self, left: Left<'_, 'm>, reader: &mut Reader<'_>) -> Result<String, Error> {
        let wrong = || refused("`begins_with` takes a string or a binary value");
        if !matches!(reader.kind().map_err(not_json)?, Kind::String | Kind::Object) {
            return Err(wrong());
        }
        let operand = self.operand(left, reader)?;
        let fits = match &operand {
            Operand::Value(value) => value.starts_with("{\"S\"") || value.starts_with("{\"B\""),
            Operand::Path(path) => {
                matches!(Carrier::of(path), Carrier::Unknown | Carrier::Plain(Type::S | Type::B))
            }
            Operand::Size(_) => false,
        };
        if fits { Ok(self.written(operand)) } else { Err(wrong()) }
    }

    /// What `contains` looks for: a part of a string, an element of a set or list.
    pub(super) fn part(&mut self, left: Left<'_, 'm>, reader: &mut Reader<'_>) -> Result<String, Error> {
        let element = match left.kind {
            Some(container) if container.element().is_some() => container.element(),
            Some(Type::L) | None => None,
            plain => plain,
        };
        if let Some(path) = self.other(reader, "$path")? {
            let found = Carrier::of(&path);
            if let Some(element) = element.filter(|element| found.kind().is_some_and(|kind| kind != *element)) {
                let name = &path.root.name;
                let (found, wanted) = (found.shown(), element.as_str());
                return Err(refused(format!("`{name}` is {found}, `contains` looks for type {wanted} here")));
            }
            return Ok(self.written(Operand::Path(path)));
        }
        if element.is_some() && reader.kind().map_err(not_json)? == Kind::Null {
            return Err(refused("`contains` takes a part or an element, not null"));
        }
        let mut value = String::new();
        operand(reader, element, None, &mut value)?;
        Ok(self.written(Operand::Value(value)))
    }

    /// A value, `{"$path": …}` or `{"$size": …}`, fit to be compared with the left side.
    fn operand(&mut self, left: Left<'_, 'm>, reader: &mut Reader<'_>) -> Result<Operand<'m>, Error> {
        if let Some(path) = self.other(reader, "$path")? {
            let (wanted, found) = (left.carrier(), Carrier::of(&path));
            if wanted != Carrier::Unknown && found != Carrier::Unknown && wanted != found {
                return Err(mismatch(&path, found, &wanted.shown()));
            }
            return Ok(Operand::Path(path));
        }
        if let Some(path) = self.other(reader, "$size")? {
            let found = Carrier::of(&path);
            if found.kind().is_some_and(|kind| !Operator::Size.applies_to(kind)) {
                return Err(refused(format!("`{}` is {} and has no size", path.root.name, found.shown())));
            }
            if !matches!(left.carrier(), Carrier::Unknown | Carrier::Plain(Type::N)) {
                return Err(refused(format!(
                    "a size is compared with numbers, not with what is {}",
                    left.carrier().shown()
                )));
            }
            return Ok(Operand::Size(path));
        }
        left.value(reader).map(Operand::Value)
    }

    fn written(&mut self, operand: Operand<'_>) -> String {
        let mut out = String::new();
        match operand {
            Operand::Value(value) => self.placeholders.value(value, &mut out),
            Operand::Path(path) => path.write(self.placeholders, &mut out),
            Operand::Size(path) => {
                out.push_str("size(");
                path.write(self.placeholders, &mut out);
                out.push(')');
            }
        }
        out
    }

    /// The path of `{"$path": …}` or `{"$size": …}`, moving past it.
    fn other(&self, reader: &mut Reader<'_>, form: &str) -> Result<Option<Path<'m>>, Error> {
        if reader.kind().map_err(not_json)? != Kind::Object {
            return Ok(None);
        }
        let mut ahead = *reader;
        let mut members = ahead.object().map_err(not_json)?;
        match members.next(&mut ahead).map_err(not_json)? {
            Some(name) if name.raw() == form && ahead.kind().map_err(not_json)? == Kind::String => {}
            _ => return Ok(None),
        }
        let text = ahead.string().map_err(not_json)?.decode();
        if members.next(&mut ahead).map_err(not_json)?.is_some() {
            return Ok(None);
        }
        let path = self.path(&text).map_err(|error| error.within(form))?;
        *reader = ahead;
        Ok(Some(path))
    }
}

/// Only strings, numbers and binary values have an order.
fn ordered(operand: &Operand<'_>) -> Result<(), Error> {
    let fits = match operand {
        Operand::Value(value) => ["{\"S\"", "{\"N\"", "{\"B\""].iter().any(|kind| value.starts_with(kind)),
        Operand::Path(path) => match Carrier::of(path) {
            Carrier::Unknown => true,
            Carrier::JsonText => false,
            Carrier::Plain(kind) => matches!(kind, Type::S | Type::N | Type::B),
        },
        Operand::Size(_) => true,
    };
    if fits { Ok(()) } else { Err(refused("only strings, numbers and binary values have an order")) }
}

fn mismatch(path: &Path<'_>, found: Carrier, wanted: &str) -> Error {
    refused(format!("`{}` is {}, what it is compared with is {wanted}", path.root.name, found.shown()))
}
