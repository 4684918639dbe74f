//! New tokens for a refresh token (AWS's guide "Refresh tokens").

use crate::api::{ErrorCode, Sensitive};
use crate::auth::refresh_token;
use crate::domain::group::Group;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, Username};
use crate::sign_in::client::ClientContext;
use crate::sign_in::grant::Grant;
use crate::sign_in::parameters::Parameters;
use crate::sign_in::user_session;
use crate::store::{KeptRefreshToken, ReadTx};

/// The grant of a refresh token that is not rotated (`REFRESH_TOKEN_AUTH`).
///
/// # Errors
/// `InvalidParameterException` when `REFRESH_TOKEN` is missing; `NotAuthorizedException` of a token or a `SECRET_HASH` that does
/// not count; `TooManyRequestsException`.
pub(super) async fn by_parameters(client: &ClientContext, given: &Parameters) -> Result<Grant> {
    let token = Sensitive::from(given.required("REFRESH_TOKEN")?.to_owned());
    let hash = given.find("SECRET_HASH").map(str::to_owned);
    let device = given.device_key();
    without_rotation(client, move |client, tx| {
        let valid = valid(client, tx, &token, device.as_ref())?;
        check_not_replaced(&valid.kept)?;
        check_hash(tx, client, hash.as_deref(), &valid)?;
        Ok(valid.grant(None))
    })
    .await
}

/// The grant of a refresh token (`GetTokensFromRefreshToken`), with another refresh token in its place where the client rotates
/// them.
///
/// # Errors
/// `NotAuthorizedException` of a token that does not count; `RefreshTokenReuseException` of one that was replaced longer ago
/// than the client's grace period; `TooManyRequestsException`.
pub(crate) async fn by_token(
    client: &ClientContext,
    token: Sensitive<String>,
    device: Option<DeviceKey>,
) -> Result<Grant> {
    match client.app.rotation_grace_ms() {
        None => {
            without_rotation(client, move |client, tx| {
                let valid = valid(client, tx, &token, device.as_ref())?;
                check_not_replaced(&valid.kept)?;
                Ok(valid.grant(None))
            })
            .await
        }
        Some(grace_ms) => {
            client
                .write(move |client, tx| {
                    let valid = valid(client, tx, &token, device.as_ref())?;
                    check_in_grace(client, &valid.kept, grace_ms)?;
                    let new = refresh_token::draw(&client.cx.ambient);
                    let (old_hash, new_hash) = (
                        refresh_token::hash(token.expose()),
                        refresh_token::hash(new.expose()),
                    );
                    let now = client.cx.now;
                    tx.rotate_refresh_token(&valid.kept, &old_hash, &new_hash, now)?;
                    user_session::go_on(client, tx, &valid.kept.sign_in)?;
                    Ok(valid.grant(Some(new)))
                })
                .await
        }
    }
}

