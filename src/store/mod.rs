//! The registry on disk: one SQLite file, many readers, one writer.
//!
//! A request reads inside one transaction ([`Store::read`]), so that its answer never mixes two states, and on the thread
//! that asks: the statements take microseconds, less than a change of threads. Requests that a thread has at hand share the
//! transaction. A request writes through the one writer thread
//! ([`Store::write`]), which commits what is waiting as a group; the answer comes after the commit, with `synchronous=FULL`,
//! so what was answered survives a power cut.
//!
//! - `tables`: SQL and rows, a file for each table; `rules`: what must hold of the rows.
//! - `tx`: transactions and the verbs that statements are run by; `sql`: parameters and values; `page`: a page of a list.
//! - `options`: how a registry is opened.
//! - `sqlite`: the engine.

#[cfg(test)]
mod conformance;
mod options;
mod page;
mod rules;
mod sql;
mod sqlite;
mod tables;
mod tx;

use std::time::Duration;

use tokio::sync::watch;

use crate::api::Timestamp;
use crate::domain::outbox::{MessageFilter, MessageList};
use crate::error::{ApiError, Result};
use crate::settings::Database;
use sqlite::Sqlite;

pub(crate) use options::{Opening, StoreOptions, Unusable};
pub(crate) use page::Page;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use sqlite::Snapshot;
pub(crate) use sqlite::{
    BackupError, CompactError, Depth, NO_REGISTRY, backup, compact, files_with_its_content,
    inspect, own_files,
};
pub(crate) use tables::{
    CodeSubject, DeviceSecret, Found, KeptCertificate, KeptPassword, KeptRefreshToken,
    PasswordHistory, SignInDevice, Written,
};
pub(crate) use tx::{ReadTx, WriteTx};

/// Rows of each table that a server removes in one step because of their age: some milliseconds of the writer's time.
const EXPIRY_STEP: u32 = 200;

/// The open registry.
pub(crate) struct Store(Sqlite);

impl Store {
    /// Opens the registry, brings its schema up to date and takes the rights of all others from its files. Where there is none,
    /// the file and its directory are made, or it is refused, as `options.opening` says.
    ///
    /// # Errors
    /// Why it cannot be used, in words for the operator.
    pub(crate) fn open(options: &StoreOptions) -> Result<Self, Unusable> {
        Sqlite::open(options).map(Self)
    }

    /// Removes the registry, if this opening made it, it holds no pool, and no other process has it open. For a registry that was
    /// made to be filled with something that was then refused.
    pub(crate) fn discard(self) {
        self.0.discard();
    }

    /// What was done to the file when it was opened, and what an operator should see to, in sentences.
    pub(crate) fn notices(&self) -> &[String] {
        &self.0.notices
    }

    /// A registry for a test.
    #[cfg(test)]
    pub(crate) fn opened(database: Database, readers: u32) -> Self {
        let options = StoreOptions {
            database,
            opening: Opening::Create,
            keep_before_upgrade: false,
            readers,
            busy: Duration::from_secs(1),
            ambient: crate::ambient::Ambient::system(),
        };
        Self::open(&options).unwrap()
    }

    /// Runs `work` in one read transaction. SQLite reads on this thread, and the requests that the thread has at hand share the
    /// transaction; `work` owns what it uses, so that it could run elsewhere.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.readers.read_together(work).await
    }

    /// The same for a caller that is not asynchronous, in a transaction of its own.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub(crate) fn read_now<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.0.readers.read(work)
    }

    /// Runs `work` in a transaction on the writer thread and waits until it is on disk. When `work` fails, nothing of it
    /// remains.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0
            .writer
            .submit(work)?
            .await
            .map_err(|_| ApiError::internal("the writer dropped a job"))?
    }

    /// The same for a caller that is not asynchronous.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub(crate) fn write_now<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0
            .writer
            .submit(work)?
            .blocking_recv()
            .map_err(|_| ApiError::internal("the writer dropped a job"))?
    }

    /// The same for work that writes a great many rows: it gets more memory, for as long as it runs.
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
    /// file are only found by looking.
    pub(crate) fn message_news(&self) -> watch::Receiver<()> {
        self.0.writer.messages()
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
    pub(crate) fn probe(&self) -> Result<()> {
        self.0.check_identity()?;
        self.read_now(|tx| tx.count_pools().map(drop))
    }

    /// Moves everything from the write-ahead log into the file itself, so that the file alone is the registry.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails, or when nobody would find the file where it should be.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.0.checkpoint()
    }

    /// Copies the whole registry.
    ///
    /// # Errors
    /// Why the engine refuses, in words.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn snapshot(&self) -> Result<Snapshot, String> {
        Snapshot::of(&self.0)
    }

    /// Makes the registry what it was when the snapshot was taken. Nobody else may use it meanwhile.
    ///
    /// # Errors
    /// Why the engine refuses, in words.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn restore(&self, snapshot: &Snapshot) -> Result<(), String> {
        snapshot.put_back(&self.0)
    }
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
    sqlite::read_only(database, busy, |tx| tx.find_messages(wanted))
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
    sqlite::read_only(database, busy, |tx| tx.outbox(wanted))
}
