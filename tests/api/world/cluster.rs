//! PostgreSQL servers in company: standbys, a pooler, and a relay that counts and cuts.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::chown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use super::postgres::{OwnDatabase, Server, address, as_user, keep, server, unprivileged, until};

/// The name of a server's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

impl Server {
    /// Makes it a standby of another server, in place of what it was.
    pub(crate) fn follow(&mut self, primary: &Self, settings: &[(&str, &str)]) {
        self.kill();
        let _ = std::fs::remove_dir_all(self.data());
        let copied = self
            .program("pg_basebackup")
            .args(["--checkpoint=fast", "--write-recovery-conf", "--no-sync"])
            .args(["--username=poolhouse", "--host"])
            .arg(&primary.folder)
            .arg("--pgdata")
            .arg(self.data())
            .status()
            .unwrap();
        assert!(copied.success(), "pg_basebackup failed");
        self.run(settings);
    }
}

impl OwnDatabase {
    /// The address of this database by way of what stands before its server, with a socket in this folder.
    pub(crate) fn by(&self, folder: &Path) -> String {
        address(folder, &self.name)
    }
}

/// A pooler, `PgBouncer`, before the tests' server, in transaction mode.
pub(crate) struct Pooler {
    pub(crate) folder: PathBuf,
    _keeper: (Child, ChildStdin),
}

impl Pooler {
    /// Starts it; it ignores these parameters of a connection's start.
    pub(crate) fn ignoring(parameters: &str) -> Self {
        let program = Path::new("/usr/sbin/pgbouncer");
        assert!(
            program.exists(),
            "PgBouncer is missing: apt-get install pgbouncer"
        );
        let folder = tempfile::Builder::new()
            .prefix("poolhouse-pooler-")
            .tempdir()
            .unwrap()
            .keep();
        let settings = folder.join("settings");
        let text = format!(
            "[databases]\n* = host={} user=poolhouse\n[pgbouncer]\nlisten_addr =\nlisten_port = 5432\nunix_socket_dir = {}\nauth_type = any\n\
             pool_mode = transaction\nignore_startup_parameters = {parameters}\n",
            server().folder.display(),
            folder.display(),
        );
        std::fs::write(&settings, text).unwrap();
        if let Some(user) = unprivileged() {
            for path in [&folder, &settings] {
                chown(path, Some(user), Some(user)).unwrap();
            }
        }
        let mut command = as_user(program);
        command.arg(&settings);
        let keeper = keep(&command, &folder, "TERM");
        let socket = folder.join(SOCKET);
        until("PgBouncer starts", || UnixStream::connect(&socket).is_ok());
        Self {
            folder,
            _keeper: keeper,
        }
    }
}

/// A relay between Poolhouse and the tests' server.
pub(crate) struct Relay {
    folder: TempDir,
    passing: Arc<Passing>,
}

/// What has passed a relay.
#[derive(Default)]
struct Passing {
    /// How often a client sent something after the server's answer, or at first. The end of a transaction that only read, or that is
    /// undone, does not count: nobody waits for it.
    turns: AtomicU64,
    /// Whether the next COMMIT of a transaction that writes gets no answer.
    unanswered: AtomicBool,
    open: Mutex<Vec<UnixStream>>,
}

impl Relay {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let passing = Arc::new(Passing::default());
        let shared = Arc::clone(&passing);
        let target = server().folder.join(SOCKET);
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = UnixStream::connect(&target).unwrap();
                Passing::carry(&shared, client.unwrap(), server);
            }
        });
        Self { folder, passing }
    }

    /// The folder of its socket.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How often clients have waited for the server.
    pub(crate) fn turns(&self) -> u64 {
        self.passing.turns.load(Ordering::SeqCst)
    }

    /// Has the next COMMIT reach the server, and its connection end without an answer.
    pub(crate) fn swallow_next_answer(&self) {
        self.passing.unanswered.store(true, Ordering::SeqCst);
    }

    /// Ends all connections.
    pub(crate) fn cut(&self) {
        for stream in self.passing.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// The ends of transactions, as they are sent alone.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
const ROLLBACK: &[u8] = b"Q\0\0\0\x0dROLLBACK\0";

impl Passing {
    /// Passes on what both ends of a connection send.
    fn carry(this: &Arc<Self>, client: UnixStream, server: UnixStream) {
        this.open.lock().unwrap().push(client.try_clone().unwrap());
        let answered = Arc::new(AtomicBool::new(true));
        let is_silent = Arc::new(AtomicBool::new(false));
        let there = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let shared = (
            Arc::clone(this),
            Arc::clone(&answered),
            Arc::clone(&is_silent),
        );
        thread::spawn(move || {
            let (passing, answered, is_silent) = shared;
            let mut writes = false;
            pass(there.0, there.1, |bytes| {
                let says = |text: &[u8]| contains(bytes, text);
                writes = (writes || says(b" READ WRITE\0")) && !says(b" READ ONLY\0");
                let is_end = bytes == ROLLBACK || bytes == COMMIT && !writes;
                if !is_end && answered.swap(false, Ordering::SeqCst) {
                    passing.turns.fetch_add(1, Ordering::SeqCst);
                }
                let commits = writes && says(b"COMMIT\0");
                if commits && passing.unanswered.swap(false, Ordering::SeqCst) {
                    is_silent.store(true, Ordering::SeqCst);
                }
                true
            });
        });
        thread::spawn(move || {
            pass(server, client, |bytes| {
                answered.store(true, Ordering::SeqCst);
                // What was sent along with the COMMIT may be answered before it.
                !(is_silent.load(Ordering::SeqCst) && contains(bytes, b"COMMIT\0"))
            });
        });
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|some| some == text)
}

/// Passes on what comes until an end is closed, or `see` says no.
fn pass(mut from: UnixStream, mut to: UnixStream, mut see: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !see(&buffer[..length]) || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
