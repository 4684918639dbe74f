//! The file over time: expired rows are deleted, their room can be given back, and an upgrade keeps a copy of the file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::world::{Server, Tool, bytes, migrations, registry};

/// Rows of every table with an expiry, some of them expired; times are in milliseconds.
const ROWS: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO used_sessions SELECT randomblob(16), 1000 + i FROM n;
    INSERT INTO used_sessions VALUES (randomblob(16), 4000000000000);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO failed_attempts SELECT randomblob(32), 3, 1000 + i FROM n;
    INSERT INTO failed_attempts VALUES (randomblob(32), 3, 4000000000000);
    INSERT INTO app_clients (pool, client_id, settings)
        SELECT pool, 'expiry00000000000000000000', '{\"ClientName\":\"e\"}' FROM users LIMIT 1;
    INSERT INTO sign_ins (user_row, client, origin_jti, auth_time_s, expires_ms, revoked)
        SELECT u.row, c.row, 'old', 1, 2000, 0 FROM users u JOIN app_clients c USING (pool) LIMIT 1;
    INSERT INTO sign_ins (user_row, client, origin_jti, auth_time_s, expires_ms, revoked)
        SELECT u.row, c.row, 'new', 1, 4000000000000, 0 FROM users u JOIN app_clients c USING (pool) LIMIT 1;
    INSERT INTO refresh_tokens (hash, sign_in) SELECT randomblob(32), row FROM sign_ins;
    INSERT INTO user_sessions (sign_in, id, user_row, created_ms, last_active_ms)
        SELECT row, printf('tkn%025d', row), user_row, 1000, 1000 FROM sign_ins;
    INSERT INTO outbox (pool, user_row, medium, destination, purpose, code, message, created_ms, expires_ms)
        SELECT pool, row, 'EMAIL', 'a@example.com', 'Authentication', '123456', 'Your code is 123456', 1000, 2000 FROM users LIMIT 1;
    INSERT INTO outbox (pool, user_row, medium, destination, purpose, code, message, created_ms, expires_ms)
        SELECT pool, row, 'EMAIL', 'a@example.com', 'Authentication', '123456', 'Your code is 123456', 1000, 4000000000000
        FROM users LIMIT 1;
    INSERT INTO device_challenges
        SELECT d.pool, d.username_key, d.device_key, c.row, randomblob(16), 2000, NULL FROM devices d JOIN app_clients c USING (pool) LIMIT 1;
    INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms)
        SELECT row, 1, 'old', 'SignIn', 'Pass', 1000 FROM users LIMIT 1;
    INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms)
        SELECT row, 2, 'new', 'SignIn', 'Pass', 4000000000000 FROM users LIMIT 1;
    UPDATE device_attributes SET created_ms = 1000 WHERE NOT confirmed;
";

fn open(path: &Path) -> Connection {
    let file = Connection::open(path).unwrap();
    file.busy_timeout(Duration::from_secs(10)).unwrap();
    file.pragma_update(None, "foreign_keys", true).unwrap();
    file
}

/// The number of rows in each table with an expiry: sessions, attempts, sign-ins, refresh tokens, sessions of users, messages,
/// challenges, events, devices that were not confirmed.
fn counts(file: &Connection) -> Vec<i64> {
    let tables = [
        "used_sessions",
        "failed_attempts",
        "sign_ins",
        "refresh_tokens",
        "user_sessions",
        "outbox",
        "device_challenges",
        "auth_events",
        "device_attributes WHERE NOT confirmed",
    ];
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        file.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    tables.map(count).into()
}

/// The number of rows of [`ROWS`] that have not expired.
const LEFT: [i64; 9] = [1, 1, 1, 1, 1, 1, 0, 1, 0];

