//! Tables: how one is described to the service, and by it.

use std::fmt::Write;

use super::Next;
use super::body::Body;
use super::millionths::Millionths;
use crate::client::Client;
use crate::dms::{Model, Projection, Type};
use crate::document::{Document, documents};
use crate::error::{Code, Error, Outcome};
use crate::json::{self, Kind, Reader, Value, Wrong, members, push_quoted, words};
use crate::value::time;

/// First wait between two looks at a table, in milliseconds; it grows by half each time.
const FIRST_POLL: u32 = 200;
/// Longest wait between two looks.
const LONGEST_POLL: u32 = 5_000;
/// How long to wait for a table, unless the call says otherwise.
pub(super) const TIMEOUT_MS: u64 = 300_000;

/// Waits between looks at a table, up to a deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poll {
    wait: u32,
    deadline: u64,
}

impl Poll {
    pub(super) fn until(now: u64, timeout_ms: Option<u64>) -> Self {
        let timeout = timeout_ms.unwrap_or(TIMEOUT_MS).saturating_mul(1_000_000);
        Poll { wait: FIRST_POLL, deadline: now.saturating_add(timeout) }
    }

    /// The next wait; an error when the time is up.
    pub(super) fn again(&mut self, now: u64, table: &str, what: &str) -> Result<Next, Error> {
        if now >= self.deadline {
            let mut error = Error::new(Code::Timeout, format!("table `{table}` is not {what} yet"))
                .hint("the service goes on by itself; call again, or allow more with `timeout_ms`");
            error.details_mut().retryable = true;
            error.details_mut().outcome = Outcome::Unknown;
            return Err(error);
        }
        let wait = self.wait;
        self.wait = (wait + wait / 2).min(LONGEST_POLL);
        let left = (self.deadline - now).div_ceil(1_000_000);
        Ok(Next::Wait(wait.min(u32::try_from(left).unwrap_or(u32::MAX))))
    }
}

/// The models of the client that share a table.
pub(super) fn sharing(client: &Client, model: usize) -> Vec<&Model> {
    (0..client.models())
        .filter(|other| client.table(*other) == client.table(model))
        .map(|other| client.model_at(other))
        .collect()
}

/// The attribute that expires items of the table, by any of its models.
pub(super) fn ttl_attribute(client: &Client, model: usize) -> Option<&str> {
    sharing(client, model).into_iter().find_map(|model| model.ttl.map(|at| model.attributes[at].name.as_str()))
}

/// `billing` of a call.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
pub enum Billing {
    /// `"PAY_PER_REQUEST"`
    #[default]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Default,
    /// A mode by name.
    Mode(Mode),
    /// Provisioned throughput.
    Provisioned(Throughput),
}

/// A billing mode without further numbers.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Mode {
    /// On demand.
    #[default]
    PayPerRequest,
}
words!(Mode { "PAY_PER_REQUEST" => PayPerRequest });

members! {
    /// Provisioned throughput, in capacity units per second.
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
    pub struct Throughput {
        /// Read capacity units.
        read: u64,
        /// Write capacity units.
        write: u64,
    }
}

impl<'a> Value<'a> for Billing {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        match reader.kind()? {
            Kind::Object => Throughput::read(reader).map(Billing::Provisioned),
            _ => Mode::read(reader).map(Billing::Mode),
        }
    }
}

/// The body of `CreateTable`: keys and indexes of all models that share the table.
pub(super) fn create_body(client: &Client, model: usize, billing: &Billing, protected: bool) -> String {
    let models = sharing(client, model);
    let main = client.model_at(model);
    let mut definitions = Vec::new();
    define(&mut definitions, main, [main.partition].into_iter().chain(main.sort));
    let (mut global, mut local, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for (model, index) in models.iter().flat_map(|model| model.indexes.iter().map(move |index| (model, index))) {
        if seen.contains(&&index.name) {
            continue;
        }
        seen.push(&index.name);
        define(&mut definitions, model, index.keys());
        let mut text = String::from("{\"IndexName\":");
        push_quoted(&mut text, &index.name);
        let keys = key_schema(model, &index.partition, &index.sort);
        write!(text, ",\"KeySchema\":{keys},\"Projection\":{}", projection(&index.projection))
            .expect("writing to a string");
        if !index.local {
            text.push_str(&throughput(billing));
        }
        text.push('}');
        if index.local { local.push(text) } else { global.push(text) }
    }
    let definitions: Vec<_> = definitions
        .into_iter()
        .map(|(name, kind)| {
            let mut text = String::from("{\"AttributeName\":");
            push_quoted(&mut text, name);
            write!(text, ",\"AttributeType\":\"{}\"}}", kind.as_str()).expect("writing to a string");
            text
        })
        .collect();
    let mut body = Body::new(client, model);
    body.raw("AttributeDefinitions", &array(&definitions));
    body.raw("KeySchema", &key_schema(main, &[main.partition], main.sort.as_slice()));
    if !global.is_empty() {
        body.raw("GlobalSecondaryIndexes", &array(&global));
    }
    if !local.is_empty() {
        body.raw("LocalSecondaryIndexes", &array(&local));
    }
    match billing {
        Billing::Provisioned(units) => {
            body.text("BillingMode", "PROVISIONED");
            body.raw("ProvisionedThroughput", &units.json());
        }
        _ => body.text("BillingMode", "PAY_PER_REQUEST"),
    }
    if protected {
        body.raw("DeletionProtectionEnabled", "true");
    }
    body.end()
}

impl Throughput {
    fn json(self) -> String {
        format!("{{\"ReadCapacityUnits\":{},\"WriteCapacityUnits\":{}}}", self.read, self.write)
    }
}

fn throughput(billing: &Billing) -> String {
    match billing {
        Billing::Provisioned(units) => format!(",\"ProvisionedThroughput\":{}", units.json()),
        _ => String::new(),
    }
}

/// Adds attributes to the definitions, which are sorted by name.
fn define<'m>(definitions: &mut Vec<(&'m str, Type)>, model: &'m Model, keys: impl IntoIterator<Item = usize>) {
    for attribute in keys.into_iter().map(|at| &model.attributes[at]) {
        match definitions.binary_search_by_key(&attribute.name.as_str(), |(name, _)| name) {
            Ok(known) => definitions[known].1 = attribute.kind,
            Err(place) => definitions.insert(place, (&attribute.name, attribute.kind)),
        }
    }
}

