//! JSON objects as structs, with little code for each: a struct is a list of places, and one function reads objects into such lists.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::{Fault, Kind, Reader};

/// The text of a value that is read later: checked to be JSON, not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value's text.
    pub fn get(self) -> &'a str {
        self.0
    }

    /// A text that is known to be JSON.
    pub fn known(text: &'a str) -> Self {
        Raw(text)
    }
}

/// What is wrong with a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where, as a JSON pointer.
    pub path: String,
    /// What.
    pub what: What,
}

/// What can be wrong with a document.
#[derive(Debug, PartialEq, Eq)]
pub enum What {
    /// It is no JSON.
    NotJson(Fault),
    /// A member that it does not have, and those that it does.
    Unknown(String, &'static [&'static str]),
    /// A member is missing.
    Missing(&'static str),
    /// A member stands there twice.
    Repeated(&'static str),
    /// A value is of another kind: what was expected.
    Expected(&'static str),
}

impl Wrong {
    /// Something that is wrong right here.
    pub fn here(what: What) -> Self {
        Wrong { path: String::new(), what }
    }

    fn within(mut self, step: &str) -> Self {
        self.path.insert_str(0, step);
        self.path.insert(0, '/');
        self
    }
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Wrong::here(What::NotJson(fault))
    }
}

impl fmt::Display for Wrong {
    /// Says it without quoting any value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::NotJson(fault) => write!(f, "not JSON: {}, at byte {}", fault.what, fault.at),
            What::Unknown(name, known) => {
                write!(f, "unknown member `{name}`, expected one of ")?;
                for (at, known) in known.iter().enumerate() {
                    write!(f, "{}`{known}`", if at == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            What::Missing(name) => write!(f, "missing member `{name}`"),
            What::Repeated(name) => write!(f, "member `{name}` stands there twice"),
            What::Expected(kind) => match self.path.rsplit('/').next() {
                Some(member) if !member.is_empty() => write!(f, "`{member}` is not {kind}"),
                _ => write!(f, "expected {kind}"),
            },
        }
    }
}

/// What can stand as a value in a document.
pub trait Value<'a>: Sized {
    /// Reads it.
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong>;

    /// What it is when the member is left out; `None`: it must be there.
    fn absent() -> Option<Self> {
        None
    }
}

/// Reads a whole text.
pub fn read<'a, T: Value<'a>>(text: &'a str) -> Result<T, Wrong> {
    let mut value = None;
    read_into(text, &mut value)?;
    Ok(filled(value))
}

fn read_into<'a>(text: &'a str, place: &mut dyn Place<'a>) -> Result<(), Wrong> {
    let mut reader = Reader::new(text);
    place.read(&mut reader)?;
    Ok(reader.end()?)
}

/// Fails unless the next value is of this kind.
pub fn expect(reader: &Reader<'_>, kind: Kind, name: &'static str) -> Result<(), Wrong> {
    if reader.kind()? == kind { Ok(()) } else { Err(Wrong::here(What::Expected(name))) }
}

/// Where a member goes to.
pub trait Place<'a> {
    /// Reads the member.
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Wrong>;

    /// The member is left out; answers whether it may be.
    fn leave_out(&mut self) -> bool;
}

impl<'a, T: Value<'a>> Place<'a> for Option<T> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Wrong> {
        *self = Some(T::read(reader)?);
        Ok(())
    }

    fn leave_out(&mut self) -> bool {
        *self = T::absent();
        self.is_some()
    }
}

/// What an object may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// These members.
    Closed,
    /// Others, too: they are passed over.
    Open,
    /// These members, each of which may be left out.
    Default,
}

