//! Reads objects strictly: every member must be asked for.

use crate::value::Value;

/// An object being read. Members that nobody asked for are an error at the end.
pub struct Fields {
    pointer: String,
    members: Vec<(String, Value)>,
}

impl Fields {
    /// Begins to read an object that stands at `pointer`.
    pub fn new(pointer: impl Into<String>, value: Value) -> Result<Fields, String> {
        let pointer = pointer.into();
        match value {
            Value::Object(members) => Ok(Fields { pointer, members }),
            other => Err(format!("{}: an object is needed, not {}", shown(&pointer), other.kind())),
        }
    }

    /// Where a member of this name stands.
    pub fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    /// An error at this object.
    pub fn error(&self, message: impl std::fmt::Display) -> String {
        format!("{}: {message}", shown(&self.pointer))
    }

    /// Takes a member.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.members.iter().position(|(key, _)| key == name)?;
        Some(self.members.remove(at).1)
    }

    /// Puts back a member that was taken.
    pub fn give_back(&mut self, name: &str, value: Value) {
        self.members.push((name.to_owned(), value));
    }

    /// Takes a member that must be there.
    pub fn need(&mut self, name: &str) -> Result<Value, String> {
        self.take(name).ok_or_else(|| self.error(format!("`{name}` is missing")))
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.typed(name, "a string", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// Takes a text that must be there.
    pub fn need_text(&mut self, name: &str) -> Result<String, String> {
        self.text(name)?.ok_or_else(|| self.error(format!("`{name}` is missing")))
    }

    /// Takes a boolean.
    pub fn bool(&mut self, name: &str) -> Result<Option<bool>, String> {
        self.typed(name, "a boolean", |value| value.as_bool())
    }

    /// Takes a whole number.
    pub fn number(&mut self, name: &str) -> Result<Option<u64>, String> {
        self.typed(name, "a whole number", |value| value.as_u64())
    }

    /// Takes an array.
    pub fn array(&mut self, name: &str) -> Result<Option<Vec<Value>>, String> {
        self.typed(name, "an array", |value| match value {
            Value::Array(elements) => Some(elements),
            _ => None,
        })
    }

    /// Takes an array of texts.
    pub fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, String> {
        self.typed(name, "an array of strings", |value| match value {
            Value::Array(elements) => elements.iter().map(|element| element.as_str().map(str::to_owned)).collect(),
            _ => None,
        })
    }

    /// Takes an object.
    pub fn object(&mut self, name: &str) -> Result<Option<Value>, String> {
        self.typed(name, "an object", |value| value.members().is_some().then_some(value))
    }

    /// Takes an object whose values are texts.
    pub fn text_map(&mut self, name: &str) -> Result<Vec<(String, String)>, String> {
        let read = self.typed(name, "an object of strings", |value| match value {
            Value::Object(members) => {
                members.into_iter().map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
            }
            _ => None,
        })?;
        Ok(read.unwrap_or_default())
    }

    /// Ends the reading: whatever is left is not known.
    pub fn end(self) -> Result<(), String> {
        match self.members.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("{}: unknown field `{name}`", shown(&self.pointer))),
        }
    }

    fn typed<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let kind = value.kind();
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(format!("{}: {wanted} is needed, not {kind}", self.pointer(name))),
        }
    }
}

fn shown(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}
