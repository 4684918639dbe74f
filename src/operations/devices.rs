//! Remembered devices, as administrators and their own users see and change them.
//!
//! An administrator names pool and user, and a user shows an access token; the rest is the same. Every operation checks the
//! pool's configuration before it looks for the user and the device (AWS API reference, `AdminGetDevice` and its siblings). A
//! user sees only remembered devices, an administrator all confirmed ones.

use std::sync::Arc;

use crate::api::{
    AdminForgetDeviceRequest, AdminGetDeviceRequest, AdminGetDeviceResponse,
    AdminListDevicesRequest, AdminListDevicesResponse, AdminUpdateDeviceStatusRequest,
    AdminUpdateDeviceStatusResponse, ConfirmDeviceRequest, ConfirmDeviceResponse,
    DeviceRememberedStatusType, DeviceSecretVerifierConfigType, ErrorCode, ForgetDeviceRequest,
    GetDeviceRequest, GetDeviceResponse, ListDevicesRequest, ListDevicesResponse, NoContent,
    Sensitive, UpdateDeviceStatusRequest, UpdateDeviceStatusResponse,
};
use crate::auth::srp::Verifier;
use crate::context::{Bearer, Cx};
use crate::domain::device::{Device, DeviceOwner};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, UserPoolId, Username};
use crate::operations::page::PageRequest;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::{ReadTx, WriteTx};

/// The operations of devices.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserResourceRead, admin_get_device)
        .op(Category::UserResourceRead, admin_list_devices)
        .op(Category::UserResourceRead, get_device)
        .op(Category::UserResourceRead, list_devices)
        .op(Category::UserResourceUpdate, admin_forget_device)
        .op(Category::UserResourceUpdate, admin_update_device_status)
        .op(Category::UserResourceUpdate, update_device_status)
        .op(Category::UserResourceUpdate, confirm_device)
        .op(Category::UserResourceUpdate, forget_device)
}

/// Shows a confirmed device of a user.
pub(crate) async fn admin_get_device(
    cx: Cx,
    request: AdminGetDeviceRequest,
) -> Result<AdminGetDeviceResponse> {
    cx.read(move |cx, tx| {
        let (pool, name) = (&request.user_pool_id, &request.username);
        if let Some((pool, device)) = tx.glance_at_device(pool, name, &request.device_key)? {
            let pool = cx.own_pool(pool)?;
            pool.device_tracking()?;
            if let Some(device) = device.filter(|device| device.confirmed) {
                let username = Username::from(pool.configuration()?.key_of(name.as_str()));
                let device = device.into_admin_view(&pool, &username);
                return Ok(AdminGetDeviceResponse { device });
            }
        }
        let device = with_owner(cx, tx, pool, name, |pool, owner| {
            let Some(device) = tx.confirmed_device(owner, &request.device_key)? else {
                return Ok(None);
            };
            Ok(Some(device.into_admin_view(pool, &owner.username())))
        })?;
        Ok(AdminGetDeviceResponse { device })
    })
    .await
}

/// Shows a remembered device of the user.
pub(crate) async fn get_device(cx: Cx, request: GetDeviceRequest) -> Result<GetDeviceResponse> {
    let bearer = bearer(&cx, request.access_token).await?;
    cx.read(move |cx, tx| {
        let (_, user) = own(cx, tx, &bearer)?;
        let device = tx.confirmed_device(&user.owner, &request.device_key)?;
        let device = device.ok_or_else(ApiError::no_such_device)?;
        if !device.remembered {
            return Err(ApiError::no_such_device().because("the device is not remembered"));
        }
        Ok(GetDeviceResponse {
            device: device.into_user_view(),
        })
    })
    .await
}

/// Lists the confirmed devices of a user, remembered or not, page by page in the order of their keys.
pub(crate) async fn admin_list_devices(
    cx: Cx,
    request: AdminListDevicesRequest,
) -> Result<AdminListDevicesResponse> {
    cx.read(move |cx, tx| {
        let pool = tracking(cx, tx, &request.user_pool_id)?;
        let user = tx.user(&pool, pool.configuration()?, &request.username)?;
        let asked = (request.limit, request.pagination_token.as_deref());
        let (devices, pagination_token) = page_of(tx, &pool, &user, false, asked)?;
        let devices = devices.into_iter();
        Ok(AdminListDevicesResponse {
            pagination_token,
            devices: Some(
                devices
                    .map(|device| device.into_admin_view(&pool, &user.username))
                    .collect(),
            ),
        })
    })
    .await
}