#[test]
fn what_has_expired_goes_while_a_server_runs_without_anybody_signing_in() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let file = open(&tool.path("data/poolhouse.db"));
    file.execute_batch(ROWS).unwrap();
    assert!(counts(&file)[0] > 500 && counts(&file)[8] > 0);
    let mut command = tool.command("serve --listen 127.0.0.1:0 --limits off");
    command.env("POOLHOUSE_STORE_EXPIRY_SECONDS", "1");
    let server = Server::start(command);
    while counts(&file) != LEFT {
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(file);
    drop(server);
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_file_is_made_as_small_as_what_it_holds() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    assert_eq!(tool.run("seed generate --users 3000").code, 0);
    let path = tool.path("data/poolhouse.db");
    let file = open(&path);
    file.execute_batch(ROWS).unwrap();
    delete_users(&file, "username LIKE 'user-%'");
    drop(file);
    let before = std::fs::metadata(&path).unwrap().len();
    let exported = tool.export();
    let outcome = tool.run("compact");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after * 4 < before, "{before} bytes became {after}");
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert!(lines[0].ends_with(" expired records removed"), "{lines:?}");
    assert!(lines[1].starts_with("Takes up to "), "{lines:?}");
    let plain = outcome.stdout.replace(',', "");
    assert!(
        plain.ends_with(&format!("data/poolhouse.db: {after} bytes\n")),
        "{plain}"
    );
    assert_eq!(counts(&open(&path)), LEFT);
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(tool.run("check --deep").code, 0);
    let mut again = tool.export();
    let mut exported = exported;
    for export in [&mut again, &mut exported] {
        // What was never confirmed has expired.
        for pool in export["UserPools"].as_array_mut().unwrap() {
            for user in pool["Users"].as_array_mut().unwrap() {
                if let Some(devices) = user["Devices"].as_array_mut() {
                    devices.retain(|device| device["Confirmed"] != false);
                }
                if user["Devices"].as_array().is_none_or(Vec::is_empty) {
                    user.as_object_mut().unwrap().remove("Devices");
                }
            }
        }
    }
    assert_eq!(again, exported);
    assert_eq!(tool.run("compact").code, 0, "a second time changes nothing");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), after);
}

#[test]
fn a_file_that_a_server_has_open_is_not_compacted() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let server = tool.serve("--limits off");
    let outcome = tool.run("compact");
    let why = "poolhouse: data/poolhouse.db: another process has the file open. Stop the server first, and start it again \
               afterwards\n";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, why));
    let client = server.client();
    client
        .call("ListUserPools", &serde_json::json!({"MaxResults": 1}))
        .ok();
    drop(server);
    assert_eq!(tool.run("compact").code, 0);
    for (file, code) in [("no/such.db", 4), (":memory:", 2)] {
        assert_eq!(tool.run(&format!("compact --database {file}")).code, code);
    }
    let mut damaged = bytes(&tool.path("data/poolhouse.db"));
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8000].fill(0xa5);
    let damaged = tool.write("damaged.db", damaged);
    let before = bytes(&damaged);
    let outcome = tool.run("compact --database damaged.db");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert_eq!(bytes(&damaged), before);
}

#[test]
fn a_compaction_that_is_cut_off_loses_nothing() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 8000").code, 0);
    let path = tool.path("data/poolhouse.db");
    delete_users(&open(&path), "row % 3 = 0");
    let exported = tool.run("seed export").stdout;
    let log = tool.path("data/poolhouse.db-wal");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    // Kills it while the new file is written, later each time.
    for most in [1, 100_000, 1_000_000, 4_000_000] {
        let mut compact = tool.command("compact").spawn().unwrap();
        while length(&log) < most && compact.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        compact.kill().unwrap();
        compact.wait().unwrap();
        assert_eq!(tool.run("check --deep").code, 0);
        assert_eq!(tool.run("seed export").stdout, exported);
    }
    assert_eq!(tool.run("compact").code, 0);
    assert_eq!(tool.run("seed export").stdout, exported);
}

/// Deletes users, and keeps the number of those that are left, as the server does.
fn delete_users(file: &Connection, which: &str) {
    file.execute_batch(&format!(
        "DELETE FROM users WHERE {which};
         UPDATE user_counts SET users = (SELECT count(*) FROM users WHERE users.pool = user_counts.pool);"
    ))
    .unwrap();
}

