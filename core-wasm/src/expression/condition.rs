//! Condition trees (`wit/README.md`) as condition expressions.

use super::carrier::Carrier;
use super::keys::Keys;
use super::operand::Left;
use super::operators::Operator;
use super::path::Path;
use super::placeholders::Placeholders;
use super::{refused, within_limits};
use crate::dms::{Model, Type};
use crate::error::{Code, Error};
use crate::json::{Kind, Reader};
use crate::value::not_json;

/// Deepest nesting of `$and`, `$or` and `$not`.
pub(super) const MAX_NESTING: u32 = 32;

/// A rendered expression and how it binds.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The text, with placeholders.
    pub text: String,
    binding: Binding,
    operators: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Binding {
    Atom,
    And,
    Or,
}

impl Expression {
    /// One comparison or function call.
    pub fn atom(text: String) -> Self {
        Expression { text, binding: Binding::Atom, operators: 1 }
    }

    /// Checks the whole against DynamoDB's limits.
    pub fn within_limits(self, what: &str) -> Result<Self, Error> {
        within_limits(&self.text, self.operators, what)?;
        Ok(self)
    }
}

/// Joins expressions with AND; nothing for none.
pub fn join(parts: Vec<Expression>) -> Option<Expression> {
    joined(parts, Binding::And)
}

fn joined(mut parts: Vec<Expression>, binding: Binding) -> Option<Expression> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let operators = parts.iter().map(|part| part.operators).sum::<usize>() + parts.len() - 1;
    let word = if binding == Binding::And { " AND " } else { " OR " };
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push_str(word);
        }
        let bare = part.binding == Binding::Atom || part.binding == binding;
        if bare {
            text.push_str(&part.text);
        } else {
            text.push('(');
            text.push_str(&part.text);
            text.push(')');
        }
    }
    Some(Expression { text, binding, operators })
}

/// Renders a condition tree, the text of a JSON object.
pub fn condition(model: &Model, tree: &str, placeholders: &mut Placeholders) -> Result<Expression, Error> {
    let mut reader = Reader::new(tree);
    let mut renderer = Renderer { model, placeholders, filter: false, keys: None };
    let expression = renderer
        .tree(&mut reader, 0)?
        .ok_or_else(|| refused("condition is empty").hint("leave `condition` out to have none"))?
        .within_limits("condition")?;
    placeholders.within_limits()?;
    Ok(expression)
}

/// Renders condition trees, or parts of them.
pub(super) struct Renderer<'r, 'm> {
    pub(super) model: &'m Model,
    pub(super) placeholders: &'r mut Placeholders,
    /// What is rendered is a filter, not the condition of a write.
    pub(super) filter: bool,
    /// The key whose attributes a filter cannot name.
    pub(super) keys: Option<Keys<'m>>,
}

