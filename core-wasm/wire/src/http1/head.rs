//! The head of a reply: where it ends, what it says of the body and of the connection.

use std::mem::MaybeUninit;

use httparse::{Error, Header, ParserConfig, Response, Status};
use memchr::memchr;

use super::{Body, Chunked, Fault, MAX_BODY, MAX_HEAD, MAX_HEADERS};

pub(super) const TOO_LONG: Fault = Fault("the head of the reply is too long");
pub(super) const BODY_TOO_LONG: Fault = Fault("the body of the reply is too long");
const NOT_HTTP: Fault = Fault("the reply is not HTTP/1.1");

/// How the end of a body is found.
#[derive(Debug)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(usize),
    Chunked(Chunked),
    /// Where the connection ends.
    Close,
}

/// Whether an empty line, which ends a head, is in what came since `searched`. Moves `searched` forward, so that no byte is looked
/// at again but the last two.
pub(super) fn ends(bytes: &[u8], searched: &mut usize) -> bool {
    // The two bytes before may be the first of the three that end a head.
    let mut from = searched.saturating_sub(2);
    while let Some(at) = memchr(b'\n', &bytes[from..]) {
        from += at + 1;
        if matches!(&bytes[from..], [b'\n', ..] | [b'\r', b'\n', ..]) {
            return true;
        }
    }
    *searched = bytes.len();
    false
}

/// Refuses at once what cannot become a reply, so that no time-out is needed to find out that this is another protocol.
pub(super) fn opening(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.iter().zip(b"HTTP/1.").all(|(given, expected)| given == expected) { Ok(()) } else { Err(NOT_HTTP) }
}

/// Reads the head that begins at `start`. `None`: it is not complete.
pub(super) fn read(bytes: &[u8], start: usize) -> Result<Option<Body>, Fault> {
    // One byte more than is allowed tells a head that is too long from one that is not complete.
    let text = &bytes[start..bytes.len().min(MAX_HEAD + 1).max(start)];
    // The parser skips empty lines; nothing sends any before a reply.
    opening(text)?;
    let mut places = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
    let mut reply = Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut reply, text, &mut places);
    let length = match parsed {
        Ok(Status::Complete(length)) if start + length <= MAX_HEAD => length,
        Ok(Status::Partial) if start + text.len() <= MAX_HEAD => return Ok(None),
        Ok(_) => return Err(TOO_LONG),
        Err(error) => return Err(fault(error)),
    };
    let status = reply.code.filter(|status| *status >= 100).ok_or(NOT_HTTP)?;
    let mut body = Body {
        status,
        keep: false,
        head: lines(text, start, length),
        start: start + length,
        framing: Framing::Length(0),
    };
    if status >= 200 {
        let said = Said::of(reply.headers)?;
        body.keep = reply.version == Some(1) && !said.close;
        body.framing = said.framing(status, reply.version)?;
        body.keep &= !matches!(body.framing, Framing::Close);
    }
    Ok(Some(body))
}

/// The header lines of a head: between its first line and its last.
fn lines(text: &[u8], start: usize, length: usize) -> std::ops::Range<usize> {
    let first = memchr(b'\n', text).map_or(length, |at| at + 1);
    let last = if text[..length].ends_with(b"\r\n") { 2 } else { 1 };
    start + first..start + (length - last).max(first)
}

fn fault(error: Error) -> Fault {
    match error {
        Error::TooManyHeaders => Fault("the reply has too many header lines"),
        Error::HeaderName | Error::HeaderValue | Error::NewLine => Fault("the reply has a malformed header line"),
        _ => NOT_HTTP,
    }
}

/// What the header lines say of body and connection.
#[derive(Default)]
struct Said {
    length: Option<u64>,
    chunked: bool,
    close: bool,
}

impl Said {
    fn of(headers: &[Header<'_>]) -> Result<Said, Fault> {
        let mut said = Said::default();
        for header in headers {
            // The length decides for nearly all of them.
            match header.name.len() {
                14 if header.name.eq_ignore_ascii_case("content-length") => said.take_length(header.value)?,
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => said.take_encoding(header.value)?,
                10 if header.name.eq_ignore_ascii_case("connection") => {
                    said.close |= elements(header.value).any(|element| element.eq_ignore_ascii_case(b"close"));
                }
                _ => {}
            }
        }
        Ok(said)
    }

    /// Lengths that are all the same are one length, whether in several lines or in one list.
    fn take_length(&mut self, value: &[u8]) -> Result<(), Fault> {
        for element in elements(value) {
            let length = number(element).ok_or(Fault("the reply has a `content-length` that is not a number"))?;
            if self.length.is_some_and(|before| before != length) {
                return Err(Fault("the reply has two different `content-length`s"));
            }
            self.length = Some(length);
        }
        Ok(())
    }

    /// Nothing but `chunked` was asked for.
    fn take_encoding(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
            return Err(Fault("the reply has a transfer encoding other than `chunked`"));
        }
        self.chunked = true;
        Ok(())
    }

    fn framing(&self, status: u16, version: Option<u8>) -> Result<Framing, Fault> {
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Fault("the reply has both `content-length` and `transfer-encoding`")),
            (true, None) if version != Some(1) => Err(Fault("the reply is chunked and not HTTP/1.1")),
            _ if status == 204 || status == 304 => Ok(Framing::Length(0)),
            (true, None) => Ok(Framing::Chunked(Chunked::default())),
            (false, None) => Ok(Framing::Close),
            (false, Some(length)) => match usize::try_from(length) {
                Ok(length) if length <= MAX_BODY => Ok(Framing::Length(length)),
                _ => Err(BODY_TOO_LONG),
            },
        }
    }
}

fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// A number of digits alone. One that is too large for 64 bits is as long as can be.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}
