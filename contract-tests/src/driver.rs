//! A driver process (`DRIVER.md`).

use crate::json;
use crate::value::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Longest time for one answer; starting may include compiling.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running driver.
pub struct Driver {
    host: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<std::io::Result<String>>,
}

impl Driver {
    /// Starts a command of a shell in a folder and greets it. `host` is for messages only.
    pub fn start(host: &str, command: &str, folder: &Path) -> Result<Driver, String> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            shell.env_remove(name);
        }
        // "None found" is to be found quickly.
        shell.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        shell.env("AWS_EC2_METADATA_DISABLED", "true");
        let mut child = shell.spawn().map_err(|error| format!("driver of `{host}` does not start: {error}"))?;
        let stdout = child.stdout.take().expect("standard output is piped");
        let stdin = child.stdin.take();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut driver = Driver { host: host.to_owned(), child, stdin, lines };
        let hello = driver.ask(&json::parse(r#"{"hello":{"protocol":1}}"#)?)?;
        match hello.at(&["hello", "protocol"]).and_then(Value::as_u64) {
            Some(1) => Ok(driver),
            _ => Err(format!("driver of `{host}` does not speak protocol 1: {hello}")),
        }
    }

    /// The host that it drives.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, request: &Value) -> Result<Value, String> {
        let stdin = self.stdin.as_mut().expect("it is open until the end");
        // Some languages' line readers take these two for the end of a line, too. They stand within strings only.
        let mut line = request.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        line.push('\n');
        let written = stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush());
        // A driver that ended says more by its exit code than the broken pipe does.
        let answer = match self.lines.recv_timeout(PATIENCE) {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(format!("driver of `{}`: {error}", self.host)),
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                return Err(format!("driver of `{}` does not answer within {PATIENCE:?}", self.host));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().map(|status| status.to_string()).unwrap_or_default();
                return Err(format!("driver of `{}` ended: {status}", self.host));
            }
        };
        written.map_err(|error| format!("driver of `{}` does not read: {error}", self.host))?;
        let answer = json::parse(&answer)
            .map_err(|error| format!("driver of `{}` answered no JSON: {error}: {}", self.host, cut(&answer)))?;
        match answer.get("driver_error") {
            Some(error) => Err(format!("driver of `{}`: {error}", self.host)),
            None => Ok(answer),
        }
    }
}

impl Drop for Driver {
    /// Closes its input and gives it a moment to end by itself.
    fn drop(&mut self) {
        drop(self.stdin.take());
        for _ in 0..100 {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
