//! What an operation pays for: how much is touched, and how many capacity units that takes.

use super::call::Call;
use super::readable::Request;
use super::{Cost, Literal, Shape, Units};
use crate::dms::{Model, Projection};

/// The unit of reads, in bytes.
const READ_BYTES: u32 = 4096;
/// The unit of writes, in bytes.
const WRITE_BYTES: u32 = 1024;

/// The cost of a call whose first request is this one.
pub(super) fn of<'c>(call: &'c Call<'_>, action: &str, request: &Request<'_>) -> Cost<'c> {
    let shape = shape(call, request);
    let once = if call.consistent || request.consistent { "1.0" } else { "0.5" };
    let read = |units, of| Some(Units { units: Literal(units), per_bytes: READ_BYTES, of });
    let write = |units, of| Some(Units { units: Literal(units), per_bytes: WRITE_BYTES, of });
    let (read, write) = match &*call.op {
        "get" | "find" => (read(once, "the item, however little of it is asked for"), None),
        "batch_get" => (read(once, "each item by itself, twice where the read is consistent"), None),
        "transact_get" => (read("2.0", "each item by itself"), None),
        "query" | "scan" => (read(once, "all items that are read, filtered out or not, page by page"), None),
        "wait_for" => (read(once, "the item, each time it is looked at"), None),
        "create" | "put" | "update" | "upsert" | "delete" => {
            let transaction = action == "TransactWriteItems" || action == "GetItem";
            let written = if transaction {
                write("2.0", "the item before or after, whichever is larger, and each record of a unique value")
            } else {
                write("1.0", "the item before or after, whichever is larger")
            };
            let before = (action == "GetItem").then_some(Units {
                units: Literal("1.0"),
                per_bytes: READ_BYTES,
                of: "the item before",
            });
            (before, written)
        }
        "batch_write" => (None, write("1.0", "each item before or after, whichever is larger")),
        "transact" => {
            (None, write("2.0", "each item before or after, whichever is larger; a check pays for its item, too"))
        }
        _ => (None, None),
    };
    let indexes = match (&write, call.model) {
        (Some(_), Some(model)) => written_indexes(model, call, request),
        _ => Vec::new(),
    };
    Cost { shape, read, write, indexes }
}

fn shape(call: &Call<'_>, request: &Request<'_>) -> Shape {
    match &*call.op {
        "get" | "find" | "create" | "put" | "update" | "upsert" | "delete" | "wait_for" => Shape::OneItem,
        "batch_get" | "batch_write" | "transact" | "transact_get" => Shape::Items,
        "scan" if request.index.is_some() => Shape::Index,
        "scan" => Shape::Table,
        "query" => {
            let (_, sort) = call.key_positions();
            let condition = request.roots(request.key_condition.as_deref());
            let model = call.model.map(|model| &model.attributes);
            let names = |at: &usize| model.is_some_and(|known| condition.contains(&known[*at].name));
            if sort.iter().any(names) { Shape::Range } else { Shape::Partition }
        }
        _ => Shape::None,
    }
}

/// The indexes that hold something of what is written. An update changes those that hold what it names.
fn written_indexes<'c>(model: &'c Model, call: &Call<'_>, request: &Request<'_>) -> Vec<&'c str> {
    let changed = request.update.is_some().then(|| request.roots(request.update.as_deref()));
    let holds = |projection: &Projection, name: &str| match projection {
        Projection::All => true,
        Projection::KeysOnly => false,
        Projection::Include(fields) => fields.iter().any(|field| field == name),
    };
    let touched = model.indexes.iter().filter(|index| match (&changed, &*call.op) {
        (Some(changed), "update" | "upsert") => changed
            .iter()
            .any(|name| holds(&index.projection, name) || index.keys().any(|at| model.attributes[at].name == *name)),
        _ => true,
    });
    touched.map(|index| index.name.as_str()).collect()
}
