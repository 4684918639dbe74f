//! Users that administrators create.

use std::collections::BTreeMap;

use crate::api::{
    AdminCreateUserRequest, AdminCreateUserResponse, MessageActionType, Sensitive, UserStatusType,
};
use crate::context::Cx;
use crate::domain::pool::Configuration;
use crate::domain::user::UserRecord;
use crate::domain::user::attributes::Schema;
use crate::domain::user::password::PasswordPolicy;
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::sign_in::verifier_for;
use crate::store::ReadTx;

/// Creates a user with a temporary password, or gives a user who has not signed in yet a new one (`RESEND`). The invitation that
/// Cognito would send is not sent, so nobody learns a temporary password that was drawn.
pub(crate) async fn admin_create_user(
    cx: Cx,
    request: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse> {
    if request.message_action == Some(MessageActionType::Resend) {
        return invite_again(cx, request).await;
    }
    let pool = request.user_pool_id.clone();
    let force = request.force_alias_creation == Some(true);
    let (user, password) = cx.read(move |cx, tx| new_user(cx, tx, request)).await?;
    let kept = verifier_for(&cx, &pool, &user.username, password, true).await?;
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &pool)?;
        let configuration = pool.configuration()?;
        if force {
            tx.release_aliases(&pool, configuration, &user)?;
        }
        let row = tx.insert_user(&pool, configuration, &user)?;
        tx.put_password(row, &kept)?;
        let user = Some(user.into_user_type());
        Ok(AdminCreateUserResponse { user })
    })
    .await
}

/// The user that the request describes, and the temporary password.
fn new_user(
    cx: &Cx,
    tx: &ReadTx<'_>,
    request: AdminCreateUserRequest,
) -> Result<(UserRecord, Sensitive<String>)> {
    let pool = cx.pool(tx, &request.user_pool_id)?;
    let configuration = pool.configuration()?;
    let settings = tx.pool_settings(&pool)?;
    let given = request.user_attributes.unwrap_or_default();
    let mut attributes = Schema::of(&settings).of_new_user(given)?;
    let sub = cx.ambient.uuid().to_string();
    let (username, spelled) = names(configuration, request.username, &sub, &mut attributes)?;
    tx.check_username_is_free(&pool, configuration, &username)?;
    let password = temporary_password(
        cx,
        &PasswordPolicy::of(settings),
        request.temporary_password,
    )?;
    let user = UserRecord {
        username,
        spelled,
        sub,
        enabled: true,
        status: UserStatusType::ForceChangePassword,
        created: cx.now,
        modified: cx.now,
        attributes,
    };
    Ok((user, password))
}

/// The username of a new user, and the spelling that was given. Where the pool ignores case, the username is in lower case. Where
/// users sign in with an attribute, the username is the sub, and the name in the request becomes the attribute's value.
fn names(
    configuration: &Configuration,
    given: Username,
    sub: &str,
    attributes: &mut BTreeMap<String, String>,
) -> Result<(Username, Username)> {
    let name = configuration.key_of(given.as_str());
    match configuration.attribute_of_name(&name)? {
        None => Ok((Username::from(name), given)),
        Some(attribute) => {
            attributes.insert(attribute.to_owned(), name);
            let sub = Username::from(sub.to_owned());
            Ok((sub.clone(), sub))
        }
    }
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

/// Gives a user who has not signed in yet a new temporary password, whose validity begins now.
async fn invite_again(cx: Cx, request: AdminCreateUserRequest) -> Result<AdminCreateUserResponse> {
    let (pool, username, password) = cx
        .read(move |cx, tx| {
            let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
            check_waiting(&tx.user_record(&user)?)?;
            let policy = PasswordPolicy::of(tx.pool_settings(&pool)?);
            let password = temporary_password(cx, &policy, request.temporary_password)?;
            Ok((pool.id.clone(), user.username, password))
        })
        .await?;
    let kept = verifier_for(&cx, &pool, &username, password, true).await?;
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &pool, &username)?;
        check_waiting(&tx.user_record(&user)?)?;
        tx.put_password(user.row, &kept)?;
        tx.set_status(&user, UserStatusType::ForceChangePassword, cx.now)?;
        let user = Some(tx.user_record(&user)?.into_user_type());
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
