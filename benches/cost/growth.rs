//! What is written down is bounded: the size of a registry whose users sign in for a year, and what removing expired records costs
//! those who look things up meanwhile.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use poolhouse::ambient::{Ambient, ManualClock};
use poolhouse::service::Service;
use poolhouse::settings::Settings;
use rusqlite::{Connection as File, OpenFlags};
use serde_json::json;
use tokio::task::JoinSet;

use crate::Error;
use crate::http::Connection;
use crate::load::{Load, runtime};
use crate::registry::Registry;
use crate::report::{Aim, Figure, megabytes, say, write_json};
use crate::requests::{Request, Requests};
use crate::server::poolhouse_removing_expired;

const POOL: &str = "us-east-1_Growth";
const CLIENT: &str = "growth00000000000000000000";
const PASSWORD: &str = "Correct-Horse-7";

/// Users who sign in at the same time.
const AT_ONCE: usize = 16;

/// The clock goes on by a year in the course of the rounds.
const YEAR: Duration = Duration::from_hours(365 * 24);

/// How long removing what has expired in a round may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Expired records of each of two tables, for the second part.
const EXPIRED: u32 = 400_000;

const MAX_GROWTH: f64 = 1.05;
const MAX_SLOWED: f64 = 1.1;

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (users, rounds) = if quick { (40, 40) } else { (1000, 200) };
    let sizes = year(directory.path(), users, rounds)?;
    let half = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let end = sizes.last().copied().unwrap_or_default();
    let (growth, sign_ins) = (ratio(end, half), users * rounds);
    say(format_args!(
        "{sign_ins} sign-ins of {users} users in a year: {:.1} MB after half of it, {:.1} MB at its end",
        megabytes(half),
        megabytes(end)
    ));
    let slowed = lookups_beside_removal(directory.path(), quick)?;
    let figures = vec![
        Figure {
            what: format!(
                "size of a registry after {sign_ins} sign-ins against after half of them"
            ),
            measured: growth,
            aim: Aim::AtMost(MAX_GROWTH),
        },
        Figure {
            what: "p50 of lookups while expired records are removed against otherwise".to_owned(),
            measured: slowed,
            aim: Aim::AtMost(MAX_SLOWED),
        },
    ];
    let json = json!({
        "quick": quick, "users": users, "rounds": rounds, "bytes": sizes,
        "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>(),
    });
    write_json("growth", &json)?;
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files")]
fn ratio(bytes: u64, against: u64) -> f64 {
    bytes as f64 / against as f64
}

/// Lets the users sign in for a year. Returns the bytes of the file after each round, in which each signs in once.
fn year(directory: &Path, users: usize, rounds: usize) -> Result<Vec<u64>, Error> {
    let database = directory.join("growth.db");
    let clock = ManualClock::at(Utc::now());
    let service = service(&database, users, &clock)?;
    let running = service.start()?;
    let address = running.address();
    let step = YEAR / u32::try_from(rounds)?;
    let mut sizes = Vec::new();
    for round in 0..rounds {
        sign_in_once(address, users)?;
        clock.advance(step);
        sizes.push(size_without_expired(&database, clock.now())?);
        if round % 20 == 19 {
            say(format_args!(
                "round {}: {:.1} MB",
                round + 1,
                megabytes(*sizes.last().unwrap_or(&0))
            ));
        }
    }
    running.stop()?;
    Ok(sizes)
}

