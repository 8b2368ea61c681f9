//! TableTheory, through the SDK and on its own transport.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tabletheory::{Builder, Model, ReturnValues, TableTheory, attr};

use crate::items::plain::Order;
use crate::items::{Counter, Document, Item, OWNER};
use crate::{Failure, Operations, SCHEMA};

/// Through the AWS SDK's client.
pub async fn through_sdk() -> Result<Operations, Failure> {
    open(TableTheory::builder().aws_config(&crate::config().await))
}

/// On the transport that is taken when nothing is said.
pub async fn own() -> Result<Operations, Failure> {
    open(TableTheory::builder())
}

fn open(builder: Builder) -> Result<Operations, Failure> {
    let db = builder.schema_str(SCHEMA).build()?;
    let mut operations = Operations::default();
    put_and_get(&mut operations, "twelve", db.model("Order")?, Order::new(1), |item| item.sk.clone());
    put_and_get(&mut operations, "tiny", db.model("Counter")?, Counter::one(), |item| item.sk.clone());
    put_and_get(&mut operations, "large", db.model("Document")?, Document::one(), |item| item.sk.clone());
    let orders = db.model::<Order>("Order")?;
    let sk = Order::new(1).sk;
    operations.add("update.twelve", move || {
        let call = orders.update((OWNER, &sk)).set("status", "paid").add("items", 1).condition(attr("amount").gt(1));
        async { call.returning::<Order>(ReturnValues::None).await.map(drop).map_err(Into::into) }
    });
    Ok(operations)
}

fn put_and_get<T>(operations: &mut Operations, shape: &str, model: Model<T>, item: T, sort_key: fn(&T) -> String)
where
    T: Item + Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let (reader, sk) = (model.clone(), sort_key(&item));
    operations.add(format!("put.{shape}"), move || {
        let call = model.put(&item);
        async { call.await.map(drop).map_err(Into::into) }
    });
    operations.add(format!("get.{shape}"), move || {
        let call = reader.get((OWNER, &sk));
        async { call.await?.check() }
    });
}
