//! Transactions, as operations and the files of the tables see them.
//!
//! Reading and writing are different types: what changes the registry asks for a [`WriteTx`], which only the writer thread
//! has. The verbs `one`, `maybe`, `all`, `run` and `insert` are the whole seam to the database engine; their statements are prepared
//! once for each connection.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, Params, Row};

use super::sqlite::explain;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;

/// A view of the registry at one moment.
pub(crate) struct ReadTx<'c> {
    connection: &'c Connection,
    /// The pools that those who share the view have found.
    pools: Option<&'c KnownPools>,
    /// Whether dropping it ends the transaction on the connection.
    owns: bool,
}

/// Pools as they are at the moment of a view: nearly all requests look at the same ones.
#[derive(Default)]
pub(super) struct KnownPools(RefCell<BTreeMap<UserPoolId, Arc<Pool>>>);

impl<'c> ReadTx<'c> {
    pub(super) fn begin(connection: &'c Connection) -> Result<Self> {
        execute(connection, "BEGIN")?;
        Ok(Self {
            connection,
            pools: None,
            owns: true,
        })
    }

    /// A view by a transaction that somebody else begins and ends, with the pools that are known in it.
    pub(super) fn shared(connection: &'c Connection, pools: Option<&'c KnownPools>) -> Self {
        Self {
            connection,
            pools,
            owns: false,
        }
    }

    /// The pool, found by `find` unless somebody has found it in this view.
    pub(super) fn known_pool(
        &self,
        id: &UserPoolId,
        find: impl FnOnce() -> Result<Option<Pool>>,
    ) -> Result<Option<Arc<Pool>>> {
        let known = self
            .pools
            .and_then(|pools| pools.0.borrow().get(id).cloned());
        if known.is_some() {
            return Ok(known);
        }
        let found = find()?.map(Arc::new);
        if let Some((pools, pool)) = self.pools.zip(found.as_ref()) {
            pools.0.borrow_mut().insert(id.clone(), Arc::clone(pool));
        }
        Ok(found)
    }

    /// Ends the transaction on the connection.
    pub(super) fn end(connection: &Connection) {
        if execute(connection, "COMMIT").is_err() {
            // The connection is in no state that another request could use; rolling back is all that is left to try.
            let _ = execute(connection, "ROLLBACK");
        }
    }

    /// The row that `sql` finds; that there is none is a fault.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        self.statement(sql)?
            .query_row(params, map)
            .map_err(ApiError::internal)
    }

    /// The row that `sql` finds, if there is one.
    pub(super) fn maybe<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query(params).map_err(ApiError::internal)?;
        let row = rows.next().map_err(ApiError::internal)?;
        row.map(map).transpose().map_err(ApiError::internal)
    }

    /// All rows that `sql` finds, in its order.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.statement(sql)?;
        let rows = statement
            .query_map(params, map)
            .map_err(ApiError::internal)?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(ApiError::internal)
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'c>> {
        self.connection
            .prepare_cached(sql)
            .map_err(ApiError::internal)
    }
}

impl Drop for ReadTx<'_> {
    fn drop(&mut self) {
        if self.owns {
            Self::end(self.connection);
        }
    }
}

/// The registry, to be changed: a savepoint within the writer's transaction.
pub(crate) struct WriteTx<'c>(ReadTx<'c>);

impl<'c> WriteTx<'c> {
    /// Runs `work` in a savepoint, of which nothing remains when it fails or panics.
    pub(super) fn savepoint<T>(
        connection: &'c Connection,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        execute(connection, "SAVEPOINT job")?;
        // What one job finds the next may change: pools are looked for each time.
        let tx = Self(ReadTx::shared(connection, None));
        let result = catch_unwind(AssertUnwindSafe(|| work(&tx)))
            .unwrap_or_else(|_| Err(ApiError::internal("a write job panicked")));
        if result.is_err() {
            execute(connection, "ROLLBACK TO job")?;
        }
        execute(connection, "RELEASE job")?;
        result
    }

    /// Runs a statement that changes rows; the number of rows.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.statement(sql)?
            .execute(params)
            .map_err(ApiError::internal)
    }

    /// Runs a statement that inserts one row, or none; the number that the row was given. `RETURNING` would tell it, too, at
    /// the price of a table that SQLite makes for it each time.
    pub(super) fn insert(&self, sql: &str, params: impl Params) -> Result<Option<i64>> {
        let inserted = self.run(sql, params)?;
        Ok((inserted > 0).then(|| self.connection.last_insert_rowid()))
    }

    /// How much of the file the connection keeps in memory from now on, as SQLite's `cache_size` has it.
    pub(super) fn set_cache(&self, size: i32) -> Result<()> {
        self.connection
            .pragma_update(None, "cache_size", size)
            .map_err(ApiError::internal)
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.0
    }
}

/// Runs one statement that yields no rows; a refusal is in words for the operator.
pub(super) fn execute(connection: &Connection, sql: &str) -> Result<()> {
    let run = || connection.prepare_cached(sql)?.execute([]).map(drop);
    run().map_err(|error| ApiError::internal(explain(&error)))
}
