//! A registry in a PostgreSQL database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::spawn_blocking;
use tokio_postgres::config::SslMode;

use super::pool::Pool;
use super::schema;
use super::session::{Purpose, Server, Session};
use super::tls;
use crate::error::{ApiError, Result};
use crate::settings::PostgresUrl;
use crate::store::options::Opening;
use crate::store::tx::{KnownPools, ReadTx, WriteTx};

/// How long a statement of a request may take: longer than any does, so that one that is stuck ends.
const STATEMENT: Duration = Duration::from_mins(1);

/// A registry that is open.
pub(in crate::store) struct Postgres {
    pool: Arc<Pool>,
    /// Changes whenever the outbox has got a message from this process.
    messages: watch::Sender<()>,
}

impl Postgres {
    /// Connects, and brings the schema up to date as `opening` says. A request waits for one of `sessions` and for the locks of others
    /// for as long as `busy`. Returns what was done, in sentences, too.
    ///
    /// # Errors
    /// Why the database cannot be used, in words for the operator.
    pub(in crate::store) fn open(
        url: &PostgresUrl,
        opening: Opening,
        sessions: u32,
        busy: Duration,
    ) -> Result<(Self, Vec<String>), String> {
        let server = Arc::new(server(url, busy)?);
        let session = Session::new(Arc::clone(&server)).map_err(|error| error.to_string())?;
        schema::check_server(&session)?;
        let notices = schema::prepare(&session, opening)?;
        let registry = Self {
            pool: Arc::new(Pool::new(server, sessions, busy)),
            messages: watch::Sender::default(),
        };
        Ok((registry, notices))
    }

    /// Runs `work` in one read transaction, on a thread that may wait. The answer does not wait for the end of the transaction.
    ///
    /// # Errors
    /// What `work` returns; `TooManyRequestsException` when no connection is free; `InternalErrorException` when the store fails.
    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.pool.permit().await?;
        let pool = Arc::clone(&self.pool);
        let (answer, answered) = oneshot::channel();
        drop(spawn_blocking(move || {
            // Whoever asked may have gone away.
            let answer = |result| drop(answer.send(result));
            match pool.lend() {
                Ok(session) => {
                    answer(reading(&session, Purpose::Read, work));
                    session.end_reading();
                    pool.take_back(session);
                }
                Err(error) => answer(Err(error)),
            }
            drop(permit);
        }));
        answered
            .await
            .map_err(|_| ApiError::internal("a read panicked"))?
    }

    /// The same for a caller that is not asynchronous.
    ///
    /// # Errors
    /// As [`Postgres::read`].
    pub(in crate::store) fn read_now<T>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let session = self.pool.lend()?;
        let result = reading(&session, Purpose::LongRead, work);
        session.end_reading();
        self.pool.take_back(session);
        result
    }

    /// Runs `work` in a transaction that writes, on a thread that may wait. When `work` fails, nothing of it remains.
    ///
    /// # Errors
    /// What `work` returns; `TooManyRequestsException` when no connection is free or another transaction stands in the way;
    /// `InternalErrorException` when the store fails.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.pool.permit().await?;
        let pool = Arc::clone(&self.pool);
        let written = spawn_blocking(move || {
            let session = pool.lend()?;
            let written = writing(&session, Purpose::Write, work);
            pool.take_back(session);
            drop(permit);
            written
        });
        self.announced(written.await.map_err(ApiError::internal)?)
    }

    /// The same for a caller that is not asynchronous.
    ///
    /// # Errors
    /// As [`Postgres::write`].
    pub(in crate::store) fn write_now<T>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let session = self.pool.lend()?;
        let written = writing(&session, Purpose::LongWrite, work);
        self.pool.take_back(session);
        self.announced(written)
    }

    /// What was written, after whoever waits for messages has been told of one.
    fn announced<T>(&self, written: Result<(T, bool)>) -> Result<T> {
        let (value, has_message) = written?;
        if has_message {
            self.messages.send_replace(());
        }
        Ok(value)
    }

    /// How many open sessions nobody uses, and how many are in use.
    pub(in crate::store) fn use_of_sessions(&self) -> (u64, u64) {
        self.pool.use_of_sessions()
    }

    /// Changes whenever this process has put messages into the outbox and they are on disk.
    pub(in crate::store) fn messages(&self) -> watch::Receiver<()> {
        self.messages.subscribe()
    }

    /// The version of the database's schema; 0 if it is empty.
    ///
    /// # Errors
    /// Why it cannot be used, in words for the operator.
    pub(in crate::store) fn schema_version(
        url: &PostgresUrl,
        busy: Duration,
    ) -> Result<i64, String> {
        let server = Arc::new(server(url, busy)?);
        let session = Session::new(server).map_err(|error| error.to_string())?;
        schema::check_server(&session)?;
        schema::version(&session)
    }
}

/// Whom the address names, with what every session has.
fn server(url: &PostgresUrl, busy: Duration) -> Result<Server, String> {
    let mut config = url.config().clone();
    let own = format!(
        "{} -c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout={} -c client_min_messages=warning",
        schema::OPTIONS,
        STATEMENT.as_millis(),
        busy.as_millis(),
        STATEMENT.as_millis(),
    );
    let options = match config.get_options() {
        Some(given) => format!("{own} {given}"),
        None => own,
    };
    config.options(options);
    let tls = if config.get_ssl_mode() == SslMode::Disable {
        None
    } else {
        Some(tls::connector(url.ca_file())?)
    };
    Ok(Server { config, tls })
}

fn reading<T>(
    session: &Session,
    purpose: Purpose,
    work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
) -> Result<T> {
    session.begin(purpose);
    let pools = KnownPools::default();
    work(&ReadTx::shared(session, Some(&pools)))
}

/// Runs the work and commits. Returns what it returns, and whether it put a message into the outbox.
fn writing<T>(
    session: &Session,
    purpose: Purpose,
    work: impl FnOnce(&WriteTx<'_>) -> Result<T>,
) -> Result<(T, bool)> {
    session.begin(purpose);
    let done = WriteTx::run_job(session, work);
    let done = done.and_then(|done| session.commit().map(|()| done));
    done.inspect_err(|_| session.roll_back())
}
