//! The styles of managed login, one for each app client.

use crate::api::{
    CreateManagedLoginBrandingRequest, CreateManagedLoginBrandingResponse,
    DeleteManagedLoginBrandingRequest, DescribeManagedLoginBrandingByClientRequest,
    DescribeManagedLoginBrandingByClientResponse, DescribeManagedLoginBrandingRequest,
    DescribeManagedLoginBrandingResponse, NoContent, UpdateManagedLoginBrandingRequest,
    UpdateManagedLoginBrandingResponse,
};
use crate::context::Cx;
use crate::domain::branding::{GivenStyle, MAX_STYLES, Style};
use crate::domain::document::Document;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::store::ReadTx;

/// Gives an app client a style.
pub(crate) async fn create_managed_login_branding(
    cx: Cx,
    request: CreateManagedLoginBrandingRequest,
) -> Result<CreateManagedLoginBrandingResponse> {
    let id = cx.ambient.uuid().to_string();
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.client(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        let given = GivenStyle {
            use_cognito_provided_values: request.use_cognito_provided_values,
            settings: request.settings,
            assets: request.assets.unwrap_or_default(),
        };
        let document = Document {
            id,
            client: Some(request.client_id),
            name: String::new(),
            body: given.over(None)?,
            created: cx.now,
            modified: cx.now,
        };
        tx.hold_pool(&pool)?;
        if !tx.insert_document(&pool, &document)? {
            return Err(ApiError::branding_exists());
        }
        if tx.count_documents::<Style>(&pool)? > MAX_STYLES {
            return Err(ApiError::too_many_brandings());
        }
        Ok(CreateManagedLoginBrandingResponse {
            managed_login_branding: Some(document.into_branding(&pool, false)?),
        })
    })
    .await
}

/// Shows a style.
pub(crate) async fn describe_managed_login_branding(
    cx: Cx,
    request: DescribeManagedLoginBrandingRequest,
) -> Result<DescribeManagedLoginBrandingResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let found = style(tx, &pool, &request.managed_login_branding_id)?;
        let merged = request.return_merged_resources.unwrap_or_default();
        Ok(DescribeManagedLoginBrandingResponse {
            managed_login_branding: Some(found.into_branding(&pool, merged)?),
        })
    })
    .await
}

/// Shows the style of an app client.
pub(crate) async fn describe_managed_login_branding_by_client(
    cx: Cx,
    request: DescribeManagedLoginBrandingByClientRequest,
) -> Result<DescribeManagedLoginBrandingByClientResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.client(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        let found = tx.find_document_of_client::<Style>(&pool, &request.client_id, "")?;
        let found = found.ok_or_else(ApiError::no_such_branding)?;
        let merged = request.return_merged_resources.unwrap_or_default();
        Ok(DescribeManagedLoginBrandingByClientResponse {
            managed_login_branding: Some(found.into_branding(&pool, merged)?),
        })
    })
    .await
}

/// Changes a style. What the request leaves out stays as it is.
pub(crate) async fn update_managed_login_branding(
    cx: Cx,
    request: UpdateManagedLoginBrandingRequest,
) -> Result<UpdateManagedLoginBrandingResponse> {
    cx.write(move |cx, tx| {
        let named = request.user_pool_id.zip(request.managed_login_branding_id);
        let (pool, id) = named.ok_or_else(ApiError::unnamed_branding)?;
        let pool = cx.pool(tx, &pool)?;
        let before = style(tx, &pool, &id)?;
        let given = GivenStyle {
            use_cognito_provided_values: request.use_cognito_provided_values,
            settings: request.settings,
            assets: request.assets.unwrap_or_default(),
        };
        let document = Document {
            body: given.over(Some(before.body))?,
            modified: cx.now,
            ..before
        };
        tx.put_document(&pool, &document)?;
        Ok(UpdateManagedLoginBrandingResponse {
            managed_login_branding: Some(document.into_branding(&pool, false)?),
        })
    })
    .await
}

/// Deletes a style.
pub(crate) async fn delete_managed_login_branding(
    cx: Cx,
    request: DeleteManagedLoginBrandingRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        if tx.delete_document::<Style>(&pool, &request.managed_login_branding_id)? {
            Ok(NoContent)
        } else {
            Err(ApiError::no_such_branding())
        }
    })
    .await
}

/// The style with this id.
///
/// # Errors
/// `ResourceNotFoundException` when the pool has none.
fn style(tx: &ReadTx<'_>, pool: &Pool, id: &str) -> Result<Document<Style>> {
    tx.find_document(pool, id)?
        .ok_or_else(ApiError::no_such_branding)
}
