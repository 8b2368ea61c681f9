//! Batches, transactions and release-state operations of a step, in the form that all implementations share.

use super::fields::Fields;
use crate::value::Value;

/// A step with several items, before it becomes a call document.
#[derive(Clone, Debug)]
pub struct Several {
    /// `op` of the call document.
    pub op: &'static str,
    /// What it is about.
    pub request: Request,
}

/// What a step is about. Models are named where they are not the step's.
#[derive(Clone, Debug)]
pub enum Request {
    /// Keys to be read.
    BatchGet(Vec<Value>),
    /// Items to be written, and keys of items to be removed.
    BatchWrite(Vec<Value>, Vec<Value>),
    /// Keys to be read at one moment.
    TransactGet(Vec<(Option<String>, Value)>),
    /// Actions of a transaction.
    TransactWrite(Vec<Action>),
    /// A change of state and the event that tells of it.
    Transition(Box<[Action; 2]>),
    /// An item whose evidence is looked at.
    Provenance(Value),
}

/// An action of a transaction.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// `put`, `create`, `update`, `delete` or `check`.
    pub kind: &'static str,
    /// Its model.
    pub model: Option<String>,
    /// The item of puts and creates.
    pub item: Option<Value>,
    /// The key of the others.
    pub key: Option<Value>,
    /// Attributes that an update sets.
    pub set: Option<Value>,
    /// The expected version.
    pub expected_version: Option<Value>,
    /// A condition expression.
    pub condition: Option<Condition>,
}

/// A condition expression as DynamoDB has it.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The text.
    pub text: String,
    /// `#name` to attribute.
    pub names: Vec<(String, String)>,
    /// `:value` to value.
    pub values: Vec<(String, Value)>,
}

impl Several {
    /// Reads the fields of a step whose `op` is one of these; `None` when it is none.
    pub fn load(op: &str, item: Option<&Value>, fields: &mut Fields) -> Result<Option<Several>, String> {
        let several = |op, request| Ok(Some(Several { op, request }));
        match op {
            "batch_get" => {
                let mut inner = object(fields, op)?;
                let keys = inner.array("keys")?.ok_or_else(|| inner.error("`keys` is missing"))?;
                inner.end()?;
                several("batch_get", Request::BatchGet(keys))
            }
            "batch_write" => {
                let mut inner = object(fields, op)?;
                let (puts, deletes) = (inner.array("puts")?, inner.array("deletes")?);
                inner.end()?;
                let request = Request::BatchWrite(puts.unwrap_or_default(), deletes.unwrap_or_default());
                several("batch_write", request)
            }
            "transact_get" => {
                let items = elements(fields, op, "items")?.into_iter().map(|mut item| {
                    let read = (item.text("model")?, item.need("key")?);
                    item.end()?;
                    Ok(read)
                });
                several("transact_get", Request::TransactGet(items.collect::<Result<_, String>>()?))
            }
            "transact_write" => {
                let actions = elements(fields, op, "actions")?.into_iter().map(Action::load);
                several("transact", Request::TransactWrite(actions.collect::<Result<_, String>>()?))
            }
            "transition_append_event" => {
                let (actual, event) =
                    (Action::actual(object(fields, "actual")?)?, Action::event(object(fields, "event")?)?);
                several("transition_append_event", Request::Transition(Box::new([actual, event])))
            }
            "validate_provenance" => {
                let item = item.cloned().ok_or_else(|| fields.error("`item` is missing"))?;
                several("validate_provenance", Request::Provenance(item))
            }
            _ => Ok(None),
        }
    }

    /// The models that it names.
    pub fn models(&self) -> Vec<String> {
        let of = |actions: &[Action]| actions.iter().filter_map(|action| action.model.clone()).collect();
        match &self.request {
            Request::TransactGet(items) => items.iter().filter_map(|(model, _)| model.clone()).collect(),
            Request::TransactWrite(actions) => of(actions),
            Request::Transition(actions) => of(&actions[..]),
            Request::BatchGet(_) | Request::BatchWrite(..) | Request::Provenance(_) => Vec::new(),
        }
    }
}

fn object(fields: &mut Fields, name: &str) -> Result<Fields, String> {
    let value = fields.object(name)?.ok_or_else(|| fields.error(format!("`{name}` is missing")))?;
    Fields::new(fields.pointer(name), value)
}

/// The objects in `name: {list: […]}`.
fn elements(fields: &mut Fields, name: &str, list: &str) -> Result<Vec<Fields>, String> {
    let mut inner = object(fields, name)?;
    let values = inner.array(list)?.ok_or_else(|| inner.error(format!("`{list}` is missing")))?;
    let pointer = inner.pointer(list);
    inner.end()?;
    values.into_iter().enumerate().map(|(at, value)| Fields::new(format!("{pointer}/{at}"), value)).collect()
}

impl Action {
    fn load(mut fields: Fields) -> Result<Action, String> {
        let kind = fields.need_text("kind")?;
        let only_new = fields.bool("if_not_exists")?.unwrap_or(false);
        let kind = match kind.as_str() {
            "put" if only_new => "create",
            "put" => "put",
            "create" => "create",
            "update" => "update",
            "delete" => "delete",
            "condition" | "condition_check" => "check",
            other => return Err(fields.error(format!("unknown kind `{other}`"))),
        };
        if only_new && kind != "create" {
            return Err(fields.error("`if_not_exists` belongs to `put` and `create`"));
        }
        let (item, key, set) = (fields.take("item"), fields.take("key"), fields.take("set"));
        let whole = matches!(kind, "put" | "create");
        if item.is_some() != whole || key.is_some() == whole || (set.is_some() && kind != "update") {
            return Err(
                fields.error("`put` and `create` have an `item`, the others a `key`; only `update` has a `set`")
            );
        }
        let action = Action {
            kind,
            model: fields.text("model")?,
            item,
            key,
            set,
            expected_version: fields.take("expected_version"),
            condition: Condition::load(&mut fields)?,
        };
        fields.end()?;
        Ok(action)
    }

    fn actual(mut fields: Fields) -> Result<Action, String> {
        let action = Action {
            kind: "update",
            model: fields.text("model")?,
            key: Some(fields.need("key")?),
            set: fields.take("set"),
            expected_version: fields.take("expected_version"),
            ..Action::default()
        };
        fields.end()?;
        Ok(action)
    }

    fn event(mut fields: Fields) -> Result<Action, String> {
        let action = Action {
            kind: "create",
            model: fields.text("model")?,
            item: Some(fields.need("item")?),
            ..Action::default()
        };
        fields.end()?;
        Ok(action)
    }
}

impl Condition {
    fn load(fields: &mut Fields) -> Result<Option<Condition>, String> {
        let text = fields.text("condition_expression")?;
        let names = fields.text_map("expression_attribute_names")?;
        let values = fields.object("expression_attribute_values")?;
        let values = values.map(|values| values.members().unwrap_or_default().to_vec()).unwrap_or_default();
        match text {
            Some(text) => Ok(Some(Condition { text, names, values })),
            None if names.is_empty() && values.is_empty() => Ok(None),
            None => Err(fields.error("names and values without a `condition_expression`")),
        }
    }
}
