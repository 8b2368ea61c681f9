//! The content of maps and lists: types follow from the values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::scalar::{Written, binary_text, decimal, instant, number_text, push_number};
use super::tag::{self, Object, Tag};
use super::{MAX_LEVELS, invalid, not_json, set, time, too_deep};
use crate::dms::Version;
use crate::error::Error;
use crate::json::{Kind, Reader, Text, push_quoted};

/// Bytes that DynamoDB adds for a container, and for each of its entries.
const CONTAINER: usize = 3;
const ENTRY: usize = 1;

/// Writes the next value with the type that it has. `level` counts the containers that it would open.
pub fn value(reader: &mut Reader<'_>, version: Version, level: u32, out: &mut String) -> Result<Written, Error> {
    match reader.kind().map_err(not_json)? {
        Kind::Null => {
            reader.null().map_err(not_json)?;
            out.push_str("{\"NULL\":true}");
            Ok(Written::NULL)
        }
        Kind::Bool => {
            let value = reader.boolean().map_err(not_json)?;
            out.push_str(if value { "{\"BOOL\":true}" } else { "{\"BOOL\":false}" });
            Ok(Written { bytes: 1, empty: !value })
        }
        Kind::Number => Ok(push_number(&decimal(reader.number().map_err(not_json)?)?, out)),
        Kind::String => {
            let text = reader.string().map_err(not_json)?;
            Ok(push_string(text, out))
        }
        Kind::Array => list(reader, version, level, out),
        Kind::Object => match tag::look(reader)? {
            Object::Tagged(tag, operand) => {
                reader.skip().map_err(not_json)?;
                tagged(tag, operand, out)
            }
            Object::Map | Object::Escaped => map(reader, version, level, out),
        },
    }
}

/// Writes the next value, an object, as a map.
pub fn map(reader: &mut Reader<'_>, version: Version, level: u32, out: &mut String) -> Result<Written, Error> {
    if level > MAX_LEVELS {
        return Err(too_deep());
    }
    let escaped = match tag::look(reader)? {
        Object::Map => false,
        Object::Escaped => true,
        Object::Tagged(..) => return Err(invalid("expected an object, got a tagged value")),
    };
    let mut members = reader.object().map_err(not_json)?;
    let (mut bytes, mut count, mut all_empty) = (CONTAINER, 0, true);
    let mut names = Names::default();
    out.push_str("{\"M\":{");
    while let Some(name) = members.next(reader).map_err(not_json)? {
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
        let written = value(reader, version, level + 1, out).map_err(|error| error.within(&name.decode()))?;
        bytes += ENTRY + name.byte_len() + written.bytes;
        all_empty &= written.empty;
        count += 1;
    }
    out.push_str("}}");
    let empty = count == 0 || (version == Version::V0_1 && all_empty);
    Ok(Written { bytes, empty })
}

/// Writes the next value, an array, as a list.
pub fn list(reader: &mut Reader<'_>, version: Version, level: u32, out: &mut String) -> Result<Written, Error> {
    if level > MAX_LEVELS {
        return Err(too_deep());
    }
    let mut elements = reader.array().map_err(not_json)?;
    let (mut bytes, mut count) = (CONTAINER, 0);
    out.push_str("{\"L\":[");
    while elements.next(reader).map_err(not_json)? {
        if count > 0 {
            out.push(',');
        }
        let written = value(reader, version, level + 1, out).map_err(|error| error.within(&count.to_string()))?;
        bytes += ENTRY + written.bytes;
        count += 1;
    }
    out.push_str("]}");
    Ok(Written { bytes, empty: count == 0 })
}

fn tagged(tag: Tag, mut operand: Reader<'_>, out: &mut String) -> Result<Written, Error> {
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

/// Member names seen, to refuse a second one: what most parsers drop silently.
#[derive(Default)]
pub(super) struct Names<'a> {
    few: Vec<Text<'a>>,
    many: BTreeSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    const FEW: usize = 16;

    pub(super) fn add(&mut self, name: Text<'a>) -> Result<(), Error> {
        if name.is_empty() {
            return Err(invalid("map member with an empty name"));
        }
        let seen = if self.few.len() < Self::FEW {
            self.few.iter().any(|seen| seen.raw() == name.raw() || seen.decode() == name.decode())
        } else {
            if self.many.is_empty() {
                self.many.extend(self.few.iter().map(|name| name.decode()));
            }
            !self.many.insert(name.decode())
        };
        if seen {
            return Err(invalid(format!("member `{}` is given twice", name.decode())));
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, version: Version) -> Result<(String, bool), String> {
        let mut out = String::new();
        match value(&mut Reader::new(json), version, 1, &mut out) {
            Ok(written) => Ok((out, written.empty)),
            Err(error) => {
                Err(format!("{} {}", error.details().path.as_deref().unwrap_or("-"), error.details().message))
            }
        }
    }

    #[test]
    fn types_follow_from_values() {
        let json = r#"{"a":[null,true,"x",1e2,{"$binary":"AQID"},{"$set":["b","a"]},{"$number":"1.50"},{"$time":"2026-01-02T03:04:05Z"}],"m":{}}"#;
        let expected = concat!(
            r#"{"M":{"a":{"L":[{"NULL":true},{"BOOL":true},{"S":"x"},{"N":"100"},{"B":"AQID"},{"SS":["a","b"]},{"N":"1.50"},"#,
            r#"{"S":"2026-01-02T03:04:05.000000000Z"}]},"m":{"M":{}}}}"#
        );
        assert_eq!(written(json, Version::V0_2), Ok((expected.to_owned(), false)));
    }

    #[test]
    fn a_dollar_in_front_of_an_only_member_is_doubled() {
        assert_eq!(written(r#"{"$$set":[1]}"#, Version::V0_2).unwrap().0, r#"{"M":{"$set":{"L":[{"N":"1"}]}}}"#);
        assert_eq!(written(r#"{"$x":1,"y":2}"#, Version::V0_2).unwrap().0, r#"{"M":{"$x":{"N":"1"},"y":{"N":"2"}}}"#);
        assert_eq!(written(r#"{"\u0024$x":1}"#, Version::V0_2).unwrap().0, r#"{"M":{"$x":{"N":"1"}}}"#);
        assert_eq!(written(r#"{"$x":1}"#, Version::V0_2), Err("- unknown value tag `$x`".to_owned()));
    }

    #[test]
    fn emptiness_is_the_size_or_in_the_first_version_the_content() {
        let nested = r#"{"a":"","b":{"c":[]},"d":0}"#;
        assert!(!written(nested, Version::V0_2).unwrap().1);
        assert!(written(nested, Version::V0_1).unwrap().1);
        assert!(written("{}", Version::V0_2).unwrap().1);
        assert!(!written(r#"{"a":1}"#, Version::V0_1).unwrap().1);
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
            assert_eq!(written(&json, Version::V0_2), Err(message.to_owned()), "{json}");
        }
        assert!(written(&format!("{}1{}", "[".repeat(31), "]".repeat(31)), Version::V0_2).is_ok());
    }
}
