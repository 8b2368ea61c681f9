//! The listeners: plain, and TLS with certificates of all kinds.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::ServerConfig;

use super::board::{Board, Connection};
use super::certificates::Certificates;
use super::exchange::serve;
use super::peer::Peer;

/// A host name that stands for this server where it is used as a proxy. No name server knows it.
pub const PROXIED_HOST: &str = "dynamodb.hostile.test";

/// The addresses of a running server.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Places {
    /// URL of the plain listener. It is a proxy, too, and answers `GET` with the counts of all cases.
    pub plain: String,
    /// TLS with a good certificate for `localhost` and `127.0.0.1`.
    pub tls: String,
    /// The same, TLS 1.2 only.
    pub tls_1_2: String,
    /// TLS with a certificate for another name.
    pub wrong_name: String,
    /// TLS with a certificate that has expired.
    pub expired: String,
    /// TLS with a certificate of an authority that nobody knows.
    pub unknown_authority: String,
    /// An `https` URL where nobody ever speaks TLS, or anything else.
    pub mute: String,
    /// An `https` URL where connections are closed at once.
    pub slammed: String,
    /// A URL where nobody listens.
    pub refused: String,
    /// File of the authority to trust, PEM.
    pub ca_file: String,
}

/// A running server. It runs until the process ends.
pub struct Server {
    /// Where it is.
    pub places: Places,
    /// What arrived.
    pub board: Arc<Board>,
}

/// How a listener greets.
#[derive(Clone)]
enum Greeting {
    Plain,
    Tls(Arc<ServerConfig>),
    Mute,
    Slammed,
}

impl Server {
    /// Starts all listeners on the loopback address. The authority's certificate is written into `folder`.
    ///
    /// # Errors
    /// Words about what could not be made, opened or written.
    pub fn start(folder: &Path) -> Result<Server, String> {
        let certificates = Certificates::make()?;
        let ca_file = folder.join(format!("hostile-ca-{}.pem", std::process::id()));
        std::fs::write(&ca_file, &certificates.authority).map_err(|error| format!("{}: {error}", ca_file.display()))?;
        let board = Arc::new(Board::default());
        let connections = Arc::new(AtomicUsize::new(1));
        let open = |greeting: Greeting| {
            let (board, good, connections) = (board.clone(), certificates.good.clone(), connections.clone());
            listen(move |stream| {
                let state = Connection { id: connections.fetch_add(1, Ordering::Relaxed), ..Connection::default() };
                // A client that goes away, or refuses a certificate, is part of the game.
                let _ = greet(stream, &greeting, &board, &good, state);
            })
            .map_err(|error| format!("no listener: {error}"))
        };
        let secure = |config: &Arc<ServerConfig>| open(Greeting::Tls(config.clone())).map(https);
        let places = Places {
            plain: format!("http://127.0.0.1:{}", open(Greeting::Plain)?),
            tls: secure(&certificates.good)?,
            tls_1_2: secure(&certificates.good_1_2)?,
            wrong_name: secure(&certificates.wrong_name)?,
            expired: secure(&certificates.expired)?,
            unknown_authority: secure(&certificates.unknown_authority)?,
            mute: https(open(Greeting::Mute)?),
            slammed: https(open(Greeting::Slammed)?),
            refused: format!("http://127.0.0.1:{}", closed_port().map_err(|error| error.to_string())?),
            ca_file: ca_file.display().to_string(),
        };
        Ok(Server { places, board })
    }
}

fn https(port: u16) -> String {
    format!("https://localhost:{port}")
}

fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    Ok(port)
}

fn greet(
    stream: TcpStream,
    greeting: &Greeting,
    board: &Board,
    good: &Arc<ServerConfig>,
    state: Connection,
) -> io::Result<()> {
    let mut peer = Peer::new(stream)?;
    match greeting {
        Greeting::Plain => serve(peer, board, good, state),
        Greeting::Tls(config) => serve(peer.secured(config.clone())?, board, good, state),
        Greeting::Mute => {
            peer.until_closed();
            Ok(())
        }
        Greeting::Slammed => {
            peer.close();
            Ok(())
        }
    }
}

/// A port that was free a moment ago.
fn closed_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
