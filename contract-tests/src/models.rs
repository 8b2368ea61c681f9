//! The schema documents of a run: which model is in which document, and what it looks like.

use crate::value::Value;
use crate::{json, yaml};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tabletheory_core::client::Client;

/// What the runner must know of an attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// DynamoDB name.
    pub name: String,
    /// DynamoDB type.
    pub kind: String,
    /// Roles.
    pub roles: Vec<String>,
    /// Holds any JSON value.
    pub json: bool,
}

/// The key of a table: attribute and type of its parts.
#[derive(Clone, Debug)]
pub struct Key {
    /// Partition key.
    pub partition: (String, String),
    /// Sort key.
    pub sort: Option<(String, String)>,
}

/// A secondary index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Local or global.
    pub local: bool,
    /// Attribute and type of its partition attributes.
    pub partition: Vec<(String, String)>,
    /// Attribute and type of its sort attributes.
    pub sort: Vec<(String, String)>,
    /// `ALL`, `KEYS_ONLY`, `INCLUDE`.
    pub projection: String,
    /// Attributes of `INCLUDE`.
    pub fields: Vec<String>,
}

/// What the runner must know of a model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Table of the document.
    pub table: String,
    /// Key of the table.
    pub key: Key,
    /// All attributes.
    pub attributes: Vec<Attribute>,
    /// Secondary indexes.
    pub indexes: Vec<Index>,
}

impl Model {
    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The attribute with this role.
    pub fn role(&self, role: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.roles.iter().any(|known| known == role))
    }

    /// Names of the key attributes.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.key.partition).chain(&self.key.sort).map(|(name, _)| name.as_str())
    }
}

/// A document and its models.
#[derive(Clone, Debug)]
struct Document {
    path: PathBuf,
    text: String,
    tree: Value,
}

/// All documents of a folder.
#[derive(Clone, Debug, Default)]
pub struct Library {
    documents: Vec<Document>,
    /// (version, model name) → positions of the documents that define it.
    by_model: BTreeMap<(String, String), Vec<usize>>,
    /// What could not be read, and why. It matters only when a model is missing.
    unreadable: Vec<String>,
}

impl Library {
    /// Reads all documents (`*.yml`, `*.yaml`, `*.json`) of a folder and its folders.
    pub fn read(folder: &Path) -> Result<Library, String> {
        let mut library = Library::default();
        for path in crate::files::find(folder)? {
            let (text, tree) = match read(&path) {
                Ok(read) => read,
                Err(error) => {
                    library.unreadable.push(format!("{}: {error}", path.display()));
                    continue;
                }
            };
            let version = tree.get("dms_version").and_then(Value::as_str).unwrap_or_default().to_owned();
            for model in tree.get("models").and_then(Value::elements).unwrap_or_default() {
                let name = model.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                library.by_model.entry((version.clone(), name)).or_default().push(library.documents.len());
            }
            library.documents.push(Document { path, text, tree });
        }
        Ok(library)
    }

    /// The documents that could not be read, and why.
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// The text of a document that has all these models: a file as it is, or one put together from several.
    pub fn document(&self, version: &str, models: &[&str]) -> Result<String, String> {
        let mut needed = Vec::new();
        for model in models {
            let at = self.find(version, model)?;
            if !needed.contains(&at) {
                needed.push(at);
            }
        }
        match needed[..] {
            [only] => Ok(self.documents[only].text.clone()),
            _ => self.put_together(version, models),
        }
    }

    fn find(&self, version: &str, model: &str) -> Result<usize, String> {
        match self.by_model.get(&(version.to_owned(), model.to_owned())).map(Vec::as_slice) {
            Some([at]) => Ok(*at),
            Some(several) => {
                let paths: Vec<String> =
                    several.iter().map(|at| self.documents[*at].path.display().to_string()).collect();
                Err(format!("model `{model}` (DMS {version}) is defined by {}", paths.join(" and ")))
            }
            None => {
                let unreadable = match self.unreadable[..] {
                    [] => String::new(),
                    _ => format!("; these could not be read: {}", self.unreadable.join("; ")),
                };
                Err(format!("no schema document (DMS {version}) defines the model `{model}`{unreadable}"))
            }
        }
    }

    fn put_together(&self, version: &str, models: &[&str]) -> Result<String, String> {
        let mut chosen = Vec::new();
        for name in models {
            let document = &self.documents[self.find(version, name)?];
            let known = document.tree.get("models").and_then(Value::elements).unwrap_or_default();
            let model = known.iter().find(|model| model.get("name").and_then(Value::as_str) == Some(name));
            chosen.push(model.expect("the library knows that it is there").clone());
        }
        Ok(Value::object([("dms_version", Value::text(version)), ("models", Value::Array(chosen))]).to_string())
    }
}

