//! The registry on disk: one SQLite file, many readers, one writer.
//!
//! A request reads inside one transaction ([`Store::read`]), so that its answer never mixes two states, and on the thread
//! that asks: the statements take microseconds, less than a change of threads. Requests that a thread has at hand share the
//! transaction. A request writes through the one writer thread
//! ([`Store::write`]), which commits what is waiting as a group; the answer comes after the commit, with `synchronous=FULL`,
//! so what was answered survives a power cut.
//!
//! rusqlite is named in this folder alone, and SQL stands in the file of its table.

mod backup;
mod clients;
mod compact;
mod devices;
mod expiry;
mod inspect;
mod invariants;
mod mfa_preferences;
mod outbox;
mod passwords;
mod place;
#[cfg(test)]
mod plans;
mod pool_keys;
mod pools;
mod readers;
mod schema;
mod sessions;
mod sign_ins;
#[cfg(any(test, feature = "inner"))]
mod snapshot;
mod software_tokens;
mod transaction;
mod user_search;
mod users;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};

use crate::ambient::Ambient;
use crate::error::{ApiError, Result};
use crate::files;
use crate::settings::Database;
use place::{Place, check_end};
use readers::Readers;
use writer::Writer;

pub(crate) use backup::{BackupError, backup};
pub(crate) use compact::{CompactError, compact};
pub(crate) use devices::{DeviceSecret, SignInDevice, Written};
pub(crate) use inspect::{Depth, Inspection, inspect};
pub(crate) use outbox::{Found, read_outbox};
pub(crate) use passwords::{KeptPassword, PasswordHistory};
pub(crate) use place::{files_with_its_content, own_files};
pub(crate) use schema::NO_REGISTRY;
pub(crate) use sign_ins::KeptRefreshToken;
#[cfg(any(test, feature = "inner"))]
pub(crate) use snapshot::Snapshot;
pub(crate) use transaction::{ReadTx, WriteTx};

/// Pages of the file that the writer's connection keeps in memory, in KiB (negative is SQLite's way to say so).
const CACHE_KIB: i32 = -16_384;

/// What the connections that read keep in memory, all together. The inner pages of the indexes of a registry of ten million
/// devices fit into the share of one of a few; the more workers there are, the less each gets.
const READ_CACHE_KIB: i32 = -49_152;
/// And each at least.
const LEAST_READ_CACHE_KIB: i32 = -2048;

/// The same for the writer while it has much to write: enough for all that random places of a large registry change, so that
/// a page is not written to the log again and again.
const BULK_CACHE_KIB: i32 = -65_536;

/// How many pages the write-ahead log has, 4 KiB each, when they are copied into the file. Twice SQLite's own number: a
/// page that was written several times since is copied once, and the file is synchronised less often.
const CHECKPOINT_PAGES: i32 = 2000;

/// What the write-ahead log is cut to when it begins anew, in bytes: more than it has at a checkpoint. Much that is written at
/// once makes it as long as that, and it would keep its length while a server runs.
const LOG_BYTES: i32 = 16 * 1024 * 1024;

/// How a connection is opened that may write, or may have to bring the write-ahead log up to date. It makes no file: that is done
/// before, with the right mode.
const TO_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// A file that cannot be used as the registry, with the reason.
#[derive(Debug)]
pub(crate) struct Unusable(String);

impl Unusable {
    fn new(database: &Database, why: impl fmt::Display) -> Self {
        Self(format!("{database}: {why}"))
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What opening may make of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A registry where there is none, of today's schema.
    Create,
    /// The registry that is there, of today's schema.
    Upgrade,
    /// Nothing: a file of an earlier schema is refused.
    AsItIs,
}

/// How to open the registry.
pub(crate) struct StoreOptions {
    pub(crate) database: Database,
    pub(crate) opening: Opening,
    /// Whether the file is kept as it is before its schema is brought up to date.
    pub(crate) keep_before_upgrade: bool,
    /// Connections that read.
    pub(crate) readers: u32,
    /// How long a write waits for another process.
    pub(crate) busy: Duration,
    pub(crate) ambient: Ambient,
}

/// An upgrade of the schema of a file that an older Poolhouse made.
struct Upgrade {
    from: i64,
    /// The file as it was, if it is kept.
    kept: Option<PathBuf>,
    started: Duration,
}

impl Upgrade {
    /// Keeps the file as it is, if it needs to be upgraded and that is wanted.
    fn before(options: &StoreOptions, version: i64) -> Result<Option<Self>, String> {
        let Database::File(path) = &options.database else {
            return Ok(None);
        };
        if version == 0 || schema::is_current(version) {
            return Ok(None);
        }
        let started = options.ambient.elapsed();
        let keep = || {
            let kept = backup::keep(path, version, options.busy);
            kept.map_err(|why| {
                format!(
                    "the file has schema version {version}, which is to be brought up to date, and it cannot be kept as it was \
                     ({why}). Make room, or set store.keep_before_upgrade to off"
                )
            })
        };
        let kept = options.keep_before_upgrade.then(keep).transpose()?;
        let from = version;
        Ok(Some(Self {
            from,
            kept,
            started,
        }))
    }

