//! A JSON value that keeps numbers as they were written and members in their order.

use std::fmt;

/// A JSON value. Numbers are text: 38 digits fit no native type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A text.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object, in the order of its members.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Value {
        Value::String(text.into())
    }

    /// An object of these members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// The member of this name, when this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value at a path of member names.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The members of an object.
    pub fn members(&self) -> Option<&[(String, Value)]> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// The only member, when this is an object with exactly one.
    pub fn only_member(&self) -> Option<(&str, &Value)> {
        match self.members()? {
            [(name, value)] => Some((name, value)),
            _ => None,
        }
    }

    /// Adds or replaces a member; this must be an object.
    pub fn set(&mut self, name: &str, value: Value) {
        let Value::Object(members) = self else { panic!("`{name}` is set on {}", self.kind()) };
        match members.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => members.push((name.to_owned(), value)),
        }
    }

    /// Texts that stand anywhere in this value, member names and the paths of operands left out.
    pub fn leaf_texts<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Value::String(text) => found.push(text),
            Value::Array(elements) => elements.iter().for_each(|element| element.leaf_texts(found)),
            Value::Object(members) => members.iter().for_each(|(name, value)| match (name.as_str(), value) {
                ("$path" | "$size", _) => {}
                ("$if_not_exists", Value::Array(parts)) => parts.iter().skip(1).for_each(|part| part.leaf_texts(found)),
                _ => value.leaf_texts(found),
            }),
            _ => {}
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::Number(number.to_string())
    }
}

/// Compact JSON: no spaces, members in order, only what must be escaped is.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(text) => f.write_str(text),
            Value::String(text) => write_text(text, f),
            Value::Array(elements) => {
                f.write_str("[")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Value::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    write_text(name, f)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).expect("a string is plain data"))
}
