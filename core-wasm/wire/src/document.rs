//! Structs as JSON documents. The members are a table that one function goes through: derived code would be some
//! kilobytes for each struct, and the module is downloaded more often than errors are written.

use std::fmt::Write;

use crate::json::push_quoted;

/// What can stand in a document.
pub trait Document {
    /// Appends it as JSON.
    fn write(&self, out: &mut String);

    /// Whether there is nothing in it, so that a member which may be left out is.
    fn is_empty(&self) -> bool {
        false
    }

    /// It alone as JSON.
    fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// A member of an object: its name, its value, and whether it is left out when there is nothing in it.
pub type Member<'a> = (&'static str, &'a dyn Document, bool);

/// Appends an object.
#[inline(never)]
pub fn object(out: &mut String, members: &[Member<'_>]) {
    out.push('{');
    let mut first = true;
    for (name, value, optional) in members {
        if *optional && value.is_empty() {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        // Names are those of members of structs.
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        value.write(out);
    }
    out.push('}');
}

/// Says how structs are written: `Note { pointer, line, kind as "type", hint: optional }` is a struct with these members,
/// the last of which is left out when it is `None` or empty.
#[macro_export]
macro_rules! documents {
    ($($name:ident $(<$life:lifetime>)? { $($member:ident $(as $key:literal)? $(: $optional:ident)?),* $(,)? })*) => {
        $(impl $(<$life>)? $crate::document::Document for $name $(<$life>)? {
            fn write(&self, out: &mut String) {
                $crate::document::object(out, &[$((
                    $crate::documents!(@key $member $($key)?),
                    &self.$member,
                    $crate::documents!(@optional $($optional)?),
                )),*]);
            }
        })*
    };
    (@key $member:ident) => { stringify!($member) };
    (@key $member:ident $key:literal) => { $key };
    (@optional) => { false };
    (@optional optional) => { true };
}
pub use documents;

/// Text that is JSON already, in documents as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// A text that is known to be JSON.
    pub fn known(text: String) -> Self {
        Json(text)
    }

    /// The text.
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Document for Json {
    fn write(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

impl Document for str {
    fn write(&self, out: &mut String) {
        push_quoted(out, self);
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl Document for String {
    fn write(&self, out: &mut String) {
        push_quoted(out, self);
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl Document for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl Document for u64 {
    fn write(&self, out: &mut String) {
        write!(out, "{self}").expect("writing to a string");
    }
}

macro_rules! numbers {
    ($($type:ident)*) => {
        $(impl Document for $type {
            fn write(&self, out: &mut String) {
                (*self as u64).write(out);
            }
        })*
    };
}
numbers!(u16 u32 usize);

impl<T: Document + ?Sized> Document for &T {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }

    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }
}

impl<T: Document> Document for Box<T> {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }
}

impl<T: Document> Document for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }

    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T: Document> Document for [T] {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (at, value) in self.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            value.write(out);
        }
        out.push(']');
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Document> Document for Vec<T> {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample<'a> {
        name: &'a str,
        kind: Option<bool>,
        hint: Option<String>,
        list: Vec<u32>,
        body: Json,
    }
    documents! {
        Sample<'a> { name, kind as "type", hint: optional, list: optional, body }
    }

    #[test]
    fn members_stand_in_their_order_and_some_may_be_left_out() {
        let body = || Json::known("{\"a\":1}".to_owned());
        let few = Sample { name: "a\"b", kind: None, hint: None, list: Vec::new(), body: body() };
        assert_eq!(few.text(), r#"{"name":"a\"b","type":null,"body":{"a":1}}"#);
        let all = Sample { name: "", kind: Some(true), hint: Some("h".into()), list: vec![1, 2], body: body() };
        assert_eq!(all.text(), r#"{"name":"","type":true,"hint":"h","list":[1,2],"body":{"a":1}}"#);
    }
}
