//! The customization of the classic pages, of one app client or of all that have none of their own.

use crate::api::{
    GetUICustomizationRequest, GetUICustomizationResponse, SetUICustomizationRequest,
    SetUICustomizationResponse, UICustomizationType,
};
use crate::context::Cx;
use crate::domain::branding::classic::{ALL, Customization};
use crate::domain::document::Document;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::ClientId;
use crate::store::ReadTx;

/// Shows the customization of an app client: its own, or else that of the pool.
pub(crate) async fn get_ui_customization(
    cx: Cx,
    request: GetUICustomizationRequest,
) -> Result<GetUICustomizationResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let client = client(cx, tx, &pool, request.client_id)?;
        let found = tx.find_customization(&pool, client.as_ref())?;
        let domains = tx.domains(&pool)?;
        let shown = found.map(|found| found.into_customization(&pool, &domains));
        Ok(GetUICustomizationResponse {
            ui_customization: shown.unwrap_or_default(),
        })
    })
    .await
}

/// Sets the customization of an app client or of the pool, in place of the one before. Without a style sheet and a logo there is
/// none.
pub(crate) async fn set_ui_customization(
    cx: Cx,
    request: SetUICustomizationRequest,
) -> Result<SetUICustomizationResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let client = client(cx, tx, &pool, request.client_id)?;
        let domains = tx.domains(&pool)?;
        if domains.is_empty() {
            return Err(ApiError::no_domain_for_pages());
        }
        let body = Customization {
            css: request.css.filter(|css| !css.is_empty()),
            image_file: request.image_file.filter(|image| !image.is_empty()),
        };
        body.check()?;
        let id = client.as_ref().map_or(ALL, ClientId::as_str).to_owned();
        tx.hold_pool(&pool)?;
        if body.css.is_none() && body.image_file.is_none() {
            tx.delete_document::<Customization>(&pool, &id)?;
            return Ok(SetUICustomizationResponse {
                ui_customization: UICustomizationType::default(),
            });
        }
        let before = tx.find_document::<Customization>(&pool, &id)?;
        let document = Document {
            id,
            client,
            name: String::new(),
            body,
            created: before.as_ref().map_or(cx.now, |before| before.created),
            modified: cx.now,
        };
        if before.is_some() {
            tx.put_document(&pool, &document)?;
        } else {
            tx.insert_document(&pool, &document)?;
        }
        Ok(SetUICustomizationResponse {
            ui_customization: document.into_customization(&pool, &domains),
        })
    })
    .await
}

/// The client that a request names. Returns `None` if it means all clients.
///
/// # Errors
/// `ResourceNotFoundException` when the pool does not have the client.
fn client(
    cx: &Cx,
    tx: &ReadTx<'_>,
    pool: &Pool,
    named: Option<ClientId>,
) -> Result<Option<ClientId>> {
    match named {
        Some(id) if id.as_str() != ALL => {
            tx.client(pool, &id)?;
            cx.seen.set_client(&id);
            Ok(Some(id))
        }
        Some(_) | None => Ok(None),
    }
}
