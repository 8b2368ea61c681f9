//! The parts of a request body that say how items are found, and expressions a person can read.

use super::Text;
use crate::json::{self, Raw, Reader, members};

members! {
    /// What a body says; members that matter to nobody here are passed over.
    #[derive(Default)]
    pub(super) struct Request<'a> {
        pub(super) index as "IndexName": Option<Text<'a>>,
        pub(super) key_condition as "KeyConditionExpression": Option<Text<'a>>,
        pub(super) filter as "FilterExpression": Option<Text<'a>>,
        pub(super) update as "UpdateExpression": Option<Text<'a>>,
        names as "ExpressionAttributeNames": Option<Raw<'a>>,
        pub(super) consistent as "ConsistentRead": bool,
    }
    ..
}

impl<'a> Request<'a> {
    /// Reads a body.
    pub(super) fn read(body: &'a str) -> Self {
        json::read(body).unwrap_or_default()
    }

    /// Placeholders and what they stand for.
    fn names(&self) -> Vec<(String, String)> {
        let mut names = Vec::new();
        let Some(raw) = self.names else { return names };
        let mut reader = Reader::new(raw.get());
        let Ok(mut members) = reader.object() else { return names };
        while let Ok(Some(placeholder)) = members.next(&mut reader) {
            let Ok(name) = reader.string() else { break };
            names.push((placeholder.decode().into_owned(), name.decode().into_owned()));
        }
        names
    }

    /// An expression with names in the places of their placeholders. Values stay what they are: a person need not see them.
    pub(super) fn shown(&self, expression: Option<&str>) -> Option<String> {
        let expression = expression?;
        let names = self.names();
        let mut shown = String::new();
        let mut rest = expression;
        while let Some(at) = rest.find('#') {
            shown.push_str(&rest[..at]);
            let end = placeholder_end(rest, at);
            match names.iter().find(|(placeholder, _)| *placeholder == rest[at..end]) {
                Some((_, name)) if is_plain(name) => shown.push_str(name),
                Some((_, name)) => shown.extend(["`", name, "`"]),
                None => shown.push_str(&rest[at..end]),
            }
            rest = &rest[end..];
        }
        shown.push_str(rest);
        Some(shown)
    }

    /// The top-level attributes that an expression names.
    pub(super) fn roots(&self, expression: Option<&str>) -> Vec<String> {
        let names = self.names();
        let mut roots: Vec<String> = Vec::new();
        let Some(expression) = expression else { return roots };
        let mut from = 0;
        while let Some(at) = expression[from..].find('#').map(|at| from + at) {
            let end = placeholder_end(expression, at);
            let nested = expression[..at].ends_with('.');
            let name = names.iter().find(|(placeholder, _)| *placeholder == expression[at..end]);
            if let Some((_, name)) = name.filter(|(_, name)| !nested && !roots.contains(name)) {
                roots.push(name.clone());
            }
            from = end;
        }
        roots
    }
}

/// Behind the placeholder that begins at `at`.
fn placeholder_end(text: &str, at: usize) -> usize {
    let rest = &text[at + 1..];
    at + 1 + rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len())
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_places_of_their_placeholders() {
        let body = r##"{"TableName":"t","FilterExpression":"#n0.#n1 = :v0 AND #n10 < :v1 AND #n2 = :v2","ExpressionAttributeNames":{"#n0":"a","#n1":"b.c","#n10":"d","#n2":"ü"}}"##;
        let request = Request::read(body);
        let filter = request.filter.as_deref();
        assert_eq!(request.shown(filter).as_deref(), Some("a.`b.c` = :v0 AND d < :v1 AND `ü` = :v2"));
        assert_eq!(request.roots(filter), ["a", "d", "ü"]);
        assert_eq!(request.shown(None), None);
    }
}
