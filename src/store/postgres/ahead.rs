//! What a transaction sends at another time than it is asked for: reads that it foresees, ahead; and what it writes without asking
//! what came of it, late. So most transactions wait for the server twice: for what they decide by, and for their end.
//!
//! - *Ahead.* What is foreseen is sent together, with the first of it that is asked for, and each answer waits until it is asked
//!   for. Any write, and any lock that was not foreseen, drops what waits: a read after a lock sees the state after the lock. What was
//!   sent before a lock that was foreseen is dropped when the lock is asked for.
//! - *Late.* What is written is sent with the next statement that is waited for, or with COMMIT. The server runs statements in their
//!   order, so nobody sees a difference; a failure shows that much later, and fails the transaction as it does anyway.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::errors::is_refusal;
use super::request::{Answer, Foreseen, Kept, Late, Sent};
use super::session::{Session, Stage};
use crate::error::{ApiError, Result};
use crate::store::sql::Params;

/// The most statements that are held back. More would be more memory, and hardly fewer turns.
const MOST_LATE: usize = 16;

impl Session {
    /// Notes what `work` would read: it finds nothing, and what it asks for is sent with the first of it that is asked for again.
    pub(in crate::store) fn foresee(&self, work: impl FnOnce()) {
        let within = self.times.is_foreseeing.replace(true);
        work();
        self.times.is_foreseeing.set(within);
    }

    /// Whether this read is only noted. It is, if it reads.
    pub(super) fn is_foreseen(&self, read: &Sent<'_>) -> bool {
        if !self.times.is_foreseeing.get() {
            return false;
        }
        if is_read(read.sql) {
            self.times.foreseen.borrow_mut().push(Foreseen {
                statement: Kept::of(read),
                answer: None,
            });
        }
        true
    }

