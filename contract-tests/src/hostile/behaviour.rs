//! The ways to misbehave.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::peer::Peer;
use super::reply::Reply;

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It serves further requests.
    Keep,
    /// It stays open, but a client that uses it again does wrong.
    Spoiled,
    /// It is closed in order.
    Close,
    /// It is closed, over TLS without saying so.
    Cut,
    /// It is reset.
    Reset,
}

/// What is to be done, and the number behind its name (`late:200`).
pub struct Play<'a> {
    /// The client's end.
    pub peer: &'a mut Peer,
    /// The reply that a well-behaved server gives.
    pub reply: Reply,
    /// The number behind the name.
    pub number: Option<u64>,
}

/// One way to behave.
pub struct Behaviour {
    /// Its name in a key value.
    pub name: &'static str,
    /// What it does; for the list in the documentation.
    pub about: &'static str,
    act: fn(&mut Play<'_>) -> io::Result<After>,
}

/// Does what `name` says. `None`: it is no behaviour.
pub fn act(name: &str, play: &mut Play<'_>) -> Option<io::Result<After>> {
    let behaviour = TABLE.iter().find(|behaviour| behaviour.name == name)?;
    Some((behaviour.act)(play))
}

/// The length of the stored note that a behaviour asks for (`good:5000`).
pub fn note_size(name: &str, number: Option<u64>) -> usize {
    let sized = ["good", "chunked", "close_delimited"].contains(&name);
    number.filter(|_| sized).and_then(|number| usize::try_from(number).ok()).unwrap_or(5).min(1 << 20)
}

const fn way(name: &'static str, about: &'static str, act: fn(&mut Play<'_>) -> io::Result<After>) -> Behaviour {
    Behaviour { name, about, act }
}

/// All ways to behave.
#[rustfmt::skip]
pub const TABLE: &[Behaviour] = &[
    way("good", "the whole reply at once; `good:5000` with a note of 5000 characters", |play| play.send(After::Keep, |reply| reply.sized(""))),
    way("unavailable", "503, and the connection is kept", |play| { play.reply = Reply::unavailable(); play.send(After::Keep, |reply| reply.sized("")) }),
    way("split_head", "every byte of the head by itself", |play| play.split(|reply| reply.opening("").len() + 20)),
    way("split", "every byte by itself", |play| play.split(|_| usize::MAX)),
    way("late", "the whole reply after so many milliseconds", |play| { play.wait(200); play.send(After::Keep, |reply| reply.sized("")) }),
    way("trickle", "a byte every 50 ms", |play| play.trickle(0)),
    way("trickle_body", "the head at once, of the body a byte every 50 ms", |play| play.trickle(play.reply.sized("").len() - play.reply.body.len())),
    way("silent", "nothing ever", |play| { play.peer.until_closed(); Ok(After::Close) }),
    way("chunked", "chunks of odd sizes, with extensions and trailers", |play| play.send(After::Keep, chunked)),
    way("chunked_split", "the same, every byte by itself", |play| { let reply = chunked(&play.reply); play.slowly(&reply).map(|()| After::Keep) }),
    way("chunked_cut", "chunks without the last one, then closed", |play| play.send(After::Cut, |reply| chunked(reply).split_once("0;last").map(|parts| parts.0.to_owned()).unwrap_or_default())),
    way("close_delimited", "no length, then closed", |play| play.send(After::Close, |reply| reply.opening("") + &reply.body)),
    way("close_delimited_cut", "no length, half the body, then closed without a word of TLS about it", |play| play.send(After::Cut, |reply| reply.opening("") + half(&reply.body))),
    way("http_1_0", "a reply of HTTP/1.0, and the connection stays open", |play| play.send(After::Spoiled, |reply| reply.sized("").replacen("HTTP/1.1", "HTTP/1.0", 1))),
    way("interim", "100 and 103 before the reply", |play| play.send(After::Keep, |reply| format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{}", reply.sized("")))),
    way("many_interim", "a hundred interim replies before the reply", |play| play.send(After::Spoiled, |reply| "HTTP/1.1 102 Processing\r\n\r\n".repeat(100) + &reply.sized(""))),
    way("switch", "101", |play| play.send(After::Spoiled, |_| "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n".into())),
    way("connection_close", "says `Connection: close`, and closes", |play| play.send(After::Close, |reply| reply.sized("Connection: close\r\n"))),
    way("connection_close_open", "says `Connection: close`, and stays open", |play| play.send(After::Spoiled, |reply| reply.sized("Connection: close\r\n"))),
    way("close_after", "a good reply, then closed (after so many milliseconds)", |play| { play.send(After::Keep, |reply| reply.sized(""))?; play.wait(0); Ok(After::Close) }),
    way("reset_after", "a good reply, then reset (after so many milliseconds)", |play| { play.send(After::Keep, |reply| reply.sized(""))?; play.wait(10); Ok(After::Reset) }),
    way("close_unanswered", "closed without a byte of a reply", |_| Ok(After::Close)),
    way("reset_unanswered", "reset without a byte of a reply", |_| Ok(After::Reset)),
    way("half_head", "closed within the head", |play| play.send(After::Close, |reply| half(&reply.opening("")).to_owned())),
    way("half_body", "closed within the body", |play| play.send(After::Close, cut_off)),
    way("reset_head", "reset within the head", |play| { play.send(After::Keep, |reply| half(&reply.opening("")).to_owned())?; play.wait(20); Ok(After::Reset) }),
    way("reset_body", "reset within the body", |play| { play.send(After::Keep, cut_off)?; play.wait(20); Ok(After::Reset) }),
    way("long_head", "a head of 70 KB", |play| play.send(After::Spoiled, |reply| reply.sized(&format!("x-filler: {}\r\n", "x".repeat(1000)).repeat(70)))),
    way("endless_head", "a head without an end", |play| play.endless("HTTP/1.1 200 OK\r\n", &"x-filler: x\r\n".repeat(100))),
    way("many_headers", "150 header lines", |play| play.send(After::Spoiled, |reply| reply.sized(&"x: y\r\n".repeat(150)))),
    way("long_body", "a body that is said to be of 1 GB", |play| play.send(After::Spoiled, |reply| reply.opening("Content-Length: 1073741824\r\n") + &reply.body)),
    way("long_chunk", "a chunk that is said to be of 4 GB", |play| play.send(After::Spoiled, |reply| reply.opening("Transfer-Encoding: chunked\r\n") + "ffffffff\r\n" + &reply.body)),
    way("bad_chunk", "a chunk whose size is no number", |play| play.send(After::Spoiled, |reply| reply.opening("Transfer-Encoding: chunked\r\n") + "-5\r\n" + &reply.body + "\r\n0\r\n\r\n")),
    way("garbage", "bytes that are not HTTP", |play| play.send(After::Spoiled, |_| "SSH-2.0-hostile\r\n\u{0}\u{1}\u{2}".into())),
    way("bad_header", "a header line without a colon", |play| play.send(After::Spoiled, |reply| reply.sized("no colon\r\n"))),
    way("extra", "a good reply and a second one that nobody asked for", |play| play.send(After::Spoiled, |reply| reply.sized("") + &forged(reply))),
    way("extra_late", "a good reply, then (after so many milliseconds) one that nobody asked for", |play| { play.send(After::Keep, |reply| reply.sized(""))?; play.wait(10); play.send(After::Spoiled, forged) }),
    way("long_length", "a length that is too long, and nothing more", |play| play.send(After::Spoiled, |reply| reply.opening(&format!("Content-Length: {}\r\n", reply.body.len() + 1)) + &reply.body)),
    way("two_lengths", "two lengths that differ", |play| play.send(After::Spoiled, |reply| reply.sized("Content-Length: 1\r\n"))),
    way("length_and_chunks", "a length and chunks", |play| play.send(After::Spoiled, |reply| chunked(reply).replacen("Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding", 1))),
    way("encoded", "a transfer encoding that nobody asked for", |play| play.send(After::Spoiled, |reply| reply.opening("Transfer-Encoding: gzip\r\n") + &reply.body)),
];

impl Play<'_> {
    fn send(&mut self, after: After, reply: impl FnOnce(&Reply) -> String) -> io::Result<After> {
        let text = reply(&self.reply);
        self.peer.send(text.as_bytes())?;
        Ok(after)
    }

    fn wait(&self, usual: u64) {
        sleep(Duration::from_millis(self.number.unwrap_or(usual)));
    }

    /// Byte by byte up to where `until` says, the rest at once.
    fn split(&mut self, until: impl FnOnce(&Reply) -> usize) -> io::Result<After> {
        let text = self.reply.sized("");
        let (first, rest) = text.split_at(until(&self.reply).min(text.len()));
        self.slowly(first)?;
        self.peer.send(rest.as_bytes())?;
        Ok(After::Keep)
    }

    fn slowly(&mut self, text: &str) -> io::Result<()> {
        self.peer.trickle(text.as_bytes(), Duration::from_micros(300))
    }

    /// The first `from` bytes at once, the others slower than any time-out.
    fn trickle(&mut self, from: usize) -> io::Result<After> {
        let text = self.reply.sized("");
        let (first, rest) = text.split_at(from);
        self.peer.send(first.as_bytes())?;
        self.peer.trickle(rest.as_bytes(), Duration::from_millis(50))?;
        Ok(After::Keep)
    }

    /// Goes on until the client has had enough.
    fn endless(&mut self, first: &str, then: &str) -> io::Result<After> {
        self.peer.send(first.as_bytes())?;
        for _ in 0..100_000 {
            self.peer.send(then.as_bytes())?;
        }
        Ok(After::Spoiled)
    }
}

fn half(text: &str) -> &str {
    &text[..text.len() / 2]
}

fn cut_off(reply: &Reply) -> String {
    let whole = reply.sized("");
    whole[..whole.len() - reply.body.len().div_ceil(2)].to_owned()
}

/// A reply that would pass for the next request's.
fn forged(reply: &Reply) -> String {
    let body = r#"{"Item":{"pk":{"S":"forged"},"sk":{"S":"forged"},"motto":{"S":"forged"}}}"#;
    format!("{}Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}", reply.status, body.len())
}

fn chunked(reply: &Reply) -> String {
    let mut text = reply.opening("Transfer-Encoding: chunked\r\n");
    let mut rest = reply.body.as_str();
    let mut size = 1;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(size.min(rest.len()));
        let form =
            if size % 2 == 0 { format!("{:X}", chunk.len()) } else { format!("00{:x};of=\"{size}\"", chunk.len()) };
        text.push_str(&format!("{form}\r\n{chunk}\r\n"));
        rest = behind;
        size = size * 2 + 1;
    }
    text.push_str("0;last\r\nx-trailer: 1\r\nContent-Length: 7\r\n\r\n");
    text
}
