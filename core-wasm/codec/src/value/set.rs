//! Sets. An empty one is stored as NULL; DynamoDB has no empty sets.

use super::scalar::{Written, binary_text, decimal, number_text};
use super::tag::{self, Object, Tag};
use super::{Misfit, Type};
use crate::{Kind, Reader, order, push_quoted};

/// Writes the next value, an array or `{"$set": […]}`, as a set of this type.
pub fn write(reader: &mut Reader<'_>, kind: Type, out: &mut String) -> Result<Written, Misfit> {
    match reader.kind()? {
        Kind::Array => elements(reader, kind, out),
        other => match tag::take(reader, Tag::Set)? {
            Some(mut operand) if operand.kind()? == Kind::Array => elements(&mut operand, kind, out),
            _ => Err(Misfit::mistyped("a set", other)),
        },
    }
}

/// Writes the next value, an array, as the set that its first element makes it.
pub fn write_inferred(reader: &mut Reader<'_>, out: &mut String) -> Result<Written, Misfit> {
    let mut ahead = *reader;
    if ahead.kind()? != Kind::Array {
        return Err(Misfit::mistyped("an array of set elements", ahead.kind()?));
    }
    let mut first = ahead.array()?;
    let kind = if first.next(&mut ahead)? { element_type(&mut ahead)? } else { Type::Ss };
    elements(reader, kind, out)
}

fn element_type(reader: &mut Reader<'_>) -> Result<Type, Misfit> {
    match reader.kind()? {
        Kind::String => Ok(Type::Ss),
        Kind::Number => Ok(Type::Ns),
        Kind::Object => match tag::look(reader)? {
            Object::Tagged(Tag::Number, _) => Ok(Type::Ns),
            Object::Tagged(Tag::Binary, _) => Ok(Type::Bs),
            Object::Tagged(Tag::Time, _) => Ok(Type::Ss),
            _ => Err(Misfit::mistyped("a string, number or binary set element", Kind::Object).within("0")),
        },
        other => Err(Misfit::mistyped("a string, number or binary set element", other).within("0")),
    }
}

fn elements(reader: &mut Reader<'_>, kind: Type, out: &mut String) -> Result<Written, Misfit> {
    let mut all = Vec::new();
    let mut bytes = 0;
    let mut elements = reader.array()?;
    while elements.next(reader)? {
        let element = element(reader, kind).map_err(|misfit| misfit.within(&all.len().to_string()))?;
        bytes += element.bytes;
        all.push(element);
    }
    if all.is_empty() {
        out.push_str("{\"NULL\":true}");
        return Ok(Written::NULL);
    }
    // By identity: equal elements meet, and one set is always the same bytes, whatever order a host's sets have.
    let sorted = order(all.len(), &|one, other| all[one].identity.cmp(&all[other].identity));
    let twice =
        sorted.windows(2).filter(|pair| all[pair[0]].identity == all[pair[1]].identity).map(|pair| pair[1]).min();
    if let Some(at) = twice {
        return Err(Misfit::new("set element is given twice").within(&at.to_string()));
    }
    out.push_str("{\"");
    out.push_str(kind.as_str());
    out.push_str("\":");
    let mut before = '[';
    for at in sorted {
        let element = &all[at];
        out.push(before);
        push_quoted(out, element.text.as_ref().unwrap_or(&element.identity));
        before = ',';
    }
    out.push_str("]}");
    Ok(Written { bytes, empty: false })
}

/// One element of a set.
struct Element {
    /// What two equal elements share.
    identity: String,
    /// The element as it is written, unless that is its identity.
    text: Option<String>,
    /// Bytes that DynamoDB counts.
    bytes: usize,
}

fn element(reader: &mut Reader<'_>, kind: Type) -> Result<Element, Misfit> {
    match kind {
        Type::Ns => {
            let text = number_text(reader)?;
            let number = decimal(&text)?;
            Ok(Element { identity: number.canonical(), text: Some(number.plain().into_owned()), bytes: number.size() })
        }
        Type::Bs => {
            let (text, bytes) = binary_text(reader)?;
            Ok(Element { identity: text.into_owned(), text: None, bytes })
        }
        _ => {
            let text = match reader.kind()? {
                Kind::String => reader.string()?.decode().into_owned(),
                other => match tag::take(reader, Tag::Time)? {
                    Some(mut operand) => super::time::format(super::scalar::instant(&mut operand)?),
                    None => return Err(Misfit::mistyped("a string", other)),
                },
            };
            Ok(Element { bytes: text.len(), identity: text, text: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::misfit::shown;
    use super::*;

    fn written(json: &str, kind: Type) -> Result<String, String> {
        let mut out = String::new();
        write(&mut Reader::new(json), kind, &mut out).map(|_| out).map_err(shown)
    }

    #[test]
    fn sets_come_as_arrays_or_tagged() {
        assert_eq!(written(r#"["b","a"]"#, Type::Ss).unwrap(), r#"{"SS":["a","b"]}"#);
        assert_eq!(written(r#"{"$set":[1,"2.50"]}"#, Type::Ns).unwrap(), r#"{"NS":["1","2.50"]}"#);
        assert_eq!(written(r#"[{"$binary":"AQ=="},"Ag=="]"#, Type::Bs).unwrap(), r#"{"BS":["AQ==","Ag=="]}"#);
        assert_eq!(written("[]", Type::Ns).unwrap(), r#"{"NULL":true}"#);
        assert_eq!(written(r#"{"$set":[]}"#, Type::Bs).unwrap(), r#"{"NULL":true}"#);
    }

    #[test]
    fn what_is_no_set_is_refused() {
        let cases = [
            (r#""a""#, Type::Ss, "- expected a set, got a string"),
            (r#"["a",1]"#, Type::Ss, "/1 expected a string, got a number"),
            (r#"["a","b","a"]"#, Type::Ss, "/2 set element is given twice"),
            (r#"[1,"1.0"]"#, Type::Ns, "/1 set element is given twice"),
            (r#"["AQ"]"#, Type::Bs, "/0 not base64"),
            (r#"[null]"#, Type::Ns, "/0 expected a number, got null"),
        ];
        for (json, kind, message) in cases {
            assert_eq!(written(json, kind), Err(message.to_owned()), "{json}");
        }
    }
}
