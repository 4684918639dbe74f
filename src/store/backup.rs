//! A copy of the registry while others use it.
//!
//! SQLite's online backup copies all pages in one read transaction: the copy is the registry at one moment, and under
//! write-ahead logging nobody who writes has to wait for it. `VACUUM INTO` would be as consistent, but it builds every index
//! anew, and so would hide a damage that the original has. The copy is made under another name, looked over, brought to the
//! disk, and only then given its own: under that name there is a whole registry or nothing.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::place::{check_end, with_suffix};
use super::{Depth, Inspection, Location, TO_WRITE, Unusable, explain, inspect, schema};
use crate::settings::Database;

/// What SQLite adds to a database's name for the files that go with it.
const BESIDE: [&str; 3] = ["-wal", "-journal", "-shm"];

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
    check_free(from, to, replace).map_err(|why| target(&why))?;
    let copy = Unfinished::create(to).map_err(|error| target(&error))?;
    copy_pages(&source, &copy.0).map_err(|why| target(&why))?;
    let found =
        inspect(&Database::File(copy.0.clone()), Depth::File, busy).map_err(BackupError::Source)?;
    if let Some(damage) = found.damage.first() {
        return Err(unusable(&format_args!(
            "the database is damaged ({damage}); no backup was made"
        )));
    }
    check_free(from, to, replace).map_err(|why| target(&why))?;
    copy.finish(from, to).map_err(|error| target(&error))?;
    Ok(found)
}

/// Opens the registry to read it.
fn open(path: &Path, database: &Database, busy: Duration) -> Result<Connection, String> {
    let source = Location::of(database)
        .connect_to_read(busy)
        .map_err(|error| explain(&error))?;
    if schema::version(&source)? == 0 {
        return Err("the file holds no registry yet".to_owned());
    }
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
    if !to.exists() {
        return Ok(());
    }
    let same = from.canonicalize().ok() == to.canonicalize().ok();
    if same {
        return Err("that is the database itself".to_owned());
    }
    if !replace {
        return Err("the file exists already (--replace overwrites it)".to_owned());
    }
    if to.is_file() {
        Ok(())
    } else {
        Err("that is no file".to_owned())
    }
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

/// A copy that does not have its name yet; dropped, it is removed.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes the file, beside where it shall be, for nobody else to read.
    fn create(to: &Path) -> io::Result<Self> {
        let path = with_suffix(to, &format!(".{}.partial", std::process::id()));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self(path))
    }

    /// Gives the copy the permissions of the original and its name, once all of it is on the disk.
    fn finish(self, from: &Path, to: &Path) -> io::Result<()> {
        self.remove_beside();
        std::fs::set_permissions(&self.0, std::fs::metadata(from)?.permissions())?;
        File::open(&self.0)?.sync_all()?;
        std::fs::rename(&self.0, to)?;
        let directory = to
            .parent()
            .filter(|directory| !directory.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Removes what SQLite leaves beside a file that was only read; there is nothing in it.
    fn remove_beside(&self) {
        for suffix in BESIDE {
            let _ = std::fs::remove_file(with_suffix(&self.0, suffix));
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.remove_beside();
        let _ = std::fs::remove_file(&self.0);
    }
}
