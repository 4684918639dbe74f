//! Whether the file that is written to is still the one that the settings name, and whole.
//!
//! A file that is removed, moved or replaced while it is open can be written to as before, but nobody will find there what
//! was answered.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::errors::explain;
use crate::files::with_suffix;

/// Where an open database is, and which file that is.
#[derive(Debug, Clone)]
pub(super) struct FileIdentity {
    path: PathBuf,
    log: PathBuf,
    identity: (u64, u64),
}

impl FileIdentity {
    /// The place of a database that has just been opened.
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            log: with_suffix(&path.canonicalize()?, "-wal"),
            identity: identity(path)?,
        })
    }

    /// The sizes of the file and of its write-ahead log, in bytes.
    pub(super) fn sizes(&self) -> [u64; 2] {
        [&self.path, &self.log].map(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()))
    }

    /// Checks that the file and its write-ahead log are where they were.
    ///
    /// # Errors
    /// What is missing, in words for the operator.
    pub(super) fn check(&self) -> Result<(), String> {
        let there = identity(&self.path).is_ok_and(|identity| identity == self.identity);
        if there && self.log.exists() {
            return Ok(());
        }
        let what = if there { &self.log } else { &self.path };
        Err(format!(
            "{} was removed, moved or replaced while it was in use; start the server anew",
            what.display()
        ))
    }
}

/// Checks that an open database ends with a whole page. SQLite takes what is missing of its last page for zeros, and does not
/// say so.
///
/// # Errors
/// The reason why the file cannot be used.
pub(super) fn check_end(path: &Path, connection: &Connection) -> Result<(), String> {
    let page: u32 = connection
        .pragma_query_value(None, "page_size", |row| row.get(0))
        .map_err(|error| explain(&error))?;
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let path = &path.canonicalize().map_err(|error| error.to_string())?;
    // What the write-ahead log holds may be on its way into the file.
    let settled = length(&with_suffix(path, "-wal")) == 0;
    if settled && !length(path).is_multiple_of(page.max(1).into()) {
        return Err("the database is damaged: it was cut within a page".to_owned());
    }
    Ok(())
}

/// What SQLite adds to a database's name for the files that go with it.
pub(super) const BESIDE: [&str; 3] = ["-wal", "-journal", "-shm"];

/// The files of the database at `path`, there or not: itself, and those that SQLite keeps beside it, which is where symbolic links
/// lead to.
pub(crate) fn own_files(path: &Path) -> Vec<PathBuf> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let beside = BESIDE.map(|suffix| with_suffix(&path, suffix));
    [path].into_iter().chain(beside).collect()
}

/// The directory of the snapshots of the database at `path`, there or not.
pub(super) fn snapshot_directory(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    with_suffix(&path, ".snapshots")
}

/// What is added to a database's name for the files that were kept before an upgrade, ahead of the schema version.
pub(super) const KEPT: &str = ".version-";

/// The files that hold what the database at `path` holds or held: its own, those beside it that were kept before an upgrade, with
/// what SQLite left beside these, and its snapshots. Symbolic links that are named like a kept file are none.
pub(crate) fn files_with_its_content(path: &Path) -> Vec<PathBuf> {
    let mut all = own_files(path);
    let kept = all.first().map(|own| kept_files(own)).unwrap_or_default();
    all.extend(kept);
    all.extend(snapshot_files(path));
    all
}

/// The snapshots of the database at `path`, in the order of their names.
fn snapshot_files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(snapshot_directory(path));
    let entries = entries.into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// The files kept before an upgrade of the database at `path`, in the order of their names. Those in a directory that cannot be
/// read are not found.
fn kept_files(path: &Path) -> Vec<PathBuf> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Vec::new();
    };
    let is_kept = |entry: &fs::DirEntry| {
        let other = entry.file_name();
        let more = other
            .as_encoded_bytes()
            .strip_prefix(name.as_encoded_bytes())
            .and_then(|more| more.strip_prefix(KEPT.as_bytes()));
        more.and_then(|more| more.first())
            .is_some_and(u8::is_ascii_digit)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut kept: Vec<PathBuf> = entries.filter(is_kept).map(|entry| entry.path()).collect();
    kept.sort();
    kept
}

/// What tells a file from all others.
fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
