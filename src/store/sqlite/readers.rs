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
//! They share the pools that they find, too.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use r2d2::PooledConnection;
use r2d2_sqlite::SqliteConnectionManager;
use tokio::task::yield_now;

use super::engine::Engine;
use crate::error::{ApiError, Result};
use crate::store::tx::{KnownPools, ReadTx};

type Connection = PooledConnection<SqliteConnectionManager>;

/// The connections of a registry that read.
pub(in crate::store) struct Readers {
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
    shared: Rc<Shared>,
    /// The number of the first request that arrived too late for it.
    until: u64,
    /// Requests that have yet to read.
    left: usize,
}

/// What those in a transaction read by, and know.
struct Shared {
    connection: Connection,
    pools: KnownPools,
}

impl Readers {
    pub(super) fn new(pool: r2d2::Pool<SqliteConnectionManager>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            pool,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// How many connections nobody uses, and how many are in use.
    pub(in crate::store) fn use_of_connections(&self) -> (u64, u64) {
        let state = self.pool.state();
        let in_use = state.connections.saturating_sub(state.idle_connections);
        (state.idle_connections.into(), in_use.into())
    }

    /// A connection to read by.
    ///
    /// # Errors
    /// `InternalErrorException` when no connection is free or can be made.
    pub(super) fn connection(&self) -> Result<Connection> {
        self.pool.get().map_err(ApiError::internal)
    }

    /// Runs `work` in a read transaction of its own.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(in crate::store) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let connection = self.connection()?;
        let tx = ReadTx::begin(Engine::of(&connection))?;
        work(&tx)
    }

    /// Runs `work` in a read transaction that it shares with the other requests that this thread has at hand.
    ///
    /// # Errors
    /// As [`Readers::read`].
    pub(in crate::store) async fn read_together<T>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let turn = Turn::take(self.id);
        let shared = loop {
            // Meanwhile the other requests at hand take their turns.
            yield_now().await;
            if let Some(shared) = turn.transaction(|| self.connection())? {
                break shared;
            }
        };
        work(&ReadTx::shared(
            Engine::of(&shared.connection),
            Some(&shared.pools),
        ))
    }
}

/// A request's turn in its group, given back when it is dropped: done, refused, or given up because its client has gone.
struct Turn {
    registry: u64,
    number: u64,
}

impl Turn {
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
    ) -> Result<Option<Rc<Shared>>> {
        GROUPS.with_borrow_mut(|groups| {
            let group = groups.entry(self.registry).or_default();
            if let Some(open) = &group.open {
                return Ok((self.number < open.until).then(|| Rc::clone(&open.shared)));
            }
            let connection = connect()?;
            Engine::of(&connection).begin_to_read()?;
            let shared = Rc::new(Shared {
                connection,
                pools: KnownPools::default(),
            });
            group.open = Some(Open {
                shared: Rc::clone(&shared),
                until: group.arrived,
                left: std::mem::take(&mut group.waiting),
            });
            Ok(Some(shared))
        })
    }
}

impl Drop for Turn {
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
                Engine::of(&open.shared.connection).end_reading();
            }
            if group.open.is_none() && group.waiting == 0 {
                groups.remove(&self.registry);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::ids::UserPoolId;
    use crate::settings::Database;
    use crate::store::Store;

    fn pools(tx: &ReadTx<'_>) -> Result<i64> {
        tx.one("SELECT count(*) FROM pools", (), |row| row.get(0))
    }

    fn add_pool(store: &Store, id: &'static str) {
        let added = store.write_now(move |tx| {
            tx.run(
                "INSERT INTO pools (id, account, settings) VALUES (?1, '000000000000', '{}')",
                [id],
            )
        });
        assert_eq!(added.unwrap(), 1);
    }

    /// Polls a request. Returns the answer if there is one.
    fn poll(request: std::pin::Pin<&mut impl Future<Output = Result<i64>>>) -> Option<i64> {
        match request.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer.unwrap()),
            Poll::Pending => None,
        }
    }

    #[test]
    fn those_at_hand_share_a_moment_and_who_comes_later_sees_what_was_written_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::opened(Database::File(directory.path().join("poolhouse.db")), 2);
        let (mut first, mut second) = (pin!(store.read(pools)), pin!(store.read(pools)));
        assert_eq!(poll(first.as_mut()), None);
        assert_eq!(poll(second.as_mut()), None);
        assert_eq!(poll(first.as_mut()), Some(0));
        add_pool(&store, "us-east-1_A");
        let mut late = pin!(store.read(pools));
        for _ in 0..3 {
            assert_eq!(poll(late.as_mut()), None, "the open moment is too old");
        }
        assert_eq!(poll(second.as_mut()), Some(0), "as the first saw it");
        assert_eq!(poll(late.as_mut()), Some(1));
        GROUPS.with_borrow(|groups| assert!(groups.is_empty(), "nothing is left open"));
    }

    #[test]
    fn pools_that_one_of_them_has_found_are_known_to_all_and_forgotten_with_the_moment() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::opened(Database::File(directory.path().join("poolhouse.db")), 2);
        let id = UserPoolId::from("us-east-1_A".to_owned());
        let tracks = || {
            let id = id.clone();
            move |tx: &ReadTx<'_>| {
                let pool = tx.find_pool(&id)?;
                Ok(pool.map_or(-1, |pool| i64::from(pool.device_tracking().is_ok())))
            }
        };
        let set = |settings: &'static str| {
            let set =
                store.write_now(move |tx| tx.run("UPDATE pools SET settings = ?1", [settings]));
            assert_eq!(set.unwrap(), 1);
        };
        let (mut first, mut second) = (pin!(store.read(tracks())), pin!(store.read(tracks())));
        assert_eq!((poll(first.as_mut()), poll(second.as_mut())), (None, None));
        assert_eq!(poll(first.as_mut()), Some(-1));
        add_pool(&store, "us-east-1_A");
        assert_eq!(poll(second.as_mut()), Some(-1), "not there yet");
        for (settings, expected) in [
            ("{}", 0),
            (
                r#"{"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}}"#,
                1,
            ),
            ("{}", 0),
        ] {
            set(settings);
            let (mut first, mut second) = (pin!(store.read(tracks())), pin!(store.read(tracks())));
            assert_eq!((poll(first.as_mut()), poll(second.as_mut())), (None, None));
            assert_eq!(poll(first.as_mut()), Some(expected));
            set(r#"{"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": true}}"#);
            assert_eq!(poll(second.as_mut()), Some(expected), "as the first saw it");
        }
    }

    #[test]
    fn whoever_goes_away_holds_nobody_up() {
        let store = Store::opened(Database::Memory, 1);
        let mut waits = Box::pin(store.read(pools));
        let (mut reads, mut gone) = (pin!(store.read(pools)), Box::pin(store.read(pools)));
        assert_eq!(poll(waits.as_mut()), None);
        assert_eq!(poll(gone.as_mut()), None);
        drop(waits);
        assert_eq!(poll(reads.as_mut()), None);
        assert_eq!(poll(reads.as_mut()), Some(0));
        drop(gone);
        add_pool(&store, "us-east-1_A");
        let mut next = pin!(store.read(pools));
        assert_eq!(poll(next.as_mut()), None);
        assert_eq!(poll(next.as_mut()), Some(1));
        GROUPS.with_borrow(|groups| assert!(groups.is_empty(), "nothing is left open"));
    }
}
