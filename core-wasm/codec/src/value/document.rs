//! The content of maps and lists: types follow from the values.

use super::names::Names;
use super::scalar::{Written, binary_text, decimal, instant, number_text, push_number};
use super::tag::{self, Object, Tag};
use super::{MAX_LEVELS, Misfit, set, time, too_deep};
use crate::{Kind, Reader, Text, push_quoted};

/// Which maps `omit_empty` leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// Those without members.
    BySize,
    /// Also those with nothing but empty values: version 0.1 of schema documents.
    ByContent,
}

/// Bytes that DynamoDB adds for a container, and for each of its entries.
pub(super) const CONTAINER: usize = 3;
pub(super) const ENTRY: usize = 1;

/// Writes the next value with the type that it has. `level` counts the containers that it would open.
pub fn value(reader: &mut Reader<'_>, emptiness: Emptiness, level: u32, out: &mut String) -> Result<Written, Misfit> {
    match reader.kind()? {
        Kind::Null => {
            reader.null()?;
            out.push_str("{\"NULL\":true}");
            Ok(Written::NULL)
        }
        Kind::Bool => {
            let value = reader.boolean()?;
            out.push_str(if value { "{\"BOOL\":true}" } else { "{\"BOOL\":false}" });
            Ok(Written { bytes: 1, empty: !value })
        }
        Kind::Number => Ok(push_number(&decimal(reader.number()?)?, out)),
        Kind::String => {
            let text = reader.string()?;
            Ok(push_string(text, out))
        }
        Kind::Array => list(reader, emptiness, level, out),
        Kind::Object => match tag::look(reader)? {
            Object::Tagged(tag, operand) => {
                reader.skip()?;
                tagged(tag, operand, out)
            }
            Object::Map | Object::Escaped => map(reader, emptiness, level, out),
        },
    }
}

/// Writes the next value, an object, as a map.
pub fn map(reader: &mut Reader<'_>, emptiness: Emptiness, level: u32, out: &mut String) -> Result<Written, Misfit> {
    if level > MAX_LEVELS {
        return Err(too_deep());
    }
    let escaped = match tag::look(reader)? {
        Object::Map => false,
        Object::Escaped => true,
        Object::Tagged(..) => return Err(Misfit::new("expected an object, got a tagged value")),
    };
    let mut members = reader.object()?;
    let (mut bytes, mut count, mut all_empty) = (CONTAINER, 0, true);
    let mut names = Names::default();
    out.push_str("{\"M\":{");
    while let Some(name) = members.next(reader)? {
        if count > 0 {
            out.push(',');
        }
        if escaped {
            push_quoted(out, &name.decode()[1..]);
        } else {
            name.push(out);
        }
        out.push(':');
        names.add(name)?;
        let written = value(reader, emptiness, level + 1, out).map_err(|error| error.within(&name.decode()))?;
        bytes += ENTRY + name.byte_len() + written.bytes;
        all_empty &= written.empty;
        count += 1;
    }
    out.push_str("}}");
    let empty = count == 0 || (emptiness == Emptiness::ByContent && all_empty);
    Ok(Written { bytes, empty })
}

/// Writes the next value, an array, as a list.
pub fn list(reader: &mut Reader<'_>, emptiness: Emptiness, level: u32, out: &mut String) -> Result<Written, Misfit> {
    if level > MAX_LEVELS {
        return Err(too_deep());
    }
    let mut elements = reader.array()?;
    let (mut bytes, mut count) = (CONTAINER, 0);
    out.push_str("{\"L\":[");
    while elements.next(reader)? {
        if count > 0 {
            out.push(',');
        }
        let written = value(reader, emptiness, level + 1, out).map_err(|error| error.within(&count.to_string()))?;
        bytes += ENTRY + written.bytes;
        count += 1;
    }
    out.push_str("]}");
    Ok(Written { bytes, empty: count == 0 })
}

