//! A connection as transactions use it: statements, prepared once for each connection, and the rows that they find.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode};

use super::errors::explain;
use crate::error::{ApiError, Result};
use crate::store::sql::{FromValue, Params, Value};

/// A connection, lent to a transaction.
#[derive(Clone, Copy)]
pub(in crate::store) struct Engine<'c>(&'c Connection);

impl<'c> Engine<'c> {
    pub(super) fn of(connection: &'c Connection) -> Self {
        Self(connection)
    }

    /// Begins a transaction that reads one state of the registry.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn begin_to_read(self) -> Result<()> {
        self.execute("BEGIN")
    }

    /// Begins a transaction that writes: it holds SQLite's one lock of the file from here on, so that no other connection, of this
    /// process or of another, writes until it ends.
    ///
    /// # Errors
    /// `InternalErrorException` when another process does not give the lock up in time, or SQLite refuses.
    pub(super) fn begin_to_write(self) -> Result<()> {
        self.execute("BEGIN IMMEDIATE")
    }

    /// Ends the transaction; what it wrote is on disk.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(super) fn commit(self) -> Result<()> {
        self.execute("COMMIT")
    }

    /// Ends the transaction; what it wrote is undone.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(super) fn roll_back(self) -> Result<()> {
        self.execute("ROLLBACK")
    }

    /// Ends a transaction that only read.
    pub(in crate::store) fn end_reading(self) {
        if self.commit().is_err() {
            // The connection is in no state that another request could use; rolling back is all that is left to try.
            let _ = self.roll_back();
        }
    }

    /// Runs a statement that takes no parameters and finds no rows.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses, with the reason in words for the operator.
    pub(in crate::store) fn execute(self, sql: &str) -> Result<()> {
        let run = || self.0.prepare_cached(sql)?.execute([]).map(drop);
        run().map_err(|error| ApiError::internal(explain(&error)))
    }

    /// The first row that the statement finds, read by `map`. Returns `None` if it finds none.
    ///
    /// # Errors
    /// What `map` returns; `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn first<T>(
        self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(Columns<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.bound(sql, params)?;
        let mut rows = statement.raw_query();
        let row = rows.next().map_err(ApiError::internal)?;
        row.map(|row| map(Columns(row))).transpose()
    }

    /// All rows that the statement finds, in its order, each read by `map`.
    ///
    /// # Errors
    /// The first that `map` returns; `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn all<T>(
        self,
        sql: &str,
        params: impl Params,
        mut map: impl FnMut(Columns<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.bound(sql, params)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(ApiError::internal)? {
            found.push(map(Columns(row))?);
        }
        Ok(found)
    }

    /// Hands all rows that the statement finds to `take`, in its order and `size` at once, each read by `map`.
    ///
    /// # Errors
    /// The first that `map` or `take` returns; `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn in_batches<T>(
        self,
        sql: &str,
        size: usize,
        mut map: impl FnMut(Columns<'_>) -> Result<T>,
        mut take: impl FnMut(Vec<T>) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.bound(sql, ())?;
        let mut rows = statement.raw_query();
        let mut batch = Vec::with_capacity(size);
        while let Some(row) = rows.next().map_err(ApiError::internal)? {
            batch.push(map(Columns(row))?);
            if batch.len() == size {
                take(std::mem::replace(&mut batch, Vec::with_capacity(size)))?;
            }
        }
        take(batch)
    }

    /// The highest number that a row of the table has had, if numbers are never given twice in it.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn last_number(self, table: &str) -> Result<Option<i64>> {
        self.first(
            "SELECT seq FROM sqlite_sequence WHERE name = ?1",
            [table],
            |row| Ok(i64::from_value(row.value(0)?)),
        )
        .map(Option::flatten)
    }

    /// Has new rows of the table numbered from after `last` on. SQLite does so by itself where numbers may be given twice.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn number_after(self, table: &str, last: i64) -> Result<()> {
        let known = self.run(
            "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1",
            (table, last),
        )?;
        if known == 0 {
            self.run(
                "INSERT INTO sqlite_sequence (name, seq)
                 SELECT name, ?2 FROM sqlite_schema WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%'",
                (table, last),
            )?;
        }
        Ok(())
    }

    /// Runs a statement that changes rows. Returns how many it changed.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn run(self, sql: &str, params: impl Params) -> Result<usize> {
        self.bound(sql, params)?
            .raw_execute()
            .map_err(ApiError::internal)
    }

    /// Runs a statement that inserts one row.
    ///
    /// # Errors
    /// `taken` where another row has the key; `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn insert_new(
        self,
        sql: &str,
        params: impl Params,
        taken: fn() -> ApiError,
    ) -> Result<()> {
        let inserted = self.bound(sql, params)?.raw_execute();
        inserted.map(drop).map_err(|error| {
            let is_taken = error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation);
            if is_taken {
                taken()
            } else {
                ApiError::internal(error)
            }
        })
    }

    /// Runs a statement that inserts one row, or none. Returns the number of the row, or `None` if none was inserted. `RETURNING`
    /// would name it as well, but SQLite makes a table for it each time.
    ///
    /// # Errors
    /// `InternalErrorException` when SQLite refuses.
    pub(in crate::store) fn insert(self, sql: &str, params: impl Params) -> Result<Option<i64>> {
        let inserted = self.run(sql, params)?;
        Ok((inserted > 0).then(|| self.0.last_insert_rowid()))
    }

    /// Sets how much of the file the connection keeps in memory, as SQLite's `cache_size` counts it.
    pub(super) fn set_cache(self, size: i32) -> Result<()> {
        self.0
            .pragma_update(None, "cache_size", size)
            .map_err(ApiError::internal)
    }

    /// The statement, with all its parameters bound.
    fn bound(self, sql: &str, params: impl Params) -> Result<CachedStatement<'c>> {
        let mut statement = self.0.prepare_cached(sql).map_err(ApiError::internal)?;
        let mut bound = 0;
        params.each(|value| {
            bound += 1;
            statement
                .raw_bind_parameter(bound, Bound(value))
                .map_err(ApiError::internal)
        })?;
        let due = statement.parameter_count();
        if bound != due {
            return Err(ApiError::internal(format_args!(
                "{bound} parameters for a statement of {due}"
            )));
        }
        Ok(statement)
    }
}

