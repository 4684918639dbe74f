//! Snapshots: the whole registry, kept aside under a name and put back while requests run.
//!
//! SQLite's online backup copies all pages in one transaction, either way: a snapshot is the registry at one moment, and nobody
//! waits while it is saved. To put it back, the writer's connection copies its pages over its own, in one transaction too, so that
//! each reader sees the registry as it was before or as it is then. Only the last page, with the commit, makes the change.
//!
//! Snapshots of a file are files in a directory beside it, and outlive the server. Those of a registry in memory end with it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::errors::explain;
use super::location::{CACHE_KIB, CHECKPOINT_PAGES, Location, TO_WRITE};
use super::place::{BESIDE, snapshot_directory};
use super::schema;
use crate::api::Timestamp;
use crate::error::{ApiError, Result};
use crate::files::{self, Unfinished};
use crate::settings::Database;
use crate::store::snapshot::{SnapshotInfo, SnapshotName};
use crate::store::state::States;

/// What a connection keeps in memory while pages are copied, in KiB as SQLite's `cache_size` counts them: each page is read or
/// written once.
const COPY_CACHE_KIB: i32 = -512;

/// Where the snapshots of a registry are kept.
pub(super) enum Snapshots {
    /// In this directory.
    Files(PathBuf),
    InMemory(Mutex<BTreeMap<SnapshotName, Kept>>),
}

/// A snapshot in memory.
pub(super) struct Kept {
    info: SnapshotInfo,
    pages: Connection,
}

impl Snapshots {
    /// Those of the database.
    pub(super) fn of(database: &Database) -> Self {
        match database {
            Database::File(path) => Self::Files(snapshot_directory(path)),
            Database::Memory | Database::Postgres(_) => Self::InMemory(Mutex::default()),
        }
    }

    /// Saves what `registry` reads under the name, in place of an earlier snapshot of that name.
    ///
    /// # Errors
    /// `InternalErrorException` when the copy cannot be made.
    pub(super) fn save(
        &self,
        registry: &Connection,
        name: &SnapshotName,
        now: Timestamp,
    ) -> Result<SnapshotInfo> {
        match self {
            Self::Files(directory) => save_file(registry, &directory.join(name.as_str()))?,
            Self::InMemory(kept) => {
                let mut pages = Connection::open_in_memory().map_err(|error| failed(&error))?;
                copy(registry, &mut pages).map_err(ApiError::internal)?;
                let info = SnapshotInfo {
                    name: name.clone(),
                    creation_date: now,
                    bytes: page_count(&pages)? * page_size(&pages)?,
                };
                locked(kept).insert(name.clone(), Kept { info, pages });
            }
        }
        self.info(name)
    }

    /// All snapshots, in the order of their names.
    ///
    /// # Errors
    /// `InternalErrorException` when the directory cannot be read.
    pub(super) fn list(&self) -> Result<Vec<SnapshotInfo>> {
        let directory = match self {
            Self::Files(directory) => directory,
            Self::InMemory(kept) => {
                let kept = locked(kept);
                return Ok(kept.values().map(|kept| kept.info.clone()).collect());
            }
        };
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ApiError::internal(error)),
        };
        let name = |entry: fs::DirEntry| SnapshotName::parse(entry.file_name().to_str()?).ok();
        let mut names: Vec<SnapshotName> = entries.flatten().filter_map(name).collect();
        names.retain(|name| !name.as_str().ends_with(".partial"));
        names.sort();
        names.iter().map(|name| self.info(name)).collect()
    }

    /// Deletes the snapshot.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none of this name; `InternalErrorException`.
    pub(super) fn delete(&self, name: &SnapshotName) -> Result<()> {
        match self {
            Self::Files(directory) => fs::remove_file(directory.join(name.as_str()))
                .map_err(|error| of_file(name, &error)),
            Self::InMemory(kept) => match locked(kept).remove(name) {
                Some(_) => Ok(()),
                None => Err(name.unknown()),
            },
        }
    }

    /// Puts the snapshot in the place of what `registry` holds.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none of this name; `InternalErrorException` when SQLite refuses. The registry is
    /// then as it was.
    pub(super) fn put_back(
        &self,
        name: &SnapshotName,
        registry: &mut Connection,
        states: &States,
    ) -> Result<()> {
        match self {
            Self::Files(directory) => {
                let path = directory.join(name.as_str());
                fs::metadata(&path).map_err(|error| of_file(name, &error))?;
                let pages = open(path).map_err(ApiError::internal)?;
                replace(&pages, registry, states).map_err(ApiError::internal)
            }
            Self::InMemory(kept) => {
                let kept = locked(kept);
                let kept = kept.get(name).ok_or_else(|| name.unknown())?;
                replace(&kept.pages, registry, states).map_err(ApiError::internal)
            }
        }
    }

    fn info(&self, name: &SnapshotName) -> Result<SnapshotInfo> {
        match self {
            Self::Files(directory) => {
                let metadata = fs::metadata(directory.join(name.as_str()));
                let metadata = metadata.map_err(|error| of_file(name, &error))?;
                let saved = metadata.modified().map_err(ApiError::internal)?;
                Ok(SnapshotInfo {
                    name: name.clone(),
                    creation_date: DateTime::<Utc>::from(saved).into(),
                    bytes: metadata.len(),
                })
            }
            Self::InMemory(kept) => {
                let kept = locked(kept);
                let kept = kept.get(name).ok_or_else(|| name.unknown())?;
                Ok(kept.info.clone())
            }
        }
    }
}

fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: &rusqlite::Error) -> ApiError {
    ApiError::internal(explain(error))
}

/// The error of a file that cannot be used.
fn of_file(name: &SnapshotName, error: &io::Error) -> ApiError {
    if error.kind() == io::ErrorKind::NotFound {
        name.unknown()
    } else {
        ApiError::internal(error)
    }
}

fn page_count(connection: &Connection) -> Result<u64> {
    pragma(connection, "page_count")
}

fn page_size(connection: &Connection) -> Result<u64> {
    pragma(connection, "page_size")
}

fn pragma(connection: &Connection, name: &str) -> Result<u64> {
    let number = connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    number
        .map(i64::unsigned_abs)
        .map_err(|error| failed(&error))
}

/// Copies the registry to a file, which has its name only when it is whole and on disk.
fn save_file(registry: &Connection, to: &Path) -> Result<()> {
    files::create_directory_of(to).map_err(ApiError::internal)?;
    let (unfinished, _) = Unfinished::create(to, &BESIDE).map_err(ApiError::internal)?;
    let mut pages =
        Connection::open_with_flags(unfinished.path(), TO_WRITE).map_err(|error| failed(&error))?;
    // The file is synchronised when it is whole.
    pages
        .pragma_update(None, "synchronous", "OFF")
        .map_err(|error| failed(&error))?;
    copy(registry, &mut pages).map_err(ApiError::internal)?;
    // Nobody writes to it, so it needs no log beside it.
    pages
        .pragma_update(None, "journal_mode", "DELETE")
        .map_err(|error| failed(&error))?;
    drop(pages);
    unfinished.finish(true).map_err(ApiError::internal)
}

/// Opens a snapshot. One that was saved before the schema was upgraded is upgraded first.
fn open(path: PathBuf) -> Result<Connection, String> {
    let location = Location::of(&Database::File(path))?;
    let pages = location.connect_to_read(Duration::ZERO)?;
    if schema::is_current(schema::version_of_registry(&pages)?) {
        return Ok(pages);
    }
    drop(pages);
    let mut pages = location.connect(Duration::ZERO)?;
    schema::prepare(&mut pages)?;
    pages
        .pragma_update(None, "journal_mode", "DELETE")
        .map_err(|error| explain(&error))?;
    Ok(pages)
}

/// Copies all pages.
fn copy(from: &Connection, to: &mut Connection) -> Result<(), String> {
    set(from, "cache_size", COPY_CACHE_KIB)?;
    set(to, "cache_size", COPY_CACHE_KIB)?;
    let backup = Backup::new(from, to).map_err(|error| explain(&error))?;
    step(&backup, ALL)
}

/// All pages that are left.
const ALL: i32 = -1;

fn step(backup: &Backup<'_, '_>, pages: i32) -> Result<(), String> {
    let step = backup.step(pages).map_err(|error| explain(&error))?;
    if matches!(step, StepResult::Done | StepResult::More) {
        Ok(())
    } else {
        Err("another process holds the database locked".to_owned())
    }
}

/// Copies all pages of a snapshot over those of the registry, in one transaction of the registry.
fn replace(pages: &Connection, registry: &mut Connection, states: &States) -> Result<(), String> {
    let count = page_count(pages).map_err(reason)?;
    let messages = last_message(registry)?;
    // The log is copied into the file afterwards, so that nothing takes time when the state changes.
    set(registry, "wal_autocheckpoint", 0)?;
    set(pages, "cache_size", COPY_CACHE_KIB)?;
    set(registry, "cache_size", COPY_CACHE_KIB)?;
    let copied = replace_pages(pages, registry, states, (count, messages));
    set(registry, "cache_size", CACHE_KIB)?;
    set(registry, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    copied?;
    if count > u64::from(CHECKPOINT_PAGES.unsigned_abs()) {
        let checkpoint = registry.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        checkpoint.map_err(|error| explain(&error))?;
    }
    Ok(())
}

fn replace_pages(
    pages: &Connection,
    registry: &mut Connection,
    states: &States,
    (count, messages): (u64, i64),
) -> Result<(), String> {
    let but_one = i32::try_from(count.saturating_sub(1)).map_err(|error| error.to_string())?;
    let backup = Backup::new(pages, registry).map_err(|error| explain(&error))?;
    step(&backup, but_one)?;
    let change = states.change();
    step(&backup, ALL)?;
    drop(backup);
    let gone_on = go_on_after(messages, registry);
    drop(change);
    gone_on
}

fn set(registry: &Connection, pragma: &str, value: i32) -> Result<(), String> {
    registry
        .pragma_update(None, pragma, value)
        .map_err(|error| explain(&error))
}

/// The greatest id that a message of the outbox has had.
fn last_message(registry: &Connection) -> Result<i64, String> {
    let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'";
    let last = registry.query_row(sql, [], |row| row.get(0));
    last.map_err(|error| explain(&error))
}

/// Lets the ids of messages go on after `last`, so that whoever waits for newer messages than that one gets them.
fn go_on_after(last: i64, registry: &Connection) -> Result<(), String> {
    if last_message(registry)? >= last {
        return Ok(());
    }
    let sql = "BEGIN IMMEDIATE; DELETE FROM sqlite_sequence WHERE name = 'outbox'; \
               INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', {last}); COMMIT";
    registry
        .execute_batch(&sql.replace("{last}", &last.to_string()))
        .map_err(|error| explain(&error))
}

fn reason(error: ApiError) -> String {
    error.reason.unwrap_or_default()
}
