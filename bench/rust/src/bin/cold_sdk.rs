//! Start to first reply with aws-sdk-dynamodb and serde_dynamo.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use bench_rust::Failure;
use bench_rust::items::Item;
use bench_rust::items::native::Order;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let found = Client::new(&bench_rust::config().await)
        .get_item()
        .table_name("orders")
        .key("pk", AttributeValue::S("user#1001".to_owned()))
        .key("sk", AttributeValue::S("order#2026-01-02#0001".to_owned()))
        .send()
        .await?;
    serde_dynamo::from_item::<_, Order>(found.item.ok_or("no item")?)?.check()
}