/// The grant that `work` finds. Only a pool that tracks sessions writes down that there was one.
async fn without_rotation(
    client: &ClientContext,
    work: impl FnOnce(&ClientContext, &ReadTx<'_>) -> Result<Grant> + Send + 'static,
) -> Result<Grant> {
    if !client.pool.sessions.enabled {
        return client.read(work).await;
    }
    client
        .write(move |client, tx| {
            let grant = work(client, tx)?;
            user_session::go_on(client, tx, &grant.sign_in)?;
            Ok(grant)
        })
        .await
}

/// A refresh token that counts.
struct Valid {
    kept: KeptRefreshToken,
    user: User,
    record: UserRecord,
    /// The groups that the user is in now.
    groups: Vec<Group>,
}

impl Valid {
    /// What it gives, with the token that takes its place if there is one.
    fn grant(self, refresh_token: Option<Sensitive<String>>) -> Grant {
        Grant {
            user: self.record,
            groups: self.groups,
            sign_in: self.kept.sign_in,
            nonce: None,
            refresh_token,
            new_device: None,
            event: None,
        }
    }
}

/// Refuses a token that was replaced while the client rotated refresh tokens, and has stopped to rotate them since.
fn check_not_replaced(kept: &KeptRefreshToken) -> Result<()> {
    match kept.replaced {
        Some(_) => Err(ApiError::invalid_refresh_token().because("rotation has replaced it")),
        None => Ok(()),
    }
}

/// Refuses a token that was replaced longer ago than the grace period. If it was replaced in the future, the clock was ahead
/// then, and nobody knows how long ago it was.
fn check_in_grace(client: &ClientContext, kept: &KeptRefreshToken, grace_ms: i64) -> Result<()> {
    let Some(replaced) = kept.replaced else {
        return Ok(());
    };
    if client.cx.now.millis().abs_diff(replaced.millis()) > grace_ms.unsigned_abs() {
        return Err(ApiError::new(
            ErrorCode::RefreshTokenReuseException,
            "Refresh token reuse detected.",
        ));
    }
    Ok(())
}

/// Checks `SECRET_HASH`. It is over the username; an app without the user at hand may know the sub instead, or the name as SRP
/// exchanges spell it.
fn check_hash(
    tx: &ReadTx<'_>,
    client: &ClientContext,
    hash: Option<&str>,
    Valid { user, record, .. }: &Valid,
) -> Result<()> {
    let refusal = match client.check_secret_hash(record.username.as_str(), hash) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let spelled = tx.find_password(user.row)?.and_then(|kept| kept.made_with);
    let spelled = spelled.as_ref().map(Username::as_str);
    let mut others = [Some(record.sub.as_str()), spelled].into_iter().flatten();
    if others.any(|name| client.check_secret_hash(name, hash).is_ok()) {
        Ok(())
    } else {
        Err(refusal)
    }
}

/// The refresh token and its user. The token must be the client's, neither revoked nor expired, and sent by the device that it is
/// bound to.
///
/// # Errors
/// `NotAuthorizedException`, `TooManyRequestsException`.
fn valid(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    token: &Sensitive<String>,
    device: Option<&DeviceKey>,
) -> Result<Valid> {
    let invalid = |why: &str| ApiError::invalid_refresh_token().because(why);
    let kept = tx.find_refresh_token(&refresh_token::hash(token.expose()))?;
    let kept = kept.ok_or_else(|| invalid("it was never given"))?;
    if kept.client != client.app.row {
        return Err(invalid("it was given to another client"));
    }
    let (user, record) = tx.user_of_row(kept.user)?;
    client.cx.take_for_user(&record.sub)?;
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    if kept.sign_in.revoked {
        return Err(ApiError::not_authorized("Refresh Token has been revoked"));
    }
    if client.cx.now >= kept.sign_in.expires {
        return Err(ApiError::not_authorized("Refresh Token has expired"));
    }
    let tracks = client.configuration()?.devices.is_some();
    let bound = kept.sign_in.device.as_ref().filter(|_| tracks);
    tx.foresee(|tx| {
        if let Some(bound) = bound {
            let _ = tx.find_sign_in_device(&user.owner, bound);
        }
        let _ = tx.groups_of_user(&user);
    });
    if let Some(bound) = bound {
        let confirmed = tx.find_sign_in_device(&user.owner, bound)?;
        let confirmed = confirmed.map(|device| device.confirmed);
        if let Some(why) = why_not_bound(device.map(|named| named == bound), confirmed) {
            return Err(invalid(why));
        }
    }
    let groups = tx.groups_of_user(&user)?;
    Ok(Valid {
        kept,
        user,
        record,
        groups,
    })
}

/// Why a refresh token that is bound to a device does not count. Returns `None` if it counts. `named` says whether the request
/// names that device, and is `None` if it names none; `confirmed` whether the device is confirmed, and is `None` if it is gone.
fn why_not_bound(named: Option<bool>, confirmed: Option<bool>) -> Option<&'static str> {
    match (named, confirmed) {
        (Some(true), Some(true)) => None,
        (Some(false), _) => Some("it is bound to another device"),
        (_, None) => Some("the device that it is bound to is gone"),
        (Some(true), Some(false)) => {
            Some("the device that it is bound to was issued and never confirmed")
        }
        (None, Some(true)) => Some("no DEVICE_KEY was sent, and it is bound to a device"),
        (None, Some(false)) => Some(
            "no DEVICE_KEY was sent, and the device that it is bound to was issued and never confirmed",
        ),
    }
}
