//! JSON Schemas of the boundary documents, generated from the types that read and write them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::dms;
use crate::error::{Batch, Code, Outcome, Reason, ServiceError};
use crate::operation::calls;

pub use crate::wire::schema::Object;

/// A key: an array of its parts, or an object that holds them.
pub struct Key;
/// The key of a read: values of the partition attributes, values of or conditions on sort attributes.
pub struct ReadKey;
/// A condition tree.
pub struct Condition;
/// How items are sorted.
pub struct Order;
/// A whole number, at least 1.
pub struct Positive;

macro_rules! inline {
    ($type:ident, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

inline!(Key, "Key", {
    "oneOf": [{ "type": "array", "minItems": 1, "maxItems": 2 }, { "type": "object" }, { "type": ["string", "number"] }]
});
inline!(ReadKey, "ReadKey", {
    "oneOf": [{ "type": "array", "minItems": 1, "maxItems": 8 }, { "type": "object" }, { "type": ["string", "number"] }]
});
inline!(Order, "Order", { "type": "string", "enum": ["asc", "desc"] });
inline!(Positive, "Positive", { "type": "integer", "minimum": 1 });
inline!(Condition, "Condition", { "type": "object", "minProperties": 1 });

/// The members of a call document but for `op`: what an action of a transaction has of a single write.
pub struct Members<T>(std::marker::PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Members<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}_action", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove("op");
            properties.remove("return_values");
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "op");
        }
        schema
    }
}

/// Attributes that the library set.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum Stamped {
    /// Of one item.
    One(#[schemars(with = "Object")] Object),
    /// `transact`: by action. `batch_write`: by group; the version is that of items that came without one.
    Many(#[schemars(with = "Vec<Option<Object>>")] Vec<Option<Object>>),
}

/// The statistics of an operation.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Stats {
    /// Requests sent.
    attempts: u32,
    /// Requests sent again.
    retries: u32,
    /// Milliseconds of waiting in total.
    waited_ms: u64,
    /// The service's id of the last request.
    request_id: Option<String>,
    /// Capacity units consumed; null when the service sent none.
    capacity: Option<Capacity>,
}

/// Capacity units consumed, over all requests of the operation.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Capacity {
    /// Read and write units together.
    total: f64,
    /// Read units, when the service tells them apart.
    read: Option<f64>,
    /// Write units, when the service tells them apart.
    write: Option<f64>,
    /// The table.
    table: Option<String>,
}

/// How far a scan has come.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct ScanProgress {
    /// Items given or counted by this call.
    items: u64,
    /// Pages read by this call.
    pages: u32,
    /// Items that the service looked at for this call.
    scanned: u64,
    /// Segments of the scan; 1 when it is not divided.
    segments: u32,
    /// Segments that are finished, by this call or those before.
    segments_done: u32,
    /// Capacity units of this call; null when the service sent none.
    capacity: Option<f64>,
}

/// How far a batch has come.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct BatchProgress {
    /// Parts that were carried out.
    done: u32,
    /// All parts of the call.
    total: u32,
    /// Parts that the service sent back, to be sent again.
    unprocessed: u32,
}

/// How far a call has come.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum Progress {
    Scan(ScanProgress),
    Batch(BatchProgress),
}

/// The result of an operation.
#[derive(JsonSchema)]
#[schemars(rename = "result")]
#[allow(dead_code)]
struct ResultDocument {
    /// What was read, or what `return_values` asked for; null: no such item.
    #[schemars(with = "Option<Object>")]
    item: Option<Object>,
    /// What a query or scan found, unless it only counts; of `transact_get` one for each key, null where there is none.
    #[schemars(with = "Option<Vec<Option<Object>>>")]
    items: Option<Vec<Option<Object>>>,
    /// Of queries and scans: where to go on; null at the end.
    cursor: Option<String>,
    /// Of queries and scans with a limit: how many items are still wanted.
    remaining: Option<u64>,
    /// Of queries and scans: how many items there are.
    count: Option<u64>,
    /// Of queries and scans: how many items the service looked at.
    scanned: Option<u64>,
    /// Of queries and scans: how many pages were read.
    pages: Option<u32>,
    /// How far a scan or a batch has come in the end.
    progress: Option<Progress>,
    /// Attributes that the library set on create and put.
    stamped: Option<Stamped>,
    /// `batch_get`: items by group, in the order of the keys; null: no such item.
    #[schemars(with = "Option<Vec<Vec<Option<Object>>>>")]
    results: Option<Vec<Vec<Option<Object>>>>,
    /// `batch_write`: how many writes were carried out: all of the call.
    written: Option<u32>,
    /// The table, of table operations.
    table: Option<crate::operation::Table<'static>>,
    /// `ensure_table`: this call created it.
    created: Option<bool>,
    /// `delete_table`: this call deleted it.
    deleted: Option<bool>,
    /// What it took.
    stats: Stats,
}

/// An error.
#[derive(JsonSchema)]
#[schemars(rename = "error")]
#[allow(dead_code)]
struct ErrorDocument {
    /// The most specific code.
    code: Code,
    /// All codes that apply, the general before the specific.
    codes: Vec<Code>,
    /// Lower case, without values.
    message: String,
    /// JSON pointer into the call document.
    path: Option<String>,
    /// What to do about it.
    hint: Option<String>,
    /// Whether the same call may succeed later.
    retryable: bool,
    /// Whether a write may have happened.
    outcome: Outcome,
    /// The service's id of the request.
    request_id: Option<String>,
    /// HTTP status.
    status: Option<u16>,
    /// The service's, or the transport's, own words. They may quote data.
    service: Option<ServiceError>,
    /// The item that failed the condition.
    #[schemars(with = "Option<Object>")]
    item: Option<Object>,
    /// What became of the parts of a batch.
    batch: Option<Batch>,
    /// Why a transaction was cancelled, by action.
    reasons: Option<Vec<Reason>>,
    /// Problems of a DMS document.
    problems: Option<Vec<dms::Problem>>,
    /// What it took, when requests were sent.
    stats: Option<Stats>,
}

/// Credentials of an AWS principal.
#[derive(JsonSchema)]
#[schemars(rename = "credentials", deny_unknown_fields)]
#[allow(dead_code)]
struct CredentialsDocument {
    /// Access key id.
    access_key_id: String,
    /// Secret access key.
    secret_access_key: String,
    /// Session token of temporary credentials.
    session_token: Option<String>,
    /// When they expire, in Unix milliseconds.
    expires_ms: Option<u64>,
}

/// File names (in `wit/`) and schemas of all boundary documents.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("call.schema.json", of::<calls::Call<'static>>()),
        ("result.schema.json", of::<ResultDocument>()),
        ("error.schema.json", of::<ErrorDocument>()),
        ("explanation.schema.json", of::<crate::explain::Explanation<'static>>()),
        ("settings.schema.json", of::<crate::settings::Settings>()),
        ("credentials.schema.json", of::<CredentialsDocument>()),
        ("models.schema.json", of::<dms::Models<'static>>()),
        ("diagnostics.schema.json", of::<dms::Report>()),
    ]
}

fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}