/// Reads an object: the members `known`, at most 64, into their places.
pub fn fill<'a>(
    reader: &mut Reader<'a>,
    known: &'static [&'static str],
    rule: Rule,
    places: &mut [&mut dyn Place<'a>],
) -> Result<(), Wrong> {
    expect(reader, Kind::Object, "an object")?;
    let mut seen = 0_u64;
    let mut members = reader.object()?;
    while let Some(name) = members.next(reader)? {
        let name = name.decode();
        match known.iter().position(|known| *known == name) {
            Some(at) => {
                if seen & 1 << at != 0 {
                    return Err(Wrong::here(What::Repeated(known[at])));
                }
                seen |= 1 << at;
                places[at].read(reader).map_err(|wrong| wrong.within(known[at]))?;
            }
            None if rule == Rule::Open => drop(reader.skip()?),
            None => return Err(Wrong::here(What::Unknown(name.into_owned(), known))),
        }
    }
    for (at, place) in places.iter_mut().enumerate() {
        if rule != Rule::Default && seen & 1 << at == 0 && !place.leave_out() {
            return Err(Wrong::here(What::Missing(known[at])));
        }
    }
    Ok(())
}

/// What a place holds that [`fill`] has filled.
///
/// # Panics
/// When it has not.
pub fn filled<T>(place: Option<T>) -> T {
    place.expect("all places were filled")
}

impl<'a> Value<'a> for Raw<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        Ok(Raw(reader.skip()?))
    }
}

impl<'a> Value<'a> for Cow<'a, str> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        expect(reader, Kind::String, "a string")?;
        Ok(reader.string()?.decode())
    }
}

impl<'a> Value<'a> for String {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        Cow::read(reader).map(Cow::into_owned)
    }
}

impl<'a> Value<'a> for Zeroizing<String> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        String::read(reader).map(Zeroizing::new)
    }
}

impl<'a> Value<'a> for bool {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        expect(reader, Kind::Bool, "true or false")?;
        Ok(reader.boolean()?)
    }

    fn absent() -> Option<Self> {
        Some(false)
    }
}

impl<'a> Value<'a> for i64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        expect(reader, Kind::Number, "a whole number")?;
        reader.number()?.parse().map_err(|_| Wrong::here(What::Expected("a whole number")))
    }
}

impl<'a> Value<'a> for u64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        expect(reader, Kind::Number, "a whole number from 0")?;
        reader.number()?.parse().map_err(|_| Wrong::here(What::Expected("a whole number from 0")))
    }
}

impl<'a> Value<'a> for u32 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        let wide = u64::read(reader)?;
        wide.try_into().map_err(|_| Wrong::here(What::Expected("a whole number below 2³²")))
    }
}

impl<'a> Value<'a> for BTreeMap<String, String> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        let mut values = BTreeMap::new();
        each_member(reader, &mut |name, reader| {
            values.insert(name.to_owned(), String::read(reader)?);
            Ok(())
        })?;
        Ok(values)
    }
}

impl<'a, T: Value<'a>> Value<'a> for Option<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        if reader.kind()? == Kind::Null {
            reader.null()?;
            return Ok(None);
        }
        T::read(reader).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<'a, T: Value<'a>> Value<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        let mut values = Vec::new();
        each_element(reader, &mut |reader| {
            values.push(T::read(reader)?);
            Ok(())
        })?;
        Ok(values)
    }
}

/// Reads the elements of an array.
fn each_element<'a>(
    reader: &mut Reader<'a>,
    element: &mut dyn FnMut(&mut Reader<'a>) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    expect(reader, Kind::Array, "an array")?;
    let mut elements = reader.array()?;
    let mut at = 0;
    while elements.next(reader)? {
        element(reader).map_err(|wrong| wrong.within(&at.to_string()))?;
        at += 1;
    }
    Ok(())
}

/// Reads the members of an object, whatever their names are.
pub fn each_member<'a>(
    reader: &mut Reader<'a>,
    member: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    expect(reader, Kind::Object, "an object")?;
    let mut members = reader.object()?;
    while let Some(name) = members.next(reader)? {
        let name = name.decode();
        member(&name, reader).map_err(|wrong| wrong.within(&name))?;
    }
    Ok(())
}

