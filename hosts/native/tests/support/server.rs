//! A server of a few lines, as friendly or hostile as a test wants it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A request as it was received.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Request line.
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Listens on a port of its own; each connection is handed to the test's function, in a thread.
pub struct Server {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    pub received: Arc<Mutex<Vec<Received>>>,
}

/// What a connection can do.
pub struct Peer<S = TcpStream> {
    pub stream: S,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    pub fn start(serve: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, received) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let server = Server { port, connections: connections.clone(), received: Arc::clone(&received) };
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (serve, received) = (serve.clone(), received.clone());
                std::thread::spawn(move || serve(Peer { stream: stream.unwrap(), received }));
            }
        });
        server
    }

    /// Answers every request with this, over kept-alive connections.
    pub fn answering(status: u16, head: &'static str, body: &'static str) -> Self {
        Server::start(move |mut peer| {
            while peer.request().is_some() {
                peer.answer(status, head, body);
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl<S: Read + Write> Peer<S> {
    /// The same peer inside another protocol.
    pub fn within<T: Read + Write>(self, wrap: impl FnOnce(S) -> T) -> Peer<T> {
        Peer { stream: wrap(self.stream), received: self.received }
    }

    /// Reads one request; `None` when the connection ends first.
    pub fn request(&mut self) -> Option<Received> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if self.stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let line = lines.next().unwrap().to_owned();
        let headers: Vec<_> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let mut received = Received { line, headers, body: String::new() };
        let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        received.body = String::from_utf8(body).unwrap();
        self.received.lock().unwrap().push(received.clone());
        Some(received)
    }

    pub fn answer(&mut self, status: u16, head: &str, body: &str) {
        self.write(&format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n{head}\r\n{body}", body.len()));
    }

    pub fn write(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
        let _ = self.stream.flush();
    }
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