    /// What the statement comes to.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(super) fn answer_to(&self, asked: Sent<'_>) -> Result<Answer> {
        let at = self.place(&asked);
        if let Some(at) = at {
            self.send_foreseen()?;
            return self.take(at, !asked.before.is_empty());
        }
        if !is_read(asked.sql) {
            self.times.has_written.set(true);
        }
        if !is_read(asked.sql) || !asked.before.is_empty() {
            self.times.foreseen.take();
        }
        self.send(Some(asked))?.ok_or_else(nothing)
    }

    /// What a statement comes to that changes something although it begins with SELECT.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(super) fn answer_to_effect(&self, asked: Sent<'_>) -> Result<Answer> {
        self.times.foreseen.take();
        self.times.has_written.set(true);
        self.send(Some(asked))?.ok_or_else(nothing)
    }

    /// Runs a statement that changes rows, late.
    ///
    /// # Errors
    /// As [`Session::run`], of statements before it.
    pub(in crate::store) fn write(&self, sql: &str, params: &impl Params) -> Result<()> {
        self.write_late(sql, params, None)
    }

    /// Inserts a row, late.
    ///
    /// # Errors
    /// `taken` where another row has the key, when it has been sent; as [`Session::run`], of statements before it.
    pub(in crate::store) fn insert_new(
        &self,
        sql: &str,
        params: &impl Params,
        taken: fn() -> ApiError,
    ) -> Result<()> {
        self.write_late(sql, params, Some(taken))
    }

    fn write_late(
        &self,
        sql: &str,
        params: &impl Params,
        taken: Option<fn() -> ApiError>,
    ) -> Result<()> {
        self.times.foreseen.take();
        self.times.has_written.set(true);
        let statement = Kept::of(&Sent::of(sql, params)?);
        let mut late = self.times.late.borrow_mut();
        late.push(Late { statement, taken });
        if late.len() < MOST_LATE {
            return Ok(());
        }
        drop(late);
        self.settle()
    }

    /// Waits for everything that has been written.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(in crate::store) fn settle(&self) -> Result<()> {
        if self.times.late.borrow().is_empty() {
            return Ok(());
        }
        self.send(None).map(drop)
    }

    /// Sends what was written late with the end of the transaction. Returns what the end came to, if nothing before it failed, or the
    /// failure of the connection, after which nobody knows.
    ///
    /// # Errors
    /// What the first statement that failed comes to: nothing has been committed then.
    pub(super) fn send_with_end(&self, end: &str) -> Result<Result<(), Error>> {
        let late = self.times.late.take();
        let sent: Vec<Sent<'_>> = late.iter().map(|late| late.statement.sent()).collect();
        let flown = self.wait(self.fly(&sent, Some(end)))?;
        let flight = flown.map_err(|why| self.unsent(why))?;
        self.stage.set(Stage::Idle);
        if let Some(failure) = flight.failure()
            && !is_refusal(failure)
        {
            // Nobody knows how far the server has come.
            let failure = flight.into_failure().ok_or_else(nothing)?;
            return Ok(Err(failure));
        }
        checked(self, flight.answers, &late)?;
        Ok(flight.ended.unwrap_or(Ok(())))
    }

    /// Whether the transaction has changed anything, or means to.
    pub(super) fn has_written(&self) -> bool {
        self.times.has_written.get()
    }

    /// Drops what was to be sent, and what waits to be asked for.
    pub(super) fn drop_all_times(&self) {
        self.drop_late();
        self.times.has_written.set(false);
        // Work that panicked while it foresaw has not come to its end.
        self.times.is_foreseeing.set(false);
    }

    /// The same within a transaction of which a part is undone.
    pub(super) fn drop_late(&self) {
        self.times.late.take();
        self.times.foreseen.take();
    }

    /// Which of what is foreseen the statement is.
    fn place(&self, asked: &Sent<'_>) -> Option<usize> {
        let foreseen = self.times.foreseen.borrow();
        foreseen.iter().position(|one| one.statement.is(asked))
    }

    /// Sends what is foreseen and was not sent yet.
    fn send_foreseen(&self) -> Result<()> {
        let foreseen = self.times.foreseen.borrow();
        if foreseen.iter().all(|one| one.answer.is_some()) {
            return Ok(());
        }
        drop(foreseen);
        self.send(None).map(drop)
    }

    /// Takes an answer that waits.
    fn take(&self, at: usize, holds: bool) -> Result<Answer> {
        let mut foreseen = self.times.foreseen.borrow_mut();
        let one = (at < foreseen.len()).then(|| foreseen.remove(at));
        if holds {
            foreseen.drain(..at);
        }
        one.and_then(|one| one.answer).ok_or_else(nothing)
    }

    /// Sends what was written late, then what is foreseen and was not sent yet, then the statement. Returns what came of that.
    fn send(&self, asked: Option<Sent<'_>>) -> Result<Option<Answer>> {
        let late = self.times.late.take();
        let mut foreseen = self.times.foreseen.take();
        let waits = foreseen.iter().filter(|one| one.answer.is_none());
        let kept = late.iter().map(|late| &late.statement);
        let kept = kept.chain(waits.map(|one| &one.statement));
        let sent: Vec<Sent<'_>> = kept.map(Kept::sent).chain(asked).collect();
        let flown = self.wait(self.fly_on_any(&sent))?;
        let flight = flown.map_err(|why| self.unsent(why))?;
        let answers = checked(self, flight.answers, &late)?;
        let mut answers = answers.into_iter().skip(late.len());
        for one in foreseen.iter_mut().filter(|one| one.answer.is_none()) {
            one.answer = answers.next();
        }
        self.times.foreseen.replace(foreseen);
        Ok(answers.next())
    }
}

/// The answers, if none of them is a failure.
fn checked(
    session: &Session,
    answers: Vec<Result<Answer, Error>>,
    late: &[Late],
) -> Result<Vec<Answer>> {
    let checked = answers.into_iter().enumerate().map(|(number, answer)| {
        answer.map_err(|error| {
            let failed = session.failed(&error);
            let taken = late.get(number).and_then(|late| late.taken);
            let is_taken = error.code() == Some(&SqlState::UNIQUE_VIOLATION);
            taken.filter(|_| is_taken).map_or(failed, |taken| taken())
        })
    });
    checked.collect()
}

fn is_read(sql: &str) -> bool {
    sql.starts_with("SELECT")
}

fn nothing() -> ApiError {
    ApiError::internal("the server has answered fewer statements than it was sent")
}
