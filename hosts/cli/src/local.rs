//! `tabletheory local`: DynamoDB on this machine.

use crate::arguments::Local;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use dynoxide::Database;
use dynoxide::server::serve_with_shutdown;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long requests that are under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until a signal (or the end of standard input) and returns then.
pub fn run(options: &Local, output: &Output) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Address, "no_runtime", format!("cannot start: {error}")))?;
    let exit = runtime.block_on(serve(options, output));
    // A client that sent half a request would hold the runtime back.
    runtime.shutdown_timeout(Duration::from_millis(200));
    exit
}

async fn serve(options: &Local, output: &Output) -> Result<Exit, Failure> {
    // Before listening: a signal that comes right after the line is printed must find its handler.
    let stop = Stop::new(options.stop_with_stdin)?;
    let database = open(options.file.as_deref())?;
    let listener = listen(&options.host, options.port).await?;
    let address = listener.local_addr().map_err(|error| unusable(&options.host, options.port, &error))?;
    announce(&address, output);

    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let server = serve_with_shutdown(listener, database, async move {
        stop.wait().await;
        let _ = stopping.send(());
    });
    let deadline = async move {
        let _ = stopped.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served.map_err(|error| Failure::new(Exit::Address, "server_failed", error))?,
        () = deadline => {}
    }
    Ok(Exit::Success)
}

fn announce(address: &SocketAddr, output: &Output) {
    let endpoint = format!("http://{address}");
    if !address.ip().is_loopback() {
        output.note("everyone who can reach this address can read and write all data");
    }
    output.print(
        &format!("tabletheory local: listening on {endpoint}\n"),
        &serde_json::json!({"endpoint": endpoint, "port": address.port()}),
    );
}

fn open(file: Option<&Path>) -> Result<Database, Failure> {
    let Some(path) = file else {
        return Database::memory()
            .map_err(|error| Failure::new(Exit::File, "no_database", format!("cannot make a database: {error}")));
    };
    let shown = path.display();
    let refused = |reason: String| Failure::new(Exit::File, "no_database", format!("cannot open `{shown}`: {reason}"));
    // The engine's own messages do not tell these apart.
    if path.is_dir() {
        return Err(refused("it is a folder".into()).hint("name a file in it"));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(refused(format!("the folder `{}` does not exist", folder.display())));
    }
    if path.exists() && !is_database(path).map_err(|error| refused(error.to_string()))? {
        return Err(
            refused("it is not a database".into()).hint("name a new file, or one that `tabletheory local` made")
        );
    }
    let text = path.to_str().ok_or_else(|| refused("the name is not UTF-8".into()))?;
    Database::new(text).map_err(|error| refused(error.to_string()).hint("the file and its folder must be writable"))
}

/// Whether a file is empty or begins as the engine's files do.
fn is_database(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(16).read_to_end(&mut start)?;
    Ok(start.is_empty() || start == b"SQLite format 3\0")
}

async fn listen(host: &str, port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((host, port)).await.map_err(|error| unusable(host, port, &error))
}

fn unusable(host: &str, port: u16, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    let (code, hint) = match error.kind() {
        AddrInUse => ("port_in_use", "take another port, or `--port 0` for a free one"),
        PermissionDenied => ("port_not_allowed", "take a port above 1023"),
        AddrNotAvailable => ("address_unusable", "this machine has no such address"),
        _ => ("address_unusable", "try `--host 127.0.0.1`"),
    };
    Failure::new(Exit::Address, code, format!("cannot listen on `{host}` port {port}: {error}")).hint(hint)
}

/// What ends the server.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    with_stdin: bool,
}

impl Stop {
    fn new(with_stdin: bool) -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let listen = |kind| {
                signal(kind).map_err(|error| {
                    Failure::new(Exit::Address, "no_signals", format!("cannot wait for signals: {error}"))
                })
            };
            Ok(Stop {
                terminate: listen(SignalKind::terminate())?,
                interrupt: listen(SignalKind::interrupt())?,
                with_stdin,
            })
        }
        #[cfg(not(unix))]
        Ok(Stop { with_stdin })
    }

    #[cfg(unix)]
    async fn signalled(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn signalled(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }

    async fn wait(mut self) {
        if !self.with_stdin {
            return self.signalled().await;
        }
        let closed = stdin_closed();
        tokio::select! {
            () = self.signalled() => {}
            () = closed => {}
        }
    }
}

/// Ends when standard input does. On a thread of its own: a blocking read in the runtime's pool would hold its end back.
async fn stdin_closed() {
    let (closing, closed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = closing.send(());
    });
    let _ = closed.await;
}
