//! `json` attributes that are kept as text: one text per value (members sorted by UTF-8 bytes, no white space).

use super::{Written, invalid, not_json};
use crate::dms::Version;
use crate::error::Error;
use crate::json::value::{MAX_LEVELS, Object, Tag, decimal, instant, look, number_text, time, too_deep};
use crate::json::{Kind, Reader, order, push_quoted};

/// Writes the next value as a string attribute that holds its JSON text. A string is taken as JSON text already,
/// except in version 0.1, where it is a JSON string like any other.
pub fn text(reader: &mut Reader<'_>, version: Version, out: &mut String) -> Result<Written, Error> {
    let is_string = reader.kind().map_err(not_json)? == Kind::String;
    let mut text = String::new();
    if is_string && version > Version::V0_1 {
        let given = reader.string().map_err(not_json)?.decode();
        let mut inner = Reader::new(&given);
        inner.skip().and_then(|_| inner.end()).map_err(|_| {
            invalid("string is not JSON text")
                .hint("a string given for a `json` attribute of type S is stored as the JSON text that it is")
        })?;
        text.push_str(&given);
    } else {
        value(reader, 1, &mut text)?;
    }
    out.push_str("{\"S\":");
    push_quoted(out, &text);
    out.push('}');
    let empty = matches!(text.as_str(), "\"\"" | "0" | "false" | "[]" | "{}");
    Ok(Written { bytes: text.len(), empty })
}

fn value(reader: &mut Reader<'_>, level: u32, out: &mut String) -> Result<(), Error> {
    match reader.kind().map_err(not_json)? {
        Kind::Null | Kind::Bool => out.push_str(reader.skip().map_err(not_json)?),
        Kind::Number => out.push_str(reader.number().map_err(not_json)?),
        Kind::String => push_quoted(out, &reader.string().map_err(not_json)?.decode()),
        Kind::Array => {
            if level > MAX_LEVELS {
                return Err(too_deep().into());
            }
            let mut elements = reader.array().map_err(not_json)?;
            let mut count = 0;
            out.push('[');
            while elements.next(reader).map_err(not_json)? {
                if count > 0 {
                    out.push(',');
                }
                value(reader, level + 1, out).map_err(|error| error.within(&count.to_string()))?;
                count += 1;
            }
            out.push(']');
        }
        Kind::Object => object(reader, level, out)?,
    }
    Ok(())
}

fn object(reader: &mut Reader<'_>, level: u32, out: &mut String) -> Result<(), Error> {
    let escaped = match look(reader)? {
        Object::Map => false,
        Object::Escaped => true,
        Object::Tagged(Tag::Number, mut operand) => {
            reader.skip().map_err(not_json)?;
            let text = number_text(&mut operand)?;
            out.push_str(&decimal(&text)?.plain());
            return Ok(());
        }
        Object::Tagged(Tag::Time, mut operand) => {
            reader.skip().map_err(not_json)?;
            push_quoted(out, &time::format(instant(&mut operand)?));
            return Ok(());
        }
        Object::Tagged(Tag::Binary | Tag::Set, _) => {
            return Err(invalid("JSON text has no binary values and no sets")
                .hint("give the attribute type M or L to store the value natively"));
        }
    };
    if level > MAX_LEVELS {
        return Err(too_deep().into());
    }
    let mut sorted: Vec<(String, String)> = Vec::new();
    let mut members = reader.object().map_err(not_json)?;
    while let Some(name) = members.next(reader).map_err(not_json)? {
        let name = name.decode();
        let name = if escaped { &name[1..] } else { &name };
        let mut text = String::new();
        value(reader, level + 1, &mut text).map_err(|error| error.within(name))?;
        sorted.push((name.to_owned(), text));
    }
    let places = order(sorted.len(), &|one, other| sorted[one].0.cmp(&sorted[other].0));
    if let Some(pair) = places.windows(2).find(|pair| sorted[pair[0]].0 == sorted[pair[1]].0) {
        return Err(invalid(format!("member `{}` is given twice", sorted[pair[0]].0)));
    }
    out.push('{');
    for (at, place) in places.into_iter().enumerate() {
        let (name, text) = &sorted[place];
        if at > 0 {
            out.push(',');
        }
        push_quoted(out, name);
        out.push(':');
        out.push_str(text);
    }
    out.push('}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, version: Version) -> String {
        let mut out = String::new();
        match text(&mut Reader::new(json), version, &mut out) {
            Ok(_) => out,
            Err(error) => error.details().message.clone(),
        }
    }

    #[test]
    fn members_are_sorted_and_white_space_is_gone() {
        assert_eq!(
            written(r#"{ "b": [1, {"z": null, "a": "é<"}], "a": 1.50 }"#, Version::V0_2),
            r#"{"S":"{\"a\":1.50,\"b\":[1,{\"a\":\"é<\",\"z\":null}]}"}"#
        );
    }

    #[test]
    fn a_string_is_json_text_already() {
        assert_eq!(written(r#""{\"a\": 1}""#, Version::V0_2), r#"{"S":"{\"a\": 1}"}"#);
        assert_eq!(written(r#""hi""#, Version::V0_2), "string is not JSON text");
        assert_eq!(written(r#""hi""#, Version::V0_1), r#"{"S":"\"hi\""}"#);
    }
}
