//! Transactions, as operations and the files of the tables see them.
//!
//! Reading and writing are different types: what changes the registry takes a [`WriteTx`]. The verbs `one`, `maybe`, `all`, `run`,
//! `write`, `insert` and `insert_new` are all that the files of the tables know of the engine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::engine::{Columns, Engine};
use super::sql::{FromValue, Params, Value};

use crate::api::ErrorCode;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;

/// A view of the registry at one moment.
pub(crate) struct ReadTx<'c> {
    engine: Engine<'c>,
    /// The pools that those who share the view have found.
    pools: Option<&'c KnownPools>,
    /// Whether dropping it ends the transaction.
    owns: bool,
}

/// Pools as they are at the moment of a view: nearly all requests look at the same ones.
#[derive(Default)]
pub(super) struct KnownPools(RefCell<BTreeMap<UserPoolId, Arc<Pool>>>);

impl<'c> ReadTx<'c> {
    /// A view of its own, which ends when it is dropped.
    ///
    /// # Errors
    /// `InternalErrorException` when the engine refuses.
    pub(super) fn begin(engine: impl Into<Engine<'c>>) -> Result<Self> {
        let engine = engine.into();
        engine.begin_to_read()?;
        Ok(Self {
            engine,
            pools: None,
            owns: true,
        })
    }

    /// A view by a transaction that the caller begins and ends, with the pools that are known in it.
    pub(super) fn shared(engine: impl Into<Engine<'c>>, pools: Option<&'c KnownPools>) -> Self {
        Self {
            engine: engine.into(),
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
        let known = self.pool_in_view(id);
        if known.is_some() {
            return Ok(known);
        }
        let found = find()?.map(Arc::new);
        if let Some((pools, pool)) = self.pools.zip(found.as_ref()) {
            pools.0.borrow_mut().insert(id.clone(), Arc::clone(pool));
        }
        Ok(found)
    }

    /// The first row that `sql` finds.
    ///
    /// # Errors
    /// What `map` returns; `InternalErrorException` when there is no row, or the engine refuses.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.maybe(sql, params, map)?
            .ok_or_else(|| ApiError::internal("a statement found no row"))
    }