fn key_schema(model: &Model, partition: &[usize], sort: &[usize]) -> String {
    let parts: Vec<_> = partition
        .iter()
        .map(|at| (at, "HASH"))
        .chain(sort.iter().map(|at| (at, "RANGE")))
        .map(|(at, kind)| {
            let mut text = String::from("{\"AttributeName\":");
            push_quoted(&mut text, &model.attributes[*at].name);
            write!(text, ",\"KeyType\":\"{kind}\"}}").expect("writing to a string");
            text
        })
        .collect();
    array(&parts)
}

fn projection(projection: &Projection) -> String {
    match projection {
        Projection::All => "{\"ProjectionType\":\"ALL\"}".to_owned(),
        Projection::KeysOnly => "{\"ProjectionType\":\"KEYS_ONLY\"}".to_owned(),
        Projection::Include(fields) => {
            let names: Vec<_> = fields
                .iter()
                .map(|field| {
                    let mut text = String::new();
                    push_quoted(&mut text, field);
                    text
                })
                .collect();
            format!("{{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":{}}}", array(&names))
        }
    }
}

fn array(parts: &[String]) -> String {
    format!("[{}]", parts.join(","))
}

members! {
    /// A table as the service describes it.
    #[derive(Debug)]
    pub(super) struct Described {
        pub(super) table_name as "TableName": String,
        pub(super) table_status as "TableStatus": Option<String>,
        table_arn as "TableArn": Option<String>,
        creation_date_time as "CreationDateTime": Option<Millionths>,
        item_count as "ItemCount": Option<u64>,
        table_size_bytes as "TableSizeBytes": Option<u64>,
        key_schema as "KeySchema": Option<Vec<KeyPart>>,
        global_secondary_indexes as "GlobalSecondaryIndexes": Option<Vec<DescribedIndex>>,
        local_secondary_indexes as "LocalSecondaryIndexes": Option<Vec<DescribedIndex>>,
    }
    ..
}

members! {
    #[derive(Debug)]
    struct KeyPart {
        attribute_name as "AttributeName": String,
        key_type as "KeyType": String,
    }
    ..
}

members! {
    #[derive(Debug)]
    struct DescribedIndex {
        index_name as "IndexName": String,
        index_status as "IndexStatus": Option<String>,
        key_schema as "KeySchema": Option<Vec<KeyPart>>,
    }
    ..
}

/// The `table` member of results.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Table<'t> {
    /// Physical name.
    name: &'t str,
    /// `ACTIVE`, `CREATING`, …
    status: &'t str,
    /// When it was created, UTC.
    created: Option<String>,
    /// Items, counted by the service about every six hours.
    items: Option<u64>,
    /// Size, likewise.
    bytes: Option<u64>,
    /// Its key.
    keys: TableKeys<'t>,
    /// Its secondary indexes.
    indexes: Vec<TableIndex<'t>>,
    /// The attribute that expires items, when the service says so.
    ttl: Option<&'t str>,
    /// Amazon Resource Name.
    arn: Option<&'t str>,
}

/// Key attributes.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TableKeys<'t> {
    /// Partition key attributes.
    partition: Vec<&'t str>,
    /// Sort key attributes.
    sort: Vec<&'t str>,
}

/// A secondary index.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TableIndex<'t> {
    /// Its name.
    name: &'t str,
    /// `GSI` or `LSI`.
    r#type: &'static str,
    /// `ACTIVE`, …; a local index has none of its own.
    status: Option<&'t str>,
    /// Its key.
    keys: TableKeys<'t>,
}

