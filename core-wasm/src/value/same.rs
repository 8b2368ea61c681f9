//! Whether two stored items are equal, however they are written.

use super::Decimal;
use crate::json::{Fault, Kind, Reader, order, push_quoted};

/// Compares two items in DynamoDB JSON: order of members and of set elements, and the form of numbers, do not matter.
pub fn same_item(left: &str, right: &str) -> bool {
    let canonical = |item: &str| {
        let mut out = String::new();
        map(&mut Reader::new(item), &mut out).map(|()| out)
    };
    matches!((canonical(left), canonical(right)), (Ok(left), Ok(right)) if left == right)
}

/// Compares two values in DynamoDB JSON, in the same manner.
pub fn same_value(left: &str, right: &str) -> bool {
    left == right || canonical(left) == canonical(right)
}

/// One text for all forms of an attribute value in DynamoDB JSON; the text itself where that is malformed.
pub fn canonical(json: &str) -> String {
    let mut out = String::new();
    value(&mut Reader::new(json), &mut out).map_or_else(|_| json.to_owned(), |()| out)
}

/// Members sorted by name, each an attribute value.
fn map(reader: &mut Reader<'_>, out: &mut String) -> Result<(), Fault> {
    let mut sorted: Vec<(String, String)> = Vec::new();
    let mut members = reader.object()?;
    while let Some(name) = members.next(reader)? {
        let mut text = String::new();
        value(reader, &mut text)?;
        sorted.push((name.decode().into_owned(), text));
    }
    for at in order(sorted.len(), &|one, other| sorted[one].cmp(&sorted[other])) {
        let (name, text) = &sorted[at];
        push_quoted(out, name);
        out.push_str(text);
    }
    Ok(())
}

fn value(reader: &mut Reader<'_>, out: &mut String) -> Result<(), Fault> {
    let mut members = reader.object()?;
    while let Some(kind) = members.next(reader)? {
        out.push_str(kind.raw());
        out.push('{');
        match kind.raw() {
            "M" => map(reader, out)?,
            "L" => {
                let mut elements = reader.array()?;
                while elements.next(reader)? {
                    value(reader, out)?;
                }
            }
            kind => scalars(kind, reader, out)?,
        }
        out.push('}');
    }
    Ok(())
}

fn scalars(kind: &str, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Fault> {
    let mut texts = Vec::new();
    match reader.kind()? {
        Kind::Array => {
            let mut elements = reader.array()?;
            while elements.next(reader)? {
                texts.push(scalar(kind, reader)?);
            }
        }
        _ => texts.push(scalar(kind, reader)?),
    }
    for at in order(texts.len(), &|one, other| texts[one].cmp(&texts[other])) {
        push_quoted(out, &texts[at]);
    }
    Ok(())
}

fn scalar(kind: &str, reader: &mut Reader<'_>) -> Result<String, Fault> {
    if reader.kind()? != Kind::String {
        return reader.skip().map(str::to_owned);
    }
    let text = reader.string()?.decode();
    Ok(match kind {
        "N" | "NS" => Decimal::parse(&text).map_or_else(|_| text.to_string(), |number| number.canonical()),
        _ => text.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_does_not_matter_and_content_does() {
        let left = r#"{"a":{"N":"1.0"},"s":{"SS":["x","y"]},"m":{"M":{"k":{"L":[{"BOOL":true},{"NULL":true}]}}}}"#;
        let right = r#"{ "m":{"M":{"k":{"L":[{"BOOL":true},{"NULL":true}]}}}, "s":{"SS":["y","x"]}, "a":{"N":"1"} }"#;
        assert!(same_item(left, right));
        for other in [
            r#"{"a":{"N":"1.0"}}"#,
            &left.replace("true},{", "false},{"),
            &left.replace("\"x\"", "\"z\""),
            &left.replace("1.0", "1.01"),
            "{",
        ] {
            assert!(!same_item(left, other), "{other}");
        }
        assert!(!same_item(r#"{"a":{"S":"1"}}"#, r#"{"a":{"N":"1"}}"#));
    }
}
