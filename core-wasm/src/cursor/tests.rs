//! Cursors: bytes that are fixed, what is read tolerantly and what is not, signatures.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

use super::*;
use crate::json::Reader;

fn key(json: &str) -> Key {
    Key::read(&mut Reader::new(json)).unwrap()
}

fn page(json: &str, index: Option<&str>, descending: Option<bool>) -> Cursor {
    Cursor { place: Place::After(key(json)), index: index.map(str::to_owned), descending }
}

/// Results that can be compared.
fn coded<T>(result: Result<T, Error>) -> Result<T, Code> {
    result.map_err(|error| error.code())
}

/// Texts that other implementations have written.
fn goldens() -> Vec<(Cursor, &'static str)> {
    let user = r#"{"SK":{"S":"PROFILE"},"PK":{"S":"USER#1"}}"#;
    vec![
        (
            page(user, Some("gsi-email"), Some(false)),
            "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSIzEifSwiU0siOnsiUyI6IlBST0ZJTEUifX0sImluZGV4IjoiZ3NpLWVtYWlsIiwic29ydCI6IkFTQyJ9",
        ),
        (
            page(r#"{"blob":{"B":"AQID"},"PK":{"S":"BIN#1"}}"#, Some("gsi-blob"), None),
            "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJCSU4jMSJ9LCJibG9iIjp7IkIiOiJBUUlEIn19LCJpbmRleCI6ImdzaS1ibG9iIn0=",
        ),
        (
            page(r#"{"PK":{"S":"USER#PAGE"},"SK":{"S":"ITEM#002"}}"#, None, Some(true)),
            "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSI1BBR0UifSwiU0siOnsiUyI6IklURU0jMDAyIn19LCJzb3J0IjoiREVTQyJ9",
        ),
        (
            page(r#"{"PK":{"S":"USER#QS"},"SK":{"S":"PROFILE#02"}}"#, None, Some(true)),
            "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSI1FTIn0sIlNLIjp7IlMiOiJQUk9GSUxFIzAyIn19LCJzb3J0IjoiREVTQyJ9",
        ),
    ]
}

#[test]
fn bytes_are_those_of_the_other_implementations() {
    for (cursor, text) in goldens() {
        assert_eq!(encode(&cursor), text);
        assert_eq!(coded(decode(text)), Ok(cursor));
    }
    assert_eq!(encode(&page("{}", None, Some(false))), "");
}

#[test]
fn strings_are_escaped_as_go_does() {
    let odd = "<a href='x'>&\"\\/\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}é\u{2028}\u{2029}\u{1F600}";
    let mut stored = String::from("{\"k\":{\"S\":");
    push_quoted(&mut stored, odd);
    stored.push_str("}}");
    let cursor = page(&stored, None, None);
    let expected = concat!(
        r#"{"lastKey":{"k":{"S":"\u003ca href='x'\u003e\u0026\"\\/\n\r\t\b\f\u0000\u001f"#,
        "\u{7f}é",
        r#"\u2028\u2029"#,
        "\u{1F600}",
        r#""}}}"#
    );
    assert_eq!(json(&cursor), expected);
    assert_eq!(coded(decode(&encode(&cursor))), Ok(cursor));
}

#[test]
fn names_are_sorted_by_their_bytes() {
    let cursor = page(r#"{"\ud83d\ude00":{"N":"1"},"\uffee":{"N":"2"},"b":{"N":"3"},"B":{"N":"4"}}"#, None, None);
    assert_eq!(
        json(&cursor),
        "{\"lastKey\":{\"B\":{\"N\":\"4\"},\"b\":{\"N\":\"3\"},\"\u{ffee}\":{\"N\":\"2\"},\"\u{1F600}\":{\"N\":\"1\"}}}"
    );
}

#[test]
fn decoding_is_tolerant_of_form() {
    let whole = r#"{"lastKey":{"k":{"S":"<>?~~~\u00ff"}},"sort":"DESC"}"#;
    let cursor = decode::cursor(whole).unwrap();
    for text in [
        encode(&cursor),
        format!("  {}\n", encode(&cursor)),
        encode(&cursor).trim_end_matches('=').to_owned(),
        base64::engine::general_purpose::STANDARD.encode(whole),
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(whole),
        URL_SAFE_NO_PAD.encode(format!(" {whole} ")),
    ] {
        assert_eq!(coded(decode(&text)).as_ref(), Ok(&cursor), "{text}");
    }
    let with_more = r#"{"more":[1],"sort":"sideways","lastKey":{"k":{"S":"x"}},"index":""}"#;
    assert_eq!(coded(decode::cursor(with_more)), Ok(page(r#"{"k":{"S":"x"}}"#, None, None)));
}

#[test]
fn what_is_no_cursor_is_refused() {
    let texts = [
        ("", "cursor is empty"),
        ("  ", "cursor is empty"),
        ("%%%", "cursor is malformed"),
        ("eyJ", "cursor is malformed"),
        ("eyJsYXN0 S2V5Ijp7fX0", "cursor is malformed"),
        ("eyJsYXN0S2V5Ijp7fX1=", "cursor is malformed"),
    ];
    for (text, message) in texts {
        let error = decode(text).unwrap_err();
        assert_eq!(error.details().message, message, "{text}");
        assert_eq!(error.details().codes, [Code::InvalidOperator, Code::InvalidCursor]);
        assert_eq!(error.details().path.as_deref(), Some("/cursor"));
    }
    let documents = [
        "[]",
        "null",
        "{}",
        r#"{"lastKey":{}}"#,
        r#"{"lastKey":[]}"#,
        r#"{"lastKey":"x"}"#,
        r#"{"lastKey":{"k":"x"}}"#,
        r#"{"lastKey":{"k":{}}}"#,
        r#"{"lastKey":{"k":{"S":1}}}"#,
        r#"{"lastKey":{"k":{"S":"x","N":"1"}}}"#,
        r#"{"lastKey":{"k":{"N":"x"}}}"#,
        r#"{"lastKey":{"k":{"N":"1e999"}}}"#,
        r#"{"lastKey":{"k":{"B":"?"}}}"#,
        r#"{"lastKey":{"k":{"BOOL":true}}}"#,
        r#"{"lastKey":{"k":{"SS":["x"]}}}"#,
        r#"{"lastKey":{"k":{"S":"x"},"k":{"S":"y"}}}"#,
        r#"{"lastKey":{"k":{"S":"x"}},"lastKey":{"k":{"S":"y"}}}"#,
        r#"{"lastKey":{"k":{"S":"x"}},"index":1}"#,
        r#"{"lastKey":{"k":{"S":"x"}},"sort":null}"#,
        r#"{"lastKey":{"k":{"S":"x"}}} x"#,
        r#"{"lastKey":{"k":{"S":"x"}},"segments":2}"#,
        r#"{"segments":0,"next":0,"open":[]}"#,
        r#"{"segments":2,"next":3,"open":[]}"#,
        r#"{"segments":2,"next":2,"open":[]}"#,
        r#"{"segments":2,"next":1,"open":[{"segment":1}]}"#,
        r#"{"segments":2,"next":2,"open":[{"segment":1},{"segment":0}]}"#,
        r#"{"segments":2,"next":2,"open":[{"segment":0},{"segment":0}]}"#,
        r#"{"segments":2,"next":2,"open":[{}]}"#,
        r#"{"segments":2,"next":2,"open":[{"segment":0,"lastKey":{}}]}"#,
        r#"{"segments":-2,"next":0}"#,
    ];
    for document in documents {
        assert_eq!(coded(decode::cursor(document)).map(drop), Err(Code::InvalidCursor), "{document}");
    }
}

#[test]
fn segments_have_a_form_of_their_own() {
    let segments = Segments { total: 9, next: 4, open: vec![(1, Some(key(r#"{"id":{"N":"7"}}"#))), (3, None)] };
    let cursor = Cursor { place: Place::Segments(segments), index: Some("by-x".into()), descending: None };
    assert_eq!(
        json(&cursor),
        r#"{"segments":9,"next":4,"open":[{"segment":1,"lastKey":{"id":{"N":"7"}}},{"segment":3}],"index":"by-x"}"#
    );
    assert_eq!(coded(decode(&encode(&cursor))), Ok(cursor));
}

fn keyring(json: &str) -> Keyring {
    let keyring: Keyring = crate::json::read(json).unwrap();
    keyring.check().unwrap();
    keyring
}

/// `fill` thirty-two times, in base64.
fn secret(fill: u8) -> String {
    base64::engine::general_purpose::STANDARD.encode([fill; 32])
}

fn binding(parts: &[&str]) -> Binding {
    let mut binding = Binding::new();
    parts.iter().for_each(|part| binding.add(part));
    binding
}

const INSIDE: &str = r#"{"lastKey":{"k":{"S":"x"}},"sort":"ASC"}"#;

#[test]
fn a_signature_holds_for_one_read_and_any_of_the_keys() {
    let old = keyring(&format!(r#"{{"keys":["{}"]}}"#, secret(1)));
    let both = keyring(&format!(r#"{{"keys":["{}","{}"]}}"#, secret(2), secret(1)));
    let new = keyring(&format!(r#"{{"keys":["{}"]}}"#, secret(2)));
    let read = binding(&["Query", "notes"]);
    let sealed = old.seal(INSIDE, &read);
    assert!(sealed.starts_with("tt1.eyJ"), "{sealed}");
    assert_eq!(coded(old.open(&sealed, &read)).as_deref(), Ok(INSIDE));
    assert_eq!(coded(both.open(&format!(" {sealed}\n"), &read)).as_deref(), Ok(INSIDE));
    assert_eq!(coded(new.open(&both.seal(INSIDE, &read), &read)).as_deref(), Ok(INSIDE));
    let none = Keyring::default();
    let refused = [
        new.open(&sealed, &read),
        old.open(&sealed, &binding(&["Query", "notes", ""])),
        old.open(&sealed, &binding(&["Querynotes"])),
        old.open(&sealed, &binding(&["Quer", "ynotes"])),
        none.open(&sealed, &read),
        old.open("tt1.", &read),
        old.open("tt1..", &read),
        old.open(sealed.rsplit_once('.').unwrap().0, &read),
    ];
    for result in refused {
        assert_eq!(result.unwrap_err().code(), Code::InvalidCursor);
    }
}

#[test]
fn a_cursor_without_signature_is_taken_when_the_settings_say_so() {
    let read = binding(&[]);
    let plain = encode(&decode::cursor(INSIDE).unwrap());
    let strict = keyring(&format!(r#"{{"keys":["{}"]}}"#, secret(1)));
    let error = strict.open(&plain, &read).unwrap_err();
    assert_eq!(error.details().message, "cursor is not signed");
    let lenient = keyring(&format!(r#"{{"keys":["{}"],"required":false}}"#, secret(1)));
    assert_eq!(coded(lenient.open(&plain, &read)).as_deref(), Ok(INSIDE));
    assert!(lenient.signs());
    assert_eq!(strict.open("", &read).unwrap_err().details().message, "cursor is empty");
}

#[test]
fn keys_are_checked_and_never_shown() {
    let check = |json: &str| crate::json::read::<Keyring>(json).unwrap().check();
    check("{}").unwrap();
    for bad in [
        r#"{"keys":["c2hvcnQ="]}"#.to_owned(),
        r#"{"keys":[""]}"#.to_owned(),
        r#"{"required":true}"#.to_owned(),
        format!(r#"{{"keys":["{}","?"]}}"#, secret(1)),
    ] {
        let error = check(&bad).unwrap_err();
        assert_eq!(error.code(), Code::Configuration);
        assert!(!error.to_json().contains("c2hv"), "{error}");
    }
    let shown = format!("{:?}", keyring(&format!(r#"{{"keys":["{}"]}}"#, secret(1))));
    assert_eq!(shown, "Keyring { keys: 1, required: None }");
}

#[test]
fn what_is_inside_can_be_looked_at() {
    let (_, text) = &goldens()[1];
    assert_eq!(
        coded(inspect(text)).as_deref(),
        Ok(concat!(
            r#"{"form":"page","signed":false,"cursor":{"lastKey":{"PK":{"S":"BIN#1"},"blob":{"B":"AQID"}},"#,
            r#""index":"gsi-blob"}}"#
        ))
    );
    let keyring = keyring(&format!(r#"{{"keys":["{}"]}}"#, secret(1)));
    let sealed = keyring.seal(r#"{"segments":2,"next":1,"open":[]}"#, &binding(&[]));
    assert_eq!(
        coded(inspect(&sealed)).as_deref(),
        Ok(r#"{"form":"segments","signed":true,"cursor":{"segments":2,"next":1,"open":[]}}"#)
    );
    for bad in ["", "x", "tt1.x", "tt1.?.x", "tt1.e30.x"] {
        assert_eq!(inspect(bad).unwrap_err().code(), Code::InvalidCursor, "{bad}");
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    let value = prop_oneof![
        any::<String>().prop_map(|text| {
            let mut out = String::from("{\"S\":");
            push_quoted(&mut out, &text);
            out + "}"
        }),
        (any::<i64>(), -100_i32..100).prop_map(|(digits, exponent)| format!("{{\"N\":\"{digits}e{exponent}\"}}")),
        prop::collection::vec(any::<u8>(), 0..40)
            .prop_map(|bytes| format!("{{\"B\":\"{}\"}}", base64::engine::general_purpose::STANDARD.encode(bytes))),
    ];
    prop::collection::btree_map(any::<String>(), value, 1..6).prop_map(|parts| {
        let mut out = String::from("{");
        for (at, (name, value)) in parts.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_quoted(&mut out, &name);
            out.push(':');
            out.push_str(&value);
        }
        key(&(out + "}"))
    })
}

fn any_cursor() -> impl Strategy<Value = Cursor> {
    let open = prop::collection::btree_map(0_u32..50, prop::option::of(any_key()), 0..4);
    let place = prop_oneof![
        any_key().prop_map(Place::After),
        (open, 50_u32..60).prop_map(|(open, next)| Place::Segments(Segments {
            total: 60,
            next,
            open: open.into_iter().collect()
        })),
    ];
    (place, prop::option::of("[a-zA-Z0-9_.-]{3,20}"), any::<Option<bool>>())
        .prop_map(|(place, index, descending)| Cursor { place, index, descending })
}

proptest! {
    #[test]
    fn every_cursor_comes_back(cursor in any_cursor()) {
        let text = encode(&cursor);
        prop_assert_eq!(coded(decode(&text)), Ok(cursor.clone()));
        prop_assert_eq!(coded(decode(text.trim_end_matches('='))), Ok(cursor.clone()));
        let inside: serde_json::Value = serde_json::from_str(&json(&cursor)).unwrap();
        prop_assert!(inside.is_object());
    }

    #[test]
    fn any_text_is_a_cursor_or_an_error(text in any::<String>(), document in "[\\[\\]{}:,\"lastKeySNB0-9 ]{0,40}") {
        let _ = decode(&text);
        let _ = inspect(&text);
        let _ = decode::cursor(&document);
        let _ = decode(&URL_SAFE_NO_PAD.encode(document));
    }

    #[test]
    fn no_changed_byte_of_a_signed_cursor_goes_unnoticed(
        cursor in any_cursor(), at in any::<prop::sample::Index>(), byte in 0_u8..128,
    ) {
        let keyring = keyring(&format!(r#"{{"keys":["{}"]}}"#, secret(1)));
        let read = binding(&["Query"]);
        let sealed = keyring.seal(&json(&cursor), &read);
        prop_assert!(keyring.open(&sealed, &read).is_ok());
        let mut changed = sealed.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(coded(keyring.open(&changed, &read)), Err(Code::InvalidCursor));
        changed_length(&keyring, &sealed, &read)?;
    }
}

fn changed_length(keyring: &Keyring, sealed: &str, read: &Binding) -> Result<(), TestCaseError> {
    for changed in [format!("{sealed}A"), sealed[..sealed.len() - 1].to_owned()] {
        prop_assert!(keyring.open(&changed, read).is_err());
    }
    Ok(())
}
