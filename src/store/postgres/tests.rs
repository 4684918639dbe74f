//! What is PostgreSQL's alone: what a start refuses, and what a lost connection comes to.

use std::sync::OnceLock;
use std::time::Duration;

use crate::api::{ErrorCode, UserPoolType};
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId};
use crate::settings::{Database, PostgresUrl};
use crate::store::conformance::server::{OwnDatabase, execute};
use crate::store::options::Opening;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{Store, StoreOptions};

fn options(address: &str, opening: Opening) -> StoreOptions {
    StoreOptions {
        database: Database::Postgres(PostgresUrl::parse(address).unwrap()),
        opening,
        keep_before_upgrade: false,
        readers: 1,
        connections: 1,
        busy: Duration::from_millis(200),
        ambient: crate::ambient::Ambient::system(),
    }
}

fn open(address: &str) -> Store {
    Store::open(&options(address, Opening::Create)).unwrap()
}

/// A database with a registry that holds nothing.
fn registry() -> OwnDatabase {
    static TEMPLATE: OnceLock<OwnDatabase> = OnceLock::new();
    OwnDatabase::like(TEMPLATE.get_or_init(|| {
        let database = OwnDatabase::empty();
        drop(open(&database.address));
        database
    }))
}

/// Why the database cannot be used.
fn refusal(address: &str, opening: Opening) -> String {
    let refused = Store::open(&options(address, opening)).err();
    refused.unwrap().to_string()
}

fn put_pool(tx: &WriteTx<'_>, id: &str) -> Result<()> {
    let account = AccountId::parse("000000000000").unwrap();
    tx.put_pool(
        &UserPoolId::from(id.to_owned()),
        &account,
        &UserPoolType::default(),
    )
}

fn count_pools(store: &Store) -> i64 {
    let count = |tx: &ReadTx<'_>| tx.one("SELECT count(*) FROM pools", (), |row| row.get(0));
    store.read_now(count).unwrap()
}

