//! The schema and its versions.
//!
//! The migrations are embedded, run in order in one transaction, and counted in the file's `user_version`. A file that
//! another program made, or a newer Poolhouse, is refused before anything is written to it.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};
use rusqlite_migration::{HookError, HookResult, M, Migrations};

use super::errors::explain;
use crate::domain::user_filter::search_keys;
#[cfg(test)]
use crate::error::ApiError;
#[cfg(test)]
use crate::store::tx::ReadTx;

/// Marks a SQLite file as ours (`PRAGMA application_id`); the letters "Pool".
const APPLICATION_ID: i64 = 0x506f_6f6c;

/// What is said of a file without a schema.
pub(crate) const NO_REGISTRY: &str = "the file holds no registry yet";

/// Every migration, in order.
fn migrations() -> [M<'static>; 12] {
    [
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
    // Other programs may have set another.
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(explain)?;
    if is_current {
        return Ok(());
    }
    Migrations::from_slice(&migrations())
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
pub(super) fn known() -> i64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn migrate(file: &mut Connection, version: usize) {
        Migrations::from_slice(&migrations())
            .to_version(file, version)
            .unwrap();
    }

    #[test]
    fn every_migration_is_valid_sql() {
        Migrations::from_slice(&migrations()).validate().unwrap();
    }

    #[test]
    fn the_attributes_of_devices_survive_their_move_into_one_row_each() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, 6);
        file.execute_batch(
            "INSERT INTO pools (row, id, account, settings) VALUES (1, 'us-east-1_A', '000000000000', '{}');
             INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
             VALUES (1, 1, 'diego', 'diego', 'sub', 1, 'CONFIRMED', 0, 0, '{}');
             INSERT INTO devices (row, user, device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s)
             VALUES (7, 1, 'us-east-1_7', 1, 1, 0, 0, 0), (8, 1, 'us-east-1_8', 1, 1, 0, 0, 0), (9, 1, 'us-east-1_9', 1, 1, 0, 0, 0);
             INSERT INTO device_attributes (device, name, value)
             VALUES (7, 'device_status', 'valid'), (7, 'device_name', 'Phone'), (7, 'last_ip_used', '192.0.2.1'),
                    (7, 'dev:device_sdk', 'aws-sdk'), (8, 'device_name', '');",
        )
        .unwrap();
        migrate(&mut file, 7);
        let mut given = file
            .prepare(
                "SELECT device, status, name, last_ip, sdk FROM device_attributes ORDER BY device",
            )
            .unwrap();
        let given = given
            .query_map([], |row| {
                let values: [Option<String>; 4] =
                    [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
                Ok((row.get(0)?, values))
            })
            .unwrap();
        let given: Vec<(i64, [Option<String>; 4])> = given.map(Result::unwrap).collect();
        let phone = ["valid", "Phone", "192.0.2.1", "aws-sdk"].map(|value| Some(value.to_owned()));
        assert_eq!(
            given,
            [(7, phone), (8, [None, Some(String::new()), None, None])]
        );
        file.execute("DELETE FROM users", []).unwrap();
        let left: i64 = file
            .query_row("SELECT count(*) FROM device_attributes", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(left, 0, "they go with their device");
    }

    #[test]
    fn users_of_before_are_searched_without_regard_to_case() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, 8);
        file.execute_batch(
            "INSERT INTO pools (row, id, account, settings) VALUES (4, 'us-east-1_A', '000000000000', '{}');
             INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
             VALUES (-1, 4, 'a', 'a', 'sub-1', 1, 'CONFIRMED', 0, 0, '{\"email\": \"Ana@Example.com\", \"name\": \"ANA É\"}'),
                    (2, 4, 'b', 'b', 'sub-2', 1, 'CONFIRMED', 0, 0, '{\"name\": \"Ben\", \"nickname\": \"É\"}');",
        )
        .unwrap();
        migrate(&mut file, 9);
        let mut found = file
            .prepare("SELECT concat_ws(' ', quote(email_key), quote(name_key), quote(search_keys)) FROM users ORDER BY row")
            .unwrap();
        let found = found.query_map([], |row| row.get(0)).unwrap();
        let found: Vec<String> = found.map(Result::unwrap).collect();
        assert_eq!(
            found,
            [
                r#"'ana@example.com' 'ana é' '{"name":"ana é"}'"#,
                "NULL 'ben' NULL"
            ]
        );
    }

    #[test]
    fn names_of_pools_that_ignore_case_are_kept_in_lower_case() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, 8);
        file.execute_batch(
            r#"INSERT INTO pools (row, id, account, settings)
               VALUES (1, 'us-east-1_A', '0', '{"UsernameConfiguration": {"CaseSensitive": false}}'), (2, 'us-east-1_B', '0', '{}'),
                      (3, 'us-east-1_C', '0', '{"UsernameConfiguration": {"CaseSensitive": false}}');
               INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
               VALUES (1, 1, 'Ana', 'ana', 's1', 1, 'CONFIRMED', 0, 0, '{"email": "ANA@É.example", "name": "Ana"}'),
                      (2, 1, 'ben', 'ben', 's2', 1, 'CONFIRMED', 0, 0, '{"email": "Ben@x", "preferred_username": "BÉN"}'),
                      (3, 2, 'Ana', 'Ana', 's3', 1, 'CONFIRMED', 0, 0, '{"email": "Ana@x"}'),
                      (4, 3, 'carl', 'carl', 's4', 1, 'CONFIRMED', 0, 0, '{}');
               INSERT INTO user_aliases (pool, value, attribute, user) VALUES (1, 'ana@é.example', 'email', 1);
               INSERT INTO passwords (user, salt, verifier, temporary, set_ms)
               VALUES (1, x'01', x'02', 0, 0), (2, x'01', x'02', 0, 0), (3, x'01', x'02', 0, 0), (4, x'01', x'02', 0, 0);
               INSERT INTO former_passwords (user, salt, verifier) VALUES (1, x'03', x'04'), (3, x'03', x'04');"#,
        )
        .unwrap();
        migrate(&mut file, 12);
        let all = |sql: &str| -> Vec<String> {
            let mut found = file.prepare(sql).unwrap();
            let found = found.query_map([], |row| row.get(0)).unwrap();
            found.map(Result::unwrap).collect()
        };
        assert_eq!(
            all("SELECT concat_ws(' ', u.username, u.username_key, u.attributes, quote(p.username), quote(f.username))
                 FROM users u JOIN passwords p ON p.user = u.row LEFT JOIN former_passwords f ON f.user = u.row ORDER BY u.row"),
            [
                r#"Ana ana {"email":"ana@é.example","name":"Ana"} 'Ana' 'Ana'"#,
                r#"ben ben {"email":"ben@x","preferred_username":"bÉn"} NULL NULL"#,
                r#"Ana Ana {"email": "Ana@x"} NULL NULL"#,
                "carl carl {} NULL NULL",
            ]
        );
        let spelled = "SELECT spelled_usernames || '' FROM pools ORDER BY row";
        assert_eq!(all(spelled), ["1", "0", "0"]);
    }

    #[test]
    fn devices_move_to_their_owners_with_all_that_is_kept_of_them() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, 7);
        file.execute_batch(
            "INSERT INTO pools (row, id, account, settings) VALUES (4, 'us-east-1_A', '000000000000', '{}');
             INSERT INTO app_clients (row, pool, client_id, settings) VALUES (6, 4, 'client', '{}');
             INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
             VALUES (1, 4, 'Diego', 'diego', 'sub-1', 1, 'CONFIRMED', 0, 0, '{}'),
                    (2, 4, 'mary', 'mary', 'sub-2', 1, 'CONFIRMED', 0, 0, '{}');
             INSERT INTO devices (row, user, device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s)
             VALUES (9, 1, 'us-east-1_a', 1, 1, 11, 12, 13), (8, 1, 'us-east-1_b', 0, 0, 21, 22, 23),
                    (7, 2, 'us-east-1_a', 1, 0, 31, 32, 33);
             INSERT INTO device_attributes (device, status, name, last_ip, sdk)
             VALUES (9, 'valid', 'Phone', '192.0.2.1', 'aws-sdk'), (7, NULL, '', NULL, NULL);
             INSERT INTO device_secrets (device, group_key, salt, verifier)
             VALUES (9, '-group', x'05', x'06'), (8, '-other', NULL, NULL);
             INSERT INTO device_challenges (device, client, session, expires_ms) VALUES (9, 6, x'07', 77);",
        )
        .unwrap();
        migrate(&mut file, 8);
        let all = |sql: &str| -> Vec<String> {
            let mut found = file.prepare(sql).unwrap();
            let found = found.query_map([], |row| row.get(0)).unwrap();
            found.map(Result::unwrap).collect()
        };
        assert_eq!(
            all(
                "SELECT concat_ws(' ', pool, username_key, device_key, confirmed, remembered, created_ms, modified_ms,
                     authenticated_s, quote(status), quote(name), quote(last_ip), quote(sdk)) FROM device_attributes"
            ),
            [
                "4 diego us-east-1_a 1 1 11 12 13 'valid' 'Phone' '192.0.2.1' 'aws-sdk'",
                "4 diego us-east-1_b 0 0 21 22 23 NULL NULL NULL NULL",
                "4 mary us-east-1_a 1 0 31 32 33 NULL '' NULL NULL",
            ]
        );
        assert_eq!(
            all(
                "SELECT concat_ws(' ', pool, username_key, device_key, quote(group_key), quote(salt), quote(verifier))
                 FROM devices"
            ),
            [
                "4 diego us-east-1_a '-group' X'05' X'06'",
                "4 diego us-east-1_b '-other' NULL NULL",
                "4 mary us-east-1_a NULL NULL NULL",
            ]
        );
        let challenges = "SELECT concat_ws(' ', pool, username_key, device_key, client, quote(session), expires_ms)
                          FROM device_challenges";
        assert_eq!(all(challenges), ["4 diego us-east-1_a 6 X'07' 77"]);
        assert!(all("SELECT \"table\" FROM pragma_foreign_key_check").is_empty());
        // What a user is found by takes the devices along, and so does the user who goes.
        file.execute("UPDATE users SET username_key = 'Diego' WHERE row = 1", [])
            .unwrap();
        assert_eq!(all(challenges), ["4 Diego us-east-1_a 6 X'07' 77"]);
        file.execute("DELETE FROM users WHERE row = 1", []).unwrap();
        let left =
            "SELECT username_key FROM devices UNION ALL SELECT username_key FROM device_attributes
                    UNION ALL SELECT username_key FROM device_challenges";
        assert_eq!(all(left), ["mary", "mary"]);
    }

    #[test]
    fn sign_ins_that_wait_stay_and_a_large_outbox_is_cut() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, 9);
        file.execute_batch(
            "INSERT INTO pools (row, id, account, settings) VALUES (4, 'us-east-1_A', '000000000000', '{}');
             INSERT INTO app_clients (row, pool, client_id, settings) VALUES (6, 4, 'client', '{}');
             INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
             VALUES (1, 4, 'diego', 'diego', 'sub-1', 1, 'CONFIRMED', 0, 0, '{}');
             INSERT INTO devices (pool, username_key, device_key) VALUES (4, 'diego', 'us-east-1_a');
             INSERT INTO device_challenges (pool, username_key, device_key, client, session, expires_ms)
             VALUES (4, 'diego', 'us-east-1_a', 6, x'07', 77);
             INSERT INTO outbox (pool, user, medium, destination, purpose, code, message, subject, created_ms, expires_ms)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
             SELECT 4, 1, 'EMAIL', 'x', 'Authentication', '1', 'ü', 'a', 0, 0 FROM n;",
        )
        .unwrap();
        migrate(&mut file, 10);
        let one = |sql: &str| -> String { file.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(
            one("SELECT concat_ws(' ', pool, username_key, device_key, client, quote(session), expires_ms)
                 FROM device_challenges"),
            "4 diego us-east-1_a 6 X'07' 77"
        );
        assert_eq!(
            one("SELECT concat_ws(' ', count(*), min(id), sum(bytes)) FROM outbox"),
            "1000 201 3000"
        );
        assert_eq!(
            one("SELECT count(*) || '' FROM pragma_foreign_key_check"),
            "0"
        );
        file.execute("DELETE FROM users", []).unwrap();
        assert_eq!(one("SELECT count(*) || '' FROM device_challenges"), "0");
    }
}
