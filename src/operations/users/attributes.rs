//! A user's attributes, as administrators and the users themselves change them.

use crate::api::{
    AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse,
    AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse,
    DeleteUserAttributesRequest, DeleteUserAttributesResponse, UpdateUserAttributesRequest,
    UpdateUserAttributesResponse, UserPoolType,
};
use crate::context::Cx;
use crate::domain::client::AppClient;
use crate::domain::pool::Pool;
use crate::domain::user::UserRecord;
use crate::domain::user::attributes::{Changes, Schema};
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::operations::bearer::{Bearer, Holder};
use crate::store::WriteTx;

/// Changes a user's attributes. A new email address or phone number is verified only if the same request says so; the message
/// by which Cognito would have it verified is not sent.
pub(crate) async fn admin_update_user_attributes(
    cx: Cx,
    request: AdminUpdateUserAttributesRequest,
) -> Result<AdminUpdateUserAttributesResponse> {
    change(cx, request.user_pool_id, request.username, |schema| {
        schema.changes(request.user_attributes)
    })
    .await?;
    Ok(AdminUpdateUserAttributesResponse {})
}

/// Deletes attributes of a user. An attribute that the user does not have is not an error.
pub(crate) async fn admin_delete_user_attributes(
    cx: Cx,
    request: AdminDeleteUserAttributesRequest,
) -> Result<AdminDeleteUserAttributesResponse> {
    change(cx, request.user_pool_id, request.username, |schema| {
        schema.removals(request.user_attribute_names)
    })
    .await?;
    Ok(AdminDeleteUserAttributesResponse {})
}

/// Changes the user's attributes, which the client must be allowed to write. A new email address or phone number is not verified,
/// and no code is sent to verify it, as in a pool without `AutoVerifiedAttributes`.
pub(crate) async fn update_user_attributes(
    cx: Cx,
    request: UpdateUserAttributesRequest,
) -> Result<UpdateUserAttributesResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    change_own(cx, bearer, |schema| schema.changes(request.user_attributes)).await?;
    Ok(UpdateUserAttributesResponse {
        code_delivery_details_list: Some(Vec::new()),
    })
}

/// Deletes attributes of the user, which the client must be allowed to write.
pub(crate) async fn delete_user_attributes(
    cx: Cx,
    request: DeleteUserAttributesRequest,
) -> Result<DeleteUserAttributesResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    change_own(cx, bearer, |schema| {
        schema.removals(request.user_attribute_names)
    })
    .await?;
    Ok(DeleteUserAttributesResponse {})
}

/// Makes changes that the pool's schema allows. The names that the user can be found by follow them.
async fn change(
    cx: Cx,
    pool: UserPoolId,
    username: Username,
    changes: impl FnOnce(Schema) -> Result<Changes> + Send + 'static,
) -> Result<()> {
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &pool, &username)?;
        let changes = changes(Schema::of(&tx.pool_settings(&pool)?))?;
        let user = tx.user_record(&user)?;
        save(cx, tx, &pool, user, changes)
    })
    .await
}

/// Makes changes that the pool's schema and the client allow, to the user that the token belongs to.
async fn change_own(
    cx: Cx,
    bearer: Bearer,
    changes: impl FnOnce(Schema) -> Result<Changes> + Send + 'static,
) -> Result<()> {
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        let Holder {
            pool, record, app, ..
        } = holder;
        let settings = tx.pool_settings(&pool)?;
        let changes = changes(Schema::of(&settings))?;
        check_writable(&app, &changes)?;
        check_needs_no_code(&settings, &record, &changes)?;
        save(cx, tx, &pool, record, changes)
    })
    .await
}

/// # Errors
/// `NotAuthorizedException` when the client may not write one of the attributes.
fn check_writable(app: &AppClient, changes: &Changes) -> Result<()> {
    if changes.names().all(|name| app.may_write(name)) {
        Ok(())
    } else {
        Err(ApiError::unauthorized_attribute())
    }
}

/// Refuses a change that the pool wants verified by a code first (AWS API reference, `UserAttributeUpdateSettingsType`). Without
/// codes the change would either never happen, or happen although the pool forbids it.
///
/// # Errors
/// `NotImplementedException`.
fn check_needs_no_code(
    settings: &UserPoolType,
    user: &UserRecord,
    changes: &Changes,
) -> Result<()> {
    let update = settings.user_attribute_update_settings.as_ref();
    let named = update.and_then(|update| {
        update
            .attributes_require_verification_before_update
            .as_deref()
    });
    let mut named = named.unwrap_or_default().iter();
    match named.find(|name| changes.gives_new(name.as_str(), &user.attributes)) {
        None => Ok(()),
        Some(name) => Err(ApiError::not_served(&format!(
            "a change of {} that is to be verified first",
            name.as_str()
        ))),
    }
}

/// Writes the changed user.
fn save(
    cx: &Cx,
    tx: &WriteTx<'_>,
    pool: &Pool,
    mut user: UserRecord,
    changes: Changes,
) -> Result<()> {
    changes.apply(&mut user.attributes)?;
    user.modified = cx.now;
    tx.put_user(pool, pool.configuration()?, &user)
}
