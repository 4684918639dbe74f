//! Passwords, as administrators set them and users change them.

use crate::api::{
    AdminSetUserPasswordRequest, AdminSetUserPasswordResponse, ChangePasswordRequest,
    ChangePasswordResponse, UserStatusType,
};
use crate::auth::srp::Identity;
use crate::context::Cx;
use crate::domain::user::password::{PasswordPolicy, temporary_end};
use crate::error::{ApiError, Result};
use crate::sign_in::lockout::{self, check_not_locked, count_failure, forget_failures};
use crate::sign_in::{
    ClientContext, check_may_sign_in, check_same_history, is_mfa_asked_for, verifier_for_new,
};

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
    let bearer = cx.bearer(&request.access_token).await?;
    cx.take_password_change(bearer.sub())?;
    let (previous, proposed) = (request.previous_password, request.proposed_password);
    let (client, user, sub, before, history, bearer, proposed) = cx
        .read(move |cx, tx| {
            let holder = cx.holder(tx, &bearer)?;
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
            PasswordPolicy::of(settings).check(proposed.expose())?;
            let history = tx.password_history(&holder.user)?;
            Ok((
                client,
                holder.user,
                holder.record.sub,
                before,
                history,
                bearer,
                proposed,
            ))
        })
        .await?;
    let right = match (previous, &before) {
        (None, None) => true,
        (None, Some(_)) => return Err(ApiError::missing_parameter("PreviousPassword")),
        (Some(_), None) => false,
        (Some(previous), Some(before)) => {
            let (pool, name) = (client.pool.id.clone(), before.name(&user.username).clone());
            let verifier = before.verifier.clone();
            cx.compute(move || {
                let who = Identity::user(&pool, name.as_str());
                verifier.accepts(who, previous.expose())
            })
            .await?
        }
    };
    if !right {
        let counted = client
            .write(move |client, tx| count_failure(client, tx, &sub, ApiError::wrong_password()));
        return Err(counted.await?);
    }
    let kept = verifier_for_new(&cx, &client.pool.id, &user, &history, proposed, false).await?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        check_not_locked(&client, tx, &sub)?;
        if tx.find_password(holder.user.row)? != before {
            return Err(ApiError::wrong_password().because("another password was set meanwhile"));
        }
        if !is_mfa_asked_for(tx, &client, &holder.user, &holder.record)? {
            forget_failures(&client, tx, &holder.record)?;
        }
        tx.put_password(holder.user.row, &kept)?;
        tx.set_status(&holder.user, UserStatusType::Confirmed, cx.now)?;
        Ok(ChangePasswordResponse {})
    })
    .await
}
