//! Runs the jobs that import users, a few lines at a time.
//!
//! Lines are read and checked outside of transactions. One short transaction then writes the users of some lines, what became of each
//! line, and how far the job is. So a server that ends at any moment leaves a job that goes on from there, and of several servers on
//! one registry only one goes on from each place.

mod batch;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use self::batch::Batch;
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::import::ImportJob;
use crate::error::Result;
use crate::ids::UserPoolId;
use crate::log::Log;
use crate::store::{State, Store};

/// How often the server looks for jobs that were started.
const LOOK: Duration = Duration::from_millis(250);

/// The least pause between two batches of lines, in which other writers have their turn.
const PAUSE: Duration = Duration::from_millis(2);

/// The most jobs, each of another account, that go on at a time.
const JOBS: u32 = 100;

/// How long a job rests after a fault of the registry, such as a full disk.
const REST: Duration = Duration::from_secs(5);

/// Runs the jobs of the registry until the server ends.
pub(crate) async fn run(store: Arc<Store>, ambient: Ambient, log: Log) {
    loop {
        let begun = ambient.elapsed();
        let pause = match step(&store, &ambient).await {
            // Half of the writer's time is left to others, however slow the disk is.
            Ok(true) => ambient.elapsed().saturating_sub(begun).max(PAUSE),
            Ok(false) => LOOK,
            Err(error) => {
                let reason = error.reason.unwrap_or_default();
                log.fault("Users cannot be imported.", ("reason", reason));
                REST
            }
        };
        sleep(pause).await;
    }
}

/// Goes on with every job by one batch of lines. Returns whether any of them went on: not if there is none, or if another server was
/// faster.
///
/// # Errors
/// `InternalErrorException` when the registry fails.
pub(crate) async fn step(store: &Store, ambient: &Ambient) -> Result<bool> {
    let mut outcome = Ok(false);
    let state = store.state();
    for (job, pool) in store.read(|tx| tx.running_import_jobs(JOBS)).await? {
        // What stops one account's job does not stop the others'.
        match go_on(store, state, ambient, (job, pool)).await {
            Ok(went_on) => outcome = outcome.map(|any| any || went_on),
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}

/// Goes on with a job by one batch of lines.
async fn go_on(
    store: &Store,
    state: State,
    ambient: &Ambient,
    (job, pool): (ImportJob, UserPoolId),
) -> Result<bool> {
    let (now, chance) = (Timestamp::from(ambient.now()), ambient.clone());
    let (job, pool, batch) = store
        .read(move |tx| {
            let batch = Batch::read(tx, &job, &pool, &chance, now)?;
            Ok((job, pool, batch))
        })
        .await?;
    store
        .write_in(state, move |tx| batch.write(tx, &job, &pool, now))
        .await
}
