//! The registry on disk: one SQLite file, or a PostgreSQL database.
//!
//! A request reads inside one transaction ([`Store::read`]), so that its answer never mixes two states, and writes in one
//! ([`Store::write`]); the answer comes after the commit, so what was answered survives a power cut.
//!
//! SQLite reads on the thread that asks: the statements take microseconds, less than a change of threads. Requests that a thread has
//! at hand share the transaction. One writer thread commits what is waiting as a group. PostgreSQL is asked on threads that may
//! wait, by as many connections as the settings allow, and groups commits by itself.
//!
//! - `tables`: SQL and rows, a file for each table; `rules`: what must hold of the rows.
//! - `tx`: transactions and the verbs that statements are run by; `sql`: parameters and values; `page`: a page of a list.
//! - `options`: how a registry is opened; `inspection`: what is found by looking one over; `copy`: moving one to another engine.
//! - `snapshot`: names of snapshots; `state`: which state of the registry requests see, since a snapshot may be put back.
//! - `vitals`: what the engine does, in numbers.
//! - `engine`: which of the engines a transaction works by; `sqlite` and `postgres`: the engines.

#[cfg(test)]
mod conformance;
mod copy;
mod engine;
mod inspection;
mod options;
mod page;
mod postgres;
mod rules;
mod snapshot;
mod sql;
mod sqlite;
mod state;
mod tables;
mod tx;
mod vitals;

use std::time::Duration;

use tokio::sync::watch;

use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::outbox::{MessageFilter, MessageList};
use crate::error::{ApiError, Result};
use crate::settings::Database;
pub(crate) use postgres::NO_REGISTRY as NO_REGISTRY_IN_DATABASE;
use postgres::Postgres;
use sqlite::Sqlite;
use state::States;

pub(crate) use copy::{CopiedTable, copy};
use inspection::Stock;
pub(crate) use inspection::{Depth, Inspection};
pub(crate) use options::{Opening, StoreOptions, Unusable};
pub(crate) use page::Page;
pub(crate) use snapshot::{SnapshotInfo, SnapshotName};
pub(crate) use sqlite::{
    BackupError, CompactError, NO_REGISTRY, backup, compact, files_with_its_content, own_files,
};
pub(crate) use state::State;
pub(crate) use tables::{
    AuthorizationCode, BrowserSession, CodeSubject, DeviceSecret, Found, KeptCertificate, KeptCode,
    KeptKeys, KeptPassword, KeptRefreshToken, PasswordHistory, SignInDevice, Whom, Written,
};
pub(crate) use tx::{ReadTx, WriteTx};
use vitals::Transactions;
pub(crate) use vitals::Vitals;

/// Rows of each table that a server removes in one step because of their age: some milliseconds of the writer's time.
const EXPIRY_STEP: u32 = 200;

/// How often somebody looks whether a change of the state is over; it takes a commit.
const CHANGE: Duration = Duration::from_millis(1);

/// The open registry.
pub(crate) struct Store {
    registry: Registry,
    states: States,
    /// What was done to the database when it was opened, and what an operator should see to, in sentences.
    notices: Vec<String>,
    ambient: Ambient,
    transactions: Transactions,
}

/// Where the registry is.
enum Registry {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the registry, brings its schema up to date and takes the rights of all others from its files. Where there is none,
    /// the file and its directory are made, or it is refused, as `options.opening` says.
    ///
    /// # Errors
    /// Why it cannot be used, in words for the operator.
    pub(crate) fn open(options: &StoreOptions) -> Result<Self, Unusable> {
        if let Database::Postgres(url) = &options.database {
            let opened = Postgres::open(url, options.opening, options.connections, options.busy);
            let (registry, notices) =
                opened.map_err(|why| Unusable::new(&options.database, why))?;
            return Ok(Self {
                registry: Registry::Postgres(registry),
                states: States::default(),
                notices,
                ambient: options.ambient.clone(),
                transactions: Transactions::default(),
            });
        }
        let (registry, notices) = Sqlite::open(options)?;
        Ok(Self {
            registry: Registry::Sqlite(registry),
            states: States::default(),
            notices,
            ambient: options.ambient.clone(),
            transactions: Transactions::default(),
        })
    }

    /// Removes the registry, if it is a file that this opening made, it holds no pool, and no other process has it open. For a
    /// registry that was made to be filled with something that was then refused.
    pub(crate) fn discard(self) {
        match self.registry {
            Registry::Sqlite(sqlite) => sqlite.discard(),
            Registry::Postgres(_) => {}
        }
    }

