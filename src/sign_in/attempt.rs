//! One user's sign-in inside a transaction, and what an answer to a challenge says about it.

use crate::api::UserStatusType;
use crate::domain::sign_in::{Session, Step};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, Username};
use crate::sign_in::client::ClientContext;
use crate::sign_in::lockout::check_not_locked;
use crate::store::{ReadTx, SignInDevice};

/// A user who signs in, as a transaction sees the user.
pub(super) struct Attempt<'a> {
    pub(super) client: &'a ClientContext,
    pub(super) tx: &'a ReadTx<'a>,
    pub(super) user: User,
    pub(super) record: UserRecord,
}

impl<'a> Attempt<'a> {
    /// The user that an answer is about, which has been judged right.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the user has been deleted since.
    pub(super) fn of_answer(
        client: &'a ClientContext,
        tx: &'a ReadTx<'a>,
        answered: &Answered,
    ) -> Result<Self> {
        let found = tx.find_user_by_sub(&client.pool, &answered.sub)?;
        let (user, record) = found.ok_or_else(|| answered.refusal_of_deleted())?;
        Ok(Self {
            client,
            tx,
            user,
            record,
        })
    }

    /// The user of a session that the member `Session` carried, who must be the one that the client names.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the session has served, when the client names somebody else, or when the user is locked
    /// out, disabled or gone; what [`check_may_sign_in`] refuses.
    pub(super) fn of_session(
        client: &'a ClientContext,
        tx: &'a ReadTx<'a>,
        session: &Session,
        named: &Username,
    ) -> Result<Self> {
        tx.foresee(|tx| {
            let _ = tx.check_session(&session.id);
            let _ = check_not_locked(client, tx, &session.sub);
            client.foresee_user_of(tx, session, named);
        });
        tx.check_session(&session.id)?;
        check_not_locked(client, tx, &session.sub)?;
        let (user, record) = client.user_of(tx, session, named)?;
        check_may_sign_in(&record)?;
        Ok(Self {
            client,
            tx,
            user,
            record,
        })
    }

    /// The user's confirmed device with this key. Returns `None` if the user has no such device.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn confirmed_device(&self, key: &DeviceKey) -> Result<Option<SignInDevice>> {
        confirmed_device(self.tx, &self.user, key)
    }
}

/// The user's confirmed device with this key. Returns `None` if the user has no such device.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn confirmed_device(
    tx: &ReadTx<'_>,
    user: &User,
    key: &DeviceKey,
) -> Result<Option<SignInDevice>> {
    let device = tx.find_sign_in_device(&user.owner, key)?;
    Ok(device.filter(|device| device.confirmed))
}

/// Refuses a user who has proved something but may not sign in.
///
/// # Errors
/// `NotAuthorizedException` of a disabled user, `UserNotConfirmedException`, `PasswordResetRequiredException`.
pub(crate) fn check_may_sign_in(record: &UserRecord) -> Result<()> {
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    match record.status {
        UserStatusType::Unconfirmed => Err(ApiError::user_not_confirmed()),
        UserStatusType::ResetRequired => Err(ApiError::password_reset_required()),
        UserStatusType::Archived
        | UserStatusType::Compromised
        | UserStatusType::ExternalProvider => {
            Err(ApiError::wrong_password().because("the user's status"))
        }
        UserStatusType::Confirmed
        | UserStatusType::ForceChangePassword
        | UserStatusType::Unknown => Ok(()),
    }
}

/// What a request says about a sign-in, beside its proof.
pub(super) struct Answered {
    /// The sub of the user.
    pub(super) sub: String,
    /// The session that the request answers; `None` where it begins the sign-in.
    pub(super) session: Option<Session>,
    /// The device that the client says it is.
    pub(super) device: Option<NamedDevice>,
}

impl Answered {
    /// What the request says that answers the session, and names this device or none.
    pub(super) fn of_session(session: Session, named: Option<DeviceKey>) -> Self {
        Self {
            sub: session.sub.clone(),
            device: NamedDevice::in_session(&session, named),
            session: Some(session),
        }
    }

    /// The refusal when the user has been deleted: that of a wrong password where one has just been judged, or a device's proof,
    /// otherwise that of a session without a user.
    fn refusal_of_deleted(&self) -> ApiError {
        let step = self.session.as_ref().map(|session| &session.step);
        match step {
            None | Some(Step::PasswordVerifier { .. } | Step::DevicePasswordVerifier { .. }) => {
                ApiError::wrong_password().because("the user is gone")
            }
            Some(_) => ApiError::invalid_session().because("the user is gone"),
        }
    }

    /// The refusal while the user is locked out. A client that hides who exists answers the right password like a wrong one
    /// until the session shows that it was proved before the lock.
    pub(super) fn lock_refusal(&self, client: &ClientContext, locked: ApiError) -> ApiError {
        let step = self.session.as_ref().map(|session| &session.step);
        match step {
            None | Some(Step::PasswordVerifier { .. }) if client.app.hides_users() => {
                ApiError::wrong_password().because("the user has been locked out meanwhile")
            }
            None | Some(_) => locked,
        }
    }
}

/// The device that a client says it is. A key that the user has no confirmed device for is refused in the request that names
/// it, and clients then repeat the request without a key. A key that an earlier request of the sign-in named is ignored then.
pub(super) enum NamedDevice {
    /// Named by the request itself.
    Now(DeviceKey),
    /// Named by an earlier request. It counts while it is a confirmed device of the user.
    Before(DeviceKey),
}

impl NamedDevice {
    /// The device that the answer to a challenge names, or else the one in the session. An answer that repeats the key in the
    /// session names nothing new.
    pub(super) fn in_session(session: &Session, named: Option<DeviceKey>) -> Option<Self> {
        let before = session.device.clone();
        match named {
            Some(key) if before.as_ref() != Some(&key) => Some(Self::Now(key)),
            Some(_) | None => before.map(Self::Before),
        }
    }

    /// The key, checked or not.
    pub(super) fn key(&self) -> &DeviceKey {
        match self {
            Self::Now(key) | Self::Before(key) => key,
        }
    }
}
