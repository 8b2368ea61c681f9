//! A compiled schema with its settings: what calls are started on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dms::{self, Model, Schema};
use crate::error::{Code, Error};
use crate::settings::{self, Settings};
use crate::suggest::did_you_mean;
use crate::wire::{Budget, Credentials, Endpoint, Signer, sigv4};

/// A client. Cheap to clone; clones share credentials and retry budget.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    schema: Schema,
    settings: Settings,
    /// Physical table names by position of the model.
    tables: Vec<String>,
    signing: Option<Mutex<Signing>>,
    budget: Mutex<Budget>,
}

/// What it takes to write signed heads.
pub(crate) struct Signing {
    pub(crate) endpoint: Endpoint,
    pub(crate) signer: Signer,
    pub(crate) credentials: Option<Credentials>,
    /// What has to be added to the host's clock.
    pub(crate) skew_ms: i64,
}

impl Client {
    /// Compiles a DMS document (YAML or JSON) with settings (JSON, or empty for the defaults).
    ///
    /// # Errors
    /// [`Code::InvalidDocument`] with all problems of the document; [`Code::Configuration`].
    pub fn open(document: &[u8], settings: &[u8]) -> Result<Client, Error> {
        let settings = Settings::parse(settings)?;
        let schema = dms::compile(document, dms::Options { strict: settings.strict }).map_err(|problems| {
            let errors = problems.iter().filter(|problem| problem.severity == dms::Severity::Error).count();
            let plural = if errors == 1 { "" } else { "s" };
            let mut error = Error::new(Code::InvalidDocument, format!("the DMS document has {errors} error{plural}"));
            error.details_mut().problems = problems;
            error
        })?;
        let tables =
            schema.models.iter().map(|model| settings.table(&model.name, &model.table)).collect::<Result<_, _>>()?;
        let signing = match settings.transport {
            settings::Transport::Sdk => None,
            settings::Transport::Http | settings::Transport::Socket => Some(Mutex::new(Signing::new(&settings)?)),
        };
        let budget = Mutex::new(Budget::new(settings.retry.budget));
        Ok(Client(Arc::new(Inner { schema, settings, tables, signing, budget })))
    }

    /// The models document (`wit/README.md`).
    pub fn describe(&self) -> String {
        let table = |model: &Model| {
            self.model(&model.name).map_or_else(|_| model.table.clone(), |(at, _)| self.0.tables[at].clone())
        };
        dms::describe(&self.0.schema, &table)
    }

    /// The model of this name and its position.
    pub(crate) fn model(&self, name: &str) -> Result<(usize, &Model), Error> {
        self.0.schema.models.iter().enumerate().find(|(_, model)| model.name == name).ok_or_else(|| {
            let names = self.0.schema.models.iter().map(|model| model.name.as_str());
            let hint = did_you_mean(name, names.clone()).unwrap_or_else(|| {
                let some: Vec<_> = names.take(8).map(|name| format!("`{name}`")).collect();
                format!("the document has {}", some.join(", "))
            });
            Error::new(Code::InvalidModel, format!("unknown model `{name}`")).at("/model").hint(hint)
        })
    }

    /// How many models there are.
    pub(crate) fn models(&self) -> usize {
        self.0.schema.models.len()
    }

    /// The model at this position.
    pub(crate) fn model_at(&self, at: usize) -> &Model {
        &self.0.schema.models[at]
    }

    /// The physical table of the model at this position.
    pub(crate) fn table(&self, model: usize) -> &str {
        &self.0.tables[model]
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What signs requests; `None` for transport `sdk`.
    pub(crate) fn signing(&self) -> Option<MutexGuard<'_, Signing>> {
        self.0.signing.as_ref().map(|signing| signing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn budget(&self) -> MutexGuard<'_, Budget> {
        self.0.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signing {
    fn new(settings: &Settings) -> Result<Self, Error> {
        let region = settings.region.as_deref().filter(|region| !region.is_empty()).ok_or_else(|| {
            Error::new(Code::Configuration, "no region").hint("pass `region`, or set AWS_REGION or AWS_DEFAULT_REGION")
        })?;
        let endpoint = Endpoint::resolve(region, settings.endpoint.as_deref())?;
        let user_agent = settings.user_agent.as_deref().unwrap_or(concat!("tabletheory/", env!("CARGO_PKG_VERSION")));
        let signer = Signer::new(sigv4::DYNAMODB, &endpoint, user_agent)?;
        Ok(Signing { endpoint, signer, credentials: None, skew_ms: 0 })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("tables", &self.0.tables).finish_non_exhaustive()
    }
}
