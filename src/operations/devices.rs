//! Remembered devices, as administrators see and change them.
//!
//! Every operation looks at the pool's configuration before it looks for the user and the device (AWS API reference,
//! `AdminGetDevice` and its siblings).

use crate::api::{
    AdminForgetDeviceRequest, AdminGetDeviceRequest, AdminGetDeviceResponse,
    AdminListDevicesRequest, AdminListDevicesResponse, AdminUpdateDeviceStatusRequest,
    AdminUpdateDeviceStatusResponse, DeviceRememberedStatusType, NoContent,
};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Result;
use crate::ids::{UserPoolId, Username};
use crate::operations::context::Cx;
use crate::operations::page::Page;
use crate::store::ReadTx;

/// Shows a confirmed device of a user.
pub(crate) async fn admin_get_device(
    cx: Cx,
    request: AdminGetDeviceRequest,
) -> Result<AdminGetDeviceResponse> {
    cx.read(|tx| {
        let (pool, user) = owner(&cx, tx, &request.user_pool_id, &request.username)?;
        let device = tx.device(&user, &request.device_key)?;
        Ok(AdminGetDeviceResponse {
            device: device.into_admin_view(&pool, &user.username),
        })
    })
}

/// Lists the confirmed devices of a user, remembered or not, page by page in the order of their keys.
pub(crate) async fn admin_list_devices(
    cx: Cx,
    request: AdminListDevicesRequest,
) -> Result<AdminListDevicesResponse> {
    cx.read(|tx| {
        let (pool, user) = owner(&cx, tx, &request.user_pool_id, &request.username)?;
        let list = format!("devices/{}/{}", pool.id, user.username.as_str());
        let page = Page::new(list, request.limit, request.pagination_token.as_deref())?;
        let found = tx.devices(&user, page.after(), page.limit())?;
        let more_after = found.devices.last().filter(|_| found.more);
        Ok(AdminListDevicesResponse {
            pagination_token: more_after.map(|device| page.token_after(device.key.as_str())),
            devices: Some(
                found
                    .devices
                    .into_iter()
                    .map(|device| device.into_admin_view(&pool, &user.username))
                    .collect(),
            ),
        })
    })
}

/// Forgets a confirmed device; the user's next sign-in with it is that of a new device.
pub(crate) async fn admin_forget_device(
    cx: Cx,
    request: AdminForgetDeviceRequest,
) -> Result<NoContent> {
    let context = cx.clone();
    cx.write(move |tx| {
        let (_, user) = owner(&context, tx, &request.user_pool_id, &request.username)?;
        tx.forget_device(&user, &request.device_key)?;
        Ok(NoContent)
    })
    .await
}

/// Remembers a confirmed device, or ceases to. Without a status nothing changes but the date of the last modification.
pub(crate) async fn admin_update_device_status(
    cx: Cx,
    request: AdminUpdateDeviceStatusRequest,
) -> Result<AdminUpdateDeviceStatusResponse> {
    let context = cx.clone();
    cx.write(move |tx| {
        let (_, user) = owner(&context, tx, &request.user_pool_id, &request.username)?;
        let remembered = match request.device_remembered_status {
            Some(status) => status == DeviceRememberedStatusType::Remembered,
            None => tx.device(&user, &request.device_key)?.remembered,
        };
        tx.set_remembered(&user, &request.device_key, remembered, context.now)?;
        Ok(AdminUpdateDeviceStatusResponse {})
    })
    .await
}

/// The pool, which must track devices, and the user in it.
fn owner(cx: &Cx, tx: &ReadTx<'_>, pool: &UserPoolId, username: &Username) -> Result<(Pool, User)> {
    let pool = cx.pool(tx, pool)?;
    pool.device_tracking()?;
    let user = cx.user(tx, &pool, pool.configuration()?, username)?;
    Ok((pool, user))
}
