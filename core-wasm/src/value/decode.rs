//! DynamoDB JSON to plain JSON, as the schema and the host's settings want it.

use super::Decimal;
use crate::dms::{Format, Model, Type};
use crate::error::{Code, Error};
use crate::json::{self, Buffer, Digits, Fault, Kind, Layout, Reader, Text, push_quoted, words};

/// How numbers are given to the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "snake_case"))]
pub enum Numbers {
    /// JSON numbers with all their digits.
    #[default]
    Exact,
    /// JSON numbers that a 64-bit float holds; others are `ErrNumberPrecisionLoss`.
    Double,
    /// As `double`, but other whole numbers are `{"$number": …}`.
    Bigint,
    /// Always strings.
    String,
}

words!(Numbers { "exact" => Exact, "double" => Double, "bigint" => Bigint, "string" => String });

/// Turns stored items into plain ones.
#[derive(Clone, Copy, Debug)]
pub struct Decoder<'m> {
    /// The model that names the attributes.
    pub model: &'m Model,
    /// How numbers are given.
    pub numbers: Numbers,
    /// Whether attributes that the model does not know are given too.
    pub raw: bool,
}

/// What becomes of one attribute of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is written as the model's attribute at this position.
    Attribute(usize),
    /// It is written as what it is.
    Untyped,
    LeftOut,
}

/// What is written for one stored value.
#[derive(Clone, Copy)]
struct Shape {
    numbers: Numbers,
    /// The declared type; nothing within documents.
    declared: Option<Type>,
}

impl Decoder<'_> {
    /// Reads an item, `{"name": {"S": …}, …}`, and writes it plain.
    pub fn item(&self, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let mut item = Buffer::default();
        self.item_of_many(reader, &mut Layout::default(), &[], &mut item)?;
        out.push_str(&item.into_string());
        Ok(())
    }

    /// Reads one of many items that mostly look alike. Attributes at the positions `hidden` are left out.
    pub fn item_of_many<'b>(
        &self,
        reader: &mut Reader<'b>,
        layout: &mut Layout<'b>,
        hidden: &[usize],
        out: &mut Buffer,
    ) -> Result<(), Error> {
        let mut columns = Many { decoder: self, hidden, error: None };
        json::item(reader, layout, &mut columns, out).map_err(|failure| match (failure, columns.error) {
            (json::Failure::Fault(fault), _) => garbled(fault),
            (json::Failure::Judged, error) => error.expect("a value that was judged"),
        })
    }

    fn fate(&self, name: Text<'_>, hidden: &[usize]) -> Fate {
        match self.model.attribute(&name.decode()) {
            Some((at, _)) if hidden.contains(&at) => Fate::LeftOut,
            Some((at, _)) => Fate::Attribute(at),
            None if self.raw => Fate::Untyped,
            None => Fate::LeftOut,
        }
    }

    /// How the values of an attribute are written; of one that the model does not know, as what they are.
    fn shape(&self, at: usize) -> Shape {
        let Some(attribute) = self.model.attributes.get(at) else {
            return Shape { numbers: self.numbers, declared: None };
        };
        let decimal_string = attribute.format == Some(Format::DecimalString);
        let numbers = if decimal_string { Numbers::String } else { self.numbers };
        Shape { numbers, declared: (!attribute.json).then_some(attribute.kind) }
    }

    fn is_json(&self, at: usize) -> bool {
        self.model.attributes.get(at).is_some_and(|attribute| attribute.json)
    }
}

/// The attributes of many items.
struct Many<'d, 'm> {
    decoder: &'d Decoder<'m>,
    hidden: &'d [usize],
    error: Option<Error>,
}

/// Column of an attribute that the model does not know.
const UNTYPED: usize = usize::MAX;

impl json::Columns for Many<'_, '_> {
    fn fate(&mut self, name: Text<'_>) -> json::Fate {
        let fate = self.decoder.fate(name, self.hidden);
        let column = if let Fate::Attribute(at) = fate { at } else { UNTYPED };
        let shape = self.decoder.shape(column);
        // JSON text in a string is looked into.
        let declared = if self.decoder.is_json(column) { "M" } else { shape.declared.map_or("", Type::as_str) };
        json::Fate { kept: fate != Fate::LeftOut, declared, digits: shape.digits(), column }
    }

    fn judge(&mut self, fate: json::Fate, name: Text<'_>, reader: &mut Reader<'_>, out: &mut String) -> bool {
        let shape = self.decoder.shape(fate.column);
        let json = self.decoder.is_json(fate.column);
        let written = if json { shape.json(reader, out) } else { shape.value(reader, out) };
        self.error = written.map_err(|error| error.within(&name.decode())).err();
        self.error.is_none()
    }
}

