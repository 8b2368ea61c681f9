//! The least that Rust can do: one request over a socket, one reply.

use std::io::{Read, Write};
use std::net::TcpStream;

use bench_rust::Failure;
use serde_json::Value;

fn main() -> Result<(), Failure> {
    let requests: Value = serde_json::from_slice(&std::fs::read(std::env::var("BENCH_FLOOR")?)?)?;
    let mut connection = TcpStream::connect(std::env::var("AWS_ENDPOINT_URL_DYNAMODB")?.trim_start_matches("http://"))?;
    connection.write_all(requests["get.twelve"].as_str().ok_or("no request")?.as_bytes())?;
    let mut reply = vec![0; 1 << 16];
    let read = connection.read(&mut reply)?;
    if String::from_utf8_lossy(&reply[..read]).contains("1299.95") { Ok(()) } else { Err("not the item".into()) }
}
