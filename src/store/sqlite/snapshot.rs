//! A whole registry, kept aside and put back: what every input of a fuzzer starts from.

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::errors::explain;
use super::open::Sqlite;

/// The pages of a registry at one moment.
pub(crate) struct Snapshot(Connection);

impl Snapshot {
    /// Copies all pages.
    ///
    /// # Errors
    /// When SQLite refuses, in words.
    pub(in crate::store) fn of(registry: &Sqlite) -> Result<Self, String> {
        let registry = registry
            .readers
            .connection()
            .map_err(|error| error.to_string())?;
        let mut kept = Connection::open_in_memory().map_err(|error| explain(&error))?;
        copy(&registry, &mut kept)?;
        Ok(Self(kept))
    }

    /// Makes the registry what it was. Nobody else may use it meanwhile.
    ///
    /// # Errors
    /// When SQLite refuses, in words.
    pub(in crate::store) fn put_back(&self, registry: &Sqlite) -> Result<(), String> {
        let mut registry = registry
            .readers
            .connection()
            .map_err(|error| error.to_string())?;
        // The connection refuses SQL that writes, but takes a backup.
        copy(&self.0, &mut registry)
    }
}

fn copy(from: &Connection, to: &mut Connection) -> Result<(), String> {
    let all = -1;
    Backup::new(from, to)
        .and_then(|backup| backup.step(all))
        .map(|_| ())
        .map_err(|error| explain(&error))
}
