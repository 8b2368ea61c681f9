//! Key conditions: every partition attribute by equality, sort attributes by one condition each.

use std::cmp::Ordering;

use super::compare::order;
use super::key_value::{Part, key_value, missing_key};
use super::keys::Keys;
use super::operators::Operator;
use super::path::unknown_attribute;
use super::placeholders::Placeholders;
use super::{BOUNDS, refused, two};
use crate::dms::{Index, Type};
use crate::error::{Code, Error};
use crate::json::{Kind, Reader, pointer};
use crate::value::not_json;

/// What a sort attribute is asked for; values are DynamoDB JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `=`, `<`, `<=`, `>`, `>=`
    Compare(&'static str, String),
    /// Both bounds belong to it.
    Between(String, String),
    /// A string or binary value that begins so.
    BeginsWith(String),
}

/// The key condition of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCondition {
    /// One value for each partition attribute, DynamoDB JSON.
    pub partition: Vec<String>,
    /// Tests of the sort attributes from the first on; equality but for the last.
    pub sort: Vec<Test>,
}

impl KeyCondition {
    /// Renders the key condition expression.
    pub fn render(&self, keys: &Keys<'_>, placeholders: &mut Placeholders) -> String {
        let mut text = String::new();
        let names = |positions: &[usize], at: usize| &keys.model.attributes[positions[at]].name;
        for (at, value) in self.partition.iter().enumerate() {
            and(&mut text);
            placeholders.name(names(keys.partition(), at), &mut text);
            text.push_str(" = ");
            placeholders.value(value.clone(), &mut text);
        }
        for (at, test) in self.sort.iter().enumerate() {
            and(&mut text);
            test.write(names(keys.sort(), at), placeholders, &mut text);
        }
        text
    }
}

fn and(text: &mut String) {
    if !text.is_empty() {
        text.push_str(" AND ");
    }
}

impl Test {
    /// Whether a value, DynamoDB JSON of the same attribute, passes.
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Test::Compare(sign, bound) => order(value, bound).is_some_and(|found| match *sign {
                "=" => found == Ordering::Equal,
                "<" => found == Ordering::Less,
                "<=" => found != Ordering::Greater,
                ">" => found == Ordering::Greater,
                _ => found != Ordering::Less,
            }),
            Test::Between(low, high) => {
                order(value, low).is_some_and(|found| found != Ordering::Less)
                    && order(value, high).is_some_and(|found| found != Ordering::Greater)
            }
            Test::BeginsWith(prefix) => super::compare::begins_with(value, prefix),
        }
    }

    fn write(&self, name: &str, placeholders: &mut Placeholders, out: &mut String) {
        match self {
            Test::Compare(sign, value) => {
                placeholders.name(name, out);
                out.push(' ');
                out.push_str(sign);
                out.push(' ');
                placeholders.value(value.clone(), out);
            }
            Test::Between(low, high) => {
                placeholders.name(name, out);
                out.push_str(" BETWEEN ");
                placeholders.value(low.clone(), out);
                out.push_str(" AND ");
                placeholders.value(high.clone(), out);
            }
            Test::BeginsWith(prefix) => {
                out.push_str("begins_with(");
                placeholders.name(name, out);
                out.push_str(", ");
                placeholders.value(prefix.clone(), out);
                out.push(')');
            }
        }
    }
}

/// A key condition that is being put together from `key` and `where`.
#[derive(Clone, Debug)]
pub struct Draft<'m> {
    keys: Keys<'m>,
    partition: Vec<Option<String>>,
    /// Each with the place in the call where it stands.
    sort: Vec<Option<(Test, String)>>,
    /// When an item may stand for the key: values of key attributes of the table that are not of the index.
    others: Option<Vec<(usize, String)>>,
}

impl<'m> Draft<'m> {
    /// A condition on this key that asks for nothing yet.
    pub fn new(keys: Keys<'m>) -> Self {
        let (partition, sort) = (vec![None; keys.partition().len()], vec![None; keys.sort().len()]);
        Draft { keys, partition, sort, others: None }
    }

    /// A condition that takes a whole item for the key: attributes that are not of any key do not matter.
    pub fn of_item(keys: Keys<'m>) -> Self {
        Draft { others: Some(Vec::new()), ..Draft::new(keys) }
    }

    /// What an item says of key attributes of the table that the index does not have.
    pub fn take_others(&mut self) -> Vec<(usize, String)> {
        self.others.take().unwrap_or_default()
    }

