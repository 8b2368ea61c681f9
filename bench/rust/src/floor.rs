//! The floor: the bytes of a request written to a socket, the bytes of the reply read from it, nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Failure, Operations};

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

struct Pool {
    address: String,
    idle: Mutex<Vec<Connection>>,
}

/// Opens nothing yet.
pub fn open() -> Result<Operations, Failure> {
    let endpoint = std::env::var("AWS_ENDPOINT_URL_DYNAMODB")?;
    let address = endpoint.trim_start_matches("http://").to_owned();
    let requests: HashMap<String, String> = serde_json::from_slice(&std::fs::read(std::env::var("BENCH_FLOOR")?)?)?;
    let pool = Arc::new(Pool { address, idle: Mutex::default() });
    let mut operations = Operations::default();
    for (name, request) in requests {
        let (pool, request) = (Arc::clone(&pool), Arc::<[u8]>::from(request.into_bytes()));
        operations.add(name, move || Arc::clone(&pool).exchange(Arc::clone(&request)));
    }
    Ok(operations)
}

impl Pool {
    async fn exchange(self: Arc<Self>, request: Arc<[u8]>) -> Result<(), Failure> {
        let idle = self.idle.lock().expect("nobody panics").pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(&self.address).await?;
                stream.set_nodelay(true)?;
                Connection { stream, buffer: vec![0; 1 << 16] }
            }
        };
        let Connection { stream, buffer } = &mut connection;
        stream.write_all(&request).await?;
        // The stub sends a head in one piece.
        let read = stream.read(buffer).await?;
        let received = &buffer[..read];
        let find = |text: &[u8]| received.windows(text.len()).position(|window| window == text).ok_or("no HTTP");
        if !received.starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(received).into());
        }
        let length = &received[find(b"Content-Length: ")? + 16..];
        let length = length.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let mut missing = find(b"\r\n\r\n")? + 4 + std::str::from_utf8(length)?.parse::<usize>()? - read;
        while missing > 0 {
            match stream.read(buffer).await? {
                0 => return Err("the connection was closed".into()),
                read => missing -= read,
            }
        }
        self.idle.lock().expect("nobody panics").push(connection);
        Ok(())
    }
}
