//! The shape of a document as Rust types. `dms/schema/dms.schema.json` is generated from them, for editors and other
//! tools; [`compile`](super::compile) reads the text itself, because it must know where everything stands.
//!
//! Null counts as left out wherever a member may be left out, and so does an empty text. Members that are not listed
//! here are allowed, but have no effect.

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// The JSON Schema of documents.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).into()
}

/// A schema document: the models of the tables of an application.
#[derive(JsonSchema)]
#[schemars(title = "TableTheory schema document (DMS)")]
pub struct Document {
    /// Version of the document language. A text: in YAML it stands in quotes.
    pub dms_version: DmsVersion,
    /// Groups documents; used for generated code only.
    pub namespace: Option<String>,
    /// The models. Their names are unique.
    #[schemars(length(min = 1))]
    pub models: Vec<Model>,
}

/// Version of the document language.
#[derive(JsonSchema)]
pub enum DmsVersion {
    /// A map whose values are all empty is empty; `json` attributes are of type S.
    #[schemars(rename = "0.1")]
    V0_1,
    /// A map is empty only without members; `json` attributes may be stored as they are.
    #[schemars(rename = "0.2")]
    V0_2,
    /// As 0.2; attributes may be `unique`, keys of global indexes may have several attributes.
    #[schemars(rename = "0.3")]
    V0_3,
}

/// One kind of item.
#[derive(JsonSchema)]
pub struct Model {
    /// Logical name, as calls name it.
    pub name: Name,
    /// Where its items are stored.
    pub table: Table,
    /// How attributes are named.
    pub naming: Option<Naming>,
    /// Keys of the table.
    pub keys: Keys,
    /// What may be written. Mutable when left out.
    pub write_policy: Option<WritePolicy>,
    /// All attributes, keys too. Their names are unique.
    #[schemars(length(min = 1))]
    pub attributes: Vec<Attribute>,
    /// Secondary indexes. Their names are unique.
    pub indexes: Option<Vec<Index>>,
}

/// The name of an attribute or a model: no space, control character, back-tick, double quote, backslash or comma.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub struct Name(
    #[schemars(length(min = 1, max = 255), regex(pattern = r#"^[^\u0000-\u0020\u007f-\u009f`"\\,]*$"#))] pub String,
);

/// The name of a table or an index, as DynamoDB takes it.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub struct ResourceName(#[schemars(regex(pattern = r"^[A-Za-z0-9_.-]{3,255}$"))] pub String);

/// A table.
#[derive(JsonSchema)]
pub struct Table {
    /// Physical name. Clients may prefix or replace it.
    pub name: ResourceName,
}

/// How attributes are named.
#[derive(JsonSchema)]
pub struct Naming {
    /// `camelCase` when left out.
    pub convention: Option<Convention>,
}

/// A naming convention.
#[derive(JsonSchema)]
pub enum Convention {
    /// `userId`; `PK` and `SK` are allowed.
    #[schemars(rename = "camelCase")]
    CamelCase,
    /// `user_id`; `PK` and `SK` are allowed.
    #[schemars(rename = "snake_case")]
    SnakeCase,
    /// As `camelCase`; keys are called `PK` and `SK` by default in generated code.
    #[schemars(rename = "dynamorm")]
    Dynamorm,
    /// As if left out.
    #[schemars(rename = "")]
    Default,
}

/// Keys of a table.
#[derive(JsonSchema)]
pub struct Keys {
    /// Partition key.
    pub partition: Key,
    /// Sort key, if the table has one.
    pub sort: Option<Key>,
}

/// A key: one of the attributes, and its type once more.
#[derive(JsonSchema)]
pub struct Key {
    /// Attribute name.
    pub attribute: Name,
    /// Type of the attribute.
    pub r#type: KeyType,
}

/// The type of a key.
#[derive(JsonSchema)]
pub enum KeyType {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
}

/// What may be written.
#[derive(JsonSchema)]
pub struct WritePolicy {
    /// `mutable` when left out.
    pub mode: Option<Mode>,
    /// Attributes that no update may name, and that a put may not replace.
    pub protected_attributes: Option<Vec<String>>,
}

/// Whether items may change.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Mode {
    /// Items may be changed and deleted.
    Mutable,
    /// Items can only be created.
    WriteOnce,
    /// As if left out.
    #[schemars(rename = "")]
    Default,
}

