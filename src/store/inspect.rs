//! Looking a file over without changing it.

use std::time::Duration;

use super::{Location, ReadTx, Unusable, explain, schema};
use crate::domain::pool::Configuration;
use crate::error::Result;
use crate::ids::UserPoolId;
use crate::settings::Database;

/// What a file holds, and what is wrong with it.
pub(crate) struct Inspection {
    pub(crate) schema_version: i64,
    /// What SQLite finds damaged; when there is any, the counts are not taken.
    pub(crate) damage: Vec<String>,
    pub(crate) pools: Vec<(UserPoolId, Result<Configuration, String>)>,
    pub(crate) users: i64,
    pub(crate) devices: i64,
}

/// Looks over the file: whether it is ours, whole, and what its pools' configurations are worth.
pub(crate) fn inspect(database: &Database, busy: Duration) -> Result<Inspection, Unusable> {
    let connection = Location::of(database)
        .connect_to_read(busy)
        .map_err(|error| Unusable::new(database, explain(&error)))?;
    let schema_version =
        schema::version(&connection).map_err(|why| Unusable::new(database, why))?;
    let look = || -> Result<Inspection> {
        let tx = ReadTx::begin(&connection)?;
        let mut damage: Vec<String> = tx.all("PRAGMA integrity_check", [], |row| row.get(0))?;
        damage.retain(|line| line != "ok");
        damage.extend(tx.all("PRAGMA foreign_key_check", [], |row| {
            Ok(format!(
                "a row of {} refers to a row of {} that is not there",
                row.get::<_, String>(0)?,
                row.get::<_, String>(2)?
            ))
        })?);
        if !damage.is_empty() {
            return Ok(Inspection {
                schema_version,
                damage,
                pools: Vec::new(),
                users: 0,
                devices: 0,
            });
        }
        let pools = tx
            .pool_ids()?
            .into_iter()
            .map(|id| Ok((tx.pool(&id)?.configuration, id)));
        Ok(Inspection {
            schema_version,
            damage,
            pools: pools
                .map(|pool| pool.map(|(configuration, id)| (id, configuration)))
                .collect::<Result<_>>()?,
            users: tx.one("SELECT count(*) FROM users", [], |row| row.get(0))?,
            devices: tx.one("SELECT count(*) FROM devices", [], |row| row.get(0))?,
        })
    };
    look().map_err(|error| Unusable::new(database, error))
}
