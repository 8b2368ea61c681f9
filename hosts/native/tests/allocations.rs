//! How often a call allocates, from a program's value to the request and from the reply to a program's value: a number that no clock disturbs.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tabletheory::credentials::Credentials;
use tabletheory::transport::{BoxFuture, Failure, Request, Response, Transport};
use tabletheory::{Model, TableTheory};

/// The system's allocator, which counts what each thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    COUNT.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The item of the measurements, with twelve attributes.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    pk: String,
    sk: String,
    status: String,
    note: String,
    amount: f64,
    items: u32,
    weight: f64,
    paid: bool,
    lines: Vec<String>,
    address: HashMap<String, String>,
    tags: Vec<String>,
    #[serde(with = "serde_bytes")]
    label: Vec<u8>,
}

fn order() -> Order {
    let text = |text: &str| text.to_owned();
    Order {
        pk: text("user#1"),
        sk: text("order#1"),
        status: text("shipped"),
        note: text("left at the door, second floor"),
        amount: 1299.95,
        items: 3,
        weight: 12.5,
        paid: true,
        lines: vec![text("sku-1"), text("sku-22"), text("sku-333")],
        address: HashMap::from([(text("city"), text("Basel")), (text("zip"), text("4051"))]),
        tags: vec![text("express"), text("gift")],
        label: (1..=16).collect(),
    }
}

const STORED: &str = concat!(
    r#"{"pk":{"S":"user#1"},"sk":{"S":"order#1"},"status":{"S":"shipped"},"note":{"S":"left at the door, second floor"},"#,
    r#""amount":{"N":"1299.95"},"items":{"N":"3"},"weight":{"N":"12.5"},"paid":{"BOOL":true},"lines":{"L":[{"S":"sku-1"},{"S":"sku-22"},"#,
    r#"{"S":"sku-333"}]},"address":{"M":{"city":{"S":"Basel"},"zip":{"S":"4051"}}},"tags":{"SS":["express","gift"]},"#,
    r#""label":{"B":"AQIDBAUGBwgJCgsMDQ4PEA=="}}"#
);

/// Answers at once, by action.
struct AtOnce;

impl Transport for AtOnce {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        let body = match &*request.action {
            "PutItem" => "{}".to_owned(),
            "GetItem" => format!(r#"{{"Item":{STORED}}}"#),
            _ => format!(r#"{{"Items":[{}],"Count":100,"ScannedCount":100}}"#, vec![STORED; 100].join(",")),
        };
        Box::pin(async { Ok(Response { status: 200, head: Vec::new(), body: body.into_bytes() }) })
    }

    fn signed(&self) -> bool {
        true
    }
}

fn orders() -> Model<Order> {
    let db = TableTheory::builder()
        .schema_str(include_str!("../../../bench/bench.dms.yml"))
        .region("eu-west-1")
        .endpoint("http://127.0.0.1:8000")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .transport(AtOnce)
        .build();
    db.unwrap().model("Order").unwrap()
}

/// Allocations of the second call; the first one also hands in credentials.
async fn allocated<T>(call: impl AsyncFn() -> T) -> usize {
    call().await;
    let before = COUNT.get();
    call().await;
    COUNT.get() - before
}

#[tokio::test]
async fn calls_allocate_no_more_than_they_need() {
    let (orders, order) = (orders(), order());
    let put = allocated(async || orders.put(&order).await.unwrap()).await;
    let get = allocated(async || assert_eq!(orders.get(("user#1", "order#1")).await.unwrap().label.len(), 16)).await;
    let query = allocated(async || assert_eq!(orders.query("user#1").all().await.unwrap().len(), 100)).await;
    // What they take, and a little room: one more per attribute or item breaks these.
    assert!(put <= 50, "put: {put}");
    assert!(get <= 66, "get: {get}");
    assert!(query <= 1790, "query of 100: {query}");
}
