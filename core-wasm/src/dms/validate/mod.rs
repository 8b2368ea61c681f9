//! The rules: a document's tree to a compiled schema, every breach reported.

mod attribute;
mod fields;
mod index;
mod keys;
mod model;
mod naming;
mod roles;
mod shape;
mod tables;
mod unique;

use super::problem::{ProblemCode, Problems, tick};
use super::source::{Tree, Value, View};
use super::{Model, Schema, Version};
use crate::names::Names;

/// What came out of a document.
#[derive(Default)]
pub(super) struct Outcome {
    /// Its version, if that is a known one.
    pub version: Option<Version>,
    /// How many models it lists.
    pub models: usize,
    /// The schema, unless something it cannot do without is missing. Usable only when no error was reported.
    pub schema: Option<Schema>,
}

/// Checks a document.
pub(super) fn document(tree: &Tree, problems: &mut Problems) -> Outcome {
    let root = tree.root();
    if !shape::object(root, "the document", fields::DOCUMENT, problems) {
        return Outcome::default();
    }
    let version = version(root, problems);
    let namespace = shape::optional_text(root, "namespace", problems).map_or("", |text| text.text);

    let list = shape::list(root, "models", problems);
    let views: Vec<_> = list.into_iter().flat_map(|list| list.elements()).collect();
    let mut names: Names = Names::new();
    let mut models: Vec<Option<Model>> = Vec::new();
    for view in &views {
        if let Some(name) = view.get("name")
            && let Value::String(text) = name.value()
        {
            match names.get(text.as_str()) {
                None => _ = names.insert(text.into(), name.at().line as usize),
                Some(line) => {
                    let message = format!("the model {} is here twice, first in line {line}", tick(text));
                    problems.add(ProblemCode::DuplicateModel, name.place(), message);
                }
            }
        }
        models.push(model::read(*view, version, problems));
    }
    tables::check(&views, &models, problems);
    let count = views.len();
    let models: Option<Vec<Model>> = models.into_iter().collect();
    let schema = version.zip(models).filter(|_| count > 0).map(|(version, models)| Schema {
        version,
        namespace: namespace.to_owned(),
        models,
        warnings: Vec::new(),
    });
    Outcome { version, models: count, schema }
}

/// The version of a document; none when it has none that is known (and that alone is reported).
pub(super) fn version_of(tree: &Tree, problems: &mut Problems) -> Option<Version> {
    let root = tree.root();
    shape::object(root, "the document", fields::DOCUMENT, problems).then(|| version(root, problems)).flatten()
}

fn version(root: View, problems: &mut Problems) -> Option<Version> {
    let text = shape::text(root, "dms_version", problems)?;
    let version = Version::parse(text.text);
    if version.is_none() {
        let message = format!("version {} of the document language is not supported", tick(text.text));
        let hint = "the versions are \"0.1\", \"0.2\" and \"0.3\"";
        problems.add_hint(ProblemCode::UnsupportedVersion, text.view.place(), message, hint);
    }
    version
}

/// The objects of a document, as the JSON Schema names them, and their members.
#[cfg(test)]
pub(super) fn members() -> Vec<(&'static str, &'static [&'static str])> {
    vec![
        ("Document", fields::DOCUMENT),
        ("Model", fields::MODEL),
        ("Table", fields::TABLE),
        ("Naming", fields::NAMING),
        ("Keys", fields::KEYS),
        ("Key", fields::KEY),
        ("WritePolicy", fields::WRITE_POLICY),
        ("Attribute", fields::ATTRIBUTE),
        ("Index", fields::INDEX),
        ("Projection", fields::PROJECTION),
    ]
}
