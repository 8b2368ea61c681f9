//! The members of each object of a document. `dms/schema/dms.schema.json` has the same ones; a test compares them.

pub(super) const DOCUMENT: &[&str] = &["dms_version", "namespace", "models"];
pub(super) const MODEL: &[&str] = &["name", "table", "naming", "keys", "write_policy", "attributes", "indexes"];
pub(super) const TABLE: &[&str] = &["name"];
pub(super) const NAMING: &[&str] = &["convention"];
pub(super) const KEYS: &[&str] = &["partition", "sort"];
pub(super) const KEY: &[&str] = &["attribute", "type"];
pub(super) const WRITE_POLICY: &[&str] = &["mode", "protected_attributes"];
pub(super) const ATTRIBUTE: &[&str] = &[
    "attribute",
    "type",
    "required",
    "optional",
    "omit_empty",
    "unique",
    "roles",
    "format",
    "json",
    "binary",
    "encryption",
    "tags",
];
pub(super) const INDEX: &[&str] = &["name", "type", "partition", "sort", "projection"];
pub(super) const PROJECTION: &[&str] = &["type", "fields"];
