//! `{"$binary": …}` and its kin: values that plain JSON has no form for.

use super::Misfit;
use crate::{Kind, Reader};

/// What an object stands for.
#[derive(Clone, Copy, Debug)]
pub enum Object<'a> {
    /// A map; its member names are as they stand.
    Map,
    /// A map whose only member has one `$` too many in front of its name.
    Escaped,
    /// A value of another type; the reader stands before the tag's operand.
    Tagged(Tag, Reader<'a>),
}

/// The value tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `{"$binary": base64}`
    Binary,
    /// `{"$number": text}`
    Number,
    /// `{"$set": […]}`
    Set,
    /// `{"$time": RFC 3339}`
    Time,
}

/// Looks at the object that is next to read, without moving the reader.
pub fn look<'a>(reader: &Reader<'a>) -> Result<Object<'a>, Misfit> {
    let mut ahead = *reader;
    let mut members = ahead.object()?;
    let Some(name) = members.next(&mut ahead)? else { return Ok(Object::Map) };
    if !name.raw().starts_with('$') && !name.raw().starts_with('\\') {
        return Ok(Object::Map);
    }
    let name = name.decode();
    if !name.starts_with('$') {
        return Ok(Object::Map);
    }
    let operand = ahead;
    ahead.skip()?;
    if members.next(&mut ahead)?.is_some() {
        return Ok(Object::Map);
    }
    let tag = match &*name {
        "$binary" => Tag::Binary,
        "$number" => Tag::Number,
        "$set" => Tag::Set,
        "$time" => Tag::Time,
        escaped if escaped.starts_with("$$") => return Ok(Object::Escaped),
        other => {
            return Err(Misfit::new(format!("unknown value tag `{other}`"))
                .hint("the values are `$binary`, `$number`, `$set` and `$time`; a map with this one member is written with `$` doubled"));
        }
    };
    Ok(Object::Tagged(tag, operand))
}

/// If the next value is an object with this tag: moves past the object and gives a reader that stands before the operand.
pub fn take<'a>(reader: &mut Reader<'a>, wanted: Tag) -> Result<Option<Reader<'a>>, Misfit> {
    if reader.kind()? != Kind::Object {
        return Ok(None);
    }
    match look(reader)? {
        Object::Tagged(tag, operand) if tag == wanted => {
            reader.skip()?;
            Ok(Some(operand))
        }
        _ => Ok(None),
    }
}
