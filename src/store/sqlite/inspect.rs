//! Looking a file over without changing it.

use std::fmt;
use std::time::Duration;

use super::engine::Engine;
use super::location::Location;
use super::place::check_end;
use super::schema;
use crate::domain::pool::Configuration;
use crate::error::{ApiError, Result};
use crate::figures::Holdings;
use crate::ids::UserPoolId;
use crate::settings::Database;
use crate::store::options::Unusable;
use crate::store::rules;
use crate::store::tx::ReadTx;

/// What a file holds, and what is wrong with it.
pub(crate) struct Inspection {
    pub(crate) schema_version: i64,
    /// What SQLite finds damaged.
    pub(crate) damage: Vec<String>,
    /// What it holds; `None` if it is damaged, or its schema is not current.
    pub(crate) stock: Option<Stock>,
    /// The records that break a rule, a line for each with its place; empty if the records were not looked at.
    pub(crate) broken: Vec<String>,
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
    /// The file, and whether the pools' configurations can be used.
    File,
    /// Every record besides.
    Records,
}

/// Looks over the file: whether it is ours, whole, and whether its pools' configurations can be used.
///
/// # Errors
/// When the file cannot be read, or is not a Poolhouse registry.
pub(crate) fn inspect(
    database: &Database,
    depth: Depth,
    busy: Duration,
) -> Result<Inspection, Unusable> {
    let connection = Location::of(database)
        .connect_to_read(busy)
        .map_err(|why| Unusable::new(database, why))?;
    let schema_version =
        schema::version(&connection).map_err(|why| Unusable::new(database, why))?;
    if let Database::File(path) = database {
        check_end(path, &connection).map_err(|why| Unusable::new(database, why))?;
    }
    let unusable = |error: ApiError| Unusable::new(database, error.reason.unwrap_or_default());
    let tx = ReadTx::begin(Engine::of(&connection)).map_err(unusable)?;
    let mut found = Inspection {
        schema_version,
        damage: damage(&tx).unwrap_or_else(|error| error.reason.into_iter().collect()),
        stock: None,
        broken: Vec::new(),
    };
    if found.damage.is_empty() && schema::is_current(schema_version) {
        found.stock = Some(Stock::of(&tx).map_err(unusable)?);
        if depth == Depth::Records {
            found.broken = rules::broken(&tx).map_err(unusable)?;
        }
    }
    Ok(found)
}

impl Stock {
    fn of(tx: &ReadTx<'_>) -> Result<Self> {
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

fn damage(tx: &ReadTx<'_>) -> Result<Vec<String>> {
    let mut damage: Vec<String> = tx.all("PRAGMA integrity_check", (), |row| row.get(0))?;
    damage.retain(|line| line != "ok");
    damage.extend(tx.all("PRAGMA foreign_key_check", (), |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!(
            "a row of {table} refers to a row of {parent} that is not there"
        ))
    })?);
    Ok(damage)
}
