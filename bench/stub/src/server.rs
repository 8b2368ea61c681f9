//! The event loop: one read and one write per exchange, replies sent from where they lie.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use serde_json::json;

use crate::canned::{Reply, body, now, refusal};
use crate::floor::requests;
use crate::request::{Head, head, request};
use crate::verify::verify;

const LISTENER: Token = Token(usize::MAX);
const FIRST_BUFFER: usize = 64 * 1024;

/// One connection. A client sends its next request when it has the whole reply, so there is one reply at a time.
struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    filled: usize,
    /// What is being sent, and how much of it has been.
    sending: Option<(usize, usize)>,
}

#[derive(Default)]
struct Counts {
    requests: u64,
    connections: u64,
    unsigned: u64,
    refused: u64,
    /// By action and table.
    kinds: BTreeMap<String, u64>,
}

/// Everything that answers: the replies, how to find them, and what has been counted.
#[derive(Default)]
struct Desk {
    replies: Vec<Reply>,
    /// What chooses a reply, as text, to its place in `replies` and its name in the counts.
    known: HashMap<String, (usize, String)>,
    name: String,
    counts: Counts,
    verifying: bool,
    port: u16,
}

/// The server: one thread for all connections.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    desk: Desk,
    delay: Duration,
    delayed: VecDeque<(Instant, usize)>,
}

impl Server {
    /// Listens on loopback; port 0 takes any. Replies leave `delay` after their requests came.
    pub fn bind(port: u16, delay: Duration) -> std::io::Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let desk = Desk { port: listener.local_addr()?.port(), ..Desk::default() };
        Ok(Self { poll, listener, connections: Vec::new(), free: Vec::new(), desk, delay, delayed: VecDeque::new() })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.desk.port
    }

    /// Serves until the process ends.
    pub fn run(&mut self) -> std::io::Result<()> {
        let mut events = Events::with_capacity(256);
        loop {
            // The kernel counts in milliseconds here, so shorter delays are waited for awake.
            let timeout = self.delayed.front().map(|(due, _)| {
                let left = due.saturating_duration_since(Instant::now());
                if left < Duration::from_millis(2) { Duration::ZERO } else { left - Duration::from_millis(1) }
            });
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(index) => self.serve(index, event.is_readable(), event.is_writable()),
                }
            }
            while self.delayed.front().is_some_and(|(due, _)| *due <= Instant::now()) {
                let (_, index) = self.delayed.pop_front().expect("there is a first one");
                self.serve(index, false, true);
            }
        }
    }

    fn accept(&mut self) -> std::io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let index = self.free.pop().unwrap_or(self.connections.len());
            self.poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
            let connection = Connection { stream, received: vec![0; FIRST_BUFFER], filled: 0, sending: None };
            if index == self.connections.len() {
                self.connections.push(Some(connection));
            } else {
                self.connections[index] = Some(connection);
            }
            self.desk.counts.connections += 1;
        }
    }

    /// Reads and writes as far as it goes; forgets the connection when it has ended.
    fn serve(&mut self, index: usize, readable: bool, writable: bool) {
        let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) else { return };
        let waiting = connection.sending.is_some_and(|(_, sent)| sent == 0)
            && self.delayed.iter().any(|(_, other)| *other == index);
        let mut open = !writable || waiting || connection.send(&mut self.desk.replies).is_ok();
        if open && readable {
            open = connection.receive(&mut self.desk).is_ok_and(|answered| {
                if !answered {
                    true
                } else if self.delay.is_zero() {
                    connection.send(&mut self.desk.replies).is_ok()
                } else {
                    self.delayed.push_back((Instant::now() + self.delay, index));
                    true
                }
            });
        }
        if !open && let Some(mut ended) = self.connections[index].take() {
            self.poll.registry().deregister(&mut ended.stream).ok();
            self.delayed.retain(|(_, other)| *other != index);
            self.free.push(index);
        }
    }
}

