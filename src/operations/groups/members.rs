//! The users who are in groups.

use super::shown;
use crate::api::{
    AdminAddUserToGroupRequest, AdminListGroupsForUserRequest, AdminListGroupsForUserResponse,
    AdminRemoveUserFromGroupRequest, ListUsersInGroupRequest, ListUsersInGroupResponse, NoContent,
};
use crate::context::Cx;
use crate::error::Result;
use crate::operations::mfa::shown::listed_user;
use crate::operations::page::PageRequest;

/// Adds a user to a group, unless the user is in it.
pub(crate) async fn admin_add_user_to_group(
    cx: Cx,
    request: AdminAddUserToGroupRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.put_group_member(&pool, &request.group_name, &user)?;
        Ok(NoContent)
    })
    .await
}

/// Takes a user out of a group, if the user is in it.
pub(crate) async fn admin_remove_user_from_group(
    cx: Cx,
    request: AdminRemoveUserFromGroupRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.delete_group_member(&pool, &request.group_name, &user)?;
        Ok(NoContent)
    })
    .await
}

/// Lists the groups that a user is in, page by page: by precedence, then by name.
pub(crate) async fn admin_list_groups_for_user(
    cx: Cx,
    request: AdminListGroupsForUserRequest,
) -> Result<AdminListGroupsForUserResponse> {
    cx.read(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        let list = format!("groups/{}/{}", pool.id, user.row);
        let page = PageRequest::of(list, request.limit, request.next_token.as_deref())?;
        let found = tx.some_groups_of_user(&user, page.after(), page.limit())?;
        let (groups, next_token) = page.answer(found, |group| group.rank_text().into());
        let groups = groups.into_iter().map(|group| shown(group, &pool));
        Ok(AdminListGroupsForUserResponse {
            groups: Some(groups.collect()),
            next_token,
        })
    })
    .await
}

/// Lists the users who are in a group, page by page, with all attributes.
pub(crate) async fn list_users_in_group(
    cx: Cx,
    request: ListUsersInGroupRequest,
) -> Result<ListUsersInGroupResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let name = &request.group_name;
        let list = format!("members/{}/{name}", pool.id);
        let page = PageRequest::of(list, request.limit, request.next_token.as_deref())?;
        let found = tx.users_in_group(&pool, name, page.after(), page.limit())?;
        let (users, next_token) = page.answer(found, |(row, _)| row.to_string().into());
        let users = users.into_iter();
        let users = users.map(|(row, user)| listed_user(tx, row, user));
        Ok(ListUsersInGroupResponse {
            next_token,
            users: Some(users.collect::<Result<_>>()?),
        })
    })
    .await
}
