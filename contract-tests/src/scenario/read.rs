//! Queries, scans, counts and waits of a step.

use super::fields::Fields;
use crate::value::Value;

/// A read of a step, before it becomes a call document.
#[derive(Clone, Debug)]
pub struct Read {
    /// `op` of the call document.
    pub op: &'static str,
    /// What is read.
    pub request: Request,
    /// Whether to go on with the cursor of each answer until there is none, and to look at all items together.
    pub walk: bool,
    /// Variable in which to keep the cursor of the answer.
    pub save_cursor: Option<String>,
}

/// What is read.
#[derive(Clone, Debug)]
pub enum Request {
    /// In the form that all implementations share.
    Shared(Box<Shared>),
    /// Members of the call document, as they are.
    Members(Vec<(String, Value)>),
}

/// The form that all implementations share.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// Only the number of items is wanted.
    pub counts: bool,
    /// Index to read.
    pub index: Option<String>,
    /// Test of the partition key.
    pub partition: Option<Test>,
    /// Test of the sort key.
    pub sort: Option<Test>,
    /// Tests that items must pass.
    pub filter: Vec<Test>,
    /// `ASC` or `DESC`.
    pub direction: Option<String>,
    /// Items wanted.
    pub limit: Option<Value>,
    /// Attributes to read.
    pub projection: Option<Value>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Strongly consistent.
    pub consistent: Option<bool>,
}

/// One condition: attribute, operator, operands.
#[derive(Clone, Debug)]
pub struct Test {
    /// Attribute name.
    pub attribute: String,
    /// Operator of condition trees.
    pub operator: String,
    /// What it is compared with.
    pub operand: Value,
}

/// Members of call documents that a read may carry, by operation.
const QUERY: &[&str] = &[
    "index",
    "key",
    "where",
    "filter",
    "order",
    "projection",
    "consistent",
    "limit",
    "page_size",
    "pages",
    "cursor",
    "count",
    "raw",
];
const SCAN: &[&str] = &[
    "index",
    "filter",
    "projection",
    "consistent",
    "limit",
    "page_size",
    "pages",
    "cursor",
    "count",
    "raw",
    "segments",
    "segment",
    "parallel",
    "progress",
];
const WAIT_FOR: &[&str] =
    &["key", "index", "until", "projection", "consistent", "raw", "timeout_ms", "base_ms", "max_ms"];

impl Read {
    /// Reads the fields of a step whose `op` is a read; `None` when it is none.
    pub fn load(op: &str, key: Option<&Value>, fields: &mut Fields) -> Result<Option<Read>, String> {
        let (name, members) = match op {
            "query" => ("query", QUERY),
            "scan" => ("scan", SCAN),
            "wait_for" => ("wait_for", WAIT_FOR),
            "count" => return load_count(fields).map(Some),
            _ => return Ok(None),
        };
        if key.is_some() && !members.contains(&"key") {
            return Err(fields.error(format!("`{op}` takes no `key`")));
        }
        let shared = if op == "wait_for" { None } else { fields.take(op) };
        let request = match shared {
            Some(value) => Request::Shared(Box::new(Shared::load(&fields.pointer(op), value, false)?)),
            None => Request::Members(load_members(members, key, fields)),
        };
        let (walk, save_cursor) = (fields.bool("walk")?.unwrap_or(false), fields.text("save_cursor")?);
        Ok(Some(Read { op: name, request, walk, save_cursor }))
    }
}

fn load_members(names: &[&str], key: Option<&Value>, fields: &mut Fields) -> Vec<(String, Value)> {
    let taken = |name: &&str| {
        let value = if *name == "key" { key.cloned() } else { fields.take(name) };
        Some(((*name).to_owned(), value?))
    };
    names.iter().filter_map(taken).collect()
}

/// `count: {query: …}` or `count: {scan: …}`.
fn load_count(fields: &mut Fields) -> Result<Read, String> {
    let value = fields.object("count")?.ok_or_else(|| fields.error("`count` is missing"))?;
    let pointer = fields.pointer("count");
    let mut inner = Fields::new(&pointer, value)?;
    let (op, request) = match (inner.take("query"), inner.take("scan")) {
        (Some(query), None) => ("query", query),
        (None, Some(scan)) => ("scan", scan),
        _ => return Err(inner.error("exactly one of `query` and `scan` is needed")),
    };
    inner.end()?;
    let shared = Shared::load(&format!("{pointer}/{op}"), request, true)?;
    Ok(Read { op, request: Request::Shared(Box::new(shared)), walk: false, save_cursor: None })
}

impl Shared {
    fn load(pointer: &str, value: Value, counts: bool) -> Result<Shared, String> {
        let mut fields = Fields::new(pointer, value)?;
        let filter = fields.array("filter")?.unwrap_or_default();
        let load = |(at, value)| Test::load(&format!("{pointer}/filter/{at}"), value);
        let mut test =
            |name: &str| fields.take(name).map(|value| Test::load(&format!("{pointer}/{name}"), value)).transpose();
        let (partition, sort) = (test("partition")?, test("sort")?);
        let shared = Shared {
            counts,
            index: fields.text("index")?,
            partition,
            sort,
            filter: filter.into_iter().enumerate().map(load).collect::<Result<_, _>>()?,
            direction: fields.text("sort_direction")?,
            limit: fields.take("limit"),
            projection: fields.take("projection"),
            cursor: fields.text("cursor")?,
            consistent: fields.bool("consistent_read")?,
        };
        fields.end()?;
        Ok(shared)
    }
}

impl Test {
    fn load(pointer: &str, value: Value) -> Result<Test, String> {
        let mut fields = Fields::new(pointer, value)?;
        let attribute = fields.need_text("attribute")?;
        let operator = fields.text("operator")?.unwrap_or_else(|| String::from("="));
        let (value, values) = (fields.take("value"), fields.array("values")?);
        fields.end()?;
        let operand = match (value, values) {
            (Some(value), None) => Some(value),
            (None, Some(values)) => Some(Value::Array(values)),
            (None, None) => None,
            _ => return Err(format!("{pointer}: `value` and `values` exclude each other")),
        };
        let (operator, operand) = match (operator.to_ascii_uppercase().as_str(), operand) {
            ("EXISTS" | "ATTRIBUTE_EXISTS", None) => ("exists", Value::Bool(true)),
            ("NOT_EXISTS" | "ATTRIBUTE_NOT_EXISTS", None) => ("exists", Value::Bool(false)),
            (other, operand) => {
                let name = match other {
                    "=" | "EQ" => "eq",
                    "<>" | "!=" | "NE" => "ne",
                    "<" | "LT" => "lt",
                    "<=" | "LE" => "lte",
                    ">" | "GT" => "gt",
                    ">=" | "GE" => "gte",
                    "BETWEEN" => "between",
                    "IN" => "in",
                    "BEGINS_WITH" => "begins_with",
                    "CONTAINS" => "contains",
                    _ => return Err(format!("{pointer}: unknown operator `{operator}`")),
                };
                (name, operand.ok_or_else(|| format!("{pointer}: `value` or `values` is missing"))?)
            }
        };
        Ok(Test { attribute, operator: operator.to_owned(), operand })
    }
}
