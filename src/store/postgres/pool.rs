//! A bounded number of sessions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::session::{Server, Session};
use crate::error::{ApiError, Result};

/// The sessions of a registry. One that is free is used again, the last one first, so that few are open when little is done.
pub(super) struct Pool {
    server: Arc<Server>,
    free: Mutex<Vec<Session>>,
    /// How many more may be used.
    permits: Arc<Semaphore>,
    /// How many may be used at the same time.
    most: usize,
    /// How long a request waits for one.
    wait: Duration,
}

impl Pool {
    pub(super) fn new(server: Arc<Server>, sessions: u32, wait: Duration) -> Self {
        let sessions = usize::try_from(sessions).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            server,
            free: Mutex::default(),
            permits: Arc::new(Semaphore::new(sessions)),
            most: sessions,
            wait,
        }
    }

    /// The right to use a session.
    ///
    /// # Errors
    /// `TooManyRequestsException` when all are in use for too long.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        let permit = timeout(self.wait, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| {
            ApiError::rate_exceeded()
                .because("all connections to the database are in use (store.connections)")
        })?;
        permit.map_err(ApiError::internal)
    }

    /// A session to use, on a thread that may wait for the network. Commands use one without a permit.
    ///
    /// # Errors
    /// `InternalErrorException` when the system refuses another.
    pub(super) fn lend(&self) -> Result<Session> {
        let free = self.lock().pop();
        match free {
            Some(session) => Ok(session),
            None => Session::new(Arc::clone(&self.server)).map_err(ApiError::internal),
        }
    }

    /// Takes back a session whose transaction has ended.
    pub(super) fn take_back(&self, session: Session) {
        self.lock().push(session);
    }

    /// How many open sessions nobody uses, and how many are in use.
    pub(super) fn use_of_sessions(&self) -> (u64, u64) {
        let idle = u64::try_from(self.lock().len()).unwrap_or(u64::MAX);
        let free = self.permits.available_permits();
        let in_use = u64::try_from(self.most.saturating_sub(free)).unwrap_or(u64::MAX);
        (idle, in_use)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
