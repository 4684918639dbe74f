//! What an endpoint gets besides its request: the caller, the time, and the registry.
//!
//! [`Cx::read`], [`Cx::write`] and [`Cx::compute`] take closures that own what they use, since they may run on another thread.

mod bearer;
mod key_ring;
mod spare_keys;
mod step;

use std::ops::Deref;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::fetch::{Call, Document, FetchError, Fetcher, Reply};
use crate::host::Host;
use crate::ids::{AccountId, UserPoolId, Username};
use crate::limits::Limits;
use crate::log::Seen;
use crate::quotas::{Category, Hourly};
use crate::settings::Issuer;
use crate::store::{ReadTx, State, Store, WriteTx};

pub(crate) use bearer::{Bearer, Holder, UnverifiedBearer};
pub(crate) use key_ring::{KeyRing, PoolKeys};

/// How often work is read that may lack keys: once without them, once with them, and once more if the pool was replaced meanwhile.
const MAX_READINGS: u32 = 3;

/// The context of one request. A copy is another name for the same context.
#[derive(Clone)]
pub(crate) struct Cx(Arc<Context>);

/// Why a read of [`Cx::read_with_keys`] came to nothing.
pub(crate) enum Unread {
    /// It needs the keys of this pool, which has none yet.
    NoKeys(Arc<Pool>),
    Refused(ApiError),
}

impl From<ApiError> for Unread {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// What the context of a request holds.
pub(crate) struct Context {
    /// The registry.
    pub(crate) store: Arc<Store>,
    /// The state of the registry that the request began in, and to which alone it writes.
    pub(crate) state: State,
    /// The AWS account that the caller acts for.
    pub(crate) account: AccountId,
    /// The time of the request, read once when the request was whole.
    pub(crate) now: Timestamp,
    /// The Region that the server stands for.
    pub(crate) region: Arc<str>,
    /// The source of new ids and secrets.
    pub(crate) ambient: Ambient,
    /// What the log says about the request, with its id and the address that it came from.
    pub(crate) seen: Arc<Seen>,
    /// The `User-Agent` of the request (RFC 9110 section 10.1.5), if it has one.
    pub(crate) user_agent: Option<Box<str>>,
    /// The host that the caller called.
    pub(crate) host: Host,
    /// The issuer URLs of pools.
    pub(crate) issuer: Arc<Issuer>,
    /// The keys of pools.
    pub(crate) key_ring: Arc<KeyRing>,
    /// What other servers are asked by.
    pub(crate) fetcher: Arc<Fetcher>,
    /// The quota category that the request counts into.
    pub(crate) category: Category,
    /// What is left of the quotas; `None` if there are no quotas.
    pub(crate) limits: Option<Arc<Limits>>,
}

impl Deref for Cx {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.0
    }
}

impl Cx {
    /// The context of a request that begins to be served.
    pub(crate) fn new(context: Context) -> Self {
        Self(Arc::new(context))
    }

    /// The system's time, whatever the server's clock shows: what clients sign by.
    pub(crate) fn system_now(&self) -> Timestamp {
        Timestamp::from(self.ambient.system_now())
    }

