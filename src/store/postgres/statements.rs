//! Running statements: prepared once for each connection, the first of a transaction sent along with its beginning.

use std::pin::pin;

use futures_util::TryStreamExt;
use futures_util::future::join;
use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Error, RowStream, Statement};

use super::errors::answer;
use super::session::{Purpose, Session, Stage};
use super::values::{Bound, Found};
use crate::error::{ApiError, Result};
use crate::store::sql::{FromValue, Params};

impl Session {
    /// Runs statements that take no parameters and find no rows, separated by `;`.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn execute(&self, sql: &str) -> Result<()> {
        if sql.starts_with("ROLLBACK TO") {
            // The server goes on from there.
            if let Stage::Failed(purpose) = self.stage.get() {
                self.stage.set(Stage::Open(purpose));
            }
        }
        self.begun()?;
        let executed = self.wait(async {
            let client = self.client().await?;
            client.batch_execute(sql).await
        })?;
        executed.map_err(|error| self.failed(&error))
    }

    /// Begins the transaction that is due.
    fn begun(&self) -> Result<()> {
        if let Stage::Due(_) = self.stage.get() {
            self.first("SELECT 1", None, &(), |_| Ok(()))?;
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
        let (before, more) = match held.filter(|_| self.writes()) {
            Some(table) => (" FOR NO KEY UPDATE OF ", table),
            None => ("", ""),
        };
        let first = self.first_row(self.start(sql, before, more, params)?)?;
        first.map(|found| map(&found)).transpose()
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

    /// The first of the rows. The server does the rest of the statement in any case, and may yet fail.
    fn first_row(&self, rows: RowStream) -> Result<Option<Found>> {
        let first = self.wait(async {
            let mut rows = pin!(rows);
            let Some(first) = rows.try_next().await? else {
                return Ok(None);
            };
            while rows.try_next().await?.is_some() {}
            Ok(Some(first))
        })?;
        let first = first.map_err(|error: Error| self.failed(&error))?;
        Ok(first.map(Found::from))
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
        let rows = self.start(sql, "", "", params)?;
        self.wait(async {
            let mut rows = pin!(rows);
            let mut found = Vec::new();
            while let Some(row) = rows.try_next().await.map_err(|error| self.failed(&error))? {
                found.push(map(&Found::from(row))?);
            }
            Ok(found)
        })?
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
        let mut rows = Box::pin(self.start(sql, "", "", &())?);
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
        self.first(
            "SELECT setval(CAST(pg_get_serial_sequence(?1, CAST(attname AS TEXT)) AS regclass), greatest(CAST(?2 AS BIGINT), 1), ?2 > 0)
             FROM pg_attribute WHERE attrelid = to_regclass(?1) AND attidentity <> ''",
            None,
            &(table, last),
            |_| Ok(()),
        )?;
        Ok(())
    }

    /// Runs a statement that changes rows. Returns how many it changed.
    ///
    /// # Errors
    /// `TooManyRequestsException` when another transaction stands in the way; `InternalErrorException` when the server refuses or
    /// the connection is lost.
    pub(in crate::store) fn run(&self, sql: &str, params: &impl Params) -> Result<usize> {
        let rows = self.start(sql, "", "", params)?;
        let changed = self.wait(async {
            let mut rows = pin!(rows);
            while rows.try_next().await?.is_some() {}
            Ok(rows.rows_affected().unwrap_or_default())
        })?;
        let changed = changed.map_err(|error: Error| self.failed(&error))?;
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
        let row = self.first_row(self.start(sql, " RETURNING ", column, params)?)?;
        row.map(|found| {
            let number = i64::from_value(found.value(0)?);
            number.ok_or_else(|| ApiError::internal(format_args!("{column} is no number")))
        })
        .transpose()
    }

    /// Holds names of the pool of this row until the transaction ends, in one order for everybody.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn hold_names(&self, pool: i64, names: &[&str]) -> Result<()> {
        let mut keys: Vec<i64> = names.iter().map(|name| lock_key(pool, name)).collect();
        keys.sort_unstable();
        keys.dedup();
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        self.first(
            "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[])) AS key",
            None,
            &[format!("{{{}}}", keys.join(","))],
            |_| Ok(()),
        )
        .map(drop)
    }

    fn writes(&self) -> bool {
        match self.stage.get() {
            Stage::Due(purpose) | Stage::Open(purpose) | Stage::Failed(purpose) => {
                matches!(purpose, Purpose::Write | Purpose::LongWrite)
            }
            Stage::Idle => false,
        }
    }

    /// Notes that a statement has failed. Returns the answer to the request.
    fn failed(&self, error: &Error) -> ApiError {
        if let Stage::Open(purpose) = self.stage.get() {
            self.stage.set(Stage::Failed(purpose));
        }
        answer(error)
    }

    /// Sends the statement, with `before` and `more` added to it, and its parameters.
    fn start(
        &self,
        sql: &str,
        before: &'static str,
        more: &str,
        params: &impl Params,
    ) -> Result<RowStream> {
        let mut bound = Vec::new();
        params.each(|value| {
            bound.push(Bound(value));
            Ok(())
        })?;
        let sent = self.wait(async {
            let sent = self.send(sql, before, more, &bound).await;
            match sent {
                Err(Refusal::Server(error)) if !self.has_begun() && self.is_lost(&error) => {
                    // Nothing has been done yet: another connection serves as well.
                    self.disconnect();
                    self.send(sql, before, more, &bound).await
                }
                sent => sent,
            }
        })?;
        sent.map_err(|refusal| match refusal {
            Refusal::Server(error) => self.failed(&error),
            Refusal::Parameters(due) => ApiError::internal(format_args!(
                "{} parameters for a statement of {due}",
                bound.len()
            )),
        })
    }

    async fn send(
        &self,
        sql: &str,
        before: &'static str,
        more: &str,
        bound: &[Bound<'_>],
    ) -> Result<RowStream, Refusal> {
        let client = self.client().await?;
        let statement = self.prepared(&client, sql, before, more).await?;
        let due = statement.params().len();
        if due != bound.len() {
            return Err(Refusal::Parameters(due));
        }
        let run = client.query_raw(&statement, bound);
        let Stage::Due(purpose) = self.stage.get() else {
            return Ok(run.await?);
        };
        let (begun, sent) = join(client.batch_execute(purpose.begin()), run).await;
        begun?;
        self.stage.set(Stage::Open(purpose));
        Ok(sent?)
    }

    fn known(&self, sql: &str, before: &str) -> Option<Statement> {
        let statements = self.statements.borrow();
        statements.get(before)?.get(sql).cloned()
    }

    async fn prepared(
        &self,
        client: &Client,
        sql: &str,
        before: &'static str,
        more: &str,
    ) -> Result<Statement, Error> {
        if let Some(statement) = self.known(sql, before) {
            return Ok(statement);
        }
        let text = format!("{}{before}{more}", sql.replace('?', "$"));
        let statement = client.prepare(&text).await?;
        let mut known = self.statements.borrow_mut();
        let known = known.entry(before).or_default();
        known.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Why a statement was not started.
enum Refusal {
    Server(Error),
    /// It takes so many parameters.
    Parameters(usize),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Server(error)
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
