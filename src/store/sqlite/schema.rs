//! The schema and its versions.
//!
//! The migrations are embedded, run in order in one transaction, and counted in the file's `user_version`. A file that
//! another program made, or a newer Poolhouse, is refused before anything is written to it.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction};
use rusqlite_migration::{HookError, HookResult, M, Migrations};

use super::errors::explain;
use crate::domain::user::filter::search_keys;
#[cfg(test)]
use crate::error::ApiError;
#[cfg(test)]
use crate::store::tx::ReadTx;

/// How long it takes until a file in use is tried again, in milliseconds.
const AGAIN_MS: i64 = 10;

/// Marks a SQLite file as ours (`PRAGMA application_id`); the letters "Pool".
pub(super) const APPLICATION_ID: i64 = 0x506f_6f6c;

/// What is said of a file without a schema.
pub(crate) const NO_REGISTRY: &str = "the file holds no registry yet";

/// Every migration, in order.
pub(super) fn migrations() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("../../../migrations/0001_registry.sql")),
        M::up(include_str!("../../../migrations/0002_app_clients.sql")),
        M::up(include_str!("../../../migrations/0003_user_passwords.sql")),
        M::up(include_str!("../../../migrations/0004_sign_in.sql")),
        M::up(include_str!("../../../migrations/0005_second_factors.sql")),
        M::up(include_str!(
            "../../../migrations/0006_password_history.sql"
        )),
        M::up(include_str!(
            "../../../migrations/0007_device_attributes.sql"
        )),
        M::up(include_str!(
            "../../../migrations/0008_devices_by_owner.sql"
        )),
        M::up_with_hook(
            include_str!("../../../migrations/0009_search_keys.sql"),
            put_search_keys,
        ),
        M::up(include_str!(
            "../../../migrations/0010_proofs_and_messages.sql"
        )),
        M::up(include_str!("../../../migrations/0011_expired_rows.sql")),
        M::up(include_str!("../../../migrations/0012_one_case.sql")),
        M::up(include_str!("../../../migrations/0013_user_row.sql")),
        M::up(include_str!("../../../migrations/0014_groups.sql")),
        M::up(include_str!("../../../migrations/0015_client_secrets.sql")),
        M::up(include_str!("../../../migrations/0016_codes.sql")),
        M::up(include_str!("../../../migrations/0017_auth_events.sql")),
        M::up(include_str!(
            "../../../migrations/0018_signing_certificates.sql"
        )),
        M::up(include_str!("../../../migrations/0019_user_import.sql")),
        M::up(include_str!("../../../migrations/0020_user_sessions.sql")),
        M::up(include_str!("../../../migrations/0021_deliveries.sql")),
        M::up(include_str!("../../../migrations/0022_outbox_size.sql")),
        M::up(include_str!("../../../migrations/0023_user_counts.sql")),
        M::up(include_str!(
            "../../../migrations/0024_domains_and_resource_servers.sql"
        )),
        M::up(include_str!(
            "../../../migrations/0025_identity_providers.sql"
        )),
        M::up(include_str!("../../../migrations/0026_documents.sql")),
        M::up(include_str!("../../../migrations/0027_oauth.sql")),
        M::up(include_str!(
            "../../../migrations/0028_external_aliases.sql"
        )),
    ]
}

/// Writes the search keys of the users whose attributes hold more than ASCII.
fn put_search_keys(tx: &Transaction<'_>) -> HookResult {
    let mut some = tx.prepare(
        "SELECT row, attributes FROM users WHERE row > ?1 AND attributes GLOB '*[^' || char(1) || '-' || char(127) || ']*'
         ORDER BY row LIMIT 1000",
    )?;
    let mut put = tx.prepare("UPDATE users SET search_keys = ?2 WHERE row = ?1")?;
    let mut after = i64::MIN;
    loop {
        let users = some
            .query_map([after], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
        for (row, attributes) in &users {
            after = *row;
            let unreadable = |error: serde_json::Error| HookError::Hook(error.to_string());
            let attributes: BTreeMap<String, String> =
                serde_json::from_str(attributes).map_err(unreadable)?;
            if let Some(keys) = search_keys(&attributes) {
                put.execute((row, serde_json::to_string(&keys).map_err(unreadable)?))?;
            }
        }
        if users.is_empty() {
            return Ok(());
        }
    }
}

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
    write_ahead(connection).map_err(explain)?;
    if is_current {
        return Ok(());
    }
    let done = Migrations::from_slice(&migrations()).to_latest(connection);
    // The library reads the version before its transaction begins. Meanwhile somebody else may have brought the file up to date.
    if done.is_err() && version(connection)? == known() {
        return Ok(());
    }
    done.map_err(|error| {
        if let rusqlite_migration::Error::RusqliteError { err, .. } = error {
            explain(err)
        } else {
            error.to_string()
        }
    })
}

