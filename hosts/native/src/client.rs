//! The client.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::builder::Builder;
use crate::call::Call;
use crate::drive::Driver;
use crate::engine::Step;
use crate::error::{Code, Error};
use crate::explain::Explanation;
use crate::model::Model;
use crate::outcome::Document;
use crate::table::{DeleteTable, DescribeTable, EnsureTable};

/// A DynamoDB data layer over one schema document. Cheap to clone; clones share connections, credentials and retry budget.
#[derive(Clone)]
pub struct TableTheory(Arc<Driver>);

impl TableTheory {
    /// Begins a client. At least a schema document and a way to the service are needed.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(driver: Driver) -> Self {
        TableTheory(Arc::new(driver))
    }

    pub(crate) fn driver(&self) -> &Driver {
        &self.0
    }

    /// The items of a model, read as `T`: a type of yours, or [`Item`](crate::Item) for any attributes.
    ///
    /// # Errors
    /// `ErrInvalidModel` when the schema document has no such model.
    pub fn model<T: DeserializeOwned + Send + 'static>(&self, name: &str) -> Result<Model<T>, Error> {
        // The core knows its models: a call that is begun and dropped asks it, and sends nothing.
        let call =
            format!("{{\"op\":\"describe_table\",\"model\":{}}}", serde_json::to_string(name).expect("a text is JSON"));
        match self.0.engine.start(call.as_bytes(), self.0.clock.moment()?) {
            (_, Step::Failed(error)) => Err(error),
            _ => Ok(Model::new(self.clone(), name)),
        }
    }

    /// Creates a model's table with its keys, indexes and TTL, if it is not there, and waits until it is active.
    pub fn ensure_table(&self, model: &str) -> EnsureTable {
        EnsureTable::new(Call::new(self, "ensure_table", model))
    }

    /// Describes a model's table. `ErrTableNotFound` when it is not there.
    pub fn describe_table(&self, model: &str) -> DescribeTable {
        DescribeTable::new(Call::new(self, "describe_table", model))
    }

    /// Deletes a model's table with all its items, if it is there, and waits until it is gone.
    pub fn delete_table(&self, model: &str) -> DeleteTable {
        DeleteTable::new(Call::new(self, "delete_table", model))
    }

    /// Sends a call document as it is: the form beneath all builders, described in `wit/README.md`.
    ///
    /// # Errors
    /// `ErrInvalidCall` when it is not well formed, and all that the operation fails with.
    pub async fn call(&self, document: impl AsRef<[u8]>) -> Result<Document, Error> {
        self.driver().call(document.as_ref()).await
    }

    /// What a call document would do, without doing it: its first requests, the split of key and filter, cost, advice, warnings.
    ///
    /// # Errors
    /// What the call would be refused with before anything is sent.
    pub fn explain(&self, document: impl AsRef<[u8]>) -> Result<Explanation, Error> {
        let driver = self.driver();
        let text = driver.engine.explain(document.as_ref(), driver.clock.moment()?)?;
        serde_json::from_str(&text).map_err(|error| {
            Error::new(Code::Internal, "the core gave an explanation that is no JSON").with_source(error)
        })
    }

    /// The compiled models as JSON.
    ///
    /// # Errors
    /// When the engine cannot run the core.
    pub fn describe(&self) -> Result<String, Error> {
        self.driver().engine.describe()
    }
}

impl std::fmt::Debug for TableTheory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableTheory").finish_non_exhaustive()
    }
}