impl Shape {
    fn digits(self) -> Digits {
        match self.numbers {
            Numbers::Exact => Digits::All,
            Numbers::String => Digits::Quoted,
            Numbers::Double | Numbers::Bigint => Digits::Few,
        }
    }

    /// Reads `{"TYPE": …}` and writes the value.
    fn value(self, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let mut members = reader.object().map_err(garbled)?;
        let Some(tag) = members.next(reader).map_err(garbled)? else {
            return Err(garbled(reader.fault("attribute value without a type")));
        };
        let Some(stored) = Type::parse(tag.raw()) else {
            return Err(garbled(reader.fault("attribute value of an unknown type")));
        };
        self.content(stored, reader, out)?;
        match members.next(reader).map_err(garbled)? {
            None => Ok(()),
            Some(_) => Err(garbled(reader.fault("attribute value with two types"))),
        }
    }

    fn content(self, stored: Type, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let declared = self.declared.unwrap_or(stored);
        let inner = Shape { declared: None, ..self };
        match stored {
            Type::Null => {
                reader.skip().map_err(garbled)?;
                out.push_str(if declared.element().is_some() { "{\"$set\":[]}" } else { "null" });
            }
            // Older writers kept number and binary sets as lists.
            Type::L if declared.element().is_some() => inner.legacy_set(declared, reader, out)?,
            _ if stored != declared => return Err(unexpected(declared, stored)),
            Type::S => push_text(out, reader.string().map_err(garbled)?),
            Type::N => self.number(&reader.string().map_err(garbled)?.decode(), out)?,
            Type::B => push_binary(out, reader.string().map_err(garbled)?),
            Type::Bool => out.push_str(if reader.boolean().map_err(garbled)? { "true" } else { "false" }),
            Type::M => inner.map(reader, out)?,
            Type::L => {
                out.push('[');
                let mut elements = reader.array().map_err(garbled)?;
                let mut count = 0;
                while elements.next(reader).map_err(garbled)? {
                    if count > 0 {
                        out.push(',');
                    }
                    inner.value(reader, out).map_err(|error| error.within(&count.to_string()))?;
                    count += 1;
                }
                out.push(']');
            }
            Type::Ss | Type::Ns | Type::Bs => self.set(stored, reader, out)?,
        }
        Ok(())
    }

    fn map(self, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let mut only = *reader;
        let mut count = 0;
        let mut members = only.object().map_err(garbled)?;
        let mut dollar = false;
        while count < 2 {
            let Some(name) = members.next(&mut only).map_err(garbled)? else { break };
            dollar = name.decode().starts_with('$');
            count += 1;
            if !dollar {
                break;
            }
            only.skip().map_err(garbled)?;
        }
        let escape = dollar && count == 1;
        let mut members = reader.object().map_err(garbled)?;
        let mut first = true;
        out.push('{');
        while let Some(name) = members.next(reader).map_err(garbled)? {
            if !first {
                out.push(',');
            }
            first = false;
            if escape {
                push_quoted(out, &format!("${}", name.decode()));
                out.push(':');
            } else {
                push_name(out, name);
            }
            self.value(reader, out).map_err(|error| error.within(&name.decode()))?;
        }
        out.push('}');
        Ok(())
    }

    fn set(self, stored: Type, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let mut elements = reader.array().map_err(garbled)?;
        let mut count = 0;
        out.push_str("{\"$set\":[");
        while elements.next(reader).map_err(garbled)? {
            if count > 0 {
                out.push(',');
            }
            let text = reader.string().map_err(garbled)?;
            match stored {
                Type::Ns => self.number(&text.decode(), out).map_err(|error| error.within(&count.to_string()))?,
                Type::Bs => push_binary(out, text),
                _ => push_text(out, text),
            }
            count += 1;
        }
        out.push_str("]}");
        Ok(())
    }

    fn legacy_set(self, declared: Type, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let element = Shape { declared: declared.element(), ..self };
        let mut elements = reader.array().map_err(garbled)?;
        let mut count = 0;
        out.push_str("{\"$set\":[");
        while elements.next(reader).map_err(garbled)? {
            if count > 0 {
                out.push(',');
            }
            element.value(reader, out).map_err(|error| error.within(&count.to_string()))?;
            count += 1;
        }
        out.push_str("]}");
        Ok(())
    }

    /// A `json` attribute: NULL, a native document, or JSON text in a string.
    fn json(self, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let mut ahead = *reader;
        let mut members = ahead.object().map_err(garbled)?;
        let tag = members.next(&mut ahead).map_err(garbled)?;
        if tag.is_none_or(|tag| tag.raw() != "S") {
            return self.value(reader, out);
        }
        reader.skip().map_err(garbled)?;
        let text = ahead.string().map_err(garbled)?.decode();
        let mut inner = Reader::new(&text);
        let written = self.plain(&mut inner, out);
        written.and_then(|()| inner.end().map_err(|_| not_json_text()))
    }

