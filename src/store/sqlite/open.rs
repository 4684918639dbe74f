//! Opening the registry: one file, many connections that read, one that writes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::location::{BULK_CACHE_KIB, CACHE_KIB, Location};
use super::place::{FileIdentity, check_end, files_with_its_content};
use super::readers::Readers;
use super::snapshots::Snapshots;
use super::writer::Writer;
use super::{backup, schema};
use crate::api::Timestamp;
use crate::error::{ApiError, Result};
use crate::files;
use crate::settings::Database;
use crate::store::engine::Engine;
use crate::store::options::{Opening, StoreOptions, Unusable};
use crate::store::snapshot::{SnapshotInfo, SnapshotName};
use crate::store::state::States;
use crate::store::tx::WriteTx;

/// A registry that is open.
pub(in crate::store) struct Sqlite {
    pub(in crate::store) readers: Readers,
    pub(in crate::store) writer: Writer,
    /// `None` for a registry in memory.
    identity: Option<FileIdentity>,
    /// The file and the directories above it that were not there before, the file first.
    pub(super) made: Vec<PathBuf>,
    location: Location,
    busy: Duration,
    snapshots: Arc<Snapshots>,
}

impl Sqlite {
    /// Opens the registry, brings its schema up to date and takes the rights of all others from its files. Where there is none,
    /// the file and its directory are made, or it is refused, as `options.opening` says. Returns what was done to the file, and what an
    /// operator should see to, in sentences, too.
    ///
    /// # Errors
    /// Why the file cannot be used, in words for the operator.
    pub(in crate::store) fn open(options: &StoreOptions) -> Result<(Self, Vec<String>), Unusable> {
        let database = &options.database;
        let unusable = |why: &dyn fmt::Display| Unusable::new(database, why);
        let mut made = Vec::new();
        if let Database::File(path) = database {
            if options.opening == Opening::Create {
                made = files::missing(path);
                files::create_directory_of(path).map_err(|why| unusable(&why))?;
                files::create(path).map_err(|error| {
                    unusable(&format_args!("the file cannot be opened ({error})"))
                })?;
            } else if !path.exists() {
                return Err(unusable(&"there is no such file"));
            }
        }
        let location = Location::of(database).map_err(|why| unusable(&why))?;
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
            Database::Memory | Database::Postgres(_) => Vec::new(),
        };
        let upgrade = Upgrade::before(options, version).map_err(|why| unusable(&why))?;
        schema::prepare(&mut connection).map_err(|why| unusable(&why))?;
        notices.extend(upgrade.map(|upgrade| upgrade.done(options)));
        if let Database::File(path) = database {
            check_end(path, &connection).map_err(|why| unusable(&why))?;
        }
        let readers = location
            .connect_readers(options.readers, options.busy)
            .map_err(|error| unusable(&error))?;
        let identity = match database {
            Database::File(path) => Some(FileIdentity::of(path).map_err(|error| unusable(&error))?),
            Database::Memory | Database::Postgres(_) => None,
        };
        let writer =
            Writer::start(connection, identity.clone()).map_err(|error| unusable(&error))?;
        let registry = Self {
            readers: Readers::new(readers),
            writer,
            identity,
            made,
            location,
            busy: options.busy,
            snapshots: Arc::new(Snapshots::of(database)),
        };
        Ok((registry, notices))
    }

    /// Moves everything from the write-ahead log into the file itself, so that the file alone is the registry.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite fails, or when nobody would find the file where it should be.
    pub(in crate::store) fn checkpoint(&self) -> Result<()> {
        let connection = self.readers.connection()?;
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(ApiError::internal)?;
        self.check_identity()
    }

    /// Saves the registry as it is now under the name, in place of an earlier snapshot of that name. Requests run meanwhile.
    ///
    /// # Errors
    /// `InternalErrorException` when it cannot be copied.
    pub(in crate::store) fn save_snapshot(
        &self,
        name: &SnapshotName,
        now: Timestamp,
    ) -> Result<SnapshotInfo> {
        self.check_identity()?;
        let connection = self.location.connect(self.busy);
        let connection = connection.map_err(ApiError::internal)?;
        self.snapshots.save(&connection, name, now)
    }

    /// Puts a snapshot in the registry's place. Requests run meanwhile.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none of this name; `InternalErrorException` when SQLite refuses. The registry is
    /// then as it was.
    pub(in crate::store) fn restore_snapshot(
        &self,
        name: &SnapshotName,
        states: &States,
    ) -> Result<()> {
        self.check_identity()?;
        let (snapshots, name, states) = (Arc::clone(&self.snapshots), name.clone(), states.clone());
        self.writer
            .alone(move |registry| snapshots.put_back(&name, registry, &states))?;
        self.check_identity()
    }

    /// All snapshots, in the order of their names.
    ///
    /// # Errors
    /// `InternalErrorException` when they cannot be read.
    pub(in crate::store) fn snapshots(&self) -> Result<Vec<SnapshotInfo>> {
        self.snapshots.list()
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none of this name; `InternalErrorException`.
    pub(in crate::store) fn delete_snapshot(&self, name: &SnapshotName) -> Result<()> {
        self.snapshots.delete(name)
    }

    /// The sizes of the database's file and of its write-ahead log, in bytes; none for a registry in memory.
    pub(in crate::store) fn file_sizes(&self) -> Vec<(&'static str, u64)> {
        let sizes = self.identity.iter().flat_map(FileIdentity::sizes);
        ["database", "log"].into_iter().zip(sizes).collect()
    }

    /// Checks that the file is where it was opened.
    ///
    /// # Errors
    /// `InternalErrorException` when it is not.
    pub(in crate::store) fn check_identity(&self) -> Result<()> {
        let checked = self.identity.as_ref().map_or(Ok(()), FileIdentity::check);
        checked.map_err(ApiError::internal)
    }
}

