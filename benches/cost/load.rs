//! The load: connections that each send the next request as soon as the last is answered. All of them share one thread,
//! which leaves the server as much of the machine as can be.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Error;
use crate::http::Connection;
use crate::lookups::requests::{Expected, Requests};
use crate::server::Server;

/// How many answers of each connection are looked over in full; of the others only the status.
const CHECKED: usize = 100;

const WARMING_UP: u8 = 0;
const MEASURING: u8 = 1;
const DONE: u8 = 2;

/// How a server is loaded.
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

/// What the load found.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    /// From the first byte sent to the last received: half of the requests took no longer.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// The server's processor time for one request, in microseconds.
    pub(crate) cpu: f64,
}

impl Load {
    /// Loads the server with the requests, over and over.
    pub(crate) fn on(
        &self,
        server: &Server,
        requests: &Requests,
        expected: Expected,
    ) -> Result<Measured, Error> {
        let address = server.address;
        runtime()?.block_on(async {
            let phase = Arc::new(AtomicU8::new(WARMING_UP));
            let mut connections = JoinSet::new();
            for number in 0..self.connections {
                let first = requests.0.len() / self.connections * number;
                let (requests, phase) = (requests.clone(), Arc::clone(&phase));
                connections.spawn(async move {
                    let mut connection = Connection::open(address).await?;
                    repeat(&mut connection, &requests, first, expected, &phase).await
                });
            }
            tokio::time::sleep(self.warm_up).await;
            let (begun, cpu_before) = (Instant::now(), server.cpu()?);
            phase.store(MEASURING, Ordering::Relaxed);
            tokio::time::sleep(self.window).await;
            phase.store(DONE, Ordering::Relaxed);
            let (took, cpu) = (begun.elapsed(), server.cpu()?.saturating_sub(cpu_before));
            let mut latencies = Vec::new();
            while let Some(connection) = connections.join_next().await {
                latencies.extend(connection??);
            }
            latencies.sort_unstable();
            measured(&latencies, took, cpu)
        })
    }
}

fn measured(latencies: &[Duration], took: Duration, cpu: Duration) -> Result<Measured, Error> {
    let percentile = |percent: usize| {
        let place = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
        latencies.get(place).copied().ok_or("nothing was answered")
    };
    let requests = f64::from(u32::try_from(latencies.len())?);
    Ok(Measured {
        per_second: requests / took.as_secs_f64(),
        p50: percentile(50)?,
        p99: percentile(99)?,
        cpu: cpu.as_secs_f64() * 1e6 / requests,
    })
}

/// Sends the first request alone; the body of the answer.
pub(crate) fn once(
    address: SocketAddr,
    requests: &Requests,
    expected: Expected,
) -> Result<Vec<u8>, Error> {
    let request = requests.0.first().ok_or("there is no request")?;
    runtime()?.block_on(async {
        let mut connection = Connection::open(address).await?;
        let body = connection.call(&request.bytes).await?;
        request.check(body, expected)?;
        Ok(body.to_vec())
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Sends the requests from the `first` on, and from the start again, until the phase is over; how long each one that
/// was answered while measuring took.
async fn repeat(
    connection: &mut Connection,
    requests: &Requests,
    first: usize,
    expected: Expected,
    phase: &AtomicU8,
) -> Result<Vec<Duration>, Error> {
    let mut latencies = Vec::new();
    for (number, request) in requests.0.iter().cycle().skip(first).enumerate() {
        let begun = Instant::now();
        let body = connection.call(&request.bytes).await?;
        let took = begun.elapsed();
        if number < CHECKED {
            request.check(body, expected)?;
        }
        match phase.load(Ordering::Relaxed) {
            WARMING_UP => {}
            MEASURING => latencies.push(took),
            _ => break,
        }
    }
    Ok(latencies)
}
