//! A schema document after validation: what every operation reads.

use crate::json::value::{Format, Type};
use crate::json::{Padded, order};

/// Version of the document language; it decides emptiness, `json` carriers and what a document may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// `"0.1"`: a map whose values are all empty is empty; `json` attributes are type S.
    V0_1,
    /// `"0.2"`: a map is empty only when it has no members.
    V0_2,
    /// `"0.3"`: as 0.2; attributes may be `unique`, keys of global indexes may have several attributes.
    V0_3,
}

impl Version {
    /// All versions, the oldest first.
    pub const ALL: [Version; 3] = [Version::V0_1, Version::V0_2, Version::V0_3];

    /// The text in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V0_1 => "0.1",
            Version::V0_2 => "0.2",
            Version::V0_3 => "0.3",
        }
    }

    /// The version of this text.
    pub fn parse(text: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|version| version.as_str() == text)
    }
}

/// A compiled document.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Version of the document language.
    pub version: Version,
    /// `namespace`, or empty.
    pub namespace: String,
    /// The models, in the order of the document; names are unique.
    pub models: Vec<Model>,
    /// What is doubtful but allowed.
    pub warnings: Vec<super::Problem>,
}

impl Schema {
    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// A compiled model. Attributes are named by their position in `attributes`.
#[derive(Clone, Debug)]
pub struct Model {
    /// Logical name.
    pub name: String,
    /// Physical table name, as in the document.
    pub table: String,
    /// Version of the document it came from.
    pub version_of_dms: Version,
    /// Naming convention as written, `camelCase` by default.
    pub naming: String,
    /// All attributes, in the order of the document.
    pub attributes: Vec<Attribute>,
    /// For [`Model::attribute`].
    pub by_name: ByName,
    /// Partition key of the table.
    pub partition: usize,
    /// Sort key of the table.
    pub sort: Option<usize>,
    /// Attribute with role `created_at`.
    pub created_at: Option<usize>,
    /// Attribute with role `updated_at`.
    pub updated_at: Option<usize>,
    /// Attribute with role `version`.
    pub version: Option<usize>,
    /// Attribute with role `ttl`.
    pub ttl: Option<usize>,
    /// `write_policy.mode` is `write_once`.
    pub write_once: bool,
    /// Secondary indexes, in the order of the document.
    pub indexes: Vec<Index>,
}

impl Model {
    /// The attribute of this name and its position.
    pub fn attribute(&self, name: &str) -> Option<(usize, &Attribute)> {
        let at = self.by_name.find(&self.attributes, name)?;
        Some((at, &self.attributes[at]))
    }

    /// Whether the attribute at this position is part of the table's key.
    pub fn is_key(&self, at: usize) -> bool {
        at == self.partition || Some(at) == self.sort
    }

    /// Whether any attribute is encrypted.
    pub fn has_encrypted(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.encrypted)
    }

    /// Whether any attribute is protected by the write policy.
    pub fn has_protected(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.protected)
    }
}

/// Positions of attributes, the shortest name first, names of one length in their order: few comparisons look at the text.
#[derive(Clone, Debug)]
pub struct ByName(Vec<usize>);

impl ByName {
    /// The order of these.
    pub fn of(attributes: &[Attribute]) -> Self {
        ByName(order(attributes.len(), &|one, other| by_length(&attributes[one].name, &attributes[other].name)))
    }

    fn find(&self, attributes: &[Attribute], name: &str) -> Option<usize> {
        let found = self.0.binary_search_by(|at| by_length(&attributes[*at].name, name)).ok()?;
        Some(self.0[found])
    }
}

fn by_length(one: &str, other: &str) -> std::cmp::Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// A compiled attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its DynamoDB name.
    pub name: String,
    /// What stands in front of its value in an item behind another: `,"name":`.
    pub lead: Padded,
    /// Its DynamoDB type.
    pub kind: Type,
    /// Must be present in a whole item.
    pub required: bool,
    /// May be absent (declared so).
    pub optional: bool,
    /// Left out on write when empty.
    pub omit_empty: bool,
    /// Holds any JSON value.
    pub json: bool,
    /// Declared to be a blob.
    pub binary: bool,
    /// Stored as an encrypted envelope.
    pub encrypted: bool,
    /// Listed in `write_policy.protected_attributes`.
    pub protected: bool,
    /// How its values are to be read.
    pub format: Option<Format>,
    /// No two items of the model have the same value of it (documents since 0.3).
    pub unique: bool,
    /// Part of the key of at least one secondary index (an empty string is then refused by DynamoDB).
    pub index_key: bool,
    /// Roles as written.
    pub roles: Vec<String>,
}

/// A secondary index. Only a global one has more than one partition or sort attribute (documents since 0.3).
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Local (same partition key as the table) or global.
    pub local: bool,
    /// Positions of the partition key attributes, in the order of the key: one to four.
    pub partition: Vec<usize>,
    /// Positions of the sort key attributes, in the order of the key: none to four.
    pub sort: Vec<usize>,
    /// What it holds besides keys.
    pub projection: Projection,
}

impl Index {
    /// Positions of all key attributes, partition first.
    pub fn keys(&self) -> impl Iterator<Item = usize> {
        self.partition.iter().chain(&self.sort).copied()
    }
}

/// What an index holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// All attributes.
    All,
    /// Keys of table and index.
    KeysOnly,
    /// Keys and these attributes.
    Include(Vec<String>),
}
