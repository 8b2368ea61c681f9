//! Runs the command as a process.
#![allow(dead_code)] // Each test file uses a part of this.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// The command, to be given arguments.
pub fn tabletheory() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tabletheory"))
}

/// Runs the command to its end.
pub fn run(arguments: &[&str]) -> Output {
    tabletheory().args(arguments).stdin(Stdio::null()).output().expect("the command runs")
}

/// Standard output of a finished command.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// Standard error of a finished command.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("output is UTF-8")
}

/// A running `tabletheory local`.
pub struct Server {
    /// The process.
    pub child: Child,
    /// The first line that it printed.
    pub line: String,
    /// The port in that line.
    pub port: u16,
}

impl Server {
    /// Starts `local` and waits for its line.
    pub fn start(arguments: &[&str]) -> Server {
        let mut child = tabletheory()
            .arg("local")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let digits = line.rsplit(':').next().unwrap_or_default().trim_matches(|c: char| !c.is_ascii_digit());
        let port = digits.parse().unwrap_or_else(|_| panic!("no port in `{line}`"));
        Server { child, line, port }
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for the end.
    pub fn end(&mut self) -> ExitStatus {
        let late = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(Instant::now() < late, "the server does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Calls an action; status and body.
    pub fn call(&self, action: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server accepts");
        post(&mut stream, action, body, "close");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        parse(&answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a request.
pub fn post(stream: &mut TcpStream, action: &str, body: &str, connection: &str) {
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: {connection}\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-target: DynamoDB_20120810.{action}\r\nx-amz-date: 20260102T030405Z\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=test/20260102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the server reads");
}

fn parse(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP answer: `{answer}`"));
    let status =
        head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status: `{head}`"));
    (status, body.to_owned())
}
