//! Making the file as small as what it holds.
//!
//! SQLite rewrites the registry without the room that removed rows have left (`VACUUM`), first to a temporary file and then,
//! as one transaction, over the old one: a power cut leaves the one or the other, whole. Meanwhile nobody else may have the file
//! open, since a server's writes would wait for as long as it takes.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::engine::Engine;
use super::errors::explain;
use super::inspect::inspect;
use super::location::prepare_connection;
use super::schema;
use crate::api::Timestamp;
use crate::error::ApiError;
use crate::files;
use crate::settings::Database;
use crate::store::inspection::Depth;
use crate::store::options::Unusable;
use crate::store::tx::WriteTx;

/// Rows of each table that are removed in one transaction.
const STEP: u32 = 50_000;

/// How long to wait for a process that has the file open for a moment only.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is about to be done.
pub(crate) struct Plan {
    /// Rows that were removed because of their age.
    pub(crate) expired: usize,
    /// The size of the file in bytes, and how much of it is empty.
    pub(crate) size: u64,
    pub(crate) empty: u64,
    /// What it takes at most beside the file, in bytes, and what is there.
    pub(crate) needed: u64,
    pub(crate) free: u64,
}

/// Why a file was not made smaller. It holds what it held, rows aside that no longer matter.
#[derive(Debug)]
pub(crate) enum CompactError {
    /// The registry cannot be used, or is damaged.
    Unusable(Unusable),
    /// Somebody else has it open.
    InUse(String),
    /// There is no room to work in.
    NoRoom(String),
}

/// Removes the rows that no longer matter and makes the file as small as what is left; its size then. `tell` hears what is
/// about to be done.
///
/// # Errors
/// When the file is no registry of today's schema or a damaged one, when another process has it open, or when there is too little
/// room.
pub(crate) fn compact(
    path: &Path,
    now: Timestamp,
    busy: Duration,
    tell: impl FnOnce(&Plan),
) -> Result<u64, CompactError> {
    let database = Database::File(path.to_owned());
    let unusable = |why: &dyn fmt::Display| CompactError::Unusable(Unusable::new(&database, why));
    // Rebuilding every index would hide a damage.
    let found = inspect(&database, Depth::File, busy).map_err(CompactError::Unusable)?;
    if let Some(damage) = found.damage.first() {
        return Err(unusable(&format_args!(
            "the database is damaged ({damage})"
        )));
    }
    // Opening the file for one connection alone would write to an empty one.
    schema::current(found.schema_version).map_err(|why| unusable(&why))?;
    let in_use = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            CompactError::InUse(format!(
                "{}: another process has the file open. Stop the server first, and start it again afterwards",
                path.display()
            ))
        }
        Some(_) | None => unusable(&explain(&error)),
    };
    let connection = alone(path).map_err(in_use)?;
    let expired = remove_expired(&connection, now).map_err(|error| unusable(&error))?;
    let plan = plan(&connection, path, expired).map_err(|why| unusable(&why))?;
    tell(&plan);
    if plan.free < plan.needed {
        return Err(CompactError::NoRoom(format!(
            "{}: it may take {} bytes beside the file, and {} are free",
            path.display(),
            plan.needed,
            plan.free
        )));
    }
    vacuum(&connection, path).map_err(|error| unusable(&explain(&error)))?;
    drop(connection);
    let size = fs::metadata(path).map_err(|error| unusable(&error))?;
    Ok(size.len())
}

/// Opens the file for this connection alone, for as long as that lives.
pub(super) fn alone(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Before anything is read: so the write-ahead log is opened without memory to share.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    prepare_connection(&mut connection, PATIENCE)?;
    Ok(connection)
}

fn remove_expired(connection: &Connection, now: Timestamp) -> Result<usize, ApiError> {
    let engine = Engine::of(connection);
    let mut all = 0;
    loop {
        engine.begin_to_write()?;
        let removed = WriteTx::savepoint(engine, |tx| tx.remove_expired(now, STEP));
        engine.commit()?;
        match removed? {
            (0, _) => return Ok(all),
            (removed, _) => all += removed,
        }
    }
}

fn plan(connection: &Connection, path: &Path, expired: usize) -> Result<Plan, String> {
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, u32>(0))
            .map(u64::from)
            .map_err(|error| explain(&error))
    };
    let (page, pages, empty) = (
        number("page_size")?,
        number("page_count")?,
        number("freelist_count")?,
    );
    let whole = |pages: u64| pages.saturating_mul(page);
    Ok(Plan {
        expired,
        size: whole(pages),
        empty: whole(empty),
        // What is left of it is in the temporary file and in the write-ahead log at the same time.
        needed: whole(pages.saturating_sub(empty)).saturating_mul(2),
        free: files::free_beside(path).map_err(|error| error.to_string())?,
    })
}

fn vacuum(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    // The temporary file: on the same file system, where there is room for the registry, and not where all programs write.
    let directory = path.parent().map(|directory| directory.to_string_lossy());
    let directory = directory.filter(|directory| !directory.is_empty());
    connection.pragma_update(
        None,
        "temp_store_directory",
        directory.as_deref().unwrap_or("."),
    )?;
    connection.execute_batch("VACUUM")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
