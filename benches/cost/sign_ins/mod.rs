//! The cost of a sign-in compared with the cryptography that it needs.
//!
//! Users sign in over and over: by SRP, by SRP with a remembered device, with the password on the wire, and with a refresh
//! token. The server's processor time for one is shown as a multiple of the powers and signatures in it, timed alone in the
//! same round.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(
    clippy::indexing_slicing,
    reason = "members of JSON objects are set by name"
)]
#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

mod beside;
pub(crate) mod client;
mod confirmations;
pub(crate) mod cryptography;
mod openssl;
mod srp;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use self::client::Client;
use self::cryptography::{Cryptography, key_pair};
use crate::Error;
use crate::load::runtime;
use crate::registry::apply;
use crate::report::{Aim, Figure, median, progress, write_json};
use crate::server::{Server, poolhouse_on_all_cores};

pub(crate) const POOL: &str = "us-east-1_SignIns";
/// The pool's part of what is hashed.
const SCOPE: &str = "SignIns";
const CLIENT: &str = "signins0000000000000000000";
pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// A user with a device that exists from the start, and its key.
const READER: &str = "reader";
const READERS_DEVICE: &str = "us-east-1_3f2a9c1e-7b64-4d0a-9e55-0c8b1d6f2a47";

/// Users who sign in at the same time, each on a thread.
const USERS: usize = 4;

/// The aim: processor time of a sign-in against its cryptography's.
const MAX_RATIO: f64 = 1.5;

/// The aim: one exponentiation of an SRP proof against OpenSSL's of the same numbers.
const MAX_POWER_RATIO: f64 = 1.3;

/// How a user signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Srp,
    Device,
    Password,
    Refresh,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Srp, Self::Device, Self::Password, Self::Refresh];

    fn name(self) -> &'static str {
        match self {
            Self::Srp => "SRP",
            Self::Device => "SRP, then the device's SRP",
            Self::Password => "password on the wire",
            Self::Refresh => "refresh token",
        }
    }

    /// The processor time of the cryptography, in microseconds. The server's half of an SRP exchange is a power of g and two
    /// powers of numbers that are not known before; a password is checked by a power of g. Two tokens are signed.
    fn unavoidable(self, cryptography: Cryptography) -> f64 {
        let exchange = 2.0_f64.mul_add(cryptography.power, cryptography.power_of_known);
        let proofs = match self {
            Self::Srp => exchange,
            Self::Device => 2.0 * exchange,
            Self::Password => cryptography.power_of_known,
            Self::Refresh => 0.0,
        };
        2.0_f64.mul_add(cryptography.signature, proofs)
    }
}

/// What was measured of one kind in one round.
#[derive(Clone, Copy)]
struct Measured {
    per_second: f64,
    cpu: f64,
    unavoidable: f64,
}

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let (rounds, window) = if quick {
        (3, Duration::from_millis(700))
    } else {
        (5, Duration::from_secs(2))
    };
    println!(
        "\nSign-ins, {USERS} users at a time, each on a connection of their own. {rounds} rounds of {:.1} s a row, medians.\n",
        window.as_secs_f64()
    );
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let key = key_pair()?;
    let servers = Kind::ALL
        .into_iter()
        .map(|kind| Ok((kind, serve(directory.path(), kind, USERS)?, Vec::new())))
        .collect::<Result<Vec<_>, Error>>();
    let mut rows: Vec<(Kind, Server, Vec<Measured>)> = servers?;
    for round in 0..rounds {
        for (kind, server, measured) in &mut rows {
            measured.push(one_round(*kind, server, &key, window)?);
        }
        progress(round + 1, rounds);
    }
    println!(
        "\n{:<30} {:>11} {:>12} {:>14} {:>9}",
        "", "sign-ins/s", "CPU us each", "unavoidable us", "multiple"
    );
    let mut figures = Vec::new();
    let mut lines = Vec::new();
    for (kind, _, rounds) in &rows {
        let of = |figure: fn(&Measured) -> f64| median(rounds.iter().map(figure));
        let (rate, cpu) = (of(|one| one.per_second), of(|one| one.cpu));
        let unavoidable = of(|one| one.unavoidable);
        let multiple = of(|one| one.cpu / one.unavoidable);
        let name = kind.name();
        println!("{name:<30} {rate:>11.0} {cpu:>12.0} {unavoidable:>14.0} {multiple:>9.2}");
        lines.push(json!({
            "name": name, "per_second": rate, "cpu_us": cpu, "unavoidable_us": unavoidable, "multiple": multiple,
        }));
        figures.push(Figure {
            what: format!("a sign-in's CPU time against its cryptography's: {name}"),
            measured: multiple,
            aim: Aim::AtMost(MAX_RATIO),
        });
    }
    drop(rows);
    figures.extend(beside_openssl(directory.path())?);
    figures.push(beside::measure(quick, directory.path())?);
    figures.push(confirmations::measure(quick, directory.path())?);
    let json = json!({
        "quick": quick, "users": USERS, "rounds": rounds, "rows": lines,
        "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>(),
    });
    write_json("sign_ins", &json)?;
    Ok(figures)
}