    /// What was done to the database when it was opened, and what an operator should see to, in sentences.
    pub(crate) fn notices(&self) -> &[String] {
        &self.notices
    }

    /// A registry for a test.
    #[cfg(test)]
    pub(crate) fn opened(database: Database, readers: u32) -> Self {
        let options = StoreOptions {
            database,
            opening: Opening::Create,
            keep_before_upgrade: false,
            readers,
            connections: 4,
            busy: Duration::from_secs(1),
            ambient: crate::ambient::Ambient::system(),
        };
        Self::open(&options).unwrap()
    }

    /// Runs `work` in one read transaction. SQLite reads on this thread, and the requests that the thread has at hand share the
    /// transaction; PostgreSQL is read on another.
    ///
    /// # Errors
    /// What `work` returns; `TooManyRequestsException` when no connection is free; `InternalErrorException` when the store fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let begun = self.ambient.elapsed();
        let found = match &self.registry {
            Registry::Sqlite(sqlite) => sqlite.readers.read_together(work).await,
            Registry::Postgres(postgres) => postgres.read(work).await,
        };
        self.transactions.reads.here().took(self.since(begun));
        found
    }

    /// The same for a caller that is not asynchronous, in a transaction of its own.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub(crate) fn read_now<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        match &self.registry {
            Registry::Sqlite(sqlite) => sqlite.readers.read(work),
            Registry::Postgres(postgres) => postgres.read_now(work),
        }
    }

    /// Runs `work` in a transaction that writes and waits until it is on disk: on SQLite's writer thread, or on another that may
    /// wait for PostgreSQL. When `work` fails, nothing of it remains.
    ///
    /// # Errors
    /// What `work` returns; `TooManyRequestsException` when no connection is free or another transaction stands in the way;
    /// `InternalErrorException` when the store fails, or nobody can tell whether the change was made.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let begun = self.ambient.elapsed();
        let written = match &self.registry {
            Registry::Sqlite(sqlite) => {
                let written = sqlite.writer.submit(work)?.await;
                written.map_err(|_| ApiError::internal("the writer dropped a job"))?
            }
            Registry::Postgres(postgres) => postgres.write(work).await,
        };
        self.transactions.writes.here().took(self.since(begun));
        written
    }

    /// The same for a caller that is not asynchronous.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub(crate) fn write_now<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.registry {
            Registry::Sqlite(sqlite) => {
                let written = sqlite.writer.submit(work)?.blocking_recv();
                written.map_err(|_| ApiError::internal("the writer dropped a job"))?
            }
            Registry::Postgres(postgres) => postgres.write_now(work),
        }
    }

    /// The same for work that was decided in `state`: if a snapshot was put back since, it is not done.
    ///
    /// # Errors
    /// As [`Store::write`]; `ThrottlingException` when the registry is in another state, so that the caller may try again.
    pub(crate) async fn write_in<T: Send + 'static>(
        &self,
        state: State,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let states = self.states.clone();
        // Snapshots are put back by the writer as well, so nothing comes between.
        self.write(move |tx| {
            if states.is_still(state) {
                work(tx)
            } else {
                Err(ApiError::snapshot_restored())
            }
        })
        .await
    }

    /// The present state of the registry.
    pub(crate) fn state(&self) -> State {
        self.states.present()
    }

    /// Whether all that was read since `state` was the present state was of this state.
    pub(crate) fn is_still_in(&self, state: State) -> bool {
        self.states.is_still(state)
    }

    /// Waits while one state takes the place of another.
    pub(crate) async fn settle(&self) {
        while self.states.is_changing() {
            tokio::time::sleep(CHANGE).await;
        }
    }

    /// The same for work that writes a great many rows: SQLite gets more memory for as long as it runs.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub(crate) fn write_bulk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_now(move |tx| sqlite::with_bulk_cache(tx, work))
    }

    /// Changes whenever this process has put messages into the outbox and they are on disk. Those of another process on the same
    /// database are only found by looking.
    pub(crate) fn message_news(&self) -> watch::Receiver<()> {
        match &self.registry {
            Registry::Sqlite(sqlite) => sqlite.writer.messages(),
            Registry::Postgres(postgres) => postgres.messages(),
        }
    }

    /// Removes some of the rows that no longer matter. Returns how many; 0 when none is left.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) async fn remove_expired(&self, now: Timestamp) -> Result<usize> {
        self.write(move |tx| tx.remove_expired(now, EXPIRY_STEP))
            .await
    }

    /// Checks that the registry can be read and that its file is where it was opened.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) async fn probe(&self) -> Result<()> {
        if let Registry::Sqlite(sqlite) = &self.registry {
            sqlite.check_identity()?;
        }
        self.read(|tx| tx.count_pools().map(drop)).await
    }

    /// Moves everything from SQLite's write-ahead log into the file itself, so that the file alone is the registry.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails, or when nobody would find the file where it should be.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        match &self.registry {
            Registry::Sqlite(sqlite) => sqlite.checkpoint(),
            Registry::Postgres(_) => Ok(()),
        }
    }

    /// Saves the whole registry as it is now under a name, in place of an earlier snapshot of that name. Requests run meanwhile.
    ///
    /// # Errors
    /// `NotImplementedException` for a registry in PostgreSQL; `InternalErrorException` when it cannot be copied.
    pub(crate) fn save_snapshot(
        &self,
        name: &SnapshotName,
        now: Timestamp,
    ) -> Result<SnapshotInfo> {
        self.sqlite()?.save_snapshot(name, now)
    }

    /// Makes the registry what it was when the snapshot was saved. Requests run meanwhile; each that reads in one transaction sees
    /// the one state or the other, and [`Store::write_in`] writes nothing that was decided in another state.
    ///
    /// # Errors
    /// `NotImplementedException` for a registry in PostgreSQL; `ResourceNotFoundException` when there is none of this name;
    /// `InternalErrorException` when it cannot be done. The registry is then as it was.
    pub(crate) fn restore_snapshot(&self, name: &SnapshotName) -> Result<()> {
        self.sqlite()?.restore_snapshot(name, &self.states)
    }

    /// All snapshots, in the order of their names.
    ///
    /// # Errors
    /// `NotImplementedException` for a registry in PostgreSQL; `InternalErrorException`.
    pub(crate) fn snapshots(&self) -> Result<Vec<SnapshotInfo>> {
        self.sqlite()?.snapshots()
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// `NotImplementedException` for a registry in PostgreSQL; `ResourceNotFoundException` when there is none of this name;
    /// `InternalErrorException`.
    pub(crate) fn delete_snapshot(&self, name: &SnapshotName) -> Result<()> {
        self.sqlite()?.delete_snapshot(name)
    }

    /// The registry that can keep snapshots.
    fn sqlite(&self) -> Result<&Sqlite> {
        match &self.registry {
            Registry::Sqlite(sqlite) => Ok(sqlite),
            Registry::Postgres(_) => Err(snapshot::none_of_postgres()),
        }
    }
}

