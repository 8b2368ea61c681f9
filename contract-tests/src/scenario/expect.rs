//! What a step must bring about.

use super::fields::Fields;
use crate::value::Value;

/// How a step ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeds.
    #[default]
    Ok,
    /// It fails, in whatever way.
    Failure,
    /// It fails, and this code is among the codes.
    Error(String),
    /// It fails with exactly these codes.
    Errors(Vec<String>),
}

impl Outcome {
    /// Whether the step is to fail.
    pub fn is_failure(&self) -> bool {
        *self != Outcome::Ok
    }
}

/// One request that is to be sent.
#[derive(Clone, Debug)]
pub struct ExpectedRequest {
    /// The API action.
    pub action: String,
    /// The exact body, or a document that it must equal.
    pub body: Option<Value>,
    /// The exact URL.
    pub url: Option<String>,
    /// Header lines that must be there: name in lower case, exact value.
    pub head: Vec<(String, String)>,
}

/// All assertions of a step. `FORMAT.md` describes them.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// How it ends.
    pub outcome: Outcome,
    /// What the first items must have, in this order.
    pub items_contains: Option<Vec<Value>>,
    /// All items, in this order.
    pub items_equal: Option<Vec<Value>>,
    /// What each of all items must have, in any order.
    pub items_in_any_order: Option<Vec<Value>>,
    /// Names that no item must have.
    pub items_missing_fields: Vec<String>,
    /// How many items there are.
    pub item_count: Option<u64>,
    /// `count` of the answer.
    pub count: Option<u64>,
    /// The cursor; an empty text is none.
    pub cursor_equals: Option<String>,
    /// Whether there is no cursor.
    pub cursor_absent: Option<bool>,
    /// Members that the item must have.
    pub item_contains: Option<Value>,
    /// Everything that the item has.
    pub item_equals: Option<Value>,
    /// Names that the item must have.
    pub item_has_fields: Vec<String>,
    /// Names that the stored item must not have.
    pub item_missing_fields: Vec<String>,
    /// Whether there is an item.
    pub item_absent: Option<bool>,
    /// Attribute and the variable that it equals.
    pub item_field_equals_var: Vec<(String, String)>,
    /// Attribute and the variable that it does not equal.
    pub item_field_not_equals_var: Vec<(String, String)>,
    /// Members that the stored item must have.
    pub raw_item_contains: Option<Value>,
    /// Attribute and its type in the stored item.
    pub raw_attribute_types: Vec<(String, String)>,
    /// The stored item, attribute values, all of it.
    pub raw_item_equals: Option<Value>,
    /// Some attributes of the stored item, attribute values.
    pub raw_attributes: Option<Value>,
    /// Whether no item is stored.
    pub raw_item_absent: Option<bool>,
    /// Part of the result document.
    pub result: Option<Value>,
    /// Part of the error document.
    pub error_document: Option<Value>,
    /// The waits that ran out.
    pub waits: Option<Vec<u64>>,
    /// Lowest and highest value of each wait that ran out.
    pub waits_within: Option<Vec<(u64, u64)>>,
    /// The requests that were sent.
    pub requests: Option<Vec<ExpectedRequest>>,
    /// How many requests were sent.
    pub request_count: Option<u64>,
}

impl Expect {
    /// Reads the member `expect` of a step; none means that the step succeeds.
    pub fn load(pointer: &str, value: Option<Value>) -> Result<Expect, String> {
        let Some(value) = value else { return Ok(Expect::default()) };
        if value.members().is_some_and(<[_]>::is_empty) {
            return Err(format!("{pointer}: asserts nothing"));
        }
        refuse_empty(pointer, &value)?;
        let mut fields = Fields::new(pointer, value)?;
        let outcome = load_outcome(&mut fields)?;
        let expect = Expect {
            outcome,
            items_contains: fields.array("items_contains")?,
            items_equal: fields.array("items_equal")?,
            items_in_any_order: fields.array("items_in_any_order")?,
            items_missing_fields: fields.texts("items_missing_fields")?.unwrap_or_default(),
            item_count: fields.number("item_count")?,
            count: fields.number("count")?,
            cursor_equals: fields.text("cursor_equals")?,
            cursor_absent: fields.bool("cursor_absent")?,
            item_contains: fields.object("item_contains")?,
            item_equals: fields.object("item_equals")?,
            item_has_fields: fields.texts("item_has_fields")?.unwrap_or_default(),
            item_missing_fields: fields.texts("item_missing_fields")?.unwrap_or_default(),
            item_absent: fields.bool("item_absent")?,
            item_field_equals_var: fields.text_map("item_field_equals_var")?,
            item_field_not_equals_var: fields.text_map("item_field_not_equals_var")?,
            raw_item_contains: fields.object("raw_item_contains")?,
            raw_attribute_types: fields.text_map("raw_attribute_types")?,
            raw_item_equals: fields.object("raw_item_equals")?,
            raw_attributes: fields.object("raw_attributes")?,
            raw_item_absent: fields.bool("raw_item_absent")?,
            result: fields.object("result")?,
            error_document: fields.object("error_document")?,
            waits: load_waits(&mut fields)?,
            waits_within: load_waits_within(&mut fields)?,
            requests: load_requests(&mut fields)?,
            request_count: fields.number("request_count")?,
        };
        fields.end()?;
        expect.check(pointer)?;
        Ok(expect)
    }

