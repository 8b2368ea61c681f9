//! A connection, plain or over TLS.

use std::io;
use std::mem::MaybeUninit;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

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

    /// Reads what has come, at most what `bytes` has room for. 0: the other side has closed the connection.
    pub async fn read(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Stream::Plain(tcp) => tcp.read_buf(bytes).await,
            Stream::Tls(tls) => tls.read_buf(bytes).await,
        }
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