/// Reads a database, which is not changed and must have the current schema.
///
/// # Errors
/// When the database cannot be used, or `work` fails.
fn read_only<T>(
    database: &Database,
    busy: Duration,
    work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
) -> Result<T, Unusable> {
    let Database::Postgres(url) = database else {
        return sqlite::read_only(database, busy, work);
    };
    let unusable = |why| Unusable::new(database, why);
    let (postgres, _) = Postgres::open(url, Opening::AsItIs, 1, busy).map_err(unusable)?;
    postgres
        .read_now(work)
        .map_err(|error| unusable(error.reason.unwrap_or_default()))
}

/// Looks a database over: whether it is ours, whole, and whether its pools' configurations can be used.
///
/// # Errors
/// When the database cannot be used, or is not Poolhouse's.
pub(crate) fn inspect(
    database: &Database,
    depth: Depth,
    busy: Duration,
) -> Result<Inspection, Unusable> {
    let Database::Postgres(url) = database else {
        return sqlite::inspect(database, depth, busy);
    };
    let version = Postgres::schema_version(url, busy);
    let schema_version = version.map_err(|why| Unusable::new(database, why))?;
    if schema_version != postgres::LATEST {
        return Ok(Inspection::of_version(schema_version));
    }
    read_only(database, busy, |tx| {
        Ok(Inspection {
            stock: Some(Stock::of(tx)?),
            broken: match depth {
                Depth::File => Vec::new(),
                Depth::Records => rules::broken(tx)?,
            },
            ..Inspection::of_version(schema_version)
        })
    })
}

/// The wanted messages in the outbox of a database, which is not changed.
///
/// # Errors
/// When the database cannot be used.
pub(crate) fn read_outbox(
    database: &Database,
    busy: Duration,
    wanted: &MessageFilter,
) -> Result<Found, Unusable> {
    read_only(database, busy, |tx| tx.find_messages(wanted))
}

/// The same for somebody who waits for messages: there may be no such pool or user yet.
///
/// # Errors
/// As [`read_outbox`].
pub(crate) fn read_new_messages(
    database: &Database,
    busy: Duration,
    wanted: &MessageFilter,
) -> Result<MessageList, Unusable> {
    read_only(database, busy, |tx| tx.outbox(wanted))
}
