//! Filters of reads: what `where` leaves after the key condition, and `filter`.

use std::borrow::Cow;

use super::condition::{Expression, MAX_NESTING, Renderer, join};
use super::key_condition::Draft;
use super::keys::Keys;
use super::path::Path;
use super::placeholders::Placeholders;
use super::{refused, under};
use crate::dms::Model;
use crate::error::Error;
use crate::json::{Kind, Reader, pointer};
use crate::value::not_json;

/// The conditions of a filter, all of which must hold, before they are rendered.
#[derive(Debug)]
pub struct Filter<'m, 't> {
    model: &'m Model,
    /// The key whose attributes are not to be named; a scan has none.
    keys: Option<Keys<'m>>,
    /// Attributes and the values that they must have, DynamoDB JSON.
    equal: Vec<(usize, String)>,
    parts: Vec<Part<'t>>,
    /// A string attribute and what it must not begin with.
    without: Option<(usize, &'static str)>,
}

/// A member of a condition tree.
#[derive(Debug)]
struct Part<'t> {
    name: Cow<'t, str>,
    value: Reader<'t>,
    /// Where it stands in the call.
    place: String,
}

impl<'m, 't> Filter<'m, 't> {
    /// A filter of a query by this key that asks for nothing yet.
    pub fn of_query(keys: Keys<'m>) -> Self {
        Filter { model: keys.model, keys: Some(keys), equal: Vec::new(), parts: Vec::new(), without: None }
    }

    /// A filter of a scan that asks for nothing yet. It may name key attributes.
    pub fn of_scan(model: &'m Model) -> Self {
        Filter { model, keys: None, equal: Vec::new(), parts: Vec::new(), without: None }
    }

    /// Adds a condition tree that stands at `place` in the call. An empty object adds nothing.
    ///
    /// # Errors
    /// The tree is not an object.
    pub fn add(&mut self, tree: &'t str, place: &str) -> Result<(), Error> {
        self.walk(&mut Reader::new(tree), place, 0, None).map(drop)
    }

    /// Adds the tree of `where`: conditions on sort attributes go to the key condition, the others stay.
    ///
    /// # Errors
    /// As [`Draft::sort`], and for conditions on the partition key, which belongs into `key`.
    pub fn split(&mut self, tree: &'t str, place: &str, draft: &mut Draft<'m>) -> Result<(), Error> {
        self.walk(&mut Reader::new(tree), place, 0, Some(draft)).map(drop)
    }

    /// Asks for attributes to have these values, DynamoDB JSON.
    pub fn equal(&mut self, values: Vec<(usize, String)>) {
        self.equal.extend(values);
    }

    /// Drops items whose string attribute begins so.
    pub fn without(&mut self, attribute: usize, prefix: &'static str) {
        self.without = Some((attribute, prefix));
    }

    /// Renders the filter expression; `None` when nothing is asked for.
    ///
    /// # Errors
    /// Whatever is wrong with a condition, with its place in the call.
    pub fn render(self, placeholders: &mut Placeholders) -> Result<Option<Expression>, Error> {
        let mut rendered = Vec::with_capacity(self.equal.len() + self.parts.len());
        for (at, value) in self.equal {
            let mut text = String::new();
            placeholders.name(&self.model.attributes[at].name, &mut text);
            text.push_str(" = ");
            placeholders.value(value, &mut text);
            rendered.push(Expression::atom(text));
        }
        let mut renderer = Renderer { model: self.model, placeholders, filter: true, keys: self.keys };
        for mut part in self.parts {
            let expression = renderer.member(&part.name, &mut part.value, 0);
            rendered.push(expression.map_err(|error| under(error, &part.place))?);
        }
        if let Some((at, prefix)) = self.without {
            let mut text = String::from("NOT begins_with(");
            placeholders.name(&self.model.attributes[at].name, &mut text);
            text.push_str(", ");
            placeholders.value(format!("{{\"S\":\"{prefix}\"}}"), &mut text);
            text.push(')');
            rendered.push(Expression::atom(text));
        }
        join(rendered).map(|whole| whole.within_limits("filter")).transpose()
    }

    /// Takes the members of a tree apart, through every `$and`; says whether there were any.
    fn walk(
        &mut self,
        reader: &mut Reader<'t>,
        place: &str,
        nesting: u32,
        mut draft: Option<&mut Draft<'m>>,
    ) -> Result<bool, Error> {
        if reader.kind().map_err(not_json)? != Kind::Object {
            return Err(refused("a filter is an object").at(place));
        }
        if nesting > MAX_NESTING {
            return Err(refused(format!("filter is nested deeper than {MAX_NESTING} levels")).at(place));
        }
        let mut any = false;
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(reader).map_err(not_json)? {
            any = true;
            let name = name.decode();
            let here = pointer(place, &name);
            match &*name {
                "$and" => self.all_of(reader, &here, nesting, draft.as_deref_mut())?,
                "$or" | "$not" => self.keep(name, reader, here)?,
                path => match self.key_attribute(path, draft.is_some(), &here)? {
                    Some(at) => draft.as_mut().expect("it was asked for").sort(at, reader, &here)?,
                    None => self.keep(name, reader, here)?,
                },
            }
        }
        Ok(any)
    }

    fn all_of(
        &mut self,
        reader: &mut Reader<'t>,
        place: &str,
        nesting: u32,
        mut draft: Option<&mut Draft<'m>>,
    ) -> Result<(), Error> {
        if reader.kind().map_err(not_json)? != Kind::Array {
            return Err(refused("expected an array of conditions").at(place));
        }
        let mut count = 0;
        let mut elements = reader.array().map_err(not_json)?;
        while elements.next(reader).map_err(not_json)? {
            let here = format!("{place}/{count}");
            if !self.walk(reader, &here, nesting + 1, draft.as_deref_mut())? {
                return Err(refused("condition is empty").at(here));
            }
            count += 1;
        }
        if count == 0 { Err(refused("expected at least one condition").at(place)) } else { Ok(()) }
    }

    /// The attribute, if the path is a whole one of the key and `where` is being split.
    fn key_attribute(&self, path: &str, splits: bool, place: &str) -> Result<Option<usize>, Error> {
        let Some(keys) = self.keys.filter(|_| splits) else { return Ok(None) };
        let path = Path::parse(self.model, path).map_err(|error| error.at(place))?;
        if !path.segments.is_empty() || !keys.sort().contains(&path.at) {
            return Ok(None);
        }
        Ok(Some(path.at))
    }

    fn keep(&mut self, name: Cow<'t, str>, reader: &mut Reader<'t>, place: String) -> Result<(), Error> {
        let value = *reader;
        reader.skip().map_err(not_json)?;
        self.parts.push(Part { name, value, place });
        Ok(())
    }
}
