//! Users, as administrators see and change them.

use crate::api::{
    AdminConfirmSignUpRequest, AdminConfirmSignUpResponse, AdminDeleteUserRequest,
    AdminDisableUserRequest, AdminDisableUserResponse, AdminEnableUserRequest,
    AdminEnableUserResponse, AdminGetUserRequest, AdminGetUserResponse, DeleteUserRequest,
    GetUserRequest, GetUserResponse, ListUsersRequest, ListUsersResponse, NoContent,
    UserStatusType, UserType,
};
use crate::context::{Cx, Holder};
use crate::domain::user::attribute_list;
use crate::domain::user::attributes::Schema;
use crate::domain::user::filter::UserFilter;
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::operations::mfa::shown::{UserMfa, listed_user};
use crate::operations::page::PageRequest;

/// Shows a user with all attributes. A user without MFA has none of the MFA members.
pub(crate) async fn admin_get_user(
    cx: Cx,
    request: AdminGetUserRequest,
) -> Result<AdminGetUserResponse> {
    cx.read(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        let record = tx.user_record(&user)?;
        let mfa = UserMfa::of(tx, &user, &record)?;
        Ok(AdminGetUserResponse {
            username: record.username,
            user_attributes: Some(attribute_list(record.sub, record.attributes)),
            enabled: Some(record.enabled),
            user_status: Some(record.status),
            user_create_date: Some(record.created),
            user_last_modified_date: Some(record.modified),
            mfa_options: mfa.options,
            preferred_mfa_setting: mfa.preferred,
            user_mfa_setting_list: mfa.list,
        })
    })
    .await
}

/// Shows the user, with the attributes that the client may read.
pub(crate) async fn get_user(cx: Cx, request: GetUserRequest) -> Result<GetUserResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.read(move |cx, tx| {
        let Holder {
            user, record, app, ..
        } = cx.holder(tx, &bearer)?;
        let mfa = UserMfa::of(tx, &user, &record)?;
        let mut attributes = record.attributes;
        attributes.retain(|name, _| app.may_read(name));
        Ok(GetUserResponse {
            username: record.username,
            user_attributes: attribute_list(record.sub, attributes),
            mfa_options: mfa.options,
            preferred_mfa_setting: mfa.preferred,
            user_mfa_setting_list: mfa.list,
        })
    })
    .await
}

/// Lists the users of a pool page by page, all or those that match a filter, with all attributes or with those that the request
/// names.
pub(crate) async fn list_users(cx: Cx, request: ListUsersRequest) -> Result<ListUsersResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let configuration = pool.configuration()?;
        let filter = request.filter.unwrap_or_default();
        let list = format!("users/{}/{filter}", pool.id);
        let filter = UserFilter::parse(&filter)?;
        let wanted = request.attributes_to_get.filter(|names| !names.is_empty());
        if let Some(names) = &wanted {
            check_known(names, &Schema::of(&tx.pool_settings(&pool)?))?;
        }
        let page = PageRequest::of(list, request.limit, request.pagination_token.as_deref())?;
        let found = tx.search_users(
            &pool,
            configuration,
            filter.as_ref(),
            page.after(),
            page.limit(),
        )?;
        let (users, pagination_token) = page.answer(found, |(cursor, _)| cursor.to_string().into());
        let users = users.into_iter().map(|(cursor, user)| {
            let user = listed_user(tx, cursor.row(), user)?;
            Ok(with_attributes(user, wanted.as_deref()))
        });
        Ok(ListUsersResponse {
            pagination_token,
            users: Some(users.collect::<Result<_>>()?),
        })
    })
    .await
}

/// The user with the wanted attributes only, or with all.
fn with_attributes(mut user: UserType, wanted: Option<&[String]>) -> UserType {
    if let (Some(attributes), Some(wanted)) = (&mut user.attributes, wanted) {
        attributes.retain(|attribute| wanted.contains(&attribute.name));
    }
    user
}

fn check_known(names: &[String], schema: &Schema) -> Result<()> {
    if names.iter().all(|name| schema.has(name)) {
        Ok(())
    } else {
        Err(ApiError::invalid_parameter(
            "One or more requested attributes do not exist.",
        ))
    }
}

/// Lets a user sign in again.
pub(crate) async fn admin_enable_user(
    cx: Cx,
    request: AdminEnableUserRequest,
) -> Result<AdminEnableUserResponse> {
    set_enabled(cx, request.user_pool_id, request.username, true).await?;
    Ok(AdminEnableUserResponse {})
}

/// Keeps a user from signing in, and revokes the user's tokens. Everything else stays.
pub(crate) async fn admin_disable_user(
    cx: Cx,
    request: AdminDisableUserRequest,
) -> Result<AdminDisableUserResponse> {
    set_enabled(cx, request.user_pool_id, request.username, false).await?;
    Ok(AdminDisableUserResponse {})
}

async fn set_enabled(cx: Cx, pool: UserPoolId, username: Username, enabled: bool) -> Result<()> {
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &pool, &username)?;
        if !enabled {
            // Enabling the user again does not bring the tokens back.
            tx.revoke_sign_ins(&user)?;
        }
        tx.set_enabled(&user, enabled, cx.now)
    })
    .await
}

/// Deletes a user, with all names, passwords and devices.
pub(crate) async fn admin_delete_user(
    cx: Cx,
    request: AdminDeleteUserRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.delete_user(&user)?;
        Ok(NoContent)
    })
    .await
}

/// Deletes the user that the token belongs to, with all names, passwords, devices and tokens.
pub(crate) async fn delete_user(cx: Cx, request: DeleteUserRequest) -> Result<NoContent> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        tx.delete_user(&holder.user)?;
        Ok(NoContent)
    })
    .await
}

/// Confirms a user who has signed up, without a code. Whether the email address and the phone number are verified does not change
/// (AWS API reference, `AdminConfirmSignUp`).
pub(crate) async fn admin_confirm_sign_up(
    cx: Cx,
    request: AdminConfirmSignUpRequest,
) -> Result<AdminConfirmSignUpResponse> {
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        let status = tx.user_record(&user)?.status;
        if status != UserStatusType::Unconfirmed {
            return Err(ApiError::not_unconfirmed(status.as_str()));
        }
        tx.set_status(&user, UserStatusType::Confirmed, cx.now)?;
        Ok(AdminConfirmSignUpResponse {})
    })
    .await
}
