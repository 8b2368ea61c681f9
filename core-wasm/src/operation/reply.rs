//! Response bodies.

use super::Context;
use crate::dms::Model;
use crate::error::{Code, Error, Outcome};
use crate::json::{Buffer, Fault, Kind, Layout, Reader};
use crate::value::Decoder;

/// Visits the members of a response; `ConsumedCapacity` is taken care of.
pub(super) fn members<'b>(
    context: &mut Context<'_>,
    body: &'b str,
    mut visit: impl FnMut(&str, &mut Reader<'b>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = Reader::new(body);
    let mut members = reader.object().map_err(garbled)?;
    while let Some(name) = members.next(&mut reader).map_err(garbled)? {
        match name.raw() {
            "ConsumedCapacity" => context.stats.consume(&mut reader).map_err(garbled)?,
            name => visit(name, &mut reader)?,
        }
    }
    reader.end().map_err(garbled)
}

/// Reads the item under `member` (`Item`, `Attributes`), plain; `None` when there is none.
pub(super) fn item(
    context: &mut Context<'_>,
    body: &str,
    member: &str,
    model: &Model,
    raw: bool,
) -> Result<Option<String>, Error> {
    let decoder = Decoder { model, numbers: context.client.settings().numbers, raw };
    let mut item = None;
    members(context, body, |name, reader| {
        if name != member || reader.kind().map_err(garbled)? == Kind::Null {
            return reader.skip().map(drop).map_err(garbled);
        }
        let mut out = Buffer::default();
        out.reserve(reader.left());
        decoder.item_of_many(reader, &mut Layout::default(), &[], &mut out).map_err(|error| error.within("item"))?;
        item = Some(out.into_string());
        Ok(())
    })?;
    Ok(item)
}

/// Reads a response that holds nothing but capacity.
pub(super) fn nothing(context: &mut Context<'_>, body: &str) -> Result<(), Error> {
    members(context, body, |_, reader| reader.skip().map(drop).map_err(garbled))
}

/// After a successful request: an answer that cannot be read does not undo it.
pub(super) fn garbled(fault: Fault) -> Error {
    let mut error =
        Error::new(Code::InvalidResponse, format!("the response is not the JSON that it should be: {}", fault.what));
    error.details_mut().outcome = Outcome::Unknown;
    error
}