    /// Copies JSON text, with numbers as the host wants them.
    fn plain(self, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let bad = |_: Fault| not_json_text();
        match reader.kind().map_err(bad)? {
            Kind::Null | Kind::Bool | Kind::String => out.push_str(reader.skip().map_err(bad)?),
            Kind::Number => self.number(reader.number().map_err(bad)?, out)?,
            Kind::Array => {
                let mut elements = reader.array().map_err(bad)?;
                let mut first = true;
                out.push('[');
                while elements.next(reader).map_err(bad)? {
                    if !first {
                        out.push(',');
                    }
                    first = false;
                    self.plain(reader, out)?;
                }
                out.push(']');
            }
            Kind::Object => self.plain_object(reader, out)?,
        }
        Ok(())
    }

    fn plain_object(self, reader: &mut Reader<'_>, out: &mut String) -> Result<(), Error> {
        let bad = |_: Fault| not_json_text();
        let mut written: Vec<(Text<'_>, String)> = Vec::new();
        let mut members = reader.object().map_err(bad)?;
        while let Some(name) = members.next(reader).map_err(bad)? {
            let mut value = String::new();
            self.plain(reader, &mut value)?;
            written.push((name, value));
        }
        let escape = matches!(written.as_slice(), [(name, _)] if name.decode().starts_with('$'));
        out.push('{');
        for (at, (name, value)) in written.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            if escape {
                push_quoted(out, &format!("${}", name.decode()));
                out.push(':');
            } else {
                push_name(out, *name);
            }
            out.push_str(value);
        }
        out.push('}');
        Ok(())
    }

    fn number(self, text: &str, out: &mut String) -> Result<(), Error> {
        let decimal = Decimal::parse(text)
            .map_err(|_| Error::new(Code::InvalidResponse, "stored number is not a decimal number"))?;
        match self.numbers {
            Numbers::Exact => out.push_str(&decimal.plain()),
            Numbers::String => {
                out.push('"');
                out.push_str(&decimal.plain());
                out.push('"');
            }
            Numbers::Double | Numbers::Bigint if decimal.fits_float() => out.push_str(&decimal.plain()),
            Numbers::Bigint if decimal.is_integer() => {
                out.push_str("{\"$number\":\"");
                out.push_str(&decimal.plain());
                out.push_str("\"}");
            }
            Numbers::Double | Numbers::Bigint => {
                return Err(Error::new(Code::NumberPrecisionLoss, "number has more digits than a 64-bit float holds")
                    .hint("read numbers as text, or give the attribute format `decimal_string`"));
            }
        }
        Ok(())
    }
}

fn push_name(out: &mut String, name: Text<'_>) {
    push_text(out, name);
    out.push(':');
}

fn push_text(out: &mut String, text: Text<'_>) {
    out.push('"');
    out.push_str(text.raw());
    out.push('"');
}

fn push_binary(out: &mut String, text: Text<'_>) {
    out.push_str("{\"$binary\":\"");
    out.push_str(text.raw());
    out.push_str("\"}");
}

fn garbled(fault: Fault) -> Error {
    Error::new(Code::InvalidResponse, format!("the response is not DynamoDB JSON: {}", fault.what))
}

fn not_json_text() -> Error {
    Error::new(Code::InvalidModel, "stored text of a `json` attribute is not JSON")
}

