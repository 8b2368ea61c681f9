//! Start to first reply with TableTheory through the AWS SDK.

use bench_rust::items::Item;
use bench_rust::items::plain::Order;
use bench_rust::{Failure, ONE_MODEL};
use tabletheory::TableTheory;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let db = TableTheory::builder().schema_str(ONE_MODEL).aws_config(&bench_rust::config().await).build()?;
    db.model::<Order>("Order")?.get(("user#1001", "order#2026-01-02#0001")).await?.check()
}
