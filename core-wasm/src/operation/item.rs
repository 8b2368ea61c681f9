//! Whole items: every attribute checked, lifecycle values in their places, the size counted.

use super::key;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::unknown_attribute;
use crate::json::{Buffer, Kind, Raw, Reader, Text};
use crate::lifecycle::Stamp;
use crate::value::{NULL, attribute_into, not_json, storable};

/// Largest item, names and values together, in bytes.
const MAX_ITEM: usize = 409_600;

/// An item in DynamoDB JSON.
pub(super) struct Item {
    /// `{"name": {"S": …}, …}`
    pub(super) json: String,
    /// Text of the version that was written, when the model has one.
    pub(super) version: Option<String>,
    /// Bytes that DynamoDB counts for it.
    pub(super) bytes: usize,
}

/// Reads the `item` of a call. Lifecycle times are set; the version is the caller's, or `version` where given, or 0.
pub(super) fn read(model: &Model, raw: Raw<'_>, stamp: &Stamp, version: Option<i64>) -> Result<Item, Error> {
    let mut builder = Builder::new(model, raw.get().len());
    let mut given_version = None;
    visit(model, raw, |position, reader| {
        let lifecycle = Some(position) == model.created_at || Some(position) == model.updated_at;
        let overruled = Some(position) == model.version && version.is_some();
        if lifecycle || overruled {
            return reader.skip().map(drop).map_err(not_json);
        }
        let value = builder.member(position, reader)?;
        if Some(position) == model.version {
            given_version = value.and_then(|at| number(builder.out.text_from(at)));
        }
        Ok(())
    })
    .map_err(|error| error.within("item"))?;
    let now = stamp.value();
    for position in [model.created_at, model.updated_at].into_iter().flatten() {
        builder.stamp(position, &now, stamp.now.len());
    }
    let version = match (model.version, given_version) {
        (Some(_), Some(given)) => Some(given),
        (Some(position), None) => {
            let text = version.unwrap_or(0).to_string();
            builder.stamp(position, &format!("{{\"N\":\"{text}\"}}"), 2);
            Some(text)
        }
        (None, _) => None,
    };
    let bytes = builder.bytes;
    Ok(Item { json: builder.finish()?, version, bytes })
}

/// Visits the members of an item that the model knows; refuses others, and members given twice.
pub(super) fn visit<'r>(
    model: &Model,
    raw: Raw<'r>,
    mut visit: impl FnMut(usize, &mut Reader<'r>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = Reader::new(raw.get());
    if reader.kind().map_err(not_json)? != Kind::Object {
        return Err(Error::new(Code::InvalidCall, "`item` is an object"));
    }
    let mut seen = vec![false; model.attributes.len()];
    // Items often have their attributes in the order of the model.
    let mut expected = 0;
    let mut members = reader.object().map_err(not_json)?;
    while let Some(name) = members.next(&mut reader).map_err(not_json)? {
        let position = match model.attributes.get(expected) {
            Some(next) if name.is(&next.name) => expected,
            _ => find(model, name)?,
        };
        expected = position + 1;
        if std::mem::replace(&mut seen[position], true) {
            return Err(given_twice(&model.attributes[position].name));
        }
        if let Err(error) = visit(position, &mut reader) {
            return Err(error.within(&model.attributes[position].name));
        }
    }
    Ok(())
}

fn find(model: &Model, name: Text<'_>) -> Result<usize, Error> {
    let name = name.decode();
    match model.attribute(&name) {
        Some((position, _)) => Ok(position),
        None => Err(unknown_attribute(model, &name).within(&name)),
    }
}

#[cold]
fn given_twice(name: &str) -> Error {
    Error::new(Code::InvalidCall, format!("attribute `{name}` is given twice")).within(name)
}

struct Builder<'m> {
    model: &'m Model,
    /// `,"name":{"S":…}` for each attribute; the first comma becomes the brace.
    out: Buffer,
    bytes: usize,
    present: Vec<bool>,
}

impl<'m> Builder<'m> {
    fn new(model: &'m Model, length: usize) -> Self {
        let mut out = Buffer::default();
        // Types and quotes take some bytes for each value.
        out.reserve(length + length / 2 + 128);
        Builder { model, out, bytes: 0, present: vec![false; model.attributes.len()] }
    }

    /// Writes one attribute; gives the place of its DynamoDB JSON unless it was left out.
    fn member(&mut self, position: usize, reader: &mut Reader<'_>) -> Result<Option<usize>, Error> {
        let target = &self.model.attributes[position];
        let start = self.out.len();
        self.out.padded(&target.lead);
        let value = self.out.len();
        let is_key = self.model.is_key(position);
        let written = match attribute_into(reader, target, self.model.version_of_dms, &mut self.out) {
            Err(error) if is_key => return Err(mistyped_key(&target.name, error)),
            other => other?,
        };
        let null = self.out.has_at(value, NULL);
        if is_key {
            key::check(self.model, position, null, written.bytes)?;
        } else if written.empty && target.omit_empty {
            self.out.truncate(start);
            return Ok(None);
        } else {
            storable(target, null, written)?;
        }
        self.present[position] = true;
        self.bytes += target.name.len() + written.bytes;
        Ok(Some(value))
    }

    /// Writes a value that the library sets.
    fn stamp(&mut self, position: usize, value: &str, bytes: usize) {
        let target = &self.model.attributes[position];
        self.out.padded(&target.lead);
        self.out.push_str(value);
        self.present[position] = true;
        self.bytes += target.name.len() + bytes;
    }

    fn finish(mut self) -> Result<String, Error> {
        let model = self.model;
        for (position, attribute) in model.attributes.iter().enumerate() {
            if self.present[position] {
                continue;
            }
            if model.is_key(position) {
                return Err(key::missing(attribute).at("/item"));
            }
            if attribute.required {
                return Err(Error::new(Code::InvalidModel, format!("missing required attribute `{}`", attribute.name))
                    .at("/item"));
            }
        }
        if self.bytes > MAX_ITEM {
            return Err(Error::new(
                Code::ItemTooLarge,
                format!("item takes {} bytes, DynamoDB takes {MAX_ITEM}", self.bytes),
            )
            .at("/item"));
        }
        if self.out.is_empty() {
            self.out.byte(b',');
        }
        self.out.replace(0, b'{');
        self.out.byte(b'}');
        Ok(self.out.into_string())
    }
}

fn mistyped_key(name: &str, error: Error) -> Error {
    let mut invalid =
        Error::new(Code::InvalidPrimaryKey, format!("key attribute `{name}`: {}", error.details().message));
    invalid.details_mut().codes.insert(0, Code::InvalidModel);
    invalid
}

/// The digits of `{"N":"…"}`.
fn number(value: &str) -> Option<String> {
    value.strip_prefix("{\"N\":\"")?.strip_suffix("\"}").map(str::to_owned)
}
