//! Groups from creation to deletion.

use super::shown;
use crate::api::{
    CreateGroupRequest, CreateGroupResponse, DeleteGroupRequest, GetGroupRequest, GetGroupResponse,
    ListGroupsRequest, ListGroupsResponse, NoContent, UpdateGroupRequest, UpdateGroupResponse,
};
use crate::context::Cx;
use crate::domain::group::Group;
use crate::error::Result;
use crate::operations::page::PageRequest;

/// Creates a group of a pool.
pub(crate) async fn create_group(
    cx: Cx,
    request: CreateGroupRequest,
) -> Result<CreateGroupResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let group = Group {
            name: request.group_name,
            description: request.description,
            role_arn: request.role_arn,
            precedence: request.precedence,
            created: cx.now,
            modified: cx.now,
        };
        tx.insert_group(&pool, &group)?;
        let group = Some(shown(group, &pool));
        Ok(CreateGroupResponse { group })
    })
    .await
}

/// Shows a group.
pub(crate) async fn get_group(cx: Cx, request: GetGroupRequest) -> Result<GetGroupResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let group = tx.group(&pool, &request.group_name)?;
        let group = Some(shown(group, &pool));
        Ok(GetGroupResponse { group })
    })
    .await
}

/// Changes a group. What the request leaves out stays as it is.
pub(crate) async fn update_group(
    cx: Cx,
    request: UpdateGroupRequest,
) -> Result<UpdateGroupResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let before = tx.group(&pool, &request.group_name)?;
        let group = Group {
            description: request.description.or(before.description),
            role_arn: request.role_arn.or(before.role_arn),
            precedence: request.precedence.or(before.precedence),
            modified: cx.now,
            ..before
        };
        tx.put_group(&pool, &group)?;
        let group = Some(shown(group, &pool));
        Ok(UpdateGroupResponse { group })
    })
    .await
}

/// Deletes a group. Its members stay, and the next tokens that they get no longer name the group.
pub(crate) async fn delete_group(cx: Cx, request: DeleteGroupRequest) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.delete_group(&pool, &request.group_name)?;
        Ok(NoContent)
    })
    .await
}

/// Lists the groups of a pool, page by page in the order of their names.
pub(crate) async fn list_groups(cx: Cx, request: ListGroupsRequest) -> Result<ListGroupsResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let list = format!("groups/{}", pool.id);
        let page = PageRequest::of(list, request.limit, request.next_token.as_deref())?;
        let found = tx.groups(&pool, page.after(), page.limit())?;
        let (groups, next_token) = page.answer(found, |group| group.name.as_str().into());
        let groups = groups.into_iter().map(|group| shown(group, &pool));
        Ok(ListGroupsResponse {
            groups: Some(groups.collect()),
            next_token,
        })
    })
    .await
}
