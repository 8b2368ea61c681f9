//! What a scripted transport answers.

use super::fields::Fields;
use crate::value::Value;

/// One entry of a script, as it goes to the driver (`DRIVER.md`).
#[derive(Clone, Debug)]
pub struct Entry(pub Value);

impl Entry {
    /// Reads an entry and writes heads, bodies and checksums out.
    pub fn load(pointer: &str, value: Value) -> Result<Entry, String> {
        let mut fields = Fields::new(pointer, value)?;
        let delay = fields.number("delay_ms")?;
        let mut entry = if let Some(kind) = fields.text("failure")? {
            if !["connect", "timeout", "broken", "refused"].contains(&kind.as_str()) {
                return Err(fields.error(format!("`{kind}` is no kind of failure")));
            }
            let message = fields.text("message")?.unwrap_or_else(|| String::from("scripted failure"));
            Value::object([("failure", Value::text(kind)), ("message", Value::text(message))])
        } else {
            response(&mut fields)?
        };
        if let Some(delay) = delay {
            entry.set("delay_ms", delay.into());
        }
        fields.end()?;
        Ok(Entry(entry))
    }
}

fn response(fields: &mut Fields) -> Result<Value, String> {
    let status = fields.number("status")?.unwrap_or(200);
    let mut head: String =
        fields.text_map("headers")?.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let bodies = (fields.take("body"), fields.text("body_text")?, fields.text("body_base64")?);
    let (name, body, bytes) = match bodies {
        (Some(document), None, None) => {
            let text = document.to_string();
            ("body", text.clone(), text.into_bytes())
        }
        (None, Some(text), None) => ("body", text.clone(), text.into_bytes()),
        (None, None, Some(base64)) => {
            let bytes = crate::plain::base64(&base64).ok_or_else(|| fields.error("`body_base64` is not base64"))?;
            ("body_base64", base64, bytes)
        }
        _ => return Err(fields.error("exactly one of `body`, `body_text`, `body_base64`, `failure` is needed")),
    };
    match fields.text("crc32")?.as_deref() {
        None => {}
        Some("right") => head += &format!("x-amz-crc32: {}\r\n", crc32fast::hash(&bytes)),
        Some("wrong") => head += &format!("x-amz-crc32: {}\r\n", crc32fast::hash(&bytes) ^ 1),
        Some(other) => return Err(fields.error(format!("`crc32` is `right` or `wrong`, not `{other}`"))),
    }
    Ok(Value::object([("status", status.into()), ("head", Value::text(head)), (name, Value::text(body))]))
}
