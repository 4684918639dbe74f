//! Giving tokens, giving new ones for a refresh token, and revoking them.

use crate::api::{
    AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse, AuthenticationResultType,
    ErrorCode, GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse,
    GlobalSignOutRequest, GlobalSignOutResponse, NewDeviceMetadataType, RevokeTokenRequest,
    RevokeTokenResponse, Sensitive,
};
use crate::auth::jwt::{self, UnverifiedJwt};
use crate::auth::{is_secret, refresh_token};
use crate::context::Cx;
use crate::domain::tokens::{Issue, SignIn};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, Username};
use crate::operations::sign_in::app::{App, Caller};
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::progress::Answer;
use crate::store::{KeptRefreshToken, ReadTx};

/// What the tokens of an answer are made of.
pub(super) struct Grant {
    pub(super) user: UserRecord,
    pub(super) sign_in: SignIn,
    /// The new refresh token, if there is one.
    pub(super) refresh_token: Option<Sensitive<String>>,
    /// The device that was issued.
    pub(super) new_device: Option<NewDeviceMetadataType>,
}

/// Makes the tokens.
pub(super) async fn issue(cx: &Cx, app: &App, grant: Grant) -> Result<AuthenticationResultType> {
    let issuer = cx.issuer.of(&app.pool.id, &cx.host);
    let issue = Issue {
        app: &app.client,
        user: &grant.user,
        sign_in: &grant.sign_in,
        issuer: &issuer,
        event: &cx.seen.request_id().to_string(),
        now: cx.now,
    };
    let jti = || cx.ambient.uuid().to_string();
    let (access, id) = (issue.access_claims(&jti()), issue.id_claims(&jti()));
    let keys = app.keys.clone();
    let (access_token, id_token) = cx
        .compute(move || {
            Ok::<_, ApiError>((
                jwt::sign(&keys.access, &access).map_err(ApiError::internal)?,
                jwt::sign(&keys.id, &id).map_err(ApiError::internal)?,
            ))
        })
        .await??;
    Ok(AuthenticationResultType {
        access_token: Some(access_token),
        expires_in: Some(app.client.access_token_seconds()),
        id_token: Some(id_token),
        new_device_metadata: grant.new_device,
        refresh_token: grant.refresh_token,
        token_type: Some("Bearer".to_owned()),
    })
}

/// New tokens for a refresh token (`REFRESH_TOKEN_AUTH`).
pub(super) async fn by_refresh_token(cx: &Cx, app: App, parameters: &Parameters) -> Result<Answer> {
    let token = parameters.required("REFRESH_TOKEN")?.to_owned();
    let hash = parameters.find("SECRET_HASH").map(str::to_owned);
    let device = parameters.device_key();
    let through = app.clone();
    let grant = cx
        .read(move |cx, tx| {
            let (kept, user, record) = usable(cx, tx, &through, &token, device.as_ref())?;
            check_not_replaced(&kept)?;
            check_hash(tx, &through, hash.as_deref(), &user, &record)?;
            Ok(Grant {
                user: record,
                sign_in: kept.sign_in,
                refresh_token: None,
                new_device: None,
            })
        })
        .await?;
    issue(cx, &app, grant).await.map(Answer::tokens)
}

/// Refuses a refresh token of the time when the client rotated them, in whose place another was given.
fn check_not_replaced(kept: &KeptRefreshToken) -> Result<()> {
    match kept.replaced {
        Some(_) => Err(ApiError::invalid_refresh_token().because("rotation has replaced it")),
        None => Ok(()),
    }
}

/// The hash is over the username, which an app without the user at hand may know as the sub, or as exchanges spell it.
fn check_hash(
    tx: &ReadTx<'_>,
    app: &App,
    hash: Option<&str>,
    user: &User,
    record: &UserRecord,
) -> Result<()> {
    let refusal = match app.check_secret_hash(record.username.as_str(), hash) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let spelled = tx.find_password(user.row)?.and_then(|kept| kept.made_with);
    let spelled = spelled.as_ref().map(Username::as_str);
    let mut others = [Some(record.sub.as_str()), spelled].into_iter().flatten();
    if others.any(|name| app.check_secret_hash(name, hash).is_ok()) {
        Ok(())
    } else {
        Err(refusal)
    }
}

/// New tokens for a refresh token, in exchange for another refresh token where the client rotates them.
pub(crate) async fn get_tokens_from_refresh_token(
    cx: Cx,
    request: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse> {
    let app = App::open(&cx, Caller::App, request.client_id, None).await?;
    check_secret(&app, request.client_secret.as_ref())
        .map_err(|why| ApiError::not_authorized("Client secret does not match.").because(why))?;
    let (token, device) = (request.refresh_token, request.device_key);
    let grant = match app.client.rotation_grace_ms() {
        None => {
            let through = app.clone();
            cx.read(move |cx, tx| {
                let (kept, _, user) = usable(cx, tx, &through, token.expose(), device.as_ref())?;
                check_not_replaced(&kept)?;
                Ok(Grant {
                    user,
                    sign_in: kept.sign_in,
                    refresh_token: None,
                    new_device: None,
                })
            })
            .await?
        }
        Some(grace_ms) => {
            let through = app.clone();
            cx.write(move |cx, tx| {
                let (kept, _, user) = usable(cx, tx, &through, token.expose(), device.as_ref())?;
                // One that was replaced in the future: the clock was ahead, and how long ago it was is not known.
                if let Some(replaced) = kept.replaced
                    && cx.now.millis().abs_diff(replaced.millis()) > grace_ms.unsigned_abs()
                {
                    return Err(ApiError::new(
                        ErrorCode::RefreshTokenReuseException,
                        "Refresh token reuse detected.",
                    ));
                }
                let new = refresh_token::draw(&cx.ambient);
                let (old_hash, new_hash) = (
                    refresh_token::hash(token.expose()),
                    refresh_token::hash(new.expose()),
                );
                tx.rotate_refresh_token(&kept.sign_in, &old_hash, &new_hash, cx.now)?;
                Ok(Grant {
                    user,
                    sign_in: kept.sign_in,
                    refresh_token: Some(new),
                    new_device: None,
                })
            })
            .await?
        }
    };
    let result = issue(&cx, &app, grant).await?;
    cx.seen.set_next(None);
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(result),
    })
}

