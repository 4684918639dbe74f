//! Secrets of an app client, of which it has two while its apps change from one to the other.

use crate::api::{
    AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse, ClientSecretDescriptorType,
    DeleteUserPoolClientSecretRequest, DeleteUserPoolClientSecretResponse,
    ListUserPoolClientSecretsRequest, ListUserPoolClientSecretsResponse, Sensitive,
    UserPoolClientType,
};
use crate::context::Cx;
use crate::domain::client::secrets::ClientSecrets;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::ClientId;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::WriteTx;

/// The operations of clients' secrets.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolClientRead, list_user_pool_client_secrets)
        .op(Category::UserPoolClientUpdate, add_user_pool_client_secret)
        .op(Category::UserPoolClientUpdate, delete_user_pool_client_secret)
}

/// Gives a confidential client a second secret. A secret that the caller brings along is not repeated in the answer.
pub(crate) async fn add_user_pool_client_secret(
    cx: Cx,
    request: AddUserPoolClientSecretRequest,
) -> Result<AddUserPoolClientSecretResponse> {
    let drawn = request.client_secret.is_none();
    let value = request.client_secret;
    let value = value.unwrap_or_else(|| Sensitive::from(cx.ambient.client_secret()));
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let id = request.client_id;
        let mut secrets = tx.client_secrets(&pool, &id)?;
        cx.seen.set_client(&id);
        let added = secrets.add(&id, value.clone(), cx.now)?;
        let client_secret_descriptor = ClientSecretDescriptorType {
            client_secret_value: drawn.then_some(value),
            ..added.descriptor(&id)
        };
        put(cx, tx, &pool, &id, &secrets)?;
        Ok(AddUserPoolClientSecretResponse {
            client_secret_descriptor: Some(client_secret_descriptor),
        })
    })
    .await
}

/// Deletes one of a client's two secrets. The other one is shown as `ClientSecret` from then on.
pub(crate) async fn delete_user_pool_client_secret(
    cx: Cx,
    request: DeleteUserPoolClientSecretRequest,
) -> Result<DeleteUserPoolClientSecretResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let id = request.client_id;
        let mut secrets = tx.client_secrets(&pool, &id)?;
        cx.seen.set_client(&id);
        secrets.remove(&id, &request.client_secret_id)?;
        put(cx, tx, &pool, &id, &secrets)?;
        Ok(DeleteUserPoolClientSecretResponse {})
    })
    .await
}

/// Lists a client's secrets without their values, the oldest first. There are two at most, so that one page has all of them.
pub(crate) async fn list_user_pool_client_secrets(
    cx: Cx,
    request: ListUserPoolClientSecretsRequest,
) -> Result<ListUserPoolClientSecretsResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let id = request.client_id;
        let secrets = tx.client_secrets(&pool, &id)?;
        cx.seen.set_client(&id);
        if request.next_token.is_some() {
            return Err(ApiError::bad_pagination_token());
        }
        let descriptors = secrets.iter().map(|secret| secret.descriptor(&id));
        Ok(ListUserPoolClientSecretsResponse {
            client_secrets: Some(descriptors.collect()),
            next_token: None,
        })
    })
    .await
}

/// Writes the client's secrets, which are a change of the client.
fn put(
    cx: &Cx,
    tx: &WriteTx<'_>,
    pool: &Pool,
    id: &ClientId,
    secrets: &ClientSecrets,
) -> Result<()> {
    let settings = UserPoolClientType {
        last_modified_date: Some(cx.now),
        ..tx.client(pool, id)?
    };
    tx.put_client_with_secrets(pool, id, settings, secrets)
}
