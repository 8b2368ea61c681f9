//! TableTheory, through the SDK, on its own transport, and without a network.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tabletheory::transport::{BoxFuture, Failure as NoResponse, Request, Response, Transport};
use tabletheory::{Builder, Model, ReturnValues, TableTheory, attr};

use crate::items::plain::Order;
use crate::items::{Counter, Document, Item, OWNER, PREFIX, QUERIES, check_all};
use crate::{Failure, Operations, SCHEMA};

/// Through the AWS SDK's client.
pub async fn through_sdk() -> Result<Operations, Failure> {
    open(TableTheory::builder().aws_config(&crate::config().await))
}

/// On the transport that is taken when nothing is said.
pub async fn own() -> Result<Operations, Failure> {
    open(TableTheory::builder())
}

/// Without a network: each operation is answered at once with the bytes that came back the first time.
pub async fn inside() -> Result<Operations, Failure> {
    let answers = Arc::new(Answers::default());
    let mut operations = open(TableTheory::builder().transport(AtOnce(Arc::clone(&answers))))?;
    for (name, operation) in &mut operations.0 {
        let (name, answers, inner) = (name.clone(), Arc::clone(&answers), Arc::clone(operation));
        *operation = Arc::new(move || {
            answers.current.lock().expect("nobody panics").clone_from(&name);
            inner()
        });
    }
    Ok(operations)
}

#[derive(Default)]
struct Answers {
    current: Mutex<String>,
    known: Mutex<HashMap<String, Vec<u8>>>,
}

struct AtOnce(Arc<Answers>);

impl Transport for AtOnce {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, NoResponse>> {
        let current = self.0.current.lock().expect("nobody panics");
        let mut known = self.0.known.lock().expect("nobody panics");
        let body = match known.get(&*current) {
            Some(body) => body.clone(),
            None => {
                let body = exchange(&request).expect("the stub answers");
                known.insert(current.clone(), body.clone());
                body
            }
        };
        Box::pin(async { Ok(Response { status: 200, head: Vec::new(), body }) })
    }

    fn signed(&self) -> bool {
        true
    }
}

/// One request over a connection of its own; the body of the reply.
fn exchange(request: &Request) -> Result<Vec<u8>, Failure> {
    let host = std::env::var("AWS_ENDPOINT_URL_DYNAMODB")?.trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&host)?;
    write!(
        connection,
        "POST / HTTP/1.1\r\nhost: {host}\r\n{}content-length: {}\r\n\r\n",
        request.head,
        request.body.len()
    )?;
    connection.write_all(request.body.as_bytes())?;
    let (mut reply, mut buffer) = (Vec::new(), [0; 1 << 16]);
    loop {
        let read = connection.read(&mut buffer)?;
        reply.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&reply);
        let (head, _) = text.split_once("\r\n\r\n").ok_or("no whole head")?;
        let length: usize = head
            .split_once("Content-Length: ")
            .and_then(|(_, rest)| rest.lines().next())
            .ok_or("no length")?
            .parse()?;
        let start = head.len() + 4;
        if reply.len() == start + length {
            return if head.starts_with("HTTP/1.1 200") { Ok(reply.split_off(start)) } else { Err(text.into()) };
        }
    }
}

fn open(builder: Builder) -> Result<Operations, Failure> {
    let db = builder.schema_str(SCHEMA).build()?;
    let mut operations = Operations::default();
    put_and_get(&mut operations, "twelve", db.model("Order")?, Order::new(1), |item| item.sk.clone());
    put_and_get(&mut operations, "tiny", db.model("Counter")?, Counter::one(), |item| item.sk.clone());
    put_and_get(&mut operations, "large", db.model("Document")?, Document::one(), |item| item.sk.clone());
    for count in QUERIES {
        let model = db.model::<Order>(&format!("Order{count}"))?;
        operations.add(format!("query.{count}"), move || {
            let query = model.query(OWNER).where_(attr("sk").begins_with(PREFIX));
            async move { check_all(&query.all().await?, count) }
        });
    }
    let orders = db.model::<Order>("Order")?;
    let batch = Arc::new((0..25).map(Order::new).collect::<Vec<_>>());
    let (model, items) = (orders.clone(), Arc::clone(&batch));
    operations.add("batch_write.25", move || {
        let (model, items) = (model.clone(), Arc::clone(&items));
        async move { model.put_many(items.iter()).await.map(drop).map_err(Into::into) }
    });
    let model = orders.clone();
    operations.add("transact.10", move || {
        let transaction =
            batch[..10].iter().fold(db.transact(), |transaction, order| transaction.put(model.put(order)));
        async { transaction.send().await.map(drop).map_err(Into::into) }
    });
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
