//! HTTP/1.1 over a connection that the host opens: the whole request as one text, the reply from bytes as they come.
//!
//! One request at a time and no pipelining, so a reply is everything from the first byte that follows the request. What is
//! doubtful is refused: a reply that two readers could understand differently is worth nothing.

use std::fmt;
use std::ops::Range;

use super::Endpoint;

mod chunked;
mod head;
#[cfg(test)]
mod tests;

use chunked::Chunked;
use head::Framing;

/// The longest head that is read, interim replies before it included. DynamoDB sends about 300 bytes.
pub const MAX_HEAD: usize = 64 * 1024;
/// The most header lines.
pub const MAX_HEADERS: usize = 100;
/// The longest body that is read. DynamoDB's longest is a batch of 16 MB, which JSON makes longer.
pub const MAX_BODY: usize = 64 * 1024 * 1024;
/// The most interim (1xx) replies before the final one.
pub const MAX_INTERIM: u8 = 8;
/// The most that is reserved on the word of a header alone.
const RESERVED: usize = 1024 * 1024;

/// The whole message of a request: POST to `endpoint` with the header lines `head` (each ended by CR LF) and `body`.
///
/// `host` and `content-length` are added.
pub fn message(endpoint: &Endpoint, head: &str, body: &str) -> String {
    let mut digits = [0; 20];
    let length = decimal(body.len(), &mut digits);
    let parts = [
        "POST ",
        endpoint.path(),
        " HTTP/1.1\r\nhost: ",
        endpoint.host(),
        "\r\n",
        head,
        "content-length: ",
        length,
        "\r\n\r\n",
        body,
    ];
    parts.concat()
}

/// The digits of a number, without an allocation.
fn decimal(mut number: usize, digits: &mut [u8; 20]) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return str::from_utf8(&digits[at..]).unwrap_or_default();
        }
    }
}

/// Why a reply cannot be used. Whatever else comes on its connection means nothing: close it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(pub &'static str);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Fault {}

/// How far a reply has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// At least so many bytes are missing; 0 when that is not known.
    More(u32),
    /// All of it is here.
    Whole(Answer),
}

/// A complete reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, 200 to 999.
    pub status: u16,
    /// Whether the connection may serve another request.
    pub keep: bool,
    bytes: Vec<u8>,
    head: Range<usize>,
    body: Range<usize>,
}

impl Answer {
    /// The header lines as they came, each with its end, without the status line and the empty line.
    pub fn head(&self) -> &[u8] {
        &self.bytes[self.head.clone()]
    }

    /// The body, without the framing of chunks.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body.clone()]
    }
}

/// Reads one reply to one request from the bytes of a connection.
#[derive(Debug, Default)]
pub struct Reading {
    /// Everything that came, but for the framing of chunks.
    bytes: Vec<u8>,
    /// Where the head begins: behind interim replies.
    start: usize,
    /// No head ends before here. Not 0 once a try to read the head found it incomplete.
    searched: usize,
    interim: u8,
    stage: Stage,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Head,
    Body(Body),
    /// Given out, or at fault.
    Over,
}

/// What the head said, and how much of the body is known.
#[derive(Debug)]
struct Body {
    status: u16,
    keep: bool,
    head: Range<usize>,
    /// Where the body begins.
    start: usize,
    framing: Framing,
}

impl Reading {
    /// Takes in bytes as they came from the connection. The first are taken over as they are: a reply that comes in one
    /// piece is never copied.
    ///
    /// # Errors
    /// [`Fault`]: this is no reply, or one that cannot be relied on, or it was complete before.
    pub fn received(&mut self, bytes: Vec<u8>) -> Result<Progress, Fault> {
        if self.bytes.is_empty() {
            self.bytes = bytes;
        } else {
            self.bytes.extend_from_slice(&bytes);
        }
        let progress = self.advance();
        if !matches!(progress, Ok(Progress::More(_))) {
            self.stage = Stage::Over;
        }
        progress
    }

    /// The other side closed the connection: that completes a body whose length was not announced.
    ///
    /// # Errors
    /// [`Fault`]: the reply is cut off, or was complete before.
    pub fn ended(&mut self) -> Result<Progress, Fault> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Head if self.bytes.is_empty() => Err(Fault("the connection was closed without a reply")),
            Stage::Head => Err(Fault("the connection was closed within the head of the reply")),
            Stage::Body(body) if matches!(body.framing, Framing::Close) => {
                let end = self.bytes.len();
                Ok(self.whole(body, end))
            }
            Stage::Body(_) => Err(Fault("the connection was closed within the body of the reply")),
            Stage::Over => Err(OVER),
        }
    }

    /// Whether any byte of the reply was seen.
    pub fn started(&self) -> bool {
        !self.bytes.is_empty() || !matches!(self.stage, Stage::Head)
    }

    fn advance(&mut self) -> Result<Progress, Fault> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Head if !self.read_head()? => {
                    self.stage = Stage::Head;
                    return Ok(Progress::More(0));
                }
                // The head of an interim or of the final reply has been read: on with the stage that follows.
                Stage::Head => {}
                Stage::Body(body) => return self.read_body(body),
                Stage::Over => return Err(OVER),
            }
        }
    }

    /// Reads one head. `false`: it is not complete.
    fn read_head(&mut self) -> Result<bool, Fault> {
        // A head that did not come in one piece is not read again before its end has been seen.
        if self.searched > 0 && !head::ends(&self.bytes, &mut self.searched) {
            if self.bytes.len() > MAX_HEAD {
                return Err(head::TOO_LONG);
            }
            return head::opening(&self.bytes[self.start..]).map(|()| false);
        }
        let Some(found) = head::read(&self.bytes, self.start)? else {
            self.searched = self.bytes.len();
            return Ok(false);
        };
        self.searched = 0;
        if found.status >= 200 {
            self.stage = Stage::Body(found);
            return Ok(true);
        }
        if found.status == 101 {
            return Err(Fault("the reply changes the protocol"));
        }
        self.interim += 1;
        if self.interim > MAX_INTERIM {
            return Err(Fault("the reply has too many interim replies before it"));
        }
        self.start = found.start;
        self.stage = Stage::Head;
        Ok(true)
    }

    fn read_body(&mut self, mut body: Body) -> Result<Progress, Fault> {
        let missing = match &mut body.framing {
            Framing::Length(length) => match body.start + *length {
                end if end <= self.bytes.len() => return Ok(self.whole(body, end)),
                end => end - self.bytes.len(),
            },
            Framing::Chunked(chunks) => match chunks.decode(&mut self.bytes, body.start)? {
                chunked::Found::End { body: end, extra } => {
                    body.keep &= !extra;
                    return Ok(self.whole(body, end));
                }
                chunked::Found::Missing(bytes) => bytes,
            },
            Framing::Close if self.bytes.len() - body.start > MAX_BODY => return Err(head::BODY_TOO_LONG),
            Framing::Close => 0,
        };
        self.bytes.reserve(missing.min(RESERVED));
        self.stage = Stage::Body(body);
        Ok(Progress::More(u32::try_from(missing).unwrap_or(u32::MAX)))
    }

    fn whole(&mut self, body: Body, end: usize) -> Progress {
        let bytes = std::mem::take(&mut self.bytes);
        let keep = body.keep && end == bytes.len();
        Progress::Whole(Answer { status: body.status, keep, bytes, head: body.head, body: body.start..end })
    }
}

const OVER: Fault = Fault("more came after the reply");
