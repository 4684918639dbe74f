//! Databases that cannot be used: refused in words, with the exit code of a data file that cannot be.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::world::{OwnDatabase, Pooler, PostgresServer, Tool, execute, unprivileged};

/// Has the database checked, which cannot be used. Returns what is printed.
fn refused(tool: &Tool, database: &str) -> String {
    let outcome = tool.run(&format!("check --database {database}"));
    assert_eq!(outcome.code, 4, "{outcome:?}");
    outcome.stderr
}

fn accepted(tool: &Tool, database: &str) {
    let outcome = tool.run(&format!("check --database {database}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

/// The certificates of a server at `localhost`, for a hundred years from 2026.
fn certificates() -> PathBuf {
    fs::canonicalize("tests/data/postgres").unwrap()
}

/// Gives a server its certificate, and asks one of its users for a password.
fn secure(data: &Path) {
    for name in ["server.pem", "server.key"] {
        let file = data.join(name);
        fs::copy(certificates().join(name), &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        if let Some(user) = unprivileged() {
            chown(&file, Some(user), Some(user)).unwrap();
        }
    }
    let rules = "local all all trust\nhost all ana all scram-sha-256\nhost all all all trust\n";
    fs::write(data.join("pg_hba.conf"), rules).unwrap();
}

#[test]
fn a_server_is_known_by_its_certificate_and_a_user_by_the_password() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port.to_string()),
        ("ssl", "on"),
        ("ssl_cert_file", "server.pem"),
        ("ssl_key_file", "server.key"),
    ];
    let server = PostgresServer::prepared(secure, &settings);
    let local = server
        .address("postgres")
        .replace("/postgres", &format!(":{port}/postgres"));
    execute(&local, "CREATE USER ana PASSWORD 's3cret'");
    let tool = Tool::new();
    let authority = format!("sslrootcert={}/authority.pem", certificates().display());
    let at =
        |host: &str, query: &str| format!("postgres://poolhouse@{host}:{port}/postgres?{query}");
    let unknown = refused(&tool, &at("localhost", ""));
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    let misnamed = refused(&tool, &at("127.0.0.1", &authority));
    assert!(
        misnamed.contains("certificate not valid for name"),
        "{misnamed}"
    );
    let missing = refused(&tool, &at("localhost", "sslrootcert=missing.pem"));
    assert!(missing.contains("sslrootcert missing.pem: "), "{missing}");
    for mode in [
        "",
        "&sslmode=require",
        "&sslmode=verify-ca",
        "&sslmode=verify-full",
    ] {
        accepted(&tool, &at("localhost", &format!("{authority}{mode}")));
    }
    let with_password = |password: &str| {
        let address = at("localhost", &authority);
        address.replace("poolhouse@", &format!("ana:{password}@"))
    };
    accepted(&tool, &with_password("s3cret"));
    let wrong = refused(&tool, &with_password("gu3ssed"));
    assert!(
        wrong.contains("does not accept the user and password"),
        "{wrong}"
    );
    assert!(!wrong.contains("gu3ssed"), "{wrong}");
}

#[test]
fn a_standby_is_refused_until_it_is_promoted_and_passed_over_where_both_are_named() {
    let tool = Tool::new();
    let mut primary = PostgresServer::start(&[]);
    let mut standby = PostgresServer::placed();
    standby.follow(&primary, &[]);
    let refused_as_standby = refused(&tool, &standby.address("postgres"));
    assert!(
        refused_as_standby.contains("is a standby"),
        "{refused_as_standby}"
    );
    let folder = |server: &PostgresServer| server.folder.to_str().unwrap().replace('/', "%2F");
    let both = format!(
        "postgres://poolhouse@{},{}/postgres?target_session_attrs=read-write",
        folder(&standby),
        folder(&primary)
    );
    accepted(&tool, &both);
    primary.kill();
    refused(&tool, &both);
    execute(&standby.address("postgres"), "SELECT pg_promote()");
    accepted(&tool, &both);
    accepted(&tool, &standby.address("postgres"));
}

#[test]
fn a_database_of_somebody_else_or_of_a_newer_poolhouse_is_left_as_it_is() {
    let tool = Tool::new();
    let database = OwnDatabase::empty();
    let serve = |database: &str| {
        let outcome = tool.run(&format!("serve --listen 127.0.0.1:0 --database {database}"));
        assert_eq!(outcome.code, 4, "{outcome:?}");
        outcome.stderr
    };
    execute(&database.address, "CREATE TABLE others (n INTEGER)");
    assert!(serve(&database.address).contains("tables of another program"));
    let newer = OwnDatabase::empty();
    assert_eq!(
        tool.run(&format!(
            "seed generate --create --users 1 --database {}",
            newer.address
        ))
        .code,
        0
    );
    execute(&newer.address, "UPDATE poolhouse_schema SET version = 9999");
    assert!(serve(&newer.address).contains("schema version 9999, made by a newer Poolhouse"));
    let nobody = serve("postgres://ana:s3cret@%2Fnowhere/pool");
    assert!(
        nobody.contains("no connection to the server") && !nobody.contains("s3cret"),
        "{nobody}"
    );
}

#[test]
fn a_pooler_that_shares_connections_is_refused_in_words() {
    let tool = Tool::new();
    let database = OwnDatabase::empty();
    // It takes no options, or takes them and forgets them.
    for (ignored, why) in [
        ("extra_float_digits", "options"),
        (
            "extra_float_digits, options",
            "a pooler stands between that shares connections",
        ),
    ] {
        let pooler = Pooler::ignoring(ignored);
        let refused = refused(&tool, &database.by(&pooler.folder));
        assert!(refused.contains(why), "{refused}");
    }
}
