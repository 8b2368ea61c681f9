//! Values that do not fit, as errors.

use crate::error::{Code, Error};
use crate::json::value::{Misfit, Reason};

impl From<Misfit> for Error {
    #[cold]
    fn from(misfit: Misfit) -> Self {
        let Reason { message, hint, path, garbled } = misfit.into_reason();
        let mut error = Error::new(if garbled { Code::InvalidCall } else { Code::InvalidValue }, message);
        if let Some(hint) = hint {
            error = error.hint(hint);
        }
        if path.is_empty() { error } else { error.at(path) }
    }
}
