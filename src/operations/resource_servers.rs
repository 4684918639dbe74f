//! Resource servers of user pools.

use crate::api::{
    CreateResourceServerRequest, CreateResourceServerResponse, DeleteResourceServerRequest,
    DescribeResourceServerRequest, DescribeResourceServerResponse, ListResourceServersRequest,
    ListResourceServersResponse, NoContent, UpdateResourceServerRequest,
    UpdateResourceServerResponse,
};
use crate::context::Cx;
use crate::domain::resource_server::ResourceServer;
use crate::error::Result;
use crate::operations::page::PageRequest;
use crate::operations::table::Table;
use crate::quotas::Category;

/// The page size of a list without a limit, which is also the largest that the list allows.
const LIMIT: i64 = 50;

/// The operations of resource servers.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceUpdate, create_resource_server)
        .op(Category::UserPoolResourceRead, describe_resource_server)
        .op(Category::UserPoolResourceRead, list_resource_servers)
        .op(Category::UserPoolResourceUpdate, update_resource_server)
        .op(Category::UserPoolResourceUpdate, delete_resource_server)
}

/// Creates a resource server of a pool.
pub(crate) async fn create_resource_server(
    cx: Cx,
    request: CreateResourceServerRequest,
) -> Result<CreateResourceServerResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let server = ResourceServer {
            identifier: request.identifier,
            name: request.name,
            scopes: request.scopes.unwrap_or_default(),
        };
        server.check()?;
        tx.insert_resource_server(&pool, &server)?;
        Ok(CreateResourceServerResponse {
            resource_server: server.into_type(&pool),
        })
    })
    .await
}

/// Shows a resource server.
pub(crate) async fn describe_resource_server(
    cx: Cx,
    request: DescribeResourceServerRequest,
) -> Result<DescribeResourceServerResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let server = tx.resource_server(&pool, &request.identifier)?;
        Ok(DescribeResourceServerResponse {
            resource_server: server.into_type(&pool),
        })
    })
    .await
}

/// Lists the resource servers of a pool, page by page in the order of their identifiers.
pub(crate) async fn list_resource_servers(
    cx: Cx,
    request: ListResourceServersRequest,
) -> Result<ListResourceServersResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let list = format!("resource-servers/{}", pool.id);
        let limit = request.max_results.unwrap_or(LIMIT);
        let page = PageRequest::of(list, Some(limit), request.next_token.as_deref())?;
        let found = tx.resource_servers(&pool, page.after(), page.limit())?;
        let (servers, next_token) = page.answer(found, |server| server.identifier.as_str().into());
        let servers = servers.into_iter().map(|server| server.into_type(&pool));
        Ok(ListResourceServersResponse {
            next_token,
            resource_servers: servers.collect(),
        })
    })
    .await
}

/// Replaces the name and the scopes of a resource server. Without scopes in the request it has none.
pub(crate) async fn update_resource_server(
    cx: Cx,
    request: UpdateResourceServerRequest,
) -> Result<UpdateResourceServerResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let before = tx.resource_server(&pool, &request.identifier)?;
        let server = ResourceServer {
            identifier: before.identifier,
            name: request.name,
            scopes: request.scopes.unwrap_or_default(),
        };
        server.check()?;
        tx.put_resource_server(&pool, &server)?;
        Ok(UpdateResourceServerResponse {
            resource_server: server.into_type(&pool),
        })
    })
    .await
}

/// Deletes a resource server. Clients keep the names of its scopes, which mean something again when it is created again.
pub(crate) async fn delete_resource_server(
    cx: Cx,
    request: DeleteResourceServerRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.delete_resource_server(&pool, &request.identifier)?;
        Ok(NoContent)
    })
    .await
}