    /// Reads the `key` of a call: an array of values in the order of the key, an object by attribute names, or the one
    /// partition value itself. Sort attributes take a value or a condition.
    ///
    /// # Errors
    /// [`Code::InvalidPrimaryKey`], [`Code::MissingPrimaryKey`], [`Code::InvalidOperator`]: with the place in the call.
    pub fn read_key(&mut self, text: &str) -> Result<(), Error> {
        let mut reader = Reader::new(text);
        match reader.kind().map_err(not_json)? {
            Kind::Array => self.positional(&mut reader),
            Kind::Object => self.named(&mut reader),
            Kind::String | Kind::Number => self.set(0, &mut reader, "/key"),
            _ => Err(Error::new(Code::InvalidCall, "`key` is an array or an object").at("/key")),
        }
    }

    /// Takes up the condition that is next to read, if it is one on a sort attribute; `at` is the attribute's position in the
    /// model, `place` where the condition stands in the call.
    ///
    /// # Errors
    /// A second condition on the attribute, or one that DynamoDB does not take in keys.
    pub fn sort(&mut self, at: usize, reader: &mut Reader<'_>, place: &str) -> Result<(), Error> {
        match self.keys.sort().iter().position(|known| *known == at) {
            Some(slot) => self.set(self.partition.len() + slot, reader, place),
            None => Err(self.not_a_sort_key(at).at(place)),
        }
    }

    /// The whole condition.
    ///
    /// # Errors
    /// A partition attribute without a value; sort attributes that are not given from the first on, or with a range before the
    /// last one.
    pub fn finish(self) -> Result<KeyCondition, Error> {
        let model = self.keys.model;
        let mut partition = Vec::with_capacity(self.partition.len());
        for (value, at) in self.partition.into_iter().zip(self.keys.partition()) {
            partition.push(value.ok_or_else(|| {
                let error = missing_key(&model.attributes[*at]).at("/key");
                error.hint(format!("a query of {} needs a value of it", self.keys.shown()))
            })?);
        }
        let mut sort: Vec<Test> = Vec::new();
        for (slot, test) in self.sort.into_iter().enumerate() {
            let Some((test, place)) = test else { continue };
            let name = |slot: usize| &model.attributes[self.keys.sort()[slot]].name;
            if sort.len() < slot {
                let (name, before) = (name(slot), name(sort.len()));
                return Err(refused(format!("a condition on `{name}` needs one on `{before}`"))
                    .at(place)
                    .hint(format!("the sort attributes of {} are given from the first on", self.keys.shown())));
            }
            if sort.last().is_some_and(|last| !matches!(last, Test::Compare("=", _))) {
                return Err(refused(format!("a condition on `{}` needs equality of `{}`", name(slot), name(slot - 1)))
                    .at(place)
                    .hint("only the last sort attribute that is given takes a range"));
            }
            sort.push(test);
        }
        Ok(KeyCondition { partition, sort })
    }

    fn positional(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let mut count = 0;
        let mut elements = reader.array().map_err(not_json)?;
        while elements.next(reader).map_err(not_json)? {
            let most = self.partition.len() + self.sort.len();
            if count == most {
                let plural = if most == 1 { "" } else { "s" };
                let message = format!("the key of {} has {most} part{plural}", self.keys.shown());
                return Err(Error::new(Code::InvalidPrimaryKey, message).at("/key"));
            }
            self.set(count, reader, &format!("/key/{count}"))?;
            count += 1;
        }
        Ok(())
    }

    fn named(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let keys = self.keys;
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(reader).map_err(not_json)? {
            let name = name.decode();
            let place = pointer("/key", &name);
            let Some((at, _)) = keys.model.attribute(&name) else {
                return Err(unknown_attribute(keys.model, &name).at(place));
            };
            let parts = keys.partition().iter().chain(keys.sort());
            match parts.into_iter().position(|known| *known == at) {
                Some(part) => self.set(part, reader, &place)?,
                None => self.other(at, &name, reader, &place)?,
            }
        }
        Ok(())
    }

    /// An attribute that is not part of the key.
    fn other(&mut self, at: usize, name: &str, reader: &mut Reader<'_>, place: &str) -> Result<(), Error> {
        let model = self.keys.model;
        let error = self.not_a_key(name);
        let Some(others) = &mut self.others else { return Err(error.at(place)) };
        if !model.is_key(at) {
            return reader.skip().map(drop).map_err(not_json);
        }
        let part = if at == model.partition { Part::Partition } else { Part::Sort };
        let value = key_value(&model.attributes[at], part, model.version_of_dms, reader);
        others.push((at, value.map_err(|error| super::under(error, place))?));
        Ok(())
    }

