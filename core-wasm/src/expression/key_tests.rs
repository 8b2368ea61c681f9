//! Key conditions of indexes with several key attributes.

use super::*;
use crate::dms::{self, Model};
use crate::error::Error;

const DOCUMENT: &str = r#"
dms_version: "0.2"
models:
  - name: "Match"
    table: { name: "matches" }
    keys: { partition: { attribute: "id", type: "S" } }
    attributes:
      - { attribute: "id", type: "S", roles: ["pk"] }
      - { attribute: "cup", type: "S" }
      - { attribute: "year", type: "N" }
      - { attribute: "round", type: "S" }
      - { attribute: "day", type: "N" }
      - { attribute: "court", type: "B" }
    indexes:
      - { name: "by-cup", type: "GSI", partition: { attribute: "cup", type: "S" }, sort: { attribute: "round", type: "S" } }
"#;

/// The model, its index by cup and year, then round, day and court.
fn model() -> Model {
    let schema = dms::compile(DOCUMENT.as_bytes(), dms::Options { strict: false }).unwrap();
    let mut model = schema.models.into_iter().next().unwrap();
    let at = |name: &str| model.attribute(name).unwrap().0;
    let (partition, sort) = (vec![at("cup"), at("year")], vec![at("round"), at("day"), at("court")]);
    model.indexes[0].partition = partition;
    model.indexes[0].sort = sort;
    model
}

fn rendered(key: &str, conditions: Option<&str>) -> Result<String, String> {
    let model = model();
    let keys = Keys::of(&model, Some("by-cup")).unwrap();
    let said = |error: Error| {
        let path = error.details().path.clone().unwrap_or_default();
        format!("{} {path}: {}", error.code().as_str(), error.details().message)
    };
    let mut draft = Draft::new(keys);
    draft.read_key(key).map_err(said)?;
    let mut filter = Filter::of_query(keys);
    if let Some(tree) = conditions {
        filter.split(tree, "/where", &mut draft).map_err(said)?;
    }
    let mut placeholders = Placeholders::default();
    let text = draft.finish().map_err(said)?.render(&keys, &mut placeholders);
    filter.render(&mut placeholders).map_err(said)?;
    Ok(super::tests::filled(&text, &placeholders))
}

