//! A user's attributes, as administrators and the users themselves change them.

use crate::accounts::verification::change_attributes;
use crate::api::{
    AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse,
    AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse, CodeDeliveryDetailsType,
    DeleteUserAttributesRequest, DeleteUserAttributesResponse, UpdateUserAttributesRequest,
    UpdateUserAttributesResponse,
};
use crate::context::{Bearer, Cx, Holder};
use crate::domain::client::AppClient;
use crate::domain::user::attributes::{Changes, Schema};
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};

/// Changes a user's attributes. A new email address or phone number is verified only if the same request says so; otherwise it
/// gets a code where the pool verifies it.
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
/// and gets a code where the pool verifies it.
pub(crate) async fn update_user_attributes(
    cx: Cx,
    request: UpdateUserAttributesRequest,
) -> Result<UpdateUserAttributesResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    let sent = change_own(cx, bearer, |schema| schema.changes(request.user_attributes)).await?;
    Ok(UpdateUserAttributesResponse {
        code_delivery_details_list: Some(sent),
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
        let settings = tx.pool_settings(&pool)?;
        let changes = changes(Schema::of(&settings))?;
        let record = tx.user_record(&user)?;
        change_attributes(cx, tx, (&pool, &settings), (&user, record), changes)?;
        Ok(())
    })
    .await
}

/// Makes changes that the pool's schema and the client allow, to the user that the token belongs to. Returns where codes were
/// sent.
async fn change_own(
    cx: Cx,
    bearer: Bearer,
    changes: impl FnOnce(Schema) -> Result<Changes> + Send + 'static,
) -> Result<Vec<CodeDeliveryDetailsType>> {
    cx.write(move |cx, tx| {
        let Holder {
            pool,
            user,
            record,
            app,
            ..
        } = cx.holder(tx, &bearer)?;
        let settings = tx.pool_settings(&pool)?;
        let changes = changes(Schema::of(&settings))?;
        check_writable(&app, &changes)?;
        change_attributes(cx, tx, (&pool, &settings), (&user, record), changes)
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
