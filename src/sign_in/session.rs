//! Sessions, sealed and opened. A client carries a session in the member `Session`, or in the parameter `SECRET_BLOCK` while an
//! SRP exchange is under way.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ChallengeNameType, ErrorCode, Sensitive};
use crate::context::Cx;
use crate::domain::sign_in::{Session, Step};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, DeviceKey, Username};
use crate::sign_in::client::{Caller, ClientContext, OpenClient};
use crate::sign_in::user_context::UserContext;
use crate::store::ReadTx;

/// What separates the client's id from the sealed session. It occurs in neither.
const SEPARATOR: char = '.';

impl ClientContext {
    /// The client that a session was given to, for operations that name no client.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it was given to no client.
    pub(crate) async fn of_session(cx: &Cx, sealed: &Sensitive<String>) -> Result<Self> {
        let (client, _) = sealed
            .expose()
            .split_once(SEPARATOR)
            .ok_or_else(|| ApiError::invalid_session().because("it is not a session"))?;
        let client = ClientId::from(client.to_owned());
        let opened = Self::open(cx, Caller::App, client, UserContext::default()).await;
        opened.map_err(|error| {
            if error.code == ErrorCode::ResourceNotFoundException {
                ApiError::invalid_session().because("there is no such client")
            } else {
                error
            }
        })
    }
}

impl OpenClient {
    /// A session that begins now and waits for an answer to the step's challenge.
    pub(crate) fn new_session(
        &self,
        sub: String,
        step: Step,
        device: Option<DeviceKey>,
    ) -> Session {
        let end = self.app.session_end(self.cx.now);
        Session::new(self.cx.ambient.bytes(), sub, step, device, end)
    }

    /// The member `Session`: the client's id, by which operations find the client that are told nothing else, and the sealed
    /// session.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) fn seal(&self, session: &Session) -> Result<Sensitive<String>> {
        let plain = serde_json::to_vec(session).map_err(ApiError::internal)?;
        let seal = &self.keys.seal;
        let sealed = seal.seal(&self.seal_context(), &plain, &self.cx.ambient);
        let sealed = sealed.map_err(ApiError::internal)?;
        Ok(format!("{}{SEPARATOR}{sealed}", self.app.id.as_str()).into())
    }

    /// The parameter `SECRET_BLOCK`.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(super) fn seal_block(&self, session: &Session) -> Result<String> {
        let plain = serde_json::to_vec(session).map_err(ApiError::internal)?;
        let seal = &self.keys.seal;
        let sealed = seal.seal_bytes(&self.seal_context(), &plain, &self.cx.ambient);
        sealed
            .map(|sealed| STANDARD.encode(sealed))
            .map_err(ApiError::internal)
    }

    /// The session that the member `Session` carries.
    ///
    /// # Errors
    /// `InvalidParameterException` when the member is missing; `NotAuthorizedException` when it is not a session, or one of
    /// another client, or too old.
    pub(crate) fn open_session(&self, sealed: Option<&Sensitive<String>>) -> Result<Session> {
        let sealed = sealed.ok_or_else(|| ApiError::missing_parameter("Session"))?;
        let invalid = |why: &str| ApiError::invalid_session().because(why);
        let sealed = sealed.expose().split_once(SEPARATOR);
        let (client, sealed) = sealed.ok_or_else(|| invalid("it is not a session"))?;
        if client != self.app.id.as_str() {
            return Err(invalid("the session is not of this client"));
        }
        let plain = self.keys.seal.open(&self.seal_context(), sealed);
        let plain = plain.ok_or_else(|| invalid("the pool has not sealed the session"))?;
        let session: Session = serde_json::from_slice(&plain)
            .map_err(|_| invalid("another version of this program has sealed the session"))?;
        if session.is_over(self.cx.now) {
            return Err(ApiError::session_expired());
        }
        Ok(session)
    }

    /// The session that the member `Session` carries, which must wait for an answer to this challenge.
    ///
    /// # Errors
    /// As [`Self::open_session`]; `NotAuthorizedException` of a session that waits for something else.
    pub(super) fn open_session_for(
        &self,
        challenge: ChallengeNameType,
        sealed: Option<&Sensitive<String>>,
    ) -> Result<Session> {
        let session = self.open_session(sealed)?;
        if session.step.challenge() != challenge {
            return Err(ApiError::invalid_session().because("the session is for another challenge"));
        }
        Ok(session)
    }

    /// The session that the decoded parameter `SECRET_BLOCK` carries. Returns `None` if it is not a session of this client, or
    /// too old.
    pub(super) fn open_block(&self, block: &[u8]) -> Option<Session> {
        let plain = self.keys.seal.open_bytes(&self.seal_context(), block)?;
        let session: Session = serde_json::from_slice(&plain).ok()?;
        (!session.is_over(self.cx.now)).then_some(session)
    }

    /// Foresees what [`Self::user_of`] reads.
    pub(super) fn foresee_user_of(&self, tx: &ReadTx<'_>, session: &Session, named: &Username) {
        let _ = tx.find_user_by_sub(&self.pool, &session.sub);
        if let Ok(configuration) = self.configuration() {
            let _ = tx.find_user(&self.pool, configuration, named);
        }
    }

    /// The user of the session, who must be the one that the client names.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the client names somebody else, or when the user has been deleted.
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

    /// What a sealed session is bound to: its pool and its client.
    fn seal_context(&self) -> Vec<u8> {
        format!("{}/{}", self.pool.id, self.app.id.as_str()).into_bytes()
    }
}
