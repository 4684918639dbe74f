//! What a handler gets besides its request: the caller, the time, and the registry.
//!
//! Where the closures of [`Cx::read`] and [`Cx::write`] run is decided by the store alone, where those of [`Cx::compute`] run
//! by it.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::ambient::Ambient;
use crate::api::{OperationModel, Timestamp};
use crate::domain::pool::{Configuration, Pool};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::host::Host;
use crate::ids::{AccountId, UserPoolId, Username};
use crate::limits::Limits;
use crate::log::Seen;
use crate::operations::pool_keys::KeyRing;
use crate::quotas::Category;
use crate::settings::Issuer;
use crate::store::{ReadTx, Store, WriteTx};

/// The context of one request.
#[derive(Clone)]
pub(crate) struct Cx {
    pub(crate) store: Arc<Store>,
    /// The operation that was called.
    pub(crate) operation: &'static OperationModel,
    /// The AWS account that the caller acts for.
    pub(crate) account: AccountId,
    /// When the request came, read once.
    pub(crate) now: Timestamp,
    /// The Region that the server stands for.
    pub(crate) region: Arc<str>,
    /// Where new ids and secrets are drawn.
    pub(crate) ambient: Ambient,
    /// What the log tells of the request, its id and where it came from among it.
    pub(crate) seen: Arc<Seen>,
    /// The host that the caller called.
    pub(crate) host: Host,
    /// Who pools say that they are.
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) key_ring: Arc<KeyRing>,
    /// The quota category of the operation.
    pub(crate) category: Category,
    /// What is left of the quotas; `None` where none hold.
    pub(crate) limits: Option<Arc<Limits>>,
}

impl Cx {
    /// Reads the registry in one transaction.
    pub(crate) async fn read<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.store.read(work).await
    }

    /// Changes the registry in one transaction; returns when the change is on disk.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write(work).await
    }

    /// Computes what takes a processor milliseconds, as the verifier of a password, on a thread for such work: meanwhile the
    /// worker answers other requests, and no transaction waits.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        spawn_blocking(work).await.map_err(ApiError::internal)
    }

    /// Takes one request from the quota of the user whom the caller signs in, or acts as. It is asked for as soon as the user is
    /// known, by the sub, so that it tells nothing about names.
    ///
    /// # Errors
    /// `TooManyRequestsException`.
    pub(crate) fn take_for_user(&self, sub: &str) -> Result<()> {
        match &self.limits {
            Some(limits) => limits.take_for_user(self.category, sub),
            None => Ok(()),
        }
    }

    /// Takes one change of the user's password from what is allowed in an hour.
    ///
    /// # Errors
    /// `LimitExceededException`.
    pub(crate) fn take_password_change(&self, sub: &str) -> Result<()> {
        match &self.limits {
            Some(limits) => limits.take_password_change(sub),
            None => Ok(()),
        }
    }

    /// The pool, which the caller's account must own.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such pool, `NotAuthorizedException` when it is another account's.
    pub(crate) fn pool(&self, tx: &ReadTx<'_>, id: &UserPoolId) -> Result<Arc<Pool>> {
        let pool = tx.pool(id)?;
        self.seen.set_pool(&pool.id);
        if pool.account != self.account {
            let reason = format!(
                "the pool belongs to account {}, the caller to {}",
                pool.account, self.account
            );
            return Err(ApiError::foreign_pool(id).because(reason));
        }
        Ok(pool)
    }

    /// The user whom `name` means: a username, a sub, or the value of one of the pool's sign-in attributes.
    ///
    /// # Errors
    /// `UserNotFoundException` where the operation declares it, otherwise `ResourceNotFoundException`.
    pub(crate) fn user(
        &self,
        tx: &ReadTx<'_>,
        pool: &Pool,
        configuration: &Configuration,
        name: &Username,
    ) -> Result<User> {
        tx.find_user(pool, configuration, name)?
            .ok_or_else(|| ApiError::no_such_user(self.operation.errors))
    }
}
