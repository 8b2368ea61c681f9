//! aws-sdk-dynamodb with serde_dynamo.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, PutRequest, TransactWriteItem, WriteRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::{from_item, from_items, to_item};

use crate::items::native::Order;
use crate::items::{Counter, Document, Item, OWNER, PREFIX, QUERIES, check_all};
use crate::{Failure, Operations};

type Attributes = HashMap<String, AttributeValue>;

/// With the default configuration.
pub async fn open() -> Result<Operations, Failure> {
    let client = Client::new(&crate::config().await);
    let mut operations = Operations::default();
    put_and_get(&mut operations, &client, "twelve", "orders", Order::new(1), |item| item.sk.clone());
    put_and_get(&mut operations, &client, "tiny", "counters", Counter::one(), |item| item.sk.clone());
    put_and_get(&mut operations, &client, "large", "documents", Document::one(), |item| item.sk.clone());
    let writer = client.clone();
    operations.add("update.twelve", move || {
        let call = writer
            .update_item()
            .table_name("orders")
            .key("pk", AttributeValue::S(OWNER.to_owned()))
            .key("sk", AttributeValue::S(Order::new(1).sk))
            .update_expression("SET #status = :status ADD #items :one")
            .condition_expression("#amount > :least")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#items", "items")
            .expression_attribute_names("#amount", "amount")
            .expression_attribute_values(":status", AttributeValue::S("paid".to_owned()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":least", AttributeValue::N("1".to_owned()));
        async { call.send().await.map(drop).map_err(Into::into) }
    });
    for count in QUERIES {
        let client = client.clone();
        operations.add(format!("query.{count}"), move || query(client.clone(), count));
    }
    let orders = (0..25).map(Order::new).collect::<Vec<_>>();
    let (writer, batch) = (client.clone(), orders.clone());
    operations.add("batch_write.25", move || batch_write(writer.clone(), items(&batch)));
    operations.add("transact.10", move || transact(client.clone(), items(&orders[..10])));
    Ok(operations)
}

fn items(orders: &[Order]) -> Result<Vec<Attributes>, serde_dynamo::Error> {
    orders.iter().map(to_item).collect()
}

async fn query(client: Client, count: usize) -> Result<(), Failure> {
    let found = client
        .query()
        .table_name(format!("orders-{count}"))
        .key_condition_expression("#pk = :pk AND begins_with(#sk, :sk)")
        .expression_attribute_names("#pk", "pk")
        .expression_attribute_names("#sk", "sk")
        .expression_attribute_values(":pk", AttributeValue::S(OWNER.to_owned()))
        .expression_attribute_values(":sk", AttributeValue::S(PREFIX.to_owned()))
        .send()
        .await?;
    check_all(&from_items::<_, Order>(found.items.unwrap_or_default())?, count)
}

async fn batch_write(client: Client, items: Result<Vec<Attributes>, serde_dynamo::Error>) -> Result<(), Failure> {
    let mut writes = Vec::new();
    for item in items? {
        writes.push(WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build()?).build());
    }
    client.batch_write_item().request_items("orders", writes).send().await?;
    Ok(())
}

async fn transact(client: Client, items: Result<Vec<Attributes>, serde_dynamo::Error>) -> Result<(), Failure> {
    let mut call = client.transact_write_items();
    for item in items? {
        let put = Put::builder().table_name("orders").set_item(Some(item)).build()?;
        call = call.transact_items(TransactWriteItem::builder().put(put).build());
    }
    call.send().await?;
    Ok(())
}

fn put_and_get<T>(
    operations: &mut Operations,
    client: &Client,
    shape: &str,
    table: &'static str,
    item: T,
    sort_key: fn(&T) -> String,
) where
    T: Item + Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let (writer, reader, sk) = (client.clone(), client.clone(), sort_key(&item));
    operations.add(format!("put.{shape}"), move || {
        let call = to_item(&item).map(|item| writer.put_item().table_name(table).set_item(Some(item)));
        async { call?.send().await.map(drop).map_err(Into::into) }
    });
    operations.add(format!("get.{shape}"), move || {
        let call = reader
            .get_item()
            .table_name(table)
            .key("pk", AttributeValue::S(OWNER.to_owned()))
            .key("sk", AttributeValue::S(sk.clone()));
        async { from_item::<_, T>(call.send().await?.item.ok_or("no item")?)?.check() }
    });
}
