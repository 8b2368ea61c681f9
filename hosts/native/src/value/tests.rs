use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::*;
use crate::Code;

fn both_ways<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, json: &str) {
    assert_eq!(to_plain(&value).unwrap(), json);
    assert_eq!(from_plain::<T>(json).unwrap(), value, "{json}");
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Shape {
    Point,
    Circle(u8),
    Line(i8, i8),
    Box { w: u8, h: u8 },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Everything {
    text: String,
    letter: char,
    flag: bool,
    nothing: Option<u8>,
    unit: (),
    big: i128,
    float: f64,
    bytes: Binary,
    #[serde(with = "serde_bytes")]
    buffer: Vec<u8>,
    names: Set<String>,
    pairs: (u8, String),
    map: BTreeMap<u32, String>,
    shapes: Vec<Shape>,
    exact: Number,
    any: Value,
}

#[test]
fn every_kind_of_rust_value_goes_both_ways() {
    both_ways(
        Everything {
            text: "tab\t\"é".into(),
            letter: 'ß',
            flag: true,
            nothing: None,
            unit: (),
            big: i128::MIN,
            float: 1e-7,
            bytes: Binary::from([0, 255]),
            buffer: vec![1],
            names: Set::from(["b".to_owned(), "a".to_owned()]),
            pairs: (1, "x".into()),
            map: BTreeMap::from([(7, "seven".into()), (8, "eight".into())]),
            shapes: vec![Shape::Point, Shape::Circle(1), Shape::Line(-1, 2), Shape::Box { w: 3, h: 4 }],
            exact: "0.12345678901234567890".parse().unwrap(),
            any: Value::List(vec![1.into(), "x".into(), Value::Null, Binary::from([7]).into()]),
        },
        concat!(
            r#"{"text":"tab\t\"é","letter":"ß","flag":true,"nothing":null,"unit":null,"#,
            r#""big":-170141183460469231731687303715884105728,"float":1e-7,"bytes":{"$binary":"AP8="},"buffer":{"$binary":"AQ=="},"#,
            r#""names":{"$set":["a","b"]},"pairs":[1,"x"],"map":{"7":"seven","8":"eight"},"#,
            r#""shapes":["Point",{"Circle":1},{"Line":[-1,2]},{"Box":{"w":3,"h":4}}],"exact":0.12345678901234567890,"#,
            r#""any":[1,"x",null,{"$binary":"Bw=="}]}"#
        ),
    );
}

#[test]
fn sets_are_read_into_every_collection() {
    let json = r#"{"$set":["a","b"]}"#;
    assert_eq!(from_plain::<Vec<String>>(json).unwrap(), ["a", "b"]);
    assert_eq!(from_plain::<BTreeSet<String>>(json).unwrap().len(), 2);
    assert_eq!(from_plain::<Set<String>>(json).unwrap(), Set::from(["a".to_owned(), "b".to_owned()]));
    assert_eq!(from_plain::<Value>(json).unwrap(), Value::Set(["a".into(), "b".into()].into_iter().collect()));
    let bytes = r#"{"$set":[{"$binary":"AA=="}]}"#;
    assert_eq!(from_plain::<BTreeSet<Binary>>(bytes).unwrap().first().unwrap().0, [0]);
}

#[test]
fn binary_is_read_into_plain_byte_vectors_too() {
    assert_eq!(from_plain::<Vec<u8>>(r#"{"$binary":"AP8="}"#).unwrap(), [0, 255]);
}

#[test]
fn a_map_whose_only_name_begins_with_a_dollar_stays_a_map() {
    both_ways(BTreeMap::from([("$set".to_owned(), vec![1])]), r#"{"$$set":[1]}"#);
    both_ways(BTreeMap::from([("$$x".to_owned(), 1)]), r#"{"$$$x":1}"#);
    both_ways(BTreeMap::from([("$a".to_owned(), 1), ("$b".to_owned(), 2)]), r#"{"$a":1,"$b":2}"#);
    let nested: Value = from_plain(r#"{"m":{"$$binary":"x"}}"#).unwrap();
    assert_eq!(to_plain(&nested).unwrap(), r#"{"m":{"$$binary":"x"}}"#);
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    enum Odd {
        #[serde(rename = "$one")]
        One(u8),
        #[serde(rename = "$two")]
        Two { a: u8 },
    }
    both_ways(Odd::One(1), r#"{"$$one":1}"#);
    both_ways(Odd::Two { a: 1 }, r#"{"$$two":{"a":1}}"#);
}

#[test]
fn the_attributes_of_an_item_are_never_marks() {
    let item = Item::from([("$set".to_owned(), Value::from("x"))]);
    let (text, shape) = write(&item, true).unwrap();
    assert_eq!((text.as_str(), shape), (r#"{"$set":"x"}"#, super::Shape::Object));
    assert_eq!(item_from_plain::<Item>(&text).unwrap(), item);
}

#[test]
fn numbers_are_read_by_type_and_never_lose_digits() {
    assert_eq!(from_plain::<u64>("18446744073709551615").unwrap(), u64::MAX);
    assert_eq!(from_plain::<u8>("1.2E2").unwrap(), 120);
    assert_eq!(from_plain::<String>("0.10").unwrap(), "0.10");
    assert_eq!(from_plain::<f64>("0.1").unwrap(), 0.1);
    assert_eq!(from_plain::<f32>("0.1").unwrap(), 0.1);
    assert_eq!(from_plain::<Value>("1e40").unwrap(), Value::Number("1e40".parse().unwrap()));
    assert_eq!(from_plain::<serde_json::Value>("[1,-1,0.5]").unwrap(), serde_json::json!([1, -1, 0.5]));
    for (error, path) in [
        (from_plain::<Vec<u8>>("[1,256]").unwrap_err(), Some("/1")),
        (from_plain::<f64>("9007199254740993").unwrap_err(), None),
        (from_plain::<i32>("0.5").unwrap_err(), None),
        (from_plain::<serde_json::Value>(r#"{"a/b":0.12345678901234567890}"#).unwrap_err(), Some("/a~1b")),
    ] {
        assert_eq!((error.code(), error.path()), (Code::NumberPrecisionLoss, path), "{error}");
    }
}

#[test]
fn a_number_that_json_does_not_know_is_marked() {
    let number: Number = "+1.5".parse().unwrap();
    both_ways(number, r#"{"$number":"+1.5"}"#);
    both_ways(vec![Number::from(7), "-0.10e3".parse().unwrap()], "[7,-0.10e3]");
}

#[test]
fn a_time_keeps_its_mark() {
    both_ways(Value::from(Time::from("2026-01-02T03:04:05Z")), r#"{"$time":"2026-01-02T03:04:05Z"}"#);
    assert_eq!(from_plain::<Time>(r#""2026-01-02T03:04:05Z""#).unwrap().0, "2026-01-02T03:04:05Z");
}

#[test]
fn what_is_no_number_is_left_to_the_core_to_refuse() {
    assert_eq!(to_plain(&f64::NAN).unwrap(), r#"{"$number":"NaN"}"#);
    assert_eq!(to_plain(&[f32::NEG_INFINITY]).unwrap(), r#"[{"$number":"-inf"}]"#);
}

#[test]
fn tagged_flattened_and_untagged_types_work() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Event {
        Made { at: u64, by: Option<String> },
        Gone,
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Row {
        pk: String,
        #[serde(flatten)]
        event: Event,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let rest = BTreeMap::from([("tags".to_owned(), Value::Set(["x".into()].into_iter().collect()))]);
    let row = Row { pk: "p".into(), event: Event::Gone, rest };
    assert_eq!(to_plain(&row).unwrap(), r#"{"pk":"p","kind":"gone","tags":{"$set":["x"]}}"#);
    let row: Row = from_plain(r#"{"pk":"p","kind":"made","at":7,"by":null}"#).unwrap();
    assert_eq!(row.event, Event::Made { at: 7, by: None });
}

#[test]
fn misfits_name_the_place_and_never_the_value() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Inner {
        n: u8,
        list: Vec<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Outer {
        inner: Inner,
    }
    for (json, path, text) in [
        (r#"{"inner":{"n":"secret","list":[]}}"#, Some("/inner/n"), "string where a number (`u8`) was expected"),
        (r#"{"inner":{"n":1,"list":["a",true]}}"#, Some("/inner/list/1"), "boolean where a string was expected"),
        (r#"{"inner":{"list":[]}}"#, Some("/inner"), "missing field `n`"),
        (r#"{"inner":"secret"}"#, Some("/inner"), "string where struct Inner was expected"),
        (r#"{"inner"#, None, "the text is not JSON"),
    ] {
        let error = from_plain::<Outer>(json).unwrap_err();
        assert_eq!((error.path(), error.message()), (path, text));
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    let error = from_plain::<Shape>(r#""secret""#).unwrap_err();
    assert_eq!(error.message(), "not one of `Point`, `Circle`, `Line`, `Box`");
    let error = from_plain::<(u8, u8)>("[1,2,3]").unwrap_err();
    assert_eq!(error.message(), "a list of more than 2 elements");
}

#[test]
fn what_a_type_does_not_ask_for_is_passed_over() {
    #[derive(Deserialize, PartialEq, Debug)]
    struct Small {
        n: u8,
    }
    // Neither read as a machine number nor looked into.
    let json = r#"[{"big":0.12345678901234567890123,"bin":{"$binary":"?"},"deep":[[{"a":{}}]],"n":1},{"n":2}]"#;
    assert_eq!(from_plain::<Vec<Small>>(json).unwrap(), [Small { n: 1 }, Small { n: 2 }]);

    /// Reads the first name of a map, and perhaps its value.
    #[derive(PartialEq, Debug)]
    struct First<const VALUE: bool>(String);
    impl<'de, const VALUE: bool> Deserialize<'de> for First<VALUE> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Name<const VALUE: bool>;
            impl<'de, const VALUE: bool> serde::de::Visitor<'de> for Name<VALUE> {
                type Value = First<VALUE>;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a map")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let name = map.next_key()?.unwrap_or_default();
                    if VALUE {
                        map.next_value::<u8>()?;
                    }
                    Ok(First(name))
                }
            }
            deserializer.deserialize_map(Name)
        }
    }
    let json = r#"[{"a":1,"b":[2,{}],"c":3},{"d":4}]"#;
    assert_eq!(from_plain::<Vec<First<false>>>(json).unwrap(), [First("a".into()), First("d".into())]);
    assert_eq!(from_plain::<Vec<First<true>>>(json).unwrap(), [First("a".into()), First("d".into())]);
}

#[test]
fn enums_stand_alone_in_their_map() {
    for json in [r#"{"Circle":1,"Line":[1,2]}"#, "{}", "7", r#"{"$set":[]}"#] {
        let message = from_plain::<Vec<Shape>>(&format!("[{json}]")).unwrap_err().message().to_owned();
        assert!(message.ends_with(" where a variant of `Shape` was expected"), "{message}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    for (json, hint) in [
        (r#"{"a":1} x"#, "unexpected text after the value, at byte 8"),
        (r#"{"a":"b}"#, "unexpected end, at byte 8"),
        (r#"{"a":01}"#, "expected `,` or the end of the container, at byte 6"),
        (r#"{"$set":[1}"#, "expected `,` or the end of the container, at byte 10"),
    ] {
        let error = from_plain::<BTreeMap<String, u8>>(json).unwrap_err();
        assert_eq!((error.message(), error.hint(), error.path()), ("the text is not JSON", Some(hint), None), "{json}");
    }
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    assert_eq!(from_plain::<Value>(&deep).unwrap_err().hint(), Some("nested too deep, at byte 160"));
}

#[test]
fn what_a_type_says_itself_is_the_source_only() {
    #[derive(Deserialize, Debug)]
    #[serde(try_from = "String")]
    struct Picky;
    impl TryFrom<String> for Picky {
        type Error = String;
        fn try_from(text: String) -> Result<Self, String> {
            Err(format!("bad: {text}"))
        }
    }
    let error = from_plain::<Picky>(r#""secret""#).unwrap_err();
    assert!(!error.to_string().contains("secret"));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "bad: secret");
}

#[test]
fn keys_that_are_no_texts_are_refused() {
    let error = to_plain(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    both_ways(BTreeMap::from([(-3, true)]), r#"{"-3":true}"#);
    both_ways(BTreeMap::from([(false, 1)]), r#"{"false":1}"#);
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..8).prop_map(|bytes| Binary(bytes).into()),
        proptest::collection::btree_set("[a-c$]{1,3}".prop_map(Value::from), 1..4).prop_map(|set| Set(set).into()),
    ];
    scalar.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(r"(\$|\$\$|)(set|binary|number|time|[a-z.]{0,3})", inner, 0..3)
                .prop_map(Value::from),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_survives_the_way_there_and_back(value in values()) {
        let json = to_plain(&value).unwrap();
        prop_assert_eq!(from_plain::<Value>(&json).unwrap(), value);
    }

    #[test]
    fn any_json_can_be_tried_without_a_panic(text in r#"(\{|\}|\[|\]|"|:|,|\$set|\$number|\$binary|1|e|-|\.|null|x){0,12}"#) {
        let _ = from_plain::<Value>(&text);
        let _ = from_plain::<serde_json::Value>(&text);
        let _ = from_plain::<Everything>(&text);
    }

    #[test]
    fn floats_survive(number in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO) {
        prop_assert_eq!(from_plain::<f64>(&to_plain(&number).unwrap()).unwrap(), number);
    }
}
