//! What a registry's engine does: how long transactions take, what waits, and how large the files are.

use std::time::Duration;

use super::{Registry, Store};
use crate::metrics::{Distribution, Histogram, Seconds, Sharded};

/// How long the transactions of requests have taken, with the time that they waited for their turn.
#[derive(Default)]
pub(super) struct Transactions {
    pub(super) reads: Sharded<Histogram<Seconds>>,
    pub(super) writes: Sharded<Histogram<Seconds>>,
}

/// What is known of the engine at one moment.
pub(crate) struct Vitals {
    /// How long transactions have taken, by kind.
    pub(crate) transactions: [(&'static str, Distribution); 2],
    /// Connections that nobody uses.
    pub(crate) idle: u64,
    pub(crate) in_use: u64,
    /// `None` where there is no one writer.
    pub(crate) writer: Option<WriterVitals>,
    /// The files with their sizes; empty for a registry that is not in files of this machine.
    pub(crate) bytes: Vec<(&'static str, u64)>,
}

/// What SQLite's writer does.
pub(crate) struct WriterVitals {
    /// Jobs that wait.
    pub(crate) waiting: u64,
    /// How many jobs have shared a commit.
    pub(crate) groups: Distribution,
}

impl Store {
    /// What the engine does.
    pub(crate) fn vitals(&self) -> Vitals {
        let (idle, in_use) = match &self.registry {
            Registry::Sqlite(sqlite) => sqlite.readers.use_of_connections(),
            Registry::Postgres(postgres) => postgres.use_of_sessions(),
        };
        let (writer, bytes) = match &self.registry {
            Registry::Sqlite(sqlite) => (Some(sqlite.writer.vitals()), sqlite.file_sizes()),
            Registry::Postgres(_) => (None, Vec::new()),
        };
        let Transactions { reads, writes } = &self.transactions;
        Vitals {
            transactions: [
                ("read", Distribution::of(reads.iter())),
                ("write", Distribution::of(writes.iter())),
            ],
            idle,
            in_use,
            writer,
            bytes,
        }
    }

    /// The time that has passed since then.
    pub(super) fn since(&self, begun: Duration) -> Duration {
        self.ambient.elapsed().saturating_sub(begun)
    }
}