impl<'m> Renderer<'_, 'm> {
    fn tree(&mut self, reader: &mut Reader<'_>, nesting: u32) -> Result<Option<Expression>, Error> {
        if reader.kind().map_err(not_json)? != Kind::Object {
            return Err(refused("a condition is an object"));
        }
        if nesting > MAX_NESTING {
            return Err(refused(format!("condition is nested deeper than {MAX_NESTING} levels")));
        }
        let mut parts = Vec::new();
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(reader).map_err(not_json)? {
            let name = name.decode();
            parts.push(self.member(&name, reader, nesting).map_err(|error| error.within(&name))?);
        }
        Ok(joined(parts, Binding::And))
    }

    /// One member of a tree, whose value is next to read.
    pub(super) fn member(&mut self, name: &str, reader: &mut Reader<'_>, nesting: u32) -> Result<Expression, Error> {
        match name {
            "$and" => self.list(reader, Binding::And, nesting),
            "$or" => self.list(reader, Binding::Or, nesting),
            "$not" => self.not(reader, nesting),
            path => self.attribute(path, reader),
        }
    }

    /// A path that an expression of this kind may name.
    pub(super) fn path(&self, text: &str) -> Result<Path<'m>, Error> {
        let path = Path::parse(self.model, text)?;
        let name = &path.root.name;
        let what = if self.filter { "filters" } else { "conditions" };
        if path.root.encrypted {
            let message = format!("encrypted attribute `{name}` cannot be used in {what}");
            return Err(Error::new(Code::EncryptedFieldNotQueryable, message));
        }
        if let Some(keys) = self.keys.filter(|keys| keys.has(path.at)) {
            return Err(refused(format!("key attribute `{name}` of {} cannot be used in {what}", keys.shown())).hint(
                if keys.partition().contains(&path.at) {
                    "its value belongs into `key`"
                } else {
                    "a condition on the sort key belongs into `key`, or into `where` by itself, joined by AND"
                },
            ));
        }
        Ok(path)
    }

    fn list(&mut self, reader: &mut Reader<'_>, binding: Binding, nesting: u32) -> Result<Expression, Error> {
        if reader.kind().map_err(not_json)? != Kind::Array {
            return Err(refused("expected an array of conditions"));
        }
        let mut parts = Vec::new();
        let mut elements = reader.array().map_err(not_json)?;
        while elements.next(reader).map_err(not_json)? {
            let place = parts.len().to_string();
            let part = self.tree(reader, nesting + 1).map_err(|error| error.within(&place))?;
            parts.push(part.ok_or_else(|| refused("condition is empty").within(&place))?);
        }
        joined(parts, binding).ok_or_else(|| refused("expected at least one condition"))
    }

    fn not(&mut self, reader: &mut Reader<'_>, nesting: u32) -> Result<Expression, Error> {
        let inner = self.tree(reader, nesting + 1)?.ok_or_else(|| refused("condition is empty"))?;
        Ok(Expression { text: format!("NOT ({})", inner.text), binding: Binding::Atom, operators: inner.operators + 1 })
    }

    fn attribute(&mut self, path: &str, reader: &mut Reader<'_>) -> Result<Expression, Error> {
        let path = self.path(path)?;
        match reader.kind().map_err(not_json)? {
            Kind::Object => {}
            Kind::Array => return Err(refused("expected an operator").hint("for instance {\"eq\": [...]}")),
            _ => return self.apply(Operator::Compare("="), "eq", &path, reader),
        }
        let mut parts = Vec::new();
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(reader).map_err(not_json)? {
            let name = name.decode();
            let operator = Operator::parse(&name)
                .ok_or_else(|| refused(format!("unknown operator `{name}`")).hint(Operator::hint(&name)));
            let part = operator.and_then(|operator| self.apply(operator, &name, &path, reader));
            parts.push(part.map_err(|error| error.within(&name))?);
        }
        joined(parts, Binding::And).ok_or_else(|| refused("expected an operator"))
    }

    fn apply(
        &mut self,
        operator: Operator,
        name: &str,
        path: &Path<'m>,
        reader: &mut Reader<'_>,
    ) -> Result<Expression, Error> {
        let applies = match Carrier::of(path) {
            Carrier::Unknown => true,
            Carrier::JsonText => operator.takes_any() || operator == Operator::Size,
            Carrier::Plain(kind) => operator.applies_to(kind),
        };
        if !applies {
            let shown = Carrier::of(path).shown();
            return Err(refused(format!("`{name}` does not apply to `{}`, which is {shown}", path.root.name)));
        }
        let side = Left::path(path);
        let mut left = String::new();
        path.write(self.placeholders, &mut left);
        let text = match operator {
            Operator::Compare(_) | Operator::Between | Operator::In => {
                return self.comparison(operator, &left, side, reader);
            }
            Operator::BeginsWith => format!("begins_with({left}, {})", self.prefix(side, reader)?),
            Operator::Contains(true) => format!("contains({left}, {})", self.part(side, reader)?),
            Operator::Contains(false) => format!("NOT contains({left}, {})", self.part(side, reader)?),
            Operator::Exists => match reader.kind().map_err(not_json)? {
                Kind::Bool if reader.boolean().map_err(not_json)? => format!("attribute_exists({left})"),
                Kind::Bool => format!("attribute_not_exists({left})"),
                _ => return Err(refused("`exists` takes true or false")),
            },
            Operator::Type => format!("attribute_type({left}, {})", self.type_name(reader)?),
            Operator::Size => return self.size(&left, reader),
        };
        let operators = if operator == Operator::Contains(false) { 2 } else { 1 };
        Ok(Expression { operators, ..Expression::atom(text) })
    }

    /// A comparison of what is written in `left`; `side` says what that is.
    fn comparison(
        &mut self,
        operator: Operator,
        left: &str,
        side: Left<'_, 'm>,
        reader: &mut Reader<'_>,
    ) -> Result<Expression, Error> {
        let (text, functions) = match operator {
            Operator::Between => {
                let (bounds, functions) = self.bounds(side, reader)?;
                (format!("{left} BETWEEN {bounds}"), functions)
            }
            Operator::In => {
                let (list, functions) = self.one_of(side, reader)?;
                (format!("{left} IN {list}"), functions)
            }
            other => {
                let Operator::Compare(sign) = other else { return Err(refused("not a comparison")) };
                let (right, functions) = self.compared(side, other, reader)?;
                (format!("{left} {sign} {right}"), functions)
            }
        };
        Ok(Expression { operators: 1 + functions, ..Expression::atom(text) })
    }

    fn type_name(&mut self, reader: &mut Reader<'_>) -> Result<String, Error> {
        let wrong = || refused("`type` takes the name of a DynamoDB type").hint("S N B BOOL NULL M L SS NS BS");
        if reader.kind().map_err(not_json)? != Kind::String {
            return Err(wrong());
        }
        let name = reader.string().map_err(not_json)?.decode();
        let kind = Type::parse(&name).ok_or_else(wrong)?;
        let mut out = String::new();
        self.placeholders.value(format!("{{\"S\":\"{}\"}}", kind.as_str()), &mut out);
        Ok(out)
    }

    fn size(&mut self, left: &str, reader: &mut Reader<'_>) -> Result<Expression, Error> {
        let left = format!("size({left})");
        let mut compare = |operator, reader: &mut Reader<'_>| {
            let expression = self.comparison(operator, &left, Left::size(), reader)?;
            Ok(Expression { operators: expression.operators + 1, ..expression })
        };
        if reader.kind().map_err(not_json)? != Kind::Object {
            return compare(Operator::Compare("="), reader);
        }
        let mut parts = Vec::new();
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(reader).map_err(not_json)? {
            let name = name.decode();
            let part = match Operator::parse(&name) {
                Some(operator @ (Operator::Compare(_) | Operator::Between | Operator::In)) => compare(operator, reader),
                _ => Err(refused(format!("`{name}` does not apply to a size"))),
            };
            parts.push(part.map_err(|error| error.within(&name))?);
        }
        joined(parts, Binding::And).ok_or_else(|| refused("expected an operator"))
    }
}
