//! What is kept of a password that is set: its SRP verifier. Passwords that the user has had are recognised by theirs.

use crate::api::Sensitive;
use crate::auth::srp::{Identity, Verifier};
use crate::context::Cx;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::store::{KeptPassword, PasswordHistory, ReadTx};

/// The verifier of a password that is set now.
///
/// # Errors
/// `InternalErrorException`.
pub(crate) async fn verifier_for(
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

/// The verifier of a password that is set now and must not be one of the history.
///
/// # Errors
/// `PasswordHistoryPolicyViolationException`.
pub(crate) async fn verifier_for_new(
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
    verifier_for(cx, pool, &user.username, password, temporary).await
}

/// Checks that the history is still the one that a password was compared with.
///
/// # Errors
/// `TooManyRequestsException`, after which clients repeat the request, when another password was set meanwhile.
pub(crate) fn check_same_history(
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
