//! Texts as cursors.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::{Cursor, Key, Place, Segments, invalid};
use crate::error::Error;
use crate::json::{Fault, Kind, Reader};

/// With or without padding, but no stray bits at the end: they would be a second text for the same cursor.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes base64 in either alphabet.
pub fn base64(text: &str) -> Result<String, Error> {
    if text.is_empty() {
        return Err(invalid("cursor is empty").hint("leave `cursor` out to begin with the first page"));
    }
    let malformed = || invalid("cursor is malformed").hint("pass it on as the page before gave it");
    let url_safe: String = text
        .chars()
        .map(|character| match character {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    let bytes = TOLERANT.decode(url_safe).map_err(|_| malformed())?;
    String::from_utf8(bytes).map_err(|_| malformed())
}

/// The members of a cursor's JSON, as far as they are there. Others are ignored.
#[derive(Default)]
struct Members {
    last_key: Option<Key>,
    index: Option<String>,
    descending: Option<bool>,
    segments: Option<u32>,
    next: Option<u32>,
    open: Option<Vec<(u32, Option<Key>)>>,
}

/// Reads the JSON text of a cursor.
pub fn cursor(json: &str) -> Result<Cursor, Error> {
    let read = members(json).map_err(|error| match error {
        Trouble::Json(_) => invalid("cursor is malformed").hint("pass it on as the page before gave it"),
        Trouble::Error(error) => error,
    })?;
    let place = match (read.last_key, read.segments) {
        (Some(key), None) if !key.is_empty() => Place::After(key),
        (None, Some(total)) => {
            let (next, open) = (read.next.unwrap_or(0), read.open.unwrap_or_default());
            let sound = total > 0
                && next <= total
                && open
                    .iter()
                    .enumerate()
                    .all(|(at, (segment, _))| *segment < next && open[..at].iter().all(|(other, _)| other < segment));
            if !sound || (open.is_empty() && next == total) {
                return Err(invalid("cursor is malformed"));
            }
            Place::Segments(Segments { total, next, open })
        }
        _ => return Err(invalid("cursor has no key")),
    };
    Ok(Cursor { place, index: read.index, descending: read.descending })
}

enum Trouble {
    Json(#[allow(dead_code)] Fault),
    Error(Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Trouble::Json(fault)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Error(error)
    }
}

fn members(json: &str) -> Result<Members, Trouble> {
    let mut read = Members::default();
    let mut reader = Reader::new(json);
    let mut seen: Vec<String> = Vec::new();
    let mut members = reader.object()?;
    while let Some(name) = members.next(&mut reader)? {
        let name = name.decode().into_owned();
        match &*name {
            "lastKey" => read.last_key = Some(Key::read(&mut reader)?),
            "index" => read.index = Some(reader.string()?.decode().into_owned()).filter(|name| !name.is_empty()),
            "sort" => {
                read.descending = match &*reader.string()?.decode() {
                    "ASC" => Some(false),
                    "DESC" => Some(true),
                    _ => None,
                }
            }
            "segments" => read.segments = Some(whole(&mut reader)?),
            "next" => read.next = Some(whole(&mut reader)?),
            "open" => read.open = Some(open(&mut reader)?),
            _ => drop(reader.skip()?),
        }
        if seen.contains(&name) {
            return Err(invalid("cursor is malformed").into());
        }
        seen.push(name);
    }
    reader.end()?;
    Ok(read)
}

fn open(reader: &mut Reader<'_>) -> Result<Vec<(u32, Option<Key>)>, Trouble> {
    let mut open = Vec::new();
    let mut elements = reader.array()?;
    while elements.next(reader)? {
        let (mut segment, mut last) = (None, None);
        let mut members = reader.object()?;
        while let Some(name) = members.next(reader)? {
            match name.raw() {
                "segment" => segment = Some(whole(reader)?),
                "lastKey" => last = Some(Key::read(reader)?),
                _ => drop(reader.skip()?),
            }
        }
        let segment = segment.filter(|_| last.as_ref().is_none_or(|key: &Key| !key.is_empty()));
        open.push((segment.ok_or_else(|| invalid("cursor is malformed"))?, last));
    }
    Ok(open)
}

fn whole(reader: &mut Reader<'_>) -> Result<u32, Trouble> {
    let wrong = || Trouble::Error(invalid("cursor is malformed"));
    match reader.kind()? {
        Kind::Number => reader.number()?.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}