/// One exponentiation of an SRP proof against OpenSSL's of the same numbers, in turn. Returns `None` where OpenSSL is not
/// installed with its headers.
fn beside_openssl(directory: &Path) -> Result<Option<Figure>, Error> {
    let Some(program) = openssl::compile(directory) else {
        println!(
            "left out: OpenSSL's exponentiation, since OpenSSL and its headers are not installed"
        );
        return Ok(None);
    };
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let (power, openssl) = (cryptography::power()?, openssl::power(&program)?);
        println!("a power modulo the prime of SRP: {power:.0} us, by OpenSSL {openssl:.0} us");
        ratios.push(power / openssl);
    }
    Ok(Some(Figure {
        what: "one exponentiation of an SRP proof against OpenSSL's".to_owned(),
        measured: median(ratios.into_iter()),
        aim: Aim::AtMost(MAX_POWER_RATIO),
    }))
}

fn one_round(
    kind: Kind,
    server: &Server,
    key: &RsaKeyPair,
    window: Duration,
) -> Result<Measured, Error> {
    let cryptography = Cryptography::measure(key)?;
    let (measuring, done, count) = (
        AtomicBool::new(false),
        AtomicBool::new(false),
        AtomicU32::new(0),
    );
    let (took, cpu) = std::thread::scope(|scope| {
        let users: Vec<_> = (0..USERS)
            .map(|number| {
                let (measuring, done, count) = (&measuring, &done, &count);
                scope.spawn(move || repeat(server.address, number, kind, measuring, done, count))
            })
            .collect();
        std::thread::sleep(window / 4);
        let (begun, before) = (Instant::now(), server.cpu()?);
        measuring.store(true, Ordering::SeqCst);
        std::thread::sleep(window);
        measuring.store(false, Ordering::SeqCst);
        let figures = (begun.elapsed(), server.cpu()?.saturating_sub(before));
        done.store(true, Ordering::SeqCst);
        for user in users {
            user.join().map_err(|_| "a user panicked")??;
        }
        Ok::<_, Error>(figures)
    })?;
    let count = f64::from(count.into_inner());
    Ok(Measured {
        per_second: count / took.as_secs_f64(),
        cpu: cpu.as_secs_f64() * 1e6 / count,
        unavoidable: kind.unavoidable(cryptography),
    })
}

/// Signs in until the end, and counts the sign-ins of the measurement.
fn repeat(
    address: SocketAddr,
    number: usize,
    kind: Kind,
    measuring: &AtomicBool,
    done: &AtomicBool,
    count: &AtomicU32,
) -> Result<(), Error> {
    runtime()?.block_on(async {
        let mut client = Client::ready(address, format!("user{number}"), kind).await?;
        while !done.load(Ordering::SeqCst) {
            client.sign_in(kind).await?;
            if measuring.load(Ordering::SeqCst) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
        Ok(())
    })
}

/// Serves a pool with the users. It tracks devices only for device sign-ins.
pub(crate) fn serve(directory: &Path, kind: Kind, users: usize) -> Result<Server, Error> {
    let database = directory.join(format!("{kind:?}.db"));
    let mut pool = json!({"Id": POOL, "Name": "SignIns"});
    if kind == Kind::Device {
        pool["DeviceConfiguration"] = json!({
            "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false
        });
    }
    let users =
        (0..users).map(|number| json!({"Username": format!("user{number}"), "Password": PASSWORD}));
    let reader = json!({"Username": READER, "Devices": [{"DeviceKey": READERS_DEVICE}]});
    let users = users.chain([reader]);
    let client = json!({"ClientId": CLIENT, "ClientName": "SignIns", "ExplicitAuthFlows": [
        "ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"
    ]});
    let registry =
        json!({"UserPool": pool, "Clients": [client], "Users": users.collect::<Vec<_>>()});
    apply(&database, &registry)?;
    poolhouse_on_all_cores(&database)
}

fn base64_of_hex(hex: &str) -> Result<String, Error> {
    Ok(STANDARD.encode(hex::decode(hex)?))
}
