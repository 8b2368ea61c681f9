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

/// A key or index: attribute and type of its parts.
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
    /// Its key.
    pub key: Key,
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
}

impl Library {
    /// Reads all documents (`*.yml`, `*.yaml`, `*.json`) of a folder and its folders.
    pub fn read(folder: &Path) -> Result<Library, String> {
        let mut library = Library::default();
        for path in crate::files::find(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            // Only to find the models: the core is the judge of documents.
            let tree =
                if path.extension().is_some_and(|e| e == "json") { json::parse(&text) } else { yaml::parse(&text) };
            let tree = tree.map_err(|error| format!("{}: {error}", path.display()))?;
            let version = tree.get("dms_version").and_then(Value::as_str).unwrap_or_default().to_owned();
            for model in tree.get("models").and_then(Value::elements).unwrap_or_default() {
                let name = model.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                library.by_model.entry((version.clone(), name)).or_default().push(library.documents.len());
            }
            library.documents.push(Document { path, text, tree });
        }
        Ok(library)
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
            None => Err(format!("no schema document (DMS {version}) defines the model `{model}`")),
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
        key: key(described),
        projection: text(projection, "type"),
        fields: texts(projection.get("fields")),
    }
}

fn key(described: &Value) -> Key {
    let part = |name: &str| {
        let part = described.get(name)?;
        Some((part.get("attribute")?.as_str()?.to_owned(), part.get("type")?.as_str()?.to_owned()))
    };
    Key { partition: part("partition").unwrap_or_default(), sort: part("sort") }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let elements = value.and_then(Value::elements).unwrap_or_default();
    elements.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
