//! Condition expressions of scenario documents, as condition trees (`wit/README.md`).
//!
//! Libraries of this family take trees; the scenarios that all implementations share have DynamoDB's own texts.

use crate::scenario::Condition;
use crate::value::Value;

/// The tree of a condition expression. `typed` gives a value the type of the attribute that it is compared with.
pub fn tree(condition: &Condition, typed: &dyn Fn(&str, &Value) -> Value) -> Result<Value, String> {
    let tokens = tokens(&condition.text)?;
    let mut parser = Parser { condition, typed, tokens: &tokens };
    let tree = parser.any()?;
    match parser.tokens.first() {
        None => Ok(tree),
        Some(token) => Err(format!("`{}`: unexpected `{token}`", condition.text)),
    }
}

/// Names, placeholders, paths, signs and brackets.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | ',' | '=' => 1,
            '<' | '>' => {
                if rest[1..].starts_with(['=', '>']) {
                    2
                } else {
                    1
                }
            }
            _ => {
                let part = |c: char| c.is_alphanumeric() || "_#:.[]-".contains(c);
                rest.find(|c| !part(c)).unwrap_or(rest.len())
            }
        };
        if length == 0 {
            return Err(format!("`{text}`: unexpected `{first}`"));
        }
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser<'p> {
    condition: &'p Condition,
    typed: &'p dyn Fn(&str, &Value) -> Value,
    tokens: &'p [String],
}