impl Connection {
    /// Reads until there is a whole request (then true) or nothing more to read. An error means that the connection has ended.
    fn receive(&mut self, desk: &mut Desk) -> Result<bool, ()> {
        loop {
            if self.filled == self.received.len() {
                self.received.resize(self.filled * 2, 0);
            }
            let room = self.received.len() - self.filled;
            match self.stream.read(&mut self.received[self.filled..]) {
                Ok(0) => return Err(()),
                Ok(read) => {
                    self.filled += read;
                    if let Some(reply) = self.answer(desk) {
                        self.sending = Some((reply, 0));
                        return Ok(true);
                    }
                    // Edge-triggered: a read that leaves room has emptied the socket, and what comes later is a new event.
                    if read < room {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(()),
            }
        }
    }

    /// The reply to the request that has been received, once it is whole.
    fn answer(&mut self, desk: &mut Desk) -> Option<usize> {
        let received = &self.received[..self.filled];
        let reply = match head(received) {
            Err(message) => desk.refuse(&message),
            Ok(None) => return None,
            Ok(Some(head)) if received.len() < head.head + head.body => return None,
            Ok(Some(head)) => desk.reply(&head, &received[head.head..head.head + head.body]),
        };
        self.filled = 0;
        Some(reply)
    }

    fn send(&mut self, replies: &mut [Reply]) -> std::io::Result<()> {
        while let Some((reply, sent)) = self.sending {
            let bytes = &replies[reply].bytes;
            match self.stream.write(&bytes[sent..]) {
                Ok(written) if sent + written == bytes.len() => self.sending = None,
                Ok(written) => self.sending = Some((reply, sent + written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Desk {
    fn reply(&mut self, head: &Head<'_>, content: &[u8]) -> usize {
        if head.method == "GET" {
            return self.control(head.path);
        }
        let request = request(head.action, content);
        self.counts.requests += 1;
        self.counts.unsigned += u64::from(!head.signed);
        if self.verifying
            && let Err(message) = verify(&request, content)
        {
            return self.refuse(&format!("{} {}: {message}", request.action, request.table));
        }
        self.name.clear();
        for part in
            [request.action, request.table, request.return_values, if request.wants_capacity { "1" } else { "0" }]
        {
            self.name.push_str(part);
            self.name.push(' ');
        }
        if request.keys > 0 {
            let _ = write!(self.name, "{}", request.keys);
        }
        if !self.known.contains_key(&self.name) {
            let body = match body(&request) {
                Ok(body) => body,
                Err(message) => return self.refuse(&message),
            };
            let place = self.keep(Reply::new("200 OK", &body));
            self.known.insert(self.name.clone(), (place, format!("{} {}", request.action, request.table)));
        }
        let (place, kind) = &self.known[&self.name];
        match self.counts.kinds.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                self.counts.kinds.insert(kind.clone(), 1);
            }
        }
        self.replies[*place].stamp(now());
        *place
    }

    fn control(&mut self, path: &str) -> usize {
        if path == "/floor" {
            let requests = requests(self.port).to_string();
            return self.once(Reply::new("200 OK", requests.as_bytes()));
        }
        if let Some(switch) = path.strip_prefix("/verify/") {
            self.verifying = switch == "on";
        }
        let Counts { requests, connections, unsigned, refused, kinds } = &self.counts;
        let counts = json!({ "requests": requests, "connections": connections, "unsigned": unsigned, "refused": refused,
            "kinds": kinds, "verifying": self.verifying });
        self.once(Reply::new("200 OK", counts.to_string().as_bytes()))
    }

    fn refuse(&mut self, message: &str) -> usize {
        eprintln!("stub: {message}");
        self.counts.refused += 1;
        self.once(refusal(message))
    }

    /// Place 0 is for replies that are not sent again; control connections take turns.
    fn once(&mut self, reply: Reply) -> usize {
        match self.replies.first_mut() {
            Some(place) => *place = reply,
            None => self.replies.push(reply),
        }
        0
    }

    fn keep(&mut self, reply: Reply) -> usize {
        if self.replies.is_empty() {
            self.replies.push(Reply::new("200 OK", b""));
        }
        self.replies.push(reply);
        self.replies.len() - 1
    }
}