/// Gives the connection the memory that a great many rows need, while `work` runs.
///
/// # Errors
/// What `work` returns; `InternalErrorException` when SQLite fails.
pub(in crate::store) fn with_bulk_cache<T>(
    tx: &WriteTx<'_>,
    work: impl FnOnce(&WriteTx<'_>) -> Result<T>,
) -> Result<T> {
    let Engine::Sqlite(engine) = tx.engine() else {
        return work(tx);
    };
    engine.set_cache(BULK_CACHE_KIB)?;
    let result = work(tx);
    engine.set_cache(CACHE_KIB)?;
    result
}

/// An upgrade of the schema of a file that an older Poolhouse made.
struct Upgrade {
    from: i64,
    /// The copy of the file as it was, if one is kept.
    kept: Option<PathBuf>,
    started: Duration,
}

impl Upgrade {
    /// Keeps a copy of the file as it is, if it is to be upgraded and a copy is wanted. Returns `None` if its schema is current.
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
        Ok(Some(Self {
            from: version,
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

/// Takes the rights of all others from the files of the database, from those kept before an upgrade, and from their directory.
/// Returns a sentence for each that had to be changed.
fn narrow(path: &Path) -> Vec<String> {
    let all = files_with_its_content(path);
    let directory = all
        .first()
        .and_then(|path| files::narrow_directory_of(path));
    let narrowed = all.iter().filter_map(|file| files::narrow(file));
    narrowed.chain(directory).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use rusqlite::{Connection, StatementStatus};

    use super::super::location::prepare_connection;
    use super::*;
    use crate::store::{ReadTx, Store};

    /// SQLite would look at a bound number after `LIMIT` each time, in case another plan fits it.
    #[test]
    fn a_statement_with_a_bound_limit_is_prepared_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare_connection(&mut connection, Duration::ZERO).unwrap();
        let sql = "SELECT name FROM sqlite_schema WHERE name > ?1 ORDER BY name LIMIT ?2";
        let mut statement = connection.prepare(sql).unwrap();
        for limit in 1..5 {
            let found = statement.query_map(("", limit), |_| Ok(())).unwrap();
            assert_eq!(found.count(), 0);
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }

    #[test]
    fn a_new_file_that_several_open_at_once_is_set_up_once() {
        for _ in 0..20 {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("poolhouse.db");
            let start = Barrier::new(4);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        Store::opened(Database::File(path.clone()), 1);
                    });
                }
            });
        }
    }

    #[test]
    fn connections_are_durable_and_keep_to_foreign_keys() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/er/poolhouse.db");
        let store = Store::opened(Database::File(path), 2);
        let number = |tx: &ReadTx<'_>, pragma: &str| -> i64 {
            tx.one(&format!("PRAGMA {pragma}"), (), |row| row.get(0))
                .unwrap()
        };
        let seen = store.write_now(move |tx| {
            let journal: String = tx.one("PRAGMA journal_mode", (), |row| row.get(0))?;
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