    /// What was done and how to go back, in words.
    fn done(self, options: &StoreOptions) -> String {
        let took = options.ambient.elapsed().saturating_sub(self.started);
        let back = match &self.kept {
            Some(kept) => format!(
                "To go back, start the earlier Poolhouse on {}, the file as it was; what is written from now on is not in it",
                kept.display()
            ),
            None => "The file as it was is not kept (setting store.keep_before_upgrade): to go back, start the earlier Poolhouse \
                     on a backup from before"
                .to_owned(),
        };
        format!(
            "{}: brought from schema version {} to {} in {:.3} s. {back}",
            options.database,
            self.from,
            schema::known(),
            took.as_secs_f64()
        )
    }
}

/// The open registry.
pub(crate) struct Store {
    readers: Readers,
    writer: Writer,
    /// `None` for a registry in memory.
    place: Option<Place>,
    notices: Vec<String>,
}

impl Store {
    /// Opens the registry, bringing the schema up to date and taking everybody else's rights from its files. Where there is
    /// none, the file and its directory are made, or it is refused.
    pub(crate) fn open(options: &StoreOptions) -> Result<Self, Unusable> {
        let database = &options.database;
        let unusable = |why: &dyn fmt::Display| Unusable::new(database, why);
        if let Database::File(path) = database {
            if options.opening == Opening::Create {
                files::create_directory_of(path).map_err(|why| unusable(&why))?;
                files::create(path).map_err(|error| {
                    unusable(&format_args!("the file cannot be opened ({error})"))
                })?;
            } else if !path.exists() {
                return Err(unusable(&"there is no such file"));
            }
        }
        let location = Location::of(database);
        let mut connection = location
            .connect(options.busy)
            .map_err(|why| unusable(&why))?;
        // SQLite opens a write-protected file all the same, to read it.
        if connection.is_readonly("main").unwrap_or(true) {
            return Err(unusable(&"the file cannot be written to"));
        }
        let version = match options.opening {
            Opening::Create => schema::version(&connection),
            Opening::Upgrade => schema::version_of_registry(&connection),
            Opening::AsItIs => schema::check_current(&connection),
        };
        let version = version.map_err(|why| unusable(&why))?;
        // Not before it is known to be ours, and before anything is written to it.
        let mut notices = match database {
            Database::File(path) => narrow(path),
            Database::Memory => Vec::new(),
        };
        let upgrade = Upgrade::before(options, version).map_err(|why| unusable(&why))?;
        schema::prepare(&mut connection).map_err(|why| unusable(&why))?;
        notices.extend(upgrade.map(|upgrade| upgrade.done(options)));
        if let Database::File(path) = database {
            check_end(path, &connection).map_err(|why| unusable(&why))?;
        }
        let share =
            i32::try_from(options.readers).map_or(0, |readers| READ_CACHE_KIB / readers.max(1));
        let manager = location.manager(options.busy, share.min(LEAST_READ_CACHE_KIB));
        let readers = r2d2::Pool::builder()
            .max_size(options.readers)
            // A connection to a file needs no proof of life, which would cost a statement each time.
            .test_on_check_out(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .build(manager)
            .map_err(|error| unusable(&error))?;
        let place = match database {
            Database::File(path) => Some(Place::of(path).map_err(|error| unusable(&error))?),
            Database::Memory => None,
        };
        let writer = Writer::start(connection, place.clone()).map_err(|error| unusable(&error))?;
        Ok(Self {
            readers: Readers::new(readers),
            writer,
            place,
            notices,
        })
    }

    /// What was done to the file when it was opened, and what an operator should see to, in sentences.
    pub(crate) fn notices(&self) -> &[String] {
        &self.notices
    }

    /// A registry for a test.
    #[cfg(test)]
    fn opened(database: Database, readers: u32) -> Self {
        let options = StoreOptions {
            database,
            opening: Opening::Create,
            keep_before_upgrade: false,
            readers,
            busy: Duration::from_secs(1),
            ambient: Ambient::system(),
        };
        Self::open(&options).unwrap()
    }

    /// Runs `work` in one read transaction, on this thread. The requests that the thread has at hand share it.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(crate) async fn read<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.readers.read_together(work).await
    }

    /// The same for a caller that is not asynchronous, in a transaction of its own.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub(crate) fn read_now<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.readers.read(work)
    }