/// Text and content of a document: only to find the models, as the core is the judge of documents.
fn read(path: &Path) -> Result<(String, Value), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let tree = if is_json { json::parse(&text) } else { yaml::parse(&text) };
    tree.map(|tree| (text, tree))
}

/// What the core says about the models of a document. An invalid document has none.
pub fn describe(document: &str) -> Vec<Model> {
    let Ok(client) = Client::open(document.as_bytes(), br#"{"transport":"sdk"}"#) else { return Vec::new() };
    let described = json::parse(&client.describe()).expect("the models document is JSON");
    described.get("models").and_then(Value::elements).unwrap_or_default().iter().map(model).collect()
}

fn model(described: &Value) -> Model {
    let list = |name: &str| described.get(name).and_then(Value::elements).unwrap_or_default();
    Model {
        name: text(described, "name"),
        table: text(described, "table"),
        key: key(described.get("keys").unwrap_or(&Value::Null)),
        attributes: list("attributes").iter().map(attribute).collect(),
        indexes: list("indexes").iter().map(index).collect(),
    }
}

fn attribute(described: &Value) -> Attribute {
    Attribute {
        name: text(described, "attribute"),
        kind: text(described, "type"),
        roles: texts(described.get("roles")),
        json: described.get("json").and_then(Value::as_bool).unwrap_or_default(),
    }
}

fn index(described: &Value) -> Index {
    let projection = described.get("projection").unwrap_or(&Value::Null);
    Index {
        name: text(described, "name"),
        local: text(described, "type") == "LSI",
        partition: parts(described.get("partition")),
        sort: parts(described.get("sort")),
        projection: text(projection, "type"),
        fields: texts(projection.get("fields")),
    }
}

fn key(described: &Value) -> Key {
    let named = |name: &str| described.get(name).and_then(part);
    Key { partition: named("partition").unwrap_or_default(), sort: named("sort") }
}

/// Attribute and type.
fn part(described: &Value) -> Option<(String, String)> {
    Some((described.get("attribute")?.as_str()?.to_owned(), described.get("type")?.as_str()?.to_owned()))
}

fn parts(described: Option<&Value>) -> Vec<(String, String)> {
    described.and_then(Value::elements).unwrap_or_default().iter().filter_map(part).collect()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let elements = value.and_then(Value::elements).unwrap_or_default();
    elements.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "keys: { partition: { attribute: pk, type: S } }, attributes: [{ attribute: pk, type: S, roles: [pk] }]";

    fn library(files: &[(&str, &str)]) -> Library {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Library::read(folder.path()).unwrap()
    }

    fn document(version: &str, model: &str) -> String {
        format!("dms_version: \"{version}\"\nmodels: [{{ name: {model}, table: {{ name: table-{model} }}, {KEY} }}]\n")
    }

    #[test]
    fn a_model_is_found_by_version_and_name() {
        let (a, old) = (document("0.2", "A"), document("0.1", "A"));
        let library = library(&[("deep/er/a.yml", &a), ("old.yml", &old), ("b.yaml", &document("0.2", "B"))]);
        assert_eq!(library.document("0.2", &["A"]).unwrap(), a);
        assert_eq!(library.document("0.1", &["A"]).unwrap(), old);
        let both = describe(&library.document("0.2", &["A", "B"]).unwrap());
        assert_eq!(both.iter().map(|model| model.table.as_str()).collect::<Vec<_>>(), ["table-A", "table-B"]);
        assert!(
            library.document("0.1", &["B"]).unwrap_err().contains("no schema document (DMS 0.1) defines the model `B`")
        );
    }

    #[test]
    fn two_definitions_are_an_error_of_those_who_need_them() {
        let library = library(&[
            ("a.yml", &document("0.2", "A")),
            ("b.yml", &document("0.2", "A")),
            ("c.yml", &document("0.2", "C")),
        ]);
        assert!(library.document("0.2", &["C"]).is_ok());
        let error = library.document("0.2", &["A"]).unwrap_err();
        assert!(error.contains("a.yml") && error.contains("b.yml"), "{error}");
    }

    #[test]
    fn an_unreadable_document_is_named_when_a_model_is_missing() {
        let library = library(&[("a.yml", &document("0.2", "A")), ("broken.yml", "models: [")]);
        assert!(library.document("0.2", &["A"]).is_ok());
        let error = library.document("0.2", &["B"]).unwrap_err();
        assert!(error.contains("broken.yml"), "{error}");
    }

    #[test]
    fn an_invalid_document_has_no_models() {
        assert!(describe("models: [").is_empty());
    }
}
