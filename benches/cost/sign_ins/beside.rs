//! The effect of sign-ins on lookups at the same time.

#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;

use super::{Kind, POOL, READER, READERS_DEVICE, USERS, repeat, serve};
use crate::Error;
use crate::load::{Load, Measured};
use crate::report::{Aim, Figure, median};
use crate::requests::{Request, Requests};
use crate::server::Server;

/// The aim: p99 of lookups beside sign-ins against alone.
const MAX_RATIO: f64 = 3.0;

/// Measures lookups at a steady pace, alone and while one user after the other signs in with a password, which keeps one
/// processor busy.
pub(super) fn measure(quick: bool, directory: &Path) -> Result<Figure, Error> {
    let server = serve(directory, Kind::Device, USERS)?;
    let input = json!({"UserPoolId": POOL, "Username": READER, "DeviceKey": READERS_DEVICE});
    let expected = format!("\"DeviceKey\":\"{READERS_DEVICE}\"");
    let lookup = Request::sign(server.address, "AdminGetDevice", &input, expected)?;
    let lookups = Requests::repeated(lookup);
    let load = Load {
        connections: 1,
        every: Some(Duration::from_millis(2)),
        on_its_core: false,
        warm_up: Duration::from_millis(300),
        window: Duration::from_secs(if quick { 1 } else { 4 }),
    };
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let alone = load.on(&server, &lookups, true)?;
        let beside = beside(&server, &lookups, &load)?;
        println!(
            "lookups alone: p50 {} us, p99 {} us; beside sign-ins: p50 {} us, p99 {} us",
            alone.p50.as_micros(),
            alone.p99.as_micros(),
            beside.p50.as_micros(),
            beside.p99.as_micros()
        );
        ratios.push(beside.p99.as_secs_f64() / alone.p99.as_secs_f64());
    }
    Ok(Figure {
        what: "p99 of lookups while sign-ins keep a processor busy, against alone".to_owned(),
        measured: median(ratios.into_iter()),
        aim: Aim::AtMost(MAX_RATIO),
    })
}

fn beside(server: &Server, lookups: &Requests, load: &Load) -> Result<Measured, Error> {
    let (measuring, done, count) = (
        AtomicBool::new(true),
        AtomicBool::new(false),
        AtomicU32::new(0),
    );
    std::thread::scope(|scope| {
        let user =
            scope.spawn(|| repeat(server.address, 0, Kind::Password, &measuring, &done, &count));
        let measured = load.on(server, lookups, true);
        done.store(true, Ordering::SeqCst);
        user.join().map_err(|_| "the user panicked")??;
        measured
    })
}
