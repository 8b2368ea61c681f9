//! A write of one item, checked and ready to be sent by itself or as an action of a transaction.

use super::body::Body;
use super::key;
use super::refusal::Guard;
use super::unique::{Change, stored_value};
use crate::client::Client;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::{Expression, Placeholders, join};
use crate::json::push_quoted;
use crate::step::Moment;
use crate::value::same_value;
use crate::wire::Repeat;

/// What a write does to its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Writes the whole item.
    Put,
    /// Changes attributes.
    Update,
    /// Removes it.
    Delete,
    /// Only looks at it; transactions only.
    Check,
}

impl Kind {
    /// The member of an entry of `TransactItems`.
    pub(super) fn member(self) -> &'static str {
        match self {
            Kind::Put => "Put",
            Kind::Update => "Update",
            Kind::Delete => "Delete",
            Kind::Check => "ConditionCheck",
        }
    }
}

/// A write that is ready but for the conditions that unique attributes add.
pub(super) struct Prepared {
    /// Position of the model.
    pub(super) model: usize,
    pub(super) kind: Kind,
    /// The item of a put, else the key; DynamoDB JSON.
    pub(super) subject: String,
    /// The update expression.
    pub(super) update: Option<String>,
    /// Whether doing it twice may differ from doing it once.
    pub(super) accumulates: bool,
    pub(super) condition: Option<Expression>,
    pub(super) placeholders: Placeholders,
    pub(super) guard: Guard,
    /// The `stamped` document of a whole item.
    pub(super) stamped: Option<String>,
    /// The time of its stamps.
    pub(super) now: Moment,
    /// Bytes that DynamoDB counts for what is sent of the item.
    pub(super) bytes: usize,
    /// Whether the item must not be there yet.
    pub(super) creates: bool,
    /// What it does to unique attributes.
    pub(super) changes: Vec<Change>,
}

/// The stored value (DynamoDB JSON) that an attribute must have, or that it must be absent.
pub(super) struct Unchanged<'a> {
    /// Position of the attribute.
    pub(super) attribute: usize,
    pub(super) value: Option<&'a str>,
}

impl Prepared {
    /// The request of a single write, or the content of an action, but for its last members.
    pub(super) fn body(&self, client: &Client, unchanged: &[Unchanged<'_>]) -> Result<Body, Error> {
        let model = client.model_at(self.model);
        let mut body = Body::new(client, self.model);
        body.raw(if self.kind == Kind::Put { "Item" } else { "Key" }, &self.subject);
        if let Some(update) = &self.update {
            body.text("UpdateExpression", update);
        }
        if unchanged.is_empty() {
            body.condition(self.condition.clone())?;
            body.placeholders(&self.placeholders);
            return Ok(body);
        }
        let mut placeholders = self.placeholders.clone();
        let guards = unchanged.iter().map(|unchanged| unchanged.render(model, &mut placeholders));
        let parts = self.condition.iter().cloned().chain(guards).collect();
        body.condition(join(parts))?;
        body.placeholders(&placeholders);
        Ok(body)
    }

    /// One text per item of its table.
    pub(super) fn identity(&self, model: &Model) -> Result<String, Error> {
        let identity = key::identity_of(model, &self.subject);
        identity.ok_or_else(|| Error::new(Code::Internal, "a key that was written cannot be read"))
    }

    /// The key of its item, DynamoDB JSON.
    pub(super) fn key(&self, model: &Model) -> String {
        if self.kind != Kind::Put {
            return self.subject.clone();
        }
        let mut key = String::from("{");
        for position in [Some(model.partition), model.sort].into_iter().flatten() {
            let name = &model.attributes[position].name;
            if key.len() > 1 {
                key.push(',');
            }
            push_quoted(&mut key, name);
            key.push(':');
            key.push_str(stored_value(&self.subject, name).unwrap_or_default());
        }
        key.push('}');
        key
    }

    /// Whether there is any condition.
    pub(super) fn is_conditional(&self) -> bool {
        self.condition.is_some()
    }

    /// Whether it may be sent again when it may have been carried out.
    pub(super) fn repeat(&self) -> Repeat {
        if self.accumulates && self.guard.expected.is_none() { Repeat::OnlyIfNotApplied } else { Repeat::Always }
    }
}

impl Unchanged<'_> {
    /// Whether it holds of an attribute that has this value now.
    pub(super) fn holds(&self, now: Option<&str>) -> bool {
        match (self.value, now) {
            (None, None) => true,
            (Some(then), Some(now)) => same_value(then, now),
            _ => false,
        }
    }

    fn render(&self, model: &Model, placeholders: &mut Placeholders) -> Expression {
        let mut name = String::new();
        placeholders.name(&model.attributes[self.attribute].name, &mut name);
        match self.value {
            None => Expression::atom(format!("attribute_not_exists({name})")),
            Some(value) => {
                name.push_str(" = ");
                placeholders.value(value.to_owned(), &mut name);
                Expression::atom(name)
            }
        }
    }
}
