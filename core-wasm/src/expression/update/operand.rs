//! The right-hand sides of SET: values, other attributes, defaults, lists put together, sums.

use crate::dms::{Format, Type};
use crate::error::Error;
use crate::expression::carrier::Carrier;
use crate::expression::path::Path;
use crate::expression::placeholders::Placeholders;
use crate::expression::{refused, two};
use crate::json::{Kind, Reader};
use crate::value::{not_json, operand};

/// An operand of SET; values are DynamoDB JSON.
#[derive(Clone, Debug)]
pub(super) enum Operand<'m> {
    /// A value.
    Value(String),
    /// What is stored under a path.
    Path(Path<'m>),
    /// `if_not_exists(path, other)`
    Default(Path<'m>, Box<Operand<'m>>),
    /// `list_append(first, second)`
    Joined(Box<Operand<'m>>, Box<Operand<'m>>),
    /// `first + second` or `first - second`
    Sum(Box<Operand<'m>>, char, Box<Operand<'m>>),
}

/// The empty list, which an absent one counts as.
const EMPTY_LIST: &str = "{\"L\":[]}";

impl<'m> Operand<'m> {
    /// `list_append(if_not_exists(path, []), values)`, or with the values in front.
    pub(super) fn extended(path: &Path<'m>, values: String, in_front: bool) -> Self {
        let present = Operand::Default(path.clone(), Box::new(Operand::Value(EMPTY_LIST.to_owned())));
        let values = Operand::Value(values);
        let (first, second) = if in_front { (values, present) } else { (present, values) };
        Operand::Joined(Box::new(first), Box::new(second))
    }

    /// Writes the operand with placeholders.
    pub(super) fn write(&self, placeholders: &mut Placeholders, out: &mut String) {
        match self {
            Operand::Value(value) => placeholders.value(value.clone(), out),
            Operand::Path(path) => path.write(placeholders, out),
            Operand::Default(path, other) => {
                out.push_str("if_not_exists(");
                path.write(placeholders, out);
                out.push_str(", ");
                other.write(placeholders, out);
                out.push(')');
            }
            Operand::Joined(first, second) => {
                out.push_str("list_append(");
                first.write(placeholders, out);
                out.push_str(", ");
                second.write(placeholders, out);
                out.push(')');
            }
            Operand::Sum(first, sign, second) => {
                first.write(placeholders, out);
                out.extend([' ', *sign, ' ']);
                second.write(placeholders, out);
            }
        }
    }

    /// How many operators and functions it has.
    pub(super) fn operators(&self) -> usize {
        match self {
            Operand::Value(_) | Operand::Path(_) => 0,
            Operand::Default(_, other) => 1 + other.operators(),
            Operand::Joined(first, second) | Operand::Sum(first, _, second) => {
                1 + first.operators() + second.operators()
            }
        }
    }

    /// Visits the paths that it reads.
    pub(super) fn reads(&self, visit: &mut dyn FnMut(&Path<'m>)) {
        match self {
            Operand::Value(_) => {}
            Operand::Path(path) => visit(path),
            Operand::Default(path, other) => {
                visit(path);
                other.reads(visit);
            }
            Operand::Joined(first, second) | Operand::Sum(first, _, second) => {
                first.reads(visit);
                second.reads(visit);
            }
        }
    }
}

/// Reads `{"$path": …}`, `{"$if_not_exists": …}`, `{"$list_append": …}`, `{"$plus": …}`, `{"$minus": …}`; nothing, and the
/// reader not moved, when the value is none of these.
pub(super) fn read<'m>(target: &Path<'m>, reader: &mut Reader<'_>) -> Result<Option<Operand<'m>>, Error> {
    let Some((name, mut inner)) = form(reader)? else { return Ok(None) };
    if target.root.encrypted {
        let name = &target.root.name;
        return Err(refused(format!("encrypted attribute `{name}` can only be set to a value or removed")));
    }
    let read = Wants { target }.form(&name, &mut inner).map_err(|error| error.within(&name))?;
    reader.skip().map_err(not_json)?;
    Ok(Some(read))
}

/// The name of the form, and a reader that stands before what belongs to it.
fn form<'t>(reader: &Reader<'t>) -> Result<Option<(String, Reader<'t>)>, Error> {
    let mut ahead = *reader;
    if ahead.kind().map_err(not_json)? != Kind::Object {
        return Ok(None);
    }
    let mut members = ahead.object().map_err(not_json)?;
    let Some(name) = members.next(&mut ahead).map_err(not_json)? else { return Ok(None) };
    let name = name.decode();
    if !matches!(&*name, "$path" | "$if_not_exists" | "$list_append" | "$plus" | "$minus") {
        return Ok(None);
    }
    let inner = ahead;
    ahead.skip().map_err(not_json)?;
    let alone = members.next(&mut ahead).map_err(not_json)?.is_none();
    Ok(alone.then(|| (name.into_owned(), inner)))
}

/// What the target of an assignment wants of its operands.
struct Wants<'w, 'm> {
    target: &'w Path<'m>,
}