/// Ends every other connection to the database.
fn cut(address: &str) {
    execute(
        address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

#[test]
fn a_database_that_cannot_be_used_is_refused_in_words() {
    let nobody = refusal("postgres://ana:s3cret@%2Fnowhere/pool", Opening::Create);
    assert!(
        nobody.starts_with("postgres://ana@/nowhere:5432/pool: no connection to the server: "),
        "{nobody}"
    );
    let database = OwnDatabase::empty();
    let address = &database.address;
    let missing = refusal(&format!("{address}_missing"), Opening::Create);
    assert!(
        missing.contains("the server has no such database"),
        "{missing}"
    );
    let empty = refusal(address, Opening::AsItIs);
    assert!(
        empty.ends_with("the database holds no registry yet"),
        "{empty}"
    );
    let empty = refusal(address, Opening::Upgrade);
    assert!(
        empty.ends_with("the database holds no registry yet"),
        "{empty}"
    );
    execute(address, "CREATE TABLE others (n INTEGER)");
    let foreign = refusal(address, Opening::Create);
    assert!(
        foreign.ends_with("the database holds tables of another program"),
        "{foreign}"
    );
    execute(address, "DROP TABLE others");
    drop(open(address));
    execute(address, "UPDATE poolhouse_schema SET version = 9999");
    let newer = refusal(address, Opening::Create);
    assert!(
        newer.contains("schema version 9999, made by a newer Poolhouse"),
        "{newer}"
    );
}

#[test]
fn a_database_of_another_encoding_is_refused() {
    let database = OwnDatabase::empty();
    let name = database.address.rsplit('/').next().unwrap();
    let other = format!("{name}_ascii");
    execute(
        &database.address,
        &format!("CREATE DATABASE {other} ENCODING 'SQL_ASCII' TEMPLATE template0"),
    );
    let refused = refusal(&format!("{}_ascii", database.address), Opening::Create);
    assert!(
        refused.contains("encoding is SQL_ASCII; Poolhouse needs UTF8"),
        "{refused}"
    );
    execute(&database.address, &format!("DROP DATABASE {other}"));
}

#[test]
fn a_connection_that_was_cut_costs_no_request() {
    let database = registry();
    let store = open(&database.address);
    store.write_now(|tx| put_pool(tx, "us-east-1_A")).unwrap();
    cut(&database.address);
    assert_eq!(count_pools(&store), 1);
    cut(&database.address);
    store.write_now(|tx| put_pool(tx, "us-east-1_B")).unwrap();
    assert_eq!(count_pools(&store), 2);
}

#[test]
fn a_write_whose_connection_is_cut_fails_and_a_commit_without_an_answer_is_in_doubt() {
    let database = registry();
    let store = open(&database.address);
    let address = database.address.clone();
    let within = store.write_now(move |tx| {
        put_pool(tx, "us-east-1_A")?;
        tx.count_pools()?;
        cut(&address);
        put_pool(tx, "us-east-1_B")
    });
    assert_eq!(within.unwrap_err().code, ErrorCode::InternalErrorException);
    let address = database.address.clone();
    let at_the_end = store.write_now(move |tx| {
        put_pool(tx, "us-east-1_A")?;
        tx.count_pools()?;
        cut(&address);
        Ok(())
    });
    let error = at_the_end.unwrap_err();
    assert_eq!(error.code, ErrorCode::InternalErrorException);
    assert!(error.reason.unwrap().starts_with("IN DOUBT: "));
    assert_eq!(count_pools(&store), 0);
}

#[test]
fn a_statement_that_failed_is_not_acknowledged_even_if_nobody_minds() {
    let database = registry();
    let store = open(&database.address);
    let swallowed = store.write_now(|tx| {
        put_pool(tx, "us-east-1_A")?;
        let _ = tx.run("INSERT INTO pools (id) VALUES (?1)", ["us-east-1_B"]);
        Ok(())
    });
    assert_eq!(
        swallowed.unwrap_err().code,
        ErrorCode::InternalErrorException
    );
    assert_eq!(count_pools(&store), 0);
    // Within an attempt it may fail.
    let attempted = store.write_now(|tx| {
        put_pool(tx, "us-east-1_A")?;
        let failed = tx.attempt(|tx| tx.run("INSERT INTO pools (id) VALUES (?1)", ["us-east-1_B"]));
        assert!(failed.is_err());
        put_pool(tx, "us-east-1_C")
    });
    attempted.unwrap();
    assert_eq!(count_pools(&store), 2);
}

#[test]
fn who_finds_all_connections_in_use_is_told_to_come_again() {
    let database = registry();
    let store = open(&database.address);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (long, short) = runtime.block_on(async {
        let (end, ends) = std::sync::mpsc::channel();
        let long = store.read(move |_| ends.recv().map_err(ApiError::internal));
        let short = async {
            let refused = store.read(|tx| tx.count_pools().map(drop)).await;
            end.send(()).unwrap();
            refused
        };
        futures_util::future::join(long, short).await
    });
    long.unwrap();
    assert_eq!(short.unwrap_err().code, ErrorCode::TooManyRequestsException);
}

#[test]
fn what_is_written_late_fails_late_and_then_nothing_remains() {
    let database = registry();
    let store = open(&database.address);
    let twice = |tx: &WriteTx<'_>| {
        for _ in 0..2 {
            tx.insert_new(
                "INSERT INTO used_sessions (id, expires_ms) VALUES (?1, ?2)",
                (&[7; 16], 1_i64),
                ApiError::session_used,
            )?;
        }
        put_pool(tx, "us-east-1_A")
    };
    // At the end, and before the answer of a statement that is waited for.
    let at_the_end = store.write_now(twice);
    let before = store.write_now(move |tx| twice(tx).and_then(|()| tx.count_pools()));
    for refused in [at_the_end, before.map(drop)] {
        assert_eq!(refused.unwrap_err().code, ErrorCode::NotAuthorizedException);
    }
    // An attempt knows at its end.
    let attempted = store.write_now(move |tx| {
        assert!(tx.attempt(twice).is_err());
        put_pool(tx, "us-east-1_B")
    });
    attempted.unwrap();
    assert_eq!(count_pools(&store), 1);
    // What does not fit its statement is not left out.
    let unfit = store.write_now(|tx| {
        put_pool(tx, "us-east-1_C")?;
        tx.count_pools()?;
        tx.write("DELETE FROM used_sessions WHERE expires_ms = ?1", ["soon"])
    });
    assert_eq!(unfit.unwrap_err().code, ErrorCode::InternalErrorException);
    assert_eq!(count_pools(&store), 1);
}

#[test]
fn what_was_foreseen_is_never_older_than_a_write_or_a_lock_before_it() {
    let database = registry();
    let store = open(&database.address);
    store.write_now(|tx| put_pool(tx, "us-east-1_A")).unwrap();
    let address = database.address.clone();
    let seen = store.write_now(move |tx| {
        let other = open(&address);
        let add = |id: &'static str| other.write_now(move |tx| put_pool(tx, id));
        let foresee = || {
            tx.foresee(|tx| {
                let _ = tx.pool_ids();
                let _ = tx.count_pools();
            });
            tx.pool_ids().map(drop)
        };
        foresee()?;
        add("us-east-1_B")?;
        // It waits for one who asks.
        let mut seen = vec![tx.count_pools()?, tx.count_pools()?];
        foresee()?;
        add("us-east-1_C")?;
        tx.hold_pool(&*tx.pool(&UserPoolId::from("us-east-1_A".to_owned()))?)?;
        seen.push(tx.count_pools()?);
        foresee()?;
        put_pool(tx, "us-east-1_D")?;
        seen.push(tx.count_pools()?);
        Ok(seen)
    });
    assert_eq!(seen.unwrap(), [1, 2, 3, 4]);
    // What was sent before a lock that was foreseen is of the state before it.
    let address = database.address.clone();
    let seen = store.write_now(move |tx| {
        let other = open(&address);
        let pool = tx.pool(&UserPoolId::from("us-east-1_A".to_owned()))?;
        tx.foresee(|tx| {
            let _ = tx.count_pools();
            let _ = tx.find_client(&pool, &"client".to_owned().into());
            let _ = tx.count_pools();
        });
        let before = tx.count_pools()?;
        other.write_now(|tx| put_pool(tx, "us-east-1_E"))?;
        tx.find_client(&pool, &"client".to_owned().into())?;
        Ok([before, tx.count_pools()?, tx.count_pools()?])
    });
    assert_eq!(seen.unwrap(), [4, 4, 5]);
}