    /// The first row that `sql` finds. Returns `None` if it finds none.
    ///
    /// # Errors
    /// What `map` returns; `InternalErrorException` when the engine refuses.
    pub(super) fn maybe<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.engine
            .first(sql, None, params, |columns| map(Row(columns)))
    }

    /// The same. In a transaction that writes, the row of `table`, or of the alias that `sql` has for it, stays as it was found until
    /// the transaction ends: whoever else wants to change something by it waits.
    ///
    /// # Errors
    /// As [`ReadTx::maybe`]; `TooManyRequestsException` when somebody else does not give the row up.
    pub(super) fn maybe_held<T>(
        &self,
        sql: &str,
        table: &'static str,
        params: impl Params,
        map: impl FnOnce(Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.engine
            .first(sql, Some(table), params, |columns| map(Row(columns)))
    }

    /// The pool, if somebody has found it in this view.
    pub(super) fn pool_in_view(&self, id: &UserPoolId) -> Option<Arc<Pool>> {
        self.pools
            .and_then(|pools| pools.0.borrow().get(id).cloned())
    }

    /// The first row that `sql` finds, for what a request nearly always is answered by alone: it may be of an earlier state than the
    /// rest of the view, and no answer is made of both. The pool of `map` is known in the view, if it is of its state.
    ///
    /// # Errors
    /// What `map` returns; `InternalErrorException` when the engine refuses.
    pub(super) fn glance<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(Row<'_>) -> Result<(Arc<Pool>, T)>,
    ) -> Result<Option<(Arc<Pool>, T)>> {
        let found = self
            .engine
            .glance(sql, params, |columns| map(Row(columns)))?;
        if self.engine.glances_at_its_state()
            && let (Some((pool, _)), Some(pools)) = (&found, self.pools)
        {
            pools
                .0
                .borrow_mut()
                .insert(pool.id.clone(), Arc::clone(pool));
        }
        Ok(found)
    }

    /// All rows that `sql` finds, in its order.
    ///
    /// # Errors
    /// The first that `map` returns; `InternalErrorException` when the engine refuses.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut map: impl FnMut(Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.engine.all(sql, params, |columns| map(Row(columns)))
    }

    /// Hands all rows that `sql` finds to `take`, in its order and `size` at once, each as `map` reads it: for more rows than fit into
    /// memory.
    ///
    /// # Errors
    /// The first that `map` or `take` returns; `InternalErrorException` when the engine refuses.
    pub(super) fn in_batches<T>(
        &self,
        sql: &str,
        size: usize,
        mut map: impl FnMut(Row<'_>) -> Result<T>,
        take: impl FnMut(Vec<T>) -> Result<()>,
    ) -> Result<()> {
        self.engine
            .in_batches(sql, size, |columns| map(Row(columns)), take)
    }

    /// Says what is about to be read: whatever `work` reads, which is done only where the engine can ask for it all at once. It finds
    /// nothing then; what reads the same after it finds its answer there. It is about speed alone: what is not read after all is
    /// forgotten, and what was not foreseen is read.
    pub(crate) fn foresee(&self, work: impl FnOnce(&Self)) {
        self.engine.foresee(|| work(self));
    }

    /// What only serves to foresee what is read later. Returns `None` where nothing is foreseen.
    ///
    /// # Errors
    /// What `read` returns.
    pub(crate) fn foresight<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        if self.engine.foresees() {
            read(self)
        } else {
            Ok(None)
        }
    }

    /// The highest number that a row of the table has had, if the engine remembers it.
    ///
    /// # Errors
    /// `InternalErrorException` when the engine refuses.
    pub(super) fn last_number(&self, table: &str) -> Result<Option<i64>> {
        self.engine.last_number(table)
    }
}

impl Drop for ReadTx<'_> {
    fn drop(&mut self) {
        if self.owns {
            self.engine.end_reading();
        }
    }
}

/// The registry, to be changed: a savepoint within a transaction that writes.
///
/// # Others that write
/// On SQLite there are none: a transaction that writes holds the lock of the file from its first statement to its end
/// (`BEGIN IMMEDIATE`). On PostgreSQL transactions write side by side, and see what others have committed meanwhile. Hence:
///
/// - Whoever finds a user, client, group, job or refresh token holds its row ([`ReadTx::maybe_held`]), and with a user all that is
///   the user's. So a job may look first and write then, also a whole row that it has read.
/// - Whoever changes a pool by what it was, or counts what is in it, holds the pool first ([`WriteTx::hold_pool`]).
/// - A name that is to mean one user is held before it is looked for ([`WriteTx::hold_names`]).
/// - What serves once (a session, a code, a refresh token that is rotated) and what is counted is guarded in its own statement: the
///   statement says whether it came first.
pub(crate) struct WriteTx<'c> {
    read: ReadTx<'c>,
    has_message: Cell<bool>,
}

impl<'c> WriteTx<'c> {
    /// Runs `work` in a savepoint, of which nothing remains when it fails or panics. Returns what it returns, and whether it put a
    /// message into the outbox.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when it panics, or the engine refuses.
    pub(super) fn savepoint<T>(
        engine: impl Into<Engine<'c>>,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<(T, bool)> {
        let engine = engine.into();
        engine.execute("SAVEPOINT job")?;
        let result = Self::run_job(engine, work);
        let result = result.and_then(|done| engine.settle().map(|()| done));
        let undo = || {
            engine.execute("ROLLBACK TO job")?;
            engine.execute("RELEASE job")
        };
        match result {
            Ok(done) => engine.execute("RELEASE job").map(|()| done),
            // After a fault, as a full disk, the transaction may have ended by itself, and with it the savepoint.
            Err(fault) if fault.code == ErrorCode::InternalErrorException => {
                let _ = undo();
                Err(fault)
            }
            Err(refusal) => undo().and(Err(refusal)),
        }
    }