impl<'m> Wants<'_, 'm> {
    fn form(&self, name: &str, inner: &mut Reader<'_>) -> Result<Operand<'m>, Error> {
        match name {
            "$path" => self.path(inner).map(Operand::Path),
            "$if_not_exists" => self.default(inner, None),
            "$list_append" => {
                self.type_of(self.target, Type::L, "a list")?;
                let [first, second] = self.two(inner, Type::L)?;
                Ok(Operand::Joined(Box::new(first), Box::new(second)))
            }
            sign => {
                self.type_of(self.target, Type::N, "a number")?;
                let [first, second] = self.two(inner, Type::N)?;
                let sign = if sign == "$plus" { '+' } else { '-' };
                Ok(Operand::Sum(Box::new(first), sign, Box::new(second)))
            }
        }
    }

    /// The text of `{"$path": …}`: a path whose value the target can hold.
    fn path(&self, reader: &mut Reader<'_>) -> Result<Path<'m>, Error> {
        let source = self.any_path(reader)?;
        let (to, from) = (Carrier::of(self.target), Carrier::of(&source));
        let fits = match (to, from) {
            (Carrier::Unknown, _) | (Carrier::Plain(_), Carrier::Unknown) => true,
            (to, from) => to == from,
        };
        if !fits {
            return Err(refused(format!(
                "`{}` is {}, `{}` is {}",
                source.root.name,
                from.shown(),
                self.target.root.name,
                to.shown()
            )));
        }
        Ok(source)
    }

    fn any_path(&self, reader: &mut Reader<'_>) -> Result<Path<'m>, Error> {
        if reader.kind().map_err(not_json)? != Kind::String {
            return Err(refused("expected a path"));
        }
        let text = reader.string().map_err(not_json)?.decode();
        let source = Path::parse(self.target.model, &text)?;
        if source.root.encrypted {
            return Err(refused(format!("encrypted attribute `{}` cannot be copied", source.root.name)));
        }
        Ok(source)
    }

    /// `[path, value or {"$path": …}]`
    fn default(&self, reader: &mut Reader<'_>, kind: Option<Type>) -> Result<Operand<'m>, Error> {
        let wrong = || refused("`$if_not_exists` takes an array of a path and a value");
        if reader.kind().map_err(not_json)? != Kind::Array {
            return Err(wrong());
        }
        let mut elements = reader.array().map_err(not_json)?;
        if !elements.next(reader).map_err(not_json)? {
            return Err(wrong());
        }
        let path = self.typed_path(reader, kind).map_err(|error| error.within("0"))?;
        if !elements.next(reader).map_err(not_json)? {
            return Err(wrong());
        }
        let other = match form(reader)? {
            Some((name, mut inner)) if name == "$path" => {
                let path = self.typed_path(&mut inner, kind).map_err(|error| error.within("$path").within("1"))?;
                reader.skip().map_err(not_json)?;
                Operand::Path(path)
            }
            _ => Operand::Value(self.value(reader, kind).map_err(|error| error.within("1"))?),
        };
        if elements.next(reader).map_err(not_json)? {
            return Err(wrong());
        }
        Ok(Operand::Default(path, Box::new(other)))
    }

    /// A path of the wanted type, or, where none is wanted, of the target's.
    fn typed_path(&self, reader: &mut Reader<'_>, kind: Option<Type>) -> Result<Path<'m>, Error> {
        let Some(kind) = kind else { return self.path(reader) };
        let path = self.any_path(reader)?;
        self.type_of(&path, kind, if kind == Type::L { "a list" } else { "a number" })?;
        Ok(path)
    }

    /// Two operands, both of this type.
    fn two(&self, reader: &mut Reader<'_>, kind: Type) -> Result<[Operand<'m>; 2], Error> {
        two(reader, "expected an array of two operands", |reader| self.one(reader, kind))
    }

    fn one(&self, reader: &mut Reader<'_>, kind: Type) -> Result<Operand<'m>, Error> {
        let Some((name, mut inner)) = form(reader)? else {
            return self.value(reader, Some(kind)).map(Operand::Value);
        };
        let operand = match &*name {
            "$path" => self.typed_path(&mut inner, Some(kind)).map(Operand::Path),
            "$if_not_exists" => self.default(&mut inner, Some(kind)),
            other => Err(refused(format!("`{other}` does not stand within another operand"))),
        };
        let operand = operand.map_err(|error| error.within(&name))?;
        reader.skip().map_err(not_json)?;
        Ok(operand)
    }

    /// A value of the wanted type, or, where none is wanted, as the target takes it.
    fn value(&self, reader: &mut Reader<'_>, kind: Option<Type>) -> Result<String, Error> {
        let Some(kind) = kind else { return Ok(super::whole_value(self.target, reader)?.0) };
        let found = reader.kind().map_err(not_json)?;
        if kind == Type::L && found != Kind::Array {
            return Err(refused("expected an array of values"));
        }
        if found == Kind::Null {
            return Err(refused("expected a number"));
        }
        let mut value = String::new();
        operand(reader, Some(kind), self.format(), &mut value)?;
        Ok(value)
    }

    /// Sums of whole numbers are whole numbers.
    fn format(&self) -> Option<Format> {
        self.target.leaf().1
    }

    /// Refuses a path that is known to lead to another type.
    fn type_of(&self, path: &Path<'_>, wanted: Type, shown: &str) -> Result<(), Error> {
        match Carrier::of(path) {
            Carrier::Unknown => Ok(()),
            Carrier::Plain(kind) if kind == wanted => Ok(()),
            other => Err(refused(format!("`{}` is {}, not {shown}", path.root.name, other.shown()))),
        }
    }
}
