//! Passwords, as administrators set them.

use crate::api::{
    AdminSetUserPasswordRequest, AdminSetUserPasswordResponse, Sensitive, UserStatusType,
};
use crate::auth::srp::{Identity, Verifier};
use crate::domain::password::PasswordPolicy;
use crate::error::Result;
use crate::ids::{UserPoolId, Username};
use crate::operations::context::Cx;
use crate::operations::users::named;
use crate::store::KeptPassword;

/// Sets a user's password, for good or until the next sign-in; the status follows.
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
    let user = cx.read(|tx| {
        let (pool, user) = named(&cx, tx, &pool, &username)?;
        PasswordPolicy::of(tx.pool_settings(&pool)?).check(password.expose())?;
        Ok(user)
    })?;
    let temporary = permanent != Some(true);
    let kept = keep(&cx, &pool, &user.username, password, temporary).await?;
    let status = if temporary {
        UserStatusType::ForceChangePassword
    } else {
        UserStatusType::Confirmed
    };
    let context = cx.clone();
    cx.write(move |tx| {
        let (_, user) = named(&context, tx, &pool, &user.username)?;
        tx.put_password(user.row, &kept)?;
        tx.set_status(&user, status, context.now)?;
        Ok(AdminSetUserPasswordResponse {})
    })
    .await
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
        temporary,
        set: cx.now,
    })
}
