//! The Models document: what hosts are told of a compiled schema.

use super::{Attribute, Index, Model, Problem, Projection, Schema};
use crate::document::{Document, documents};

/// All models of a client.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Models<'a> {
    /// The models, in the order of the document.
    pub models: Vec<ModelDescription<'a>>,
    /// What is doubtful but allowed in the document.
    pub warnings: &'a [Problem],
}

/// One model.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelDescription<'a> {
    /// Logical name.
    pub name: &'a str,
    /// Table name after the client's overrides.
    pub table: String,
    /// Keys of the table.
    pub keys: Keys<'a>,
    /// What may be written.
    pub write_policy: WritePolicy<'a>,
    /// The attributes, in the order of the document.
    pub attributes: Vec<AttributeDescription<'a>>,
    /// The secondary indexes, in the order of the document.
    pub indexes: Vec<IndexDescription<'a>>,
}

/// Partition key, and sort key if there is one.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Keys<'a> {
    /// Partition key.
    pub partition: Key<'a>,
    /// Sort key.
    pub sort: Option<Key<'a>>,
}

/// A key attribute and its type.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Key<'a> {
    /// Attribute name.
    pub attribute: &'a str,
    /// S, N or B.
    pub r#type: &'static str,
}

/// What may be written.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WritePolicy<'a> {
    /// `mutable` or `write_once`.
    pub mode: &'static str,
    /// Attributes that no update may name, in the order of the attributes.
    pub protected_attributes: Vec<&'a str>,
}

/// One attribute.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttributeDescription<'a> {
    /// Attribute name.
    pub attribute: &'a str,
    /// DynamoDB's type.
    pub r#type: &'static str,
    /// Roles as written.
    pub roles: &'a [String],
    /// Must be present in a whole item.
    pub required: bool,
    /// Left out on write when empty.
    pub omit_empty: bool,
    /// Holds any JSON value.
    pub json: bool,
    /// Declared to be a blob.
    pub binary: bool,
    /// Stored as an encrypted envelope.
    pub encrypted: bool,
    /// No two items have the same value of it.
    pub unique: bool,
    /// How its values are to be read, written or implied by a role.
    pub format: Option<&'static str>,
}

/// One secondary index.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IndexDescription<'a> {
    /// Index name.
    pub name: &'a str,
    /// `GSI` or `LSI`.
    pub r#type: &'static str,
    /// Partition key: one to four attributes, in the order of the key.
    pub partition: Vec<Key<'a>>,
    /// Sort key: none to four attributes, in the order of the key.
    pub sort: Vec<Key<'a>>,
    /// What it holds besides keys.
    pub projection: ProjectionDescription<'a>,
}

/// What an index holds besides keys.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectionDescription<'a> {
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub r#type: &'static str,
    /// With `INCLUDE`: the attributes.
    pub fields: &'a [String],
}

documents! {
    Models<'a> { models, warnings }
    ModelDescription<'a> { name, table, keys, write_policy, attributes, indexes }
    Keys<'a> { partition, sort }
    Key<'a> { attribute, r#type as "type" }
    WritePolicy<'a> { mode, protected_attributes }
    AttributeDescription<'a> {
        attribute,
        r#type as "type",
        roles,
        required,
        omit_empty,
        json,
        binary,
        encrypted,
        unique,
        format,
    }
    IndexDescription<'a> { name, r#type as "type", partition, sort, projection }
    ProjectionDescription<'a> { r#type as "type", fields }
}

/// The Models document of a schema. `table` gives the physical name of a model's table, for instance
/// `&|model| format!("dev-{}", model.table)`.
pub fn describe(schema: &Schema, table: &dyn Fn(&Model) -> String) -> String {
    let models = schema.models.iter().map(|one| model(one, table(one))).collect();
    Models { models, warnings: &schema.warnings }.text()
}

fn model(model: &Model, table: String) -> ModelDescription<'_> {
    let protected = model.attributes.iter().filter(|attribute| attribute.protected);
    ModelDescription {
        name: &model.name,
        table,
        keys: Keys { partition: key(model, model.partition), sort: model.sort.map(|at| key(model, at)) },
        write_policy: WritePolicy {
            mode: if model.write_once { "write_once" } else { "mutable" },
            protected_attributes: protected.map(|attribute| attribute.name.as_str()).collect(),
        },
        attributes: model.attributes.iter().map(attribute).collect(),
        indexes: model.indexes.iter().map(|one| index(model, one)).collect(),
    }
}

fn key(model: &Model, at: usize) -> Key<'_> {
    let attribute = &model.attributes[at];
    Key { attribute: &attribute.name, r#type: attribute.kind.as_str() }
}

fn attribute(attribute: &Attribute) -> AttributeDescription<'_> {
    AttributeDescription {
        attribute: &attribute.name,
        r#type: attribute.kind.as_str(),
        roles: &attribute.roles,
        required: attribute.required,
        omit_empty: attribute.omit_empty,
        json: attribute.json,
        binary: attribute.binary,
        encrypted: attribute.encrypted,
        unique: attribute.unique,
        format: attribute.format.map(super::Format::as_str),
    }
}

fn index<'a>(model: &'a Model, index: &'a Index) -> IndexDescription<'a> {
    let (kind, fields) = match &index.projection {
        Projection::All => ("ALL", &[][..]),
        Projection::KeysOnly => ("KEYS_ONLY", &[][..]),
        Projection::Include(fields) => ("INCLUDE", fields.as_slice()),
    };
    IndexDescription {
        name: &index.name,
        r#type: if index.local { "LSI" } else { "GSI" },
        partition: index.partition.iter().map(|at| key(model, *at)).collect(),
        sort: index.sort.iter().map(|at| key(model, *at)).collect(),
        projection: ProjectionDescription { r#type: kind, fields },
    }
}
