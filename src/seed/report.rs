//! How far applying or generating has come, and what it has written.

use std::fmt;
use std::path::Path;

use crate::figures::Count;
use crate::store::Written;

/// How many records were created, updated, or already as they should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    /// Users who were created without a password, though none but a password of theirs signs them in.
    pub(crate) without_password: u64,
}

impl Summary {
    /// Adds the numbers of another summary.
    pub(super) fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.without_password += other.without_password;
    }

    /// Counts a record.
    pub(super) fn count(&mut self, written: Written) {
        match written {
            Written::Created => self.created += 1,
            Written::Updated => self.updated += 1,
            Written::Unchanged => self.unchanged += 1,
        }
    }

    /// Counts a record that was added, or was there already and left as it was.
    pub(super) fn count_added(&mut self, added: bool) {
        self.count(if added {
            Written::Created
        } else {
            Written::Unchanged
        });
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} created, {} updated, {} unchanged",
            Count(self.created),
            Count(self.updated),
            Count(self.unchanged)
        )
    }
}

/// How far applying has come.
pub(super) enum Progress<'f> {
    /// Passwords that have been turned into verifiers.
    Passwords { done: usize, of: usize },
    /// Bytes of a file that have been read while its records are written.
    File { file: &'f Path, done: u64, of: u64 },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passwords { done, of } => {
                let percent = done * 100 / of.max(&1);
                write!(
                    f,
                    "{percent:>3} %  {} of {} passwords",
                    Count::of(*done),
                    Count::of(*of)
                )
            }
            Self::File { file, done, of } => {
                let percent = done * 100 / of.max(&1);
                write!(f, "{percent:>3} %  {}", file.display())
            }
        }
    }
}
