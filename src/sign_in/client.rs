//! The app client that a user signs in through.

use std::ops::Deref;
use std::sync::Arc;

use crate::api::Sensitive;
use crate::auth::{is_secret, secret_hash};
use crate::context::{Cx, PoolKeys, Unread};
use crate::domain::client::AppClient;
use crate::domain::pool::{Configuration, Pool};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, UserPoolId, Username};
use crate::sign_in::parameters::Parameters;
use crate::sign_in::user_context::UserContext;
use crate::store::{KeptKeys, ReadTx, Whom, WriteTx};

/// Who calls for the user.
#[derive(Clone)]
pub(crate) enum Caller {
    /// The user's app.
    App,
    /// An administrator of this pool.
    Administrator(UserPoolId),
    /// The user's browser, at a domain of this pool.
    Browser(UserPoolId),
}

/// The app client of one request, with its pool and the context of the request. A copy is another name for the same client.
#[derive(Clone)]
pub(crate) struct ClientContext(Arc<OpenClient>);

/// What a [`ClientContext`] holds.
pub(crate) struct OpenClient {
    pub(crate) cx: Cx,
    pub(crate) app: AppClient,
    pub(crate) pool: Arc<Pool>,
    pub(crate) keys: PoolKeys,
    pub(crate) by_administrator: bool,
    /// Whether the user signs in on this server's own pages, which know neither the client's flows nor its secret.
    pub(crate) in_browser: bool,
    /// The address of the user, as far as it is known.
    pub(crate) ip: Option<String>,
    /// The `User-Agent` of the user that an administrator names; `None` if it is that of the request.
    told_user_agent: Option<String>,
    /// Whom the request probably means, where that helps to foresee what it reads.
    pub(super) whom: Option<Whom>,
    /// What AWS's libraries have collected on the user's device, if the app has sent it.
    pub(super) encoded_data: Option<String>,
}

impl Deref for ClientContext {
    type Target = OpenClient;

    fn deref(&self) -> &OpenClient {
        &self.0
    }
}

impl ClientContext {
    /// The client with this id. The address that the request tells counts if an administrator sends it, or an app whose client has
    /// `EnablePropagateAdditionalUserContextData`; otherwise the user's address is the one that the request came from.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such client, or when it is another pool's than the caller names; what
    /// [`Cx::pool`] refuses an administrator; `InvalidUserPoolConfigurationException` of a pool whose configuration does not
    /// hold together.
    pub(crate) async fn open(
        cx: &Cx,
        caller: Caller,
        id: ClientId,
        told: UserContext,
    ) -> Result<Self> {
        Self::open_for(cx, caller, id, told, None).await
    }

    /// The same, for a request about the user of this name.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) async fn open_for(
        cx: &Cx,
        caller: Caller,
        id: ClientId,
        told: UserContext,
        name: Option<Username>,
    ) -> Result<Self> {
        cx.read_with_keys(move |cx, tx| {
            Self::open_in(cx, tx, (&caller, &id), told.clone(), name.as_ref())
        })
        .await
    }

    /// The same in a transaction.
    ///
    /// # Errors
    /// As [`ClientContext::open`]; that the pool has no keys yet.
    pub(crate) fn open_in(
        cx: &Cx,
        tx: &ReadTx<'_>,
        (caller, id): (&Caller, &ClientId),
        told: UserContext,
        name: Option<&Username>,
    ) -> Result<Self, Unread> {
        tx.foresee(|tx| foresee(tx, caller, id, name));
        let (client, pool, kept) = find(cx, tx, caller, id)?;
        let whom = name.map(|name| tx.foresight(|tx| tx.whom(id, name)));
        pool.configuration()?;
        let by_administrator = matches!(caller, Caller::Administrator(_));
        let UserContext {
            ip,
            user_agent,
            encoded_data,
        } = told;
        let told = ip.filter(|_| by_administrator || client.tells_user_context());
        Ok(Self(Arc::new(OpenClient {
            keys: cx.key_ring.keys_in(tx, &pool, kept)?,
            ip: told.or(cx.seen.source_ip()).map(|ip| ip.to_string()),
            told_user_agent: user_agent,
            whom: whom.transpose()?.flatten(),
            encoded_data,
            cx: cx.clone(),
            app: client,
            pool,
            by_administrator,
            in_browser: matches!(caller, Caller::Browser(_)),
        })))
    }

    /// The client that an access token was given to.
    ///
    /// # Errors
    /// `InvalidUserPoolConfigurationException` of a pool whose configuration does not hold together.
    pub(crate) fn of_holder(
        cx: &Cx,
        tx: &ReadTx<'_>,
        pool: Arc<Pool>,
        client: AppClient,
    ) -> Result<Self> {
        pool.configuration()?;
        let keys = cx.key_ring.find_keys(tx, &pool)?;
        Ok(Self(Arc::new(OpenClient {
            keys: keys.ok_or_else(|| ApiError::internal("a token of a pool without keys"))?,
            ip: cx.seen.source_ip().map(|ip| ip.to_string()),
            told_user_agent: None,
            whom: None,
            encoded_data: None,
            cx: cx.clone(),
            app: client,
            pool,
            by_administrator: false,
            in_browser: false,
        })))
    }

    /// Refuses the pages what is for users of the pool itself, where the client names identity providers only.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check_local(&self) -> Result<()> {
        if self.in_browser && !self.app.signs_in_locally() {
            return Err(ApiError::not_authorized("Login option is not available."));
        }
        Ok(())
    }

    /// Reads the registry in one transaction, as [`Cx::read`] does.
    ///
    /// # Errors
    /// As [`Cx::read`].
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let client = self.clone();
        self.cx.read(move |_, tx| work(&client, tx)).await
    }

    /// Changes the registry in one transaction, as [`Cx::write`] does.
    ///
    /// # Errors
    /// As [`Cx::write`].
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let client = self.clone();
        self.cx.write(move |_, tx| work(&client, tx)).await
    }
}

