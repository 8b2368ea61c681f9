//! The hostile server by itself, for the tests of any host: prints its addresses as one JSON line and runs until its
//! standard input ends.

use std::io::{Read, Write};
use std::process::ExitCode;

use contract_tests::hostile::behaviour::TABLE;
use contract_tests::hostile::server::Server;

fn main() -> ExitCode {
    let folder = match std::env::args().nth(1).as_deref() {
        Some("--behaviours") => {
            let mut output = std::io::stdout().lock();
            let printed = TABLE.iter().try_for_each(|way| writeln!(output, "{:22} {}", way.name, way.about));
            return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Some(option) if option.starts_with('-') => {
            eprintln!("usage: hostile-server [folder for the certificate]\n       hostile-server --behaviours");
            return ExitCode::from(2);
        }
        Some(folder) => folder.into(),
        None => std::env::temp_dir(),
    };
    match Server::start(&folder) {
        Ok(server) => {
            let line = serde_json::to_string(&server.places).expect("addresses are plain data");
            let mut output = std::io::stdout();
            let _ = writeln!(output, "{line}").and_then(|()| output.flush());
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