    /// Runs `work` in the transaction that is under way. Returns what it returns, and whether it put a message into the outbox.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when it panics.
    pub(super) fn run_job<T>(
        engine: impl Into<Engine<'c>>,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<(T, bool)> {
        let tx = Self {
            // What one job finds the next may change: pools are looked for each time.
            read: ReadTx::shared(engine, None),
            has_message: Cell::new(false),
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(&tx)))
            .unwrap_or_else(|_| Err(ApiError::internal("a write job panicked")));
        result.map(|value| (value, tx.has_message.get()))
    }

    /// Runs a part of the work of which nothing remains when it fails, while the rest does.
    ///
    /// # Errors
    /// As [`WriteTx::savepoint`].
    pub(crate) fn attempt<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let (value, has_message) = Self::savepoint(self.engine, work)?;
        if has_message {
            self.announce_message();
        }
        Ok(value)
    }

    /// Runs a statement that changes rows. Returns how many it changed.
    ///
    /// # Errors
    /// `TooManyRequestsException` when another transaction stands in the way; `InternalErrorException` when the engine refuses.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.engine.run(sql, params)
    }

    /// Runs a statement that changes rows, for who does not ask how many. What stands in its way may show only later, at the latest at
    /// the end of the transaction.
    ///
    /// # Errors
    /// As [`WriteTx::run`], of this statement or of one before it.
    pub(super) fn write(&self, sql: &str, params: impl Params) -> Result<()> {
        self.engine.write(sql, params)
    }

    /// Runs a statement that inserts one row, as [`WriteTx::write`] does.
    ///
    /// # Errors
    /// `taken` where another row has the key, which the transaction does not survive; as [`WriteTx::write`].
    pub(super) fn insert_new(
        &self,
        sql: &str,
        params: impl Params,
        taken: fn() -> ApiError,
    ) -> Result<()> {
        self.engine.insert_new(sql, params, taken)
    }

    /// Runs a statement that inserts one row, or none. Returns the number that the engine gave the row in `column`, the table's key;
    /// `None` if no row was inserted.
    ///
    /// # Errors
    /// As [`WriteTx::run`].
    pub(super) fn insert(
        &self,
        sql: &str,
        column: &'static str,
        params: impl Params,
    ) -> Result<Option<i64>> {
        self.engine.insert(sql, column, params)
    }

    /// Has new rows of the table numbered from after `last` on, after rows with numbers of their own were inserted.
    ///
    /// # Errors
    /// As [`WriteTx::run`].
    pub(super) fn number_after(&self, table: &str, last: i64) -> Result<()> {
        self.engine.number_after(table, last)
    }

    /// Holds names until the transaction ends: nobody else gives them a meaning in `space`, which is the row of a pool for names of
    /// its users, and 0 for accounts.
    ///
    /// # Errors
    /// `TooManyRequestsException` when somebody else does not give one up; `InternalErrorException` when the engine refuses.
    pub(super) fn hold_names(&self, space: i64, names: &[&str]) -> Result<()> {
        self.engine.hold_names(space, names)
    }

    /// Says that the outbox has got a message: whoever waits for one is woken when it is on disk.
    pub(super) fn announce_message(&self) {
        self.has_message.set(true);
    }

    /// The connection that it writes by, for what only the engine knows.
    pub(super) fn engine(&self) -> Engine<'c> {
        self.engine
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

/// A row that a statement has found.
#[derive(Clone, Copy)]
pub(super) struct Row<'r>(Columns<'r>);

