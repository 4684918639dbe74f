//! A session: a connection to the server, and the transaction that is under way on it.
//!
//! A transaction begins with its first statement, both sent at once. If the connection turns out to be dead then, nothing has been
//! done yet, and another is made: so a server that was started again costs no request.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio_postgres::{Client, Config, Error, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::{answer, explain, explain_refusal, is_refusal};
use super::request::Times;
use crate::error::{ApiError, Result};

/// Whom sessions are opened with, and how.
pub(super) struct Server {
    pub(super) config: Config,
    /// `None` for connections in plain text.
    pub(super) tls: Option<MakeRustlsConnect>,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    /// The same for a command, which may take its time.
    LongRead,
    LongWrite,
}

impl Purpose {
    /// How it begins.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::LongRead => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
                 SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
            }
            Self::LongWrite => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
                 SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
            }
        }
    }
}

/// Where a session's transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none.
    Idle,
    /// It begins with its first statement.
    Due(Purpose),
    Open(Purpose),
    /// A statement has failed: the server does nothing more until it is rolled back, be it to a savepoint.
    Failed(Purpose),
}

/// A session, lent to one transaction at a time.
pub(in crate::store) struct Session {
    server: Arc<Server>,
    /// Moves the connection along while a call waits. `None` once the session is being dropped.
    runtime: Option<Runtime>,
    /// `None` while there is no connection.
    client: RefCell<Option<Arc<Client>>>,
    /// The statements that are prepared on the connection, by their text and what was added to it.
    pub(super) statements: RefCell<HashMap<&'static str, HashMap<String, Statement>>>,
    pub(super) stage: Cell<Stage>,
    pub(super) times: Times,
}

impl Session {
    /// A session that has yet to connect.
    ///
    /// # Errors
    /// When the system refuses what it takes to wait for a connection.
    pub(super) fn new(server: Arc<Server>) -> std::io::Result<Self> {
        Ok(Self {
            server,
            runtime: Some(Builder::new_current_thread().enable_all().build()?),
            client: RefCell::default(),
            statements: RefCell::default(),
            stage: Cell::new(Stage::Idle),
            times: Times::default(),
        })
    }

    /// Waits for `work`, and moves the connection along meanwhile.
    ///
    /// # Errors
    /// `InternalErrorException` when the session is being dropped.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let runtime = self.runtime.as_ref();
        let runtime = runtime.ok_or_else(|| ApiError::internal("the session has ended"))?;
        Ok(runtime.block_on(work))
    }

    /// The client of the connection, which is made if there is none.
    ///
    /// # Errors
    /// What the server or the network refuses.
    pub(super) async fn client(&self) -> Result<Arc<Client>, Error> {
        let known = self.client.borrow().clone();
        if let Some(client) = known {
            return Ok(client);
        }
        let config = &self.server.config;
        let client = if let Some(tls) = &self.server.tls {
            let (client, connection) = config.connect(tls.clone()).await?;
            drop(tokio::spawn(connection));
            client
        } else {
            let (client, connection) = config.connect(NoTls).await?;
            drop(tokio::spawn(connection));
            client
        };
        let client = Arc::new(client);
        *self.client.borrow_mut() = Some(Arc::clone(&client));
        Ok(client)
    }

    /// Whether the connection came to its end with this error.
    pub(super) fn is_lost(&self, error: &Error) -> bool {
        let client = self.client.borrow();
        let is_closed = client.as_ref().is_some_and(|client| client.is_closed());
        is_closed || (error.as_db_error().is_some() && !is_refusal(error))
    }

    /// Gives the connection up.
    pub(super) fn disconnect(&self) {
        self.client.replace(None);
        self.statements.take();
    }

    /// Connects, if it is not connected, and asks the server something outside a transaction.
    ///
    /// # Errors
    /// Why there is no connection or no answer, in words for the operator.
    pub(super) fn ask<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<T, String> {
        let asked = self.wait(async {
            let client = self
                .client()
                .await
                .map_err(|error| explain_refusal(&error))?;
            work(&client).await.map_err(|error| explain(&error))
        });
        asked.map_err(|error| error.reason.unwrap_or_default())?
    }

    /// Begins a transaction, with its first statement.
    pub(super) fn begin(&self, purpose: Purpose) {
        self.stage.set(Stage::Due(purpose));
    }

    /// Begins a transaction that reads one state of the registry.
    pub(in crate::store) fn begin_to_read(&self) {
        self.begin(Purpose::Read);
    }

    /// Ends a transaction that only read.
    pub(in crate::store) fn end_reading(&self) {
        self.let_end("COMMIT");
    }

    /// Ends a transaction; nothing of it remains.
    pub(super) fn roll_back(&self) {
        self.let_end("ROLLBACK");
    }

    /// Ends a transaction; what it wrote is on disk. After an error it may still have to be rolled back.
    ///
    /// # Errors
    /// `TooManyRequestsException` when another transaction stands in the way; what a statement that was sent late comes to.
    /// `InternalErrorException` when a statement has failed, or the server refuses: nothing remains; or when the connection was lost:
    /// what was written may remain or not, and the reason says so.
    pub(super) fn commit(&self) -> Result<()> {
        if let Stage::Due(_) = self.stage.get() {
            // On a connection that turns out to be dead nothing has been committed, so that another serves as well.
            self.settle()?;
        }
        if let Stage::Failed(_) = self.stage.get() {
            return Err(ApiError::internal(
                "a statement failed within the transaction",
            ));
        }
        if !self.has_written() {
            // Nothing has to remain.
            self.roll_back();
            return Ok(());
        }
        let ended = self.send_with_end("COMMIT")?;
        self.drop_all_times();
        ended.map_err(|error| {
            self.disconnect();
            if is_refusal(&error) {
                return answer(&error);
            }
            ApiError::internal(format_args!(
                "IN DOUBT: the connection was lost during COMMIT, so the change may have been made or not: {}",
                explain(&error)
            ))
        })
    }

    /// Has the transaction end, if one has begun, and does not wait for it. A session that cannot even do this has lost its
    /// connection, and makes another when it is needed.
    fn let_end(&self, how: &str) {
        self.drop_all_times();
        let stage = self.stage.replace(Stage::Idle);
        if matches!(stage, Stage::Idle | Stage::Due(_)) {
            return;
        }
        let client = self.client.borrow().clone();
        let (Some(client), Some(runtime)) = (client, &self.runtime) else {
            return;
        };
        runtime.block_on(async {
            let mut end = pin!(client.batch_execute(how));
            let sent = poll_fn(|cx| Poll::Ready(end.as_mut().poll(cx))).await;
            if let Poll::Ready(Err(_)) = sent {
                self.disconnect();
            }
            // The task of the connection writes it.
            yield_now().await;
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may be dropped on a thread that must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
