//! One step of a scenario.

use super::expect::Expect;
use super::fields::Fields;
use super::generate::generate;
use super::read::Read;
use super::script::Entry;
use super::several::Several;
use crate::value::Value;

/// Members of call documents that a step may carry under the same name. Their values are handed on as they are.
const PASSED_ON: [&str; 14] = [
    "condition",
    "expect_version",
    "return_values",
    "return_old_on_failure",
    "projection",
    "consistent",
    "raw",
    "if_exists",
    "protected_attributes",
    "remove",
    "wait",
    "timeout_ms",
    "billing",
    "deletion_protection",
];

/// Update clauses, and changes of an item, whose values are items' values.
const CLAUSES: [&str; 7] = ["set", "set_if_not_exists", "append", "prepend", "add", "delete", "changes"];

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// A single-item or table operation, through the typed API.
    Operation(Operation),
    /// A call document, through the typed API.
    Call(Value),
    /// A text, through the raw entry.
    Raw(String),
    /// Items to be created, one by one.
    CreateAll(Vec<Value>),
    /// A query, scan, count or wait, through the typed API.
    Read(Read),
    /// A call document that is to be explained, not done.
    Explain(Value),
    /// The runner writes an item (attribute values) by itself.
    RawPut(Value),
    /// The runner deletes an item by itself.
    RawDelete,
    /// The runner reads an item by itself.
    RawGet,
    /// The runner waits so many milliseconds.
    Sleep(u64),
    /// A batch, a transaction or a release-state operation, through the typed API.
    Several(Several),
}

/// An operation, before it becomes a call document.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `op` of the call document.
    pub op: &'static str,
    /// The item: what is written, or the values of an update's `fields`.
    pub item: Option<Value>,
    /// Attributes that an update selects from the item.
    pub fields: Option<Vec<String>>,
    /// Update clauses.
    pub clauses: Vec<(String, Value)>,
    /// Other members of the call document.
    pub members: Vec<(String, Value)>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands in the document, for messages.
    pub pointer: String,
    /// What it does.
    pub action: Action,
    /// Its model, when it is not the scenario's.
    pub model: Option<String>,
    /// Further models that its call names.
    further_models: Vec<String>,
    /// Which item it is about.
    pub key: Option<Value>,
    /// Where the clock stands.
    pub clock: Option<String>,
    /// The randomness.
    pub seed: Option<String>,
    /// What the scripted transport answers.
    pub script: Vec<Entry>,
    /// Variables to keep: name, attribute.
    pub save: Vec<(String, String)>,
    /// What must hold.
    pub expect: Expect,
}

impl Step {
    /// Reads a step.
    pub fn load(pointer: &str, value: Value, scripted: bool) -> Result<Step, String> {
        let value = generate(value).map_err(|error| format!("{pointer}: {error}"))?;
        let mut fields = Fields::new(pointer, value)?;
        let op = fields.need_text("op")?;
        fields.text("about")?;
        let item = fields.take("item");
        let key = fields.take("key");
        let about = key.clone().or_else(|| item.clone());
        let action = load_action(&op, item, key, &mut fields)?;
        let further_models = match &action {
            Action::Several(several) => several.models(),
            Action::Call(call) => models_in(call),
            Action::Raw(text) => crate::json::parse(text).map(|call| models_in(&call)).unwrap_or_default(),
            _ => Vec::new(),
        };
        let script = fields.array("script")?.unwrap_or_default();
        if !scripted && !script.is_empty() {
            return Err(fields.error("a `script` needs `transport: scripted` in the scenario"));
        }
        let load_entry = |(at, entry)| Entry::load(&format!("{pointer}/script/{at}"), entry);
        let step = Step {
            pointer: pointer.to_owned(),
            model: fields.text("model")?,
            further_models,
            key: about,
            clock: fields.text("clock")?,
            seed: super::load_seed(&mut fields)?,
            script: script.into_iter().enumerate().map(load_entry).collect::<Result<_, _>>()?,
            save: fields.text_map("save")?,
            expect: Expect::load(&format!("{pointer}/expect"), fields.take("expect"))?,
            action,
        };
        if let Some(clock) = &step.clock {
            crate::moment::nanos(clock).map_err(|error| format!("{pointer}/clock: {error}"))?;
        }
        fields.end()?;
        step.check(scripted)?;
        Ok(step)
    }

