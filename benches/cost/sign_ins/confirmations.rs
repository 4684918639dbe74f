//! The rate of confirmed devices, each on disk before its answer: that of one client, and that of many.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use tokio::task::JoinSet;

use super::client::{Client, Issued};
use super::{Kind, serve};
use crate::Error;
use crate::load::runtime;
use crate::report::{Aim, Figure};

const CLIENTS: usize = 64;

/// How many times more devices the single client confirms than each of the many, so that both take as long.
const ALONE: usize = 4;

/// The users whose devices are confirmed. Each is issued fewer devices than a user can have unconfirmed at a time.
const USERS: usize = CLIENTS + ALONE;

/// The aim: the rate of many clients against one's.
const MIN_RATIO: f64 = 10.0;

/// Measures after users have signed in so often that there are devices enough to confirm.
pub(super) fn measure(quick: bool, directory: &Path) -> Result<Figure, Error> {
    let each = if quick { 4 } else { 32 };
    let server = serve(directory, Kind::Device, USERS)?;
    let (one, many) = runtime()?.block_on(async {
        let mut issued = Vec::new();
        for number in 0..USERS {
            let mut user = Client::new(server.address, format!("user{number}")).await?;
            for _ in 0..each {
                issued.push(user.issued().await?);
            }
        }
        let of_one = issued.split_off(CLIENTS * each);
        let one = rate(server.address, of_one.chunks(ALONE * each)).await?;
        let many = rate(server.address, issued.chunks(each)).await?;
        Ok::<_, Error>((one, many))
    })?;
    println!(
        "devices confirmed: one client {one:.0} a second; {CLIENTS} clients {many:.0} a second"
    );
    Ok(Figure {
        what: format!("devices confirmed a second by {CLIENTS} clients against one's"),
        measured: many / one,
        aim: Aim::AtLeast(MIN_RATIO),
    })
}

/// How many devices a second are confirmed when each share of them has a client.
async fn rate(address: SocketAddr, shares: std::slice::Chunks<'_, Issued>) -> Result<f64, Error> {
    let mut clients = Vec::new();
    for share in shares.clone() {
        // Whose tokens they are stands in the requests.
        let client = Client::new(address, String::new()).await?;
        clients.push((client, share.to_vec()));
    }
    let count: usize = shares.map(<[Issued]>::len).sum();
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (mut client, devices) in clients {
        running.spawn(async move {
            for device in devices {
                client.confirm(&device).await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(f64::from(u32::try_from(count)?) / begun.elapsed().as_secs_f64())
}