/// What stands on a side of a comparison.
enum Operand {
    Path(String),
    Size(String),
    Value(Value),
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Value, String> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.word("OR") {
            parts.push(self.all()?);
        }
        Ok(joined("$or", parts))
    }

    fn all(&mut self) -> Result<Value, String> {
        let mut parts = vec![self.one()?];
        while self.word("AND") {
            parts.push(self.one()?);
        }
        Ok(joined("$and", parts))
    }

    fn one(&mut self) -> Result<Value, String> {
        if self.word("NOT") {
            return Ok(Value::object([("$not", self.one()?)]));
        }
        if self.word("(") {
            let inner = self.any()?;
            self.need(")")?;
            return Ok(inner);
        }
        let name = self.tokens.first().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let call = self.tokens.get(1).is_some_and(|token| token == "(");
        match name.as_str() {
            "attribute_exists" | "attribute_not_exists" if call => {
                let path = self.arguments(1)?.remove(0);
                Ok(test(path, "exists", Value::Bool(name == "attribute_exists")))
            }
            "attribute_type" | "begins_with" | "contains" if call => {
                let mut arguments = self.arguments(2)?;
                let (value, path) = (arguments.remove(1), arguments.remove(0));
                let value = self.value(&value)?;
                let (operator, value) = match name.as_str() {
                    "attribute_type" => ("type", value),
                    "begins_with" => ("begins_with", (self.typed)(&path, &value)),
                    _ => ("contains", value),
                };
                Ok(test(path, operator, value))
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Result<Value, String> {
        let left = self.operand()?;
        let (path, is_size) = match left {
            Operand::Path(path) => (path, false),
            Operand::Size(path) => (path, true),
            Operand::Value(_) => return Err(self.wrong("a value stands on the left")),
        };
        let wrap = |operator: &str, value: Value| {
            if is_size {
                test(path.clone(), "size", Value::object([(operator, value)]))
            } else {
                test(path.clone(), operator, value)
            }
        };
        if self.word("BETWEEN") {
            let low = self.right(&path, is_size)?;
            if !self.word("AND") {
                return Err(self.wrong("`AND` is missing"));
            }
            let high = self.right(&path, is_size)?;
            return Ok(wrap("between", Value::Array(vec![low, high])));
        }
        if self.word("IN") {
            self.need("(")?;
            let mut values = vec![self.right(&path, is_size)?];
            while self.word(",") {
                values.push(self.right(&path, is_size)?);
            }
            self.need(")")?;
            return Ok(wrap("in", Value::Array(values)));
        }
        let sign = self.next()?;
        let operator = match sign.as_str() {
            "=" => "eq",
            "<>" => "ne",
            "<" => "lt",
            "<=" => "lte",
            ">" => "gt",
            ">=" => "gte",
            _ => return Err(self.wrong(&format!("`{sign}` is no comparison"))),
        };
        let right = self.right(&path, is_size)?;
        Ok(wrap(operator, right))
    }

    /// A right side: a value of the left side's type, or another attribute.
    fn right(&mut self, path: &str, is_size: bool) -> Result<Value, String> {
        match self.operand()? {
            Operand::Value(value) if is_size => Ok(value),
            Operand::Value(value) => Ok((self.typed)(path, &value)),
            Operand::Path(other) => Ok(Value::object([("$path", Value::text(other))])),
            Operand::Size(_) => Err(self.wrong("`size` stands on the right")),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let token = self.next()?;
        if token.starts_with(':') {
            return self.value(&token).map(Operand::Value);
        }
        if token.eq_ignore_ascii_case("size") && self.word("(") {
            let path = self.next()?;
            let path = self.path(&path)?;
            self.need(")")?;
            return Ok(Operand::Size(path));
        }
        self.path(&token).map(Operand::Path)
    }

    /// The arguments of a function whose name comes next; the first one is a path.
    fn arguments(&mut self, count: usize) -> Result<Vec<String>, String> {
        self.next()?;
        self.need("(")?;
        let first = self.next()?;
        let mut arguments = vec![self.path(&first)?];
        while self.word(",") {
            arguments.push(self.next()?);
        }
        self.need(")")?;
        if arguments.len() == count { Ok(arguments) } else { Err(self.wrong("a function has other arguments")) }
    }

    fn value(&self, token: &str) -> Result<Value, String> {
        let found = self.condition.values.iter().find(|(name, _)| name == token);
        found.map(|(_, value)| value.clone()).ok_or_else(|| self.wrong(&format!("`{token}` is not given")))
    }

    /// A path with its names in the places of their placeholders.
    fn path(&self, token: &str) -> Result<String, String> {
        let mut path = String::new();
        for (at, segment) in token.split('.').enumerate() {
            let (name, index) = segment.split_at(segment.find('[').unwrap_or(segment.len()));
            let name = match name.starts_with('#') {
                false => name,
                true => match self.condition.names.iter().find(|(known, _)| known == name) {
                    Some((_, name)) => name,
                    None => return Err(self.wrong(&format!("`{name}` is not given"))),
                },
            };
            if name.is_empty() || name.starts_with(':') {
                return Err(self.wrong("a path is missing"));
            }
            if at > 0 {
                path.push('.');
            }
            let quoted = name.contains(['.', '[', ']']);
            path += &if quoted { format!("`{name}`") } else { name.to_owned() };
            path += index;
        }
        Ok(path)
    }

    fn word(&mut self, word: &str) -> bool {
        let is = self.tokens.first().is_some_and(|token| token.eq_ignore_ascii_case(word));
        if is {
            self.tokens = &self.tokens[1..];
        }
        is
    }

    fn need(&mut self, word: &str) -> Result<(), String> {
        if self.word(word) { Ok(()) } else { Err(self.wrong(&format!("`{word}` is missing"))) }
    }

    fn next(&mut self) -> Result<String, String> {
        let (first, rest) = self.tokens.split_first().ok_or_else(|| self.wrong("it ends too early"))?;
        self.tokens = rest;
        Ok(first.clone())
    }

    fn wrong(&self, what: &str) -> String {
        format!("condition expression `{}`: {what}", self.condition.text)
    }
}

fn test(path: String, operator: &str, value: Value) -> Value {
    Value::object([(path, Value::object([(operator, value)]))])
}

fn joined(word: &str, mut parts: Vec<Value>) -> Value {
    if parts.len() == 1 { parts.remove(0) } else { Value::object([(word, Value::Array(parts))]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn of(text: &str) -> Result<String, String> {
        let condition = Condition {
            text: text.to_owned(),
            names: vec![("#n".into(), "a.b".into()), ("#s".into(), "status".into())],
            values: vec![(":a".into(), parse("1").unwrap()), (":b".into(), parse("\"x\"").unwrap())],
        };
        tree(&condition, &|_, value| value.clone()).map(|tree| tree.to_string())
    }

    #[test]
    fn expressions_become_trees() {
        for (text, wanted) in [
            ("attribute_exists(PK)", r#"{"PK":{"exists":true}}"#),
            ("attribute_not_exists( #s )", r#"{"status":{"exists":false}}"#),
            ("#s = :b AND n<>:a", r#"{"$and":[{"status":{"eq":"x"}},{"n":{"ne":1}}]}"#),
            ("n<=:a or n >= :a", r#"{"$or":[{"n":{"lte":1}},{"n":{"gte":1}}]}"#),
            (
                "NOT (n < :a OR n > :a) AND m.k[2] = :b",
                r#"{"$and":[{"$not":{"$or":[{"n":{"lt":1}},{"n":{"gt":1}}]}},{"m.k[2]":{"eq":"x"}}]}"#,
            ),
            ("#n = #s", r#"{"`a.b`":{"eq":{"$path":"status"}}}"#),
            (
                "n BETWEEN :a AND :a AND begins_with(#s, :b)",
                r#"{"$and":[{"n":{"between":[1,1]}},{"status":{"begins_with":"x"}}]}"#,
            ),
            ("n IN (:a, :a)", r#"{"n":{"in":[1,1]}}"#),
            ("size(l) > :a", r#"{"l":{"size":{"gt":1}}}"#),
            ("contains(l, :b)", r#"{"l":{"contains":"x"}}"#),
            ("attribute_type(l, :b)", r#"{"l":{"type":"x"}}"#),
        ] {
            assert_eq!(of(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in [
            "",
            "n",
            "n =",
            ":a = n",
            "n = :c",
            "#x = :a",
            "n ? :a",
            "(n = :a",
            "n = :a)",
            "contains(l)",
            "n BETWEEN :a OR :b",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
