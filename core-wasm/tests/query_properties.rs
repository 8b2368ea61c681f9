//! "Pages joined = one unpaged read", on random data against a table that pages as DynamoDB does.

mod query_support;

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use query_support::*;
use serde_json::{Value, json};
use tabletheory_core::client::Client;
use tabletheory_core::step::{Request, Step};

/// A stored note.
#[derive(Clone, Debug)]
struct Row {
    pk: String,
    sk: String,
    at: Option<i32>,
    views: u32,
}

impl Row {
    fn stored(&self) -> BTreeMap<&'static str, Value> {
        let mut item = BTreeMap::from([
            ("pk", json!({"S": self.pk})),
            ("sk", json!({"S": self.sk})),
            ("views", json!({"N": self.views.to_string()})),
        ]);
        if let Some(at) = self.at {
            item.insert("author", json!({"S": "me"}));
            item.insert("at", json!({"N": at.to_string()}));
        }
        item
    }

    fn id(&self) -> (String, String) {
        (self.pk.clone(), self.sk.clone())
    }
}

/// Which rows a call is about, in which order, and which pass its filter.
#[derive(Clone, Debug)]
struct Shape {
    /// Query of the partition `p1`, query of the index, scan.
    kind: Kind,
    descending: bool,
    /// `views` must be at least this.
    filter: Option<u32>,
    projected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Partition,
    Index,
    Scan,
}

impl Shape {
    fn call(&self, more: &str) -> String {
        let mut call = match self.kind {
            Kind::Partition => r#"{"op":"query","model":"Note","key":["p1"]"#.to_owned(),
            Kind::Index => r#"{"op":"query","model":"Note","index":"by-author","key":["me"]"#.to_owned(),
            Kind::Scan => r#"{"op":"scan","model":"Note""#.to_owned(),
        };
        if self.descending && self.kind != Kind::Scan {
            call += r#","order":"desc""#;
        }
        if let Some(least) = self.filter {
            call += &format!(r#","filter":{{"views":{{"gte":{least}}}}}"#);
        }
        if self.projected && self.kind != Kind::Index {
            call += r#","projection":["views"]"#;
        }
        format!("{call}{more}}}")
    }

    /// The rows that are looked at, in their order.
    fn rows(&self, rows: &[Row]) -> Vec<Row> {
        let mut seen: Vec<Row> = match self.kind {
            Kind::Partition => rows.iter().filter(|row| row.pk == "p1").cloned().collect(),
            Kind::Index => rows.iter().filter(|row| row.at.is_some()).cloned().collect(),
            Kind::Scan => rows.to_vec(),
        };
        // Rows with equal index keys have an order of their own, which is not that of the table's key.
        seen.sort_by_key(|row| match self.kind {
            Kind::Index => (row.at, row.sk.chars().rev().collect::<String>(), row.pk.clone()),
            _ => (None, row.pk.clone(), row.sk.clone()),
        });
        if self.descending && self.kind != Kind::Scan {
            seen.reverse();
        }
        seen
    }

    fn passes(&self, row: &Row) -> bool {
        self.filter.is_none_or(|least| row.views >= least)
    }
}

/// Answers requests as DynamoDB does.
struct Table<'t> {
    rows: &'t [Row],
    shape: &'t Shape,
    /// After how many rows a page is full, whatever its limit, one after the other.
    cuts: VecDeque<usize>,
    largest_page: usize,
}

impl Table<'_> {
    fn answer(&mut self, body: &str) -> String {
        let body: Value = serde_json::from_str(body).unwrap();
        let mut rows = self.shape.rows(self.rows);
        if let (Some(segment), Some(total)) = (body["Segment"].as_u64(), body["TotalSegments"].as_u64()) {
            rows.retain(|row| row.pk.bytes().map(u64::from).sum::<u64>() % total == segment);
        }
        if let Some(start) = body.get("ExclusiveStartKey") {
            let at = rows.iter().position(|row| {
                let stored = row.stored();
                let start = start.as_object().unwrap();
                start.iter().all(|(name, value)| stored.get(name.as_str()) == Some(value))
            });
            rows.drain(..=at.expect("the start key is one of a row"));
        }
        let cut = self.cuts.pop_front().unwrap_or(usize::MAX);
        let limit = body["Limit"].as_u64().map_or(usize::MAX, |limit| usize::try_from(limit).unwrap());
        let looked_at = rows.len().min(limit).min(cut);
        self.largest_page = self.largest_page.max(looked_at);
        // A page that ends by its limit has a last key, even when nothing follows.
        let ended = looked_at == rows.len() && looked_at < limit && looked_at < cut;
        let last = (!ended && looked_at > 0).then(|| self.key(&rows[looked_at - 1]));
        let given: Vec<_> = rows[..looked_at].iter().filter(|row| self.shape.passes(row)).collect();
        let mut answer = json!({"Count": given.len(), "ScannedCount": looked_at});
        if body["Select"] != "COUNT" {
            answer["Items"] = given.iter().map(|row| project(&row.stored(), &body)).collect();
        }
        if let Some(last) = last {
            answer["LastEvaluatedKey"] = last;
        }
        answer.to_string()
    }

    fn key(&self, row: &Row) -> Value {
        let stored = row.stored();
        let names: &[&str] = if self.shape.kind == Kind::Index { &["at", "author", "pk", "sk"] } else { &["pk", "sk"] };
        names.iter().map(|name| ((*name).to_owned(), stored[name].clone())).collect::<serde_json::Map<_, _>>().into()
    }
}