    /// Reads the part of the key at this place in it.
    fn set(&mut self, part: usize, reader: &mut Reader<'_>, place: &str) -> Result<(), Error> {
        let under = |error: Error| super::under(error, place);
        let partitions = self.partition.len();
        if part >= partitions {
            let slot = part - partitions;
            let test = self.test(self.keys.sort()[slot], reader).map_err(under)?;
            if self.sort[slot].is_some() {
                let name = &self.keys.model.attributes[self.keys.sort()[slot]].name;
                return Err(second_condition(name).at(place));
            }
            self.sort[slot] = Some((test, place.to_owned()));
            return Ok(());
        }
        let target = &self.keys.model.attributes[self.keys.partition()[part]];
        if is_condition(reader)? {
            return Err(refused(format!("partition key `{}` takes a value, not a condition", target.name)).at(place));
        }
        let value = key_value(target, Part::Partition, self.keys.model.version_of_dms, reader).map_err(under)?;
        if self.partition[part].replace(value).is_some() {
            return Err(
                Error::new(Code::InvalidCall, format!("key attribute `{}` is given twice", target.name)).at(place)
            );
        }
        Ok(())
    }

    /// A value, or an object of one operator and its operand.
    fn test(&self, at: usize, reader: &mut Reader<'_>) -> Result<Test, Error> {
        if !is_condition(reader)? {
            return Ok(Test::Compare("=", self.value(at, reader)?));
        }
        let name = &self.keys.model.attributes[at].name;
        let mut test = None;
        let mut members = reader.object().map_err(not_json)?;
        while let Some(word) = members.next(reader).map_err(not_json)? {
            let word = word.decode();
            if test.is_some() {
                return Err(second_condition(name).within(&word));
            }
            test = Some(self.operator(at, &word, reader).map_err(|error| error.within(&word))?);
        }
        test.ok_or_else(|| refused("expected an operator").hint(OPERATORS))
    }

    fn operator(&self, at: usize, word: &str, reader: &mut Reader<'_>) -> Result<Test, Error> {
        let target = &self.keys.model.attributes[at];
        match Operator::parse(word) {
            Some(Operator::Compare("<>")) => {}
            Some(Operator::Compare(sign)) => return Ok(Test::Compare(sign, self.value(at, reader)?)),
            Some(Operator::Between) => return self.between(at, reader),
            Some(Operator::BeginsWith) if target.kind == Type::N => {
                return Err(refused(format!("`begins_with` does not apply to `{}`, which is of type N", target.name)));
            }
            Some(Operator::BeginsWith) => return Ok(Test::BeginsWith(self.value(at, reader)?)),
            Some(_) => {}
            None => return Err(refused(format!("unknown operator `{word}`")).hint(Operator::hint(word))),
        }
        Err(refused(format!("`{word}` does not apply to sort key `{}`", target.name)).hint(OPERATORS))
    }

    fn between(&self, at: usize, reader: &mut Reader<'_>) -> Result<Test, Error> {
        let [low, high] = two(reader, BOUNDS, |reader| self.value(at, reader))?;
        if order(&low, &high) == Some(Ordering::Greater) {
            return Err(refused("the low bound of `between` is above the high one"));
        }
        Ok(Test::Between(low, high))
    }

    fn value(&self, at: usize, reader: &mut Reader<'_>) -> Result<String, Error> {
        let model = self.keys.model;
        key_value(&model.attributes[at], Part::Sort, model.version_of_dms, reader)
    }

    fn not_a_key(&self, name: &str) -> Error {
        let (keys, model) = (self.keys, self.keys.model);
        let without = if keys.sort().is_empty() { ", which has no sort key" } else { "" };
        let error = refused(format!("`{name}` is not a key attribute of {}{without}", keys.shown()));
        let has = |index: &&Index| index.keys().any(|at| model.attributes[at].name == name);
        match model.indexes.iter().find(has) {
            Some(index) => error.hint(format!(
                "index `{}` has it in its key; conditions on other attributes belong into `filter`",
                index.name
            )),
            None => error.hint("conditions on other attributes belong into `filter`"),
        }
    }

    fn not_a_sort_key(&self, at: usize) -> Error {
        self.not_a_key(&self.keys.model.attributes[at].name)
    }
}

const OPERATORS: &str = "sort keys take `eq`, `lt`, `lte`, `gt`, `gte`, `between` and `begins_with`, one of them";

fn second_condition(name: &str) -> Error {
    refused(format!("a second condition on sort key `{name}`"))
        .hint("DynamoDB takes one: `between` is a range with both its bounds, and filters cannot name key attributes")
}

/// Whether an object of operators is next to read, and not a value such as `{"$binary": …}`.
fn is_condition(reader: &Reader<'_>) -> Result<bool, Error> {
    if reader.kind().map_err(not_json)? != Kind::Object {
        return Ok(false);
    }
    let mut ahead = *reader;
    let mut members = ahead.object().map_err(not_json)?;
    Ok(members.next(&mut ahead).map_err(not_json)?.is_none_or(|name| !name.decode().starts_with('$')))
}
