//! Start to first reply with TableTheory on its own transport.

use bench_rust::items::Item;
use bench_rust::items::plain::Order;
use bench_rust::{Failure, ONE_MODEL};
use tabletheory::TableTheory;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let db = TableTheory::builder().schema_str(ONE_MODEL).build()?;
    db.model::<Order>("Order")?.get(("user#1001", "order#2026-01-02#0001")).await?.check()
}
