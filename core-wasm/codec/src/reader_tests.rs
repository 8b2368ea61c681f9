use super::*;
use proptest::prelude::*;

fn whole(text: &str) -> Result<&str, Fault> {
    let mut reader = Reader::new(text);
    let value = reader.skip()?;
    reader.end()?;
    Ok(value)
}

#[test]
fn reads_what_json_allows_and_nothing_else() {
    for good in ["null", " true ", "-0.5e+10", "\"\\u00e9\\ud83d\\ude00\"", "[1,[],{}]", "{\"a\":{\"b\":[null]}}"] {
        assert_eq!(whole(good), Ok(good.trim()), "{good}");
    }
    let bad = [
        "",
        "nul",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\u{1}\"",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":1,}",
        "[",
        "{",
        "1 2",
        "'a'",
        "NaN",
    ];
    for bad in bad {
        assert!(whole(bad).is_err(), "{bad}");
    }
}

#[test]
fn nesting_has_an_end() {
    let deep = "[".repeat(100_000);
    assert_eq!(whole(&deep), Err(Fault { at: MAX_DEPTH as usize, what: "nested too deep" }));
}

#[test]
fn members_and_elements_are_visited_in_order() {
    let mut reader = Reader::new(r#" {"a" : 1, "b\n": [true, null]} "#);
    let mut members = reader.object().unwrap();
    assert_eq!(members.next(&mut reader).unwrap().unwrap().raw(), "a");
    assert_eq!(reader.number(), Ok("1"));
    assert_eq!(members.next(&mut reader).unwrap().unwrap().decode(), "b\n");
    let mut elements = reader.array().unwrap();
    assert!(elements.next(&mut reader).unwrap());
    assert_eq!(reader.boolean(), Ok(true));
    assert!(elements.next(&mut reader).unwrap());
    assert_eq!(reader.null(), Ok(()));
    assert!(!elements.next(&mut reader).unwrap());
    assert!(members.next(&mut reader).unwrap().is_none());
    assert_eq!(reader.end(), Ok(()));
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_strings(text in any::<String>()) {
        let json = serde_json::to_string(&text).unwrap();
        let mut reader = Reader::new(&json);
        let read = reader.string().unwrap();
        prop_assert_eq!(read.decode(), text.as_str());
        let mut quoted = String::new();
        crate::push_quoted(&mut quoted, &text);
        prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
    }

    #[test]
    fn agrees_with_serde_json_on_what_is_json(text in "[\\[\\]{}:, \"\\\\a0-9eE+.tnu-]{0,24}") {
        let ours = whole(&text).is_ok();
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        // Lone surrogates are the one thing refused here and not there.
        prop_assert!(ours == theirs || (theirs && text.contains("\\u")), "{}", text);
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = whole(&text);
    }
}