/// One attribute.
#[derive(JsonSchema)]
pub struct Attribute {
    /// Its DynamoDB name.
    pub attribute: Name,
    /// Its DynamoDB type. In YAML, `"NULL"` stands in quotes.
    pub r#type: Type,
    /// Must be in every whole item. Not together with `optional`.
    pub required: Option<bool>,
    /// May be absent.
    pub optional: Option<bool>,
    /// Left out on write when empty.
    pub omit_empty: Option<bool>,
    /// Since 0.3: no two items of the model have the same value of it. Types S, N and B.
    pub unique: Option<bool>,
    /// What the attribute is to the library.
    pub roles: Option<Vec<Role>>,
    /// How its values are to be read.
    pub format: Option<Format>,
    /// Holds any JSON value. Type S in 0.1; S, N, BOOL, NULL, L or M since 0.2. Not together with `binary`.
    pub json: Option<bool>,
    /// Is a blob, of type B.
    pub binary: Option<bool>,
    /// Its presence alone means: stored encrypted. By convention `{ v: 1 }`.
    // Not an option: null is refused here, because it might have been meant as "encrypted".
    #[schemars(default)]
    pub encryption: BTreeMap<String, serde_json::Value>,
    /// Anything else that other tools want to know. No effect.
    pub tags: Option<BTreeMap<String, serde_json::Value>>,
}

/// DynamoDB's types.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
pub enum Type {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
    /// Boolean.
    Bool,
    /// Null.
    Null,
    /// Map.
    M,
    /// List.
    L,
    /// String set.
    Ss,
    /// Number set.
    Ns,
    /// Binary set.
    Bs,
}

/// What an attribute is to the library.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Role {
    /// A role with an effect.
    Known(KnownRole),
    /// A role without effect.
    Unused(UnusedRole),
}

/// A role with an effect. Each may stand on one attribute of a model.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum KnownRole {
    /// The partition key; must be the one that `keys` names.
    Pk,
    /// The sort key; must be the one that `keys` names.
    Sk,
    /// When the item was created. Type S, format `rfc3339nano`.
    CreatedAt,
    /// When the item was last written. Type S, format `rfc3339nano`.
    UpdatedAt,
    /// Counts the updates, from 0. Type N.
    Version,
    /// When DynamoDB may delete the item. Type N, format `unix_seconds`.
    Ttl,
}

/// `index_pk:<index>` or `index_sk:<index>`: `indexes` says it all.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub struct UnusedRole(#[schemars(regex(pattern = r"^index_[ps]k:"))] pub String);

/// How values are to be read.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Format {
    /// Type S: a time, UTC with nine fraction digits.
    #[schemars(rename = "rfc3339nano")]
    Rfc3339Nano,
    /// Type N: whole seconds since the Unix epoch.
    UnixSeconds,
    /// Type N or NS: whole numbers.
    Int,
    /// Type N or NS: numbers that every language gets as text, with all digits.
    DecimalString,
    /// As if left out.
    #[schemars(rename = "")]
    Default,
}

/// A secondary index.
#[derive(JsonSchema)]
pub struct Index {
    /// Its name.
    pub name: ResourceName,
    /// Global or local.
    pub r#type: IndexType,
    /// Partition key. Of an LSI: the one of the table.
    pub partition: PartitionParts,
    /// Sort key. An LSI has one.
    pub sort: Option<SortParts>,
    /// What it holds besides keys. Everything when left out.
    pub projection: Option<Projection>,
}

/// The partition key of an index.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum PartitionParts {
    /// One attribute.
    One(Key),
    /// Since 0.3, in a GSI: one to four attributes.
    Several(#[schemars(length(min = 1, max = 4))] Vec<Key>),
}

/// The sort key of an index.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum SortParts {
    /// One attribute.
    One(Key),
    /// Since 0.3, in a GSI: up to four attributes. Without any: no sort key.
    Several(#[schemars(length(max = 4))] Vec<Key>),
}

/// Kind of a secondary index.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
pub enum IndexType {
    /// Global secondary index.
    Gsi,
    /// Local secondary index.
    Lsi,
}

/// What an index holds besides keys.
#[derive(JsonSchema)]
pub struct Projection {
    /// `ALL` when left out.
    pub r#type: Option<ProjectionType>,
    /// With `INCLUDE`: the attributes, at most 20.
    pub fields: Option<Vec<Name>>,
}

/// Kind of a projection.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProjectionType {
    /// All attributes.
    All,
    /// Only keys of table and index.
    KeysOnly,
    /// Keys and `fields`.
    Include,
    /// As if left out.
    #[schemars(rename = "")]
    Default,
}
