//! Where SQLite finds the registry, and how connections to it are made.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::errors::explain;
use crate::settings::Database;

/// What the writer's connection keeps of the file in memory, in KiB. SQLite takes a negative number for KiB, a positive one for
/// pages.
pub(super) const CACHE_KIB: i32 = -16_384;

/// The same for the writer while it writes a great many rows: enough for all pages that random keys of a large registry change,
/// so that a page is not written to the log several times.
pub(super) const BULK_CACHE_KIB: i32 = -65_536;

/// The same for all connections that read, together. A few of them have room for the inner pages of the indexes of ten million
/// devices; the more workers there are, the less each connection gets.
const READ_CACHE_KIB: i32 = -49_152;

/// What each connection that reads gets at least.
const MIN_READ_CACHE_KIB: i32 = -2048;

/// How many pages of 4 KiB the write-ahead log has when they are copied into the file. Twice SQLite's own number: a page that was
/// written several times is copied once, and the file is synchronised less often.
pub(super) const CHECKPOINT_PAGES: i32 = 2000;

/// The size that the write-ahead log is cut to when SQLite starts it over, in bytes: more than it has at a checkpoint. A large
/// write makes it longer, and it would keep that length for as long as a server runs.
const MAX_LOG_BYTES: i32 = 16 * 1024 * 1024;

/// Opens a connection that may write, or may have to bring the write-ahead log up to date. It creates no file: `files::create`
/// does that before, with the right mode.
pub(super) const TO_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// Where SQLite finds the registry.
pub(super) enum Location {
    File(PathBuf),
    /// SQLite's in-memory file system, shared by the connections of this process that use the same name.
    Memory(String),
}

impl Location {
    /// The location of the database; for one in memory, a new one each time.
    ///
    /// # Errors
    /// When SQLite does not keep it, in words for the operator.
    pub(super) fn of(database: &Database) -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        match database {
            Database::File(path) => Ok(Self::File(path.clone())),
            Database::Memory => {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                Ok(Self::Memory(format!("file:/poolhouse-{number}?vfs=memdb")))
            }
            Database::Postgres(_) => Err("the database is no file of SQLite".to_owned()),
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

    /// A connection that may write.
    ///
    /// # Errors
    /// Why it cannot be opened, in words for the operator.
    pub(super) fn connect(&self, busy: Duration) -> Result<Connection, String> {
        self.connect_with(TO_WRITE, busy)
    }

    /// A connection that cannot change the file.
    ///
    /// # Errors
    /// As [`Location::connect`].
    pub(super) fn connect_to_read(&self, busy: Duration) -> Result<Connection, String> {
        self.connect_with(OpenFlags::SQLITE_OPEN_READ_ONLY, busy)
    }

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

    /// A pool of so many connections that read.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub(super) fn connect_readers(
        &self,
        readers: u32,
        busy: Duration,
    ) -> Result<r2d2::Pool<SqliteConnectionManager>, r2d2::Error> {
        let share = i32::try_from(readers).map_or(0, |readers| READ_CACHE_KIB / readers.max(1));
        r2d2::Pool::builder()
            .max_size(readers)
            // A connection to a file needs no proof of life, which would cost a statement each time.
            .test_on_check_out(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .build(self.manager(busy, share.min(MIN_READ_CACHE_KIB)))
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

/// Sets what every connection has: durable commits, foreign keys, bounds of log and cache.
pub(super) fn prepare_connection(
    connection: &mut Connection,
    busy: Duration,
) -> rusqlite::Result<()> {
    connection.busy_timeout(busy)?;
    // Otherwise a statement with `LIMIT ?` is prepared anew each time it is bound, in case the number changes its plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", MAX_LOG_BYTES)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)
}
