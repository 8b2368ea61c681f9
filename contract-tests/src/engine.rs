//! The runner's own small DynamoDB client: raw reads and writes, and tables.

use crate::models::{Key, Model};
use crate::value::Value;
use crate::{json, models};
use std::time::{Duration, Instant};

/// A running engine.
pub struct Engine {
    agent: ureq::Agent,
    /// Its URL.
    pub endpoint: String,
    /// Region of the requests. Some engines keep the tables of each region and access key apart.
    pub region: String,
    /// Access key of the requests.
    pub access_key: String,
}

/// What a refused request said.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Name of the exception, without namespace.
    pub code: String,
    /// Its text.
    pub message: String,
}

impl Engine {
    /// A client of the engine at this URL.
    pub fn new(endpoint: &str, region: &str, access_key: &str) -> Engine {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .proxy(None)
            .build();
        Engine {
            agent: config.into(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
            access_key: access_key.to_owned(),
        }
    }

    /// Calls an action. Local engines do not check signatures, so there is none.
    pub fn call(&self, action: &str, body: &Value) -> Result<Result<Value, Refused>, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{action} on {}: {error}", self.endpoint);
        let credential = format!("{}/20260102/{}/dynamodb/aws4_request", self.access_key, self.region);
        let mut response = self
            .agent
            .post(format!("{}/", self.endpoint))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{action}"))
            .header("x-amz-date", "20260102T030405Z")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={}",
                    "0".repeat(64)
                ),
            )
            .send(body.to_string())
            .map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let text =
            response.body_mut().with_config().limit(32 << 20).read_to_string().map_err(|error| failed(&error))?;
        let answer = json::parse(&text).map_err(|error| failed(&error))?;
        if status == 200 {
            return Ok(Ok(answer));
        }
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = text("__type");
        let message = if answer.get("message").is_some() { text("message") } else { text("Message") };
        Ok(Err(Refused { code: code.rsplit('#').next().unwrap_or_default().to_owned(), message }))
    }

    fn must(&self, action: &str, body: &Value) -> Result<Value, String> {
        self.call(action, body)?
            .map_err(|refused| format!("{action} was refused: {}: {}", refused.code, refused.message))
    }

    /// Reads an item as attribute values, strongly consistent.
    pub fn get(&self, table: &str, key: &Value) -> Result<Option<Value>, String> {
        let body = Value::object([
            ("TableName", Value::from(table)),
            ("Key", key.clone()),
            ("ConsistentRead", Value::Bool(true)),
        ]);
        Ok(self.must("GetItem", &body)?.get("Item").cloned())
    }

    /// Writes an item of attribute values.
    pub fn put(&self, table: &str, item: &Value) -> Result<(), String> {
        let body = Value::object([("TableName", Value::from(table)), ("Item", item.clone())]);
        self.must("PutItem", &body).map(drop)
    }

    /// Deletes an item.
    pub fn delete(&self, table: &str, key: &Value) -> Result<(), String> {
        let body = Value::object([("TableName", Value::from(table)), ("Key", key.clone())]);
        self.must("DeleteItem", &body).map(drop)
    }

    /// Drops a table if it is there, and waits until it is gone.
    pub fn drop_table(&self, table: &str) -> Result<(), String> {
        let body = Value::object([("TableName", Value::from(table))]);
        match self.call("DeleteTable", &body)? {
            Ok(_) => self.wait(table, None),
            Err(refused) if refused.code == "ResourceNotFoundException" => Ok(()),
            Err(refused) => Err(format!("DeleteTable was refused: {}: {}", refused.code, refused.message)),
        }
    }

    /// Creates the table of these models and waits until it is active.
    pub fn create_table(&self, table: &str, models: &[&Model]) -> Result<(), String> {
        self.must("CreateTable", &create_request(table, models))?;
        self.wait(table, Some("ACTIVE"))
    }

    fn wait(&self, table: &str, wanted: Option<&str>) -> Result<(), String> {
        let body = Value::object([("TableName", Value::from(table))]);
        let late = Instant::now() + Duration::from_secs(30);
        loop {
            let status = match self.call("DescribeTable", &body)? {
                Ok(found) => found.at(&["Table", "TableStatus"]).and_then(Value::as_str).map(str::to_owned),
                Err(_) => None,
            };
            if status.as_deref() == wanted {
                return Ok(());
            }
            if Instant::now() > late {
                return Err(format!("table `{table}` stays {}", status.as_deref().unwrap_or("absent")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn create_request(table: &str, models: &[&Model]) -> Value {
    let mut types: Vec<(String, String)> = Vec::new();
    let mut indexes: Vec<&models::Index> = Vec::new();
    for model in models {
        types.extend(key_parts(&model.key));
        for index in &model.indexes {
            types.extend(index.partition.iter().chain(&index.sort).cloned());
            if indexes.iter().all(|known| known.name != index.name) {
                indexes.push(index);
            }
        }
    }
    types.sort();
    types.dedup();
    let definitions = types.iter().map(|(name, kind)| {
        Value::object([("AttributeName", Value::text(name)), ("AttributeType", Value::text(kind))])
    });
    let mut request = Value::object([
        ("TableName", Value::from(table)),
        ("BillingMode", Value::from("PAY_PER_REQUEST")),
        ("AttributeDefinitions", Value::Array(definitions.collect())),
        ("KeySchema", key_schema(std::slice::from_ref(&models[0].key.partition), models[0].key.sort.as_slice())),
    ]);
    for (name, local) in [("GlobalSecondaryIndexes", false), ("LocalSecondaryIndexes", true)] {
        let described: Vec<Value> =
            indexes.iter().filter(|index| index.local == local).map(|index| index_request(index)).collect();
        if !described.is_empty() {
            request.set(name, Value::Array(described));
        }
    }
    request
}

fn index_request(index: &models::Index) -> Value {
    let mut projection = Value::object([("ProjectionType", Value::text(&index.projection))]);
    if !index.fields.is_empty() {
        projection.set("NonKeyAttributes", Value::Array(index.fields.iter().map(Value::text).collect()));
    }
    Value::object([
        ("IndexName", Value::text(&index.name)),
        ("KeySchema", key_schema(&index.partition, &index.sort)),
        ("Projection", projection),
    ])
}

fn key_parts(key: &Key) -> impl Iterator<Item = (String, String)> {
    std::iter::once(key.partition.clone()).chain(key.sort.clone())
}

fn key_schema(partition: &[(String, String)], sort: &[(String, String)]) -> Value {
    let part = |(name, _): &(String, String), kind: &str| {
        Value::object([("AttributeName", Value::text(name)), ("KeyType", Value::from(kind))])
    };
    let sort = sort.iter().map(|sort| part(sort, "RANGE"));
    Value::Array(partition.iter().map(|partition| part(partition, "HASH")).chain(sort).collect())
}
