//! The client.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::builder::Builder;
use crate::call::Call;
use crate::drive::Driver;
use crate::error::{Code, Error};
use crate::model::Model;
use crate::outcome::Document;
use crate::table::{DeleteTable, DescribeTable, EnsureTable};

/// A DynamoDB data layer over one schema document. Cheap to clone; clones share connections, credentials and retry budget.
#[derive(Clone)]
pub struct TableTheory(Arc<Shared>);

struct Shared {
    driver: Driver,
    models: Vec<String>,
}

/// As much of the models document as is needed here.
#[derive(Deserialize)]
struct Models {
    models: Vec<Name>,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

impl TableTheory {
    /// Begins a client. At least a schema document and a way to the service are needed.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(driver: Driver) -> Result<Self, Error> {
        let models: Models = serde_json::from_str(&driver.engine.describe()?)
            .map_err(|error| Error::new(Code::Internal, "the core gave no models document").with_source(error))?;
        let models = models.models.into_iter().map(|model| model.name).collect();
        Ok(TableTheory(Arc::new(Shared { driver, models })))
    }

    pub(crate) fn driver(&self) -> &Driver {
        &self.0.driver
    }

    /// The items of a model, read as `T`: a type of yours, or [`Item`](crate::Item) for any attributes.
    ///
    /// # Errors
    /// `ErrInvalidModel` when the schema document has no such model.
    pub fn model<T: DeserializeOwned + Send + 'static>(&self, name: &str) -> Result<Model<T>, Error> {
        if self.0.models.iter().any(|known| known == name) {
            return Ok(Model::new(self.clone(), name));
        }
        let hint = format!("the schema document has `{}`", self.0.models.join("`, `"));
        Err(Error::new(Code::InvalidModel, format!("unknown model `{name}`")).with_hint(hint))
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
        f.debug_struct("TableTheory").field("models", &self.0.models).finish_non_exhaustive()
    }
}
