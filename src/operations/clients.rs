//! App clients of a pool.

use crate::api::{
    CreateUserPoolClientRequest, CreateUserPoolClientResponse, DeleteUserPoolClientRequest,
    DescribeUserPoolClientRequest, DescribeUserPoolClientResponse, ListUserPoolClientsRequest,
    ListUserPoolClientsResponse, NoContent, Sensitive, UpdateUserPoolClientRequest,
    UpdateUserPoolClientResponse, UserPoolClientDescription, UserPoolClientType,
};
use crate::context::Cx;
use crate::domain::client::settings;
use crate::domain::pool::Pool;
use crate::domain::pool::schema_attributes;
use crate::error::{ApiError, Result};
use crate::ids::ClientId;
use crate::operations::page::PageRequest;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::ReadTx;

/// The operations of app clients.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolClientRead, describe_user_pool_client)
        .op(Category::UserPoolClientRead, list_user_pool_clients)
        .op(Category::UserPoolClientUpdate, create_user_pool_client)
        .op(Category::UserPoolClientUpdate, update_user_pool_client)
        .op(Category::UserPoolClientUpdate, delete_user_pool_client)
}

/// The prefix of a new client's name that makes the rest of the name its id too, as other stand-ins have it.
const ID_PREFIX: &str = "_custom_id_:";

/// Creates a client of a pool, with a secret if the request asks for one or names one.
pub(crate) async fn create_user_pool_client(
    cx: Cx,
    request: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse> {
    let id = match request.client_name.strip_prefix(ID_PREFIX) {
        Some(id) => settings::client_id(id)?,
        None => ClientId::from(cx.ambient.client_id()),
    };
    check_not_published(request.publish_secrets_in_aws_secrets_manager)?;
    let pool_id = request.user_pool_id.clone();
    let settings = new_settings(&cx, request)?;
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &pool_id)?;
        check(tx, &pool, &settings, None, "creating")?;
        tx.insert_client(&pool, &id, &settings)?;
        cx.seen.set_client(&id);
        let user_pool_client = Some(settings::as_described(settings, &pool, id));
        Ok(CreateUserPoolClientResponse { user_pool_client })
    })
    .await
}

/// Shows a client's settings, defaults and secret included.
pub(crate) async fn describe_user_pool_client(
    cx: Cx,
    request: DescribeUserPoolClientRequest,
) -> Result<DescribeUserPoolClientResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let settings = tx.client(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        let user_pool_client = Some(settings::as_described(settings, &pool, request.client_id));
        Ok(DescribeUserPoolClientResponse { user_pool_client })
    })
    .await
}

/// Replaces a client's settings: what the request leaves out is back at its default, except name, secret and dates.
pub(crate) async fn update_user_pool_client(
    cx: Cx,
    request: UpdateUserPoolClientRequest,
) -> Result<UpdateUserPoolClientResponse> {
    check_not_published(request.publish_secrets_in_aws_secrets_manager)?;
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let id = request.client_id.clone();
        let before = tx.client(&pool, &id)?;
        cx.seen.set_client(&id);
        let settings = changed_settings(cx, before.clone(), request);
        check(tx, &pool, &settings, Some(&before), "updating")?;
        tx.put_client(&pool, &id, &settings)?;
        let user_pool_client = Some(settings::as_described(settings, &pool, id));
        Ok(UpdateUserPoolClientResponse { user_pool_client })
    })
    .await
}

/// Deletes a client.
pub(crate) async fn delete_user_pool_client(
    cx: Cx,
    request: DeleteUserPoolClientRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.delete_client(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        Ok(NoContent)
    })
    .await
}

/// Lists the clients of a pool, page by page in the order of their ids.
pub(crate) async fn list_user_pool_clients(
    cx: Cx,
    request: ListUserPoolClientsRequest,
) -> Result<ListUserPoolClientsResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let list = format!("clients/{}", pool.id);
        let page = PageRequest::of(list, request.max_results, request.next_token.as_deref())?;
        let found = tx.clients(&pool, request.client_type, page.after(), page.limit())?;
        let (clients, next_token) = page.answer(found, |(id, _)| id.as_str().into());
        let description =
            |(id, settings): (ClientId, UserPoolClientType)| UserPoolClientDescription {
                client_id: Some(id),
                client_name: settings.client_name,
                user_pool_id: Some(pool.id.clone()),
            };
        Ok(ListUserPoolClientsResponse {
            next_token,
            user_pool_clients: Some(clients.into_iter().map(description).collect()),
        })
    })
    .await
}

/// Refuses to publish a client's secret: there is no AWS Secrets Manager to publish it in.
///
/// # Errors
/// `NotImplementedException`.
fn check_not_published(publish: Option<bool>) -> Result<()> {
    if publish == Some(true) {
        return Err(ApiError::not_served("PublishSecretsInAWSSecretsManager"));
    }
    Ok(())
}

/// Checks the settings of a client of this pool, whose settings were `before`; `None` for a new client.
///
/// # Errors
/// `InvalidParameterException`, or what the checks of a client's settings refuse.
fn check(
    tx: &ReadTx<'_>,
    pool: &Pool,
    settings: &UserPoolClientType,
    before: Option<&UserPoolClientType>,
    doing: &str,
) -> Result<()> {
    let attributes = tx.pool_settings(pool)?.schema_attributes;
    let attributes = attributes.unwrap_or_else(schema_attributes::standard);
    settings::check_given(settings, &attributes, doing)?;
    let resources = settings::Resources {
        providers: tx.provider_names(pool)?,
        scopes: tx.custom_scopes(pool)?,
    };
    settings::check_resources(settings, before, pool, &resources)
}

fn new_settings(cx: &Cx, mut request: CreateUserPoolClientRequest) -> Result<UserPoolClientType> {
    let wanted = request.generate_secret == Some(true);
    if wanted && request.client_secret.is_some() {
        return Err(ApiError::invalid_parameter(
            "ClientSecret cannot be provided when GenerateSecret is true.",
        ));
    }
    let drawn = wanted.then(|| Sensitive::from(cx.ambient.client_secret()));
    let given = request.take_settings();
    let name = request.client_name.strip_prefix(ID_PREFIX);
    Ok(UserPoolClientType {
        client_name: Some(name.unwrap_or(&request.client_name).to_owned()),
        client_secret: given.client_secret.or(drawn),
        creation_date: Some(cx.now),
        last_modified_date: Some(cx.now),
        ..given
    })
}

/// The settings after an update. Secret, type and creation date stay as they were `before`; the name stays unless the request
/// gives one.
fn changed_settings(
    cx: &Cx,
    before: UserPoolClientType,
    mut request: UpdateUserPoolClientRequest,
) -> UserPoolClientType {
    let given = request.take_settings();
    UserPoolClientType {
        client_name: given.client_name.or(before.client_name),
        client_secret: before.client_secret,
        client_type: before.client_type,
        creation_date: before.creation_date,
        last_modified_date: Some(cx.now),
        ..given
    }
}
