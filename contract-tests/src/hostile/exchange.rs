//! One connection: request after request, as long as it lasts.

use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use rustls::ServerConfig;

use super::behaviour::{After, Play, act, note_size};
use super::board::{Board, Connection};
use super::peer::{Peer, Request};
use super::reply::{Reply, key};

/// What a path asks for, where the body cannot: before it has been read.
const READ_SLOWLY: &str = "/read-slowly";

/// Serves a connection to its end. `tls` is for tunnels: what is behind them.
///
/// # Errors
/// The client closed the connection in the midst of something.
pub fn serve(mut peer: Peer, board: &Board, tls: &Arc<ServerConfig>, mut state: Connection) -> io::Result<()> {
    loop {
        let Some(request) = peer.request()? else { return Ok(()) };
        if request.line.starts_with("CONNECT ") {
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            state.proxied = true;
            peer = peer.secured(tls.clone())?;
            continue;
        }
        state.proxied |= request.line.contains(" http://");
        if request.line.starts_with("GET ") {
            let counts = board.document();
            let head = "Content-Type: application/json\r\nConnection: close";
            let reply = format!("HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {}\r\n\r\n{counts}", counts.len());
            peer.send(reply.as_bytes())?;
            peer.close();
            return Ok(());
        }
        match answer(&mut peer, board, &request, &state)? {
            After::Keep => {}
            After::Spoiled => state.spoiled = true,
            After::Close => {
                peer.close();
                return Ok(());
            }
            After::Cut => {
                peer.cut();
                return Ok(());
            }
            After::Reset => {
                peer.reset();
                return Ok(());
            }
        }
    }
}

fn answer(peer: &mut Peer, board: &Board, request: &Request, state: &Connection) -> io::Result<After> {
    if request.line.contains(READ_SLOWLY) {
        sleep(Duration::from_millis(100));
    }
    let malformed = peer.has_more() || !well_formed(request);
    let action = request.all("x-amz-target").next().and_then(|target| target.split('.').nth(1)).unwrap_or_default();
    let wanted = key(&request.body).and_then(|key| board.begin(&key, state, malformed));
    let wanted = wanted.as_deref().unwrap_or("good");
    let (name, number) = match wanted.split_once(':') {
        Some((name, number)) => (name, number.parse().ok()),
        None => (wanted, None),
    };
    let reply = Reply::to(action, &request.body, note_size(name, number));
    match act(name, &mut Play { peer, reply, number }) {
        Some(after) => after,
        None => Err(io::Error::other(format!("`{name}` is no behaviour"))),
    }
}

/// What every request must be, whatever is done with it.
fn well_formed(request: &Request) -> bool {
    let once = |name: &str| request.all(name).count() == 1;
    once("host")
        && once("content-length")
        && once("x-amz-target")
        && once("authorization")
        && request.all("transfer-encoding").count() == 0
        && request.line.starts_with("POST ")
        && request.line.ends_with(" HTTP/1.1")
}
