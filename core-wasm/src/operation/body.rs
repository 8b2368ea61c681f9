//! Request bodies, member by member.

use crate::client::Client;
use crate::error::Error;
use crate::expression::{Expression, Placeholders};
use crate::json::push_quoted;
use crate::settings::Capacity;

/// A request body that is being written; it begins with the table's name.
pub(super) struct Body(String);

impl Body {
    /// Begins a body for the model at this position.
    pub(super) fn new(client: &Client, model: usize) -> Self {
        let mut body = String::with_capacity(512);
        body.push_str("{\"TableName\":");
        push_quoted(&mut body, client.table(model));
        Body(body)
    }

    /// Writes `,"name":` and a JSON text.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.member(name);
        self.0.push_str(json);
    }

    /// Writes `,"name":` and a string.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.member(name);
        push_quoted(&mut self.0, text);
    }

    fn member(&mut self, name: &str) {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// Writes a condition expression, when there is one.
    pub(super) fn condition(&mut self, condition: Option<Expression>) -> Result<(), Error> {
        if let Some(condition) = condition {
            self.text("ConditionExpression", &condition.within_limits("condition")?.text);
        }
        Ok(())
    }

    /// Writes the names and values of expressions.
    pub(super) fn placeholders(&mut self, placeholders: &Placeholders) {
        placeholders.write(&mut self.0);
    }

    /// Writes `ReturnValues` and `ReturnValuesOnConditionCheckFailure` where they are not the default.
    pub(super) fn returns(&mut self, values: &str, old_on_failure: bool) {
        if values != "NONE" {
            self.text("ReturnValues", values);
        }
        if old_on_failure {
            self.text("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
        }
    }

    /// Asks for consumed capacity, if the client wants it, and ends the body.
    pub(super) fn finish(self, client: &Client) -> String {
        let mut body = self.open_end(client);
        body.push('}');
        body
    }

    /// Asks for consumed capacity, if the client wants it, and leaves the body open for members that change from request
    /// to request.
    pub(super) fn open_end(mut self, client: &Client) -> String {
        let capacity = client.settings().capacity;
        if capacity != Capacity::None {
            self.text("ReturnConsumedCapacity", capacity.as_str());
        }
        self.0
    }

    /// Ends the body.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