/// Lists the remembered devices of the user, page by page in the order of their keys.
pub(crate) async fn list_devices(
    cx: Cx,
    request: ListDevicesRequest,
) -> Result<ListDevicesResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.read(move |cx, tx| {
        let (pool, user) = own(cx, tx, &bearer)?;
        let asked = (request.limit, request.pagination_token.as_deref());
        let (devices, pagination_token) = page_of(tx, &pool, &user, true, asked)?;
        Ok(ListDevicesResponse {
            pagination_token,
            devices: Some(devices.into_iter().map(Device::into_user_view).collect()),
        })
    })
    .await
}

/// A page of a user's devices, and the token of the next.
fn page_of(
    tx: &ReadTx<'_>,
    pool: &Pool,
    user: &User,
    only_remembered: bool,
    (limit, token): (Option<i64>, Option<&str>),
) -> Result<(Vec<Device>, Option<String>)> {
    let list = format!(
        "devices/{only_remembered}/{}/{}",
        pool.id,
        user.username.as_str()
    );
    let page = PageRequest::of(list, limit, token)?;
    let found = tx.devices(&user.owner, only_remembered, page.after(), page.limit())?;
    Ok(page.answer(found, |device| device.key.as_str().into()))
}

/// Confirms a device that the user was issued, and keeps the verifier that it proves itself with from now on. Where the pool
/// remembers every device, the device is remembered.
///
/// Any access token of the user confirms any device that the user was issued and that is not confirmed yet: Cognito does not
/// compare the key with the token's claim `device_key`, and tests of public clients rely on that. The claim names the device
/// that the sign-in was made with or that it issued. The refresh token stays bound to that device, whichever one is confirmed.
pub(crate) async fn confirm_device(
    cx: Cx,
    request: ConfirmDeviceRequest,
) -> Result<ConfirmDeviceResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    let verifier = request
        .device_secret_verifier_config
        .map(verifier)
        .transpose()?;
    let (key, name) = (request.device_key, request.device_name);
    cx.write(move |cx, tx| {
        let (pool, user) = own(cx, tx, &bearer)?;
        let invalid = || ApiError::invalid_parameter("Invalid device key given.");
        let remember = !pool.device_tracking()?.only_remembered_on_user_prompt;
        confirm(cx, tx, &user.owner, &key, name, verifier.as_ref(), remember)?
            .then_some(())
            .ok_or_else(|| {
                invalid().because("the user was not issued such a device, or it is gone")
            })?;
        Ok(ConfirmDeviceResponse {
            user_confirmation_necessary: Some(!remember),
        })
    })
    .await
}

/// Confirms the owner's device. Returns false if there is no such device.
fn confirm(
    cx: &Cx,
    tx: &WriteTx<'_>,
    owner: &DeviceOwner,
    key: &DeviceKey,
    name: Option<String>,
    verifier: Option<&Verifier>,
    remember: bool,
) -> Result<bool> {
    let Some(mut device) = tx.find_device(owner, key)? else {
        return Ok(false);
    };
    if device.confirmed {
        return Err(ApiError::new(
            ErrorCode::DeviceKeyExistsException,
            "Device already exists.",
        ));
    }
    device.confirmed = true;
    device.remembered = remember;
    device.modified = cx.now;
    device.attributes.name = name;
    tx.change_device(owner, &device)?;
    if let Some(verifier) = verifier {
        tx.set_device_verifier(owner, key, verifier)?;
    }
    Ok(true)
}

/// The verifier that a device proves itself with.
///
/// # Errors
/// `InvalidParameterException` when a part is missing, or is not a number of the SRP group.
fn verifier(given: DeviceSecretVerifierConfigType) -> Result<Verifier> {
    let invalid = || ApiError::invalid_parameter("Invalid device secret verifier config given.");
    let (salt, value) = given
        .salt
        .zip(given.password_verifier)
        .ok_or_else(invalid)?;
    Verifier::of_device(&salt, &value).map_err(|why| invalid().because(why))
}

/// Forgets a confirmed device. The user's next sign-in on that device is issued a new one.
pub(crate) async fn admin_forget_device(
    cx: Cx,
    request: AdminForgetDeviceRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let (pool, name) = (&request.user_pool_id, &request.username);
        with_owner(cx, tx, pool, name, |_, owner| {
            forget(tx, owner, &request.device_key)
        })?;
        Ok(NoContent)
    })
    .await
}

