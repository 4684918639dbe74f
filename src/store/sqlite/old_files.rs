//! Files of earlier schema versions keep what they hold when they are brought up to date.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite_migration::Migrations;

use super::inspect::inspect;
use super::schema::{APPLICATION_ID, known, migrations, version};
use crate::settings::Database;
use crate::store::snapshot::SnapshotName;
use crate::store::{Depth, Store};

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
        .prepare("SELECT device, status, name, last_ip, sdk FROM device_attributes ORDER BY device")
        .unwrap();
    let given = given
        .query_map([], |row| {
            let values: [Option<String>; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
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
    let challenges =
        "SELECT concat_ws(' ', pool, username_key, device_key, client, quote(session), expires_ms)
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

#[test]
fn users_of_before_are_counted_once() {
    let mut file = Connection::open_in_memory().unwrap();
    migrate(&mut file, 22);
    file.execute_batch(
        "INSERT INTO pools (row, id, account, settings) VALUES (4, 'us-east-1_A', '000000000000', '{}'),
                 (5, 'us-east-1_B', '000000000000', '{}'), (6, 'us-east-1_C', '000000000000', '{}');
             INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
             VALUES (1, 6, 'a', 'a', 'sub-1', 1, 'CONFIRMED', 0, 0, '{}'), (2, 4, 'a', 'a', 'sub-2', 0, 'CONFIRMED', 0, 0, '{}'),
                    (3, 6, 'b', 'b', 'sub-3', 1, 'CONFIRMED', 0, 0, '{}');",
    )
    .unwrap();
    migrate(&mut file, 23);
    file.execute("DELETE FROM pools WHERE row = 4", []).unwrap();
    let counted = "SELECT group_concat(pool || ': ' || users, ', ') FROM user_counts";
    let counted: String = file.query_row(counted, [], |row| row.get(0)).unwrap();
    assert_eq!(counted, "6: 2");
}

#[test]
fn domains_that_pools_named_are_kept() {
    let mut file = Connection::open_in_memory().unwrap();
    migrate(&mut file, 23);
    file.execute_batch(
        r#"INSERT INTO pools (row, id, account, settings) VALUES
               (4, 'us-east-1_A', '000000000000', '{"Name": "a", "Domain": "shop", "CustomDomain": "auth.example.com"}'),
               (5, 'us-east-1_B', '000000000000', '{"Domain": "shop"}'), (6, 'us-east-1_C', '000000000000', '{}');"#,
    )
    .unwrap();
    migrate(&mut file, 24);
    let all = |sql: &str| file.query_row(sql, [], |row| row.get::<_, String>(0));
    let domains = "SELECT group_concat(concat_ws(' ', name, pool, is_custom), ', ' ORDER BY name) FROM user_pool_domains";
    assert_eq!(all(domains).unwrap(), "auth.example.com 4 1, shop 4 0");
    let settings = "SELECT group_concat(settings, ', ' ORDER BY row) FROM pools";
    assert_eq!(all(settings).unwrap(), r#"{"Name":"a"}, {}, {}"#);
}

#[test]
fn what_refers_to_users_is_kept_under_another_name_of_the_column() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("poolhouse.db");
    let mut file = Connection::open(&path).unwrap();
    file.pragma_update(None, "application_id", APPLICATION_ID)
        .unwrap();
    migrate(&mut file, 12);
    file.execute_batch(
        r#"INSERT INTO pools (row, id, account, settings) VALUES
               (4, 'us-east-1_Abcdefghi', '000000000000', '{"AliasAttributes": ["email"]}');
           INSERT INTO app_clients (row, pool, client_id, settings) VALUES (6, 4, 'client00000000000000000000', '{"ClientName": "c"}');
           INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
           VALUES (1, 4, 'ana', 'ana', 's1', 1, 'CONFIRMED', 0, 0, '{"email": "ana@example.com", "email_verified": "true"}');
           INSERT INTO user_aliases (pool, value, attribute, user) VALUES (4, 'ana@example.com', 'email', 1);
           INSERT INTO passwords (user, salt, verifier, temporary, set_ms) VALUES (1, x'01', x'02', 0, 5);
           INSERT INTO former_passwords (row, user, salt, verifier) VALUES (3, 1, x'03', x'04');
           INSERT INTO sign_ins (row, user, client, origin_jti, auth_time_s, expires_ms, revoked) VALUES (2, 1, 6, 'jti', 1, 2, 0);
           INSERT INTO refresh_tokens (hash, sign_in) VALUES (x'0506', 2);
           INSERT INTO software_tokens (user, verified, secret, last_step) VALUES (1, 1, x'0708', 9), (1, 0, x'090a', NULL);
           INSERT INTO mfa_preferences (user, sms, email, software_token, preferred) VALUES (1, 0, NULL, 1, 'SOFTWARE_TOKEN_MFA');
           INSERT INTO outbox (id, pool, user, medium, destination, purpose, code, message, created_ms, expires_ms)
           VALUES (8, 4, 1, 'EMAIL', 'x', 'Authentication', '1', 'm', 1, 2);"#,
    )
    .unwrap();
    let all = |column: &str| {
        [
            ("user_aliases", "pool, value, attribute"),
            (
                "passwords",
                "quote(salt), quote(verifier), temporary, set_ms, quote(username)",
            ),
            (
                "former_passwords",
                "row, quote(salt), quote(verifier), quote(username)",
            ),
            (
                "sign_ins",
                "row, client, origin_jti, quote(device_key), auth_time_s, expires_ms, revoked",
            ),
            (
                "software_tokens",
                "verified, quote(secret), quote(friendly_name), quote(last_step)",
            ),
            (
                "mfa_preferences",
                "sms, quote(email), software_token, preferred",
            ),
            (
                "outbox",
                "id, pool, medium, destination, purpose, code, message, bytes",
            ),
        ]
        .map(|(table, others)| {
            let sql = format!(
                "SELECT group_concat(concat_ws(' ', {column}, {others}), ', ') FROM {table}"
            );
            file.query_row(&sql, [], |row| row.get::<_, String>(0))
                .unwrap()
        })
    };
    let before = all("user");
    assert_eq!(before[5], "1 0 NULL 1 SOFTWARE_TOKEN_MFA");
    assert_eq!(before[4], "1 0 X'090A' NULL NULL, 1 1 X'0708' NULL 9");

    let database = Database::File(path);
    let store = Store::opened(database.clone(), 1);
    let newest = format!("from schema version 12 to {}", known());
    assert!(
        store
            .notices()
            .iter()
            .any(|notice| notice.contains(&newest))
    );
    assert_eq!(all("user_row"), before);
    let references = "SELECT count(*) FROM sqlite_schema t, pragma_foreign_key_list(t.name) r
                      WHERE r.\"table\" = 'users' AND r.\"from\" = 'user_row' AND r.on_delete = 'CASCADE'
                          AND t.name IN ('user_aliases', 'passwords', 'former_passwords', 'sign_ins', 'software_tokens',
                              'mfa_preferences', 'outbox')";
    let references: i64 = file.query_row(references, [], |row| row.get(0)).unwrap();
    assert_eq!(references, 7);
    drop(store);
    let found = inspect(&database, Depth::File, Duration::from_secs(1)).unwrap();
    assert!(found.damage.is_empty());
    file.pragma_update(None, "foreign_keys", true).unwrap();
    file.execute("DELETE FROM users", []).unwrap();
    let left = "SELECT (SELECT count(*) FROM passwords) + (SELECT count(*) FROM sign_ins) + (SELECT count(*) FROM outbox)";
    assert_eq!(
        file.query_row(left, [], |row| row.get::<_, i64>(0))
            .unwrap(),
        0
    );
}

#[test]
fn a_snapshot_of_an_older_schema_is_brought_up_to_date_and_others_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::opened(Database::File(directory.path().join("poolhouse.db")), 2);
    let snapshots = directory.path().join("poolhouse.db.snapshots");
    fs::create_dir(&snapshots).unwrap();
    let pools = || -> (String, i64) {
        let ids = "SELECT coalesce(group_concat(id), '') FROM pools";
        let ids = store.read_now(|tx| tx.one(ids, (), |row| row.get(0)));
        let domains = "SELECT count(*) FROM user_pool_domains";
        let domains = store.read_now(|tx| tx.one(domains, (), |row| row.get(0)));
        (ids.unwrap(), domains.unwrap())
    };
    let save = |name: &str, application_id: i64, version: i64| {
        let mut file = Connection::open(snapshots.join(name)).unwrap();
        file.pragma_update(None, "application_id", application_id)
            .unwrap();
        migrate(&mut file, 23);
        file.execute_batch(
            r#"INSERT INTO pools (row, id, account, settings)
               VALUES (4, 'us-east-1_Abcdefghi', '000000000000', '{"Domain": "shop"}')"#,
        )
        .unwrap();
        file.pragma_update(None, "user_version", version).unwrap();
        SnapshotName::parse(name).unwrap()
    };
    let newer = known() + 1;
    let of_another_program = save("other", 7, 23);
    let of_a_newer_version = save("newer", APPLICATION_ID, newer);
    for (name, reason) in [
        (of_another_program, "a SQLite database of another program"),
        (of_a_newer_version, "made by a newer Poolhouse"),
    ] {
        let error = store.restore_snapshot(&name).unwrap_err();
        assert!(error.reason.unwrap().contains(reason));
        assert_eq!(pools(), (String::new(), 0));
    }
    store
        .restore_snapshot(&save("older", APPLICATION_ID, 23))
        .unwrap();
    assert_eq!(pools(), ("us-east-1_Abcdefghi".to_owned(), 1));
    let kept = Connection::open(snapshots.join("older")).unwrap();
    assert_eq!(
        version(&kept),
        Ok(known()),
        "the next time there is nothing to do"
    );
}
