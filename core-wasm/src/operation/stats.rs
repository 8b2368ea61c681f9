//! What an operation took: attempts, waits, capacity.

use std::fmt::Write;

use super::millionths::Millionths;
use crate::json::{Fault, Kind, Reader, push_quoted};

/// Statistics of one operation, over all its requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) attempts: u32,
    pub(crate) retries: u32,
    pub(crate) waited_ms: u64,
    pub(crate) request_id: Option<String>,
    capacity: Option<Consumed>,
}

/// Capacity units, as the service counts them.
#[derive(Clone, Debug, Default)]
struct Consumed {
    total: Millionths,
    read: Option<Millionths>,
    write: Option<Millionths>,
    table: Option<String>,
    /// There was more than one table.
    mixed: bool,
}

impl Stats {
    /// Adds what one response says in `ConsumedCapacity`: an object, or an array with one for each table.
    pub(crate) fn consume(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        match reader.kind()? {
            Kind::Object => return self.consume_one(reader),
            Kind::Array => {
                let mut elements = reader.array()?;
                while elements.next(reader)? {
                    self.consume(reader)?;
                }
            }
            _ => drop(reader.skip()?),
        }
        Ok(())
    }

    fn consume_one(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let consumed = self.capacity.get_or_insert_default();
        let mut members = reader.object()?;
        while let Some(name) = members.next(reader)? {
            match name.raw() {
                "CapacityUnits" => consumed.total += units(reader)?,
                "ReadCapacityUnits" => *consumed.read.get_or_insert_default() += units(reader)?,
                "WriteCapacityUnits" => *consumed.write.get_or_insert_default() += units(reader)?,
                "TableName" if reader.kind()? == Kind::String => {
                    let name = reader.string()?.decode();
                    consumed.mixed |= consumed.table.as_deref().is_some_and(|known| known != name);
                    consumed.table.get_or_insert_with(|| name.into_owned());
                }
                _ => drop(reader.skip()?),
            }
        }
        Ok(())
    }

    /// Capacity units so far; `None` when the service has not told.
    pub(crate) fn capacity(&self) -> Option<Millionths> {
        self.capacity.as_ref().map(|consumed| consumed.total)
    }

    /// The `stats` document.
    pub(crate) fn document(&self) -> String {
        let mut out = String::with_capacity(256);
        let Stats { attempts, retries, waited_ms, .. } = self;
        write!(out, "{{\"attempts\":{attempts},\"retries\":{retries},\"waited_ms\":{waited_ms}")
            .expect("writing to a string");
        if let Some(id) = &self.request_id {
            out.push_str(",\"request_id\":");
            push_quoted(&mut out, id);
        }
        out.push_str(",\"capacity\":");
        match &self.capacity {
            None => out.push_str("null"),
            Some(consumed) => {
                write!(out, "{{\"total\":{}", consumed.total).expect("writing to a string");
                for (name, units) in [("read", consumed.read), ("write", consumed.write)] {
                    if let Some(units) = units {
                        write!(out, ",\"{name}\":{units}").expect("writing to a string");
                    }
                }
                if let Some(table) = consumed.table.as_ref().filter(|_| !consumed.mixed) {
                    out.push_str(",\"table\":");
                    push_quoted(&mut out, table);
                }
                out.push('}');
            }
        }
        out.push('}');
        out
    }
}

fn units(reader: &mut Reader<'_>) -> Result<Millionths, Fault> {
    if reader.kind()? != Kind::Number {
        reader.skip()?;
        return Ok(Millionths::default());
    }
    Ok(Millionths::parse(reader.number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_adds_up() {
        let mut stats =
            Stats { attempts: 2, retries: 1, waited_ms: 7, request_id: Some("R".into()), ..Stats::default() };
        for json in [
            r#"{"TableName":"t","CapacityUnits":0.5}"#,
            r#"{"CapacityUnits":2,"WriteCapacityUnits":2,"Table":{}}"#,
            "null",
        ] {
            stats.consume(&mut Reader::new(json)).unwrap();
        }
        assert_eq!(
            stats.document(),
            r#"{"attempts":2,"retries":1,"waited_ms":7,"request_id":"R","capacity":{"total":2.5,"write":2,"table":"t"}}"#
        );
        assert!(Stats::default().document().ends_with(r#""capacity":null}"#));
        let mut several = Stats::default();
        let json = r#"[{"TableName":"t","CapacityUnits":1},{"TableName":"u","CapacityUnits":2}]"#;
        several.consume(&mut Reader::new(json)).unwrap();
        assert!(several.document().ends_with(r#""capacity":{"total":3}}"#), "{}", several.document());
    }
}
