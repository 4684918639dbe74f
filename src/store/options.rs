//! How a registry is opened, and why it cannot be.

use std::fmt;
use std::time::Duration;

use crate::ambient::Ambient;
use crate::settings::Database;

/// A database that cannot be used as the registry, with the reason.
#[derive(Debug)]
pub(crate) struct Unusable(String);

impl Unusable {
    pub(super) fn new(database: &Database, why: impl fmt::Display) -> Self {
        Self(format!("{database}: {why}"))
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether opening may create or upgrade the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Creates the registry if there is none, and brings its schema up to date.
    Create,
    /// Brings the schema of an existing registry up to date; refuses a missing one.
    Upgrade,
    /// Changes nothing; refuses a missing registry and one of an earlier schema.
    AsItIs,
}

/// How to open the registry.
pub(crate) struct StoreOptions {
    pub(crate) database: Database,
    pub(crate) opening: Opening,
    /// Whether a copy of the file is kept before its schema is brought up to date.
    pub(crate) keep_before_upgrade: bool,
    /// How many connections read.
    pub(crate) readers: u32,
    /// The most connections to a PostgreSQL database.
    pub(crate) connections: u32,
    /// How long a write waits for another process.
    pub(crate) busy: Duration,
    pub(crate) ambient: Ambient,
}