    /// Reads the registry in one transaction.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let cx = self.clone();
        let step = self.begin_step("read");
        let number = step.number;
        let turn = move |tx: &ReadTx<'_>| {
            cx.step_has_turn(number);
            work(&cx, tx)
        };
        self.store.read(turn).await
    }

    /// The same for work that needs the keys of a pool. If the pool has none yet, they are drawn, and all is read again.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the store fails or no keys can be drawn.
    pub(crate) async fn read_with_keys<T: Send + 'static>(
        &self,
        work: impl Fn(&Self, &ReadTx<'_>) -> Result<T, Unread> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = Arc::new(work);
        for _ in 0..MAX_READINGS {
            let reading = Arc::clone(&work);
            let read = self.read(move |cx, tx| match reading(cx, tx) {
                Ok(found) => Ok(Ok(found)),
                Err(Unread::NoKeys(pool)) => Ok(Err(pool)),
                Err(Unread::Refused(error)) => Err(error),
            });
            match read.await? {
                Ok(found) => return Ok(found),
                Err(pool) => drop(self.key_ring.keys(&pool).await?),
            }
        }
        Err(ApiError::internal("the pool's keys do not stay"))
    }

    /// Changes the registry in one transaction; returns when the change is on disk. When `work` fails, nothing of it remains.
    ///
    /// # Errors
    /// What `work` returns; `ThrottlingException` when a snapshot was restored since the request began; `InternalErrorException` when
    /// the store fails.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let cx = self.clone();
        let step = self.begin_step("write");
        let number = step.number;
        let turn = move |tx: &WriteTx<'_>| {
            cx.step_has_turn(number);
            work(&cx, tx)
        };
        self.store.write_in(self.state, turn).await
    }

    /// Computes on a thread for work that takes milliseconds, such as the verifier of a password. The worker answers other
    /// requests meanwhile, and no transaction waits.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _step = self.begin_step("compute");
        spawn_blocking(work).await.map_err(ApiError::internal)
    }

    /// Asks another server.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn fetch(&self, call: Call) -> Result<Reply, FetchError> {
        let _step = self.begin_step("fetch");
        self.fetcher.send(call).await
    }

    /// A document of another server, as it was some minutes ago at most.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn fetch_document(&self, url: &str) -> Result<Document, FetchError> {
        let _step = self.begin_step("fetch");
        self.fetcher.document(url).await
    }

    /// The same as it was some seconds ago at most.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn fetch_document_again(&self, url: &str) -> Result<Document, FetchError> {
        let _step = self.begin_step("fetch");
        self.fetcher.document_again(url).await
    }

    /// Takes one request from the quota of the user that the caller signs in or acts as, as soon as the user is known. Users are
    /// told apart by sub, so that the quota reveals nothing about names.
    ///
    /// # Errors
    /// `TooManyRequestsException`.
    pub(crate) fn take_for_user(&self, sub: &str) -> Result<()> {
        match &self.limits {
            Some(limits) => limits.take_for_user(self.category, sub),
            None => Ok(()),
        }
    }

    /// Takes one of what is allowed to one user a few times in an hour.
    ///
    /// # Errors
    /// `LimitExceededException`.
    pub(crate) fn take_hourly(&self, what: Hourly, user: &str) -> Result<()> {
        match &self.limits {
            Some(limits) => limits.take_hourly(what, user),
            None => Ok(()),
        }
    }

    /// The pool, which the caller's account must own.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such pool, `NotAuthorizedException` when it is another account's.
    pub(crate) fn pool(&self, tx: &ReadTx<'_>, id: &UserPoolId) -> Result<Arc<Pool>> {
        self.own_pool(tx.pool(id)?)
    }

    /// A pool that was found, which the caller's account must own.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it is another account's.
    pub(crate) fn own_pool(&self, pool: Arc<Pool>) -> Result<Arc<Pool>> {
        self.seen.set_pool(&pool.id);
        if pool.account != self.account {
            let reason = format!(
                "the pool belongs to account {}, the caller to {}",
                pool.account, self.account
            );
            return Err(ApiError::foreign_pool(&pool.id).because(reason));
        }
        Ok(pool)
    }

    /// The pool, and the user in it.
    ///
    /// # Errors
    /// As [`Cx::pool`]; `UserNotFoundException` when there is no such user.
    pub(crate) fn user_in(
        &self,
        tx: &ReadTx<'_>,
        pool: &UserPoolId,
        name: &Username,
    ) -> Result<(Arc<Pool>, User)> {
        let pool = self.pool(tx, pool)?;
        let user = tx.user(&pool, pool.configuration()?, name)?;
        Ok((pool, user))
    }
}