fn unexpected(declared: Type, stored: Type) -> Error {
    Error::new(
        Code::InvalidModel,
        format!("attribute is declared {} but stored as {}", declared.as_str(), stored.as_str()),
    )
    .hint("the item was written by something with another schema")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dms;

    const DOCUMENT: &str = r#"
dms_version: "0.2"
models:
  - name: "Every"
    table: { name: "every" }
    keys: { partition: { attribute: "pk", type: "S" } }
    attributes:
      - { attribute: "pk", type: "S", roles: ["pk"] }
      - { attribute: "n", type: "N" }
      - { attribute: "d", type: "N", format: "decimal_string" }
      - { attribute: "b", type: "B" }
      - { attribute: "ns", type: "NS" }
      - { attribute: "bs", type: "BS" }
      - { attribute: "m", type: "M" }
      - { attribute: "l", type: "L" }
      - { attribute: "j", type: "M", json: true }
      - { attribute: "text", type: "S", json: true }
"#;

    fn plain(item: &str, numbers: Numbers, raw: bool) -> Result<String, String> {
        let schema = dms::compile(DOCUMENT.as_bytes(), dms::Options { strict: false }).unwrap();
        let decoder = Decoder { model: &schema.models[0], numbers, raw };
        let mut out = String::new();
        decoder
            .item(&mut Reader::new(item), &mut out)
            .map(|()| out)
            .map_err(|error| format!("{} {}", error.code().as_str(), error.details().path.as_deref().unwrap_or("-")))
    }

    #[test]
    fn stored_values_become_plain_ones() {
        let cases = [
            (
                r#"{"pk":{"S":"aA\n"},"b":{"B":"AQID"},"n":{"NULL":true}}"#,
                r#"{"pk":"aA\n","b":{"$binary":"AQID"},"n":null}"#,
            ),
            (
                r#"{"ns":{"NS":["1","2.50"]},"bs":{"BS":["AQ=="]}}"#,
                r#"{"ns":{"$set":[1,2.50]},"bs":{"$set":[{"$binary":"AQ=="}]}}"#,
            ),
            // A NULL is an empty set; older writers kept sets as lists.
            (
                r#"{"ns":{"NULL":true},"bs":{"L":[{"B":"AQ=="}]}}"#,
                r#"{"ns":{"$set":[]},"bs":{"$set":[{"$binary":"AQ=="}]}}"#,
            ),
            (
                r#"{"m":{"M":{"$number":{"S":"x"}}},"l":{"L":[{"M":{"a":{"BOOL":false},"$b":{"NULL":true}}}]}}"#,
                r#"{"m":{"$$number":"x"},"l":[{"a":false,"$b":null}]}"#,
            ),
            // `json` attributes are read native, or from text.
            (
                r#"{"j":{"L":[{"N":"1"}]},"text":{"S":"{\"b\": [1, true], \"$a\": null}"}}"#,
                r#"{"j":[1],"text":{"b":[1,true],"$a":null}}"#,
            ),
            (
                r#"{"j":{"S":"{\"$set\":[1.0]}"},"text":{"M":{"k":{"S":"v"}}}}"#,
                r#"{"j":{"$$set":[1.0]},"text":{"k":"v"}}"#,
            ),
            (r#"{"alien":{"S":"x"},"pk":{"S":"p"}}"#, r#"{"pk":"p"}"#),
        ];
        for (stored, expected) in cases {
            assert_eq!(plain(stored, Numbers::Exact, false).as_deref(), Ok(expected), "{stored}");
        }
        let alien = r#"{"alien":{"SS":["x"]},"pk":{"S":"p"}}"#;
        assert_eq!(plain(alien, Numbers::Exact, true).as_deref(), Ok(r#"{"alien":{"$set":["x"]},"pk":"p"}"#));
    }

    #[test]
    fn numbers_are_as_the_host_wants_them() {
        let of =
            |text: &str, numbers| plain(&format!(r#"{{"n":{{"N":"{text}"}},"d":{{"N":"0.10"}}}}"#), numbers, false);
        let big = "9007199254740993";
        assert_eq!(of(big, Numbers::Exact).unwrap(), format!(r#"{{"n":{big},"d":"0.10"}}"#));
        assert_eq!(of(big, Numbers::Double), Err("ErrNumberPrecisionLoss /n".to_owned()));
        assert_eq!(of(big, Numbers::Bigint).unwrap(), format!(r#"{{"n":{{"$number":"{big}"}},"d":"0.10"}}"#));
        assert_eq!(of("0.1234567890123456789", Numbers::Bigint), Err("ErrNumberPrecisionLoss /n".to_owned()));
        assert_eq!(of(big, Numbers::String).unwrap(), format!(r#"{{"n":"{big}","d":"0.10"}}"#));
        assert_eq!(of("1E+2", Numbers::Double).unwrap(), r#"{"n":100,"d":"0.10"}"#);
    }

    #[test]
    fn what_does_not_fit_is_said_with_its_place() {
        let cases = [
            (r#"{"n":{"S":"1"}}"#, "ErrInvalidModel /n"),
            (r#"{"l":{"L":[{"N":"x"}]}}"#, "ErrInvalidResponse /l/0"),
            (r#"{"text":{"S":"{broken"}}"#, "ErrInvalidModel /text"),
            (r#"{"n":{}}"#, "ErrInvalidResponse /n"),
            (r#"{"n":{"Q":1}}"#, "ErrInvalidResponse /n"),
            (r#"{"n":{"N":"1","S":"1"}}"#, "ErrInvalidResponse /n"),
            (r#"{"n":"#, "ErrInvalidResponse /n"),
        ];
        for (stored, expected) in cases {
            assert_eq!(plain(stored, Numbers::Exact, false), Err(expected.to_owned()), "{stored}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[{}\\[\\]\":,a-zA-Z0-9$. ]{0,60}") {
            let _ = plain(&text, Numbers::Double, true);
        }
    }
}