/// A file of an earlier schema version, made by the migrations up to it.
fn old_file(tool: &Tool, name: &str, version: u8) {
    let file = open(&tool.path(name));
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    for migration in migrations().iter().take(version.into()) {
        let sql = std::fs::read_to_string(migration).unwrap();
        file.execute_batch(&sql).unwrap();
    }
    file.pragma_update(None, "application_id", 0x506f_6f6c)
        .unwrap();
    file.pragma_update(None, "user_version", version).unwrap();
}

fn version(path: &Path) -> i64 {
    open(path)
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[test]
fn an_upgrade_says_so_and_keeps_the_file_as_it_was() {
    let tool = Tool::new();
    let migrations = migrations().len();
    old_file(&tool, "old.db", 7);
    for (command, said) in [
        (
            "check --database old.db",
            "old.db ok: schema version 7, of an older Poolhouse",
        ),
        (
            "backup copy.db --database old.db",
            "copy.db: schema version 7",
        ),
    ] {
        let outcome = tool.run(command);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stdout.contains(said), "{outcome:?}");
    }
    let before = bytes(&tool.path("old.db"));
    for command in ["compact", "outbox", "seed export", "seed export out.json"] {
        let outcome = tool.run(&format!("{command} --database old.db"));
        assert_eq!(outcome.code, 4, "{outcome:?}");
        let why = "made by an older Poolhouse; `poolhouse serve` brings it up to date, and `poolhouse backup` copies it";
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
    assert!(!tool.path("out.json").exists());
    assert_eq!(bytes(&tool.path("old.db")), before);
    assert_eq!(version(&tool.path("old.db")), 7);
    for kept in ["old.db.version-7", "old.db.version-7.2"] {
        let server = tool.serve("--database old.db");
        let said = format!("old.db: brought from schema version 7 to {migrations} in ");
        let line = server.start.iter().find(|line| line.contains(&said));
        let line = line.unwrap_or_else(|| panic!("{:?}", server.start));
        let back = format!(
            "start the earlier Poolhouse on {}",
            tool.path(kept).canonicalize().unwrap().display()
        );
        assert!(line.contains(&back), "{line}");
        drop(server);
        assert_eq!(version(&tool.path(kept)), 7);
        let mode = std::fs::metadata(tool.path(kept))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = tool.serve("--database old.db");
        assert!(
            !again
                .start
                .iter()
                .any(|line| line.contains("schema version")),
            "{:?}",
            again.start
        );
        drop(again);
        // Back to the old version, and forward again.
        for beside in ["old.db-wal", "old.db-shm"] {
            let _ = std::fs::remove_file(tool.path(beside));
        }
        std::fs::copy(tool.path(kept), tool.path("old.db")).unwrap();
    }
}

#[test]
fn an_upgrade_keeps_nothing_where_that_is_switched_off_and_is_refused_without_room() {
    let tool = Tool::new();
    old_file(&tool, "old.db", 7);
    let command = tool.command("");
    let script =
        "trap '' XFSZ; ulimit -S -f 120; exec \"$0\" serve --database old.db --listen 127.0.0.1:0";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program());
    let output = shell.current_dir(tool.path("")).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{complaint}");
    assert!(
        complaint.contains("Make room, or set store.keep_before_upgrade to off"),
        "{complaint}"
    );
    assert_eq!(version(&tool.path("old.db")), 7);
    let mut command = tool.command("serve --database old.db --listen 127.0.0.1:0");
    command.env("POOLHOUSE_STORE_KEEP_BEFORE_UPGRADE", "off");
    let server = Server::start(command);
    let said = "on a backup from before";
    assert!(
        server.start.iter().any(|line| line.contains(said)),
        "{:?}",
        server.start
    );
    assert!(!tool.path("old.db.version-7").exists());
}
