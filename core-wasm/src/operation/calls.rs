//! All call documents as one type, for their JSON Schema.

use schemars::JsonSchema;

use super::{
    batch, create, delete, delete_table, describe_table, ensure_table, get, provenance, put, query, scan, transact,
    transact_get, transition, update, upsert, wait_for,
};

/// A call document; `op` says which.
#[derive(JsonSchema)]
#[schemars(rename = "call", untagged)]
#[allow(dead_code, clippy::large_enum_variant)]
pub enum Call<'a> {
    /// `create`
    Create(create::Create<'a>),
    /// `put`
    Put(put::Put<'a>),
    /// `upsert`
    Upsert(upsert::Upsert<'a>),
    /// `get` and `find`
    Get(get::Get<'a>),
    /// `update`
    Update(update::UpdateCall<'a>),
    /// `delete`
    Delete(delete::Delete<'a>),
    /// `batch_get`
    BatchGet(batch::get::BatchGet<'a>),
    /// `batch_write`
    BatchWrite(batch::write::BatchWrite<'a>),
    /// `transact`
    Transact(transact::Transact<'a>),
    /// `transact_get`
    TransactGet(transact_get::TransactGet<'a>),
    /// `transition_append_event`
    TransitionAppendEvent(transition::Transition<'a>),
    /// `validate_provenance`
    ValidateProvenance(provenance::Validate<'a>),
    /// `query`
    Query(query::Query<'a>),
    /// `scan`
    Scan(scan::Scan<'a>),
    /// `wait_for`
    WaitFor(wait_for::WaitFor<'a>),
    /// `ensure_table`
    EnsureTable(ensure_table::EnsureTable<'a>),
    /// `describe_table`
    DescribeTable(describe_table::DescribeTable<'a>),
    /// `delete_table`
    DeleteTable(delete_table::DeleteTable<'a>),
}
