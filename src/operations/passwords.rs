//! Passwords, as administrators set them.

use crate::api::{AdminSetUserPasswordRequest, AdminSetUserPasswordResponse, UserStatusType};
use crate::context::Cx;
use crate::domain::password::PasswordPolicy;
use crate::error::Result;
use crate::sign_in::{check_same_history, lockout, verifier_for_new};

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
    let kept = verifier_for_new(&cx, &pool, &user, &history, password, temporary).await?;
    let status = if temporary {
        UserStatusType::ForceChangePassword
    } else {
        UserStatusType::Confirmed
    };
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &pool, &user.username)?;
        check_same_history(tx, &user, &history)?;
        lockout::lift(cx.now, tx, &pool, &user)?;
        tx.put_password(user.row, &kept)?;
        tx.set_status(&user, status, cx.now)?;
        Ok(AdminSetUserPasswordResponse {})
    })
    .await
}
