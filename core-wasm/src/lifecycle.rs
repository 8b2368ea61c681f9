//! What the library keeps by itself: created_at, updated_at, version.

use std::fmt::Write;

use crate::dms::Model;
use crate::error::{Code, Error};
use crate::json::push_quoted;
use crate::step::Moment;
use crate::value::time;

/// The lifecycle values of one write: all times are the same instant.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// UTC with nine fraction digits.
    pub now: String,
}

impl Stamp {
    /// The stamp of a moment.
    pub fn of(moment: Moment) -> Self {
        Stamp { now: time::format(time::from_nanos(moment.nanos)) }
    }

    /// The time as DynamoDB JSON.
    pub fn value(&self) -> String {
        format!("{{\"S\":\"{}\"}}", self.now)
    }

    /// The `stamped` document of a whole item: what was set, with the version that was written.
    pub fn document(&self, model: &Model, version: Option<&str>) -> String {
        let mut out = String::from("{");
        let mut member = |at: Option<usize>, value: &str| {
            if let Some(at) = at {
                if out.len() > 1 {
                    out.push(',');
                }
                push_quoted(&mut out, &model.attributes[at].name);
                write!(out, ":{value}").expect("writing to a string");
            }
        };
        let now = format!("\"{}\"", self.now);
        member(model.created_at, &now);
        member(model.updated_at, &now);
        member(model.version.filter(|_| version.is_some()), version.unwrap_or_default());
        out.push('}');
        out
    }
}

/// The version attribute of a model that a call expects a version of.
pub fn version_attribute(model: &Model) -> Result<usize, Error> {
    model.version.ok_or_else(|| {
        Error::new(Code::InvalidModel, format!("model `{}` has no version attribute", model.name))
            .at("/expect_version")
            .hint("give one attribute the role `version`")
    })
}

/// The version after an expected one.
pub fn next_version(expected: i64) -> Result<i64, Error> {
    expected.checked_add(1).ok_or_else(|| Error::new(Code::InvalidValue, "version is too large").at("/expect_version"))
}

/// Refuses to change items of a model that are written once.
pub fn refuse_if_written_once(model: &Model) -> Result<(), Error> {
    if model.write_once {
        return Err(Error::new(
            Code::ImmutableModelMutation,
            format!("items of model `{}` are written once", model.name),
        )
        .hint("its write policy is `write_once`: only create is allowed"));
    }
    Ok(())
}

/// Refuses to replace items of a model with protected attributes.
pub fn refuse_if_protected(model: &Model) -> Result<(), Error> {
    match model.attributes.iter().find(|attribute| attribute.protected) {
        Some(attribute) => Err(protected(&attribute.name).hint("create the item, or update its other attributes")),
        None => Ok(()),
    }
}

/// The error for a protected attribute.
pub fn protected(name: &str) -> Error {
    Error::new(Code::ProtectedFieldMutation, format!("attribute `{name}` is protected by the write policy"))
}

/// Refuses models whose attributes this client cannot encrypt or decrypt.
pub fn refuse_if_encrypted(model: &Model) -> Result<(), Error> {
    match model.attributes.iter().find(|attribute| attribute.encrypted) {
        Some(attribute) => Err(Error::new(
            Code::EncryptionNotConfigured,
            format!(
                "attribute `{}` of model `{}` is encrypted and no encryption is configured",
                attribute.name, model.name
            ),
        )),
        None => Ok(()),
    }
}
