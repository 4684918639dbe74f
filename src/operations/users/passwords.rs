//! Passwords, as administrators set them and users change them.

use std::sync::Arc;

use crate::api::{
    AdminSetUserPasswordRequest, AdminSetUserPasswordResponse, ChallengeResponse,
    ChangePasswordRequest, ChangePasswordResponse, EventResponseType, EventType, Sensitive,
    UserStatusType,
};
use crate::auth::srp::Identity;
use crate::context::{Bearer, Cx};
use crate::domain::auth_event::Progress;
use crate::domain::user::User;
use crate::domain::user::password::{PasswordPolicy, temporary_end};
use crate::error::{ApiError, Result};
use crate::quotas::Hourly;
use crate::sign_in::lockout::{
    self, check_not_locked, count_failure, forget_failures, hold_failures,
};
use crate::sign_in::{
    ClientContext, check_may_sign_in, check_same_history, is_mfa_asked_for, verifier_for_new,
};
use crate::store::{KeptPassword, PasswordHistory, ReadTx, WriteTx};

/// Sets a user's password, permanent or temporary. The user's status follows, and a lockout ends.
pub(crate) async fn admin_set_user_password(
    cx: Cx,
    request: AdminSetUserPasswordRequest,
) -> Result<AdminSetUserPasswordResponse> {
    let AdminSetUserPasswordRequest {
        user_pool_id: pool,
        username,
        password,
        permanent,
    } = request;
    let (pool, user, history, password) = cx
        .read(move |cx, tx| {
            let (pool, user) = cx.user_in(tx, &pool, &username)?;
            PasswordPolicy::of(tx.pool_settings(&pool)?).check(password.expose())?;
            let history = tx.password_history(&user)?;
            Ok((pool.id.clone(), user, history, password))
        })
        .await?;
    let temporary = permanent != Some(true);
    let kept = verifier_for_new(&cx, &pool, &user, &history, password, temporary).await?;
    let status = if temporary {
        UserStatusType::ForceChangePassword
    } else {
        UserStatusType::Confirmed
    };
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &pool, &user.username)?;
        check_same_history(tx, &user, &history)?;
        lockout::lift(tx, &pool, &user)?;
        tx.put_password(user.row, &kept)?;
        tx.set_status(&user, status, cx.now)?;
        Ok(AdminSetUserPasswordResponse {})
    })
    .await
}

/// Changes the user's password. A wrong previous password counts like a failed sign-in. The right one sets the count back to zero
/// if no second factor is asked for. The user's tokens stay valid.
pub(crate) async fn change_password(
    cx: Cx,
    request: ChangePasswordRequest,
) -> Result<ChangePasswordResponse> {
    let bearer = Arc::new(cx.bearer(&request.access_token).await?);
    cx.take_hourly(Hourly::ChangePassword, bearer.sub())?;
    let proposed = request.proposed_password;
    let (checking, wanted) = (Arc::clone(&bearer), proposed.clone());
    let change = cx
        .read(move |cx, tx| Change::check(cx, tx, &checking, wanted.expose()))
        .await?;
    if !change.is_allowed_by(request.previous_password).await? {
        let user = change.user;
        let counted = change.client.write(move |client, tx| {
            let failed = Progress::of(EventResponseType::Fail);
            let failed = failed.with_password(ChallengeResponse::Failure);
            client.record(tx, Some(&user), EventType::PasswordChange, failed)?;
            hold_failures(client, tx, bearer.sub())?;
            count_failure(client, tx, bearer.sub(), ApiError::wrong_password())
        });
        return Err(counted.await?);
    }
    let (pool, user) = (&change.client.pool.id, &change.user);
    let kept = verifier_for_new(&cx, pool, user, &change.history, proposed, false).await?;
    cx.write(move |cx, tx| {
        change.make(cx, tx, &bearer, &kept)?;
        Ok(ChangePasswordResponse {})
    })
    .await
}

/// A change of a user's password that may be made if the previous password is right.
struct Change {
    client: ClientContext,
    user: User,
    /// The password that the user has; `None` for a user without one.
    before: Option<KeptPassword>,
    history: PasswordHistory,
}

impl Change {
    /// The change to `proposed` by the user that the token belongs to.
    ///
    /// # Errors
    /// As [`Cx::holder`] and [`check_may_sign_in`]; `NotAuthorizedException` while the user is locked out, or when the temporary
    /// password has expired; `InvalidPasswordException`.
    fn check(cx: &Cx, tx: &ReadTx<'_>, bearer: &Bearer, proposed: &str) -> Result<Self> {
        let holder = cx.holder(tx, bearer)?;
        check_may_sign_in(&holder.record)?;
        let settings = tx.pool_settings(&holder.pool)?;
        let client = ClientContext::of_holder(cx, tx, holder.pool, holder.app)?;
        check_not_locked(&client, tx, &holder.record.sub)?;
        let before = tx.find_password(holder.user.row)?;
        if let Some(before) = before.as_ref().filter(|before| before.temporary)
            && cx.now >= temporary_end(settings.clone(), before.set)
        {
            return Err(ApiError::temporary_password_expired());
        }
        PasswordPolicy::of(settings).check(proposed)?;
        Ok(Self {
            history: tx.password_history(&holder.user)?,
            user: holder.user,
            client,
            before,
        })
    }

    /// Whether the previous password is right. A user without a password gives none.
    ///
    /// # Errors
    /// `InvalidParameterException` when it is missing.
    async fn is_allowed_by(&self, previous: Option<Sensitive<String>>) -> Result<bool> {
        let (previous, before) = match (previous, &self.before) {
            (None, None) => return Ok(true),
            (None, Some(_)) => return Err(ApiError::missing_parameter("PreviousPassword")),
            (Some(_), None) => return Ok(false),
            (Some(previous), Some(before)) => (previous, before),
        };
        let pool = self.client.pool.id.clone();
        let name = before.name(&self.user.username).clone();
        let verifier = before.verifier.clone();
        let right = self.client.cx.compute(move || {
            let who = Identity::user(&pool, name.as_str());
            verifier.accepts(who, previous.expose())
        });
        right.await
    }

    /// Writes the new password, if the user's password is still the one that was checked.
    ///
    /// # Errors
    /// As [`Cx::holder`]; `NotAuthorizedException` while the user is locked out, or when another password was set meanwhile.
    fn make(&self, cx: &Cx, tx: &WriteTx<'_>, bearer: &Bearer, kept: &KeptPassword) -> Result<()> {
        let holder = cx.holder(tx, bearer)?;
        let attempts = check_not_locked(&self.client, tx, bearer.sub())?;
        if tx.find_password(holder.user.row)? != self.before {
            return Err(ApiError::wrong_password().because("another password was set meanwhile"));
        }
        if !is_mfa_asked_for(tx, &self.client, &holder.user, &holder.record)? {
            forget_failures(&self.client, tx, &holder.record, attempts)?;
        }
        tx.put_password(holder.user.row, kept)?;
        tx.set_status(&holder.user, UserStatusType::Confirmed, cx.now)?;
        let passed = Progress::of(EventResponseType::Pass);
        let passed = match self.before {
            Some(_) => passed.with_password(ChallengeResponse::Success),
            None => passed,
        };
        let client = &self.client;
        client.record(tx, Some(&holder.user), EventType::PasswordChange, passed)
    }
}
