//! The engine that a transaction works by: SQLite or PostgreSQL, with the same verbs. Nothing outside the engines' folders tells
//! them apart but this file and [`Store`](super::Store).

use super::sql::{Params, Value};
use super::{postgres, sqlite};
use crate::error::{ApiError, Result};

/// A connection, lent to a transaction.
#[derive(Clone, Copy)]
pub(super) enum Engine<'c> {
    Sqlite(sqlite::Engine<'c>),
    Postgres(&'c postgres::Session),
}

impl<'c> From<sqlite::Engine<'c>> for Engine<'c> {
    fn from(engine: sqlite::Engine<'c>) -> Self {
        Self::Sqlite(engine)
    }
}

impl<'c> From<&'c postgres::Session> for Engine<'c> {
    fn from(session: &'c postgres::Session) -> Self {
        Self::Postgres(session)
    }
}

impl Engine<'_> {
    /// Begins a transaction that reads one state of the registry.
    ///
    /// # Errors
    /// `InternalErrorException` when the engine refuses.
    pub(super) fn begin_to_read(self) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.begin_to_read(),
            Self::Postgres(session) => {
                session.begin_to_read();
                Ok(())
            }
        }
    }

    /// Ends a transaction that only read.
    pub(super) fn end_reading(self) {
        match self {
            Self::Sqlite(engine) => engine.end_reading(),
            Self::Postgres(session) => session.end_reading(),
        }
    }

    /// Runs a statement that takes no parameters and finds no rows.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn execute(self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.execute(sql),
            Self::Postgres(session) => session.execute(sql),
        }
    }

    /// The first row that `sql` finds, as `map` reads it. Returns `None` if it finds none. Where a transaction writes and the rows
    /// of `held`, a table or its alias in `sql`, could be changed by others, the row found stays as it is until the end.
    ///
    /// # Errors
    /// What `map` returns; what [`Engine::run`] returns.
    pub(super) fn first<T>(
        self,
        sql: &str,
        held: Option<&'static str>,
        params: impl Params,
        map: impl FnOnce(Columns<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            // Its one writer holds everything.
            Self::Sqlite(engine) => engine.first(sql, params, |row| map(Columns::Sqlite(row))),
            Self::Postgres(session) => {
                session.first(sql, held, &params, |row| map(Columns::Postgres(row)))
            }
        }
    }

    /// The first row that `sql` finds, as `map` reads it, in a transaction that reads. Where a transaction costs turns of its own, the
    /// statement is not in the one that is due yet, but alone in a state of the registry of its own.
    ///
    /// # Errors
    /// What `map` returns; what [`Engine::run`] returns.
    pub(super) fn glance<T>(
        self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(Columns<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::Sqlite(engine) => engine.first(sql, params, |row| map(Columns::Sqlite(row))),
            Self::Postgres(session) => {
                session.glance(sql, &params, |row| map(Columns::Postgres(row)))
            }
        }
    }

    /// Whether what [`Engine::glance`] finds is of the state that the transaction shows.
    pub(super) fn glances_at_its_state(self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(session) => session.has_begun(),
        }
    }

    /// All rows that `sql` finds, in its order.
    ///
    /// # Errors
    /// The first that `map` returns; what [`Engine::run`] returns.
    pub(super) fn all<T>(
        self,
        sql: &str,
        params: impl Params,
        mut map: impl FnMut(Columns<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self {
            Self::Sqlite(engine) => engine.all(sql, params, |row| map(Columns::Sqlite(row))),
            Self::Postgres(session) => session.all(sql, &params, |row| map(Columns::Postgres(row))),
        }
    }

    /// Hands all rows that `sql` finds to `take`, in its order and `size` at once, each as `map` reads it: as many as there may be.
    ///
    /// # Errors
    /// The first that `map` or `take` returns; what [`Engine::run`] returns.
    pub(super) fn in_batches<T>(
        self,
        sql: &str,
        size: usize,
        mut map: impl FnMut(Columns<'_>) -> Result<T>,
        take: impl FnMut(Vec<T>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Sqlite(engine) => {
                engine.in_batches(sql, size, |row| map(Columns::Sqlite(row)), take)
            }
            Self::Postgres(session) => {
                session.in_batches(sql, size, |row| map(Columns::Postgres(row)), take)
            }
        }
    }

    /// The highest number that a row of the table has had, if the engine remembers it.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn last_number(self, table: &str) -> Result<Option<i64>> {
        match self {
            Self::Sqlite(engine) => engine.last_number(table),
            Self::Postgres(session) => session.last_number(table),
        }
    }

    /// Has new rows of the table numbered from after `last` on, after rows with numbers of their own were inserted.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn number_after(self, table: &str, last: i64) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.number_after(table, last),
            Self::Postgres(session) => session.number_after(table, last),
        }
    }

    /// Runs a statement that changes rows. Returns how many it changed.
    ///
    /// # Errors
    /// `TooManyRequestsException` when another transaction stands in the way; `InternalErrorException` when the engine refuses.
    pub(super) fn run(self, sql: &str, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(engine) => engine.run(sql, params),
            Self::Postgres(session) => session.run(sql, &params),
        }
    }

    /// Runs a statement that changes rows. Where waiting costs, it is sent later, and fails later.
    ///
    /// # Errors
    /// As [`Engine::run`], of this statement or of one before it.
    pub(super) fn write(self, sql: &str, params: impl Params) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.run(sql, params).map(drop),
            Self::Postgres(session) => session.write(sql, &params),
        }
    }

    /// Runs a statement that inserts one row, as [`Engine::write`] does.
    ///
    /// # Errors
    /// `taken` where another row has the key; as [`Engine::write`].
    pub(super) fn insert_new(
        self,
        sql: &str,
        params: impl Params,
        taken: fn() -> ApiError,
    ) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.insert_new(sql, params, taken),
            Self::Postgres(session) => session.insert_new(sql, &params, taken),
        }
    }

    /// Waits for everything that was written.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn settle(self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(session) => session.settle(),
        }
    }

    /// Says what is about to be read, where that can be sent at once: everything that `work` reads, which finds nothing by itself.
    pub(super) fn foresee(self, work: impl FnOnce()) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(session) => session.foresee(work),
        }
    }

    /// Whether [`Engine::foresee`] does anything.
    pub(super) fn foresees(self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(_) => true,
        }
    }

    /// Runs a statement that inserts one row, or none. Returns the number that the row got in `column`, or `None` if none was
    /// inserted.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn insert(
        self,
        sql: &str,
        column: &'static str,
        params: impl Params,
    ) -> Result<Option<i64>> {
        match self {
            // It numbers rows in whatever column is the table's INTEGER PRIMARY KEY.
            Self::Sqlite(engine) => engine.insert(sql, params),
            Self::Postgres(session) => session.insert(sql, column, &params),
        }
    }

    /// Keeps other transactions that write from giving these names a meaning in `space`, until the transaction ends.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn hold_names(self, space: i64, names: &[&str]) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(session) => session.hold_names(space, names),
        }
    }
}

/// The columns of a row that a statement has found.
#[derive(Clone, Copy)]
pub(super) enum Columns<'r> {
    Sqlite(sqlite::Columns<'r>),
    Postgres(&'r postgres::Found),
}

impl<'r> Columns<'r> {
    /// What the column holds.
    ///
    /// # Errors
    /// `InternalErrorException` when the row has no such column, or it holds what no column of ours holds.
    pub(super) fn value(self, column: usize) -> Result<Value<'r>> {
        match self {
            Self::Sqlite(columns) => columns.value(column),
            Self::Postgres(found) => found.value(column),
        }
    }

    /// How many columns there are.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Sqlite(columns) => columns.width(),
            Self::Postgres(found) => found.width(),
        }
    }

    /// The column of this name.
    ///
    /// # Errors
    /// `InternalErrorException` when the row has none.
    pub(super) fn position(self, name: &str) -> Result<usize> {
        match self {
            Self::Sqlite(columns) => columns.position(name),
            Self::Postgres(found) => found.position(name),
        }
    }

    /// What the column is called.
    pub(super) fn name(self, column: usize) -> &'r str {
        match self {
            Self::Sqlite(columns) => columns.name(column),
            Self::Postgres(found) => found.name(column),
        }
    }
}