    /// Runs `work` in a transaction on the writer thread and waits until it is on disk. When `work` fails, nothing of it
    /// remains.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer
            .submit(work)?
            .await
            .map_err(|_| ApiError::internal("the writer dropped a job"))?
    }

    /// Reads from the file, to see that it can be read and is where it was.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn probe(&self) -> Result<()> {
        self.check_place()?;
        self.read_now(|tx| tx.one("SELECT count(*) FROM pools", [], |_| Ok(())))
    }

    /// Moves everything from the write-ahead log into the file itself, so that the file alone is the registry.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails, or when nobody will find the file where it should be.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        let connection = self.readers.connection()?;
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(ApiError::internal)?;
        self.check_place()
    }

    fn check_place(&self) -> Result<()> {
        let checked = self.place.as_ref().map_or(Ok(()), Place::check);
        checked.map_err(ApiError::internal)
    }

    /// The same for a caller that is not asynchronous.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub(crate) fn write_now<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer
            .submit(work)?
            .blocking_recv()
            .map_err(|_| ApiError::internal("the writer dropped a job"))?
    }

    /// The same for work that writes a great many rows: it gets more memory, for as long as it runs.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub(crate) fn write_bulk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_now(move |tx| {
            tx.set_cache(BULK_CACHE_KIB)?;
            let result = work(tx);
            tx.set_cache(CACHE_KIB)?;
            result
        })
    }
}

/// Where SQLite finds the registry.
enum Location {
    File(PathBuf),
    /// SQLite's in-memory file system, shared by the connections of this process that use the same name.
    Memory(String),
}

impl Location {
    fn of(database: &Database) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        match database {
            Database::File(path) => Self::File(path.clone()),
            Database::Memory => {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                Self::Memory(format!("file:/poolhouse-{number}?vfs=memdb"))
            }
        }
    }

    /// What SQLite opens, and how. A file's path is no URI: `?` and `%` stand for themselves in it.
    fn target(&self) -> (&Path, OpenFlags) {
        let common = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match self {
            Self::File(path) => (path, common),
            Self::Memory(uri) => {
                let made = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_CREATE;
                (Path::new(uri), common | made)
            }
        }
    }

    fn connect(&self, busy: Duration) -> Result<Connection, String> {
        self.connect_with(TO_WRITE, busy)
    }

    /// A connection that cannot change the file.
    fn connect_to_read(&self, busy: Duration) -> Result<Connection, String> {
        self.connect_with(OpenFlags::SQLITE_OPEN_READ_ONLY, busy)
    }

    /// Opens a connection; the reason why it cannot be opened, in words for the operator.
    fn connect_with(&self, more: OpenFlags, busy: Duration) -> Result<Connection, String> {
        let (target, flags) = self.target();
        // SQLite opens a directory, and then the disk seems to fail.
        if let Self::File(path) = self
            && path.metadata().is_ok_and(|metadata| !metadata.is_file())
        {
            return Err("that is no file".to_owned());
        }
        let open = || {
            let mut connection = Connection::open_with_flags(target, flags | more)?;
            prepare_connection(&mut connection, busy)?;
            Ok(connection)
        };
        open().map_err(|error| explain(&error))
    }

    fn manager(&self, busy: Duration, cache_kib: i32) -> SqliteConnectionManager {
        let (target, flags) = self.target();
        SqliteConnectionManager::file(target)
            .with_flags(flags | TO_WRITE)
            .with_init(move |connection| {
                prepare_connection(connection, busy)?;
                connection.pragma_update(None, "cache_size", cache_kib)?;
                connection.pragma_update(None, "query_only", true)
            })
    }
}

fn prepare_connection(connection: &mut Connection, busy: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(busy)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)
}

/// Takes everybody else's rights from the files of the database, those kept before an upgrade, and its directory; what there was
/// to do, in sentences.
fn narrow(path: &Path) -> Vec<String> {
    let all = files_with_its_content(path);
    let directory = all
        .first()
        .and_then(|path| files::narrow_directory_of(path));
    let narrowed = all.iter().filter_map(|file| files::narrow(file));
    narrowed.chain(directory).collect()
}

/// SQLite's refusals to open a file or to write to it, in words for the operator.
fn explain(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => "the file is not a SQLite database".to_owned(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => "the database is damaged".to_owned(),
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::PermissionDenied) => {
            format!("the file cannot be opened ({error})")
        }
        Some(rusqlite::ErrorCode::ReadOnly) => "the file cannot be written to".to_owned(),
        Some(rusqlite::ErrorCode::SystemIoFailure) => {
            "the disk refuses to read or write the file (full, or failing)".to_owned()
        }
        Some(rusqlite::ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            "another process writes to the file, or holds it locked; waited for store.busy_seconds"
                .to_owned()
        }
        Some(_) | None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_durable_and_keep_to_foreign_keys() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/er/poolhouse.db");
        let store = Store::opened(Database::File(path), 2);
        let number = |tx: &ReadTx<'_>, pragma: &str| -> i64 {
            tx.one(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
                .unwrap()
        };
        let seen = store.write_now(move |tx| {
            let journal: String = tx.one("PRAGMA journal_mode", [], |row| row.get(0))?;
            Ok((
                journal,
                number(tx, "synchronous"),
                number(tx, "foreign_keys"),
            ))
        });
        let full = 2;
        assert_eq!(seen.unwrap(), ("wal".to_owned(), full, 1));
        let reader =
            store.read_now(|tx| Ok((number(tx, "query_only"), number(tx, "foreign_keys"))));
        assert_eq!(reader.unwrap(), (1, 1), "a reader cannot write");
    }
}
