//! `bench-stub [--port N] [--delay-us N]` listens on loopback and prints `{"port":N}`. The reply depends on the action and the
//! table (see `items`). `GET /counts` tells what has arrived, `GET /verify/on` and `/off` switch the comparison of requests with
//! what they ought to be, `GET /floor` gives the requests
//! that the floor sends. It ends when its standard input does.

use std::time::Duration;

fn main() -> std::io::Result<()> {
    let (mut port, mut delay) = (0, Duration::ZERO);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse::<u32>().ok());
        match (argument.as_str(), value) {
            ("--port", Some(value)) => port = u16::try_from(value).expect("a port"),
            ("--delay-us", Some(value)) => delay = Duration::from_micros(value.into()),
            _ => {
                eprintln!("usage: bench-stub [--port N] [--delay-us N]");
                std::process::exit(2);
            }
        }
    }
    // Whoever started it closes the pipe when it ends, however it ends.
    std::thread::spawn(|| {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
        std::process::exit(0);
    });
    let mut server = bench_stub::server::Server::bind(port, delay)?;
    println!("{{\"port\":{}}}", server.port());
    server.run()
}
