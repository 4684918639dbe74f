//! A copy of the registry while others use it.
//!
//! SQLite's online backup copies all pages in one read transaction: the copy is the registry at one moment, and under
//! write-ahead logging nobody who writes has to wait for it. `VACUUM INTO` would be as consistent, but it rebuilds every
//! index, and so would hide a damage that the original has. The copy is made under another name, looked over, brought to the
//! disk, and only then given its own: under that name there is a whole registry or nothing.

use std::fmt;
use std::iter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::errors::explain;
use super::inspect::inspect;
use super::location::{Location, TO_WRITE};
use super::place::{BESIDE, KEPT, check_end, own_files};
use super::schema;
use crate::files::{self, Target, Unfinished, with_suffix};
use crate::settings::Database;
use crate::store::inspection::{Depth, Inspection};
use crate::store::options::Unusable;

/// Why there is no backup.
#[derive(Debug)]
pub(crate) enum BackupError {
    /// The registry cannot be used, or is damaged.
    Source(Unusable),
    /// The copy cannot be made where it should be.
    Target(String),
}

/// Copies the registry in the file `from` to the file `to`, which must not exist unless it may be replaced; what the copy
/// holds.
///
/// # Errors
/// When `from` is no registry or a damaged one, when `to` exists, or cannot be written. A file that was there is then as it
/// was.
pub(crate) fn backup(
    from: &Path,
    to: &Path,
    replace: bool,
    busy: Duration,
) -> Result<Inspection, BackupError> {
    let target = |why: &dyn fmt::Display| BackupError::Target(format!("{}: {why}", to.display()));
    let database = Database::File(from.to_owned());
    let unusable = |why: &dyn fmt::Display| BackupError::Source(Unusable::new(&database, why));
    let source = open(from, &database, busy).map_err(|why| unusable(&why))?;
    let Target::File(name) = Target::of(to) else {
        return Err(target(&"that is no file"));
    };
    check_free(from, &name, replace).map_err(|why| target(&why))?;
    let (copy, _) = Unfinished::create(&name, &BESIDE).map_err(|error| target(&error))?;
    copy_pages(&source, copy.path()).map_err(|why| target(&why))?;
    let copied = Database::File(copy.path().to_owned());
    let found = inspect(&copied, Depth::File, busy).map_err(BackupError::Source)?;
    if let Some(damage) = found.damage.first() {
        return Err(unusable(&format_args!(
            "the database is damaged ({damage}); no backup was made"
        )));
    }
    check_free(from, &name, replace).map_err(|why| target(&why))?;
    copy.finish(replace).map_err(|error| target(&error))?;
    Ok(found)
}

/// Keeps a file of an earlier schema version as it is, beside it; its name then.
///
/// # Errors
/// The reason why it cannot be kept, in words.
pub(super) fn keep(from: &Path, version: i64, busy: Duration) -> Result<PathBuf, String> {
    let from = from.canonicalize().map_err(|error| error.to_string())?;
    let first = with_suffix(&from, &format!("{KEPT}{version}"));
    let others = (2..).map(|number: u32| with_suffix(&first, &format!(".{number}")));
    let free = iter::once(first.clone())
        .chain(others)
        .find(|name| !name.exists());
    let name = free.unwrap_or(first);
    match backup(&from, &name, false, busy) {
        Ok(_) => Ok(name),
        Err(BackupError::Source(unusable)) => Err(unusable.to_string()),
        Err(BackupError::Target(why)) => Err(why),
    }
}

/// Opens the registry to read it.
fn open(path: &Path, database: &Database, busy: Duration) -> Result<Connection, String> {
    let source = Location::of(database)?.connect_to_read(busy)?;
    schema::version_of_registry(&source)?;
    check_end(path, &source)?;
    Ok(source)
}

/// Checks that a copy may take the name `to`.
fn check_free(from: &Path, to: &Path, replace: bool) -> Result<(), String> {
    for suffix in ["-wal", "-journal"] {
        let beside = with_suffix(to, suffix);
        // SQLite would take what is in it for a part of the copy.
        if beside.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            return Err(format!(
                "{} is beside it: the file is in use, or was when its server ended",
                beside.display()
            ));
        }
    }
    files::check_free(to, replace, &own_files(from))
}

fn copy_pages(source: &Connection, to: &Path) -> Result<(), String> {
    let all = -1;
    let mut copy = Connection::open_with_flags(to, TO_WRITE).map_err(|error| explain(&error))?;
    let step = Backup::new(source, &mut copy)
        .and_then(|backup| backup.step(all))
        .map_err(|error| explain(&error))?;
    if step == StepResult::Done {
        Ok(())
    } else {
        Err("another process holds the database locked".to_owned())
    }
}
