//! A server in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::client::Client;

/// A server in a process of its own, killed when the test ends.
pub(crate) struct Server {
    child: Child,
    /// What it printed until it was ready, line by line.
    pub(crate) start: Vec<String>,
    rest: Option<BufReader<std::process::ChildStdout>>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start(command: Command) -> Self {
        Self::try_start(command).unwrap_or_else(|start| panic!("the server ended: {start:?}"))
    }

    /// The same for a server that may refuse to start. Returns what it printed and its exit code if it does.
    pub(crate) fn try_start(mut command: Command) -> Result<Self, (Vec<String>, Option<i32>)> {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut rest = BufReader::new(child.stdout.take().unwrap());
        let mut start = Vec::new();
        while start.last().is_none_or(|line| line != "Ready.") {
            let mut line = String::new();
            if rest.read_line(&mut line).unwrap() == 0 {
                return Err((start, child.wait().unwrap().code()));
            }
            start.push(as_text(line.trim_end()));
        }
        let rest = Some(rest);
        Ok(Self { child, start, rest })
    }

    /// The id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The value of a line that was printed at the start, such as `Listening  http://...`.
    pub(crate) fn told(&self, name: &str) -> &str {
        let line = self
            .start
            .iter()
            .find(|line| line.split_whitespace().next() == Some(name))
            .unwrap();
        line[name.len()..].trim()
    }

    /// A client of it.
    pub(crate) fn client(&self) -> Client {
        Client::of(self.told("Listening"))
    }

    /// The host and port that it listens on.
    pub(crate) fn address(&self) -> &str {
        self.told("Listening").trim_start_matches("http://")
    }

    /// The next line of its output.
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        let rest = self.rest.as_mut().unwrap();
        rest.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The rest of its output.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        let output = self.rest.as_mut().unwrap();
        output.read_to_string(&mut rest).unwrap();
        rest
    }

    /// Closes the reading end of its output.
    pub(crate) fn close_output(&mut self) {
        self.rest = None;
    }

    /// Sends a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Whether it has ended by now.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end. Returns the exit code, or `None` if a signal ended it.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line of the start as text, in either format of the log: `Listening  http://...`.
fn as_text(line: &str) -> String {
    let Ok(line) = serde_json::from_str::<Value>(line) else {
        return line.to_owned();
    };
    assert!(
        line["timestamp"].is_string() && line["level"] == "INFO",
        "{line}"
    );
    let name = line["message"].as_str().unwrap();
    let value = ["summary", "file", "url", "notice"]
        .into_iter()
        .find_map(|member| line[member].as_str());
    value.map_or_else(|| name.to_owned(), |value| format!("{name:<10} {value}"))
}
