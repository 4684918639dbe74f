//! Files that only their owner may read: how they are made, narrowed, and given their names.
//!
//! The database holds the pools' private keys and the clients' secrets in the clear, and everything that is copied out of it may
//! do so, too. So every file that Poolhouse writes is made with the mode 0600, and every directory with 0700, whatever the
//! umask, and from the first moment: there is no time in which somebody could open it.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};
use rustix::process::geteuid;

/// What the owner alone may do with a file, and with a directory.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// The rights of everybody else.
const OTHERS: u32 = 0o077;
/// Of these, those to write.
const OTHERS_WRITE: u32 = 0o022;
/// Set-user-id, set-group-id and the sticky bit.
const SPECIAL: u32 = 0o7000;

/// The most symbolic links that lead to a file, as Linux has it.
const MOST_LINKS: usize = 40;

/// Makes the directory that a file is to be in, and those above it, where they are missing.
///
/// # Errors
/// When one cannot be made, in words.
pub(crate) fn create_directory_of(path: &Path) -> Result<(), String> {
    let directory = directory_of(path);
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(directory)
        .map_err(|error| {
            format!(
                "the directory {} cannot be created: {error}",
                directory.display()
            )
        })
}

/// Makes an empty file where there is none.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    // Not opened unless it is new: to close a file that SQLite has open would end its locks (fcntl, POSIX).
    match create_new(&followed(path)) {
        Ok(_) => sync_directory_of(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)?;
    // The umask may have taken from the owner. A file system that keeps no modes may refuse; `narrow` says so.
    let _ = file.set_permissions(Permissions::from_mode(FILE_MODE));
    Ok(file)
}

/// Takes everybody else's rights from a file; what was done or could not be done, in words, where there was anything to do.
pub(crate) fn narrow(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    narrow_to(path, &metadata, FILE_MODE)
}

/// The same for the directory of a file, if it holds nothing but that file and those whose names begin like it, and nobody has
/// arranged it otherwise: it is not the one that we run in, no mount point, and has no special bits. Any other is left, with a
/// warning where others can write to it.
pub(crate) fn narrow_directory_of(path: &Path) -> Option<String> {
    let directory = directory_of(path);
    let metadata = fs::metadata(directory).ok()?;
    let mode = metadata.mode();
    if mode & OTHERS == 0 {
        return None;
    }
    if is_ours_alone(directory, &metadata, path).unwrap_or(false) {
        return narrow_to(directory, &metadata, DIRECTORY_MODE);
    }
    (mode & OTHERS_WRITE != 0).then(|| {
        format!(
            "others can write to the directory {} (mode {:04o}). It is not Poolhouse's alone and is left as it is; a directory of \
             the database's own is safer",
            directory.display(),
            mode & 0o7777
        )
    })
}

fn is_ours_alone(directory: &Path, metadata: &Metadata, path: &Path) -> io::Result<bool> {
    let same = |other: &Metadata| (other.dev(), other.ino()) == (metadata.dev(), metadata.ino());
    let above = fs::metadata(directory.join(".."))?;
    let is_arranged = metadata.mode() & SPECIAL != 0
        || same(&fs::metadata(".")?)
        || same(&above)
        || above.dev() != metadata.dev()
        || metadata.uid() != geteuid().as_raw();
    let Some(name) = path.file_name().filter(|_| !is_arranged) else {
        return Ok(false);
    };
    for entry in fs::read_dir(directory)? {
        let own = entry?.file_name();
        let more = own.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
        // Beside the database are poolhouse.db-wal, poolhouse.db.version-7 and the like.
        if !more.is_some_and(|more| matches!(more.first(), None | Some(b'-' | b'.'))) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn narrow_to(path: &Path, metadata: &Metadata, most: u32) -> Option<String> {
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS == 0 {
        return None;
    }
    let (place, can) = (
        path.display(),
        if mode & OTHERS_WRITE == 0 {
            "read"
        } else {
            "write to"
        },
    );
    let opened = format!("others could {can} {place} (mode {mode:04o})");
    if metadata.uid() != geteuid().as_raw() {
        return Some(format!(
            "{opened}; it belongs to another user (uid {}), who alone should narrow it: chmod {most:04o}",
            metadata.uid()
        ));
    }
    let narrowed = mode & most;
    let changed = fs::set_permissions(path, Permissions::from_mode(narrowed))
        .and_then(|()| fs::metadata(path))
        .map(|metadata| metadata.mode() & OTHERS == 0);
    Some(match changed {
        Ok(true) => format!("{opened}; narrowed to {narrowed:04o}"),
        Ok(false) => format!(
            "{opened}; its file system keeps no modes: see to it by the options that it is mounted with"
        ),
        Err(error) => format!("{opened}; it cannot be narrowed: {error}"),
    })
}

/// How others can get at a file, in words; `None` where they cannot.
pub(crate) fn open_to_others(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).ok()?.mode() & 0o7777;
    (mode & OTHERS != 0).then(|| {
        format!(
            "others can open {} (mode {mode:04o}); the next start narrows it",
            path.display()
        )
    })
}

/// The bytes that this user may still write to the file system of a file.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn free_beside(path: &Path) -> io::Result<u64> {
    let of = statvfs(directory_of(path))?;
    Ok(of.f_bavail.saturating_mul(of.f_frsize))
}

