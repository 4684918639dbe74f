//! Users that administrators create.

use crate::accounts::{Invitation, NewUser};
use crate::api::{
    AdminCreateUserRequest, AdminCreateUserResponse, MessageActionType, Sensitive, UserStatusType,
};
use crate::context::Cx;
use crate::domain::user::UserRecord;
use crate::domain::user::attributes::Schema;
use crate::domain::user::password::PasswordPolicy;
use crate::error::{ApiError, Result};
use crate::sign_in::verifier_for;
use crate::store::ReadTx;

/// Creates a user with a temporary password and sends an invitation, or gives a user who has not signed in yet a new one
/// (`RESEND`).
pub(crate) async fn admin_create_user(
    cx: Cx,
    request: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse> {
    if request.message_action == Some(MessageActionType::Resend) {
        return invite_again(cx, request).await;
    }
    let pool = request.user_pool_id.clone();
    let force = request.force_alias_creation == Some(true);
    let (record, password, invitation) = cx.read(move |cx, tx| new_user(cx, tx, request)).await?;
    let kept = verifier_for(&cx, &pool, &record.username, password, true).await?;
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &pool)?;
        let configuration = pool.configuration()?;
        if force {
            tx.release_aliases(&pool, configuration, &record)?;
        }
        let row = tx.insert_user(&pool, configuration, &record)?;
        tx.put_password(row, &kept)?;
        if let Some(invitation) = invitation {
            let (user, record) = tx.user_of_row(row)?;
            invitation.send(cx, tx, &pool, (&user, &record))?;
        }
        let user = Some(record.into_user_type());
        Ok(AdminCreateUserResponse { user })
    })
    .await
}

/// The user that the request describes, the temporary password, and the invitation that is wanted.
fn new_user(
    cx: &Cx,
    tx: &ReadTx<'_>,
    request: AdminCreateUserRequest,
) -> Result<(UserRecord, Sensitive<String>, Option<Invitation>)> {
    let pool = cx.pool(tx, &request.user_pool_id)?;
    let configuration = pool.configuration()?;
    let settings = tx.pool_settings(&pool)?;
    let given = request.user_attributes.unwrap_or_default();
    let new = NewUser {
        name: request.username,
        attributes: Schema::of(&settings).of_new_user(given)?,
        status: UserStatusType::ForceChangePassword,
    };
    let record = new.into_record(cx, configuration)?;
    tx.check_username_is_free(&pool, configuration, &record.username)?;
    let policy = PasswordPolicy::of(settings.clone());
    let password = temporary_password(cx, &policy, request.temporary_password)?;
    let invitation = Invitation::wanted(
        request.message_action,
        request.desired_delivery_mediums,
        settings,
        password.clone(),
    );
    Ok((record, password, invitation))
}

/// The given password, which the policy must allow, or a drawn one.
///
/// # Errors
/// `InvalidPasswordException`.
fn temporary_password(
    cx: &Cx,
    policy: &PasswordPolicy,
    given: Option<Sensitive<String>>,
) -> Result<Sensitive<String>> {
    match given {
        None => Ok(policy.draw(&cx.ambient)),
        Some(password) => {
            policy.check(password.expose())?;
            Ok(password)
        }
    }
}

/// Gives a user who has not signed in yet a new temporary password, whose validity begins now, and sends another invitation.
async fn invite_again(cx: Cx, request: AdminCreateUserRequest) -> Result<AdminCreateUserResponse> {
    let (pool, username, password, invitation) = cx
        .read(move |cx, tx| {
            let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
            check_waiting(&tx.user_record(&user)?)?;
            let settings = tx.pool_settings(&pool)?;
            let policy = PasswordPolicy::of(settings.clone());
            let password = temporary_password(cx, &policy, request.temporary_password)?;
            let invitation = Invitation::wanted(
                request.message_action,
                request.desired_delivery_mediums,
                settings,
                password.clone(),
            );
            Ok((pool.id.clone(), user.username, password, invitation))
        })
        .await?;
    let kept = verifier_for(&cx, &pool, &username, password, true).await?;
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &pool, &username)?;
        check_waiting(&tx.user_record(&user)?)?;
        tx.put_password(user.row, &kept)?;
        tx.set_status(&user, UserStatusType::ForceChangePassword, cx.now)?;
        let record = tx.user_record(&user)?;
        if let Some(invitation) = invitation {
            invitation.send(cx, tx, &pool, (&user, &record))?;
        }
        let user = Some(record.into_user_type());
        Ok(AdminCreateUserResponse { user })
    })
    .await
}

fn check_waiting(user: &UserRecord) -> Result<()> {
    if user.status == UserStatusType::ForceChangePassword {
        Ok(())
    } else {
        Err(ApiError::resend_not_possible(&user.username))
    }
}