/// Forgets a confirmed device of the user.
pub(crate) async fn forget_device(cx: Cx, request: ForgetDeviceRequest) -> Result<NoContent> {
    let bearer = bearer(&cx, request.access_token).await?;
    cx.write(move |cx, tx| {
        let (_, user) = own(cx, tx, &bearer)?;
        forget(tx, &user.owner, &request.device_key)?.ok_or_else(ApiError::no_such_device)?;
        Ok(NoContent)
    })
    .await
}

/// Forgets the owner's confirmed device, and every refresh token that is bound to it. Returns `None` if there is no such device.
fn forget(tx: &WriteTx<'_>, owner: &DeviceOwner, key: &DeviceKey) -> Result<Option<()>> {
    if !tx.forget_device(owner, key)? {
        return Ok(None);
    }
    tx.drop_refresh_tokens_of(owner, key).map(Some)
}

/// Sets whether a confirmed device is remembered. Without a status only the date of the last modification changes.
pub(crate) async fn admin_update_device_status(
    cx: Cx,
    request: AdminUpdateDeviceStatusRequest,
) -> Result<AdminUpdateDeviceStatusResponse> {
    cx.write(move |cx, tx| {
        let (pool, name) = (&request.user_pool_id, &request.username);
        let status = request.device_remembered_status;
        with_owner(cx, tx, pool, name, |_, owner| {
            set_status(cx, tx, owner, &request.device_key, status)
        })?;
        Ok(AdminUpdateDeviceStatusResponse {})
    })
    .await
}

/// Sets whether a confirmed device of the user is remembered.
pub(crate) async fn update_device_status(
    cx: Cx,
    request: UpdateDeviceStatusRequest,
) -> Result<UpdateDeviceStatusResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.write(move |cx, tx| {
        let (_, user) = own(cx, tx, &bearer)?;
        let status = request.device_remembered_status;
        set_status(cx, tx, &user.owner, &request.device_key, status)?
            .ok_or_else(ApiError::no_such_device)?;
        Ok(UpdateDeviceStatusResponse {})
    })
    .await
}

/// Sets whether the owner's confirmed device is remembered. Returns `None` if there is no such device.
fn set_status(
    cx: &Cx,
    tx: &WriteTx<'_>,
    owner: &DeviceOwner,
    key: &DeviceKey,
    status: Option<DeviceRememberedStatusType>,
) -> Result<Option<()>> {
    let remembered = status.map(|status| status == DeviceRememberedStatusType::Remembered);
    let changed = tx.set_remembered(owner, key, remembered, cx.now)?;
    Ok(changed.then_some(()))
}

/// Runs `work` on a device of the user that `name` means, in a pool that must track devices. `work` returns `None` if the owner
/// has no such device. The name nearly always is the username, under which the devices are stored; only if there is nothing
/// under it, the user is looked for by sub and aliases.
///
/// # Errors
/// As [`tracking`]; `UserNotFoundException`; `ResourceNotFoundException` when the user has no such device.
fn with_owner<T>(
    cx: &Cx,
    tx: &ReadTx<'_>,
    pool: &UserPoolId,
    name: &Username,
    work: impl Fn(&Pool, &DeviceOwner) -> Result<Option<T>>,
) -> Result<T> {
    let pool = tracking(cx, tx, pool)?;
    let configuration = pool.configuration()?;
    if let Some(done) = work(&pool, &DeviceOwner::of_username(&pool, configuration, name))? {
        return Ok(done);
    }
    let user = tx.user(&pool, configuration, name)?;
    work(&pool, &user.owner)?.ok_or_else(ApiError::no_such_device)
}

/// The pool, which must track devices.
///
/// # Errors
/// As [`Cx::pool`]; `InvalidUserPoolConfigurationException` when it does not.
fn tracking(cx: &Cx, tx: &ReadTx<'_>, pool: &UserPoolId) -> Result<Arc<Pool>> {
    let pool = cx.pool(tx, pool)?;
    pool.device_tracking()?;
    Ok(pool)
}

/// The token of an operation whose model makes the member optional, although the operation needs it.
async fn bearer(cx: &Cx, token: Option<Sensitive<String>>) -> Result<Bearer> {
    let token = token.ok_or_else(|| ApiError::not_authorized("Invalid Access Token"))?;
    cx.bearer(&token).await
}

/// The pool, which must track devices, and the user that the token belongs to.
fn own(cx: &Cx, tx: &ReadTx<'_>, bearer: &Bearer) -> Result<(Arc<Pool>, User)> {
    let holder = cx.holder(tx, bearer)?;
    holder.pool.device_tracking()?;
    Ok((holder.pool, holder.user))
}