/// The path of a file that goes with the one at `path`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Where a command is to write.
pub(crate) enum Target {
    /// A pipe, a terminal or a device, or a file that a shell has opened: written to as it comes.
    Stream(PathBuf),
    /// The name of a file, which symbolic links lead to: the file is whole when it gets it.
    File(PathBuf),
}

impl Target {
    /// What is meant by a path.
    pub(crate) fn of(path: &Path) -> Self {
        let mut at = path.to_owned();
        for _ in 0..MOST_LINKS {
            let Ok(link) = fs::read_link(&at) else {
                break;
            };
            // What stands for an open file there, as /dev/stdout does, is a link in name alone.
            let is_open_file = directory_of(&at)
                .canonicalize()
                .is_ok_and(|directory| directory.starts_with("/proc"));
            if is_open_file {
                return Self::Stream(path.to_owned());
            }
            at = directory_of(&at).join(link);
        }
        match fs::metadata(&at) {
            Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => Self::Stream(at),
            Ok(_) | Err(_) => Self::File(at),
        }
    }
}

/// The file that symbolic links lead to, whether it is there or not.
fn followed(path: &Path) -> PathBuf {
    let (Target::Stream(path) | Target::File(path)) = Target::of(path);
    path
}

/// Checks that a file may be written under a name: that there is none, or it may be replaced, and that it is none of `own`.
///
/// # Errors
/// The reason, in words.
pub(crate) fn check_free(to: &Path, replace: bool, own: &[PathBuf]) -> Result<(), String> {
    if !to.exists() {
        return Ok(());
    }
    let real = to.canonicalize().ok();
    if own.iter().any(|own| own.canonicalize().ok() == real) {
        return Err("that is the database itself".to_owned());
    }
    if !to.is_file() {
        return Err("that is no file".to_owned());
    }
    if replace {
        return Ok(());
    }
    Err("the file exists already (--replace overwrites it)".to_owned())
}

/// A file that does not have its name yet; dropped, it is removed.
pub(crate) struct Unfinished {
    path: PathBuf,
    to: PathBuf,
    /// What may be left beside it, and is removed with it.
    beside: &'static [&'static str],
}

impl Unfinished {
    /// Makes the file, beside where it is to be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn create(to: &Path, beside: &'static [&'static str]) -> io::Result<(Self, File)> {
        let path = with_suffix(to, &format!(".{}.partial", std::process::id()));
        let file = create_new(&path)?;
        let to = to.to_owned();
        Ok((Self { path, to, beside }, file))
    }

    /// Where it is until it has its name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, once all of it is on the disk; in the place of another only if that may be replaced.
    ///
    /// # Errors
    /// When it cannot be brought to the disk, or the name is taken.
    pub(crate) fn finish(self, replace: bool) -> io::Result<()> {
        self.remove_beside();
        File::open(&self.path)?.sync_all()?;
        if replace {
            fs::rename(&self.path, &self.to)?;
        } else {
            rename_to_free(&self.path, &self.to)?;
        }
        sync_directory_of(&self.to)
    }

    fn remove_beside(&self) {
        for suffix in self.beside {
            let _ = fs::remove_file(with_suffix(&self.path, suffix));
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.remove_beside();
        let _ = fs::remove_file(&self.path);
    }
}

/// Renames a file unless the name is taken, which somebody may have done in this moment.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Some file systems cannot tell.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !to.exists() => {
            fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}

/// Brings the names in the directory of a file to the disk.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
