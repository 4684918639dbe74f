//! `/_poolhouse/snapshots`: the whole registry, kept aside under a name and put back. `GET` lists what there is; `PUT` of a name
//! saves, `DELETE` deletes, and `POST` of its `restore` puts back. The caller signs with an access key that is granted the action
//! `poolhouse:ManageSnapshots`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::signed::{self, Call};
use crate::access::MANAGE_SNAPSHOTS;
use crate::api::Timestamp;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::store::{SnapshotName, Store};

/// Answers with all snapshots.
pub(super) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ListSnapshots", shared, request, body, async |call| {
        call.authorize_for_server(MANAGE_SNAPSHOTS)?;
        let all = on_store(call, Store::snapshots).await?;
        Ok(json!({"Snapshots": all}))
    })
    .await
}

/// Saves the registry under the name.
pub(super) async fn save(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("SaveSnapshot", shared, request, body, async |call| {
        let name = named(call)?;
        let now = Timestamp::from(call.shared.ambient.system_now());
        let saved = on_store(call, move |store| store.save_snapshot(&name, now)).await?;
        Ok(json!({"Snapshot": saved}))
    })
    .await
}

/// Deletes the snapshot.
pub(super) async fn delete(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("DeleteSnapshot", shared, request, body, async |call| {
        let name = named(call)?;
        on_store(call, move |store| store.delete_snapshot(&name)).await?;
        Ok(json!({}))
    })
    .await
}

/// Puts the snapshot in the registry's place, and forgets what users were allowed since it was saved.
pub(super) async fn restore(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("RestoreSnapshot", shared, request, body, put_back).await
}

async fn put_back(call: &Call<'_>) -> Result<Value> {
    let name = named(call)?;
    let told = name.as_str().to_owned();
    on_store(call, move |store| store.restore_snapshot(&name)).await?;
    if let Some(limits) = &call.shared.limits {
        limits.forget_users();
    }
    call.shared.log.event("Restored", Some(("snapshot", told)));
    Ok(json!({}))
}

/// The name in the path, if the caller may do something with it.
///
/// # Errors
/// Those of the grant; `InvalidParameterException` when it is no name of a snapshot.
fn named(call: &Call<'_>) -> Result<SnapshotName> {
    call.authorize_for_server(MANAGE_SNAPSHOTS)?;
    SnapshotName::parse(call.request.match_info().get("name").unwrap_or_default())
}

/// Does something with the registry's snapshots that may take a while, on another thread.
async fn on_store<T: Send + 'static>(
    call: &Call<'_>,
    work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
) -> Result<T> {
    let store = Arc::clone(&call.shared.store);
    let done = spawn_blocking(move || work(&store)).await;
    done.map_err(ApiError::internal)?
}
