//! Software tokens: users set them up with an access token, or in the middle of a sign-in that demands it.

use crate::api::{
    AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse, ErrorCode, Sensitive,
    VerifySoftwareTokenRequest, VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType,
};
use crate::auth::totp::TotpSecret;
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::second_factor::Factor;
use crate::domain::sign_in::{Session, Step};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::operations::bearer::Bearer;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::lockout::count_wrong_code;
use crate::operations::sign_in::second_factors::{Choice, check_sets_up};
use crate::store::{ReadTx, WriteTx};

/// Who sets up a software token.
enum Owner {
    /// Somebody who has signed in.
    User(Bearer),
    /// Somebody who signs in.
    SignIn(App, Session),
}

impl Owner {
    /// # Errors
    /// `NotAuthorizedException` of an access token or a session that does not count; `InvalidParameterException` of neither;
    /// `TooManyRequestsException`.
    async fn of(
        cx: &Cx,
        access_token: Option<Sensitive<String>>,
        session: Option<Sensitive<String>>,
    ) -> Result<Self> {
        if let Some(token) = access_token {
            return cx.bearer(&token).await.map(Self::User);
        }
        let sealed = session.ok_or_else(|| ApiError::missing_parameter("AccessToken"))?;
        let app = App::of_session(cx, &sealed).await?;
        let session = app.open_session(cx, Some(&sealed))?;
        if !matches!(session.step, Step::SetUpFactor { .. }) {
            return Err(ApiError::invalid_session().because("the session is for another challenge"));
        }
        cx.take_for_user(&session.sub)?;
        Ok(Self::SignIn(app, session))
    }

    /// Runs `change` for the user in one transaction; returns the next session of a sign-in, in which a token has been verified or
    /// not. What `change` refuses inside its result is a wrong code, which a sign-in counts.
    async fn write(
        self,
        cx: &Cx,
        verified: bool,
        change: impl FnOnce(&WriteTx<'_>, &User) -> Result<Result<()>> + Send + 'static,
    ) -> Result<Option<Sensitive<String>>> {
        match self {
            Self::User(bearer) => {
                cx.write(move |cx, tx| {
                    let holder = cx.holder(tx, &bearer)?;
                    check_pool(tx, &holder.pool)?;
                    change(tx, &holder.user)
                })
                .await??;
                Ok(None)
            }
            Self::SignIn(app, session) => {
                let step = Step::SetUpFactor { verified };
                let (sub, device) = (session.sub.clone(), session.device.clone());
                let through = app.clone();
                cx.write(move |_, tx| {
                    tx.check_session(&session.id)?;
                    let user = setting_up(tx, &through, &session)?;
                    if let Err(refusal) = change(tx, &user)? {
                        count_wrong_code(tx, &session)?;
                        return Ok(Err(refusal));
                    }
                    tx.use_session(&session.id, session.expires())?;
                    if verified {
                        let mut preferences = tx.mfa_preferences(&user)?;
                        preferences.switch_on(Factor::SoftwareToken);
                        tx.put_mfa_preferences(&user, preferences)?;
                    }
                    Ok(Ok(()))
                })
                .await??;
                app.seal(cx, &app.session(cx, sub, step, device)).map(Some)
            }
        }
    }
}

/// Refuses a pool whose users have no software tokens.
fn check_pool(tx: &ReadTx<'_>, pool: &Pool) -> Result<()> {
    if tx.pool_mfa(pool)?.has(Factor::SoftwareToken) {
        Ok(())
    } else {
        Err(ApiError::no_software_tokens_in_pool())
    }
}

/// The user of a sign-in that demands that a factor be set up.
fn setting_up(tx: &ReadTx<'_>, app: &App, session: &Session) -> Result<User> {
    let found = tx.find_user_by_sub(&app.pool, &session.sub)?;
    let (user, record) =
        found.ok_or_else(|| ApiError::invalid_session().because("the user is gone"))?;
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    check_pool(tx, &app.pool)?;
    let choice = Choice::of(tx, app, &user, &record)?;
    check_sets_up(&choice, Factor::SoftwareToken)?;
    Ok(user)
}

/// Gives the user a secret to put into an authenticator. A token that the user has already stays as it is until a code of the new
/// one is shown.
pub(crate) async fn associate_software_token(
    cx: Cx,
    request: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse> {
    let owner = Owner::of(&cx, request.access_token, request.session).await?;
    let secret = TotpSecret::draw(&cx.ambient);
    let secret_code = Some(secret.base32());
    let session = owner
        .write(&cx, false, move |tx, user| {
            tx.put_pending_software_token(user, &secret).map(Ok)
        })
        .await?;
    Ok(AssociateSoftwareTokenResponse {
        secret_code,
        session,
    })
}

/// Takes the first code of a user's new software token, which is the user's from then on. The code has served with it.
pub(crate) async fn verify_software_token(
    cx: Cx,
    request: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse> {
    let owner = Owner::of(&cx, request.access_token, request.session).await?;
    let (code, name) = (request.user_code, request.friendly_device_name);
    let name = name.filter(|name| !name.is_empty());
    let now = cx.now.millis().div_euclid(1000);
    let session = owner
        .write(&cx, true, move |tx, user| {
            let secret = tx.pending_software_token(user)?;
            let Some(step) = secret.step_of(code.expose(), now) else {
                let code = ErrorCode::EnableSoftwareTokenMFAException;
                return Ok(Err(ApiError::new(code, "Code mismatch")));
            };
            tx.verify_software_token(user, name.as_deref(), step)
                .map(Ok)
        })
        .await?;
    Ok(VerifySoftwareTokenResponse {
        session,
        status: Some(VerifySoftwareTokenResponseType::Success),
    })
}
