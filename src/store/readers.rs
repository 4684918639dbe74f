//! Reading: the connections that read, and how requests share what they read.
//!
//! To begin and end a read transaction takes system calls that lock the log, which cost as much as the reading itself; and
//! whenever another process or the writer has committed, SQLite forgets the pages that it knew. So the requests that a worker
//! has at hand share one transaction, as those that write share a commit:
//!
//! ```text
//!  request 1   arrives ─┐                   ┌─ reads ─┐
//!  request 2   arrives ─┼─ (worker's turn) ─┼─ reads ─┼─ end of the transaction
//!  request 3   arrives ─┘      begins ──────┴─ reads ─┘
//!  request 4                   arrives ──── waits for the next ────────
//! ```
//!
//! Nobody is shown a state older than the request itself: a transaction is shared only by those that had arrived when it began.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use r2d2::PooledConnection;
use r2d2_sqlite::SqliteConnectionManager;
use tokio::task::yield_now;

use super::transaction::{ReadTx, execute};
use crate::error::{ApiError, Result};

type Connection = PooledConnection<SqliteConnectionManager>;

/// The connections of a registry that read.
pub(super) struct Readers {
    pool: r2d2::Pool<SqliteConnectionManager>,
    /// Which registry of this process it is.
    id: u64,
}

thread_local! {
    /// Of each registry that requests of this thread are about to read.
    static GROUPS: RefCell<BTreeMap<u64, Group>> = const { RefCell::new(BTreeMap::new()) };
}

/// The requests of one thread that are about to read one registry.
#[derive(Default)]
struct Group {
    /// How many have arrived since the group was empty; each one's number is what it was before.
    arrived: u64,
    /// Those that wait for a transaction to begin.
    waiting: usize,
    open: Option<Open>,
}

/// A transaction that is shared.
struct Open {
    connection: Rc<Connection>,
    /// The number of the first request that arrived too late for it.
    until: u64,
    /// Requests that have yet to read.
    left: usize,
}

impl Readers {
    pub(super) fn new(pool: r2d2::Pool<SqliteConnectionManager>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            pool,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// A connection to read by.
    ///
    /// # Errors
    /// `InternalErrorException` when there is none to be had.
    pub(super) fn connection(&self) -> Result<Connection> {
        self.pool.get().map_err(ApiError::internal)
    }

    /// Runs `work` in a read transaction of its own.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(super) fn read<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        let connection = self.connection()?;
        let tx = ReadTx::begin(&connection)?;
        work(&tx)
    }

    /// Runs `work` in a read transaction that it shares with the other requests that this thread has at hand.
    ///
    /// # Errors
    /// As [`Readers::read`].
    pub(super) async fn read_together<T>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let place = Place::take(self.id);
        let connection = loop {
            // Meanwhile the other requests at hand take their places.
            yield_now().await;
            if let Some(connection) = place.transaction(|| self.connection())? {
                break connection;
            }
        };
        work(&ReadTx::shared(&connection))
    }
}

/// A request's place in its group, left when it is dropped: done, refused, or given up because its client has gone.
struct Place {
    registry: u64,
    number: u64,
}

impl Place {
    fn take(registry: u64) -> Self {
        let number = GROUPS.with_borrow_mut(|groups| {
            let group = groups.entry(registry).or_default();
            group.waiting += 1;
            group.arrived += 1;
            group.arrived - 1
        });
        Self { registry, number }
    }

    /// The transaction to read in: the one that is open, or a new one; `None` while one is open that began too early.
    fn transaction(
        &self,
        connect: impl FnOnce() -> Result<Connection>,
    ) -> Result<Option<Rc<Connection>>> {
        GROUPS.with_borrow_mut(|groups| {
            let group = groups.entry(self.registry).or_default();
            if let Some(open) = &group.open {
                return Ok((self.number < open.until).then(|| Rc::clone(&open.connection)));
            }
            let connection = Rc::new(connect()?);
            execute(&connection, "BEGIN")?;
            group.open = Some(Open {
                connection: Rc::clone(&connection),
                until: group.arrived,
                left: std::mem::take(&mut group.waiting),
            });
            Ok(Some(connection))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // An error means that the thread is at its end, and its groups with it.
        let _ = GROUPS.try_with(|groups| {
            let mut groups = groups.borrow_mut();
            let Some(group) = groups.get_mut(&self.registry) else {
                return;
            };
            match &mut group.open {
                Some(open) if self.number < open.until => open.left -= 1,
                Some(_) | None => group.waiting -= 1,
            }
            if let Some(open) = group.open.take_if(|open| open.left == 0) {
                ReadTx::end(&open.connection);
            }
            if group.open.is_none() && group.waiting == 0 {
                groups.remove(&self.registry);
            }
        });
    }
}