fn tagged(tag: Tag, mut operand: Reader<'_>, out: &mut String) -> Result<Written, Misfit> {
    match tag {
        Tag::Binary => {
            let (text, bytes) = binary_text(&mut operand)?;
            out.push_str("{\"B\":\"");
            out.push_str(&text);
            out.push_str("\"}");
            Ok(Written { bytes, empty: bytes == 0 })
        }
        Tag::Number => Ok(push_number(&decimal(&number_text(&mut operand)?)?, out)),
        Tag::Set => set::write_inferred(&mut operand, out),
        Tag::Time => {
            let text = time::format(instant(&mut operand)?);
            out.push_str("{\"S\":\"");
            out.push_str(&text);
            out.push_str("\"}");
            Ok(Written { bytes: text.len(), empty: false })
        }
    }
}

fn push_string(text: Text<'_>, out: &mut String) -> Written {
    out.push_str("{\"S\":");
    text.push(out);
    out.push('}');
    Written { bytes: text.byte_len(), empty: text.is_empty() }
}

#[cfg(test)]
mod tests {
    use super::super::misfit::shown;
    use super::*;

    fn written(json: &str, emptiness: Emptiness) -> Result<(String, bool), String> {
        let mut out = String::new();
        value(&mut Reader::new(json), emptiness, 1, &mut out).map(|written| (out, written.empty)).map_err(shown)
    }

    #[test]
    fn types_follow_from_values() {
        let json = r#"{"a":[null,true,"x",1e2,{"$binary":"AQID"},{"$set":["b","a"]},{"$number":"1.50"},{"$time":"2026-01-02T03:04:05Z"}],"m":{}}"#;
        let expected = concat!(
            r#"{"M":{"a":{"L":[{"NULL":true},{"BOOL":true},{"S":"x"},{"N":"100"},{"B":"AQID"},{"SS":["a","b"]},{"N":"1.50"},"#,
            r#"{"S":"2026-01-02T03:04:05.000000000Z"}]},"m":{"M":{}}}}"#
        );
        assert_eq!(written(json, Emptiness::BySize), Ok((expected.to_owned(), false)));
    }

    #[test]
    fn a_dollar_in_front_of_an_only_member_is_doubled() {
        assert_eq!(written(r#"{"$$set":[1]}"#, Emptiness::BySize).unwrap().0, r#"{"M":{"$set":{"L":[{"N":"1"}]}}}"#);
        assert_eq!(
            written(r#"{"$x":1,"y":2}"#, Emptiness::BySize).unwrap().0,
            r#"{"M":{"$x":{"N":"1"},"y":{"N":"2"}}}"#
        );
        assert_eq!(written(r#"{"\u0024$x":1}"#, Emptiness::BySize).unwrap().0, r#"{"M":{"$x":{"N":"1"}}}"#);
        assert_eq!(written(r#"{"$x":1}"#, Emptiness::BySize), Err("- unknown value tag `$x`".to_owned()));
    }

    #[test]
    fn emptiness_is_the_size_or_in_the_first_version_the_content() {
        let nested = r#"{"a":"","b":{"c":[]},"d":0}"#;
        assert!(!written(nested, Emptiness::BySize).unwrap().1);
        assert!(written(nested, Emptiness::ByContent).unwrap().1);
        assert!(written("{}", Emptiness::BySize).unwrap().1);
        assert!(!written(r#"{"a":1}"#, Emptiness::ByContent).unwrap().1);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let many: String = (0..40).map(|n| format!(r#""k{n}":0,"#)).collect();
        let cases = [
            (r#"{"a":[1,{"b":1e999}]}"#.to_owned(), "/a/1/b number is outside DynamoDB's range"),
            (r#"{"a":1,"\u0061":2}"#.to_owned(), "- member `a` is given twice"),
            (r#"[{"":1}]"#.to_owned(), "/0 map member with an empty name"),
            (format!(r#"{{{many}"k39":1}}"#), "- member `k39` is given twice"),
            (r#"[{"$set":["a",1]}]"#.to_owned(), "/0/1 expected a string, got a number"),
            (
                format!("{}1{}", "[".repeat(32), "]".repeat(32)),
                &format!("{} nested deeper than 32 levels", "/0".repeat(31)),
            ),
        ];
        for (json, message) in cases {
            assert_eq!(written(&json, Emptiness::BySize), Err(message.to_owned()), "{json}");
        }
        assert!(written(&format!("{}1{}", "[".repeat(31), "]".repeat(31)), Emptiness::BySize).is_ok());
    }
}
