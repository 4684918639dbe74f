//! Reading the registry's file without opening the store.

use std::time::Duration;

use super::engine::Engine;
use super::location::Location;
use super::schema;
use crate::error::Result;
use crate::settings::Database;
use crate::store::options::Unusable;
use crate::store::tx::ReadTx;

/// Runs `work` in one read transaction on a connection that cannot change the file. The file must have the current schema.
///
/// # Errors
/// When the file cannot be used, or `work` fails.
pub(in crate::store) fn read_only<T>(
    database: &Database,
    busy: Duration,
    work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
) -> Result<T, Unusable> {
    let connection = Location::of(database)
        .and_then(|location| location.connect_to_read(busy))
        .map_err(|why| Unusable::new(database, why))?;
    schema::check_current(&connection).map_err(|why| Unusable::new(database, why))?;
    ReadTx::begin(Engine::of(&connection))
        .and_then(|tx| work(&tx))
        .map_err(|error| Unusable::new(database, error.reason.unwrap_or_default()))
}
