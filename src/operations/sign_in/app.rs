//! The app that a user signs in through, and the sessions that it carries.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ErrorCode, Sensitive};
use crate::auth::secret_hash;
use crate::context::Cx;
use crate::context::PoolKeys;
use crate::domain::client::AppClient;
use crate::domain::pool::{Configuration, Pool};
use crate::domain::sign_in::{Session, Step};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, DeviceKey, UserPoolId, Username};
use crate::operations::sign_in::parameters::Parameters;
use crate::store::ReadTx;

/// Stands between the two parts of a session, and in neither of them.
const SEPARATOR: char = '.';

/// Who signs a user in.
pub(super) enum Caller {
    App,
    /// An administrator of this pool.
    Administrator(UserPoolId),
}

/// The app client of one call, and its pool.
#[derive(Clone)]
pub(crate) struct App {
    pub(super) client: Arc<AppClient>,
    pub(super) pool: Arc<Pool>,
    pub(super) keys: PoolKeys,
    pub(super) by_administrator: bool,
    /// Where the user is, as far as it is known.
    pub(super) ip: Option<String>,
}

impl App {
    /// The client with this id. Where the user is, administrators and apps that may can tell; otherwise it is where the call
    /// came from.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none, or another pool's; what [`Cx::pool`] refuses an administrator.
    pub(super) async fn open(
        cx: &Cx,
        caller: Caller,
        id: ClientId,
        ip: Option<String>,
    ) -> Result<Self> {
        let (pool, client, by_administrator) = cx
            .read(move |cx, tx| {
                let administered = match caller {
                    Caller::App => None,
                    Caller::Administrator(pool) => Some(cx.pool(tx, &pool)?),
                };
                let (owner, client) = tx.app_client(&id)?;
                cx.seen.set_pool(&owner);
                cx.seen.set_client(&client.id);
                match administered {
                    Some(pool) if pool.id != owner => {
                        Err(ApiError::no_such_client(&id).because("the client is another pool's"))
                    }
                    Some(pool) => Ok((pool, client, true)),
                    None => Ok((tx.pool(&owner)?, client, false)),
                }
            })
            .await?;
        pool.configuration()?;
        let told = ip.filter(|_| by_administrator || client.tells_user_context());
        let told = told.and_then(|ip| ip.parse::<IpAddr>().ok());
        Ok(Self {
            keys: cx.key_ring.keys(&pool).await?,
            client: Arc::new(client),
            pool,
            by_administrator,
            ip: told.or(cx.seen.source_ip()).map(|ip| ip.to_string()),
        })
    }

    /// The client that an access token was given to.
    ///
    /// # Errors
    /// `InvalidUserPoolConfigurationException` of a pool whose configuration does not hold together.
    pub(super) fn of_holder(
        cx: &Cx,
        tx: &ReadTx<'_>,
        pool: Arc<Pool>,
        client: AppClient,
    ) -> Result<Self> {
        pool.configuration()?;
        let keys = cx.key_ring.find_keys(tx, &pool)?;
        Ok(Self {
            keys: keys.ok_or_else(|| ApiError::internal("a token of a pool without keys"))?,
            client: Arc::new(client),
            pool,
            by_administrator: false,
            ip: cx.seen.source_ip().map(|ip| ip.to_string()),
        })
    }

    /// The pool's configuration, which has been looked at.
    pub(super) fn configuration(&self) -> Result<&Configuration> {
        self.pool.configuration()
    }

