//! A user's attributes, as administrators change them.

use crate::api::{
    AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse,
    AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse,
};
use crate::domain::attributes::{Changes, Schema};
use crate::error::Result;
use crate::ids::{UserPoolId, Username};
use crate::operations::context::Cx;
use crate::operations::users::named;

/// Gives a user other values of attributes. A new email address or phone number is verified only if the same request says so;
/// the message that Cognito would send to have it verified is not sent.
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

/// Takes attributes away from a user. One that the user does not have is no mistake.
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

/// Makes the changes that the pool's schema allows, and gives the user the names that follow from them.
async fn change(
    cx: Cx,
    pool: UserPoolId,
    username: Username,
    changes: impl FnOnce(Schema) -> Result<Changes> + Send + 'static,
) -> Result<()> {
    let context = cx.clone();
    cx.write(move |tx| {
        let (pool, user) = named(&context, tx, &pool, &username)?;
        let changes = changes(Schema::of(&tx.pool_settings(&pool)?))?;
        let mut user = tx.user_record(&user)?;
        changes.apply(&mut user.attributes)?;
        user.modified = context.now;
        tx.put_user(&pool, pool.configuration()?, &user).map(drop)
    })
    .await
}
