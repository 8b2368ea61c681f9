//! The other end of a connection, plain or over TLS, and its requests.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The longest request that is read.
const LONGEST: usize = 32 << 20;

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

/// The client's end.
pub struct Peer {
    stream: Stream,
    /// What came behind the last request.
    rest: Vec<u8>,
}

/// A whole request.
pub struct Request {
    /// The request line.
    pub line: String,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The values of a header.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Peer {
    /// A connection that was just accepted.
    pub fn new(tcp: TcpStream) -> io::Result<Peer> {
        tcp.set_nodelay(true)?;
        Ok(Peer { stream: Stream::Plain(tcp), rest: Vec::new() })
    }

    /// Speaks TLS from here on.
    pub fn secured(self, config: Arc<ServerConfig>) -> io::Result<Peer> {
        let Stream::Plain(tcp) = self.stream else { return Err(io::Error::other("TLS within TLS")) };
        let mut stream = StreamOwned::new(ServerConnection::new(config).map_err(io::Error::other)?, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Peer { stream: Stream::Tls(Box::new(stream)), rest: Vec::new() })
    }

    fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(stream) => &stream.sock,
        }
    }

    /// Reads a request to its end. `None`: the client closed the connection.
    pub fn request(&mut self) -> io::Result<Option<Request>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let (line, headers, start) = loop {
            if let Some(head) = head(&bytes)? {
                break head;
            }
            if !self.read_more(&mut bytes)? {
                return Ok(None);
            }
        };
        let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, text)| text.parse().ok());
        let end = start + length.unwrap_or(0);
        if end > LONGEST {
            return Err(io::Error::other("the request is too long"));
        }
        while bytes.len() < end {
            if !self.read_more(&mut bytes)? {
                return Ok(None);
            }
        }
        self.rest = bytes.split_off(end);
        Ok(Some(Request { line, headers, body: bytes.split_off(start) }))
    }

    /// Whether the client sent more than its request.
    pub fn has_more(&self) -> bool {
        !self.rest.is_empty()
    }

    fn read_more(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        let count = match &mut self.stream {
            Stream::Plain(tcp) => tcp.read(&mut buffer)?,
            Stream::Tls(stream) => stream.read(&mut buffer)?,
        };
        bytes.extend_from_slice(&buffer[..count]);
        Ok(count > 0)
    }

    /// Sends bytes, as one segment if they fit.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// Sends bytes one by one, with a pause after each.
    pub fn trickle(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        bytes.chunks(1).try_for_each(|byte| {
            self.send(byte)?;
            std::thread::sleep(pause);
            Ok(())
        })
    }

    /// Closes the connection in order.
    pub fn close(mut self) {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        self.cut();
    }

    /// Closes the connection without a word of TLS about it.
    pub fn cut(self) {
        let _ = self.tcp().shutdown(Shutdown::Both);
    }

    /// Resets the connection.
    pub fn reset(self) {
        let _ = socket2::SockRef::from(self.tcp()).set_linger(Some(Duration::ZERO));
    }

    /// Waits until the client closes the connection, or a minute.
    pub fn until_closed(&mut self) {
        let _ = self.tcp().set_read_timeout(Some(Duration::from_secs(60)));
        let mut bytes = Vec::new();
        while matches!(self.read_more(&mut bytes), Ok(true)) {
            bytes.clear();
        }
    }
}

/// The request line, the header lines, and where the body begins.
type Head = (String, Vec<(String, String)>, usize);

fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut places = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut places);
    let parsed = request.parse(bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let httparse::Status::Complete(start) = parsed else { return Ok(None) };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = request.headers.iter().map(|header| (header.name.to_ascii_lowercase(), text(header.value))).collect();
    let first = bytes.iter().position(|byte| *byte == b'\r').unwrap_or(start);
    Ok(Some((text(&bytes[..first]), headers, start)))
}