/// Foresees what opening a client reads.
fn foresee(tx: &ReadTx<'_>, caller: &Caller, id: &ClientId, name: Option<&Username>) {
    if let Caller::Administrator(pool) | Caller::Browser(pool) = caller {
        let _ = tx.find_pool(pool);
    }
    let _ = tx.app_client_with_pool(id);
    if let Some(name) = name {
        let _ = tx.whom(id, name);
    }
}

/// The client with this id, its pool, and what is kept of the pool's keys.
fn find(
    cx: &Cx,
    tx: &ReadTx<'_>,
    caller: &Caller,
    id: &ClientId,
) -> Result<(AppClient, Arc<Pool>, Option<KeptKeys>)> {
    let named = match caller {
        Caller::App => None,
        Caller::Administrator(pool) => Some(cx.pool(tx, pool)?),
        Caller::Browser(pool) => Some(tx.pool(pool)?),
    };
    let (client, pool, keys) = tx.app_client_with_pool(id)?;
    cx.seen.set_pool(&pool.id);
    cx.seen.set_client(&client.id);
    match named {
        Some(named) if named.id != pool.id => {
            Err(ApiError::no_such_client(id).because("the client is another pool's"))
        }
        Some(_) | None => Ok((client, pool, keys)),
    }
}

impl OpenClient {
    /// The configuration of the client's pool.
    ///
    /// # Errors
    /// As [`Pool::configuration`]; none in practice, since [`ClientContext::open`] has checked it.
    pub(crate) fn configuration(&self) -> Result<&Configuration> {
        self.pool.configuration()
    }

    /// The `User-Agent` of the program that the user signs in with, as far as it is known.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        let told = self.told_user_agent.as_deref();
        told.or(self.cx.user_agent.as_deref())
    }

    /// Checks `SECRET_HASH`, by which an app proves that it knows a secret of its client. The pages of this server send none: the
    /// app proves it at the token endpoint.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check_secret_hash(&self, name: &str, given: Option<&str>) -> Result<()> {
        if self.in_browser {
            return Ok(());
        }
        let id = self.app.id.as_str();
        let confidential = self.app.is_confidential();
        let right = match (confidential, given) {
            (false, None) => true,
            (true, None) => {
                return Err(ApiError::not_authorized(format!(
                    "Client {id} is configured with secret but SECRET_HASH was not received"
                ))
                .because("SECRET_HASH is missing"));
            }
            (false, Some(_)) => false,
            (true, Some(hash)) => self
                .app
                .any_secret(|secret| secret_hash::verifies(secret, name, id, hash)),
        };
        if right {
            return Ok(());
        }
        let refusal =
            ApiError::not_authorized(format!("Unable to verify secret hash for client {id}"));
        Err(refusal.because(if confidential {
            "SECRET_HASH is wrong"
        } else {
            "SECRET_HASH was sent, and the client has no secret"
        }))
    }

    /// The `USERNAME` of the responses to a challenge, whose `SECRET_HASH` has been checked.
    ///
    /// # Errors
    /// As [`Parameters::required`] and [`Self::check_secret_hash`].
    pub(crate) fn username_in(&self, parameters: &Parameters) -> Result<Username> {
        let name = parameters.username()?;
        self.check_secret_hash(name.as_str(), parameters.find("SECRET_HASH"))?;
        Ok(name)
    }

    /// Checks the client's secret where it is sent itself.
    ///
    /// # Errors
    /// The reason, for the log.
    pub(crate) fn check_secret(
        &self,
        given: Option<&Sensitive<String>>,
    ) -> Result<(), &'static str> {
        let is_given = |given: &str| self.app.any_secret(|secret| is_secret(secret, given));
        match (self.app.is_confidential(), given) {
            (false, None) => Ok(()),
            (true, Some(given)) if is_given(given.expose()) => Ok(()),
            (true, None) => Err("the client's secret is missing"),
            (false, Some(_)) => Err("the client has no secret"),
            (true, Some(_)) => Err("the client's secret is another"),
        }
    }

    /// The user that `name` means. Where the client hides who exists, every name takes the same work.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn find_user(&self, tx: &ReadTx<'_>, name: &Username) -> Result<Option<User>> {
        let configuration = self.configuration()?;
        if self.app.hides_users() {
            tx.find_user_evenly(&self.pool, configuration, name)
        } else {
            tx.find_user(&self.pool, configuration, name)
        }
    }

    /// Foresees what [`Self::is_named`] reads.
    pub(super) fn foresee_is_named(&self, tx: &ReadTx<'_>, name: &Username) {
        let _ = self.find_user(tx, name);
        if let Some(whom) = &self.whom {
            let _ = tx.user_record(&whom.user);
        }
    }

    /// Whether the user of this sub is the one that is named.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn is_named(&self, tx: &ReadTx<'_>, sub: &str, name: &Username) -> Result<bool> {
        let named = self.find_user(tx, name)?;
        let named = named.map(|user| tx.user_record(&user)).transpose()?;
        Ok(named.is_some_and(|named| named.sub == sub))
    }
}