    /// The models that the step names.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.model.iter().chain(&self.further_models).map(String::as_str)
    }

    fn check(&self, scripted: bool) -> Result<(), String> {
        let fail = |message: &str| Err(format!("{}: {message}", self.pointer));
        let raw = matches!(self.action, Action::RawPut(_) | Action::RawDelete | Action::RawGet);
        let reads = matches!(self.action, Action::Several(_) | Action::Read(_) | Action::Call(_) | Action::Raw(_));
        if self.expect.looks_at_pages() && !reads {
            return fail("this operation has no pages and counts nothing");
        }
        if scripted && matches!(&self.action, Action::Read(read) if read.walk) {
            return fail("a scripted step is one call");
        }
        if scripted && (raw || self.expect.reads_raw()) {
            return fail("a scripted scenario has no database to look into");
        }
        if !scripted && self.expect.requests.is_some() {
            return fail("`requests` are known in scripted scenarios only");
        }
        if raw && self.key.is_none() {
            return fail("`key` is missing");
        }
        if self.expect.reads_raw() && self.key.is_none() {
            return fail("a `key` or `item` is needed to read the stored item");
        }
        if matches!(self.action, Action::Sleep(_)) && !self.expect.is_default() {
            return fail("`sleep` takes no `expect`");
        }
        if matches!(self.action, Action::CreateAll(_)) && !self.expect.is_default() {
            return fail("`create_all` takes no `expect`");
        }
        if scripted && matches!(self.action, Action::CreateAll(_)) {
            return fail("a scripted step is one call");
        }
        if raw && (self.expect.outcome.is_failure() || self.expect.looks_at_answer()) {
            return fail("a raw step has no answer of a host to look at");
        }
        Ok(())
    }
}

fn load_action(op: &str, item: Option<Value>, key: Option<Value>, fields: &mut Fields) -> Result<Action, String> {
    if let Some(several) = Several::load(op, item.as_ref(), fields)? {
        return Ok(Action::Several(several));
    }
    if let Some(read) = Read::load(op, key.as_ref(), fields)? {
        return if item.is_some() {
            Err(fields.error(format!("`{op}` takes no `item`")))
        } else {
            Ok(Action::Read(read))
        };
    }
    let action = match op {
        "sleep" => Action::Sleep(fields.number("ms")?.ok_or_else(|| fields.error("`ms` is missing"))?),
        "call" => Action::Call(fields.object("call")?.ok_or_else(|| fields.error("`call` is missing"))?),
        "create_all" => Action::CreateAll(fields.array("items")?.ok_or_else(|| fields.error("`items` is missing"))?),
        "explain" => Action::Explain(fields.object("call")?.ok_or_else(|| fields.error("`call` is missing"))?),
        "raw_call" => match fields.need("call")? {
            Value::String(text) => Action::Raw(text),
            document => Action::Raw(document.to_string()),
        },
        "raw_put" => {
            let attributes = fields.object("attributes")?.ok_or_else(|| fields.error("`attributes` is missing"))?;
            Action::RawPut(attributes)
        }
        "raw_delete" => Action::RawDelete,
        "raw_get" => Action::RawGet,
        _ => return load_operation(op, item, key, fields).map(Action::Operation),
    };
    if item.is_some() {
        return Err(fields.error(format!("`{op}` takes no `item`")));
    }
    Ok(action)
}

fn load_operation(op: &str, item: Option<Value>, key: Option<Value>, fields: &mut Fields) -> Result<Operation, String> {
    let (op, needs_item) = match op {
        "create" => ("create", true),
        "save" | "put" => ("put", true),
        "upsert" => ("upsert", true),
        "update" => ("update", false),
        "get" => ("get", false),
        "get_optional" | "find" => ("find", false),
        "delete" => ("delete", false),
        "ensure_table" => ("ensure_table", false),
        "describe_table" => ("describe_table", false),
        "delete_table" => ("delete_table", false),
        other => return Err(fields.error(format!("unknown op `{other}`"))),
    };
    if needs_item && item.is_none() {
        return Err(fields.error("`item` is missing"));
    }
    let if_not_exists = fields.bool("if_not_exists")?;
    if if_not_exists.is_some() && op != "create" {
        return Err(fields.error("`if_not_exists` belongs to `create`"));
    }
    let selected = fields.texts("fields")?;
    if selected.is_some() && (op != "update" || item.is_none()) {
        return Err(fields.error("`fields` belongs to an `update` with an `item`"));
    }
    let mut take = |names: &[&str]| -> Vec<(String, Value)> {
        names.iter().filter_map(|name| Some(((*name).to_owned(), fields.take(name)?))).collect()
    };
    let clauses = take(&CLAUSES);
    let mut members = take(&PASSED_ON);
    if let Some(key) = key {
        members.insert(0, ("key".to_owned(), key));
    }
    Ok(Operation { op, item, fields: selected, clauses, members })
}

/// The models that a call document names within its groups and actions.
fn models_in(call: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let parts = ["gets", "writes", "actions"].into_iter().filter_map(|name| call.get(name)?.elements()).flatten();
    let named = ["actual", "event"].into_iter().filter_map(|name| call.get(name));
    for part in parts.chain(named) {
        let inside = part.only_member().map(|(_, members)| members).into_iter();
        for members in inside.chain([part]) {
            found.extend(members.get("model").and_then(Value::as_str).map(str::to_owned));
        }
    }
    found
}