    /// Whether only success is asked for.
    pub fn is_default(&self) -> bool {
        !self.outcome.is_failure() && !self.reads_raw() && !self.looks_at_answer()
    }

    /// Whether the stored item is looked at.
    pub fn reads_raw(&self) -> bool {
        !self.item_missing_fields.is_empty()
            || self.item_equals.is_some()
            || self.raw_item_contains.is_some()
            || !self.raw_attribute_types.is_empty()
            || self.raw_item_equals.is_some()
            || self.raw_attributes.is_some()
            || self.raw_item_absent.is_some()
    }

    /// Whether an item is looked at, in the answer or stored.
    pub fn reads_item(&self) -> bool {
        self.item_contains.is_some()
            || self.item_equals.is_some()
            || !self.item_has_fields.is_empty()
            || !self.item_field_equals_var.is_empty()
            || !self.item_field_not_equals_var.is_empty()
    }

    /// Whether items, their number or a cursor are looked at.
    pub fn looks_at_pages(&self) -> bool {
        self.items_contains.is_some()
            || self.items_equal.is_some()
            || self.items_in_any_order.is_some()
            || !self.items_missing_fields.is_empty()
            || self.item_count.is_some()
            || self.count.is_some()
            || self.cursor_equals.is_some()
            || self.cursor_absent.is_some()
    }

    /// Whether something is looked at that only an answer of a host has.
    pub fn looks_at_answer(&self) -> bool {
        self.item_absent.is_some()
            || self.looks_at_pages()
            || self.result.is_some()
            || self.error_document.is_some()
            || self.waits.is_some()
            || self.waits_within.is_some()
            || self.requests.is_some()
            || self.request_count.is_some()
    }

    fn check(&self, pointer: &str) -> Result<(), String> {
        let data = self.reads_item()
            || self.looks_at_pages()
            || self.item_absent.is_some()
            || self.result.is_some()
            || !self.item_missing_fields.is_empty()
            || self.raw_item_contains.is_some()
            || !self.raw_attribute_types.is_empty();
        if self.outcome.is_failure() && data {
            return Err(format!("{pointer}: assertions about data cannot stand beside an error"));
        }
        if !self.outcome.is_failure() && self.error_document.is_some() {
            return Err(format!("{pointer}: `error_document` needs `error`, `errors` or `ok: false`"));
        }
        Ok(())
    }
}

fn load_outcome(fields: &mut Fields) -> Result<Outcome, String> {
    let given = (fields.bool("ok")?, fields.text("error")?, fields.texts("errors")?);
    match given {
        (None | Some(true), None, None) => Ok(Outcome::Ok),
        (Some(false), None, None) => Ok(Outcome::Failure),
        (None | Some(false), Some(code), None) => Ok(Outcome::Error(code)),
        (None | Some(false), None, Some(codes)) => Ok(Outcome::Errors(codes)),
        _ => Err(fields.error("`ok: true`, `error` and `errors` exclude each other")),
    }
}

/// An empty object or array asserts nothing, and is a slip of the pen.
fn refuse_empty(pointer: &str, expect: &Value) -> Result<(), String> {
    let may_be_empty = ["waits", "requests", "waits_within", "items_contains", "items_equal", "items_in_any_order"];
    for (name, value) in expect.members().unwrap_or_default() {
        let empty = value.members().is_some_and(<[_]>::is_empty) || value.elements().is_some_and(<[_]>::is_empty);
        if empty && !may_be_empty.contains(&name.as_str()) {
            return Err(format!("{pointer}/{name}: asserts nothing"));
        }
    }
    Ok(())
}

fn load_waits(fields: &mut Fields) -> Result<Option<Vec<u64>>, String> {
    let Some(waits) = fields.array("waits")? else { return Ok(None) };
    let read: Option<Vec<u64>> = waits.iter().map(Value::as_u64).collect();
    read.map(Some).ok_or_else(|| format!("{}: whole numbers are needed", fields.pointer("waits")))
}

fn load_waits_within(fields: &mut Fields) -> Result<Option<Vec<(u64, u64)>>, String> {
    let Some(bounds) = fields.array("waits_within")? else { return Ok(None) };
    let pair = |bound: &Value| match bound.elements()? {
        [low, high] => Some((low.as_u64()?, high.as_u64()?)),
        _ => None,
    };
    let read: Option<Vec<(u64, u64)>> = bounds.iter().map(pair).collect();
    read.map(Some).ok_or_else(|| format!("{}: pairs of whole numbers are needed", fields.pointer("waits_within")))
}

fn load_requests(fields: &mut Fields) -> Result<Option<Vec<ExpectedRequest>>, String> {
    let pointer = fields.pointer("requests");
    let Some(requests) = fields.array("requests")? else { return Ok(None) };
    let load = |(at, value)| {
        let mut fields = Fields::new(format!("{pointer}/{at}"), value)?;
        let request = ExpectedRequest {
            action: fields.need_text("action")?,
            body: fields.take("body"),
            url: fields.text("url")?,
            head: fields.text_map("head")?,
        };
        fields.end()?;
        Ok(request)
    };
    requests.into_iter().enumerate().map(load).collect::<Result<_, String>>().map(Some)
}