fn project(stored: &BTreeMap<&'static str, Value>, body: &Value) -> Value {
    let Some(projection) = body["ProjectionExpression"].as_str() else { return json!(stored) };
    let names: Vec<_> =
        projection.split(", ").map(|name| body["ExpressionAttributeNames"][name].as_str().unwrap()).collect();
    stored
        .iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Runs one call; `choose` says which of the requests in flight is answered next.
fn run_call(client: &Client, call: &str, table: &mut Table<'_>, mut choose: impl FnMut(usize) -> usize) -> Value {
    let (operation, mut step) = client.start(call.as_bytes(), NOW);
    let mut operation = operation.unwrap_or_else(|| panic!("{call} ended with {step:?}"));
    let mut flying: Vec<Request> = Vec::new();
    loop {
        match step {
            Step::Run { requests, .. } => flying.extend(requests),
            Step::Done(result) => return serde_json::from_str(&result).unwrap(),
            other => panic!("{call} ended with {other:?}"),
        }
        let request = flying.swap_remove(choose(flying.len()));
        let body = table.answer(&request.body);
        step = operation.resume(request.id, answer(&body), NOW);
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let row = ("p[0-3]", "[a-c\u{e9}\"<]{1,4}", prop::option::of(-3..3), 0_u32..10);
    prop::collection::vec(row, 0..40).prop_map(|rows| {
        let mut rows: Vec<_> = rows.into_iter().map(|(pk, sk, at, views)| Row { pk, sk, at, views }).collect();
        rows.sort_by_key(Row::id);
        rows.dedup_by_key(|row| row.id());
        rows
    })
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let kind = prop_oneof![Just(Kind::Partition), Just(Kind::Index), Just(Kind::Scan)];
    (kind, any::<bool>(), prop::option::of(0_u32..12), any::<bool>())
        .prop_map(|(kind, descending, filter, projected)| Shape { kind, descending, filter, projected })
}

/// `limit`, `page_size`, `pages` of a call.
fn any_bounds() -> impl Strategy<Value = [Option<u32>; 3]> {
    let bound = || prop::option::of(1_u32..8);
    [bound(), bound(), bound()]
}

fn members(bounds: [Option<u32>; 3]) -> String {
    let names = ["limit", "page_size", "pages"];
    let given = names.iter().zip(bounds).filter_map(|(name, bound)| Some(format!(",\"{name}\":{}", bound?)));
    given.collect()
}

const SIGNED: &str =
    r#"{"transport":"sdk","capacity":"none","cursor":{"keys":["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]}}"#;

/// The items that a whole read is to give.
fn expected(shape: &Shape, rows: &[Row]) -> Vec<Value> {
    let rows = shape.rows(rows).into_iter().filter(|row| shape.passes(row));
    rows.map(|row| {
        let mut item = json!({"views": row.views});
        if !(shape.projected && shape.kind != Kind::Index) {
            item["pk"] = json!(row.pk);
            item["sk"] = json!(row.sk);
            if let Some(at) = row.at {
                item["author"] = json!("me");
                item["at"] = json!(at);
            }
        }
        item
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn pages_joined_are_one_unpaged_read(
        rows in any_rows(), shape in any_shape(), bounds in any_bounds(),
        cuts in prop::collection::vec(1_usize..9, 0..30), signed in any::<bool>(),
    ) {
        let client = if signed { client_with(SIGNED) } else { client() };
        let mut table = Table { rows: &rows, shape: &shape, cuts: cuts.into(), largest_page: 0 };
        let wanted = expected(&shape, &rows);
        let [limit, page_size, pages] = bounds;
        let (mut got, mut cursor) = (Vec::new(), String::new());
        for _ in 0..200 {
            let result = run_call(&client, &shape.call(&format!("{}{cursor}", members(bounds))), &mut table, |_| 0);
            let items = result["items"].as_array().unwrap();
            prop_assert_eq!(result["count"].as_u64(), Some(items.len() as u64));
            got.extend(items.iter().cloned());
            match limit.map(u64::from) {
                None => prop_assert_eq!(&result["remaining"], &Value::Null),
                Some(limit) => {
                    prop_assert_eq!(result["remaining"].as_u64(), Some(limit - items.len() as u64));
                    // With a limit and pages enough, a call ends early only at the end of everything.
                    if pages.is_none() && !result["cursor"].is_null() {
                        prop_assert_eq!(items.len() as u64, limit);
                    }
                }
            }
            if let Some(pages) = pages {
                prop_assert!(result["pages"].as_u64() <= Some(u64::from(pages)));
            }
            match result["cursor"].as_str() {
                Some(next) => cursor = format!(",\"cursor\":{}", json!(next)),
                None => {
                    prop_assert_eq!(got, wanted);
                    if let Some(page_size) = page_size {
                        prop_assert!(table.largest_page <= page_size as usize);
                    }
                    if let (Some(limit), None) = (limit, shape.filter) {
                        prop_assert!(table.largest_page <= limit as usize, "more was read than was wanted");
                    }
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "the read does not end");
    }

    #[test]
    fn segments_joined_are_one_read(
        rows in any_rows(), filter in prop::option::of(0_u32..12), bounds in any_bounds(), projected in any::<bool>(),
        cuts in prop::collection::vec(1_usize..9, 0..30), segments in 1_u32..9, parallel in prop::option::of(1_u32..5),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 40), signed in any::<bool>(),
    ) {
        let shape = Shape { kind: Kind::Scan, descending: false, filter, projected };
        let client = if signed { client_with(SIGNED) } else { client() };
        let mut table = Table { rows: &rows, shape: &shape, cuts: cuts.into(), largest_page: 0 };
        let mut choices = choices.into_iter().cycle();
        let wide = parallel.map_or(String::new(), |parallel| format!(",\"parallel\":{parallel}"));
        let (mut got, mut cursor, mut done) = (Vec::new(), String::new(), 0);
        for _ in 0..400 {
            let more = format!("{},\"segments\":{segments}{wide}{cursor}", members(bounds));
            let mut widest = 0;
            let result = run_call(&client, &shape.call(&more), &mut table, |flying| {
                widest = widest.max(flying);
                choices.next().unwrap().index(flying)
            });
            prop_assert!(widest <= parallel.unwrap_or(4).min(segments) as usize);
            let items = result["items"].as_array().unwrap();
            if let Some(limit) = bounds[0] {
                prop_assert!(items.len() <= limit as usize);
                if bounds[2].is_none() && !result["cursor"].is_null() {
                    prop_assert_eq!(items.len(), limit as usize);
                }
            }
            if let Some(pages) = bounds[2] {
                prop_assert!(result["pages"].as_u64() <= Some(u64::from(pages)));
            }
            got.extend(items.iter().cloned());
            let progress = &result["progress"];
            prop_assert_eq!(progress["segments"].as_u64(), Some(u64::from(segments)));
            prop_assert!(progress["segments_done"].as_u64() >= Some(done));
            done = progress["segments_done"].as_u64().unwrap();
            match result["cursor"].as_str() {
                Some(next) => cursor = format!(",\"cursor\":{}", json!(next)),
                None => {
                    prop_assert_eq!(done, u64::from(segments));
                    let mut wanted = expected(&shape, &rows);
                    let text = |value: &Value| value.to_string();
                    wanted.sort_by_key(text);
                    got.sort_by_key(text);
                    prop_assert_eq!(got, wanted);
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "the scan does not end");
    }

    #[test]
    fn counts_count_what_a_read_gives(
        rows in any_rows(), shape in any_shape(), page_size in prop::option::of(1_u32..8),
        cuts in prop::collection::vec(1_usize..9, 0..30), segments in prop::option::of(1_u32..5),
    ) {
        let mut table = Table { rows: &rows, shape: &shape, cuts: cuts.into(), largest_page: 0 };
        let mut more = members([None, page_size, None]) + ",\"count\":true";
        if let (Some(segments), Kind::Scan) = (segments, shape.kind) {
            more += &format!(",\"segments\":{segments}");
        }
        let result = run_call(&client(), &shape.call(&more), &mut table, |_| 0);
        prop_assert_eq!(result["count"].as_u64(), Some(expected(&shape, &rows).len() as u64));
        prop_assert_eq!(result["scanned"].as_u64(), Some(shape.rows(&rows).len() as u64));
        prop_assert!(result.get("items").is_none());
    }
}
