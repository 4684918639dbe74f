//! The load: connections that each send the next request as soon as the last is answered, or at a steady pace. All of them
//! share one thread.
//!
//! The thread never sleeps while it measures. If it did, a server that is slower than it would have to wake it for each answer
//! and pay for that, and a faster one would not: two servers would be measured by different work.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, yield_now};

use crate::http::Connection;
use crate::requests::Requests;
use crate::server::Server;
use crate::{Error, cores};

/// The answers of each connection that are checked in full; of all others only the status is.
const CHECKED: usize = 100;

const WARMING_UP: u8 = 0;
const MEASURING: u8 = 1;
const DONE: u8 = 2;

/// How a server is loaded.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// The pace of each connection; `None` sends each request as soon as the last is answered.
    pub(crate) every: Option<Duration>,
    /// Whether the load has a processor for itself, on which it never sleeps.
    pub(crate) on_its_core: bool,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

/// The measurements of a load.
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
    /// Loads the server with the requests, over and over; whether the answers are right is looked at if they are `checked`.
    pub(crate) fn on(
        &self,
        server: &Server,
        requests: &Requests,
        checked: bool,
    ) -> Result<Measured, Error> {
        // A thread of its own, since it moves to a processor for good.
        std::thread::scope(|scope| {
            let load = scope.spawn(|| {
                if self.on_its_core {
                    cores::take_the_other()?;
                }
                runtime()?.block_on(self.run(server, requests, checked))
            });
            load.join().map_err(|_| "the load panicked")?
        })
    }

    async fn run(
        &self,
        server: &Server,
        requests: &Requests,
        checked: bool,
    ) -> Result<Measured, Error> {
        let address = server.address;
        let phase = Arc::new(AtomicU8::new(WARMING_UP));
        let mut connections = JoinSet::new();
        for number in 0..self.connections {
            let first = requests.0.len() / self.connections * number;
            let (requests, phase) = (requests.clone(), Arc::clone(&phase));
            let every = self.every;
            connections.spawn(async move {
                let mut connection = Connection::open(address).await?;
                repeat(&mut connection, &requests, first, every, checked, &phase).await
            });
        }
        if self.on_its_core {
            let phase = Arc::clone(&phase);
            tokio::spawn(async move {
                while phase.load(Ordering::Relaxed) != DONE {
                    yield_now().await;
                }
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

/// Sends one request. Returns the body of the answer.
pub(crate) fn once(address: SocketAddr, request: &[u8]) -> Result<Vec<u8>, Error> {
    runtime()?.block_on(async {
        let mut connection = Connection::open(address).await?;
        Ok(connection.call(request).await?.to_vec())
    })
}

pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
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
    every: Option<Duration>,
    checked: bool,
    phase: &AtomicU8,
) -> Result<Vec<Duration>, Error> {
    let mut latencies = Vec::new();
    for (number, request) in requests.0.iter().cycle().skip(first).enumerate() {
        let begun = Instant::now();
        let body = connection.call(&request.bytes).await?;
        let took = begun.elapsed();
        if checked && number < CHECKED {
            request.check(body)?;
        }
        match phase.load(Ordering::Relaxed) {
            WARMING_UP => {}
            MEASURING => latencies.push(took),
            _ => break,
        }
        if let Some(every) = every {
            tokio::time::sleep_until((begun + every).into()).await;
        }
    }
    Ok(latencies)
}
