//! `changes` of an update: an item before and after, and from them what is to be set and removed.

use super::item;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::Update;
use crate::json::{Kind, Raw, Reader, members};
use crate::value::{Written, attribute, is_null, not_json, same_value, storable};

members! {
    /// `changes` of a call.
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
    pub struct Changes<'a> {
        /// The item as it was read; null or left out: nothing is known of it, so all of `to` is set.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        from: Option<Raw<'a>>,
        /// The item as it is to be.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Object"))]
        pub(super) to: Raw<'a>,
    }
}

impl Changes<'_> {
    /// Refuses what is no item.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, item) in [("from", self.from), ("to", Some(self.to))] {
            let Some(item) = item else { continue };
            if Reader::new(item.get()).kind().map_err(not_json)? != Kind::Object {
                let error = Error::new(Code::InvalidCall, format!("`{name}` is an object"));
                return Err(error.within(name).within("changes"));
            }
        }
        Ok(())
    }

    /// Adds to the update what is different: attributes with another value are set, attributes that are gone are removed.
    /// Values are compared as they would be stored. Keys must be the same; what the library keeps by itself is passed over.
    pub(super) fn add_to(&self, model: &Model, update: &mut Update<'_>) -> Result<(), Error> {
        let mut before = self.before(model)?;
        let lifecycle = [model.created_at, model.updated_at, model.version];
        item::visit(model, self.to, |position, reader| {
            if lifecycle.contains(&Some(position)) {
                return reader.skip().map(drop).map_err(not_json);
            }
            let Some((value, written)) = stored(model, position, reader)? else { return Ok(()) };
            match before[position].take() {
                Some(before) if same_value(&before, &value) => Ok(()),
                // An item that was read in part may lack its key.
                None if model.is_key(position) => Ok(()),
                _ => {
                    storable(&model.attributes[position], is_null(&value), written)?;
                    update.change(position, Some(value))
                }
            }
        })
        .map_err(|error| error.within("to").within("changes"))?;
        for (position, before) in before.iter().enumerate() {
            if before.is_some() && !lifecycle.contains(&Some(position)) {
                // A key that is not in `to` is that of the call.
                if !model.is_key(position) {
                    update.change(position, None).map_err(|error| error.within("to").within("changes"))?;
                }
            }
        }
        Ok(())
    }

    /// What is stored of the item before, by position. What the model does not know, or would not write, may have been
    /// written by others: it counts as different, not as wrong.
    fn before(&self, model: &Model) -> Result<Vec<Option<String>>, Error> {
        let mut before = vec![None; model.attributes.len()];
        let Some(from) = self.from else { return Ok(before) };
        let wrong = |error: Error| error.within("from").within("changes");
        let mut reader = Reader::new(from.get());
        let mut members = reader.object().map_err(not_json).map_err(wrong)?;
        while let Some(name) = members.next(&mut reader).map_err(not_json).map_err(wrong)? {
            if let Some((position, _)) = model.attribute(&name.decode()) {
                let mut ahead = reader;
                before[position] = match stored(model, position, &mut ahead) {
                    Ok(stored) => stored.map(|(value, _)| value),
                    Err(_) => Some(String::new()),
                };
            }
            reader.skip().map_err(not_json).map_err(wrong)?;
        }
        Ok(before)
    }
}

/// The next value as it would be stored; nothing when it would be left out.
fn stored(model: &Model, position: usize, reader: &mut Reader<'_>) -> Result<Option<(String, Written)>, Error> {
    let target = &model.attributes[position];
    let mut value = String::new();
    let written = attribute(reader, target, model.version_of_dms, &mut value)?;
    let left_out = written.empty && target.omit_empty && !model.is_key(position);
    Ok((!left_out).then_some((value, written)))
}
