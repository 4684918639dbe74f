//! Looking a file over without changing it.

use std::time::Duration;

use super::engine::Engine;
use super::location::Location;
use super::place::check_end;
use super::schema;
use crate::error::{ApiError, Result};
use crate::settings::Database;
use crate::store::inspection::{Depth, Inspection, Stock};
use crate::store::options::Unusable;
use crate::store::rules;
use crate::store::tx::ReadTx;

/// Looks over the file: whether it is ours, whole, and whether its pools' configurations can be used.
///
/// # Errors
/// When the file cannot be read, or is not a Poolhouse registry.
pub(in crate::store) fn inspect(
    database: &Database,
    depth: Depth,
    busy: Duration,
) -> Result<Inspection, Unusable> {
    let connection = Location::of(database)
        .and_then(|location| location.connect_to_read(busy))
        .map_err(|why| Unusable::new(database, why))?;
    let schema_version =
        schema::version(&connection).map_err(|why| Unusable::new(database, why))?;
    if let Database::File(path) = database {
        check_end(path, &connection).map_err(|why| Unusable::new(database, why))?;
    }
    let unusable = |error: ApiError| Unusable::new(database, error.reason.unwrap_or_default());
    let tx = ReadTx::begin(Engine::of(&connection)).map_err(unusable)?;
    let mut found = Inspection {
        damage: damage(&tx).unwrap_or_else(|error| error.reason.into_iter().collect()),
        ..Inspection::of_version(schema_version)
    };
    if found.damage.is_empty() && schema::is_current(schema_version) {
        found.stock = Some(Stock::of(&tx).map_err(unusable)?);
        if depth == Depth::Records {
            found.broken = rules::broken(&tx).map_err(unusable)?;
        }
    }
    Ok(found)
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
