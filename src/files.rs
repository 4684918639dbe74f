//! Files that only their owner may read: creating them, restricting their modes, and renaming them into place.
//!
//! The database holds the pools' private keys and the clients' secrets in the clear, and so can every copy of its content. So
//! Poolhouse creates every file with mode 0600 and every directory with 0700, whatever the umask, and from the first moment:
//! there is no time in which somebody else could open it.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};
use rustix::process::geteuid;

/// The modes of files and directories.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// The permission bits of everybody else.
const OTHERS: u32 = 0o077;
/// Of these, the bits to write.
const OTHERS_WRITE: u32 = 0o022;
/// Set-user-id, set-group-id and the sticky bit.
const SPECIAL: u32 = 0o7000;

/// The longest chain of symbolic links that is followed, as in Linux.
const MAX_LINKS: usize = 40;

/// Creates the directory of a file, and those above it, if they are missing.
///
/// # Errors
/// A message, if one cannot be created.
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

/// The file at `path` and the directories above it, as far as they are missing; the file first.
pub(crate) fn missing(path: &Path) -> Vec<PathBuf> {
    let named = path
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty());
    let missing = named.take_while(|path| !path.exists());
    missing.map(Path::to_owned).collect()
}

/// Creates an empty file if there is none.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    // An existing file is not opened: closing a file that SQLite has open would drop its locks (fcntl, POSIX).
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
    // The umask may have removed the owner's own rights. A file system without modes may refuse; `narrow` reports it.
    let _ = file.set_permissions(Permissions::from_mode(FILE_MODE));
    Ok(file)
}

/// Removes everybody else's rights from a file. Returns a message about what was done or could not be done, or `None` if there
/// was nothing to do.
pub(crate) fn narrow(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    narrow_to(path, &metadata, FILE_MODE)
}

/// The same for the directory of a file, if it holds only that file and files whose names begin like it, and nobody has arranged
/// it otherwise: it is not the working directory, not a mount point, and has no special bits. Any other directory is left as it
/// is, with a warning if others can write to it.
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

/// A message about how others can access a file. Returns `None` if they cannot.
pub(crate) fn open_to_others(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).ok()?.mode() & 0o7777;
    (mode & OTHERS != 0).then(|| {
        format!(
            "others can open {} (mode {mode:04o}); the next start narrows it",
            path.display()
        )
    })
}

/// The free bytes for this user on the file system of a file.
///
/// # Errors
/// When the system does not report it.
pub(crate) fn free_beside(path: &Path) -> io::Result<u64> {
    let of = statvfs(directory_of(path))?;
    Ok(of.f_bavail.saturating_mul(of.f_frsize))
}

/// The path of a file beside the one at `path`, with a suffix.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The place that a command writes to.
pub(crate) enum Target {
    /// A pipe, a terminal, a device, or a file that a shell has opened: written directly.
    Stream(PathBuf),
    /// A file by its name, with symbolic links followed. The file gets its name only when it is complete.
    File(PathBuf),
}

impl Target {
    /// The target that a path names.
    pub(crate) fn of(path: &Path) -> Self {
        let mut at = path.to_owned();
        for _ in 0..MAX_LINKS {
            let Ok(link) = fs::read_link(&at) else {
                break;
            };
            // A path that stands for an open file, such as /dev/stdout, is not a real link.
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

/// The file that symbolic links lead to; it need not exist.
fn followed(path: &Path) -> PathBuf {
    let (Target::Stream(path) | Target::File(path)) = Target::of(path);
    path
}

/// Checks that a file may be written at a path: there is none, or it may be replaced, and it is not one of `own`.
///
/// # Errors
/// A message with the reason.
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

/// A file under a temporary name. Dropping it removes the file.
pub(crate) struct Unfinished {
    path: PathBuf,
    to: PathBuf,
    /// The suffixes of files beside it that are removed with it.
    beside: &'static [&'static str],
}

impl Unfinished {
    /// Creates the file in the directory of its final name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn create(to: &Path, beside: &'static [&'static str]) -> io::Result<(Self, File)> {
        let path = with_suffix(to, &format!(".{}.partial", std::process::id()));
        let file = create_new(&path)?;
        let to = to.to_owned();
        Ok((Self { path, to, beside }, file))
    }

    /// The temporary path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the file to disk and gives it its final name. It replaces another file only if `replace` is set.
    ///
    /// # Errors
    /// When it cannot be synced, or the name is taken.
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

/// Renames a file unless the name is taken, without a moment in which another process could take it.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Some file systems do not support this.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !to.exists() => {
            fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}

/// Syncs the directory of a file to disk.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
