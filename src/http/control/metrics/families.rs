//! All metrics of a server: `docs/metrics.md` lists them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::spawn_blocking;

use super::exposition::{Family, Labels, Series};
use crate::api::MODEL_SOURCE;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::store::Vitals;

/// Everything that is shown.
///
/// # Errors
/// `InternalErrorException` when the registry cannot be read.
pub(super) async fn all(shared: &Shared) -> Result<Vec<Family>> {
    let store = Arc::clone(&shared.store);
    // The counting takes milliseconds, which a worker does not have.
    let rows = spawn_blocking(move || {
        store.read_now(|tx| {
            let sizes = tx.sizes()?.into_iter();
            let labelled = sizes.map(|(table, rows)| (vec![("table", table)], number(rows)));
            Ok(labelled.collect::<Vec<_>>())
        })
    });
    let rows = rows.await.map_err(ApiError::internal)??;
    let mut families = of_process(shared);
    families.extend(of_requests(shared));
    families.extend(of_store(shared.store.vitals()));
    families.push(gauges(
        "poolhouse_table_rows",
        "Rows of a table; tables that nobody keeps the count of are counted up to 10,000.",
        rows,
    ));
    families.extend(of_outside(shared));
    Ok(families)
}

fn of_process(shared: &Shared) -> Vec<Family> {
    let ambient = &shared.ambient;
    let labels = vec![
        ("version", env!("CARGO_PKG_VERSION")),
        ("model", MODEL_SOURCE),
    ];
    vec![
        Family {
            name: "poolhouse_build",
            help: "The version of Poolhouse, and the release that its model of the API is from.",
            series: Series::Info(labels),
        },
        gauge(
            "poolhouse_start_time_seconds",
            "When the server started, in seconds since 1970.",
            seconds(shared.started - DateTime::UNIX_EPOCH),
        ),
        gauge(
            "poolhouse_clock_offset_seconds",
            "How far the clock of the server, which a test may set, is ahead of the system's.",
            seconds(offset(ambient.now(), ambient.system_now())),
        ),
        gauge(
            "poolhouse_faults",
            "Faults that may strike requests.",
            number(u64::try_from(shared.faults.count(ambient)).unwrap_or(u64::MAX)),
        ),
    ]
}

fn of_requests(shared: &Shared) -> Vec<Family> {
    let served = &shared.served;
    let times = served.times().into_iter();
    let throttled = shared.limits.as_ref().map(|limits| limits.throttled());
    vec![
        counters(
            "poolhouse_requests",
            "Requests by operation or endpoint, and by outcome: ok, the code of the error, or no answer.",
            pairs(served.requests(), ["operation", "outcome"]),
        ),
        Family {
            name: "poolhouse_request_duration_seconds",
            help: "How long requests took, from the head to the answer.",
            series: Series::Histograms(
                times
                    .map(|(name, found)| (vec![("operation", name)], found))
                    .collect(),
            ),
        },
        counters(
            "poolhouse_throttled",
            "Requests that a quota refused, by category.",
            throttled
                .into_iter()
                .flatten()
                .map(|(quota, count)| (vec![("quota", quota)], count)),
        ),
        counters(
            "poolhouse_sign_in_steps",
            "Steps of sign-ins by flow or challenge, and by result: tokens, the next challenge, the code of the error, or ok on a page.",
            pairs(served.sign_ins(), ["step", "result"]),
        ),
    ]
}

fn of_store(vitals: Vitals) -> Vec<Family> {
    let transactions = vitals.transactions.into_iter();
    let bytes = vitals.bytes.into_iter();
    let mut families = vec![
        Family {
            name: "poolhouse_transaction_duration_seconds",
            help: "How long requests waited for a transaction to be over, by kind.",
            series: Series::Histograms(
                transactions
                    .map(|(kind, found)| (vec![("kind", kind)], found))
                    .collect(),
            ),
        },
        gauges(
            "poolhouse_database_connections",
            "Connections to the database by state.",
            [("idle", vitals.idle), ("in_use", vitals.in_use)]
                .map(|(state, count)| (vec![("state", state)], number(count))),
        ),
    ];
    if let Some(writer) = vitals.writer {
        families.push(gauge(
            "poolhouse_writer_queue_jobs",
            "Jobs that wait for SQLite's writer.",
            number(writer.waiting),
        ));
        families.push(Family {
            name: "poolhouse_writer_group_jobs",
            help: "Jobs that shared a commit of SQLite's writer.",
            series: Series::Histograms(vec![(Vec::new(), writer.groups)]),
        });
        families.push(gauges(
            "poolhouse_database_bytes",
            "The size of SQLite's files: the database, and its write-ahead log.",
            bytes.map(|(file, bytes)| (vec![("file", file)], number(bytes))),
        ));
    }
    families
}

fn of_outside(shared: &Shared) -> Vec<Family> {
    let connections = &shared.connections;
    let ended = [("late", &connections.late), ("room", &connections.gave_way)];
    let deliveries = shared.deliveries.all();
    let spans = shared.traces.spans();
    vec![
        gauge(
            "poolhouse_connections",
            "Connections of clients that are open.",
            number(connections.open.get()),
        ),
        counter(
            "poolhouse_connections_accepted",
            "Connections of clients that were accepted.",
            connections.accepted.get(),
        ),
        counters(
            "poolhouse_connections_ended",
            "Connections that the server ended, since the client was late or another one needed the room.",
            ended.map(|(reason, counter)| (vec![("reason", reason)], counter.get())),
        ),
        counters(
            "poolhouse_spans",
            "Spans by result: sent, dropped as the queue was full, or failed as the collector did not take them.",
            spans.map(|(result, count)| (vec![("result", result)], count)),
        ),
        counter(
            "poolhouse_log_lines_dropped",
            "Lines of the log that were dropped.",
            shared.log.dropped(),
        ),
        counters(
            "poolhouse_deliveries",
            "Attempts to send an email by result: delivered, to be tried again, or failed for good.",
            deliveries.map(|(result, count)| (vec![("result", result)], count)),
        ),
    ]
}

/// How far a clock is ahead, without the time that passed between two looks at it.
fn offset(shown: DateTime<Utc>, system: DateTime<Utc>) -> TimeDelta {
    let ahead = shown - system;
    if ahead.abs() < TimeDelta::milliseconds(1) {
        TimeDelta::zero()
    } else {
        ahead
    }
}

fn seconds(time: TimeDelta) -> f64 {
    time.as_seconds_f64()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what is shown is exact to 15 digits"
)]
fn number(count: u64) -> f64 {
    count as f64
}

fn pairs(
    found: BTreeMap<(&'static str, &'static str), u64>,
    [first, second]: [&'static str; 2],
) -> impl Iterator<Item = (Labels, u64)> {
    let found = found.into_iter();
    found.map(move |((one, other), count)| (vec![(first, one), (second, other)], count))
}

fn counter(name: &'static str, help: &'static str, count: u64) -> Family {
    counters(name, help, [(Vec::new(), count)])
}

fn counters(
    name: &'static str,
    help: &'static str,
    all: impl IntoIterator<Item = (Labels, u64)>,
) -> Family {
    let series = Series::Counters(all.into_iter().collect());
    Family { name, help, series }
}

fn gauge(name: &'static str, help: &'static str, value: f64) -> Family {
    gauges(name, help, [(Vec::new(), value)])
}

fn gauges(
    name: &'static str,
    help: &'static str,
    all: impl IntoIterator<Item = (Labels, f64)>,
) -> Family {
    let series = Series::Gauges(all.into_iter().collect());
    Family { name, help, series }
}
