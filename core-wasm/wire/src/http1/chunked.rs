//! Bodies in chunks, put together in place.

use httparse::{Status, parse_chunk_size};
use memchr::memchr;

use super::head::BODY_TOO_LONG;
use super::{Fault, MAX_BODY, MAX_HEAD};

/// The longest line with the size of a chunk. Its extensions mean nothing here.
const MAX_SIZE_LINE: usize = 1024;
/// What ends a body after the data of its last chunk, at least.
const SHORTEST_END: usize = b"0\r\n\r\n".len();
const BAD_SIZE: Fault = Fault("the reply has a malformed chunk size");

/// How far a chunked body has been put together.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    /// How much of the body is complete, counted from its start.
    decoded: usize,
    /// Bytes of trailers that have been skipped.
    trailers: usize,
    /// No line ends among so many bytes behind what is complete.
    searched: usize,
    part: Part,
}

#[derive(Clone, Copy, Debug, Default)]
enum Part {
    #[default]
    Size,
    /// So much of the data of a chunk is missing.
    Data(usize),
    /// The line end behind the data.
    DataEnd,
    Trailer,
}

pub(super) enum Found {
    /// The body ends at `body`. `extra`: bytes came after the reply.
    End { body: usize, extra: bool },
    /// At least so many bytes are missing; 0 when that is not known.
    Missing(usize),
}

impl Chunked {
    /// Takes the framing out of what came behind the decoded part of the body, which begins at `start`. Only an incomplete
    /// line stays behind it. Every byte of data is moved once.
    pub(super) fn decode(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<Found, Fault> {
        let mut read = start + self.decoded;
        let missing = loop {
            match self.part {
                Part::Data(missing) => {
                    let here = missing.min(bytes.len() - read);
                    bytes.copy_within(read..read + here, start + self.decoded);
                    self.decoded += here;
                    read += here;
                    if here < missing {
                        self.part = Part::Data(missing - here);
                        break missing - here + b"\r\n".len() + SHORTEST_END;
                    }
                    self.part = Part::DataEnd;
                }
                Part::DataEnd => match bytes[read..] {
                    [b'\r', b'\n', ..] => {
                        read += 2;
                        self.part = Part::Size;
                    }
                    [] => break b"\r\n".len() + SHORTEST_END,
                    [b'\r'] => break b"\n".len() + SHORTEST_END,
                    _ => return Err(Fault("the reply has a chunk that is longer than its size")),
                },
                Part::Size => {
                    let Some(line) = self.line(&bytes[read..], MAX_SIZE_LINE)? else { break 0 };
                    let size = size(&bytes[read..read + line])?;
                    read += line;
                    if size > MAX_BODY - self.decoded {
                        return Err(BODY_TOO_LONG);
                    }
                    self.part = if size == 0 { Part::Trailer } else { Part::Data(size) };
                }
                Part::Trailer => {
                    let Some(line) = self.line(&bytes[read..], MAX_HEAD - self.trailers)? else { break 0 };
                    let last = matches!(bytes[read..read + line], [b'\n'] | [b'\r', b'\n']);
                    read += line;
                    self.trailers += line;
                    if last {
                        let extra = read < bytes.len();
                        bytes.truncate(start + self.decoded);
                        return Ok(Found::End { body: start + self.decoded, extra });
                    }
                }
            }
        };
        let kept = bytes.len() - read;
        bytes.copy_within(read.., start + self.decoded);
        bytes.truncate(start + self.decoded + kept);
        Ok(Found::Missing(missing))
    }

    /// The length of the line at the beginning of `bytes`, with its end. `None`: it is not complete.
    fn line(&mut self, bytes: &[u8], longest: usize) -> Result<Option<usize>, Fault> {
        let found = memchr(b'\n', &bytes[self.searched..]).map(|at| self.searched + at + 1);
        self.searched = if found.is_some() { 0 } else { bytes.len() };
        if found.unwrap_or(bytes.len()) > longest {
            return Err(Fault("the reply has a chunk line or trailer that is too long"));
        }
        Ok(found)
    }
}

/// The size in a line that ends with LF.
fn size(line: &[u8]) -> Result<usize, Fault> {
    // The parser takes a line without a digit for 0, and a bare LF for part of an extension.
    if !line.first().is_some_and(u8::is_ascii_hexdigit) || !line.ends_with(b"\r\n") {
        return Err(BAD_SIZE);
    }
    match parse_chunk_size(line) {
        Ok(Status::Complete((_, size))) => Ok(usize::try_from(size).unwrap_or(usize::MAX)),
        _ => Err(BAD_SIZE),
    }
}
