//! A compiled schema with its settings: what calls are started on.

use crate::error::{Code, Error};
use crate::operation::Operation;
use crate::step::{Moment, Step};

/// A client. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Client;

impl Client {
    /// Compiles a document with settings.
    pub fn open(_document: &[u8], _settings: &[u8]) -> Result<Client, Error> {
        Ok(Client)
    }

    /// The models document.
    pub fn describe(&self) -> String {
        String::from(r#"{"models":[],"warnings":[]}"#)
    }

    /// Begins an operation.
    pub fn start(&self, _call: &[u8], _moment: Moment) -> (Option<Operation>, Step) {
        (None, Step::Failed(Error::new(Code::InvalidCall, "the operation is not known yet")))
    }
}
