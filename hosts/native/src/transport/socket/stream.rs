//! A connection, plain or over TLS.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

/// What is read at once, while nobody knows how much comes. Most replies are shorter.
const USUAL_READ: usize = 64 * 1024;
/// The most that is read at once, whatever is missing.
const LONGEST_READ: usize = 1024 * 1024;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A connection that stands.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects to the host of a URL; with TLS, its certificate is checked.
    pub async fn connect(url: &str, tls: Option<Arc<ClientConfig>>) -> Result<Stream, BoxError> {
        let uri: Uri = url.parse()?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let tcp = connector.call(uri.clone()).await?.into_inner();
        let Some(tls) = tls else { return Ok(Stream::Plain(tcp)) };
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Stream::Tls(Box::new(TlsConnector::from(tls).connect(name, tcp).await?)))
    }

    /// Writes all bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Stream::Plain(tcp) => tcp.write_all(bytes).await,
            Stream::Tls(tls) => {
                tls.write_all(bytes).await?;
                tls.flush().await
            }
        }
    }

    /// Reads what has come, of `missing` bytes (0: not known). None at all: the other side has closed the connection.
    pub async fn read(&mut self, missing: usize) -> io::Result<Vec<u8>> {
        thread_local! {
            // Room for any reply, which is as long as it turns out to be.
            static ROOM: RefCell<Box<[u8]>> = RefCell::new(vec![0; USUAL_READ].into());
        }
        if missing > USUAL_READ {
            let mut bytes = Vec::with_capacity(missing.min(LONGEST_READ));
            match self {
                Stream::Plain(tcp) => tcp.read_buf(&mut bytes).await?,
                Stream::Tls(tls) => tls.read_buf(&mut bytes).await?,
            };
            return Ok(bytes);
        }
        poll_fn(|context| {
            ROOM.with_borrow_mut(|room| {
                let mut bytes = ReadBuf::new(room);
                let read = match self {
                    Stream::Plain(tcp) => Pin::new(tcp).poll_read(context, &mut bytes),
                    Stream::Tls(tls) => Pin::new(tls).poll_read(context, &mut bytes),
                };
                read.map_ok(|()| bytes.filled().to_vec())
            })
        })
        .await
    }

    /// Whether nothing has come that nobody asked for: no bytes, no end, no error.
    pub fn is_quiet(&mut self) -> bool {
        let tcp = match self {
            Stream::Plain(tcp) => &*tcp,
            Stream::Tls(tls) => {
                let (tcp, session) = tls.get_mut();
                if !session.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() == 0) {
                    return false;
                }
                &*tcp
            }
        };
        let waiting = SockRef::from(tcp).peek(&mut [MaybeUninit::uninit()]);
        waiting.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}