documents! {
    Table<'t> { name, status, created, items, bytes, keys, indexes, ttl, arn }
    TableKeys<'t> { partition, sort }
    TableIndex<'t> { name, r#type as "type", status, keys }
}

impl Described {
    /// Reads a response that holds a table under `member` (`Table`, `TableDescription`).
    pub(super) fn read(body: &str, member: &str) -> Result<Described, Error> {
        members! {
            struct Response {
                table as "Table": Option<Described>,
                description as "TableDescription": Option<Described>,
            }
            ..
        }
        let response = json::read::<Response>(body).ok();
        let table = response.and_then(|response| response.table.or(response.description));
        table.ok_or_else(|| Error::new(Code::InvalidResponse, format!("the response holds no `{member}`")))
    }

    /// `ACTIVE`, `CREATING`, …; empty when the service does not say.
    pub(super) fn status(&self) -> &str {
        self.table_status.as_deref().unwrap_or_default()
    }

    /// Table and global indexes are ready.
    pub(super) fn is_active(&self) -> bool {
        let indexes = self.global_secondary_indexes.iter().flatten();
        self.status() == "ACTIVE"
            && indexes.into_iter().all(|index| index.index_status.as_deref().is_none_or(|status| status == "ACTIVE"))
    }

    /// Refuses a table that does not serve the models.
    pub(super) fn serves(&self, models: &[&Model]) -> Result<(), Error> {
        let table = &self.table_name;
        for model in models {
            let name = |at: usize| model.attributes[at].name.as_str();
            let wanted = (vec![name(model.partition)], model.sort.map(name).into_iter().collect::<Vec<_>>());
            let keys = keys_of(self.key_schema.as_deref());
            if (&keys.partition, &keys.sort) != (&wanted.0, &wanted.1) {
                return Err(Error::new(
                    Code::InvalidModel,
                    format!("table `{table}` has another key than model `{}`", model.name),
                )
                .hint("a table's key cannot be changed"));
            }
            for index in &model.indexes {
                let Some((known, _)) = self.indexes().find(|(known, _)| known.index_name == index.name) else {
                    return Err(Error::new(
                        Code::IndexNotFound,
                        format!("table `{table}` has no index `{}`", index.name),
                    )
                    .hint("an existing table is not changed; add the index to it first"));
                };
                let names = |positions: &[usize]| positions.iter().map(|at| name(*at)).collect::<Vec<_>>();
                let keys = keys_of(known.key_schema.as_deref());
                if (keys.partition, keys.sort) != (names(&index.partition), names(&index.sort)) {
                    return Err(Error::new(
                        Code::InvalidModel,
                        format!(
                            "index `{}` of table `{table}` has another key than in model `{}`",
                            index.name, model.name
                        ),
                    )
                    .hint("an index's key cannot be changed; make a new index of another name"));
                }
            }
        }
        Ok(())
    }

    /// The `table` member of a result.
    pub(super) fn document(&self, ttl: Option<&str>) -> String {
        let created =
            self.creation_date_time.and_then(|time| (time.0.saturating_add(500) / 1000).checked_mul(1_000_000));
        let table = Table {
            name: &self.table_name,
            status: self.status(),
            created: created.map(|nanos| time::format(time::from_nanos(nanos))),
            items: self.item_count,
            bytes: self.table_size_bytes,
            keys: keys_of(self.key_schema.as_deref()),
            indexes: self
                .indexes()
                .map(|(index, kind)| TableIndex {
                    name: &index.index_name,
                    r#type: kind,
                    status: index.index_status.as_deref(),
                    keys: keys_of(index.key_schema.as_deref()),
                })
                .collect(),
            ttl,
            arn: self.table_arn.as_deref(),
        };
        table.text()
    }

    fn indexes(&self) -> impl Iterator<Item = (&DescribedIndex, &'static str)> {
        let global = self.global_secondary_indexes.iter().flatten().map(|index| (index, "GSI"));
        let local = self.local_secondary_indexes.iter().flatten().map(|index| (index, "LSI"));
        global.chain(local)
    }
}

fn keys_of(parts: Option<&[KeyPart]>) -> TableKeys<'_> {
    let parts = parts.unwrap_or_default();
    let of = |kind: &str| {
        parts.iter().filter(|part| part.key_type == kind).map(|part| part.attribute_name.as_str()).collect()
    };
    TableKeys { partition: of("HASH"), sort: of("RANGE") }
}

/// The attribute that expires items, from the answer to `DescribeTimeToLive`, unless it is being switched off.
pub(super) fn read_ttl(body: &str) -> Option<String> {
    members! {
        struct Response {
            description as "TimeToLiveDescription": Description,
        }
        ..
    }
    members! {
        struct Description {
            status as "TimeToLiveStatus": Option<String>,
            attribute as "AttributeName": Option<String>,
        }
        ..
    }
    let Description { status, attribute } = json::read::<Response>(body).ok()?.description;
    matches!(status?.as_str(), "ENABLED" | "ENABLING").then_some(attribute)?
}
