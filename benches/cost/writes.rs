//! What durable writes cost: status updates, each answered after it is on disk.
//!
//! What is compared is rates, not processor time, so the server has all processors, as it has in use, and shares them with
//! clients that sleep until they are answered.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::Error;
use crate::load::{Load, Measured};
use crate::pages;
use crate::registry::{Device, Registry};
use crate::report::{Aim, Figure, megabytes, say, write_json};
use crate::requests::Requests;
use crate::server::{Server, poolhouse_on_all_cores};

const CLIENTS: usize = 64;

const MIN_OVER_ONE: f64 = 15.0;
const MAX_READERS_SLOWED: f64 = 1.5;
/// SQLite copies the log into the file when it has 1,000 pages of 4 KiB; while readers hold it back, it grows on.
const MAX_LOG_MEGABYTES: f64 = 16.0;

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let registry = Registry::generate(directory.path(), 100_000)?;
    let server = poolhouse_on_all_cores(&registry.file)?;
    let devices = registry.sample(16_384)?;
    let window = Duration::from_secs(if quick { 2 } else { 8 });
    let writers = Load {
        connections: CLIENTS,
        every: None,
        on_its_core: false,
        warm_up: Duration::from_millis(300),
        window,
    };
    let one = Load {
        connections: 1,
        ..writers
    };
    let readers = Load {
        connections: 4,
        every: Some(Duration::from_millis(4)),
        ..writers
    };
    let alone = one.on(&server, &updates(&server, &devices)?, true)?;
    let before = server.written()?;
    let many = writers.on(&server, &updates(&server, &devices)?, true)?;
    let written = Duration::as_secs_f64(&(writers.warm_up + window)) * many.per_second;
    let bytes = f64::from(u32::try_from(server.written()? - before)?) / written;
    let clients = u32::try_from(CLIENTS)?;
    let bare = pages::writes_per_second(directory.path(), bytes, clients, window)?;
    say(format_args!(
        "one client: {:.0} updates a second, p99 {:.1} ms; {CLIENTS} clients: {:.0} a second, p50 {:.1} ms, p99 {:.1} ms",
        alone.per_second,
        alone.p99.as_secs_f64() * 1e3,
        many.per_second,
        many.p50.as_secs_f64() * 1e3,
        many.p99.as_secs_f64() * 1e3,
    ));
    say(format_args!(
        "an update writes {bytes:.0} bytes; writing as much, {CLIENTS} times in each fsync, and nothing else: {bare:.0} a second"
    ));
    let lookups = Requests::lookups(server.address, &devices)?;
    let undisturbed = readers.on(&server, &lookups, true)?;
    let lasting = Load {
        window: Duration::from_secs(if quick { 4 } else { 60 }),
        ..writers
    };
    let (disturbed, log) = beside(&server, &registry, &devices, lasting, readers)?;
    say(format_args!(
        "lookups alone: p50 {} us, p99 {} us; beside {CLIENTS} writers: p50 {} us, p99 {} us; the log grew to {:.1} MB",
        undisturbed.p50.as_micros(),
        undisturbed.p99.as_micros(),
        disturbed.p50.as_micros(),
        disturbed.p99.as_micros(),
        megabytes(log),
    ));
    let figures = vec![
        Figure {
            what: format!("durable updates a second of {CLIENTS} clients against one's"),
            measured: many.per_second / alone.per_second,
            aim: Aim::AtLeast(MIN_OVER_ONE),
        },
        Figure {
            what: "writing the bytes of those updates and nothing else against one client's rate"
                .to_owned(),
            measured: bare / alone.per_second,
            aim: Aim::None,
        },
        Figure {
            what: "p99 of durable updates in ms, checkpoints included".to_owned(),
            measured: many.p99.as_secs_f64() * 1e3,
            aim: Aim::None,
        },
        Figure {
            what: format!("p50 of lookups beside {CLIENTS} writers against alone"),
            measured: disturbed.p50.as_secs_f64() / undisturbed.p50.as_secs_f64(),
            aim: Aim::AtMost(MAX_READERS_SLOWED),
        },
        Figure {
            what: format!(
                "the largest write-ahead log in MB, {CLIENTS} clients writing for {} s",
                lasting.window.as_secs()
            ),
            measured: megabytes(log),
            aim: Aim::AtMost(MAX_LOG_MEGABYTES),
        },
    ];
    let json = json!({
        "quick": quick,
        "one_per_second": alone.per_second,
        "many_per_second": many.per_second,
        "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>(),
    });
    write_json("writes", &json)?;
    Ok(figures)
}

fn updates(server: &Server, devices: &[Device]) -> Result<Requests, Error> {
    Requests::updates(server.address, devices)
}

/// Lookups while writers write for long; what the lookups took, and the most that the log grew to.
fn beside(
    server: &Server,
    registry: &Registry,
    devices: &[Device],
    writers: Load,
    readers: Load,
) -> Result<(Measured, u64), Error> {
    let log = PathBuf::from(format!("{}-wal", registry.file.display()));
    let lookups = Requests::lookups(server.address, devices)?;
    let updates = updates(server, devices)?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| writers.on(server, &updates, true));
        let watching = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(fs::metadata(&log)?.len());
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok::<u64, Error>(most)
        });
        std::thread::sleep(writers.warm_up);
        let lookups = readers.on(server, &lookups, true);
        let written = writing.join().map_err(|_| "the writers panicked")?;
        done.store(true, Ordering::Relaxed);
        let most = watching.join().map_err(|_| "the watcher panicked")??;
        written?;
        Ok((lookups?, most))
    })
}
