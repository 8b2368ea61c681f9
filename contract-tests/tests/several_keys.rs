//! Indexes with several key attributes on the embedded engine. DynamoDB Local does not know them, so this is no scenario.

mod common;

use contract_tests::results::Status;

const SCENARIO: &str = r#"
name: several_keys
dms_version: "0.3"
model: Match
dms: |
  dms_version: "0.3"
  models:
    - name: Match
      table: { name: contract-matches }
      keys: { partition: { attribute: id, type: S } }
      attributes:
        - { attribute: id, type: S, roles: [pk] }
        - { attribute: cup, type: S, optional: true }
        - { attribute: year, type: N, optional: true }
        - { attribute: round, type: S, optional: true }
        - { attribute: day, type: N, optional: true }
        - { attribute: score, type: N, optional: true }
      indexes:
        - name: by-cup
          type: GSI
          partition: [{ attribute: cup, type: S }, { attribute: year, type: N }]
          sort: [{ attribute: round, type: S }, { attribute: day, type: N }]
          projection: { type: ALL }
steps:
  - op: create_all
    items: { $each: { from: 1, to: 6, value: { id: "f<n>", cup: c, year: 2026, round: final, day: "<n>", score: "<n>" } } }
  - op: create_all
    items:
      - { id: s1, cup: c, year: 2026, round: semi, day: 1 }
      - { id: o1, cup: c, year: 2025, round: final, day: 1 }
      - { id: o2, cup: d, year: 2026, round: final, day: 1 }
      - { id: n1, cup: c, year: 2026, round: final }
  - op: query
    index: by-cup
    key: [c, 2026]
    expect: { item_count: 7, items_contains: [{ id: f1 }, { id: f2 }, { id: f3 }, { id: f4 }, { id: f5 }, { id: f6 }, { id: s1 }] }
  - op: query
    index: by-cup
    key: { cup: c, year: 2026, round: final, day: { between: [2, 4] } }
    order: desc
    expect: { item_count: 3, items_contains: [{ id: f4 }, { id: f3 }, { id: f2 }] }
  - op: query
    index: by-cup
    key: [c, 2026]
    where: { round: { begins_with: s } }
    expect: { item_count: 1, items_contains: [{ id: s1 }] }
  - op: query
    index: by-cup
    key: [c, 2026, final]
    page_size: 2
    pages: 1
    walk: true
    expect: { item_count: 6, items_contains: [{ day: 1 }, { day: 2 }, { day: 3 }, { day: 4 }, { day: 5 }, { day: 6 }] }
  - op: query
    index: by-cup
    key: [c, 2026]
    filter: { score: { gt: 1 } }
    projection: [score]
    limit: 2
    save_cursor: on
    expect: { items_equal: [{ score: 2 }, { score: 3 }] }
  - op: query
    index: by-cup
    key: [c, 2026]
    filter: { score: { gt: 1 } }
    cursor: { $var: on }
    expect: { item_count: 3, items_contains: [{ score: 4 }, { score: 5 }, { score: 6 }] }
"#;

#[test]
fn they_are_read_in_the_order_of_all_their_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("several.yml");
    std::fs::write(&path, SCENARIO).unwrap();
    let lines = common::runner(&common::engine()).file(folder.path(), &path);
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].status, lines[0].error.as_deref()), (Status::Passed, None));
}