/// Reads one of these words and says which it is; `expected` names them all.
pub fn word(reader: &mut Reader<'_>, words: &[&str], expected: &'static str) -> Result<usize, Wrong> {
    expect(reader, Kind::String, expected)?;
    let word = reader.string()?.decode();
    words.iter().position(|known| *known == word).ok_or_else(|| Wrong::here(What::Expected(expected)))
}

/// Declares a struct that is read from a JSON object.
///
/// Members that are neither `Option` nor `bool` must be there, unless their type says otherwise ([`Value::absent`]); those that
/// may be left out are marked `= default` where a derived schema cannot know it. `member as "Name"` is written differently in JSON.
/// Unknown members are errors, unless the declaration ends in `..`. In a declaration that ends in `default` all members may be left
/// out; the struct's `Default` has them.
#[macro_export]
macro_rules! members {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[$about:meta])* $see:vis $member:ident $(as $key:literal)? : $type:ty $(= $default:ident)?),* $(,)?
        }
        $($rule:tt)?
    ) => {
        $(#[$meta])*
        $vis struct $name $(<$life>)? {
            $(
                $(#[$about])*
                $(#[cfg_attr(feature = "schema", schemars($default))])?
                $see $member: $type,
            )*
        }

        $crate::members!(@read [$($life)?] $name { $($member, [$($key)?], $type;)* } $($rule)?);
    };
    (@read [] $name:ident $body:tt $($rule:tt)?) => {
        impl<'a> $crate::Value<'a> for $name {
            $crate::members!(@body 'a $name $body $($rule)?);
        }
    };
    (@read [$life:lifetime] $name:ident $body:tt $($rule:tt)?) => {
        impl<$life> $crate::Value<$life> for $name<$life> {
            $crate::members!(@body $life $name $body $($rule)?);
        }
    };
    (@body $life:lifetime $name:ident { $($member:ident, $key:tt, $type:ty;)* } $($rule:tt)?) => {
        fn read(reader: &mut $crate::Reader<$life>) -> Result<Self, $crate::Wrong> {
            const KNOWN: &[&str] = &[$($crate::members!(@key $member $key)),*];
            $(let mut $member: Option<$type> = None;)*
            $crate::fill(reader, KNOWN, $crate::members!(@rule $($rule)?), &mut [$(&mut $member),*])?;
            $crate::members!(@finish $name [$($member)*] $($rule)?)
        }
    };
    (@key $member:ident []) => {
        stringify!($member)
    };
    (@key $member:ident [$key:literal]) => {
        $key
    };
    (@rule ..) => {
        $crate::Rule::Open
    };
    (@rule default) => {
        $crate::Rule::Default
    };
    (@rule) => {
        $crate::Rule::Closed
    };
    (@finish $name:ident [$($member:ident)*] default) => {{
        let defaults = Self::default();
        Ok($name { $($member: $member.unwrap_or(defaults.$member)),* })
    }};
    (@finish $name:ident [$($member:ident)*] $($rule:tt)?) => {
        Ok($name { $($member: $crate::filled($member)),* })
    };
}

/// Declares how the variants of an enum are written: one word each.
#[macro_export]
macro_rules! words {
    ($name:ident { $($word:literal => $variant:ident),* $(,)? }) => {
        impl<'a> $crate::Value<'a> for $name {
            fn read(reader: &mut $crate::Reader<'a>) -> Result<Self, $crate::Wrong> {
                const VARIANTS: &[$name] = &[$($name::$variant),*];
                let at = $crate::word(reader, &[$($word),*], concat!("one of" $(, " ", $word)*))?;
                Ok(VARIANTS[at])
            }

            fn absent() -> Option<Self> {
                Some(Self::default())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    members! {
        #[derive(Debug, PartialEq)]
        struct Sample<'a> {
            op: Cow<'a, str>,
            item: Raw<'a>,
            raw: bool,
            limit: Option<u32>,
            version: Option<i64>,
            paths: Option<Vec<Cow<'a, str>>>,
            returns: Returns,
        }
    }

    members! {
        #[derive(Debug, PartialEq)]
        struct Open {
            count as "Count": u64,
        }
        ..
    }

    members! {
        #[derive(Debug, PartialEq)]
        struct Settings {
            attempts: u32,
            names: BTreeMap<String, String>,
        }
        default
    }

    impl Default for Settings {
        fn default() -> Self {
            Settings { attempts: 4, names: BTreeMap::new() }
        }
    }

    #[test]
    fn settings_have_defaults() {
        assert_eq!(read::<Settings>("{}").unwrap(), Settings::default());
        let read = read::<Settings>(r#"{"names":{"a":"b"}}"#).unwrap();
        assert_eq!((read.attempts, read.names["a"].as_str()), (4, "b"));
        let wrong = super::read::<Settings>(r#"{"names":{"a":1}}"#).unwrap_err();
        assert_eq!(wrong.path, "/names/a");
    }

    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    enum Returns {
        #[default]
        None,
        AllOld,
    }
    words!(Returns { "NONE" => None, "ALL_OLD" => AllOld });

    #[test]
    fn members_come_in_any_order_and_some_may_be_left_out() {
        let text = r#"{"item": {"a": [1, "x"]}, "op":"p\u0075t","limit":3,"version":-1,"paths":["a"],"returns":"ALL_OLD","raw":true}"#;
        let read: Sample<'_> = read(text).unwrap();
        assert_eq!(
            (&*read.op, read.item.get(), read.limit, read.version),
            ("put", r#"{"a": [1, "x"]}"#, Some(3), Some(-1))
        );
        assert_eq!((read.paths, read.returns, read.raw), (Some(vec!["a".into()]), Returns::AllOld, true));
        let few: Sample<'_> = super::read(r#"{"op":"x","item":null,"limit":null}"#).unwrap();
        assert_eq!((few.raw, few.limit, few.returns, few.item.get()), (false, None, Returns::None, "null"));
        assert_eq!(super::read::<Open>(r#"{"more":[1],"Count":7}"#).unwrap(), Open { count: 7 });
    }

    #[test]
    fn complaints_name_members_and_no_values() {
        let said = |text: &str| {
            let wrong = read::<Sample<'_>>(text).unwrap_err();
            (wrong.path.clone(), wrong.to_string())
        };
        let known = "`op`, `item`, `raw`, `limit`, `version`, `paths`, `returns`";
        assert_eq!(
            said(r#"{"op":"x","itme":1}"#),
            (String::new(), format!("unknown member `itme`, expected one of {known}"))
        );
        assert_eq!(said(r#"{"op":"x"}"#).1, "missing member `item`");
        assert_eq!(said(r#"{"op":"x","op":"y"}"#).1, "member `op` stands there twice");
        let pointed = |text: &str, path: &str, says: &str| assert_eq!(said(text), (path.to_owned(), says.to_owned()));
        pointed(r#"{"op":"x","item":1,"limit":"secret"}"#, "/limit", "`limit` is not a whole number from 0");
        pointed(r#"{"op":"x","item":1,"limit":4294967296}"#, "/limit", "`limit` is not a whole number below 2³²");
        pointed(r#"{"op":"x","item":1,"limit":-1}"#, "/limit", "`limit` is not a whole number from 0");
        pointed(r#"{"op":"x","item":1,"version":1.5}"#, "/version", "`version` is not a whole number");
        pointed(r#"{"op":"x","item":1,"paths":["a",1]}"#, "/paths/1", "`1` is not a string");
        pointed(r#"{"op":"x","item":1,"returns":"ALL"}"#, "/returns", "`returns` is not one of NONE ALL_OLD");
        pointed("[]", "", "expected an object");
        pointed(r#"{"op":}"#, "/op", "not JSON: expected a value, at byte 6");
        pointed(r#"{"op":"x","item":1} 2"#, "", "not JSON: unexpected text after the value, at byte 20");
    }
}