#[test]
fn all_partition_attributes_and_leading_sort_attributes() {
    let both = r#"cup = {"S":"c"} AND year = {"N":"2026"}"#;
    let cases = [
        (r#"["c",2026]"#, None, both.to_owned()),
        (r#"{"year":2026,"cup":"c"}"#, None, both.to_owned()),
        (r#"["c",2026,"final"]"#, None, format!(r#"{both} AND round = {{"S":"final"}}"#)),
        (r#"["c",2026,{"begins_with":"f"}]"#, None, format!(r#"{both} AND begins_with(round, {{"S":"f"}})"#)),
        (
            r#"["c",2026,"final",{"between":[1,2]}]"#,
            None,
            format!(r#"{both} AND round = {{"S":"final"}} AND day BETWEEN {{"N":"1"}} AND {{"N":"2"}}"#),
        ),
        (
            r#"{"cup":"c","year":2026,"day":3,"round":{"eq":"final"},"court":{"gte":"AQ=="}}"#,
            None,
            format!(r#"{both} AND round = {{"S":"final"}} AND day = {{"N":"3"}} AND court >= {{"B":"AQ=="}}"#),
        ),
        (
            r#"["c",2026]"#,
            Some(r#"{"day":{"lt":4},"$and":[{"round":"final"}]}"#),
            format!(r#"{both} AND round = {{"S":"final"}} AND day < {{"N":"4"}}"#),
        ),
    ];
    for (key, conditions, expected) in cases {
        assert_eq!(rendered(key, conditions), Ok(expected), "{key}");
    }
}

#[test]
fn gaps_and_ranges_before_the_last_are_refused() {
    let cases = [
        (r#"["c"]"#, None, "ErrMissingPrimaryKey /key: missing key attribute `year`"),
        (r#"{"cup":"c","round":"f"}"#, None, "ErrMissingPrimaryKey /key: missing key attribute `year`"),
        (
            r#"{"cup":"c","year":{"gt":1}}"#,
            None,
            "ErrInvalidOperator /key/year: partition key `year` takes a value, not a condition",
        ),
        (
            r#"{"cup":"c","year":1,"day":2}"#,
            None,
            "ErrInvalidOperator /key/day: a condition on `day` needs one on `round`",
        ),
        (
            r#"["c",1,"f"]"#,
            Some(r#"{"court":"AQ=="}"#),
            "ErrInvalidOperator /where/court: a condition on `court` needs one on `day`",
        ),
        (r#"["c",1,{"lt":"f"},2]"#, None, "ErrInvalidOperator /key/3: a condition on `day` needs equality of `round`"),
        (
            r#"["c",1,"f",{"begins_with":"2"}]"#,
            None,
            "ErrInvalidOperator /key/3/begins_with: `begins_with` does not apply to `day`, which is of type N",
        ),
        (r#"["c",1,"f",2,"AQ==",3]"#, None, "ErrInvalidPrimaryKey /key: the key of index `by-cup` has 5 parts"),
        (
            r#"["c",1]"#,
            Some(r#"{"year":2}"#),
            "ErrInvalidOperator /where/year: key attribute `year` of index `by-cup` cannot be used in filters",
        ),
        (
            r#"["c",1]"#,
            Some(r#"{"$or":[{"day":2}]}"#),
            "ErrInvalidOperator /where/$or/0/day: key attribute `day` of index `by-cup` cannot be used in filters",
        ),
    ];
    for (key, conditions, expected) in cases {
        assert_eq!(rendered(key, conditions), Err(expected.to_owned()), "{key}");
    }
}

#[test]
fn tests_hold_as_the_service_has_them() {
    let n = |text: &str| format!(r#"{{"N":"{text}"}}"#);
    let b = |text: &str| format!(r#"{{"B":"{text}"}}"#);
    let compare = |sign: &'static str, bound: &str| Test::Compare(sign, n(bound));
    for (test, value, holds) in [
        (compare("=", "1.0"), "1", true),
        (compare("<", "10"), "9", true),
        (compare("<", "10"), "10", false),
        (compare("<=", "10"), "1e1", true),
        (compare(">", "10"), "9", false),
        (compare(">=", "10"), "10", true),
        (Test::Between(n("-1"), n("1")), "0", true),
        (Test::Between(n("-1"), n("1")), "1.1", false),
    ] {
        assert_eq!(test.holds(&n(value)), holds, "{test:?} {value}");
    }
    assert!(Test::BeginsWith(b("AQ==")).holds(&b("AQID")));
    assert!(!Test::BeginsWith(b("Ag==")).holds(&b("AQID")));
    assert!(!Test::BeginsWith(b("AQ==")).holds(&n("1")));
}

#[test]
fn what_an_index_holds() {
    let mut model = model();
    let at = |model: &Model, name: &str| model.attribute(name).unwrap().0;
    model.indexes[0].projection = dms::Projection::Include(vec!["day".into()]);
    let keys = Keys::of(&model, Some("by-cup")).unwrap();
    assert!(["id", "cup", "year", "round", "day", "court"].iter().all(|name| keys.holds(at(&model, name))));
    assert_eq!(keys.place().len(), 6);
    model.indexes[0].partition.pop();
    model.indexes[0].projection = dms::Projection::KeysOnly;
    let keys = Keys::of(&model, Some("by-cup")).unwrap();
    assert!(!keys.holds(at(&model, "year")) && keys.holds(at(&model, "id")));
    model.indexes[0].local = true;
    assert!(Keys::of(&model, Some("by-cup")).unwrap().holds(at(&model, "year")));
}