    /// Checks the hash that proves to a client with a secret that the app knows it.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(super) fn check_secret_hash(&self, name: &str, given: Option<&str>) -> Result<()> {
        let id = self.client.id.as_str();
        let right = match (self.client.secret(), given) {
            (None, None) => true,
            (Some(_), None) => {
                return Err(ApiError::not_authorized(format!(
                    "Client {id} is configured with secret but SECRET_HASH was not received"
                ))
                .because("SECRET_HASH is missing"));
            }
            (None, Some(_)) => false,
            (Some(secret), Some(hash)) => secret_hash::verifies(secret, name, id, hash),
        };
        if right {
            Ok(())
        } else {
            Err(
                ApiError::not_authorized(format!("Unable to verify secret hash for client {id}"))
                    .because(if self.client.secret().is_some() {
                        "SECRET_HASH is wrong"
                    } else {
                        "SECRET_HASH was sent, and the client has no secret"
                    }),
            )
        }
    }

    /// The name that the responses to a challenge are about, with the hash checked that goes with it.
    ///
    /// # Errors
    /// As [`Parameters::required`] and [`Self::check_secret_hash`].
    pub(super) fn name_in(&self, parameters: &Parameters) -> Result<Username> {
        let name = parameters.username()?;
        self.check_secret_hash(name.as_str(), parameters.find("SECRET_HASH"))?;
        Ok(name)
    }

    /// A session that waits for the step to be answered, from now on.
    pub(super) fn session(
        &self,
        cx: &Cx,
        sub: String,
        step: Step,
        device: Option<DeviceKey>,
    ) -> Session {
        let end = self.client.session_end(cx.now);
        Session::new(cx.ambient.bytes(), sub, step, device, end)
    }

    /// The session as the client carries it in the member `Session`: the client's id, by which operations find it that are
    /// told nothing else, and the session, sealed.
    pub(super) fn seal(&self, cx: &Cx, session: &Session) -> Result<Sensitive<String>> {
        let plain = serde_json::to_vec(session).map_err(ApiError::internal)?;
        let sealed = self
            .keys
            .seal
            .seal(&self.seal_context(), &plain, &cx.ambient)
            .map_err(ApiError::internal)?;
        Ok(format!("{}{SEPARATOR}{sealed}", self.client.id.as_str()).into())
    }

    /// The app that was given the session, by an operation that is told nothing else of it.
    ///
    /// # Errors
    /// `NotAuthorizedException` when nobody was.
    pub(super) async fn of_session(cx: &Cx, sealed: &Sensitive<String>) -> Result<Self> {
        let (client, _) = sealed
            .expose()
            .split_once(SEPARATOR)
            .ok_or_else(|| ApiError::invalid_session().because("it is not a session"))?;
        let client = ClientId::from(client.to_owned());
        let app = Self::open(cx, Caller::App, client, None).await;
        app.map_err(|error| {
            if error.code == ErrorCode::ResourceNotFoundException {
                ApiError::invalid_session().because("there is no such client")
            } else {
                error
            }
        })
    }

    /// The session as the client carries it in the parameter `SECRET_BLOCK`.
    pub(super) fn seal_block(&self, cx: &Cx, session: &Session) -> Result<String> {
        let plain = serde_json::to_vec(session).map_err(ApiError::internal)?;
        let sealed = self
            .keys
            .seal
            .seal_bytes(&self.seal_context(), &plain, &cx.ambient);
        sealed
            .map(|sealed| STANDARD.encode(sealed))
            .map_err(ApiError::internal)
    }

    /// The session that the member `Session` carries.
    ///
    /// # Errors
    /// `InvalidParameterException` when there is none; `NotAuthorizedException` when it was given by nobody, to another
    /// client, or too long ago.
    pub(super) fn open_session(
        &self,
        cx: &Cx,
        sealed: Option<&Sensitive<String>>,
    ) -> Result<Session> {
        let sealed = sealed.ok_or_else(|| ApiError::missing_parameter("Session"))?;
        let invalid = |why: &str| ApiError::invalid_session().because(why);
        let sealed = sealed.expose().split_once(SEPARATOR);
        let (client, sealed) = sealed.ok_or_else(|| invalid("it is not a session"))?;
        if client != self.client.id.as_str() {
            return Err(invalid("the session is not of this client"));
        }
        let plain = self.keys.seal.open(&self.seal_context(), sealed);
        let plain = plain.ok_or_else(|| invalid("the pool has not sealed the session"))?;
        let session: Session = serde_json::from_slice(&plain)
            .map_err(|_| invalid("another version of this program has sealed the session"))?;
        if session.is_over(cx.now) {
            return Err(ApiError::session_expired());
        }
        Ok(session)
    }

    /// The session that the decoded parameter `SECRET_BLOCK` carries, if it is one and not too old.
    pub(super) fn open_block(&self, cx: &Cx, block: &[u8]) -> Option<Session> {
        let plain = self.keys.seal.open_bytes(&self.seal_context(), block)?;
        let session: Session = serde_json::from_slice(&plain).ok()?;
        (!session.is_over(cx.now)).then_some(session)
    }

    /// The user whose session it is, whom the client must name as well.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the client names somebody else, or the user is gone.
    pub(super) fn user_of(
        &self,
        tx: &ReadTx<'_>,
        session: &Session,
        named: &Username,
    ) -> Result<(User, UserRecord)> {
        let found = tx.find_user_by_sub(&self.pool, &session.sub)?;
        let (user, record) =
            found.ok_or_else(|| ApiError::invalid_session().because("the user is gone"))?;
        let named = tx.find_user(&self.pool, self.configuration()?, named)?;
        let named = named.ok_or_else(|| {
            ApiError::invalid_session().because("there is no user of the name that was given")
        })?;
        if named.row != user.row {
            return Err(ApiError::invalid_session().because("the session is another user's"));
        }
        Ok((user, record))
    }

    /// Whether the user of this sub is the one that is named.
    pub(super) fn is_named(&self, tx: &ReadTx<'_>, sub: &str, name: &Username) -> Result<bool> {
        let named = tx.find_user(&self.pool, self.configuration()?, name)?;
        let named = named.map(|user| tx.user_record(&user)).transpose()?;
        Ok(named.is_some_and(|named| named.sub == sub))
    }

    /// What a sealed session is bound to.
    fn seal_context(&self) -> Vec<u8> {
        format!("{}/{}", self.pool.id, self.client.id.as_str()).into_bytes()
    }
}