impl<'r> Row<'r> {
    /// What the column holds.
    ///
    /// # Errors
    /// `InternalErrorException` when there is no such column, or it holds something else.
    pub(super) fn get<T: FromValue>(self, column: impl Column) -> Result<T> {
        let column = column.position(self)?;
        let value = self.0.value(column)?;
        T::from_value(value).ok_or_else(|| self.unfit(column, T::KIND, value))
    }

    /// The text that the column holds, not copied.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub(super) fn text(self, column: usize) -> Result<&'r str> {
        match self.0.value(column)? {
            Value::Text(text) => Ok(text),
            other @ (Value::Null | Value::Integer(_) | Value::Blob(_)) => {
                Err(self.unfit(column, String::KIND, other))
            }
        }
    }

    /// How many columns there are.
    pub(super) fn width(self) -> usize {
        self.0.width()
    }

    /// What the column holds, as it is.
    ///
    /// # Errors
    /// `InternalErrorException` when there is no such column.
    pub(super) fn value(self, column: impl Column) -> Result<Value<'r>> {
        self.0.value(column.position(self)?)
    }

    #[cold]
    fn unfit(self, column: usize, due: &str, found: Value<'_>) -> ApiError {
        let (name, found) = (self.0.name(column), found.kind());
        ApiError::internal(format_args!("{name} is {found}, not {due}"))
    }
}

/// Which column of a row: by its number, from 0, or by its name.
pub(super) trait Column {
    /// The number of the column.
    fn position(self, row: Row<'_>) -> Result<usize>;
}

impl Column for usize {
    fn position(self, _: Row<'_>) -> Result<usize> {
        Ok(self)
    }
}

impl Column for &str {
    fn position(self, row: Row<'_>) -> Result<usize> {
        row.0.position(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Database;
    use crate::store::Store;

    type Read = fn(Row<'_>) -> Result<()>;

    #[test]
    fn a_column_is_read_as_what_it_holds_and_a_fault_names_it() {
        let store = Store::opened(Database::Memory, 1);
        let reason = |read: Read| {
            let sql =
                "SELECT 'x' AS name, -1 AS count, 1.5 AS share, NULL AS missing, x'0102' AS hash";
            let read = store.read_now(|tx| tx.one(sql, (), read));
            read.err().and_then(|error| error.reason)
        };
        let fits = |row: Row<'_>| {
            assert_eq!(row.get::<String>("name")?, "x");
            assert_eq!(row.get::<i64>(1)?, -1);
            assert_eq!(row.get::<Option<String>>(3)?, None);
            assert_eq!(row.get::<[u8; 2]>("hash")?, [1, 2]);
            assert_eq!(row.get::<Vec<u8>>("hash")?, [1, 2]);
            Ok(())
        };
        assert_eq!(reason(fits), None);
        let faults: [(Read, &str); 6] = [
            (
                |row| row.get::<bool>("name").map(drop),
                "name is text, not a flag",
            ),
            (
                |row| row.get::<u32>(1).map(drop),
                "count is an integer, not an integer from 0 to 4294967295",
            ),
            (
                |row| row.get::<i64>(2).map(drop),
                "share is a floating-point number",
            ),
            (
                |row| row.get::<String>(3).map(drop),
                "missing is NULL, not text",
            ),
            (
                |row| row.get::<[u8; 3]>(4).map(drop),
                "hash is bytes, not bytes of its length",
            ),
            (
                |row| row.get::<i64>("other").map(drop),
                "Invalid column name: other",
            ),
        ];
        for (read, expected) in faults {
            assert_eq!(reason(read).as_deref(), Some(expected));
        }
    }

    #[test]
    fn every_parameter_is_bound() {
        let store = Store::opened(Database::Memory, 1);
        let sum = |tx: &ReadTx<'_>| tx.one("SELECT ?1 + ?2", [1_i64], |row| row.get::<i64>(0));
        let reason = store.read_now(sum).err().and_then(|error| error.reason);
        assert_eq!(reason.as_deref(), Some("1 parameters for a statement of 2"));
    }
}