/// The refresh token, which must be the client's, and alive, and sent by the device that it is bound to; and its user.
///
/// # Errors
/// `NotAuthorizedException`, `TooManyRequestsException`.
fn usable(
    cx: &Cx,
    tx: &ReadTx<'_>,
    app: &App,
    token: &str,
    device: Option<&DeviceKey>,
) -> Result<(KeptRefreshToken, User, UserRecord)> {
    let invalid = |why: &str| ApiError::invalid_refresh_token().because(why);
    let kept = tx.find_refresh_token(&refresh_token::hash(token))?;
    let kept = kept.ok_or_else(|| invalid("it was never given"))?;
    if kept.client != app.client.row {
        return Err(invalid("it was given to another client"));
    }
    let (user, record) = tx.user_of_row(kept.user)?;
    cx.take_for_user(&record.sub)?;
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    if kept.sign_in.revoked {
        return Err(ApiError::not_authorized("Refresh Token has been revoked"));
    }
    if cx.now >= kept.sign_in.expires {
        return Err(ApiError::not_authorized("Refresh Token has expired"));
    }
    let tracks = app.configuration()?.devices.is_some();
    if let Some(bound) = kept.sign_in.device.as_ref().filter(|_| tracks) {
        let confirmed = tx.find_sign_in_device(&user.owner, bound)?;
        let confirmed = confirmed.map(|device| device.confirmed);
        if let Some(why) = why_unbound(device.map(|named| named == bound), confirmed) {
            return Err(invalid(why));
        }
    }
    Ok((kept, user, record))
}

/// Why a refresh token that is bound to a device does not count, if it does not: whether the request names that device, if it
/// names any; and whether the device is confirmed, if it is there.
fn why_unbound(named: Option<bool>, confirmed: Option<bool>) -> Option<&'static str> {
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

/// Whether the app knows the client's secret, where it has one.
fn check_secret(app: &App, given: Option<&Sensitive<String>>) -> Result<(), &'static str> {
    match (app.client.secret(), given) {
        (None, None) => Ok(()),
        (Some(secret), Some(given)) if is_secret(secret, given.expose()) => Ok(()),
        (Some(_), None) => Err("the client's secret is missing"),
        (None, Some(_)) => Err("the client has no secret"),
        (Some(_), Some(_)) => Err("the client's secret is another"),
    }
}

/// Revokes a refresh token, and every token that follows from the same sign-in. One that does not count is no mistake (RFC
/// 7009 section 2.2).
pub(crate) async fn revoke_token(
    cx: Cx,
    request: RevokeTokenRequest,
) -> Result<RevokeTokenResponse> {
    let unauthorized =
        |why: &str| ApiError::new(ErrorCode::UnauthorizedException, "Invalid client.").because(why);
    let app = App::open(&cx, Caller::App, request.client_id, None).await;
    let app = app.map_err(|error| {
        if error.code == ErrorCode::ResourceNotFoundException {
            unauthorized("there is no such client")
        } else {
            error
        }
    })?;
    check_secret(&app, request.client_secret.as_ref()).map_err(unauthorized)?;
    if !app.client.revokes_tokens() {
        return Err(ApiError::new(
            ErrorCode::UnsupportedOperationException,
            "Token revocation is disabled for this client.",
        ));
    }
    let token = request.token;
    if UnverifiedJwt::parse(token.expose()).is_some() {
        return Err(ApiError::new(
            ErrorCode::UnsupportedTokenTypeException,
            "Unsupported token type.",
        ));
    }
    cx.write(
        move |_, tx| match tx.find_refresh_token(&refresh_token::hash(token.expose()))? {
            Some(kept) if kept.client != app.client.row => {
                Err(unauthorized("the token was given to another client"))
            }
            Some(kept) => tx.revoke_sign_in(&kept.sign_in),
            None => Ok(()),
        },
    )
    .await?;
    Ok(RevokeTokenResponse {})
}

/// Revokes all tokens of the user.
pub(crate) async fn global_sign_out(
    cx: Cx,
    request: GlobalSignOutRequest,
) -> Result<GlobalSignOutResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        tx.revoke_sign_ins(&holder.user)
    })
    .await?;
    Ok(GlobalSignOutResponse {})
}

/// Revokes all tokens of a user.
pub(crate) async fn admin_user_global_sign_out(
    cx: Cx,
    request: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse> {
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.revoke_sign_ins(&user)
    })
    .await?;
    Ok(AdminUserGlobalSignOutResponse {})
}