/// Has the file written by way of a write-ahead log; other programs may have set something else. SQLite does not wait for others
/// who use the file meanwhile, such as a server that sets up the same new file, so it is tried again for as long as a connection
/// waits.
#[expect(
    clippy::disallowed_methods,
    reason = "no request waits while a registry is opened"
)]
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = pragma(connection, "busy_timeout")? / AGAIN_MS;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if tries > 0 && error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) =>
            {
                tries -= 1;
                thread::sleep(Duration::from_millis(AGAIN_MS.unsigned_abs()));
            }
            done => return done,
        }
    }
}

/// The file's schema version, 0 for a new file.
///
/// # Errors
/// Why the file cannot be used: another program's, or a newer Poolhouse's.
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

/// The schema version of a file that must hold a registry.
///
/// # Errors
/// As [`version`]; and when the file is a new one.
pub(super) fn version_of_registry(connection: &Connection) -> Result<i64, String> {
    registry(version(connection)?)
}

fn registry(version: i64) -> Result<i64, String> {
    if version == 0 {
        return Err(NO_REGISTRY.to_owned());
    }
    Ok(version)
}

/// The same for a file that is to be used as it is: its schema must be up to date.
///
/// # Errors
/// The reason, in words for the operator.
pub(super) fn check_current(connection: &Connection) -> Result<i64, String> {
    current(version(connection)?)
}

/// The same for a file whose schema version has been read.
///
/// # Errors
/// The reason, in words for the operator.
pub(super) fn current(version: i64) -> Result<i64, String> {
    if is_current(registry(version)?) {
        return Ok(version);
    }
    Err(format!(
        "the file has schema version {version}, made by an older Poolhouse; `poolhouse serve` brings it up to date, and \
         `poolhouse backup` copies it as it is"
    ))
}

/// Whether this is the version that all migrations lead to.
pub(super) fn is_current(version: i64) -> bool {
    version == known()
}

/// The version that all migrations lead to.
pub(in crate::store) fn known() -> i64 {
    i64::try_from(migrations().len()).unwrap_or(i64::MAX)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// The names of all tables.
#[cfg(test)]
pub(in crate::store) fn table_names(tx: &ReadTx<'_>) -> Result<Vec<String>, ApiError> {
    tx.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        (),
        |row| row.get(0),
    )
}

/// What the schema has, a line for each column, key, unique constraint and reference, as PostgreSQL would describe it.
#[cfg(test)]
pub(in crate::store) fn shape(tx: &ReadTx<'_>) -> Result<Vec<String>, ApiError> {
    let text = |row: crate::store::tx::Row<'_>| row.get::<String>(0);
    let key = "(SELECT group_concat(k.name, ', ') FROM (SELECT name FROM pragma_table_xinfo(t.name) WHERE pk > 0 ORDER BY pk) k)";
    let tables =
        "(SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%') t";
    let mut lines = tx.all(
        &format!(
            "SELECT t.name || '.' || c.name || CASE WHEN c.\"notnull\" OR c.pk > 0 THEN ' NOT NULL' ELSE '' END
             FROM {tables}, pragma_table_xinfo(t.name) c"
        ),
        (),
        text,
    )?;
    lines.extend(tx.all(
        &format!("SELECT t.name || ' PRIMARY KEY (' || {key} || ')' FROM {tables}"),
        (),
        text,
    )?);
    lines.extend(tx.all(
        &format!(
            "SELECT t.name || ' UNIQUE (' || (SELECT group_concat(i.name, ', ') FROM pragma_index_info(l.name) i) || ')'
             FROM {tables}, pragma_index_list(t.name) l WHERE l.origin = 'u'"
        ),
        (),
        text,
    )?);
    let parent = key.replace("t.name", "r.\"table\"");
    lines.extend(tx.all(
        &format!(
            "SELECT t.name || ' FOREIGN KEY (' || group_concat(r.\"from\", ', ') || ') REFERENCES ' || r.\"table\" || '('
                 || coalesce(group_concat(r.\"to\", ', '), {parent}) || ')'
                 || CASE r.on_update WHEN 'NO ACTION' THEN '' ELSE ' ON UPDATE ' || r.on_update END
                 || CASE r.on_delete WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || r.on_delete END
             FROM {tables}, pragma_foreign_key_list(t.name) r GROUP BY t.name, r.id"
        ),
        (),
        text,
    )?);
    Ok(lines)
}