/// A value as rusqlite binds it.
struct Bound<'a>(Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The columns of a row that a statement has found.
#[derive(Clone, Copy)]
pub(in crate::store) struct Columns<'r>(&'r rusqlite::Row<'r>);

impl<'r> Columns<'r> {
    /// What the column holds.
    ///
    /// # Errors
    /// `InternalErrorException` when the row has no such column, or it holds what no column of ours holds.
    pub(in crate::store) fn value(self, column: usize) -> Result<Value<'r>> {
        match self.0.get_ref(column).map_err(ApiError::internal)? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Integer(number)),
            ValueRef::Text(text) => str::from_utf8(text)
                .map(Value::Text)
                .map_err(ApiError::internal),
            ValueRef::Blob(bytes) => Ok(Value::Blob(bytes)),
            ValueRef::Real(_) => Err(ApiError::internal(format_args!(
                "{} is a floating-point number",
                self.name(column)
            ))),
        }
    }

    /// How many columns there are.
    pub(in crate::store) fn width(self) -> usize {
        self.0.as_ref().column_count()
    }

    /// The column of this name.
    ///
    /// # Errors
    /// `InternalErrorException` when the row has none.
    pub(in crate::store) fn position(self, name: &str) -> Result<usize> {
        self.0
            .as_ref()
            .column_index(name)
            .map_err(ApiError::internal)
    }

    /// What the column is called.
    pub(in crate::store) fn name(self, column: usize) -> &'r str {
        self.0.as_ref().column_name(column).unwrap_or("a column")
    }
}
