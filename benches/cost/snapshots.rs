//! What going back to a snapshot costs: against recreating the same registry through the API, and for a million users.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::Error;
use crate::http::Connection;
use crate::load::{once, runtime};
use crate::registry;
use crate::report::{Aim, Figure, median, megabytes, say, thousands, write_json};
use crate::requests::Request;
use crate::server::{Server, poolhouse_on_all_cores};
use crate::sign_ins::client::Client;
use crate::sign_ins::{Kind, PASSWORD, POOL, serve};

/// The users that are recreated, each with a device.
const USERS: usize = 1000;

/// Clients that recreate them at the same time.
const CLIENTS: usize = 16;

const MAX_MILLISECONDS: f64 = 10.0;
const MIN_TIMES_FASTER: f64 = 100.0;
const MAX_SECONDS: f64 = 5.0;
const MAX_MEMORY_GROWTH: f64 = 1.2;

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (users, many, times) = if quick {
        (USERS / 10, 10_000, 3)
    } else {
        (USERS, 1_000_000, 20)
    };
    let server = serve(directory.path(), Kind::Device, 0)?;
    let recreated = recreate(server.address, users)?;
    let restored = restore(&server, times)?;
    let memory = megabytes(server.peak_memory()?);
    let (recreated, restored) = (recreated.as_secs_f64(), restored.as_secs_f64());
    say(format_args!(
        "{users} users with a device each: recreated by {CLIENTS} clients in {recreated:.2} s, restored in {:.1} ms",
        restored * 1e3
    ));
    drop(server);
    let file = directory.path().join("many.db");
    registry::generate(&file, POOL, many, 1)?;
    let server = poolhouse_on_all_cores(&file)?;
    let of_many = restore(&server, 3)?;
    let growth = megabytes(server.peak_memory()?) / memory;
    let figures = vec![
        Figure {
            what: format!("milliseconds to restore a registry of {users} users and devices"),
            measured: restored * 1e3,
            aim: Aim::AtMost(MAX_MILLISECONDS),
        },
        Figure {
            what: "times faster than recreating them through the API".to_owned(),
            measured: recreated / restored,
            aim: Aim::AtLeast(MIN_TIMES_FASTER),
        },
        Figure {
            what: format!(
                "seconds to restore a registry of {} users and devices",
                thousands(many)
            ),
            measured: of_many.as_secs_f64(),
            aim: Aim::AtMost(MAX_SECONDS),
        },
        Figure {
            what: "the most memory of that server against the smaller registry's".to_owned(),
            measured: growth,
            aim: Aim::AtMost(MAX_MEMORY_GROWTH),
        },
    ];
    let shown: Vec<_> = figures.iter().map(Figure::to_json).collect();
    write_json("snapshots", &json!({"quick": quick, "figures": shown}))?;
    Ok(figures)
}

/// How long it takes to create users through the API, each with a password and a confirmed device.
fn recreate(address: SocketAddr, users: usize) -> Result<Duration, Error> {
    runtime()?.block_on(async {
        let begun = Instant::now();
        let mut running = JoinSet::new();
        for first in 0..CLIENTS {
            running.spawn(async move {
                for number in (first..users).step_by(CLIENTS) {
                    create(address, format!("made{number}")).await?;
                }
                Ok::<_, Error>(())
            });
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok(begun.elapsed())
    })
}

async fn create(address: SocketAddr, username: String) -> Result<(), Error> {
    let mut connection = Connection::open(address).await?;
    let user = json!({"UserPoolId": POOL, "Username": username, "MessageAction": "SUPPRESS"});
    let password =
        json!({"UserPoolId": POOL, "Username": username, "Password": PASSWORD, "Permanent": true});
    for (operation, input) in [
        ("AdminCreateUser", user),
        ("AdminSetUserPassword", password),
    ] {
        let request = Request::sign(address, operation, &input, String::new())?;
        connection.call(&request.bytes).await?;
    }
    let mut client = Client::new(address, username).await?;
    let device = client.issued().await?;
    client.confirm(&device).await
}

/// How long it takes to restore a snapshot, the median of some times.
fn restore(server: &Server, times: usize) -> Result<Duration, Error> {
    let call = |method, path| {
        let request = Request::control(server.address, method, path)?;
        let begun = Instant::now();
        request.check(&once(server.address, &request.bytes)?)?;
        Ok::<_, Error>(begun.elapsed())
    };
    call("PUT", "/_poolhouse/snapshots/measured")?;
    let taken = (0..times).map(|_| call("POST", "/_poolhouse/snapshots/measured/restore"));
    let taken = taken.collect::<Result<Vec<_>, _>>()?;
    Ok(median(taken.into_iter()))
}
