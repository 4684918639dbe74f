//! Sending statements: several at once, without waiting for one to send the next. Each is prepared once for each connection.

use std::pin::pin;

use futures_util::TryStreamExt;
use futures_util::future::{OptionFuture, join_all, join3, try_join_all};
use tokio_postgres::{Client, Error, RowStream, Statement};

use super::errors::answer;
use super::request::{Answer, Sent};
use super::session::{Session, Stage};
use crate::error::{ApiError, Result};

/// What statements that were sent at once have come to, in their order: each runs when the one before it is done, and none any more
/// after one that failed in a transaction.
pub(super) struct Flight {
    pub(super) answers: Vec<Result<Answer, Error>>,
    /// What the end of the transaction has come to, if it was sent along.
    pub(super) ended: Option<Result<(), Error>>,
}

impl Flight {
    /// The first failure.
    pub(super) fn failure(&self) -> Option<&Error> {
        let answers = self.answers.iter().map(|answer| answer.as_ref().err());
        let ended = self.ended.iter().map(|ended| ended.as_ref().err());
        answers.chain(ended).flatten().next()
    }

    /// The same, for who has no use for the rest.
    pub(super) fn into_failure(self) -> Option<Error> {
        let answers = self.answers.into_iter().map(Result::err);
        let ended = self.ended.into_iter().map(Result::err);
        answers.chain(ended).flatten().next()
    }
}

/// Why statements were not sent: of none of them anything was done.
pub(super) enum Unsent {
    Server(Error),
    /// A statement and its parameters do not fit.
    Parameters(String),
}

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

impl Session {
    /// Sends statements at once, and waits for them. If a transaction is due it begins with them; `end` ends it.
    pub(super) async fn fly(&self, sent: &[Sent<'_>], end: Option<&str>) -> Result<Flight, Unsent> {
        let client = self.client().await?;
        let prepared = sent.iter().map(|sent| self.prepared(&client, sent));
        let prepared = try_join_all(prepared).await?;
        for (sent, statement) in sent.iter().zip(&prepared) {
            sent.check(statement).map_err(Unsent::Parameters)?;
        }
        let due = match self.stage.get() {
            Stage::Due(purpose) => Some(purpose),
            Stage::Idle | Stage::Open(_) | Stage::Failed(_) => None,
        };
        // A request is sent when its future is polled first, and these are polled in their order.
        let begun = due.map(|purpose| client.batch_execute(purpose.begin()));
        let client = &*client;
        let answers = sent
            .iter()
            .zip(&prepared)
            .map(|(sent, statement)| async move {
                collected(client.query_raw(statement, &sent.bound).await?).await
            });
        let ended = end.map(|end| client.batch_execute(end));
        let (begun, answers, ended) = join3(
            OptionFuture::from(begun),
            join_all(answers),
            OptionFuture::from(ended),
        )
        .await;
        begun.transpose()?;
        if let Some(purpose) = due {
            self.stage.set(Stage::Open(purpose));
        }
        Ok(Flight { answers, ended })
    }

    /// The same. If the connection turns out to be dead before the transaction has begun, nothing has been done yet, and another
    /// serves as well.
    pub(super) async fn fly_on_any(&self, sent: &[Sent<'_>]) -> Result<Flight, Unsent> {
        let flown = self.fly(sent, None).await;
        let failure = match &flown {
            Ok(flight) => flight.failure(),
            Err(Unsent::Server(error)) => Some(error),
            Err(Unsent::Parameters(_)) => None,
        };
        if self.has_begun() || !failure.is_some_and(|error| self.is_lost(error)) {
            return flown;
        }
        self.disconnect();
        self.fly(sent, None).await
    }

    /// Sends a statement of the transaction that is under way, whose rows come one by one.
    pub(super) async fn stream(&self, sent: &Sent<'_>) -> Result<RowStream, Unsent> {
        let client = self.client().await?;
        let statement = self.prepared(&client, sent).await?;
        sent.check(&statement).map_err(Unsent::Parameters)?;
        Ok(client.query_raw(&statement, &sent.bound).await?)
    }

    /// Notes that statements could not be sent. Returns the answer to the request.
    pub(super) fn unsent(&self, why: Unsent) -> ApiError {
        match why {
            Unsent::Server(error) => self.failed(&error),
            Unsent::Parameters(why) => ApiError::internal(why),
        }
    }

    /// Notes that a statement has failed. Returns the answer to the request.
    pub(super) fn failed(&self, error: &Error) -> ApiError {
        if let Stage::Open(purpose) = self.stage.get() {
            self.stage.set(Stage::Failed(purpose));
        }
        answer(error)
    }

    fn known(&self, sent: &Sent<'_>) -> Option<Statement> {
        let statements = self.statements.borrow();
        statements.get(sent.before)?.get(sent.sql).cloned()
    }

    async fn prepared(&self, client: &Client, sent: &Sent<'_>) -> Result<Statement, Error> {
        if let Some(statement) = self.known(sent) {
            return Ok(statement);
        }
        let Sent {
            sql, before, more, ..
        } = sent;
        let text = format!("{}{before}{more}", sql.replace('?', "$"));
        let statement = client.prepare(&text).await?;
        let mut known = self.statements.borrow_mut();
        let known = known.entry(before).or_default();
        known.insert((*sql).to_owned(), statement.clone());
        Ok(statement)
    }
}

/// All rows. The server does the whole statement in any case, and may fail at its end.
async fn collected(rows: RowStream) -> Result<Answer, Error> {
    let mut rows = pin!(rows);
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        found.push(row);
    }
    Ok(Answer {
        rows: found,
        changed: rows.rows_affected().unwrap_or_default(),
    })
}
