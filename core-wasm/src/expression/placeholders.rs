//! `#n0` and `:v0`.

use std::fmt::Write;

use super::refused;
use crate::error::Error;
use crate::json::{Reader, push_quoted};
use crate::value::size;

/// Most bytes of names and values in one request.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The names and values of one request.
#[derive(Clone, Debug, Default)]
pub struct Placeholders {
    names: Vec<String>,
    values: Vec<String>,
}

impl Placeholders {
    /// Writes the placeholder of a name, the same one for the same name.
    pub fn name(&mut self, name: &str, out: &mut String) {
        let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        write!(out, "#n{at}").expect("writing to a string");
    }

    /// Writes the placeholder of a value, given as DynamoDB JSON.
    pub fn value(&mut self, value: String, out: &mut String) {
        write!(out, ":v{}", self.values.len()).expect("writing to a string");
        self.values.push(value);
    }

    /// Bytes that DynamoDB would count for all values so far.
    pub fn bytes(&self) -> usize {
        self.values.iter().map(|value| size::value(&mut Reader::new(value)).unwrap_or_default()).sum()
    }

    /// Checks names and values together against DynamoDB's limit.
    pub fn within_limits(&self) -> Result<(), Error> {
        let names: usize = self.names.iter().map(String::len).sum();
        // No value counts more bytes than its text has, so counting is for those that are large anyway.
        if names + self.values.iter().map(String::len).sum::<usize>() <= MAX_BYTES {
            return Ok(());
        }
        let values = self.values.iter().map(|value| size::value(&mut Reader::new(value)).unwrap_or(value.len()));
        let bytes = names + values.sum::<usize>();
        if bytes > MAX_BYTES {
            return Err(refused(format!("names and values take {bytes} bytes, DynamoDB takes {MAX_BYTES}")));
        }
        Ok(())
    }

    /// The names, in the order of their placeholders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The values, DynamoDB JSON, in the order of their placeholders.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// Writes `"ExpressionAttributeNames"` and `"ExpressionAttributeValues"` with a comma before each; nothing where there are none.
    pub fn write(&self, body: &mut String) {
        if !self.names.is_empty() {
            body.push_str(",\"ExpressionAttributeNames\":{");
            for (at, name) in self.names.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                write!(body, "{comma}\"#n{at}\":").expect("writing to a string");
                push_quoted(body, name);
            }
            body.push('}');
        }
        if !self.values.is_empty() {
            body.push_str(",\"ExpressionAttributeValues\":{");
            for (at, value) in self.values.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                write!(body, "{comma}\":v{at}\":{value}").expect("writing to a string");
            }
            body.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shared_and_values_are_not() {
        let mut placeholders = Placeholders::default();
        let mut out = String::new();
        for name in ["a", "b\"", "a"] {
            placeholders.name(name, &mut out);
            placeholders.value("{\"N\":\"1\"}".to_owned(), &mut out);
        }
        assert_eq!(out, "#n0:v0#n1:v1#n0:v2");
        let mut body = String::new();
        placeholders.write(&mut body);
        assert_eq!(
            body,
            concat!(
                r##","ExpressionAttributeNames":{"#n0":"a","#n1":"b\""}"##,
                r#","ExpressionAttributeValues":{":v0":{"N":"1"},":v1":{"N":"1"},":v2":{"N":"1"}}"#
            )
        );
    }
}