/// A service with a pool that remembers devices, in the time of the clock.
fn service(database: &Path, users: usize, clock: &ManualClock) -> Result<Service, Error> {
    let settings = [
        ("POOLHOUSE_LISTEN", "127.0.0.1:0"),
        ("POOLHOUSE_LIMITS", "off"),
        ("POOLHOUSE_LOG_FORMAT", "off"),
        ("POOLHOUSE_STORE_EXPIRY_SECONDS", "1"),
        ("POOLHOUSE_DATABASE", database.to_str().unwrap_or_default()),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::load(None, settings.to_vec(), &[])?;
    let service = Service::open(settings, Ambient::set(clock.clone(), 1))?;
    let seed = database.with_extension("json");
    let pool = json!({"Id": POOL, "Name": "Growth", "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": true}});
    let client = json!({"ClientId": CLIENT, "ClientName": "Growth", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let users = (0..users).map(|user| json!({"Username": name(user), "Password": PASSWORD}));
    let registry =
        json!({"UserPool": pool, "Clients": [client], "Users": users.collect::<Vec<_>>()});
    fs::write(&seed, registry.to_string())?;
    service.seed(&[seed], |_| ())?;
    Ok(service)
}

fn name(user: usize) -> String {
    format!("user{user}")
}

/// Signs every user in once.
fn sign_in_once(address: SocketAddr, users: usize) -> Result<(), Error> {
    runtime()?.block_on(async {
        let mut running = JoinSet::new();
        for first in 0..AT_ONCE {
            running.spawn(async move {
                let mut connection = Connection::open(address).await?;
                for user in (first..users).step_by(AT_ONCE) {
                    let parameters = json!({"USERNAME": name(user), "PASSWORD": PASSWORD});
                    let input = json!({"ClientId": CLIENT, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
                    connection.call(&Request::open(address, "InitiateAuth", &input)).await?;
                }
                Ok::<_, Error>(())
            });
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok(())
    })
}

/// The bytes of the file, as soon as no sign-in is in it that expired more than two days ago.
fn size_without_expired(database: &Path, now: DateTime<Utc>) -> Result<u64, Error> {
    let file = File::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let before = now.timestamp_millis() - 2 * 24 * 60 * 60 * 1000;
    let begun = Instant::now();
    loop {
        let expired = "SELECT count(*) FROM sign_ins WHERE expires_ms < ?1";
        let left: i64 = file.query_row(expired, [before], |row| row.get(0))?;
        if left == 0 {
            break;
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{left} expired sign-ins are not removed").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let bytes = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
    let bytes: i64 = file.query_row(bytes, [], |row| row.get(0))?;
    Ok(bytes.cast_unsigned())
}

/// How much slower lookups are while expired records are removed.
fn lookups_beside_removal(directory: &Path, quick: bool) -> Result<f64, Error> {
    let registry = Registry::generate(directory, 10_000)?;
    let devices = registry.sample(4096)?;
    let readers = Load {
        connections: 4,
        every: Some(Duration::from_millis(4)),
        on_its_core: false,
        warm_up: Duration::from_secs(2),
        window: Duration::from_secs(if quick { 3 } else { 15 }),
    };
    let mut p50 = Vec::new();
    for (removing, every_seconds) in [(false, 0), (true, 1)] {
        fill(&registry.file)?;
        let server = poolhouse_removing_expired(&registry.file, every_seconds)?;
        let lookups = Requests::lookups(server.address, &devices)?;
        let measured = readers.on(&server, &lookups, true)?;
        let left = expired_left(&registry.file)?;
        if (left == EXPIRED) == removing || left == 0 {
            return Err(format!("{left} of {EXPIRED} expired records are left").into());
        }
        say(format_args!(
            "lookups {}: p50 {} us, p99 {} us",
            if removing {
                "while expired records are removed"
            } else {
                "alone"
            },
            measured.p50.as_micros(),
            measured.p99.as_micros()
        ));
        p50.push(measured.p50.as_secs_f64());
    }
    match p50[..] {
        [alone, beside] => Ok(beside / alone),
        _ => Err("two measurements are needed".into()),
    }
}

/// Writes records that have long expired.
fn fill(database: &Path) -> Result<(), Error> {
    let file = File::open(database)?;
    file.execute_batch(&format!(
        "DELETE FROM used_sessions; DELETE FROM wrong_codes;
         INSERT INTO used_sessions (id, expires_ms)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {EXPIRED}) SELECT randomblob(16), i FROM n;
         INSERT INTO wrong_codes (session, count, expires_ms) SELECT id, 1, expires_ms FROM used_sessions;"
    ))?;
    Ok(())
}

fn expired_left(database: &Path) -> Result<u32, Error> {
    let file = File::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(file.query_row("SELECT count(*) FROM used_sessions", [], |row| row.get(0))?)
}
