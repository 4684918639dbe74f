//! Passwords, as administrators set them.

use crate::api::{
    AdminSetUserPasswordRequest, AdminSetUserPasswordResponse, Sensitive, UserStatusType,
};
use crate::auth::srp::{Identity, Verifier};
use crate::context::Cx;
use crate::domain::password::PasswordPolicy;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::operations::sign_in::lockout;
use crate::store::{KeptPassword, PasswordHistory, ReadTx};

/// Sets a user's password, for good or until the next sign-in; the status follows, and a lockout ends.
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
    let kept = keep_another(&cx, &pool, &user, &history, password, temporary).await?;
    let status = if temporary {
        UserStatusType::ForceChangePassword
    } else {
        UserStatusType::Confirmed
    };
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &pool, &user.username)?;
        check_same_history(tx, &user, &history)?;
        lockout::lift(cx, tx, &pool, &user)?;
        tx.put_password(user.row, &kept)?;
        tx.set_status(&user, status, cx.now)?;
        Ok(AdminSetUserPasswordResponse {})
    })
    .await
}

/// What is to be kept of a password that is set now and must not be one of the history.
///
/// # Errors
/// `PasswordHistoryPolicyViolationException`.
pub(super) async fn keep_another(
    cx: &Cx,
    pool: &UserPoolId,
    user: &User,
    history: &PasswordHistory,
    password: Sensitive<String>,
    temporary: bool,
) -> Result<KeptPassword> {
    let (scope, username, history) = (pool.clone(), user.username.clone(), history.clone());
    let (password, known) = cx
        .compute(move || {
            let known = history.holds(&scope, &username, password.expose());
            (password, known)
        })
        .await?;
    if known {
        return Err(ApiError::password_used_before());
    }
    keep(cx, pool, &user.username, password, temporary).await
}

/// Checks that the history is still the one that a password was held against.
///
/// # Errors
/// `TooManyRequestsException`, which clients answer by asking again, when another password was set meanwhile.
pub(super) fn check_same_history(
    tx: &ReadTx<'_>,
    user: &User,
    history: &PasswordHistory,
) -> Result<()> {
    if tx.password_history(user)? == *history {
        Ok(())
    } else {
        Err(ApiError::rate_exceeded().because("another password was set meanwhile"))
    }
}

/// What is to be kept of a password that is set now.
pub(super) async fn keep(
    cx: &Cx,
    pool: &UserPoolId,
    username: &Username,
    password: Sensitive<String>,
    temporary: bool,
) -> Result<KeptPassword> {
    let (pool, username, ambient) = (pool.clone(), username.clone(), cx.ambient.clone());
    let verifier = cx
        .compute(move || {
            let who = Identity::user(&pool, username.as_str());
            Verifier::of_password(who, password.expose(), &ambient)
        })
        .await?;
    Ok(KeptPassword {
        verifier,
        made_with: None,
        temporary,
        set: cx.now,
    })
}
