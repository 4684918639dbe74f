//! The binary itself, run in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::process::Server;

/// A directory in which the binary is run.
pub(crate) struct Tool(TempDir);

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Tool {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path of a file in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the directory.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Writes a JSON file into the directory.
    pub(crate) fn write_json(&self, name: &str, value: &Value) -> PathBuf {
        self.write(name, value.to_string())
    }

    /// Runs the binary to its end; `arguments` are split at spaces.
    pub(crate) fn run(&self, arguments: &str) -> Outcome {
        let output = self.command(arguments).output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Applies a seed. Returns what is printed after the database's name.
    pub(crate) fn apply_seed(&self, seed: &Value) -> String {
        self.write_json("seed.json", seed);
        let outcome = self.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let printed = outcome.stdout.trim_end();
        printed.trim_start_matches("data/poolhouse.db: ").to_owned()
    }

    /// Opens the database file, to read or damage it.
    pub(crate) fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path("data/poolhouse.db")).unwrap()
    }

    /// The registry as a seed.
    pub(crate) fn export(&self) -> Value {
        let outcome = self.run("seed export");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// The command, for a test that changes it before running it.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolhouse"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name
                .to_str()
                .is_some_and(|name| name.starts_with("POOLHOUSE_"))
            {
                command.env_remove(name);
            }
        }
        command
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, arguments: &str) -> Server {
        Server::start(self.command(&format!("serve --listen 127.0.0.1:0 {arguments}")))
    }
}

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// The files of SQLite's migrations, in order: the newest version of the schema is their number.
pub(crate) fn migrations() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("migrations").unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}
