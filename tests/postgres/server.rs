//! PostgreSQL servers for tests: one that a process starts for all of its databases, and others that a test starts, damages and ends.
//! Each runs in a folder of its own, on a Unix socket, and goes with the process that has started it.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A server. What it is asked for at a crash is not on disk, except where a test says so: tests end processes, not machines.
pub(crate) struct Server {
    pub(crate) folder: PathBuf,
    /// The process that ends the server when its standard input does. `None` while the server does not run.
    keeper: Option<(Child, ChildStdin)>,
}

/// The server of this process.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]))
}

/// A database of a test's own, which goes when it is dropped, whoever uses it.
pub(crate) struct OwnDatabase {
    pub(crate) name: String,
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
    try_execute(address, sql).unwrap();
}

/// The same where the server may refuse.
pub(crate) fn try_execute(address: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let (address, sql) = (address.to_owned(), sql.to_owned());
    // The caller's thread may have a runtime of its own.
    let run = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&address, tokio_postgres::NoTls).await?;
            drop(tokio::spawn(connection));
            client.batch_execute(&sql).await
        })
    });
    run.join().unwrap()
}

impl Server {
    /// Starts a new server with these settings beside those of all.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        Self::prepared(|_| (), settings)
    }

    /// The same; `prepare` may change the files in its data folder before.
    pub(crate) fn prepared(prepare: impl FnOnce(&Path), settings: &[(&str, &str)]) -> Self {
        let mut server = Self::placed();
        let initialised = server
            .program("initdb")
            .args(["--username=poolhouse", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--no-instructions", "--pgdata"])
            .arg(server.data())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(initialised.success(), "initdb failed");
        prepare(&server.data());
        server.run(settings);
        server
    }

    /// A folder for a server, which another can be copied to.
    pub(crate) fn placed() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("poolhouse-postgres-")
            .tempdir()
            .unwrap()
            .keep();
        if let Some(user) = unprivileged() {
            chown(&folder, Some(user), Some(user)).unwrap();
        }
        Self {
            folder,
            keeper: None,
        }
    }

    /// Where it keeps its databases.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A command that runs one of PostgreSQL's programs as the user that it must run as.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = as_user(&programs().join(name));
        command.current_dir(&self.folder);
        command
    }

    /// Starts it.
    pub(crate) fn run(&mut self, settings: &[(&str, &str)]) {
        let mut server = self.program("postgres");
        server
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(&self.folder);
        let common = [
            ("listen_addresses", ""),
            ("fsync", "off"),
            ("max_connections", "300"),
            ("shared_buffers", "32MB"),
        ];
        for (name, value) in common.iter().chain(settings) {
            server.arg("-c").arg(format!("{name}={value}"));
        }
        self.keeper = Some(keep(&server, &self.folder, "INT"));
        let ready = || {
            let state = fs::read_to_string(self.data().join("postmaster.pid"));
            state.is_ok_and(|state| state.contains("ready") || state.contains("standby"))
        };
        until("PostgreSQL starts", ready);
    }

    /// Ends it and all of its processes at once, as a failing machine would.
    pub(crate) fn kill(&mut self) {
        let Some((mut keeper, input)) = self.keeper.take() else {
            return;
        };
        let state = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let first = state.lines().next().unwrap();
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
        let mut kill = Command::new("kill");
        kill.args(["-s", "KILL", first]);
        kill.args(children.split_whitespace());
        // Some may have ended meanwhile.
        kill.stderr(Stdio::null()).status().unwrap();
        // Its folder is needed yet.
        keeper.kill().unwrap();
        keeper.wait().unwrap();
        drop(input);
        // To the next, its zombie would seem to run yet.
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
        let _ = fs::remove_file(self.folder.join(".s.PGSQL.5432.lock"));
    }

    /// The address of one of its databases.
    pub(crate) fn address(&self, database: &str) -> String {
        address(&self.folder, database)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Starts a command that ends, by this signal, with the process that has started it; its folder goes then, too.
pub(crate) fn keep(command: &Command, folder: &Path, signal: &str) -> (Child, ChildStdin) {
    let mut keeper = Command::new("sh");
    keeper
        .arg("-c")
        .arg(
            "folder=$1; signal=$2; shift 2; \"$@\" >>\"$folder/log\" 2>&1 & read -r _; kill -s \"$signal\" $!; wait $!; rm -rf \"$folder\"",
        )
        .arg("sh")
        .arg(folder)
        .arg(signal)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::piped());
    let mut keeper = keeper.spawn().unwrap();
    let input = keeper.stdin.take().unwrap();
    (keeper, input)
}

/// Waits until something is so.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("in vain: {what}");
}

pub(crate) fn address(folder: &Path, database: &str) -> String {
    let folder = folder.to_str().unwrap().replace('/', "%2F");
    format!("postgres://poolhouse@{folder}/{database}")
}

/// A command that runs a program as the user that PostgreSQL and its poolers must run as.
pub(crate) fn as_user(program: &Path) -> Command {
    match unprivileged() {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={user}"), "--clear-groups", "--"]);
            command.arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// The user that PostgreSQL must run as, since it refuses root. `None` if this process is another's.
pub(crate) fn unprivileged() -> Option<u32> {
    const NOBODY: u32 = 65534;
    let own = fs::metadata("/proc/self").unwrap().uid();
    (own == 0).then_some(NOBODY)
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
