//! What is found by looking a database over.

use std::fmt;

use crate::domain::pool::Configuration;
use crate::error::Result;
use crate::figures::Holdings;
use crate::ids::UserPoolId;
use crate::store::tx::ReadTx;

/// What a database holds, and what is wrong with it.
pub(crate) struct Inspection {
    pub(crate) schema_version: i64,
    /// What the engine finds damaged.
    pub(crate) damage: Vec<String>,
    /// What it holds; `None` if it is damaged, or its schema is not current.
    pub(crate) stock: Option<Stock>,
    /// The records that break a rule, a line for each with its place; empty if the records were not looked at.
    pub(crate) broken: Vec<String>,
}

impl Inspection {
    /// A database without damage of which only the version of the schema is known; 0 if it is empty.
    pub(super) fn of_version(schema_version: i64) -> Self {
        Self {
            schema_version,
            damage: Vec::new(),
            stock: None,
            broken: Vec::new(),
        }
    }
}

/// What a registry holds.
pub(crate) struct Stock {
    pub(crate) pools: Vec<(UserPoolId, Result<Configuration, String>)>,
    pub(crate) groups: u64,
    pub(crate) users: u64,
    pub(crate) devices: u64,
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(stock) = &self.stock else {
            return write!(f, "schema version {}", self.schema_version);
        };
        let holdings = Holdings {
            pools: u64::try_from(stock.pools.len()).unwrap_or(u64::MAX),
            groups: stock.groups,
            users: stock.users,
            devices: stock.devices,
        };
        holdings.fmt(f)
    }
}

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The database, and whether the pools' configurations can be used.
    File,
    /// Every record besides.
    Records,
}

impl Stock {
    /// Counts what the registry holds.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn of(tx: &ReadTx<'_>) -> Result<Self> {
        let pools = tx.pool_ids()?.into_iter().map(|id| {
            let configuration = tx.pool(&id)?.configuration.clone();
            Ok((id, configuration))
        });
        Ok(Self {
            pools: pools.collect::<Result<_>>()?,
            users: tx.count_users()?,
            devices: tx.count_devices()?,
            groups: tx.count_groups()?,
        })
    }
}
