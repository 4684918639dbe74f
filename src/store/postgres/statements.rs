//! The verbs by which transactions run statements.

use std::pin::pin;

use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

use super::request::Sent;
use super::session::{Purpose, Session, Stage};
use super::values::Found;
use crate::error::{ApiError, Result};
use crate::store::sql::{FromValue, Params};

impl Session {
    /// Runs statements that take no parameters and find no rows, separated by `;`.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn execute(&self, sql: &str) -> Result<()> {
        if sql.starts_with("ROLLBACK TO") {
            // The server goes on from there. What it has not been sent since is undone with the rest.
            self.drop_late();
            if let Stage::Failed(purpose) = self.stage.get() {
                self.stage.set(Stage::Open(purpose));
            }
        }
        self.begun()?;
        self.settle()?;
        let executed = self.wait(async {
            let client = self.client().await?;
            client.batch_execute(sql).await
        })?;
        executed.map_err(|error| self.failed(&error))
    }

    /// Begins the transaction that is due.
    fn begun(&self) -> Result<()> {
        if let Stage::Due(_) = self.stage.get() {
            self.answer_to(Sent::of("SELECT 1", &())?)?;
        }
        Ok(())
    }

    /// The first row that `sql` finds, as `map` reads it; `None` if it finds none. A transaction that writes holds the row of the
    /// table `held`, so that nobody else changes it.
    ///
    /// # Errors
    /// What `map` returns; what [`Session::run`] returns.
    pub(in crate::store) fn first<T>(
        &self,
        sql: &str,
        held: Option<&'static str>,
        params: &impl Params,
        map: impl FnOnce(&Found) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut asked = Sent::of(sql, params)?;
        if let Some(table) = held.filter(|_| self.writes()) {
            (asked.before, asked.more) = (" FOR NO KEY UPDATE OF ", table);
        }
        if self.is_foreseen(&asked) {
            return Ok(None);
        }
        let first = self.answer_to(asked)?.rows.into_iter().next();
        first.map(|row| map(&Found::from(row))).transpose()
    }

    /// The first row that `sql` finds, as `map` reads it. If the transaction has not begun, it still has not afterwards: the statement
    /// stands alone, in one turn.
    ///
    /// # Errors
    /// As [`Session::first`].
    pub(in crate::store) fn glance<T>(
        &self,
        sql: &str,
        params: &impl Params,
        map: impl FnOnce(&Found) -> Result<T>,
    ) -> Result<Option<T>> {
        let stage = self.stage.get();
        if let Stage::Due(_) = stage {
            self.stage.set(Stage::Idle);
        }
        let found = self.first(sql, None, params, map);
        if let Stage::Due(_) = stage {
            self.stage.set(stage);
        }
        found
    }

    /// Whether the server knows of the transaction.
    pub(in crate::store) fn has_begun(&self) -> bool {
        matches!(self.stage.get(), Stage::Open(_) | Stage::Failed(_))
    }

    /// All rows that `sql` finds, in its order.
    ///
    /// # Errors
    /// The first that `map` returns; what [`Session::run`] returns.
    pub(in crate::store) fn all<T>(
        &self,
        sql: &str,
        params: &impl Params,
        mut map: impl FnMut(&Found) -> Result<T>,
    ) -> Result<Vec<T>> {
        let asked = Sent::of(sql, params)?;
        if self.is_foreseen(&asked) {
            return Ok(Vec::new());
        }
        let found = self.answer_to(asked)?.rows.into_iter();
        found.map(|row| map(&Found::from(row))).collect()
    }

    /// Hands all rows that `sql` finds to `take`, in its order and `size` at once, each as `map` reads it. The rest waits on the
    /// server meanwhile.
    ///
    /// # Errors
    /// The first that `map` or `take` returns; what [`Session::run`] returns.
    pub(in crate::store) fn in_batches<T>(
        &self,
        sql: &str,
        size: usize,
        mut map: impl FnMut(&Found) -> Result<T>,
        mut take: impl FnMut(Vec<T>) -> Result<()>,
    ) -> Result<()> {
        self.begun()?;
        let asked = Sent::of(sql, &())?;
        let rows = self.wait(self.stream(&asked))?;
        let mut rows = pin!(rows.map_err(|why| self.unsent(why))?);
        loop {
            let batch = self.wait(async {
                let mut batch = Vec::with_capacity(size);
                while batch.len() < size {
                    let row = rows.try_next().await.map_err(|error| self.failed(&error))?;
                    let Some(row) = row else { break };
                    batch.push(map(&Found::from(row))?);
                }
                Ok::<_, ApiError>(batch)
            })??;
            let is_last = batch.len() < size;
            take(batch)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// The highest number that a row of the table has had; `None` if none has had one.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn last_number(&self, table: &str) -> Result<Option<i64>> {
        self.first(
            "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(?1, CAST(attname AS TEXT)) AS regclass))
             FROM pg_attribute WHERE attrelid = to_regclass(?1) AND attidentity <> ''",
            None,
            &[table],
            |found| Ok(i64::from_value(found.value(0)?)),
        )
        .map(Option::flatten)
    }

    /// Has new rows of the table numbered from after `last` on.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn number_after(&self, table: &str, last: i64) -> Result<()> {
        self.answer_to_effect(Sent::of(
            "SELECT setval(CAST(pg_get_serial_sequence(?1, CAST(attname AS TEXT)) AS regclass), greatest(CAST(?2 AS BIGINT), 1), ?2 > 0)
             FROM pg_attribute WHERE attrelid = to_regclass(?1) AND attidentity <> ''",
            &(table, last),
        )?)
        .map(drop)
    }

    /// Runs a statement that changes rows. Returns how many it changed.
    ///
    /// # Errors
    /// `TooManyRequestsException` when another transaction stands in the way; `InternalErrorException` when the server refuses or
    /// the connection is lost.
    pub(in crate::store) fn run(&self, sql: &str, params: &impl Params) -> Result<usize> {
        let changed = self.answer_to(Sent::of(sql, params)?)?.changed;
        usize::try_from(changed).map_err(ApiError::internal)
    }

    /// Runs a statement that inserts one row, or none. Returns the number that the row got in `column`; `None` if none was
    /// inserted.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn insert(
        &self,
        sql: &str,
        column: &'static str,
        params: &impl Params,
    ) -> Result<Option<i64>> {
        let mut asked = Sent::of(sql, params)?;
        (asked.before, asked.more) = (" RETURNING ", column);
        let row = self.answer_to(asked)?.rows.into_iter().next();
        row.map(|row| {
            let number = i64::from_value(Found::from(row).value(0)?);
            number.ok_or_else(|| ApiError::internal(format_args!("{column} is no number")))
        })
        .transpose()
    }

    /// Holds names of the pool of this row until the transaction ends, in one order for everybody. Whatever the transaction asks for
    /// after it is asked for when they are held.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn hold_names(&self, pool: i64, names: &[&str]) -> Result<()> {
        let mut keys: Vec<i64> = names.iter().map(|name| lock_key(pool, name)).collect();
        keys.sort_unstable();
        keys.dedup();
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        self.write(
            "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[])) AS key",
            &[format!("{{{}}}", keys.join(","))],
        )
    }

    fn writes(&self) -> bool {
        match self.stage.get() {
            Stage::Due(purpose) | Stage::Open(purpose) | Stage::Failed(purpose) => {
                matches!(purpose, Purpose::Write | Purpose::LongWrite)
            }
            Stage::Idle => false,
        }
    }
}

/// What the server locks a name of a pool by.
fn lock_key(pool: i64, name: &str) -> i64 {
    let hash = Sha256::new()
        .chain_update(pool.to_be_bytes())
        .chain_update(name)
        .finalize();
    let first = hash.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first)
}
