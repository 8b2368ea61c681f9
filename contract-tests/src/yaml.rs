//! YAML to [`Value`]: the part of YAML that is JSON in other clothes.

use crate::value::Value;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;

/// Parses one document. Aliases stand for what their anchors mark; tags, duplicate keys and further documents are errors, with
/// their line.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), size: 0 };
    let mut documents = 0;
    let mut root = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(at(&span, "a second document"));
                }
                let (event, span) = reader.next()?;
                root = Some(reader.value(event, &span)?);
            }
            _ => {}
        }
    }
    root.ok_or_else(|| String::from("the document is empty"))
}

/// Most bytes that aliases may add: ten of them can otherwise make gigabytes.
const MOST_BY_ALIASES: usize = 1 << 20;

struct Reader<'a, I: saphyr_parser::Input> {
    events: Parser<'a, I>,
    anchors: HashMap<usize, Value>,
    /// How much aliases have added.
    size: usize,
}

impl<'a, I: saphyr_parser::Input> Reader<'a, I> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.events.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(String::from("the document ends too early")),
        }
    }

    fn value(&mut self, event: Event<'a>, span: &Span) -> Result<Value, String> {
        match event {
            Event::Scalar(text, style, anchor, None) => {
                let value = scalar(&text, style).map_err(|message| at(span, &message))?;
                Ok(self.anchored(anchor, value))
            }
            Event::SequenceStart(anchor, None) => {
                let value = self.array()?;
                Ok(self.anchored(anchor, value))
            }
            Event::MappingStart(anchor, None) => {
                let value = self.object()?;
                Ok(self.anchored(anchor, value))
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).ok_or_else(|| at(span, "an alias within its own anchor"))?;
                self.size += value.to_string().len();
                if self.size > MOST_BY_ALIASES {
                    return Err(at(span, "aliases make the document too large"));
                }
                Ok(value.clone())
            }
            _ => Err(at(span, "tags are not taken")),
        }
    }

    fn anchored(&mut self, anchor: usize, value: Value) -> Value {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        value
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut elements = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Array(elements));
            }
            elements.push(self.value(event, &span)?);
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut members: Vec<(String, Value)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let name = match event {
                Event::MappingEnd => return Ok(Value::Object(members)),
                Event::Scalar(text, _, 0, None) => text.into_owned(),
                _ => return Err(at(&span, "a key must be a text")),
            };
            if members.iter().any(|(known, _)| *known == name) {
                return Err(at(&span, &format!("key `{name}` is given twice")));
            }
            let (event, span) = self.next()?;
            let value = self.value(event, &span)?;
            members.push((name, value));
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Result<Value, String> {
    if style != ScalarStyle::Plain {
        return Ok(Value::String(text.to_owned()));
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_json_number(text) => Value::Number(text.to_owned()),
        _ if looks_numeric(text) => return Err(format!("`{text}`: write a number as in JSON, or quote the text")),
        _ => Value::String(text.to_owned()),
    })
}

fn is_json_number(text: &str) -> bool {
    matches!(text.as_bytes()[0], b'-' | b'0'..=b'9')
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// What YAML would take for a number and JSON would not.
fn looks_numeric(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-']);
    let special = matches!(bare, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN");
    let radix = (bare.starts_with("0x") || bare.starts_with("0o")) && bare.len() > 2;
    let decimal = bare.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok();
    special || decimal || (radix && bare[2..].chars().all(|c| c.is_ascii_hexdigit()))
}

fn at(span: &Span, message: &str) -> String {
    format!("line {}, column {}: {message}", span.start.line(), span.start.col() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scalars_follow_the_core_schema() {
        let text = "a: 1\nb: \"1\"\nc: 1e400\nd: ~\ne: yes\nf: true\ng: 2026-01-02\nh: -0\ni: >-\n  x\n  y\n";
        let expected = r#"{"a":1,"b":"1","c":1e400,"d":null,"e":"yes","f":true,"g":"2026-01-02","h":-0,"i":"x y"}"#;
        assert_eq!(parse(text).unwrap().to_string(), expected);
    }

    #[test]
    fn aliases_stand_for_what_is_anchored() {
        assert_eq!(
            parse("a: &x { b: [1] }\nc: [*x, &y 2, *y]").unwrap().to_string(),
            r#"{"a":{"b":[1]},"c":[{"b":[1]},2,2]}"#
        );
    }

    #[test]
    fn aliases_of_aliases_come_to_an_end() {
        let mut text = String::from("a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
        for level in 1..20 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            text += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        assert!(parse(&text).unwrap_err().contains("too large"));
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_line() {
        for (text, said) in [
            ("a: *x", "line 1"),
            ("a: &x [*x]", "line 1"),
            ("a: !!str 1", "tags"),
            ("a: 1\na: 2", "line 2, column 1: key `a` is given twice"),
            ("a: .inf", "write a number as in JSON"),
            ("a: 0x1F", "write a number as in JSON"),
            ("a: +5", "write a number as in JSON"),
            ("? [a]\n: 1", "a key must be a text"),
            ("--- 1\n--- 2", "a second document"),
            ("", "empty"),
            ("a: [1", "line"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn json_is_yaml(text in "[a-z0-9 .:-]{0,12}", number in any::<i64>()) {
            let value = Value::object([("text", Value::text(text)), ("n", Value::Number(number.to_string()))]);
            prop_assert_eq!(parse(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = parse(&text);
        }
    }
}
