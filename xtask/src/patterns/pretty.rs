//! JSON that reads well: what fits on a line stands on one.

use serde_json::Value;

const WIDTH: usize = 110;

/// The text of a JSON value.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, 0, &mut out);
    out
}

/// `taken`: how much of the first line is there already.
fn write(value: &Value, indent: usize, taken: usize, out: &mut String) {
    let line = one_line(value);
    let (open, close, members): (_, _, Vec<(String, &Value)>) = match value {
        Value::Array(elements) => ('[', ']', elements.iter().map(|element| (String::new(), element)).collect()),
        Value::Object(members) => (
            '{',
            '}',
            members.iter().map(|(name, member)| (format!("{}: ", Value::from(name.as_str())), member)).collect(),
        ),
        _ => (' ', ' ', Vec::new()),
    };
    if members.is_empty() || indent + taken + line.len() <= WIDTH {
        out.push_str(&line);
        return;
    }
    out.push(open);
    for (at, (name, member)) in members.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str(&" ".repeat(indent + 2));
        out.push_str(name);
        write(member, indent + 2, name.len() + 1, out);
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(elements) => format!("[{}]", elements.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member =
                |(name, member): (&String, &Value)| format!("{}: {}", Value::from(name.as_str()), one_line(member));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_fits_stands_on_a_line() {
        assert_eq!(pretty(&json!({"a": {"S": "x"}, "b": [1, true]})), r#"{"a": {"S": "x"}, "b": [1, true]}"#);
        let long = "x".repeat(92);
        assert_eq!(
            pretty(&json!({"a": {"S": long}, "b": {}})),
            format!("{{\n  \"a\": {{\"S\": \"{long}\"}},\n  \"b\": {{}}\n}}")
        );
    }

    #[test]
    fn it_is_the_same_document() {
        let value = json!({"a": ["x".repeat(90), "y".repeat(90), {"b": null, "c": [1.5, -2]}], "d \"e": "f\n"});
        assert_eq!(serde_json::from_str::<Value>(&pretty(&value)).unwrap(), value);
    }
}
