//! A PostgreSQL server for tests: started once for each process that asks for a database, in a folder of its own, on a Unix socket
//! alone. It ends, and its folder goes, with the process.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A running server.
struct Server {
    folder: PathBuf,
    /// The process that ends the server when its standard input does.
    _keeper: (Child, ChildStdin),
}

/// The server of this process.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// A database of a test's own, which goes when it is dropped, whoever uses it.
pub(crate) struct OwnDatabase {
    name: String,
    pub(crate) address: String,
}

impl OwnDatabase {
    /// A database without anything.
    pub(crate) fn empty() -> Self {
        Self::make("")
    }

    /// A database with all that another holds, which nobody uses meanwhile.
    pub(crate) fn like(other: &Self) -> Self {
        // The server writes no log of its copying, which takes half the time.
        Self::make(&format!(" TEMPLATE {} STRATEGY FILE_COPY", other.name))
    }

    fn make(how: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("registry_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        execute(
            &server().address("postgres"),
            &format!("CREATE DATABASE {name}{how}"),
        );
        let address = server().address(&name);
        Self { name, address }
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        execute(&server().address("postgres"), &drop);
    }
}

/// Runs a statement on a database.
pub(crate) fn execute(address: &str, sql: &str) {
    let (address, sql) = (address.to_owned(), sql.to_owned());
    // The caller's thread may have a runtime of its own.
    let run = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls)
                .await
                .unwrap();
            drop(tokio::spawn(connection));
            client.batch_execute(&sql).await.unwrap();
        });
    });
    run.join().unwrap();
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("poolhouse-postgres-")
            .tempdir()
            .unwrap()
            .keep();
        let unprivileged = unprivileged(&folder);
        let run = |program: &str| {
            let program = programs.join(program);
            match unprivileged {
                Some(user) => {
                    let mut command = Command::new("setpriv");
                    command.args([&format!("--reuid={user}"), "--clear-groups", "--"]);
                    command.arg(program);
                    command
                }
                None => Command::new(program),
            }
        };
        let initialised = run("initdb")
            .args(["--username=poolhouse", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--no-instructions", "--pgdata"])
            .arg(folder.join("data"))
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(initialised.success(), "initdb failed");
        let mut server = run("postgres");
        server
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(&folder)
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .args(["-c", "max_connections=300", "-c", "shared_buffers=32MB"]);
        let mut keeper = Command::new("sh");
        keeper
            .arg("-c")
            .arg(
                "folder=$1; shift; \"$@\" 2>\"$folder/log\" & read -r _; kill -INT $!; wait $!; rm -rf \"$folder\"",
            )
            .arg("sh")
            .arg(&folder)
            .arg(server.get_program())
            .args(server.get_args())
            .stdin(Stdio::piped());
        let mut keeper = keeper.spawn().unwrap();
        let input = keeper.stdin.take().unwrap();
        let server = Self {
            folder,
            _keeper: (keeper, input),
        };
        server.wait();
        server
    }

    fn wait(&self) {
        let ready = || {
            let state = fs::read_to_string(self.folder.join("data/postmaster.pid"));
            state.is_ok_and(|state| state.contains("ready"))
        };
        for _ in 0..3000 {
            if ready() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        panic!("PostgreSQL does not start");
    }

    fn address(&self, database: &str) -> String {
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://poolhouse@{folder}/{database}")
    }
}

/// The user that the server must run as: PostgreSQL refuses to run as root. `None` if this process is another's.
fn unprivileged(folder: &Path) -> Option<u32> {
    const NOBODY: u32 = 65534;
    if fs::metadata(folder).unwrap().uid() != 0 {
        return None;
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    Some(NOBODY)
}

/// Where PostgreSQL's programs are: the newest version that Debian's packages have installed, or the search path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql");
    let mut versions: Vec<PathBuf> = (versions.into_iter().flatten().flatten())
        .map(|version| version.path())
        .collect();
    versions.sort_by_key(|version| {
        let name = version.file_name().and_then(|name| name.to_str());
        std::cmp::Reverse(name.and_then(|name| name.parse::<u32>().ok()))
    });
    let installed = versions.into_iter().map(|version| version.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates: Vec<PathBuf> = installed.chain(std::env::split_paths(&path)).collect();
    candidates.retain(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    candidates
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("PostgreSQL 15 or newer is missing: apt-get install postgresql"))
}
