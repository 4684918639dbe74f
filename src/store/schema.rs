//! The schema and its versions.
//!
//! The migrations are embedded, run in order in one transaction, and counted in the file's `user_version`. A file that
//! another program made, or a newer Poolhouse, is refused before anything is written to it.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::explain;

/// Marks a SQLite file as ours (`PRAGMA application_id`); the letters "Pool".
const APPLICATION_ID: i64 = 0x506f_6f6c;

const MIGRATIONS: [M<'static>; 6] = [
    M::up(include_str!("../../migrations/0001_registry.sql")),
    M::up(include_str!("../../migrations/0002_app_clients.sql")),
    M::up(include_str!("../../migrations/0003_user_passwords.sql")),
    M::up(include_str!("../../migrations/0004_sign_in.sql")),
    M::up(include_str!("../../migrations/0005_second_factors.sql")),
    M::up(include_str!("../../migrations/0006_password_history.sql")),
];

/// Brings the file's schema up to date.
///
/// # Errors
/// The reason why the file cannot be used, in words for the operator; the file is then as it was.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), String> {
    let explain = |error: rusqlite::Error| explain(&error);
    let is_current = version(connection)? == known();
    if !is_current {
        connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(explain)?;
    }
    // Other programs may have set another.
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(explain)?;
    if is_current {
        return Ok(());
    }
    Migrations::from_slice(&MIGRATIONS)
        .to_latest(connection)
        .map_err(|error| {
            if let rusqlite_migration::Error::RusqliteError { err, .. } = error {
                explain(err)
            } else {
                error.to_string()
            }
        })
}

/// The file's schema version, 0 for a new file.
///
/// # Errors
/// The reason why the file is none of ours, or too new for us.
pub(super) fn version(connection: &Connection) -> Result<i64, String> {
    let explain = |error: rusqlite::Error| explain(&error);
    let version = pragma(connection, "user_version").map_err(explain)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(explain)?;
    if tables > 0 && pragma(connection, "application_id").map_err(explain)? != APPLICATION_ID {
        return Err("the file is a SQLite database of another program".to_owned());
    }
    let known = known();
    if version > known {
        return Err(format!(
            "the file has schema version {version}, made by a newer Poolhouse; this one knows versions up to {known}. Use a \
             newer Poolhouse, or another file"
        ));
    }
    Ok(version)
}

/// Refuses a file that is to be read as it is and whose schema is not up to date.
///
/// # Errors
/// The reason, in words for the operator.
pub(super) fn check_current(connection: &Connection) -> Result<(), String> {
    let version = version(connection)?;
    if version == known() {
        return Ok(());
    }
    Err(format!(
        "the file has schema version {version}, made by an older Poolhouse; `poolhouse serve` brings it up to date"
    ))
}

/// The version that all migrations lead to.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_valid_sql() {
        Migrations::from_slice(&MIGRATIONS).validate().unwrap();
    }
}
